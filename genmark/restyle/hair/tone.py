"""Someone's hair in someone else's colour and light.

The light is taken off both, the colours are matched as curves and spreads in CIELAB, and the wearer's light goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from genmark.canvas import gaussian_blur, grow, shrink
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.shade import GRID, STEPS, look_up, measure_own, tone_curve
from genmark.restyle.hair.slope import fit_slope
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.strands import some
from genmark.types import Bools, Floats, Lab

FOLLOW = 0.48
"""How much of the skin's slope of light hair shows: regression over 240 portraits (correlation 0.77)."""
_CHROMA = 0.6
"""Share of a donor's differences in a and b, other than those that go with L, that are kept."""
_PATCH = 3.0
"""Differences in a and b over large areas are held to about this; a second colour would show."""
_SHADE = 0.24, 4.0
"""Differences in L over large areas are held to about this share of L and this much more: two-sided light and bleached
parts are flattened, the depth of ordinary hair stays."""
_LEAST, _MOST = 0.6, 1.25
"""Limits on how far the spread of L is scaled to the wearer's own."""
_DETAIL = 2.5
"""Most that differences between neighbouring strands are enlarged; in black hair the rest is noise."""
_NEAR = 0.8
"""Light is taken to change this far from the eyes, face heights; not beyond."""
_STUBBLE, _ROOTS = (0.16, 0.09), 0.8
"""Areas of hair in square face heights between which skin begins to shine through, and the share of the 10th percentile
of L that such hair has without it."""
_ENOUGH = 100.0
"""Pixels a face height that a colour is measured on."""
_SURE = 0.9
"""Matte from which on a pixel counts as nothing but hair."""


@dataclass(frozen=True)
class Tone:
    """The colour of someone's hair in even light.

    lab   median CIELAB
    deep, bright   10th and 90th percentile of L
    tilt  change of a and b with L, as in golden depths or bluish shine
    """

    lab: Lab
    deep: float
    bright: float
    tilt: tuple[float, float]


def suit(source: Source, head: Head, own: Source | None, slope: tuple[float, float]) -> Source:
    """`source` in the colour of the hair `own` of the person whose head is `head`, in their light.

    slope   of the light on the wearer's skin (`genmark.restyle.hair.slope`)
    own     None where there is no hair to take the colour from: then only the light changes
    """
    lit = hair_slope(own) if own is not None else (FOLLOW * slope[0], FOLLOW * slope[1])
    frame = head_frame(source.points)
    lab = relit(source.lab, frame, hair_slope(source), -1.0)
    even = None if own is None else even_tone(own)
    if even is not None:
        lab = recoloured(lab, source.alpha, even[0], frame.unit)
    # the donor's picture is turned against the wearer's: light that comes from there must be turned back
    lab = relit(lab, frame, _turned(lit, frame.roll - head.frame.roll), 1.0)
    if even is not None:
        lab = _centred(lab, _sure(source.alpha), even[1])
    return replace(source, lab=lab, slope=slope)


def even_tone(own: Source) -> tuple[Tone, Lab]:
    """The colour of someone's hair as it would be in even light, and its median as it is seen; from every n-th pixel of
    a large photo."""
    frame = head_frame(own.points)
    step = max(1, int(frame.unit / _ENOUGH))
    small = HeadFrame((frame.origin[0] / step, frame.origin[1] / step), frame.unit / step, frame.roll)
    even = relit(own.lab[::step, ::step], small, hair_slope(own), -1.0)
    alpha = own.alpha[::step, ::step]
    sure = _sure(alpha)
    tone = measure_tone(even, alpha, small.unit)
    shade = np.median(own.lab[::step, ::step][sure], axis=0) - np.median(even[sure], axis=0)
    lightness, a, b = (np.array(tone.lab) + shade).tolist()
    return tone, (lightness, a, b)


def measure_tone(lab: Floats, alpha: Floats, unit: float) -> Tone:
    """The colour of hair, CIELAB (H, W, 3) under a matte (H, W); `unit` is pixels per face height.

    Where there is so little hair that skin shines through a stubble, its darker part is taken for the hair's colour.
    """
    known = some(lab[_sure(alpha)])
    deep, bright = np.percentile(known[:, 0], [10, 90]).tolist()
    lightness, a, b = np.median(known, axis=0).tolist()
    along_a, along_b = _tilt(known)
    high, low = _STUBBLE
    bare = float(np.clip((high - float((alpha > 0.5).sum()) / unit**2) / (high - low), 0.0, 1.0))
    lightness += bare * (_ROOTS * deep - lightness)
    deep, bright = deep * (1 - bare * (1 - _ROOTS)), bright * (1 - bare) + bare * (lightness + 10.0)
    return Tone((lightness, a, b), deep, bright, (along_a, along_b))


