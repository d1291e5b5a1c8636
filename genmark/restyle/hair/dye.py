"""Exact hair colour: every hair pixel moved in CIELAB, no network, no other pixel.

Hair is lifted or darkened along a rising curve that keeps strands, shine and depth (`shade`), takes the swatch's
chroma as hair of that shade has it in shadow and shine, and is put back by its share of each pixel (`strands`), so
that soft edges and fly-aways change without dragging skin or background along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from genmark.colour import rgb_from_lab
from genmark.errors import UsageError
from genmark.recipes import Dye, Style
from genmark.restyle.hair.light import measure_light
from genmark.restyle.hair.own import cover_grey, greyness, of_the_lengths
from genmark.restyle.hair.pattern import ends_weight, root_weight, strand_weight, streaks
from genmark.restyle.hair.remembered import Remembered
from genmark.restyle.hair.shade import STEPS, chroma_curve, look_up, measure_own, tone_curve
from genmark.restyle.hair.strands import Strands, prepare, some
from genmark.types import Bools, Floats, Lab, Photo, Regions

_DETAIL = 2.0
"""Most that single strands gain in contrast; what the curve asks beyond that would be grain."""
_GRAIN = 5.0
"""Deviation of L of the strands that are drawn where black hair shows none."""
_KEPT = 0.3
"""Share of the own chroma's local differences (sun, rim light, reflections) that shows through the dye."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A colour, as lit, and where it goes: weights (N,) in [0, 1]; `tone`: how own L becomes new, if not as usual."""

    lab: Lab
    weight: Floats
    tone: Floats | None = None


class Dyer:
    """The embedded restyler for hair colours (`genmark.protocols.Restyler`).

    The hair is measured once for a photo and its regions, and forgotten when the caller lets go of these. Asked
    for a style without `dye` it raises UsageError. Seeds move painted strands and the grain of lifted black
    hair; a plain shade on hair that is not lifted far looks the same with every seed.
    """

    licence = "Apache-2.0"
    commercial = True
    version = "1"
    __name__ = "dye"

    def __init__(self) -> None:
        self._measure = Remembered(prepare)

    def __call__(self, photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Photo]:
        if style.dye is None:
            raise UsageError(f"style {style.name!r} has no dye, so this restyler has nothing to do")
        return self._pictures(photo, regions, style.dye, seeds)

    def _pictures(self, photo: Photo, regions: Regions, wanted: Dye, seeds: Sequence[int]) -> Iterator[Photo]:
        strands = self._measure(photo, regions)
        for seed in seeds:
            yield recolour(photo, strands, wanted, seed)


dye = Dyer()


def recolour(photo: Photo, strands: Strands, dye: Dye, seed: int = 0) -> Photo:
    """The photo that `strands` were measured on, with its hair dyed.

    Pixels that the matte does not touch keep their bits; strength 0 keeps all.
    """
    hair = strands.hair
    for layer in layers(strands, dye, seed):
        hair = hair + layer.weight[:, None] * (_worn(strands, layer, seed) - hair)
    change = (hair - strands.hair) * (strands.share * np.float32(dye.strength))[:, None]
    pixels = photo.pixels.copy()
    pixels[strands.box][strands.inside] = rgb_from_lab(strands.seen + change)
    return Photo(pixels, photo.name)


def layers(strands: Strands, dye: Dye, seed: int) -> list[Layer]:
    """The colours of a dye, in the order in which they are laid over each other, and where each goes."""
    lit = strands.light.on
    found = [_body(strands, dye, seed)]
    if dye.root is not None:
        found.append(Layer(lit(dye.root), root_weight(strands, dye.root_share, seed)))
    if dye.tip is not None:
        found.append(Layer(lit(dye.tip), ends_weight(strands, dye.tip_start, 1.0, seed)))
    if dye.highlight_lab is not None and dye.highlights > 0.0:
        found.append(Layer(lit(dye.highlight_lab), strand_weight(strands, dye.highlights, seed)))
    return found


def _body(strands: Strands, dye: Dye, seed: int) -> Layer:
    swatch = strands.light.on(dye.lab)
    if dye.cover == "grey":
        return _grey(strands, swatch)
    if dye.cover == "roots":
        return Layer(of_the_lengths(strands) or swatch, root_weight(strands, dye.root_share, seed))
    if dye.cover == "ends":
        return Layer(swatch, ends_weight(strands, dye.tip_start, dye.share, seed))
    return Layer(swatch, strand_weight(strands, dye.share, seed))


def _grey(strands: Strands, swatch: Lab) -> Layer:
    all_over = np.ones(len(strands.matte), np.float32)
    covered = cover_grey(strands)
    if covered is None:
        return Layer(swatch, all_over)
    return Layer(covered[0], all_over * np.float32(greyness(some(strands.hair[strands.opaque]))), covered[1])


def _worn(strands: Strands, layer: Layer, seed: int) -> Floats:
    """CIELAB (N, 3) of all the hair in one colour, exact at the median of the opaque hair where its weight is high."""
    zone = strands.opaque & (layer.weight > 0.5)
    zone = zone if zone.any() else strands.opaque
    own = measure_own(some(strands.hair[zone, 0]))
    tone = tone_curve(own, layer.lab[0]) if layer.tone is None else layer.tone
    slope = look_up(np.gradient(tone).astype(np.float32) * STEPS, strands.smooth)
    lightness = look_up(tone, strands.smooth)
    lightness += np.minimum(slope, _DETAIL) * (strands.hair[:, 0] - strands.smooth)
    if slope[zone].max() > 1.5:
        grain = streaks(strands, seed, 0, 0.5) + 0.4 * streaks(strands, seed, 5, 1.6)
        lightness += _GRAIN * np.clip((slope - 1.2) / 3.0, 0.0, 1.0) * grain
    worn = np.empty_like(strands.hair)
    worn[:, 0] = np.clip(lightness, 0.0, 100.0)
    worn[:, 1:] = look_up(chroma_curve(layer.lab, strands.light.gains), worn[:, 0]) + _kept_chroma(strands, zone)
    worn += np.array(layer.lab, np.float32) - np.median(some(worn[zone]), axis=0)
    return worn


def _kept_chroma(strands: Strands, zone: Bools) -> Floats:
    """Part of what the own (a, b), (N, 2), differ from a straight line over L, held to a few units.

    In black and grey hair such differences are light; in coloured hair most are colour, which the dye covers.
    """
    known = some(strands.hair[zone])
    lightness, chroma = known[:, 0], known[:, 1:]
    centre, middle = lightness.mean(), np.median(chroma, axis=0)
    off = lightness - centre
    tilt = (off[:, None] * chroma).mean(axis=0) / (float(np.mean(off * off)) + 1.0)
    rest = strands.hair[:, 1:] - middle - (strands.hair[:, :1] - centre) * tilt
    plain = _KEPT / (1.0 + float(middle @ middle) / 100.0)
    return np.asarray(np.float32(plain) * rest / (1.0 + np.abs(rest) / 10.0))


def swatch_as_lit(photo: Photo, regions: Regions, lab: Lab) -> Lab:
    """How a swatch, measured in neutral light, looks in the light of this portrait; `lab` itself in neutral light."""
    return measure_light(photo, regions).on(lab)
