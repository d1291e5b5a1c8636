"""Volume: hair that stands further off the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.perceive.landmarks import OVAL_LOOP, places
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import free
from genmark.restyle.hair.moves.outline import face_sides, table
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.tufts import smooth
from genmark.types import Floats

_ANGLES = 720
_ROOT = 0.10
"""Face heights over which hair begins to rise from the head, so that its root stays where it is."""
_HAIRLINE = 0.04
"""Face heights beyond the face that lie still: the hairline, which would else let the forehead show above it."""
_HANG = 0.35
"""Face heights below the eyes over which what pushes away from the head becomes what pushes aside."""


def raise_volume(draft: Draft, head: Head, strands: Strandwise, *, volume: float) -> Draft:
    """Hair `volume` times as thick over the head and beside it; below 1 it lies closer. Never over the face.

    strands are not asked; they are there so that all moves are called alike
    """
    if volume == 1.0:
        return draft
    at = draft.at
    share = 1.0 - 1.0 / volume
    oval = head.points[places(*OVAL_LOOP)]
    off = at - (oval.min(axis=0) + oval.max(axis=0)) / 2
    away = np.maximum(np.hypot(off[..., 0], off[..., 1]), np.float32(1e-3))
    round_it = _excess(away - _edge(head, off)) / away
    beside = _aside(head, at)
    hang = smooth(at[..., 1] / np.float32(_HANG))
    loose = np.float32(share) * free(draft, head)
    moved = at.copy()
    moved[..., 0] -= loose * ((1.0 - hang) * round_it * off[..., 0] + hang * beside)
    moved[..., 1] -= loose * (1.0 - hang) * round_it * off[..., 1]
    return replace(draft, at=moved)


def _excess(beyond: Floats) -> Floats:
    """How far beyond an edge hair counts as risen, growing from 0 without a step."""
    out = np.maximum(beyond - np.float32(_HAIRLINE), 0.0)
    return np.asarray(out * out / (out + np.float32(_ROOT)), np.float32)


def _edge(head: Head, off: Floats) -> Floats:
    """Way (...) from the oval's middle to its edge, in the direction of `off` (..., 2)."""
    oval = head.points[places(*OVAL_LOOP)]
    x, y = (oval - (oval.min(axis=0) + oval.max(axis=0)) / 2).T
    turns = np.linspace(-np.pi, np.pi, _ANGLES, endpoint=False)
    angles = np.arctan2(y, x)
    order = np.argsort(angles)
    edge = np.interp(turns, angles[order], np.hypot(x, y)[order], period=2 * np.pi).astype(np.float32)
    turn = np.arctan2(off[..., 1], off[..., 0]) * np.float32(_ANGLES / (2 * np.pi))
    return np.asarray(edge.take((turn + np.float32(1.5 * _ANGLES)).astype(np.intp) % _ANGLES))


def _aside(head: Head, at: Floats) -> Floats:
    """Signed way (...) beyond the sides of face and neck."""
    y = np.arange(-1.5, 3.0, 0.02, dtype=np.float32)
    left, right = (table(y, side).over(at[..., 1]) for side in face_sides(head, y))
    return _excess(at[..., 0] - right) - _excess(left - at[..., 0])