def recoloured(lab: Floats, alpha: Floats, goal: Tone, unit: float) -> Floats:
    """CIELAB (H, W, 3) of hair under a matte (H, W), moved to `goal`; `unit` is pixels per face height.

    Strands, depth and shine stay where they are; the medians of the opaque hair become those of `goal`.
    """
    sure = _sure(alpha)
    known = some(lab[sure])
    lightness = _lightness(_without_rim(lab[..., 0], alpha, known[:, 0], goal, unit), known[:, 0], goal, unit)
    shade = _broad((lightness - goal.lab[0])[..., None], alpha, unit)[..., 0]
    lightness += _held(shade, _SHADE[0] * goal.lab[0] + _SHADE[1]) - shade
    centre, tilt = np.median(known, axis=0), np.array(_tilt(known), np.float32)
    rest = lab[..., 1:] - centre[1:] - (lab[..., :1] - centre[0]) * tilt
    broad = _broad(rest, alpha, unit)
    shown = _shown(goal.lab, (float(centre[0]), float(centre[1]), float(centre[2])))
    rest = (rest - broad) * np.float32(_CHROMA * shown) + _held(broad * np.float32(shown), _PATCH * shown)
    chroma = np.array(goal.lab[1:], np.float32) + (lightness - goal.lab[0])[..., None] * np.array(goal.tilt, np.float32)
    new = np.dstack([lightness, chroma + rest]).astype(np.float32)
    return _centred(new, sure, goal.lab)


def _centred(lab: Floats, sure: Bools, goal: Lab) -> Floats:
    """CIELAB shifted so that the median of the sure hair is `goal`."""
    new = lab + (np.array(goal, np.float32) - np.median(some(lab[sure]), axis=0))
    new[..., 0] = np.clip(new[..., 0], 0.0, 100.0)
    return np.asarray(new, np.float32)


def _lightness(own: Floats, known: Floats, goal: Tone, unit: float) -> Floats:
    """L (H, W) along a rising curve to the goal's median, its spread near the goal's.

    Where hair is darker than any ordinary curve is made for, the curve is that of a dye (`shade.tone_curve`): shadows
    stay black, and the rest is lifted. Single strands follow the curve's steepness only as far as they are no noise.
    """
    before = measure_own(known)
    curve = tone_curve(before, goal.lab[0])
    deep, bright = np.interp([before.deep, before.bright], GRID, curve)
    spread = max(float(bright - deep), 1.0)
    scale = np.clip((goal.bright - goal.deep) / spread, _LEAST, _MOST)
    curve = goal.lab[0] + (curve - goal.lab[0]) * np.float32(scale)
    calm = gaussian_blur(own, max(0.8, unit * 0.006))
    slope = look_up(np.gradient(curve).astype(np.float32) * STEPS, calm)
    return np.asarray(look_up(curve, calm) + np.minimum(slope, _DETAIL) * (own - calm))


def _without_rim(own: Floats, alpha: Floats, known: Floats, goal: Tone, unit: float) -> Floats:
    """L (H, W) without the pale rim that dark hair has against a bright ground: lifted to blond, it would shine.

    At soft edges, what is lighter than the hair further in is taken back, the more the darker hair has to be lifted.
    """
    lift = np.clip((goal.lab[0] / max(float(np.median(known)), 3.0) - 1.3) / 2.0, 0.0, 1.0)
    if lift == 0.0:
        return own
    inner = (alpha > _SURE).astype(np.float32)
    around = gaussian_blur(np.dstack([own * inner, inner]), max(0.8, 0.03 * unit))
    excess = np.maximum(own - around[..., 0] / (around[..., 1] + np.float32(1e-3)), 0.0)
    near = 1 - np.clip(gaussian_blur(alpha, max(0.8, 0.012 * unit)) * 2.5 - 1.5, 0.0, 1.0)
    return np.asarray(own - np.float32(lift) * near * excess)


