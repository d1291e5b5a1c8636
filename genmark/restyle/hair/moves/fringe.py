"""Fringes: one that is there made lighter, or opened like a curtain. (One that is not there needs a donor.)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.canvas import grow, shrink
from genmark.perceive.landmarks import places
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import beyond, free
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.tufts import draw_tufts, smooth
from genmark.types import Floats

_BROWS = (105, 334)
_COARSE = 4
_VEIL = 0.12
"""Share of the hair that stays even in the gaps: single strands."""
_LONGER = 0.3
"""Share of their length that strands of a curtain hang longer at its sides."""
_SPREAD = 0.55
"""Half the width over which an opened fringe is pushed together, over that of the face."""


def thin_fringe(draft: Draft, head: Head, strands: Strandwise, *, density: float, seed: int = 0) -> Draft:
    """A see-through fringe: of the hair over the forehead, `density` in [0, 1] of the strands are left, in fine tufts.

    Strands thin out from the hairline down and end in points. 1 changes nothing.
    """
    if density >= 1.0:
        return draft
    zone = _forehead(draft, head).ravel()
    at, kept = draft.at.reshape(-1, 2), draft.keep.ravel().copy()
    some = np.flatnonzero(zone > 0.0)
    strand = strands.look(strands.run[..., :1], at[some])[:, 0]
    tuft = draw_tufts(strand, seed, fine=0.006, tuft=0.022, share=0.45)
    later = np.float32(0.12) * draw_tufts(strand, seed + 1, fine=0.012, tuft=0.04)
    # about normal numbers: the limit that leaves this share of them above it, by the logistic that is nearest
    left_here = np.clip(
        1.0 - np.float32(1.0 - density) * smooth((_fallen(head, at[some, 1]) + later) / 0.3), 0.01, 0.99
    )
    limit = np.log((1.0 - left_here) / left_here) / np.float32(1.702)
    left = np.maximum(smooth((tuft - limit) / 0.8 + 0.5), np.float32(_VEIL))
    kept[some] *= 1.0 - zone[some] * (1.0 - left)
    return replace(draft, keep=kept.reshape(draft.keep.shape))


def open_fringe(
    draft: Draft, head: Head, strands: Strandwise, *, gap: float, middle: float = 0.0, seed: int = 0
) -> Draft:
    """A curtain: the fringe parted over `middle` (x, face heights), `gap` face heights wide at the brows, closed at
    the hairline; the hair goes to the sides. 0 changes nothing."""
    if gap <= 0.0:
        return draft
    zone = _forehead(draft, head)
    at = draft.at
    off = at[..., 0] - np.float32(middle)
    strand = strands.look(strands.run[..., :1], at.reshape(-1, 2))[:, 0]
    uneven = draw_tufts(strand, seed, fine=0.006, tuft=0.03).reshape(off.shape)
    half = np.float32(gap / 2) * _fallen(head, at[..., 1]) * zone
    room = np.float32(_SPREAD * 2 * head.jaw)
    away = np.abs(off)
    back = np.clip((away - half) * room / np.maximum(room - half, 0.05), 0.0, None)
    inside = away < room
    moved = at.copy()
    # towards the sides a curtain hangs longer, to the cheekbones
    longer = (
        np.float32(_LONGER) * smooth(away / np.float32(head.jaw)) * smooth(half / np.float32(0.4 * gap) + 0.2) * zone
    )
    moved[..., 1] -= longer * np.maximum(at[..., 1] - np.float32(head.crown), 0.0)
    moved[..., 0] = np.where(inside, np.float32(middle) + np.sign(off) * back, at[..., 0])
    opened = smooth((away - half * (1.0 + 0.12 * uneven)) / np.float32(0.03) + 0.5)
    keep = draft.keep * np.where((half > 0.01) & inside, opened, 1.0)
    return replace(draft, at=moved, keep=keep.astype(np.float32))


def _fallen(head: Head, y: Floats) -> Floats:
    """Share (...) of the way from the hairline to the brows at y, in [0, 1.3]."""
    top = np.float32(head.crown - 0.05)
    return np.asarray(np.clip((y - top) / np.float32(max(_brows(head) - float(top), 0.1)), 0.0, 1.3), np.float32)


def _brows(head: Head) -> float:
    return float(head.points[places(*_BROWS), 1].mean())


def _forehead(draft: Draft, head: Head) -> Floats:
    """float32 (h, w): 1 on the face from the hairline to the eyes, where no feature lies; 0 elsewhere, soft."""
    here = shrink(draft.here, _COARSE)
    within = smooth(0.5 - beyond(head, here) / 0.10) * smooth(0.5 - (here[..., 1] - 0.18) / 0.2)
    shape = (draft.here.shape[0], draft.here.shape[1])
    return np.asarray(grow(within.astype(np.float32), _COARSE, shape) * free(draft, head), np.float32)
