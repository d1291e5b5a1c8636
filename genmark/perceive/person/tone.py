"""Skin tone as cosmetics name it, on lit skin: the individual typology angle and the nearest step of the Monk scale.

ITA = atan2(L* - 50, b*) in degrees and its six groups: Chardon, Cretois & Hourseau (1991); Del Bino & Bernerd (2013).
Monk Skin Tone scale: Ellis Monk and Google (2022), CC BY 4.0. A photo's light is unknown, so this is the tone *as lit*:
good for matching a cosmetic to the photo, not a fact about a person, and never a word for where somebody is from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.colour import delta_e, one_lab
from genmark.perceive.person.plane import FacePlane
from genmark.types import Bools, Floats, Lab

MONK: tuple[Lab, ...] = tuple(
    one_lab(rgb)
    for rgb in (
        (246, 237, 228), (243, 231, 219), (247, 234, 208), (234, 218, 186), (215, 189, 150),
        (160, 126, 86), (130, 92, 67), (96, 65, 52), (58, 49, 42), (41, 36, 32),
    )
)  # fmt: skip
"""The ten steps, light to deep, as CIELAB."""
TONES: tuple[tuple[float, str], ...] = (
    (55, "very light"), (41, "light"), (28, "medium"), (10, "tan"), (-30, "brown"), (-91, "deep"),
)  # fmt: skip
"""The least ITA of each tone."""
_FEWEST = 300  # cells: about as much skin as an eye


@dataclass(frozen=True)
class Tone:
    """Tone of lit skin: its `name`, `ita` in degrees, `monk` step from 1 (lightest) to 10, and its colour as lit."""

    name: str
    ita: float
    monk: int
    colour: Lab


def lit_skin(plane: FacePlane) -> Bools:
    """Cheeks and forehead where light falls on them: the lighter half of their cells, no highlights; bool (h, w)."""
    skin = plane.cheeks | plane.forehead
    if not skin.any():
        return skin
    low, high = np.quantile(plane.lab[skin, 0], (0.5, 0.95))
    return np.asarray(skin & (plane.lab[..., 0] >= low) & (plane.lab[..., 0] <= high))


def measure_tone(plane: FacePlane) -> Tone | None:
    """The tone; None where too little skin is seen, or the light is too coloured or dim for skin to look like skin."""
    lit = lit_skin(plane)
    if lit.sum() < _FEWEST:
        return None
    lightness, a, b = np.median(plane.lab[lit], axis=0).tolist()
    hue = float(np.degrees(np.arctan2(b, a)))
    if lightness < 15 or not 25 <= hue <= 85 or np.hypot(a, b) > 48:
        return None
    ita = float(np.degrees(np.arctan2(lightness - 50, b)))
    monk = int(np.argmin(delta_e(np.array((lightness, a, b)), np.array(MONK)))) + 1
    return Tone(name_tone(ita), ita, monk, (lightness, a, b))


def name_tone(ita: float) -> str:
    """The tone of an ITA in degrees."""
    return next(name for least, name in TONES if ita >= least)


def median_colour(plane: FacePlane, where: Bools) -> Floats | None:
    """Median CIELAB (3,) of some cells, or None where there are too few."""
    return np.asarray(np.median(plane.lab[where], axis=0), np.float32) if where.sum() >= 30 else None
