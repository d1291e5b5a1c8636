"""Where in a picture a logo or lettering might be, when nobody says: compact strokes that stand out from their ground.

Strokes are what a closing or an opening with a square takes away (top hats, Serra 1982), at three sizes and three
contrasts, light on dark and dark on light. Strokes next to each other in a row are one blob, and a logistic regression
on fifteen numbers of a blob says how likely it is lettering or a mark. It was fitted on boxes of the synthetic brands
pack (`benchmarks/brand_marks.py` fits and measures it): on its val posts it finds two logos in three and four texts in
five, and two thirds of what it covers is something else, such as print on garments. Good enough to ask
what masking costs, beside as many decoys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from genmark.brand.frames import check_pixels, long_side, luma
from genmark.types import Bools, Box, Floats, Pixels

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

SIDE = 320
"""Pictures are looked at with their longer side of so many pixels."""
SIZES = (7, 15, 31)
"""Strokes are thinner than one of these, pixels."""
CONTRASTS = (0.12, 0.25, 0.4)
"""Strokes differ from their ground by at least one of these, of luma in [0, 1]."""
LEAST = -1.0
"""Log odds from which a blob is taken for a mark: to miss one costs an audit more than to mask too much."""
_CELL = 4
_CROWDED = 0.05
_FEWEST = 20
_COVERED = 0.8

WEIGHTS = (-0.56, -0.19, -3.86, -0.49, 1.27, -0.67, 9.94, -1.29, 2.16, 5.57, 3.59, -1.41, -9.7, 0.96, -0.18)
BIAS = -16.0
"""Log odds of a mark = numbers @ WEIGHTS + BIAS; as `benchmarks/brand_marks.py` prints them."""


@dataclass(frozen=True, eq=False)
class Blob:
    """Strokes that lie together: their `box` in pixels of the picture, and what they look like, float64 (15,)."""

    box: Box
    numbers: Doubles

    @property
    def odds(self) -> float:
        """Log odds that this is lettering or a mark."""
        return float(self.numbers @ np.array(WEIGHTS) + BIAS)


def find_marks(pixels: Pixels, least: float = LEAST) -> tuple[Box, ...]:
    """Boxes of what may be logos and lettering in a picture uint8 (H, W, 3), likeliest first, few of them overlapping.

    `least`: the log odds from which on a blob counts. Raises UsageError for what is no picture.
    """
    kept: list[Box] = []
    for blob in sorted(blobs_of(pixels), key=lambda blob: -blob.odds):
        if blob.odds >= least and all(_covered(blob.box, box) < _COVERED for box in kept):
            kept.append(blob.box)
    return tuple(kept)


def blobs_of(pixels: Pixels) -> tuple[Blob, ...]:
    """Every blob of strokes in a picture uint8 (H, W, 3), at every contrast."""
    check_pixels(pixels)
    small = long_side(pixels, SIDE)
    grey = luma(small)
    scale = np.array(pixels.shape[:2]) / grey.shape
    found = []
    for plane in (grey, -grey):
        hat = _top_hat(plane)
        for contrast in CONTRASTS:
            found += [_blob(where, hat, grey, small, scale) for where in _places(hat > contrast)]
    return tuple(blob for blob in found if blob is not None)


@dataclass(frozen=True, eq=False)
class _Place:
    """Rows and columns that a blob's strokes span, and its strokes there."""

    rows: slice
    columns: slice
    ink: Bools


def _places(ink: Bools) -> Iterator[_Place]:
    """Blobs of ink: crowded cells of 4 x 4 pixels that touch, once each has reached out to its sides."""
    high, wide = ink.shape
    cells = np.zeros((-(-high // _CELL), _CELL, -(-wide // _CELL), _CELL), np.float32)
    cells.reshape(cells.shape[0] * _CELL, -1)[:high, :wide] = ink
    labels = label(_widest((cells.mean((1, 3)) > _CROWDED).astype(np.float32), 3, axis=1) > 0)
    rows, columns = np.nonzero(labels)
    order = np.argsort(labels[rows, columns], kind="stable")
    ends = np.flatnonzero(np.diff(labels[rows, columns][order])) + 1
    for part in np.split(order, ends) if len(order) else ():
        top, left = rows[part].min() * _CELL, columns[part].min() * _CELL
        inside = ink[top : (rows[part].max() + 1) * _CELL, left : (columns[part].max() + 1) * _CELL]
        if inside.sum() >= _FEWEST:
            y, x = np.nonzero(inside)
            place = slice(top + y.min(), top + y.max() + 1), slice(left + x.min(), left + x.max() + 1)
            yield _Place(*place, ink[place])


def _blob(place: _Place, hat: Floats, grey: Floats, small: Pixels, scale: Doubles) -> Blob | None:
    """What a blob looks like; None where it is a solid block, which no lettering is and nothing can be said of."""
    where = place.rows, place.columns
    ink, values = place.ink, grey[where]
    if (~ink).sum() < _FEWEST / 2:
        return None
    (top, bottom), (left, right) = ((part.start, part.stop) for part in where)
    aspect, height = np.log((right - left) / (bottom - top)), np.log((bottom - top) / SIDE)
    strokes, ground = float(values[ink].std()), float(values[~ink].std())
    contrast = float(abs(np.median(values[ink]) - np.median(values[~ink])))
    turns = [np.log1p(np.abs(np.diff(ink.astype(np.int8), axis=axis)).sum() / ink.shape[1 - axis]) for axis in (1, 0)]
    numbers = (
        *(aspect, aspect**2, height, height**2, ink.mean(), ink.mean() ** 2),
        *(strokes, ground, contrast, float(np.median(hat[where][ink])), *turns),
        float(small[where][ink].std(0).mean()) / 255,
        *(strokes / (contrast + 0.05), ground / (contrast + 0.05)),
    )
    box = Box(left * scale[1], top * scale[0], right * scale[1], bottom * scale[0])
    return Blob(box, np.array(numbers, np.float64))


def label(inside: Bools) -> Ints:
    """Which cells touch, corners included: int64 (H, W), one number above 0 for each island, 0 outside."""
    labels = np.where(inside, np.arange(1, inside.size + 1).reshape(inside.shape), 0)
    while True:
        grown = _widest(_widest(labels, 3, 0), 3, 1) * inside
        if np.array_equal(grown, labels):
            return labels
        labels = grown


def _top_hat(plane: Floats) -> Floats:
    """What is lighter than all around it within one of `SIZES`, float32 (H, W), at least 0."""
    hats = []
    for size in SIZES:
        low = -_widest(_widest(-plane, size, 0), size, 1)
        hats.append(plane - _widest(_widest(low, size, 0), size, 1))
    return np.asarray(np.max(hats, axis=0), np.float32)


def _widest(plane: NDArray[Any], size: int, axis: int) -> NDArray[Any]:
    """The greatest of `size` neighbours along an axis, the border repeated; the same dtype."""
    border = [(size // 2, size // 2) if place == axis else (0, 0) for place in (0, 1)]
    windows = sliding_window_view(np.pad(plane, border, mode="edge"), size, axis=axis)
    return np.asarray(windows.max(-1))


def _covered(box: Box, other: Box) -> float:
    """The share of `box` that lies in `other`."""
    wide = min(box.right, other.right) - max(box.left, other.left)
    high = min(box.bottom, other.bottom) - max(box.top, other.top)
    return max(0.0, wide) * max(0.0, high) / (box.width * box.height)
