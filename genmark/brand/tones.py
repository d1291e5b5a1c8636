"""Light and colour of a picture, each as one number. Pure functions of a picture that has its size already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.types import Floats, Pixels

_GREY = 2.0
"""Mean chroma (CIELAB) below which a picture has no hue to speak of."""


@dataclass(frozen=True)
class Hue:
    """`angle` in degrees [0, 360) in CIELAB (0 pinkish red, 90 yellow, 180 green, 270 blue), None for a picture
    without colour; `concentration` in [0, 1]: 1 where all colour has that one hue, 0 where hues cancel out."""

    angle: float | None
    concentration: float


def spread(light: Floats) -> float:
    """Range that holds the middle 90 % of luma (5th to 95th percentile), in [0, 1]."""
    low, high = np.percentile(light, (5, 95))
    return float(high - low)


def clarity(pixels: Pixels) -> float:
    """Share of pixels that are bright: HSV value of 0.7 or more, in [0, 1] (Zhang, Lee, Singh, Srinivasan, "What makes
    a good image? Airbnb demand analytics …", Management Science 2022)."""
    return float((_extremes(pixels)[0] >= 0.7 * 255).mean())


def saturation(pixels: Pixels) -> tuple[float, float]:
    """Mean and standard deviation of HSV saturation (A. R. Smith, SIGGRAPH 1978), each in [0, 1]; black counts as 0."""
    high, low = _extremes(pixels)
    share = (high - low) / np.maximum(high, np.float32(1))
    return float(share.mean()), float(share.std())


def hue(lab: Floats) -> Hue:
    """Circular mean and resultant length of the CIELAB hue angle, weighted by chroma (Mardia & Jupp, "Directional
    statistics", 2000). lab (H, W, 3)."""
    a, b = (float(lab[..., axis].mean(dtype=np.float64)) for axis in (1, 2))
    chroma = float(np.hypot(lab[..., 1], lab[..., 2]).mean(dtype=np.float64))
    if chroma < _GREY:
        return Hue(None, 0.0)
    # Twice, for what is a hair under 0 would round up to 360.
    return Hue(float(np.degrees(np.arctan2(b, a)) % 360.0 % 360.0), float(min(np.hypot(a, b) / chroma, 1.0)))


def warmth(lab: Floats) -> float:
    """Mean CIELAB b*, about -108 to 95: above 0 is yellowish, below 0 bluish."""
    return float(lab[..., 2].mean(dtype=np.float64))


def colourfulness(pixels: Pixels) -> float:
    """M3 of Hasler & Süsstrunk, "Measuring colourfulness in natural images" (2003), 0 and up.

    Under 15 hardly any colour, about 45 average, over 82 quite strong; 200 is for pure primaries.
    """
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    rg, yb = red - green, (red + green) / 2 - blue
    spread_of_both = np.hypot(rg.std(dtype=np.float64), yb.std(dtype=np.float64))
    return float(spread_of_both + 0.3 * np.hypot(rg.mean(dtype=np.float64), yb.mean(dtype=np.float64)))


def colour_entropy(pixels: Pixels) -> float:
    """Shannon entropy of colours counted in 8 x 8 x 8 cells of sRGB, in bits, [0, 9] (Shannon 1948)."""
    cells = (pixels >> 5).reshape(-1, 3).astype(np.intp) @ np.array([64, 8, 1])
    return entropy(cells, 512)


def hue_count(pixels: Pixels) -> float:
    """How many of 20 hues are there: bins with over a twentieth of the largest bin's pixels, 0 to 20; only pixels with
    saturation over 0.2 and value within 0.15 to 0.95 count (Ke, Tang, Jing, CVPR 2006)."""
    high, low = _extremes(pixels)
    seen = pixels[(high >= 0.15 * 255) & (high <= 0.95 * 255) & (high - low > 0.2 * high)].astype(np.float32)
    if not len(seen):
        return 0.0
    red, green, blue = seen.T
    turn = np.arctan2(np.float32(np.sqrt(3.0)) * (green - blue), 2 * red - green - blue) / np.float32(2 * np.pi)
    # Bins are centred on the primaries, so that a pure red does not fall into two by rounding.
    counts = np.bincount(np.rint(turn * 20).astype(np.intp) % 20, minlength=20)
    return float((counts > 0.05 * counts.max()).sum())


def _extremes(pixels: Pixels) -> tuple[Floats, Floats]:
    """Largest and smallest channel of each pixel, float32 (H, W); `max(axis=2)` takes ten times as long."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return high.astype(np.float32), low.astype(np.float32)


def entropy(cells: NDArray[np.intp], count: int) -> float:
    """Shannon entropy in bits of whole numbers in [0, count), in [0, log2 count]."""
    shares = np.bincount(cells.ravel(), minlength=count) / cells.size
    return max(0.0, float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum()))
