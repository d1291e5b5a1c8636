"""The light in a portrait: which colour it has and how dim it is, so that a swatch can be shown as it looks there.

A cast is measured as (log R/G, log B/G) of linear light, where a change of the light only adds. Three cues are fused
as Gaussians with the prior that photos are balanced: skin against a broad skin locus (all complexions), the whites of
the eyes, and the grey edges of the background (van de Weijer, Gevers, Gijsenij 2007). Along the warm-cool axis skin
differs most between people, so it counts less there. Casts that people's complexions could explain are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.colour import LUMINANCE, lab_from_linear, linear_from_lab, linear_from_rgb
from genmark.types import Bools, Floats, Lab, Photo, Regions

_AXES = np.array([[0.53, -0.85], [0.85, 0.53]])
"""Warm minus cool (the way of tungsten light), and across it (green against magenta)."""
_LUMA = np.array(LUMINANCE)
_PRIOR = (0.30, 0.10)
_CUES = {
    "skin": ((0.58, -0.38), (0.18, 0.12)),
    "eyes": ((0.22, -0.08), (0.25, 0.20)),
    "background": ((0.05, -0.03), (0.30, 0.20)),
}
"""Where each cue lies in balanced light, and its standard deviation along the two axes; from 830 portraits."""
_SURE, _CERTAIN = 0.20, 0.36
"""Casts below the first are taken for complexion, above the second they are believed whole."""
_MOST = 1.2
_BLACK = 0.0050
"""Luminance (L 4.5) that even black hair shows in ordinary light."""
_DARK_ROOM = (0.026, 0.062)
"""Luminance of the background (L 18 to 30) below which hair darker than that tells that it lies in the dark."""
_DIMMEST = 0.35


@dataclass(frozen=True)
class Light:
    """The light on a swatch: `gains` of linear red, green, blue; (1, 1, 1) is neutral and bright enough."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def warmth(self) -> float:
        """log(red / blue): above 0 in warm light, below 0 in cool."""
        return float(np.log(self.gains[0] / self.gains[2]))

    @property
    def brightness(self) -> float:
        """Luminance of white, in (0, 1]; below 1 in low-key photos."""
        return float(np.dot(self.gains, _LUMA))

    def on(self, lab: Lab) -> Lab:
        """How a colour, measured in neutral light, looks in this light (von Kries in linear sRGB)."""
        if self.gains == (1.0, 1.0, 1.0):
            return lab
        linear = linear_from_lab(np.array(lab, np.float32)) * np.array(self.gains, np.float32)
        lightness, a, b = lab_from_linear(np.clip(linear, 0.0, 1.0)).tolist()
        return lightness, a, b


def measure_light(photo: Photo, regions: Regions) -> Light:
    """Estimate the light of a portrait from its skin, eyes and background; Light() where it looks balanced.

    A green or magenta cast is trusted less than a warm or cool one. The gains keep the luminance of white, except in
    low-key photos: where the background is dark and the hair darker than black hair is, a swatch is dimmed with it.
    """
    step = max(1, max(photo.size) // 220)
    linear = linear_from_rgb(photo.pixels[::step, ::step])
    where = {name: _region(regions, name)[::step, ::step] for name in _CUES}
    cast = _believed(_fuse(linear, where))
    dim = _dimming(linear, where["background"], regions.mattes["hair"].alpha[::step, ::step])
    if cast == (0.0, 0.0) and dim == 1.0:
        return Light()
    gains = np.exp(np.array([cast[0], 0.0, cast[1]]))
    gains *= dim / (gains @ _LUMA)
    red, green, blue = gains.tolist()
    return Light((red, green, blue))


def _dimming(linear: Floats, background: Bools, alpha: Floats) -> float:
    """Share of ordinary light that falls on the hair, 1 unless hair and background are both dark."""
    hair = alpha > 0.9
    if not (hair.any() and background.any()):
        return 1.0
    luma = linear @ _LUMA.astype(np.float32)
    low, high = _DARK_ROOM
    dark = float(np.clip((high - np.median(luma[background])) / (high - low), 0.0, 1.0))
    share = float(np.clip(np.median(luma[hair]) / _BLACK, _DIMMEST, 1.0))
    return 1.0 - dark * (1.0 - share)


def _region(regions: Regions, name: str) -> Bools:
    inside = regions.mask(name).inside if name in regions.palette else np.zeros(regions.index.shape, np.bool_)
    return np.asarray(inside & (regions.mattes["hair"].alpha < 0.02))


def _fuse(linear: Floats, where: dict[str, Bools]) -> tuple[float, float]:
    """Posterior mean of (log R/G, log B/G)."""
    found = {
        "skin": _bright_skin(linear[where["skin"]]),
        "eyes": _eye_whites(linear[where["eyes"]]),
        "background": _grey_edges(linear, where["background"]),
    }
    cast = np.zeros(2)
    for axis, prior, which in zip(_AXES, _PRIOR, (0, 1), strict=True):
        pull, weight = 0.0, 1.0 / prior**2
        for name, colour in found.items():
            if colour is not None:
                centre, spread = _CUES[name]
                trust = 1.0 / spread[which] ** 2
                pull += trust * float((_chromaticity(colour) - np.array(centre)) @ axis)
                weight += trust
        cast += pull / weight * axis
    return float(cast[0]), float(cast[1])


def _chromaticity(colour: Floats) -> Floats:
    red, green, blue = np.maximum(colour, 1e-4)
    return np.array([np.log(red / green), np.log(blue / green)], np.float32)


def _bright_skin(skin: Floats) -> Floats | None:
    """Median of the lighter half of the skin, without its shine."""
    if len(skin) < 60:
        return None
    low, high = np.percentile(skin[:, 1], [50, 90])
    return np.asarray(np.median(skin[(skin[:, 1] >= low) & (skin[:, 1] <= high)], axis=0))


def _eye_whites(eyes: Floats) -> Floats | None:
    if len(eyes) < 12:
        return None
    least = eyes.min(axis=1)
    return np.asarray(np.median(eyes[least >= np.percentile(least, 85)], axis=0))


def _grey_edges(linear: Floats, background: Bools) -> Floats | None:
    """Mean colour of the edges in the background: over many edges it tends to the light's."""
    inside = background[:-1, :-1] & background[1:, :-1] & background[:-1, 1:] & (linear[:-1, :-1].max(axis=2) < 0.95)
    if inside.sum() < 300:
        return None
    edges = np.abs(np.diff(linear, axis=0)[:, :-1]) + np.abs(np.diff(linear, axis=1)[:-1])
    return np.asarray(edges[inside].mean(axis=0))


def _believed(cast: tuple[float, float]) -> tuple[float, float]:
    """The part of a cast that is beyond doubt: none of a faint one, all of a plain one, clamped."""
    size = float(np.hypot(*cast))
    if size <= _SURE:
        return 0.0, 0.0
    sure = min(1.0, (size - _SURE) / (_CERTAIN - _SURE))
    share = sure * sure * (3 - 2 * sure) * min(1.0, _MOST / size)
    return cast[0] * share, cast[1] * share
