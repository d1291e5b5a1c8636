"""Where on a head of hair a colour goes: at the root, towards the ends, on single strands. Weights float32 (N,)."""

from __future__ import annotations

import numpy as np

from genmark.canvas import gaussian_blur, grow
from genmark.restyle.hair.flow import draw_streaks
from genmark.restyle.hair.strands import Strands
from genmark.types import Floats

_MELT = 0.13
"""Half of the share of the hair's length over which one colour melts into the next."""
_HAND = 0.05
"""How unevenly a hand paints: the deviation of where a colour begins, as a share of the hair's length."""
_LATE = 1.2
"""How much later the last strands begin than the first, in hair lengths, where not all take the colour."""
_EDGE, _FOIL = 0.6, 0.85
"""Share of all strands that take a streak's colour in part, and the most that a pixel of strands takes of it."""
_ROOT = 0.2
"""Length of the roots where a dye does not say it."""


def root_weight(strands: Strands, share: float, seed: int) -> Floats:
    """1 at the root, 0 beyond `share` of the hair's length (a fifth where it is 0)."""
    return np.asarray(1.0 - _step((_along(strands, seed) - (share or _ROOT)) / (2 * _MELT) + 0.5))


def ends_weight(strands: Strands, start: float, share: float, seed: int) -> Floats:
    """0 at the root, 1 beyond `start`; with a `share` below 1, the other strands begin later or never (balayage)."""
    along, melt = _along(strands, seed), 2 * _MELT
    if share < 1.0:
        late = np.maximum(1.0 - share - _strandwise(strands, seed), 0.0)
        along, melt = along - _LATE * spread(strands, late), 2 * melt
    return _step((along - start) / melt + 0.5)


def strand_weight(strands: Strands, share: float, seed: int) -> Floats:
    """High on about `share` of the strands, from just off the root on; 1 on all of them from 1."""
    if share >= 1.0:
        return np.ones(len(strands.matte), np.float32)
    rank = _strandwise(strands, seed)
    off_root = _step(strands.along / 0.1)
    return spread(strands, _FOIL * _step((rank - (1.0 - share)) / _EDGE + 0.5) * off_root)


def _strandwise(strands: Strands, seed: int) -> Floats:
    """Order (h', w') in [0, 1] in which a brush would leave out strands: single ones in panels, those last that catch
    the light."""
    lightness, alpha = strands.sketch[..., 0], strands.sketch[..., 3]
    off = np.clip(lightness - gaussian_blur(lightness, 3.0), -15.0, 15.0)
    field = 0.45 * _field(strands, seed, 3, 1.6) + 0.8 * _field(strands, seed, 4, 0.0)
    field += 0.5 * off / max(float(off[alpha > 0.5].std()) if (alpha > 0.5).any() else 1.0, 0.5)
    known = np.sort(field[alpha > 0.5])
    return np.asarray(np.searchsorted(known, field) / np.float32(max(len(known), 1)), np.float32)


def streaks(strands: Strands, seed: int, which: int, width: float) -> Floats:
    """Random streaks along the strands, (N,), mean 0, deviation 1; `which` (0 to 7) tells fields of one seed apart."""
    return spread(strands, _field(strands, seed, which, width))


def _field(strands: Strands, seed: int, which: int, width: float) -> Floats:
    return draw_streaks(strands.flow, strands.sketch[..., 3] > 0.0, width, 8 * seed + which)


def spread(strands: Strands, small: Floats) -> Floats:
    """Values (N,) of a field (h', w') that was measured on the sketch."""
    shape = strands.inside.shape
    return grow(small, strands.step, (shape[0], shape[1]))[strands.inside]


def _along(strands: Strands, seed: int) -> Floats:
    return np.asarray(spread(strands, strands.along) + np.float32(_HAND) * streaks(strands, seed, 1, 1.5))


def _step(rise: Floats) -> Floats:
    """0 below 0, 1 above 1, smooth between."""
    held = np.clip(rise, 0.0, 1.0)
    return np.asarray(held * held * (3 - 2 * held), np.float32)
