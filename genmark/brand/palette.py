"""The few colours that a picture, or a brand, is made of; k-means in CIELAB, the same on every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.colour import delta_e, lab_from_rgb
from genmark.errors import UsageError
from genmark.types import Floats, Lab, Pixels

COLOURS = 5
_ROUNDS = 30
_SHIFT = 3
"""Bits of each channel that are dropped to count colours: 32 levels a channel."""

_Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Palette:
    """Main colours, the largest first: `colours` in CIELAB (D65), `shares` of the picture in (0, 1] that add up to 1.

    There are fewer than asked for where the picture has fewer.
    """

    colours: tuple[Lab, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.shares) or not self.colours:
            raise ValueError(f"{len(self.colours)} colours do not go with {len(self.shares)} shares")


def palette(pixels: Pixels, k: int = COLOURS) -> Palette:
    """The k main colours of uint8 sRGB (H, W, 3).

    k-means (Lloyd 1982) on the picture's colours counted in 32 x 32 x 32 cells, in CIELAB. It starts from groups that
    were parted across their principal axis (as Orchard & Bouman 1991 do), so nothing is drawn by chance; counts are
    whole numbers, so a mirrored picture has the same palette, bit for bit.
    """
    flat = [np.ravel(pixels[..., channel]) for channel in range(3)]
    red, green, blue = ((plane >> _SHIFT).astype(np.intp) for plane in flat)
    cells = red << 10 | green << 5 | blue
    counts = np.bincount(cells, minlength=32**3)
    used = np.flatnonzero(counts)
    sums = [np.bincount(cells, plane, minlength=32**3)[used] for plane in flat]
    mean = np.rint(np.stack(sums, axis=1) / counts[used, None]).astype(np.uint8)
    return cluster(lab_from_rgb(mean), counts[used].astype(np.float64), k)


def cluster(lab: Floats, weights: _Numbers, k: int = COLOURS) -> Palette:
    """The k means of weighted colours: `lab` (N, 3), `weights` (N,) above 0. See `palette`; UsageError for k < 1."""
    if k < 1 or not len(lab):
        raise UsageError(f"a palette has at least one colour, got k = {k} of {len(lab)} colours")
    points = np.asarray(lab, np.float64)
    means = _starts(points, weights, k)
    for _ in range(_ROUNDS):
        nearest = _distances(points, means).argmin(axis=1)
        total = np.bincount(nearest, weights, minlength=len(means))
        sums = [np.bincount(nearest, weights * points[:, axis], minlength=len(means)) for axis in range(3)]
        moved = np.stack(sums, axis=1)[total > 0] / total[total > 0, None]
        if moved.shape == means.shape and np.abs(moved - means).max() < 0.01:
            break
        means = moved
    return _ordered(points, weights, means)


def blend(palettes: Sequence[Palette], k: int = COLOURS) -> Palette:
    """One palette for many pictures, each of which counts the same. Raises UsageError where there are none."""
    if not palettes:
        raise UsageError("a brand's palette needs at least one picture")
    lab = np.array([colour for one in palettes for colour in one.colours], np.float32)
    return cluster(lab, np.array([share for one in palettes for share in one.shares]), k)


def palette_distance(one: Palette, other: Palette) -> float:
    """How far two palettes are apart, in CIEDE2000 units, 0 and up; the same both ways.

    Each colour is taken to the nearest of the other palette, weighted by share (a Chamfer distance): 2 is barely seen,
    20 is another world of colours.
    """
    table = delta_e(np.array(one.colours)[:, None], np.array(other.colours)[None])
    there = float(table.min(axis=1) @ np.array(one.shares))
    back = float(table.min(axis=0) @ np.array(other.shares))
    return (there + back) / 2


def _distances(points: _Numbers, means: _Numbers) -> _Numbers:
    return np.asarray(np.square(points[:, None] - means[None]).sum(axis=2))


def _starts(points: _Numbers, weights: _Numbers, k: int) -> _Numbers:
    """Up to k means: the group that varies most is parted at its mean, across the direction in which it varies most."""
    groups = [np.arange(len(points))]
    while len(groups) < k:
        scatter = [_scatter(points[group], weights[group]) for group in groups]
        widest = int(np.argmax([np.trace(matrix) for matrix in scatter]))
        group = groups[widest]
        if np.trace(scatter[widest]) < weights[group].sum():  # within one unit of CIELAB there is no second colour
            break
        away = points[group] - np.average(points[group], axis=0, weights=weights[group])
        side = away @ np.linalg.eigh(scatter[widest])[1][:, -1] > 0
        groups[widest : widest + 1] = [group[side], group[~side]]
    return np.array([np.average(points[group], axis=0, weights=weights[group]) for group in groups])


def _scatter(points: _Numbers, weights: _Numbers) -> _Numbers:
    away = points - np.average(points, axis=0, weights=weights)
    return np.asarray((away * weights[:, None]).T @ away)


def _ordered(points: _Numbers, weights: _Numbers, means: _Numbers) -> Palette:
    nearest = _distances(points, means).argmin(axis=1)
    shares = np.bincount(nearest, weights, minlength=len(means)) / weights.sum()
    rows = sorted((-share, tuple(mean)) for share, mean in zip(shares.tolist(), means.tolist(), strict=True) if share)
    return Palette(tuple((mean[0], mean[1], mean[2]) for _, mean in rows), tuple(-share for share, _ in rows))
