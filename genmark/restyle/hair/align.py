"""Someone's hair on someone else's head: where each place of a head lies in the picture of the hair.

First a similarity that ignores what does not belong to the skull (a smile, an open mouth), found as the least median
of squares; then a smooth warp for what remains of the face's own shape; then, where the heads are turned differently,
the skull behind the face is slid sideways. All of it in head coordinates, so it does not depend on any picture's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.perceive.landmarks import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, OVAL_LOOP, places
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.source import Source
from genmark.types import Floats

_FIRM = places(*OVAL_LOOP, *EYE_RIGHT, *EYE_LEFT, 168, 6, 197, 195)
"""Points that belong to the skull: the oval, the eyes, the bridge of the nose."""
_SOFT = places(*OVAL_LOOP, *EYE_RIGHT, *EYE_LEFT, *BROW_RIGHT, *BROW_LEFT, 168, 6, 197, 195, 8, 9, 151)
"""Points that the smooth warp follows."""
_TRIALS = 400
_REACH = 0.17
"""Standard deviation of the warp's weights, face heights."""
_STIFF = 0.05
"""Weight of staying where the similarity puts it; decides how soon the warp fades away from the face."""
_STEP, _LOW, _HIGH = 0.05, (-1.6, -1.6), (1.6, 2.4)
"""Grid on which the warp is worked out, head coordinates; outside, what its border says."""
_EDGE, _SKULL = 0.17, 0.45
"""How far the hairline beside the face, and the outline of the skull, lie behind what the similarity puts in place, in
face heights: regression of their middles over the yaw of 433 short-haired portraits, 1,992 pairs."""
Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Fit:
    """Head coordinates (..., 2) of the wearer -> pixels (..., 2) of the source's picture, float32.

    frame   between the source's own head coordinates and its pixels
    turn    the similarity between the two heads' coordinates as complex numbers: z -> turn · z + move
    move    its offset
    rest    float32 (h, w, 2): what the warp adds, on a grid of `_STEP` from `_LOW` to `_HIGH`; None for nothing
    """

    frame: HeadFrame
    turn: complex = 1 + 0j
    move: complex = 0j
    rest: Floats | None = None

    def __call__(self, head: NDArray[np.floating]) -> Floats:
        flat = np.asarray(head, np.float32).reshape(-1, 2)
        moved = self.similar(flat)
        if self.rest is not None:
            moved += _look_up(self.rest, flat)
        return self.frame.to_pixels(moved).reshape(np.shape(head))

    def similar(self, flat: Floats) -> Floats:
        """Head coordinates (N, 2) of the source, by the similarity alone."""
        rows = np.array(
            [[self.turn.real, self.turn.imag], [-self.turn.imag, self.turn.real]], np.float32
        )  # a row vector times this is a complex product
        return np.asarray(flat @ rows + np.array([self.move.real, self.move.imag], np.float32), np.float32)


def fit(source: Source, head: Head) -> Fit:
    """Where the hair of `source` comes from when `head` wears it. Own hair (`source.kind`) stays where it is."""
    frame = head_frame(source.points)
    if source.kind == "own":
        return Fit(frame)
    there, here = frame.to_head(source.points), head.points
    turn, move = find_similarity(_complex(here[_FIRM]), _complex(there[_FIRM]))
    plain = Fit(frame, turn, move)
    left = there[_SOFT] - plain.similar(here[_SOFT])
    rest = _spread(here[_SOFT], left) + _swing(head, source.pose.yaw)
    return Fit(frame, turn, move, rest)


