"""What a dye does to the colour of hair: from the own lightness to the new one, and from there to the new chroma.

Both are curves over lightness, so that strands keep their structure. Their shape comes from what hair looks like:
how deep its shadows and how bright its shine are at each shade was measured on 830 portraits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.colour import LUMINANCE, lab_from_linear, linear_from_lab
from genmark.types import Floats, Lab

STEPS = 10
"""Curve entries per unit of L."""
GRID: Floats = (np.arange(0, 100 * STEPS + 1) / STEPS).astype(np.float32)
"""The L that a curve's entries are for."""
_DEPTH = ((0, 10, 25, 40, 60, 80, 100), (0.34, 0.49, 0.52, 0.56, 0.61, 0.67, 0.70))
"""By the median L of hair: its 10th percentile of L, as a share of the median."""
_SHINE = ((0, 5, 10, 20, 35, 50, 65, 80, 100), (6.0, 10.0, 13.0, 18.0, 21.0, 21.0, 17.0, 11.0, 1.0))
"""By the median L of hair: how far its 90th percentile of L lies above."""
_DEEPEN = 0.35
"""How much more often light passes through dyed fibres in the depth between strands: the shade's own exponent."""
_WARM = (0.5, 0.0, -0.35)
"""Change of log red, green, blue in the depths of pale hair, where keratin and leftover pigment add up."""
_TINTED, _FULL = 0.8, 0.35
"""Share of a faint highlight that has been through the fibre (tinted); the rest is mirrored off it (Marschner 2003).
And the luminance at which half of what is tinted has given way to the mirrored."""
_WHITEST = 97.0


@dataclass(frozen=True)
class Own:
    """Lightness of a customer's hair in a photo: 10th, 50th and 90th percentile of L over its opaque part."""

    deep: float
    median: float
    bright: float


def measure_own(lightness: Floats) -> Own:
    """Percentiles of L (N,)."""
    deep, median, bright = np.percentile(lightness, [10, 50, 90]).tolist()
    return Own(deep, median, bright)


def tone_curve(own: Own, lightness: float) -> Floats:
    """New L for each own L in 0, 0.1 … 100: float32 (1001,), rising, and `lightness` at the own median.

    Below the median L follows a power of its share of the median, so black stays black and the exponent makes shadows
    as deep as they are in hair of the new shade; above, distances are scaled to the shine that such hair has.
    """
    median = max(own.median, 0.5)
    typical, wanted = np.interp([median, lightness], *_DEPTH)
    power = float(np.log(wanted) / np.log(typical)) * _evening(own, median, float(typical))
    low = lightness * (np.minimum(GRID, median) / median) ** power
    shine = np.interp([lightness, median], *_SHINE)
    calm = np.clip(np.sqrt(shine[1] / max(own.bright - median, 1.0)), 0.6, 1.15)
    rise = np.maximum(GRID - median, 0.0) * float(calm * shine[0] / shine[1])
    room = max(_WHITEST - lightness, 1.0)
    curve = low + room * (1.0 - np.exp(-rise / room))
    return _rounded(curve, median, lightness)


def _evening(own: Own, median: float, typical: float) -> float:
    """Below 1 where the hair differs more in itself than hair of one colour does: a dye evens that out in part."""
    ratio = np.clip(own.deep / median, 0.05, 0.95)
    return float(np.clip(np.sqrt(np.log(typical) / np.log(ratio)), 0.7, 1.15))


def _rounded(curve: Floats, median: float, lightness: float) -> Floats:
    """The curve without the kink at the median, still through (median, lightness)."""
    reach = max(1, round((0.12 * median + 0.4) * STEPS))
    padded = np.pad(curve, 2 * reach, mode="edge")
    box = np.ones(2 * reach + 1) / (2 * reach + 1)
    soft = np.convolve(np.convolve(padded, box, "valid"), box, "valid")
    soft *= lightness / max(float(np.interp(median, GRID, soft)), 1e-3)
    return np.minimum(soft, 100.0).astype(np.float32)


def chroma_curve(lab: Lab, gains: tuple[float, float, float]) -> Floats:
    """(a, b) of hair dyed `lab` for each L in 0, 0.1 … 100: float32 (1001, 2), exact at the swatch's own L.

    Below that L, light has passed more fibres and takes their colour again and again (a power of the reflectance: the
    depths of blond hair are golden); above, part of the highlight is the light itself, mirrored, of colour `gains`.
    """
    weights = np.array(LUMINANCE)
    colour = np.maximum(linear_from_lab(np.array(lab, np.float32)).astype(np.float64), 2e-3)
    own = float(colour @ weights)
    wanted = np.where(GRID > 8, ((GRID + 16) / 116) ** 3, GRID * 27 / 24389)[:, None].astype(np.float64)
    depth = np.clip(1.0 - GRID / max(lab[0], 1.0), 0.0, 1.0)[:, None]
    deep = colour ** (1.0 + _DEEPEN * depth) * np.exp(depth * np.array(_WARM) * _warmth(lab))
    deep *= wanted / (deep @ weights)[:, None]
    extra = np.maximum(wanted - own, 0.0)
    light = np.array(gains) / (np.array(gains) @ weights)
    tinted = _TINTED * extra / (1.0 + extra / _FULL)
    bright = colour * (1.0 + tinted / own) + (extra - tinted) * light
    linear = np.where(wanted < own, deep, bright)
    return lab_from_linear(linear.astype(np.float32))[:, 1:]


def _warmth(lab: Lab) -> float:
    """How much a shade's depths turn golden: all for blond, less the darker or the bluer it is."""
    pale = np.clip((lab[0] - 30.0) / 35.0, 0.0, 1.0)
    return float(pale * np.clip((lab[2] + 4.0) / 12.0, 0.3, 1.0))


def look_up(curve: Floats, lightness: Floats) -> Floats:
    """Curve values, (N,) or (N, 2), at L (N,); L is rounded to a tenth and clipped to [0, 100]."""
    places = np.clip(lightness * np.float32(STEPS) + np.float32(0.5), 0, 100 * STEPS).astype(np.intp)
    return np.asarray(curve[places])
