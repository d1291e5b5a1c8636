"""Outlines of a head and its hair, row by row: what hair falls beside, and how wide it falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.perceive.landmarks import OVAL_LOOP, places
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.moves.strandwise import STEP, Strandwise
from genmark.types import Floats

_NECK = 0.62
"""Half the width of the neck over that of the jaw."""
_FINE = 0.005
"""Face heights between rows of a table."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Numbers for every row of a head: a table over y."""

    top: float
    values: Floats

    def over(self, y: Floats) -> Floats:
        """The number (N,) for each y (N,); the first and the last go on."""
        place = np.clip((y - np.float32(self.top)) / np.float32(_FINE) + np.float32(0.5), 0, len(self.values) - 1)
        return np.asarray(self.values.take(place.astype(np.intp)))


def table(y: Floats, values: Floats) -> Rows:
    """A table from numbers at some rising y, linear between them."""
    rows = np.arange(float(y[0]), float(y[-1]) + _FINE, _FINE)
    return Rows(float(y[0]), np.interp(rows, y, values).astype(np.float32))


def face_sides(head: Head, y: Floats) -> tuple[Floats, Floats]:
    """x of the face's left and right edge, below the jaw of the neck's, at rising y (M,)."""
    oval = head.points[places(*OVAL_LOOP)]
    top, bottom = int(oval[:, 1].argmin()), int(oval[:, 1].argmax())
    loop = np.roll(oval, -top, axis=0)
    turn = (bottom - top) % len(oval)
    middle = float(oval[:, 0].min() + oval[:, 0].max()) / 2
    half = _NECK * head.jaw
    below = y > float(oval[bottom, 1]) - 0.25
    sides = []
    for side, edge in ((-1.0, np.vstack([loop[turn:], loop[:1]])[::-1]), (1.0, loop[: turn + 1])):
        x = np.interp(y, np.maximum.accumulate(edge[:, 1]), edge[:, 0])
        neck = np.where(below, middle + side * half, x)
        sides.append(np.where(side * x > side * neck, x, neck).astype(np.float32))
    return sides[0], sides[1]


def hair_sides(strands: Strandwise) -> tuple[Floats, Floats, Floats]:
    """y of the rows (M,) of the strands' grid, and x of the hair's left and right end there, smooth."""
    hair = strands.alpha > 0.5
    rows = np.flatnonzero(hair.any(axis=1))
    y = (strands.corner[1] + STEP * np.arange(len(hair))).astype(np.float32)
    if not len(rows):
        return y, np.zeros_like(y), np.zeros_like(y)
    left, right = hair.argmax(axis=1), hair.shape[1] - 1 - hair[:, ::-1].argmax(axis=1)
    sides = [np.interp(np.arange(len(hair)), rows, side[rows]).astype(np.float32) for side in (left, right)]
    out = [strands.corner[0] + STEP * gaussian_blur(side[:, None], 2.0)[:, 0] for side in sides]
    return y, np.asarray(out[0], np.float32), np.asarray(out[1], np.float32)
