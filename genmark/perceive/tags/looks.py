"""How a photo looks, measured: its colours, its light, its style, in words with scores (numpy)."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
from PIL import Image

from genmark.colour import lab_from_rgb
from genmark.insight import Tag, TagKind
from genmark.types import Floats, Photo

COLOURS: dict[str, tuple[str, tuple[tuple[float, float, float], ...]]] = {
    "black": ("검은색", ((10, 0, 0),)),
    "grey": ("회색", ((32, 0, 0), (55, 0, 0), (74, 0, 0))),
    "white": ("흰색", ((95, 0, 0),)),
    "red": ("빨간색", ((48, 68, 45), (32, 48, 28))),
    "orange": ("주황색", ((66, 40, 62),)),
    "yellow": ("노란색", ((86, 2, 72),)),
    "green": ("초록색", ((50, -42, 36), (72, -32, 32), (34, -18, 22), (48, -12, 26))),
    "blue": ("파란색", ((42, 8, -46), (62, -8, -34), (78, -6, -20), (26, 8, -30), (31, 28, -62))),
    "purple": ("보라색", ((38, 40, -40), (62, 24, -26))),
    "pink": ("분홍색", ((72, 36, 4), (84, 18, 3), (58, 58, -4))),
    "brown": ("갈색", ((34, 14, 22), (48, 16, 28), (24, 8, 12))),
    "beige": ("베이지색", ((82, 2, 16), (68, 6, 20))),
}
"""Colour words, in Korean, too, and where they lie in CIELAB: genmark's own anchors."""

_KOREAN = MappingProxyType(
    {
        "colourful": "다채로운",
        "black and white": "흑백",
        "minimal": "미니멀",
        "vintage": "빈티지",
        "dark": "어두운",
        "bright": "밝은",
        "warm light": "따뜻한 빛",
        "cool light": "차가운 빛",
    }
)
_SIDE = 48
_LEAST = 0.12
"""The smallest share of a photo that a colour is named for."""


def read_looks(photo: Photo) -> tuple[Tag, ...]:
    """Colours, light and style of a photo. A colour's score is how sure it is that it covers an eighth of the photo."""
    pixels = np.asarray(Image.fromarray(photo.pixels).resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0))
    lab = lab_from_rgb(pixels)
    return (*_colours(lab), *_light(lab), *_style(pixels.astype(np.float32), lab))


def _colours(lab: Floats) -> list[Tag]:
    names = [name for name, (_, anchors) in COLOURS.items() for _ in anchors]
    anchors = np.array([anchor for _, places in COLOURS.values() for anchor in places], np.float32)
    apart = np.linalg.norm(lab.reshape(-1, 1, 3) - anchors, axis=2)
    nearest = [names[place] for place in apart.argmin(1)]
    shares = {name: nearest.count(name) / len(nearest) for name in COLOURS}
    return [
        Tag(name, _ramp(share, _LEAST, 0.04), "colour", "colours", COLOURS[name][0])
        for name, share in shares.items()
        if share >= _LEAST
    ]


def _light(lab: Floats) -> list[Tag]:
    lightness = float(lab[..., 0].mean())
    plain = np.hypot(lab[..., 1], lab[..., 2]) < 35.0
    cast = float(lab[..., 2][plain].mean()) if plain.mean() > 0.2 else 0.0
    found = {
        "dark": _ramp(-lightness, -28.0, 4.0),
        "bright": _ramp(lightness, 74.0, 4.0),
        "warm light": _ramp(cast, 13.0, 2.0),
        "cool light": _ramp(-cast, 9.0, 2.0),
    }
    return _said(found, "light")


def _style(rgb: Floats, lab: Floats) -> list[Tag]:
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    steps = float(np.abs(np.diff(lab[..., 0], axis=0)).mean() + np.abs(np.diff(lab[..., 0], axis=1)).mean())
    hue = np.degrees(np.arctan2(lab[..., 2].mean(), lab[..., 1].mean()))
    grey = float(np.quantile(chroma, 0.95)) < 4.0
    sepia = 40.0 < hue < 95.0 and float(chroma.std()) < 5.0 and 6.0 < float(chroma.mean()) < 26.0
    found = {
        "colourful": _ramp(colourfulness(rgb), 65.0, 8.0),
        "black and white": 0.95 if grey else 0.0,
        "minimal": _ramp(-steps, -3.0, 0.6),
        "vintage": 0.6 if sepia else 0.0,
    }
    return _said(found, "style")


def colourfulness(rgb: Floats) -> float:
    """How colourful people find a picture (H, W, 3) in 0 to 255: 0 is grey, 15 slightly, 59 quite, 109 extremely
    (Hasler & Süsstrunk 2003, M3)."""
    red_green = rgb[..., 0] - rgb[..., 1]
    yellow_blue = (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    spread = math.hypot(float(red_green.std()), float(yellow_blue.std()))
    return spread + 0.3 * math.hypot(float(red_green.mean()), float(yellow_blue.mean()))


def _said(found: dict[str, float], kind: TagKind) -> list[Tag]:
    return [Tag(name, score, kind, "colours", _KOREAN[name]) for name, score in found.items() if score >= 0.5]


def _ramp(value: float, middle: float, width: float) -> float:
    """0.5 at `middle`, 0.88 two widths above it; rounded, because no more of it means anything."""
    return round(1.0 / (1.0 + math.exp(-(value - middle) / width)), 3)
