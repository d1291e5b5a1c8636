"""Scissors: hair that ends at a line, strand by strand, and falls against the neck there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import free
from genmark.restyle.hair.moves.outline import Rows, face_sides, hair_sides, table
from genmark.restyle.hair.moves.strandwise import STEP, Strandwise
from genmark.restyle.hair.moves.tufts import draw_tufts, smooth
from genmark.types import Floats

_CHEEK = 0.30
"""y where layers begin, and where cut hair starts to fall otherwise than it did."""
_ROUND = 0.055
"""How much higher a blunt line ends one face height off the middle: it runs round a head seen from the front."""
_BLUNT, _WISPY = 0.010, 0.028
"""Unevenness of a blunt line, and how much layers add, face heights."""
_CLEAR = 3.0
"""Pixels that a strand's tip must be wide and soft over; narrower ones look like a comb."""
_LONGEST = 0.95
"""How far below the chin hair rests on the shoulders anyhow, so that a cut there leaves its outline as it is."""
_TIGHT = 2.0
"""Most that hair is pressed together where it falls narrower."""


def trim(draft: Draft, head: Head, strands: Strandwise, *, fall: float, layers: float = 0.0, seed: int = 0) -> Draft:
    """Cut hair: nothing is left below `fall` face heights under the chin.

    fall     where the longest strands end, face heights below the chin (negative: above it)
    layers   0 for one blunt line, 1 for strands that end one after the other from the cheeks down
    Strands end in points, each at its own length. Hair that was pulled wide by the shoulders hangs down instead.
    """
    at = draft.at.reshape(-1, 2)
    hem = head.chin + fall
    some = strands.near(at, 0.3)
    some = some[at[some, 1] > min(_CHEEK - 0.6, hem - 0.1)]
    moved, kept = at.copy(), draft.keep.ravel().copy()
    loose = free(draft, head).ravel()
    kept *= 1.0 - loose * (at[:, 1] > hem)
    moved[some, 0] += loose[some] * (_hang(head, strands, hem, at[some]) - at[some, 0])
    ends = some[(at[some, 1] > _shortest(hem, layers)) & (at[some, 1] <= hem)]
    kept[ends] *= 1.0 - loose[ends] * (
        1.0 - _cut(strands, moved[ends], at[ends], hem, layers, seed, 1.0 / head.frame.unit)
    )
    return replace(draft, at=moved.reshape(draft.at.shape), keep=kept.reshape(draft.keep.shape))


def _shortest(hem: float, layers: float) -> float:
    """y above which no strand ends."""
    return hem - _ROUND - 4.0 * (_BLUNT + _WISPY * layers) - 0.5 * layers * max(hem - _CHEEK, 0.1) - 0.05


def _cut(strands: Strandwise, source: Floats, at: Floats, hem: float, layers: float, seed: int, pixel: float) -> Floats:
    """How much (N,) of each place is left; `pixel` is the size of one, face heights."""
    strand = strands.look(strands.run[..., :1], source)[:, 0]
    single = draw_tufts(strand, seed, fine=max(0.006, _CLEAR * pixel), share=0.4)
    x, y = at[:, 0], at[:, 1]
    line = np.float32(hem) - np.float32(_ROUND) * np.minimum(x * x, 1.0)
    line -= np.float32(_BLUNT + _WISPY * layers) * np.clip(1.2 + single, 0.0, 4.0)
    if layers > 0.0:
        shorter = np.clip(0.5 + 0.35 * draw_tufts(strand, seed + 1, fine=0.007, tuft=0.045, share=0.4), 0.0, 1.0)
        line -= np.float32(0.5 * layers * max(hem - _CHEEK, 0.1)) * shorter * shorter
    soft = np.float32(max(0.012 + 0.03 * layers, _CLEAR * pixel))
    return smooth((line - y) / soft)


def _hang(head: Head, strands: Strandwise, hem: float, at: Floats) -> Floats:
    """x (N,) in the source of hair that hangs straight down from the cheeks, at places `at` (N, 2)."""
    y, *hair = hair_sides(strands)
    face = face_sides(head, y)
    share = float(np.clip((head.chin + _LONGEST - hem) / 0.5, 0.0, 1.0))
    down = np.clip((y - _CHEEK) / max(hem - _CHEEK, 0.2), 0.0, 1.0)
    x = at[:, 0].copy()
    for side, edge, inner in ((-1.0, hair[0], face[0]), (1.0, hair[1], face[1])):
        wide, room = side * edge, side * inner
        cheek = float(np.interp(_CHEEK - 0.1, y, wide))
        wanted = np.minimum(wide, np.maximum(cheek - 0.07 * down * down, room + 0.1))
        wanted = wide + share * smooth((y - _CHEEK) / 0.35 + 1.0) * (wanted - wide)
        wanted = wide - gaussian_blur((wide - wanted).astype(np.float32)[:, None], 0.08 / STEP)[:, 0]
        press = np.clip((wide - room) / np.maximum(wanted - room, 0.05), 1.0, _TIGHT)
        x = _press(x, at[:, 1], side, (table(y, room), table(y, wanted), table(y, np.asarray(press, np.float32))))
    return x


def _press(x: Floats, y: Floats, side: float, rows: tuple[Rows, Rows, Rows]) -> Floats:
    """x (N,) with one side stretched from the face to the wanted width, and carried on beyond."""
    room, wanted, press = (row.over(y) for row in rows)
    off = np.float32(side) * x - room
    most = np.maximum(wanted - room, 0.0)
    added = (press - 1.0) * np.minimum(off, most)
    return np.where(off > 0.0, x + np.float32(side) * added, x).astype(np.float32)
