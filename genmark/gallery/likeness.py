"""Previews that a person would take for one another, told by small pictures of what each of them changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import box_blur, crop_slices, shrink
from genmark.colour import delta_e, lab_from_rgb
from genmark.recipes import Style
from genmark.types import Floats, Photo, Regions
from genmark.variants import Variant

_CELLS = 24
"""Cells per face height that looks are compared at: single strands do not count, locks and waves do."""
_LONGEST = 256
"""Most cells along a photo's longer side, whatever the face."""
_ALIKE = 1.75
"""CIEDE2000, root mean square over what either look changed, up to which two are taken for one. Chosen by eye on 13,919
pairs of looks of ten people: pairs up to here could not be told apart at a glance, the nearest with plainly other waves
has 1.87, neighbouring shades of brown have 2.5 to 3."""
_SPOT, _PLAIN = 0.1, 6.0
"""Half the width of a spot in face heights, and the mean CIEDE2000 over one from which on it is seen at once: a fringe
is small beside long hair."""
_STEEPEST = 1.75
"""How many steps of L make at most one of CIEDE2000 (its S_L, at L 0 and 100)."""

Window = tuple[slice, slice]
"""Rows and columns of a photo's cells."""
_FIRST: Window = (slice(0, 1), slice(0, 1))
"""A window for what changed nothing: the first cell."""


@dataclass(frozen=True)
class Like:
    """What a look hardly differs from, and by how much.

    style, seed   of the earlier look; None where it is the photo as it was
    delta_e       CIEDE2000, root mean square over what either look changed
    """

    style: Style | None
    seed: int | None
    delta_e: float


@dataclass(frozen=True, eq=False)
class _Glance:
    """A look in cells: `lab` float32 (h, w, 3) and how much of each cell it was allowed to change, `share` (h, w), over
    `box` of the photo's cells; outside, it is the photo. That itself has no style."""

    style: Style | None
    seed: int | None
    box: Window
    lab: Floats
    share: Floats


class Seen:
    """The looks of one photo that were shown, and the photo itself.

    What is kept of each is small: about 30 kB for hair to the shoulders, at most 1 MB, whatever the photo's size.
    """

    def __init__(self, photo: Photo, regions: Regions | None = None) -> None:
        """`regions` say how large the face is; without them, or a face, it is taken to fill half the photo."""
        longest = max(photo.size)
        unit = 0.5 * longest if regions is None or regions.face is None else regions.face.box.height
        self._cell = max(1, round(unit / _CELLS), -(-longest // _LONGEST))
        self._spot = max(1, round(_SPOT * unit / self._cell))
        self._plain = _lab(photo, self._cell)
        nothing = np.zeros((1, 1), np.float32)
        self._shown = [_Glance(None, None, _FIRST, self._plain[_FIRST], nothing)]

    def meet(self, variant: Variant) -> Like | None:
        """What `variant` hardly differs from, the nearest if there are several; None where it is new, and then it
        counts as shown.

        Other seeds of one style are never alike: they were asked for by number.
        """
        glance = self._glance(variant)
        apart = [(self._compare(glance, other), other) for other in self._shown if other.style != glance.style]
        near = [Like(other.style, other.seed, round(by, 2)) for by, other in apart if by is not None]
        if near:
            return min(near, key=lambda like: like.delta_e)
        self._shown.append(glance)
        return None

    def _glance(self, variant: Variant) -> _Glance:
        share = shrink(variant.changed.inside.view(np.uint8)[..., None], self._cell)[..., 0]
        box = crop_slices(share > 0.0) if share.any() else _FIRST
        return _Glance(variant.style, variant.seed, box, _lab(variant.photo, self._cell, box), share[box])

    def _compare(self, one: _Glance, other: _Glance) -> float | None:
        """How far apart two looks are, or None where a person sees that they are two."""
        box = _around(one.box, other.box)
        labs, shares = zip(*(self._laid_out(look, box) for look in (one, other)), strict=True)
        share = np.maximum(*shares)
        area = max(float(share.sum()), 1e-6)
        steps = (labs[0][..., 0] - labs[1][..., 0]) / _STEEPEST
        if float((share * steps**2).sum()) > _ALIKE**2 * area:  # this lower bound settles most pairs, and is cheap
            return None
        where, apart = share > 0.0, np.zeros_like(share)
        apart[where] = delta_e(labs[0][where], labs[1][where])
        rms = float(np.sqrt((share * apart**2).sum() / area))
        return rms if rms < _ALIKE and self._worst(apart, share) < _PLAIN else None

    def _laid_out(self, look: _Glance, box: Window) -> tuple[Floats, Floats]:
        """`lab` and `share` of a look over `box`, which holds its own."""
        lab = self._plain[box].copy()
        share = np.zeros(lab.shape[:2], np.float32)
        rows, columns = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(look.box, box, strict=True))
        lab[rows, columns], share[rows, columns] = look.lab, look.share
        return lab, share

    def _worst(self, apart: Floats, share: Floats) -> float:
        """Largest mean of `apart` over a spot that was allowed to change; spots that barely were count less."""
        means = box_blur(apart * share, self._spot) / np.maximum(box_blur(share, self._spot), 0.3)
        return float(means.max())


def _around(one: Window, other: Window) -> Window:
    """The smallest window that holds both."""
    rows, columns = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return rows, columns


def _lab(photo: Photo, cell: int, box: Window | None = None) -> Floats:
    """CIELAB float32 (h, w, 3) of a photo in cells of `cell` pixels: of all of it, or of the cells in `box`."""
    pixels = photo.pixels
    if box is not None:
        rows, columns = (slice(part.start * cell, part.stop * cell) for part in box)
        pixels = pixels[rows, columns]
    return lab_from_rgb(np.rint(shrink(pixels, cell)).astype(np.uint8))