def find_similarity(here: Complex, there: Complex, seed: int = 0) -> tuple[complex, complex]:
    """(turn, move) of the similarity `turn · here + move = there` for points (N,) as complex numbers x + iy.

    Least median of squares (Rousseeuw 1984) over pairs of points, then least squares over what lies near it; up to
    half of the points may be wrong. The same `seed` gives the same answer.
    """
    rng = np.random.default_rng(seed)
    one = rng.integers(0, len(here), _TRIALS)
    other = (one + rng.integers(1, len(here), _TRIALS)) % len(here)
    apart = here[other] - here[one]
    sound = np.abs(apart) > 0.25 * np.abs(here - here.mean()).mean()
    one, other, apart = one[sound], other[sound], apart[sound]
    turns = (there[other] - there[one]) / apart
    moves = there[one] - turns * here[one]
    off = np.abs(turns[:, None] * here + moves[:, None] - there)
    medians = np.median(off, axis=1)
    best = int(np.argmin(medians))
    # 1.4826 makes a median a standard deviation; 5 / (N - 2) is Rousseeuw's correction for few points
    near = off[best] <= 2.5 * 1.4826 * (1 + 5 / max(len(here) - 2, 1)) * medians[best] + 1e-9
    return _least_squares(here[near], there[near])


def _least_squares(here: Complex, there: Complex) -> tuple[complex, complex]:
    middle, goal = here.mean(), there.mean()
    turn = np.vdot(here - middle, there - goal) / max(float(np.vdot(here - middle, here - middle).real), 1e-12)
    return complex(turn), complex(goal - turn * middle)


def _complex(points: Floats) -> Complex:
    return np.asarray(points[:, 0].astype(np.float64) + 1j * points[:, 1])


def _nodes() -> tuple[Floats, Floats]:
    """x (w,) and y (h,) of the grid's columns and rows."""
    x, y = (np.arange(low, high + _STEP / 2, _STEP, dtype=np.float32) for low, high in zip(_LOW, _HIGH, strict=True))
    return x, y


def _spread(points: Floats, left: Floats) -> Floats:
    """What is left (N, 2) at points (N, 2), spread over the grid (h, w, 2) by Gaussian weights; 0 far away."""
    x, y = _nodes()
    across = np.exp(-((x[:, None] - points[:, 0]) ** 2) / (2 * _REACH**2))
    down = np.exp(-((y[:, None] - points[:, 1]) ** 2) / (2 * _REACH**2))
    total = down @ across.T + _STIFF  # a Gaussian of two coordinates is a product, so this is a matrix product
    planes = [(down * left[:, axis]) @ across.T / total for axis in (0, 1)]
    return np.stack(planes, axis=-1).astype(np.float32)


def _swing(head: Head, yaw: float) -> Floats:
    """Sideways slide (h, w, 2) of what lies behind the face, where the source's head is turned by `yaw` degrees.

    Turning a head to the right takes the face to the right of the skull, so hair around the skull lies further left.
    """
    x, y = _nodes()
    across = (x[None, :] - head.points[:, 0].mean()) / max(head.jaw, 0.1)
    out = np.hypot(across, np.minimum(y[:, None] + 0.1, 0.0) / 0.45)
    depth = _EDGE * _rise(out, 0.35, 0.7) + (_SKULL - _EDGE) * _rise(out, 1.0, 1.3)
    slide = depth * (np.sin(np.radians(head.yaw)) - np.sin(np.radians(yaw)))
    return np.stack([slide, np.zeros_like(slide)], axis=-1).astype(np.float32)


def _rise(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    """0 up to `low`, 1 from `high` on, smooth between."""
    part = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part))


def _look_up(grid: Floats, flat: Floats) -> Floats:
    """Bilinear values (N, 2) of the grid at head coordinates (N, 2)."""
    high, wide = grid.shape[:2]
    place = (flat - np.array(_LOW, np.float32)) * np.float32(1 / _STEP)
    np.clip(place, 0, np.array([wide - 1.001, high - 1.001], np.float32), out=place)
    first = place.astype(np.int32)
    over = place - first
    corner = first[:, 1] * wide + first[:, 0]
    table = grid.reshape(-1, 2)
    right, down = over[:, :1], over[:, 1:]
    upper, lower = table.take(corner, axis=0), table.take(corner + wide, axis=0)
    upper += (table.take(corner + 1, axis=0) - upper) * right
    lower += (table.take(corner + wide + 1, axis=0) - lower) * right
    return np.asarray(upper + (lower - upper) * down)
