"""Colour: sRGB to CIELAB and back, and how far apart two colours look.

CIELAB here is always D65, 2-degree observer (IEC 61966-2-1 primaries, CIE 15:2004). All functions work on any array
whose last axis holds three channels: a picture (H, W, 3), a list of pixels (N, 3), a single colour (3,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genmark.types import Floats, Lab, Pixels

_XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _XYZ_FROM_RGB.sum(axis=1)
_XYZ_FROM_RGB_ROWS = (_XYZ_FROM_RGB / _WHITE[:, None]).T.astype(np.float32)
_RGB_FROM_XYZ_ROWS = np.linalg.inv(_XYZ_FROM_RGB / _WHITE[:, None]).T.astype(np.float32)
LUMINANCE: tuple[float, float, float] = (0.2126729, 0.7151522, 0.0721750)
"""Share of linear red, green and blue in the luminance Y."""

_EPSILON = np.float32(216 / 24389)
_KAPPA = np.float32(24389 / 27)
_TILE = 1 << 14
"""Pixels worked on at once: the intermediate planes of one tile stay in the cache."""


def _decode(code: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _encode(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


_DECODED = _decode(np.arange(256) / 255).astype(np.float32)
# One entry per 1/65535 of linear light: even at black, where the curve is steepest, that is 1/20 of a code value.
_ENCODED = np.rint(_encode(np.arange(65536) / 65535) * 255).astype(np.uint8)


def linear_from_rgb(pixels: Pixels) -> Floats:
    """Linear light, float32 in [0, 1], of uint8 sRGB; any shape."""
    return np.asarray(np.take(_DECODED, pixels))


def rgb_from_linear(linear: Floats) -> Pixels:
    """uint8 sRGB of linear light; what lies outside [0, 1] is clipped. Any shape."""
    codes = np.clip(linear, 0.0, 1.0) * np.float32(65535) + np.float32(0.5)
    return np.asarray(np.take(_ENCODED, codes.astype(np.uint16)))


def lab_from_linear(linear: Floats) -> Floats:
    """CIELAB, float32 (..., 3), of linear sRGB light (..., 3)."""
    xyz = np.ascontiguousarray(linear, dtype=np.float32) @ _XYZ_FROM_RGB_ROWS
    f = np.cbrt(xyz)
    dark = xyz <= _EPSILON
    if dark.any():
        f[dark] = (_KAPPA * xyz[dark] + 16) / 116
    lab = np.empty_like(f)
    lab[..., 0] = 116 * f[..., 1] - 16
    lab[..., 1] = 500 * (f[..., 0] - f[..., 1])
    lab[..., 2] = 200 * (f[..., 1] - f[..., 2])
    return np.asarray(lab, np.float32)


def linear_from_lab(lab: Floats) -> Floats:
    """Linear sRGB light, float32 (..., 3), of CIELAB (..., 3); colours outside sRGB leave [0, 1]."""
    lab = np.asarray(lab, dtype=np.float32)
    f = np.empty_like(lab)
    f[..., 1] = (lab[..., 0] + 16) / 116
    f[..., 0] = f[..., 1] + lab[..., 1] / 500
    f[..., 2] = f[..., 1] - lab[..., 2] / 200
    xyz = f * f * f
    dark = xyz <= _EPSILON
    if dark.any():
        xyz[dark] = (116 * f[dark] - 16) / _KAPPA
    return np.asarray(xyz @ _RGB_FROM_XYZ_ROWS, np.float32)


def lab_from_rgb(pixels: Pixels) -> Floats:
    """CIELAB, float32 (..., 3) with L in [0, 100], of uint8 sRGB (..., 3)."""
    flat = pixels.reshape(-1, 3)
    lab = np.empty(flat.shape, np.float32)
    for start in range(0, len(flat), _TILE):
        tile = slice(start, start + _TILE)
        lab[tile] = lab_from_linear(linear_from_rgb(flat[tile]))
    return lab.reshape(pixels.shape)


def rgb_from_lab(lab: Floats) -> Pixels:
    """uint8 sRGB (..., 3) of CIELAB (..., 3); colours outside sRGB are clipped channel by channel.

    `rgb_from_lab(lab_from_rgb(x))` is `x`, bit for bit.
    """
    flat = np.asarray(lab, dtype=np.float32).reshape(-1, 3)
    pixels = np.empty(flat.shape, np.uint8)
    for start in range(0, len(flat), _TILE):
        tile = slice(start, start + _TILE)
        pixels[tile] = rgb_from_linear(linear_from_lab(flat[tile]))
    return pixels.reshape(np.shape(lab))


def one_lab(rgb: ArrayLike) -> Lab:
    """CIELAB of one uint8 sRGB colour, as plain numbers."""
    lightness, a, b = lab_from_rgb(np.asarray(rgb, dtype=np.uint8).reshape(1, 3))[0].tolist()
    return lightness, a, b


def _hues(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(np.arctan2(b, a)) % 360.0


def _cos(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.cos(np.radians(degrees)))


def delta_e(one: ArrayLike, other: ArrayLike) -> NDArray[np.float64]:
    """CIEDE2000 between CIELAB colours (..., 3), which broadcast; shape (...).

    About 1 is the least that a trained eye sees side by side. Formula and test data: Sharma, Wu, Dalal, "The CIEDE2000
    color-difference formula: implementation notes …", Color Res. Appl. 30 (2005); kL = kC = kH = 1.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(one, dtype=np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(other, dtype=np.float64), -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hues(a1, b1), _hues(a2, b2)
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180.0) % 360.0 - 180.0)
    # A turn of exactly half a circle counts as positive when h2 > h1 (Sharma's equation 10).
    turn = np.where((turn == -180.0) & (h2 > h1), 180.0, turn)
    hue = np.where(grey, h1 + h2, _mean_hue(h1, h2))
    return _combine(l1, l2, c1, c2, turn, hue)


def _mean_hue(h1: NDArray[np.float64], h2: NDArray[np.float64]) -> NDArray[np.float64]:
    half = (h1 + h2) / 2
    far = np.abs(h1 - h2) > 180.0
    return np.where(far, np.where(h1 + h2 < 360.0, half + 180.0, half - 180.0), half)


def _combine(
    l1: NDArray[np.float64],
    l2: NDArray[np.float64],
    c1: NDArray[np.float64],
    c2: NDArray[np.float64],
    turn: NDArray[np.float64],
    hue: NDArray[np.float64],
) -> NDArray[np.float64]:
    chroma = (c1 + c2) / 2
    off = ((l1 + l2) / 2 - 50.0) ** 2
    tint = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)
    lightness = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20.0 + off))
    saturation = (c2 - c1) / (1 + 0.045 * chroma)
    hues = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * tint)
    bend = 60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(bend))
    return np.asarray(np.sqrt(lightness**2 + saturation**2 + hues**2 + rotation * saturation * hues))
