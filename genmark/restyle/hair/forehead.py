"""A fringe on hair that has none: the forehead's part of a donor's hair, laid over the customer's own."""

from __future__ import annotations

import numpy as np

from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.moves.tufts import smooth
from genmark.types import Floats

_ABOVE, _MELT = 0.26, 0.20
"""How far above the forehead's edge a fringe begins, and over how much it melts into the hair behind, face heights."""
_BESIDE = 0.10
"""Over how much it melts away at the temples."""
_LOWEST = 0.10
"""How far below the eyes it may reach."""


def fringe_zone(head: Head, here: Floats) -> Floats:
    """float32 (h, w): how much of each place, `here` (h, w, 2) in head coordinates, belongs to a fringe."""
    x, y = here[..., 0], here[..., 1]
    middle = float(head.points[:, 0].mean())
    top = smooth((y - (head.crown - _ABOVE)) / _MELT)
    beside = smooth((0.92 * head.jaw - np.abs(x - middle)) / _BESIDE)
    low = smooth((_LOWEST - y) / 0.12)
    return np.asarray(top * beside * low, np.float32)
