"""What colour the customer's hair has of its own: under the grey, and along the lengths. As lit in the photo."""

from __future__ import annotations

import numpy as np

from genmark.colour import lab_from_rgb
from genmark.restyle.hair.pattern import spread
from genmark.restyle.hair.shade import GRID, look_up
from genmark.restyle.hair.strands import OPAQUE, Strands, some
from genmark.types import Floats, Lab, Photo, Regions

_PALE, _COLOURLESS = 45.0, 12.0
"""L from which on, and chroma below which, even the darker strands are grey: there is no base left to match."""
_BLOND = 30.0
"""L from which on coloured dark strands are those of blond hair, whose paler ones are no grey."""
_FEW, _PLENTY = 0.03, 0.08
"""Share of pale, colourless hair that shine alone gives dark hair, and share that is grey for certain."""
_LEFT = 0.45
"""Share of their contrast to the darker strands that covered grey strands keep: grey takes a dye a little lighter."""


def own_pixels(photo: Photo, regions: Regions) -> Floats:
    """CIELAB (M, 3) of about 50,000 pixels that are nothing but hair (of the surest ones, where none is)."""
    alpha = regions.mattes["hair"].alpha
    return lab_from_rgb(some(photo.pixels[alpha >= min(OPAQUE, float(alpha.max()))]))


def greyness(hair: Floats) -> float:
    """How sure it is that hair, CIELAB (M, 3), is part grey, in [0, 1], from its share of pale, colourless strands."""
    low, a, b = _dark_strands(hair)
    if low > _BLOND and np.hypot(a, b) > 7.0:
        return 0.0
    pale = (hair[:, 0] > max(32.0, 1.8 * low)) & (np.hypot(hair[:, 1], hair[:, 2]) < 9.0)
    return float(np.clip((pale.mean() - _FEW) / (_PLENTY - _FEW), 0.0, 1.0))


def cover_grey(strands: Strands) -> tuple[Lab, Floats] | None:
    """The customer's base colour and a tone curve that takes the grey strands there, or None where all are white.

    The darker fifth tells the base. The curve leaves it as it is, so that a strand never ends up lighter than one
    that was paler, and takes most of what stands out above.
    """
    hair = strands.hair[strands.opaque]
    low, a, b = _dark_strands(hair)
    if low > _PALE and np.hypot(a, b) < _COLOURLESS:
        return None
    above = np.maximum(GRID - 1.3 * low, 0.0)
    bend = 1.0 - np.exp(-above / 8.0)
    tone = (GRID - (1.0 - _LEFT) * bend * above).astype(np.float32)
    covered = float(look_up(tone, np.array([strands.colour[0]], np.float32))[0])
    return (covered, a, b), tone


def _dark_strands(hair: Floats) -> Lab:
    """20th percentile of L, and the median a and b of the strands about as dark, of CIELAB (N, 3)."""
    low = float(np.percentile(hair[:, 0], 20))
    a, b = np.median(hair[hair[:, 0] <= max(1.5 * low, 1.0), 1:], axis=0).tolist()
    return low, a, b


def of_the_lengths(strands: Strands) -> Lab | None:
    """Median colour of the hair from its middle on, or None where hardly any is seen."""
    lower = strands.opaque & (spread(strands, strands.along) > 0.45)
    if lower.sum() < 0.15 * strands.opaque.sum():
        return None
    lightness, a, b = np.median(strands.hair[lower], axis=0).tolist()
    return lightness, a, b
