"""The look of a picture as numbers that a person can read: light, colour, texture, composition, palette.

Every number is a description. None has a good end: what the research finds good depends on the category, and partly
contradicts itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from genmark.brand import composition, texture, tones
from genmark.brand.frames import check_pixels, long_side, luma
from genmark.brand.palette import Palette, palette
from genmark.colour import lab_from_rgb
from genmark.types import Floats, Pixels

SIDE = 512
"""Every picture is measured with this many pixels on its longer side."""


@dataclass(frozen=True)
class Look:
    """The visual profile of one picture. What each number is, with its paper: the function named in brackets.

    brightness          mean luma Y' of BT.709, [0, 1]
    contrast            root mean square contrast, the standard deviation of luma, [0, 0.5] (Peli, JOSA A 1990)
    contrast_range      5th to 95th percentile of luma, [0, 1] (`tones.spread`)
    clarity             share of bright pixels, [0, 1] (`tones.clarity`)
    saturation          mean HSV saturation, [0, 1]; saturation_sd, its deviation, [0, 0.5] (`tones.saturation`)
    hue                 mean hue in CIELAB, degrees [0, 360), None without colour (`tones.hue`)
    hue_concentration   [0, 1], 1 one hue (`tones.hue`)
    hue_count           0 to 20 hues (`tones.hue_count`)
    warmth              mean CIELAB b*, about -108 (blue) to 95 (yellow) (`tones.warmth`)
    colourfulness       0 and up, 45 is average (`tones.colourfulness`)
    colour_entropy      bits, [0, 9] (`tones.colour_entropy`)
    edge_density        share of pixels on an edge, [0, 1] (`texture.edge_density`)
    luma_entropy        bits, [0, 8] (`texture.luma_entropy`)
    complexity          bits a pixel of a fixed JPEG encoder, about 0.2 to 4 (`texture.jpeg_bits`)
    fourier_slope       log amplitude over log frequency, about -1 in nature; None if plain (`texture.fourier_slope`)
    sharpness           log10(1 + variance of the Laplacian), about 0 to 5 (`texture.sharpness`)
    negative_space      share of the picture where nothing happens, [0, 1] (`texture.empty`)
    symmetry_sideways   left against right, [-1, 1]; symmetry_upright, top against bottom (`composition.symmetry`)
    thirds_distance     figure to the nearest power point, share of the diagonal, [0, 1/3] (`thirds_distance`)
    balance             of visual weight about the centre, [0, 1] (`composition.balance`)
    colour_imbalance    CIEDE2000 between left and right, 0 and up (`composition.colour_imbalance`)
    figure_share        share of the picture that stands out, (0, 1] (`composition.figure_share`)
    figure_contrast     CIEDE2000 from figure to ground, 0 and up (`composition.figure_contrast`)
    palette             the five main colours (`palette.palette`)
    """

    brightness: float
    contrast: float
    contrast_range: float
    clarity: float
    saturation: float
    saturation_sd: float
    hue: float | None
    hue_concentration: float
    hue_count: float
    warmth: float
    colourfulness: float
    colour_entropy: float
    edge_density: float
    luma_entropy: float
    complexity: float
    fourier_slope: float | None
    sharpness: float
    negative_space: float
    symmetry_sideways: float
    symmetry_upright: float
    thirds_distance: float
    balance: float
    colour_imbalance: float
    figure_share: float
    figure_contrast: float
    palette: Palette


NAMES: tuple[str, ...] = tuple(field.name for field in fields(Look) if field.name != "palette")
"""The numbers of a Look, in order."""


def describe_look(pixels: Pixels) -> Look:
    """Measure a picture, uint8 sRGB (H, W, 3) of any size; it is brought to 512 pixels on its longer side first.

    The same picture gives the same look; so does its mirror image, up to the resampling's rounding and JPEG's blocks.
    Raises UsageError where `pixels` is no such picture.
    """
    check_pixels(pixels)
    frame = long_side(pixels, SIDE)
    light, lab = luma(frame), lab_from_rgb(frame)
    hue = tones.hue(lab)
    return Look(
        **_tones(frame, light),
        **_texture(frame, light),
        **_composition(frame),
        hue=hue.angle,
        hue_concentration=hue.concentration,
        warmth=tones.warmth(lab),
        fourier_slope=texture.fourier_slope(light),
        palette=palette(frame),
    )


def numbers_of(look: Look) -> Floats:
    """The numbers of a look in the order of `NAMES`, float32 (len(NAMES),); NaN where there is none."""
    values = (getattr(look, name) for name in NAMES)
    return np.array([np.nan if value is None else value for value in values], np.float32)


def _tones(frame: Pixels, light: Floats) -> dict[str, float]:
    mean, deviation = tones.saturation(frame)
    return {
        "brightness": float(light.mean(dtype=np.float64)),
        "contrast": float(light.std(dtype=np.float64)),
        "contrast_range": tones.spread(light),
        "clarity": tones.clarity(frame),
        "saturation": mean,
        "saturation_sd": deviation,
        "hue_count": tones.hue_count(frame),
        "colourfulness": tones.colourfulness(frame),
        "colour_entropy": tones.colour_entropy(frame),
    }


def _texture(frame: Pixels, light: Floats) -> dict[str, float]:
    slopes = texture.gradient(light)
    return {
        "edge_density": texture.edge_density(slopes),
        "luma_entropy": texture.luma_entropy(light),
        "complexity": texture.jpeg_bits(frame),
        "sharpness": texture.sharpness(light),
        "negative_space": float(texture.empty(slopes).mean()),
    }


def _composition(frame: Pixels) -> dict[str, float]:
    small = long_side(frame, composition.SIDE)
    light, lab = luma(small), lab_from_rgb(small)
    seen = composition.salience(small)
    return {
        "symmetry_sideways": composition.symmetry(light, 1),
        "symmetry_upright": composition.symmetry(light, 0),
        "thirds_distance": composition.thirds_distance(seen),
        "balance": composition.balance(seen),
        "colour_imbalance": composition.colour_imbalance(lab),
        "figure_share": composition.figure_share(seen),
        "figure_contrast": composition.figure_contrast(lab, seen),
    }
