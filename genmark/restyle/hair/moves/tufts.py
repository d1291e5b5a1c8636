"""Strand by strand: numbers that differ from one strand to the next, and belong together in a tuft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import gaussian_blur
from genmark.types import Floats

_ROOM = 1 << 13
"""Strands until the numbers repeat."""


def draw_tufts(strand: Floats, seed: int, fine: float = 0.006, tuft: float = 0.05, share: float = 0.5) -> Floats:
    """About normal numbers (N,) for strand numbers (N,): mean 0, deviation 1, continuous from strand to strand.

    fine, tuft   width of a strand and of a tuft, face heights
    share        of the variance that a tuft has in common
    """
    rng = np.random.default_rng([seed % 2**32, 23])
    found = np.zeros_like(strand, np.float32)
    for width, weight in ((fine, 1.0 - share), (tuft, share)):
        row = gaussian_blur(rng.standard_normal((1, _ROOM), dtype=np.float32), 1.0)[0]
        row *= np.float32(np.sqrt(weight) / float(row.std()))
        place = strand / np.float32(0.7 * width)
        first = np.floor(place)
        over = place - first
        index = first.astype(np.intp) % _ROOM
        low = row.take(index)
        found += low + (row.take((index + 1) % _ROOM) - low) * over
    return found


def smooth(value: NDArray[np.floating]) -> Floats:
    """0 below 0, 1 above 1, without a kink between."""
    held = np.clip(value, 0.0, 1.0)
    return np.asarray(held * held * (3 - 2 * held), np.float32)
