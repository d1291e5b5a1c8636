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
COUNT = (int(_CLASSES.max()) + 1) * sum(len(steps) for steps in _STEPS.values())
"""Length of a row of features."""


def describe_noise(pixels: Pixels, where: Bools | None = None) -> Floats:
    """Features float32 (COUNT,) of a picture uint8 (H, W, 3), or of the part of it that `where` (H, W) marks.

    Square roots of shares (their Euclidean distance is Hellinger's), each kind of residual adding up to 1; zeros
    where nothing is marked.
    """
    luma = np.asarray(pixels @ np.array(LUMINANCE, np.float32), np.float32)
    inside = np.ones(luma.shape, np.bool_) if where is None else where
    parts = []
    for kind, steps in _STEPS.items():
        for step in steps:
            along = _count(_residual(luma, kind), inside, step)
            counts = along + _count(_residual(luma.T, kind), inside.T, step)
            parts.append(np.sqrt(counts / max(float(counts.sum()), 1.0)))
    return np.concatenate(parts).astype(np.float32)


def describe_patches(pixels: Pixels, side: int = 64, stride: int = 32) -> tuple[Floats, Places, Places]:
    """Features of windows (N, COUNT), and the rows and columns (N,) of their upper left corners."""
    rows, columns = (np.arange(0, max(1, length - side + 1), stride) for length in pixels.shape[:2])
    top, left = (places.ravel() for places in np.meshgrid(rows, columns, indexing="ij"))
    found = [describe_noise(pixels[y : y + side, x : x + side]) for y, x in zip(top, left, strict=True)]
    return np.stack(found), top.astype(np.intp), left.astype(np.intp)


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


def _count(residual: Floats, inside: Bools, step: float) -> NDArray[np.float64]:
    """How often each class of triples along rows occurs where the picture is marked."""
    levels = np.clip(np.rint(residual / step), -_REACH, _REACH).astype(np.intp) + _REACH
    base = 2 * _REACH + 1
    triple = (levels[:, :-2] * base + levels[:, 1:-1]) * base + levels[:, 2:]
    down, over = ((n - m) // 2 for n, m in zip(inside.shape, triple.shape, strict=True))
    marked = inside[down : down + triple.shape[0], over : over + triple.shape[1]]
    return np.bincount(_CLASSES[triple[marked]], minlength=int(_CLASSES.max()) + 1).astype(np.float64)
