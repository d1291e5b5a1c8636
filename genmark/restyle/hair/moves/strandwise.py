"""Which way the hair of a source runs, strand by strand, in head coordinates: measured once, asked by every move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import Places, gaussian_blur, shrink
from genmark.perceive.landmarks import places
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.flow import measure_flow
from genmark.restyle.hair.source import Source
from genmark.types import Floats

STEP = 0.025
"""Face heights between places."""
_FINER = 3
"""How much finer the matte is kept, so that edges of hair are found to about a pixel."""
_FINE = 100
"""Pixels per face height in the picture on which strands are measured: enough for strands, too few for grain."""
_SPREAD = 0.2
"""How far falling hair is pushed apart by the head: the dome it makes is π times as wide, to either side."""
_PRIOR = 0.45
"""How much falling hair weighs against measured strands that all agree."""

ToPixels = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Strandwise:
    """The strands of one source, on a grid in head coordinates that holds the hair and a margin.

    corner  head coordinates (x, y) of the first place; the next are `STEP` away
    run     float32 (h, w, 4): which strand a place belongs to (its number grows to the picture's right, about 1 per
            face height), how far along it, in face heights from the crown, and the gradient (x, y) of that number
    alpha   float32 (h, w): the source's matte
    matte   float32 (about 3 h, 3 w): the same, three times as fine
    sway    float32 (h, w): how far a strand lies beside its own straightened path, face heights across it
    relief  float32 (h, w): log luminance of the source's own waves: what is broader than a strand and short along it
    ends    float32 (w,): y of the lowest hair over each column of places, smooth; below the picture where hair runs out
    """

    corner: tuple[float, float]
    run: Floats
    alpha: Floats
    matte: Floats
    sway: Floats
    relief: Floats
    ends: Floats

    def look(self, planes: Floats, at: Floats) -> Floats:
        """Bilinear values (N, C) of planes (h, w, C) on this grid, at head coordinates (N, 2); the border goes on."""
        return bilinear(planes, (at[:, 0] - self.corner[0]) / STEP, (at[:, 1] - self.corner[1]) / STEP)

    def hair_at(self, at: Floats) -> Floats:
        """The matte (N,), nearest value, at head coordinates (N, 2)."""
        return _nearest(self.matte, at, self.corner, STEP / _FINER)

    def near(self, at: Floats, reach: float) -> Places:
        """Which of N head coordinates (N, 2) lie within about `reach` face heights of hair."""
        around = gaussian_blur(self.alpha, 0.6 * reach / STEP) > 0.002
        return np.flatnonzero(_nearest(around.astype(np.float32), at, self.corner, STEP))

    def end_over(self, x: Floats) -> Floats:
        """y of the ends over head coordinates x (N,)."""
        columns = self.corner[0] + STEP * np.arange(len(self.ends))
        return np.interp(x, columns, self.ends).astype(np.float32)


def bilinear(planes: Floats, x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """Values (N, C) of planes (h, w, C) at columns x and rows y (N,), fractions allowed; the border goes on."""
    high, wide = planes.shape[:2]
    x, y = np.clip(x, 0, wide - 1.001).astype(np.float32), np.clip(y, 0, high - 1.001).astype(np.float32)
    left, top = x.astype(np.intp), y.astype(np.intp)
    over, down = (x - left)[:, None], (y - top)[:, None]
    flat, first = planes.reshape(high * wide, -1), top * wide + left
    upper, lower = flat.take(first, axis=0), flat.take(first + wide, axis=0)
    upper += (flat.take(first + 1, axis=0) - upper) * over
    lower += (flat.take(first + wide + 1, axis=0) - lower) * over
    lower -= upper
    lower *= down
    return np.asarray(lower + upper, np.float32)


def _nearest(plane: Floats, at: Floats, corner: tuple[float, float], step: float) -> Floats:
    """Nearest values (N,) of a plane (h, w) whose places are `step` apart, at head coordinates (N, 2)."""
    high, wide = plane.shape
    column = at[:, 0] * np.float32(1 / step) + np.float32(0.5 - corner[0] / step)
    row = at[:, 1] * np.float32(1 / step) + np.float32(0.5 - corner[1] / step)
    place = np.clip(row, 0, high - 1).astype(np.int32) * np.int32(wide) + np.clip(column, 0, wide - 1).astype(np.int32)
    return np.asarray(plane.ravel().take(place))


def follow_strands(source: Source, to_pixels: ToPixels | None = None) -> Strandwise:
    """Measure the strands of a source.

    to_pixels   head coordinates (N, 2) -> pixels of the source; by its own landmarks, where none is given
    Directions are those of the structure tensor, turned towards the ends; where strands disagree or none is seen,
    hair falls from the crown (streamlines of a source in a uniform stream, Rankine 1871). Strands are numbered by the
    plane that rises most evenly across them.
    """
    frame = head_frame(source.points)
    crown = (0.0, float(frame.to_head(source.points)[places(10)[0], 1]) - 0.05)
    step = max(1, round(frame.unit / _FINE))
    small = shrink(np.dstack([np.log(np.maximum(source.lab[..., 0], 2.0)), source.lab[..., 0], source.alpha]), step)
    corner, shape = _extent(source, frame.to_head)
    here = _lattice(corner, shape, STEP)
    place = to_pixels or frame.to_pixels
    pixels = place(here.reshape(-1, 2))
    x, y = ((pixels[:, k] - np.float32((step - 1) / 2)) / np.float32(step) for k in (0, 1))

    def onto(planes: Floats) -> Floats:
        return bilinear(planes, x, y).reshape(*here.shape[:2], -1)

    matte = _matte(source, place, _lattice(corner, (shape[0] * _FINER - 2, shape[1] * _FINER - 2), STEP / _FINER))
    alpha = matte[::_FINER, ::_FINER]
    per = frame.unit / step
    relief = _relief(onto(_around(small[..., 0], small[..., 2], 0.025 * per)[..., None])[..., 0], alpha)
    fine, broad = _directions(onto, small, per, here, crown, _into_head(place))
    run = _number(broad)
    sway = _number(fine)[..., 0] - run[..., 0]
    sway = np.clip(sway - _around(sway, alpha + np.float32(1e-3), 0.22 / STEP), -0.12, 0.12)
    return Strandwise(corner, run, alpha, matte, gaussian_blur(sway, 1.0), relief, _ends(alpha, corner[1]))


def _lattice(corner: tuple[float, float], shape: tuple[int, int], step: float) -> Floats:
    """Head coordinates (rows, columns, 2) of `shape` (columns, rows) places."""
    x, y = (corner[k] + step * np.arange(shape[k]) for k in (0, 1))
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def _matte(source: Source, to_pixels: ToPixels, here: Floats) -> Floats:
    """The source's matte at places (h, w, 2), nearest pixel; hair that runs out of the picture goes on outside."""
    high, wide = source.alpha.shape
    place = np.rint(to_pixels(here.reshape(-1, 2))).astype(np.intp).clip(0, [wide - 1, high - 1])
    return np.asarray(source.alpha[place[:, 1], place[:, 0]].reshape(here.shape[:2]))