def hair_slope(source: Source) -> tuple[float, float]:
    """Change of log luminance of hair per face height, to the right and downwards.

    To the side, the mean of what the hair itself shows and what the skin says; downwards only what the skin says,
    since hair has a darker root and a brighter crown of its own.
    """
    said = FOLLOW * source.slope[0], FOLLOW * source.slope[1]
    frame = head_frame(source.points)
    step = max(1, round(frame.unit / 60))
    sure = source.alpha[::step, ::step] > _SURE
    if sure.sum() < 100:
        return said
    rows, columns = np.nonzero(sure)
    places = (np.stack([columns, rows], axis=1) * np.float32(step) - frame.origin) / frame.unit
    light = np.log(np.maximum(luminance(source.lab[::step, ::step, 0][sure]), 2e-3))
    right = float(fit_slope(np.clip(places, -_NEAR, _NEAR), light)[0])
    return (said[0] + float(np.clip(right, -2.0, 2.0))) / 2, said[1]


def relit(lab: Floats, frame: HeadFrame, slope: tuple[float, float], share: float) -> Floats:
    """CIELAB (H, W, 3) with a slope of log luminance per face height multiplied in; `share` -1 divides it out."""
    rows = (np.arange(lab.shape[0], dtype=np.float32) - frame.origin[1]) / frame.unit
    columns = (np.arange(lab.shape[1], dtype=np.float32) - frame.origin[0]) / frame.unit
    log = np.clip(rows, -_NEAR, _NEAR)[:, None] * np.float32(share * slope[1])
    log = log + np.clip(columns, -_NEAR, _NEAR)[None, :] * np.float32(share * slope[0])
    new = lab.copy()
    bright = luminance(lab[..., 0]) * np.exp(log)
    new[..., 0] = lightness_of(bright / (1 + 0.1 * np.maximum(bright - 0.8, 0)))
    # colourfulness goes with lightness: a shaded strand is not more saturated than a lit one
    new[..., 1:] *= np.clip((new[..., :1] + 8) / (lab[..., :1] + 8), 0.5, 1.5)
    return new


def luminance(lightness: Floats) -> Floats:
    """Luminance Y in [0, 1] of CIELAB L (CIE 15)."""
    return np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness * np.float32(27 / 24389)).astype(np.float32)


def lightness_of(luminance: Floats) -> Floats:
    """CIELAB L in [0, 100] of luminance Y (CIE 15)."""
    bright = np.clip(luminance, 0.0, 1.0)
    return np.where(bright > 216 / 24389, 116 * np.cbrt(bright) - 16, bright * np.float32(24389 / 27)).astype(
        np.float32
    )


def _turned(slope: tuple[float, float], degrees: float) -> tuple[float, float]:
    cos, sin = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    return cos * slope[0] - sin * slope[1], sin * slope[0] + cos * slope[1]


def _sure(alpha: Floats) -> Bools:
    sure = alpha > _SURE
    return np.asarray(sure if sure.any() else alpha >= alpha.max())


def _tilt(known: Floats) -> tuple[float, float]:
    """Slopes of a and b over L, held to what hair shows."""
    off = known[:, 0] - known[:, 0].mean()
    found = (off[:, None] * known[:, 1:]).mean(axis=0) / (float(np.mean(off * off)) + 4.0)
    along_a, along_b = np.clip(found, -0.5, 0.8).tolist()
    return along_a, along_b


def _broad(rest: Floats, alpha: Floats, unit: float) -> Floats:
    """What differences (H, W, C) come to over large areas of hair."""
    step = max(1, round(unit / 50))
    small = shrink(np.dstack([rest * alpha[..., None], alpha]), step)
    small = gaussian_blur(small, 0.08 * unit / step)
    return grow(small[..., :-1] / (small[..., -1:] + np.float32(0.02)), step, (alpha.shape[0], alpha.shape[1]))


def _shown(goal: Lab, was: Lab) -> float:
    """Share of a donor's differences in hue that hair of the new colour shows: less the darker or greyer that is, and
    less where dark hair is lifted, whose hues are mostly noise."""
    deep = (goal[0] + 8.0) / (was[0] + 8.0)
    grey = (float(np.hypot(goal[1], goal[2])) + 6.0) / (float(np.hypot(was[1], was[2])) + 6.0)
    return float(np.clip(min(deep, 1.0 / deep) * min(grey, 1.0), 0.25, 1.0))


def _held(values: Floats, limit: float) -> Floats:
    return np.asarray(values / (1 + np.abs(values) / np.float32(limit)), np.float32)
