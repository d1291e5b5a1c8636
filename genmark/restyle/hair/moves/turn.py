"""Ends that bend: in to the neck, as a C-curl does, or out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import calm
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.tufts import draw_tufts, smooth

_SHORT, _LONG = 0.20, 0.42
"""Least and greatest length of hair that bends, face heights; in between, three times the bend."""
_SHINE, _SHADE = 0.20, 0.42
"""Log luminance of the bend over, and of the ends under, straight hair."""


def turn_ends(
    draft: Draft, head: Head, strands: Strandwise, *, turn: float, fall: float | None = None, seed: int = 0
) -> Draft:
    """Bend the ends by `turn` face heights: in to the neck, or out where negative.

    fall   where the ends are, face heights below the chin: the same as for the `trim` that follows; None for where the
           source's own hair ends
    The bend catches light where it is farthest out, and what is turned under lies in its own shadow.
    """
    if turn == 0.0:
        return draft
    at = draft.at.reshape(-1, 2)
    length = float(np.clip(3.0 * abs(turn), _SHORT, _LONG))
    ends = np.full(len(at), head.chin + fall, np.float32) if fall is not None else strands.end_over(at[:, 0])
    some = strands.near(at, 0.1 + abs(turn))
    some = some[at[some, 1] > ends[some] - length - 0.1]
    loose = calm(draft, head, wide=0.10).ravel()[some] * smooth((ends[some] - np.float32(head.chin - 0.5)) / 0.15)
    place = at[some]
    tuft = draw_tufts(strands.look(strands.run[..., :1], place)[:, 0], seed, fine=0.02, tuft=0.09, share=0.7)
    bent = np.clip((place[:, 1] - ends[some] + np.float32(length) + 0.03 * tuft) / np.float32(length), 0.0, 1.2)
    middle = np.float32((head.points[:, 0].min() + head.points[:, 0].max()) / 2)
    off = place[:, 0] - middle
    side = np.tanh(off / np.float32(0.12)) * smooth((np.abs(off) - 0.10) / 0.25)
    way = loose * np.float32(turn) * (1.0 + 0.2 * tuft) * bent * bent
    moved, lit = at.copy(), draft.shade.ravel().copy()
    moved[some, 0] += way * side
    moved[some, 1] += np.float32(0.35) * np.abs(way)
    lit[some] += loose * np.float32(min(1.0, 8 * abs(turn))) * _light(bent, turn)
    return replace(draft, at=moved.reshape(draft.at.shape), shade=lit.reshape(draft.shade.shape))


def _light(bent: NDArray[np.floating], turn: float) -> NDArray[np.floating]:
    """Shade (N,) along a bend; `bent` is 0 where it begins and 1 at the ends."""
    if turn > 0.0:
        return np.asarray(_SHINE * _bump(bent, 0.4, 0.2) - _SHADE * smooth((bent - 0.55) / 0.5))
    return np.asarray(_SHINE * _bump(bent, 0.75, 0.25) - 0.4 * _SHADE * _bump(bent, 0.25, 0.2))


def _bump(bent: NDArray[np.floating], where: float, wide: float) -> NDArray[np.floating]:
    return np.asarray(np.exp(-(((bent - where) / wide) ** 2)))
