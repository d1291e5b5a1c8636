"""A word for a hair colour, as it looks in its photo."""

from __future__ import annotations

import numpy as np

from genmark.types import Lab

_DYED: tuple[tuple[float, float, float, str], ...] = (
    (100, 200, 11, "green"),
    (200, 292, 11, "blue"),
    (292, 335, 13, "purple"),
    (335, 372, 13, "pink"),
)
"""Hue angles from and to, in degrees, and the least chroma of colours that no hair grows in."""


def name_colour(lab: Lab) -> str:
    """Black, dark-brown, brown, auburn, red, blond, platinum, grey, white, green, blue, purple or pink.

    Bounds were fitted on the portraits pack, whose names follow the same median colours; dark photos darken names.
    """
    lightness, a, b = lab
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a))) % 360
    dyed = _dyed(lightness, chroma, hue)
    if dyed is not None:
        return dyed
    if lightness < 13 and chroma < 16:
        return "black"
    warm = 15 <= hue < 100
    if chroma < (5 if lightness < 30 else 9) or not warm:
        return "black" if lightness < 18 else "grey" if lightness < 66 else "white"
    if lightness >= 68 and chroma < 20:
        return "platinum"
    return _warm(lightness, chroma, hue)


def _dyed(lightness: float, chroma: float, hue: float) -> str | None:
    if lightness > 55 and hue < 115:  # pale blond turns to green before it looks dyed
        return "pink" if hue < 12 and chroma >= 13 else None
    turned = hue + 360 if hue < 12 else hue
    return next((name for low, high, least, name in _DYED if low <= turned < high and chroma >= least), None)


def _warm(lightness: float, chroma: float, hue: float) -> str:
    """Red hair is of a redder hue and strong; the others go by lightness."""
    if hue < 58 and chroma >= 27:
        return "red"
    if hue < 45 and chroma >= 17:
        return "auburn"
    return "dark-brown" if lightness < 28 else "brown" if lightness < 46 else "blond"