def _extent(source: Source, to_head: ToPixels) -> tuple[tuple[float, float], tuple[int, int]]:
    """First place, and (columns, rows), of a grid that holds the source and 0.5 face heights around it."""
    high, wide = source.alpha.shape
    corners = to_head(np.array([[0, 0], [wide, 0], [0, high], [wide, high]], np.float32))
    low = np.maximum(corners.min(axis=0) - 0.5, -4.0)
    most = np.minimum(corners.max(axis=0) + 0.5, 6.0)
    columns, rows = np.ceil((most - low) / STEP).astype(int).tolist()
    return (float(low[0]), float(low[1])), (max(columns, 2), max(rows, 2))


def _around(plane: Floats, weight: Floats, sigma: float) -> Floats:
    """Blur (h, w) that only hair goes into."""
    both = gaussian_blur(np.dstack([plane * weight, weight]), sigma)
    return np.asarray(both[..., 0] / np.maximum(both[..., 1], 1e-3))


def _fall(here: Floats, crown: tuple[float, float]) -> Floats:
    """Unit directions (..., 2) of hair that falls from the crown over a dome."""
    x, y = here[..., 0] - crown[0], here[..., 1] - crown[1]
    away = np.maximum(x * x + y * y, 1e-6)
    pull = np.stack([_SPREAD * x / away, _SPREAD * y / away + 1.0], axis=-1)
    return np.asarray(pull / np.maximum(np.linalg.norm(pull, axis=-1, keepdims=True), 1e-6), np.float32)


def _into_head(to_pixels: ToPixels) -> Floats:
    """Matrix (2, 2) that turns a direction in pixels, as a row, into one in head coordinates; it may mirror."""
    points = np.array([[-0.3, 0.0], [0.3, 0.0], [0.0, -0.3], [0.0, 0.5]], np.float32)
    found = to_pixels(points)
    over, down = found[1] - found[0], found[3] - found[2]
    over, down = over / max(float(np.hypot(*over)), 1e-6), down / max(float(np.hypot(*down)), 1e-6)
    return np.asarray(np.stack([over, down], axis=1), np.float32)


