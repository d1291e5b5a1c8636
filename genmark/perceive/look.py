"""What a person's hair is: length, curl, fringe and colour, measured on a parsed photo.

Rules were fitted on the train split of the portraits pack, curl on portraits whose curl was told by eye, because the
pack's own curl labels agree with the eye on little more than half of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from genmark.canvas import shrink
from genmark.errors import SubjectError
from genmark.perceive.headplane import UNIT, HeadPlane, cell_places, inside_polygon, lay_out
from genmark.perceive.landmarks import places
from genmark.perceive.subject import HAT
from genmark.perceive.tint import name_colour
from genmark.perceive.waves import measure_waves
from genmark.recipes import Curl, Fringe, Length
from genmark.types import Bools, Floats, Lab, Photo, Regions

Name = TypeVar("Name")

LENGTHS: tuple[tuple[float, Length], ...] = ((-0.22, "short"), (0.12, "chin"), (0.80, "shoulder"), (np.inf, "long"))
"""How far below the chin hair of each class ends at most, face heights."""
BUZZ = 0.071
"""Hair that covers less, in squares of a face height, is clipped or shaved."""
TIP = 0.008
"""The lowest hair that covers less than this, in squares of a face height, is stray strands or a parser's slip."""
HANGING: tuple[tuple[float, Curl], ...] = ((0.036, "straight"), (0.098, "wavy"), (0.26, "curly"), (np.inf, "coily"))
SHORT: tuple[tuple[float, Curl | None], ...] = ((0.048, "straight"), (0.15, None), (0.26, "curly"), (np.inf, "coily"))
"""Greatest swing (`measure_waves`, radians) of each class, for hair that hangs to the chin and for shorter hair, whose
strands are too short to tell whether they wave or are only ruffled: there only the extremes are named."""
_FOREHEAD = (54, 103, 67, 109, 10, 338, 297, 332, 284, 300, 293, 334, 296, 336, 107, 66, 105, 63, 70)
"""Around the forehead, Face Mesh numbers: the oval's top, then back along the brows."""


