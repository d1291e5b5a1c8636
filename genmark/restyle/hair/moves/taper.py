"""Clippers: sides and nape that fade from the length on top to stubble, lying close to the skull."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.canvas import grow, shrink
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import beyond, free
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.tufts import smooth
from genmark.types import Floats

_COARSE = 4
_CLOSE, _FULL = 0.035, 0.16
"""How far clipped hair stands off the face's outline beside it, and how far uncut hair may, face heights: the skull
is that much wider than the face."""


def taper(
    draft: Draft, head: Head, strands: Strandwise, *, line: float = -0.12, span: float = 0.25, stubble: float = 0.45
) -> Draft:
    """Short sides: below `line` hair lies ever closer to the skull and ever thinner.

    line      y where the fade begins: the temples are about 0.1 face heights above the eyes
    span      face heights over which it is complete: little for a skin fade, much for soft sides
    stubble   how dense what is left looks, in [0, 1]; 1 with a span beyond the picture leaves everything
    Everything below the ears goes: a nape is hidden behind the neck. strands are not asked.
    """
    here = shrink(draft.here, _COARSE)
    fade = smooth((here[..., 1] - line) / span)
    out = beyond(head, here)
    stand = _FULL + (_CLOSE - _FULL) * fade
    close = 1.0 - fade * smooth((out - stand) / 0.04)
    thin = 1.0 - fade * (1.0 - stubble) * smooth(out / 0.05 + 0.5)
    nape = 1.0 - smooth((here[..., 1] - line - span - 0.25) / 0.12)
    shape = (draft.here.shape[0], draft.here.shape[1])
    left = grow((close * thin * nape).astype(np.float32), _COARSE, shape)
    return replace(draft, keep=_kept(draft, left, free(draft, head)))


def _kept(draft: Draft, left: Floats, loose: Floats) -> Floats:
    return np.asarray(draft.keep * (1.0 - loose * (1.0 - np.clip(left, 0.0, 1.0))), np.float32)
