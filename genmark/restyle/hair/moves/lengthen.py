"""Longer hair: stretched below the jaw, where a stretch along the strands hardly shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import free
from genmark.restyle.hair.moves.strandwise import Strandwise

_FROM = 0.25
"""y from which hair is stretched: beside the mouth."""
_SOFT = 0.12
"""Face heights over which the stretch sets in."""
_MOST = 2.6
"""Greatest stretch that photographed strands bear."""


def lengthen(draft: Draft, head: Head, strands: Strandwise, *, fall: float) -> Draft:
    """Hair whose ends, with their own tips, hang `fall` face heights below the chin; nothing where they do already."""
    own = (
        float(np.percentile(strands.ends[(strands.alpha > 0.4).any(axis=0)], 85)) if strands.alpha.max() > 0.4 else 0.0
    )
    stretch = min((head.chin + fall - _FROM) / max(own - _FROM, 0.1), _MOST)
    if stretch <= 1.0:
        return draft
    # the first `_SOFT` of the way stays unstretched, so that what lies below is stretched a little more
    share = np.float32(max(own - _FROM - _SOFT, 0.05) / max(stretch * (own - _FROM) - _SOFT, 0.1))
    at = draft.at.reshape(-1, 2)
    some = np.flatnonzero(at[:, 1] > _FROM)
    below = at[some, 1] - np.float32(_FROM)
    back = share * below + (1.0 - share) * np.float32(_SOFT) * (1.0 - np.exp(-below / np.float32(_SOFT)))
    moved = at.copy()
    moved[some, 1] += free(draft, head).ravel()[some] * (back - below)
    return replace(draft, at=moved.reshape(draft.at.shape))
