"""Straight hair: its own waves taken out, in shape and in light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import calm
from genmark.restyle.hair.moves.rim import hold
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.types import Floats

_FLAT = 0.85
"""Share of the light and dark of its own waves that dead straight hair loses."""


def straighten(draft: Draft, head: Head, strands: Strandwise, *, share: float) -> Draft:
    """Hair laid along its strands' broad paths: `share` of its own sway, and of the waves' light, is taken out.

    share   0 changes nothing, 1 is as straight as it gets: curls that overlap cannot be told apart and stay lively
    """
    if share <= 0.0:
        return draft
    at = draft.at.reshape(-1, 2)
    some = strands.near(at, 0.1)
    found = strands.look(np.dstack([strands.run[..., 2:], strands.sway, strands.relief, hold(strands, 0.05)]), at[some])
    loose = np.float32(share) * calm(draft, head).ravel()[some] * found[:, 4]
    size = np.maximum(found[:, 0] ** 2 + found[:, 1] ** 2, 0.2)
    moved, lit = at.copy(), draft.shade.ravel().copy()
    moved[some] -= (loose * found[:, 2] / size)[:, None] * found[:, :2]
    lit[some] -= loose * np.float32(_FLAT) * _soft(found[:, 3])
    return replace(draft, at=moved.reshape(draft.at.shape), shade=lit.reshape(draft.shade.shape))


def _soft(relief: Floats) -> Floats:
    """Relief that never grows beyond 0.5 to either side: more is another colour, not a wave."""
    return np.asarray(0.5 * np.tanh(relief / 0.5), np.float32)
