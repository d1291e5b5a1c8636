"""Thinning scissors: fewer strands towards the ends, at the same length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import free
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.tufts import draw_tufts, smooth

_FROM = 0.35
"""Face heights above the ends from which on strands are missing."""


def thin(
    draft: Draft, head: Head, strands: Strandwise, *, share: float, fall: float | None = None, seed: int = 0
) -> Draft:
    """Lighter ends: at the very ends `share` in [0, 1] of the strands are gone, 0.35 face heights above none.

    fall   where the ends are, face heights below the chin; None for where the source's own hair ends
    """
    if share <= 0.0:
        return draft
    at, kept = draft.at.reshape(-1, 2), draft.keep.ravel().copy()
    ends = np.full(len(at), head.chin + fall, np.float32) if fall is not None else strands.end_over(at[:, 0])
    some = np.flatnonzero(at[:, 1] > ends - _FROM)
    near = np.clip((at[some, 1] - ends[some]) / np.float32(_FROM) + 1.0, 0.0, 1.0)
    tuft = draw_tufts(strands.look(strands.run[..., :1], at[some])[:, 0], seed, fine=0.008, tuft=0.03, share=0.25)
    gone = np.clip(near * near * np.float32(share), 1e-3, 0.999)
    limit = np.log(gone / (1.0 - gone)) / np.float32(1.702)
    left = smooth((tuft - limit) / 0.5 + 0.5)
    kept[some] *= 1.0 - free(draft, head).ravel()[some] * (1.0 - left)
    return replace(draft, keep=kept.reshape(draft.keep.shape))
