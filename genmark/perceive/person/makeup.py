"""Colour of lips, lids and cheeks against the same face's bare skin."""

from __future__ import annotations

import numpy as np

from genmark.colour import delta_e
from genmark.perceive.person.plane import FacePlane
from genmark.perceive.person.tone import median_colour
from genmark.types import Bools, Floats

Differences = dict[str, Floats]
"""Part of the face ("lips", "lids", "cheeks") -> L*, a*, b* above bare skin's, float32 (3,); absent if unseen."""


def colour_differences(plane: FacePlane) -> Differences:
    """How far each part's median colour is from the bare skin's: the forehead's and cheeks' for lips and lids, the
    forehead's for cheeks."""
    bare = median_colour(plane, plane.cheeks | plane.forehead)
    forehead = median_colour(plane, plane.forehead)
    parts = (("lips", _coloured(plane), bare), ("lids", plane.lids, bare), ("cheeks", plane.cheeks, forehead))
    found = {}
    for name, where, skin in parts:
        colour = median_colour(plane, where)
        if colour is not None and skin is not None:
            found[name] = colour - skin
    return found


def contrast(differences: Differences, part: str) -> float | None:
    """CIEDE2000 of a part against skin of L* 60, a* 15, b* 18 with the same differences; None where it is unseen."""
    if part not in differences:
        return None
    skin = np.array((60.0, 15.0, 18.0))
    return float(delta_e(skin + differences[part], skin))


def _coloured(plane: FacePlane) -> Bools:
    """Lips without teeth and the dark between them: the middle of their lightness."""
    if plane.lips.sum() < 60:
        return plane.lips
    low, high = np.quantile(plane.lab[plane.lips, 0], (0.2, 0.8))
    return np.asarray(plane.lips & (plane.lab[..., 0] >= low) & (plane.lab[..., 0] <= high))