@dataclass(frozen=True)
class Look:
    """A head of hair as measured; lengths in face heights, colours in CIELAB.

    length           the class of its length, or None where a hat hides it
    fall             how far it hangs below the chin (negative: it ends above), or None where there is too little hair
    length_censored  it runs out of the picture, so `length` and `fall` are the least that they can be
    curl             its structure, or None where it cannot be told: too little, or too short and ruffled
    swing            what `curl` was read from: the angle in radians by which strands swing (`measure_waves`)
    fringe           what it does on the forehead
    forehead_cover   share of the forehead that it covers, in [0, 1]
    colour           median colour of opaque hair, as lit, or None where there is none
    colour_name      a word for it: "black", "dark-brown", …; None without a colour
    """

    length: Length | None
    fall: float | None
    length_censored: bool
    curl: Curl | None
    swing: float | None
    fringe: Fringe
    forehead_cover: float
    colour: Lab | None
    colour_name: str | None

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON, rounded to what means something."""
        return {
            "length": self.length,
            "fall": None if self.fall is None else round(self.fall, 2),
            "length_censored": self.length_censored,
            "curl": self.curl,
            "swing": None if self.swing is None else round(self.swing, 3),
            "fringe": self.fringe,
            "forehead_cover": round(self.forehead_cover, 2),
            "colour": None if self.colour is None else [round(value, 1) for value in self.colour],
            "colour_name": self.colour_name,
        }


def measure_look(photo: Photo, regions: Regions) -> Look:
    """Measure the hair of a parsed portrait. Raises SubjectError "no_face" where the regions hold no face."""
    if regions.face is None:
        raise SubjectError(f"{photo.name} has no face to measure hair by", "no_face")
    plane = lay_out(photo, regions, regions.face)
    attached = _attached(plane.alpha > 0.5)
    fall = _fall(attached, plane.chin)
    hangs = _hangs(fall)
    cover, shares = _cover_forehead(plane)
    swing = _swing(plane, hangs)
    colour = _colour(plane)
    return Look(
        length=_length(attached, fall, _wears_hat(regions)),
        fall=fall,
        length_censored=_runs_out(attached, plane.inside),
        curl=None if swing is None else _class(swing, HANGING if hangs else SHORT),
        swing=swing,
        fringe=read_fringe(cover, shares),
        forehead_cover=cover,
        colour=colour,
        colour_name=None if colour is None else name_colour(colour),
    )


def measure_lie(photo: Photo, regions: Regions) -> tuple[float, float | None]:
    """`Look.forehead_cover` and `Look.swing` alone, of a parsed portrait; (0, None) without a face."""
    if regions.face is None:
        return 0.0, None
    plane = lay_out(photo, regions, regions.face)
    fall = _fall(_attached(plane.alpha > 0.5), plane.chin)
    return _cover_forehead(plane)[0], _swing(plane, _hangs(fall))


def _attached(hair: Bools) -> Bools:
    """Hair (h, w) that is joined to the largest part of it above the chin: spots of clothes are not.

    Grown from the head on a grid of 4 x 4 cells, three cells of which may be missing between strands.
    """
    coarse = shrink(hair.astype(np.float32)[..., None], 4)[..., 0] > 0.05
    _, y = cell_places()
    grown = coarse & (y[2::4, None] < 0.2)
    for _ in range(sum(coarse.shape)):
        wider = grown.copy()
        for axis in (0, 1):
            near = np.moveaxis(wider, axis, 0)
            near[1:] |= near[:-1].copy()
            near[:-1] |= near[1:].copy()
        wider &= coarse
        if (wider == grown).all():
            break
        grown = wider
    return np.asarray(hair & np.repeat(np.repeat(grown, 4, axis=0), 4, axis=1)[: hair.shape[0], : hair.shape[1]])


def _fall(hair: Bools, chin: float) -> float | None:
    """How far below the chin the lowest hair ends, but for its last `TIP` of area."""
    below = hair.sum(axis=1)[::-1].cumsum()[::-1] / UNIT**2
    rows = np.flatnonzero(below > TIP)
    return float(cell_places()[1][rows[-1]]) - chin if len(rows) else None


def _hangs(fall: float | None) -> bool:
    """Whether hair that ends `fall` face heights below the chin is longer than short."""
    return fall is not None and fall > LENGTHS[0][0]


def _length(hair: Bools, fall: float | None, hat: bool) -> Length | None:
    if hat and (fall is None or fall < LENGTHS[0][0]):
        return None
    if fall is None or hair.sum() / UNIT**2 < BUZZ:
        return "buzz"
    return _class(fall, LENGTHS)


def _class(value: float, bounds: tuple[tuple[float, Name], ...]) -> Name:
    return next(name for most, name in bounds if value <= most)


def _wears_hat(regions: Regions) -> bool:
    if regions.face is None or "hat" not in regions.palette:
        return False
    box = regions.face.box
    return int(regions.mask("hat").inside.sum()) > HAT * np.pi / 4 * box.width * box.height


def _runs_out(hair: Bools, inside: Bools) -> bool:
    """Whether a lock of hair (a tenth of a face height) leaves the picture, or the plane, downwards."""
    leaves = int((hair[:-1] & inside[:-1] & ~inside[1:]).sum()) + int(hair[-1].sum())
    return leaves > 0.1 * UNIT


def _swing(plane: HeadPlane, hangs: bool) -> float | None:
    """Waves of the lengths (below the brows) where hair hangs, of all hair otherwise: crowns are smooth in any perm."""
    hair = (plane.alpha > 0.9) & plane.inside
    lengths = hair & (cell_places()[1] > -0.1)[:, None]
    found = measure_waves(plane.lab[..., 0], lengths) if hangs else None
    return found if found is not None else measure_waves(plane.lab[..., 0], hair)


def _cover_forehead(plane: HeadPlane) -> tuple[float, Floats]:
    """How much of the forehead is hair: all of it, and six columns of it from the picture's left (6,)."""
    corners = plane.points[places(*_FOREHEAD)]
    forehead = inside_polygon(corners) & plane.inside
    left, right = float(corners[:, 0].min()), float(corners[:, 0].max())
    column = ((cell_places()[0] - left) / max(right - left, 1e-3) * 6).astype(np.intp).clip(0, 5)
    hair = np.bincount(column, (plane.alpha * forehead).sum(axis=0), 6)
    cells = np.bincount(column, forehead.sum(axis=0), 6)
    shares = np.asarray(hair / np.maximum(cells, 1), np.float32)
    return float(np.clip(hair.sum() / max(cells.sum(), 1), 0.0, 1.0)), shares


def read_fringe(cover: float, shares: Floats) -> Fringe:
    """The kind of fringe from the share of the forehead that is covered and that of six columns of it (6,)."""
    left, middle, right = (float(pair.mean()) for pair in shares.reshape(3, 2))
    if cover >= 0.7 or (middle >= 0.6 and min(shares[1], shares[4]) >= 0.25):
        return "full"
    if middle >= 0.3 and (abs(left - right) < 0.45 or shares.max() < 0.8):  # thin all over, not heavy on one side
        return "see-through"
    if cover >= 0.2 and abs(left - right) >= 0.3:
        return "side"
    if cover >= 0.2 and min(left, right) >= 0.25:
        return "curtain"
    return "none"


def _colour(plane: HeadPlane) -> Lab | None:
    opaque = plane.alpha > 0.9
    if opaque.sum() < 30:
        return None
    lightness, a, b = np.median(plane.lab[opaque], axis=0).tolist()
    return lightness, a, b