def _directions(
    onto: ToPixels, small: Floats, per: float, here: Floats, crown: tuple[float, float], into: Floats
) -> tuple[Floats, Floats]:
    """Unit directions (h, w, 2) towards the ends: near ones, which sway with waves, and those of the whole strand."""
    seen = measure_flow(small[..., 1])[..., ::-1]
    # An axis has no sign: its square (of the complex number) can be averaged, its direction comes from falling hair.
    axis = np.dstack([seen[..., 0] ** 2 - seen[..., 1] ** 2, 2 * seen[..., 0] * seen[..., 1]])
    sure = np.dstack([axis * small[..., 2:], small[..., 2:]])
    falling = _fall(here, crown)
    found = []
    for sigma in (0.02, 0.10):
        blurred = onto(gaussian_blur(sure, sigma * per))
        mean = blurred[..., :2] / np.maximum(blurred[..., 2:], np.float32(0.05))
        size, angle = np.hypot(mean[..., 0], mean[..., 1]), 0.5 * np.arctan2(mean[..., 1], mean[..., 0])
        way = np.stack([np.cos(angle), np.sin(angle)], axis=-1) @ into
        way *= np.clip((way * falling).sum(axis=-1, keepdims=True) * 3, -1, 1) * size[..., None]
        way = gaussian_blur(way.astype(np.float32) + np.float32(_PRIOR) * falling, 0.5 * sigma / STEP)
        found.append(way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-6))
    return found[0].astype(np.float32), found[1].astype(np.float32)


def _relief(light: Floats, alpha: Floats) -> Floats:
    """Log luminance (h, w) without what is the same for 0.2 face heights up and down, where strands run."""
    rows = np.arange(len(light), dtype=np.float32)
    mean = np.exp(-(((rows[:, None] - rows[None, :]) * np.float32(STEP / 0.2)) ** 2) / 2)
    weight = alpha + np.float32(1e-3)
    return np.asarray((light - (mean @ (light * weight)) / (mean @ weight)) * (alpha > 0.05), np.float32)


def _number(way: Floats) -> Floats:
    """`Strandwise.run` of directions (h, w, 2) towards the ends."""
    strand = _integrate(way[..., 1], -way[..., 0])
    down, over = np.gradient(strand, STEP)
    return np.dstack([strand, _integrate(way[..., 0], way[..., 1]), over, down]).astype(np.float32)


def _integrate(right: Floats, down: Floats) -> Floats:
    """The plane (h, w) whose gradient comes closest to (right, down), per face height; its mean is 0.

    Least squares by cosine transform (Frankot & Chellappa 1988, with mirrored borders).
    """
    high, wide = right.shape
    steps_over, steps_down = (
        (plane[cut] + plane[shift]) / 2
        for plane, cut, shift in ((right, np.s_[:, 1:], np.s_[:, :-1]), (down, np.s_[1:], np.s_[:-1]))
    )
    spread = np.diff(np.pad(steps_over, ((0, 0), (1, 1))), axis=1) + np.diff(
        np.pad(steps_down, ((1, 1), (0, 0))), axis=0
    )
    mirrored = np.pad(spread, ((0, high), (0, wide)), mode="symmetric")
    bend = [2 * np.cos(np.pi * np.arange(n) / size) - 2 for n, size in ((2 * high, high), (wide + 1, wide))]
    below = bend[0][:, None] + bend[1][None, :]
    below[0, 0] = 1.0
    found = np.fft.rfft2(mirrored) / below
    found[0, 0] = 0.0
    return (np.fft.irfft2(found, s=mirrored.shape)[:high, :wide] * STEP).astype(np.float32)


def _ends(alpha: Floats, top: float) -> Floats:
    """y of the lowest hair over each column; where that is far higher than for most (a fringe), its neighbours'."""
    hair = alpha > 0.4
    rows = np.arange(len(alpha))
    lowest = np.where(hair.any(axis=0), (hair * rows[:, None]).max(axis=0), -1)
    if lowest.max() < 0:
        return np.full(alpha.shape[1], top, np.float32)
    known = np.flatnonzero(lowest >= np.percentile(lowest[lowest >= 0], 70) - 0.3 / STEP)
    filled = np.interp(np.arange(len(lowest)), known, lowest[known]).astype(np.float32)
    return np.asarray(top + STEP * gaussian_blur(filled[None, :], 0.08 / STEP)[0], np.float32)
