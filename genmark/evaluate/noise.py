"""Statistics of a picture's noise: what cameras and generators leave in pixels, whatever the picture shows.

A compact kin of the models that steganalysis finds hidden changes with: truncated residuals and how three neighbours of
them occur together (Pevný, Bas & Fridrich 2010, "SPAM"; Fridrich & Kodovský 2012, "rich models"). No network of genmark
is trained on them, so they can judge all.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import Places
from genmark.colour import LUMINANCE
from genmark.types import Bools, Floats, Pixels

_REACH = 2
"""Residuals are cut off at ± this many steps."""
_STEPS = {"first": (1.0, 3.0), "second": (1.5, 4.0), "square": (1.0, 3.0)}
"""Quantisation steps of each kind of residual, 8-bit luma."""


def _fold() -> NDArray[np.intp]:
    """(125,) class of each triple of residuals; a triple, its negative and both read backwards are one class."""
    levels = range(-_REACH, _REACH + 1)
    triples = list(product(levels, repeat=3))
    least = [min(t, t[::-1], tuple(-v for v in t), tuple(-v for v in t[::-1])) for t in triples]
    names = {name: place for place, name in enumerate(sorted(set(least)))}
    return np.array([names[name] for name in least], np.intp)


_CLASSES = _fold()
_EACH = int(_CLASSES.max()) + 1
COUNT = _EACH * sum(len(steps) for steps in _STEPS.values())
"""Length of a row of features."""


def describe_noise(pixels: Pixels, where: Bools | None = None) -> Floats:
    """Features float32 (COUNT,) of a picture uint8 (H, W, 3), or of the part of it that `where` (H, W) marks.

    Square roots of shares (their Euclidean distance is Hellinger's), each kind of residual adding up to 1; zeros
    where nothing is marked.
    """
    inside = np.ones(pixels.shape[:2], np.bool_) if where is None else where
    return _shares(
        [
            (along[_middle(inside, along.shape)], down[_middle(inside.T, down.shape)])
            for along, down in _classify(pixels)
        ]
    )


def describe_patches(pixels: Pixels, side: int = 64, stride: int = 32) -> tuple[Floats, Places, Places]:
    """Features of windows (N, COUNT), and the rows and columns (N,) of their upper left corners.

    Of each window the same as `describe_noise` says; neighbours are looked at once for all that share them.
    """
    high, wide = pixels.shape[:2]
    top, left = tile_corners((high, wide), side, stride)
    maps = _classify(pixels)
    found = [
        _shares(
            [
                (_window(along, y, x, side, (high, wide)), _window(down, x, y, side, (wide, high)))
                for along, down in maps
            ]
        )
        for y, x in zip(top.tolist(), left.tolist(), strict=True)
    ]
    return np.stack(found), top, left


def tile_corners(shape: tuple[int, ...], side: int, stride: int) -> tuple[Places, Places]:
    """Rows and columns (N,) of the upper left corners of windows that lie inside (H, W)."""
    rows, columns = (np.arange(0, max(1, length - side + 1), stride) for length in shape[:2])
    top, left = np.meshgrid(rows, columns, indexing="ij")
    return top.ravel().astype(np.intp), left.ravel().astype(np.intp)


def _classify(pixels: Pixels) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """For each kind and step of residual, the class of each triple along rows, and of each along columns, transposed;
    both are smaller than the picture by what a triple needs to its right and below."""
    luma = np.asarray(pixels @ np.array(LUMINANCE, np.float32), np.float32)
    residuals = {kind: (_residual(luma, kind), _residual(luma.T, kind)) for kind in _STEPS}
    return [
        (_triples(along, step), _triples(down, step))
        for kind, (along, down) in residuals.items()
        for step in _STEPS[kind]
    ]


def _residual(luma: Floats, kind: str) -> Floats:
    """What neighbours do not foretell: differences along rows (first, second), and the 3 x 3 predictor of Ker & Böhme.

    (H, W) at most; cut at the far borders.
    """
    if kind == "first":
        return np.asarray(np.diff(luma, axis=1))
    second = np.asarray(luma[:, :-2] - 2 * luma[:, 1:-1] + luma[:, 2:])
    if kind == "second":
        return second
    return np.asarray((second[:-2] - 2 * second[1:-1] + second[2:]) / 4)


def _triples(residual: Floats, step: float) -> NDArray[np.intp]:
    """Class of each three neighbours along rows."""
    levels = np.clip(np.rint(residual / step), -_REACH, _REACH).astype(np.intp) + _REACH
    base = 2 * _REACH + 1
    return np.asarray(_CLASSES[(levels[:, :-2] * base + levels[:, 1:-1]) * base + levels[:, 2:]], np.intp)


def _middle(inside: Bools, shape: tuple[int, ...]) -> Bools:
    """A mask cut to the smaller `shape` of a map of classes."""
    down, over = ((n - m) // 2 for n, m in zip(inside.shape, shape, strict=True))
    return inside[down : down + shape[0], over : over + shape[1]]


def _window(classes: NDArray[np.intp], y: int, x: int, side: int, size: tuple[int, int]) -> NDArray[np.intp]:
    """Classes of the triples that lie wholly inside a square of a picture of `size` (H, W)."""
    down, over = (n - m for n, m in zip(size, classes.shape, strict=True))
    return classes[y : y + side - down, x : x + side - over]


def _shares(parts: list[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> Floats:
    """Features of classes along rows and columns, one pair for each kind and step of residual."""
    found = []
    for along, down in parts:
        counts = _count(along) + _count(down)
        found.append(np.sqrt(counts / max(float(counts.sum()), 1.0)))
    return np.concatenate(found).astype(np.float32)


def _count(classes: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.bincount(classes.ravel(order="K"), minlength=_EACH)
