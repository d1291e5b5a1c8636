"""As fine, as sharp and as grainy as the photo: a crisp donor in a soft portrait looks cut out, a soft one enlarged.

Both hairs are taken apart into octaves of contrast (Burt & Adelson 1983, "The Laplacian Pyramid"). Each octave of the
hair that is put on is scaled towards what the customer's own hair has there; the octaves that an enlarged donor cannot
have are made up for by streaks along its strands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from genmark.canvas import crop_slices, gaussian_blur, grow, shrink
from genmark.restyle.hair.flow import draw_streaks, measure_flow
from genmark.restyle.hair.wear import Worn
from genmark.types import Bools, Floats

OCTAVES = 4
"""Octaves that are compared, from 2 pixels up; the coarsest, 16 to 32 pixels, is the hair's own affair and the measure
of the others."""
_DRAWN = (0.6, 0.5, 0.2)
"""Share of what an octave lacks that streaks make up for: all of it looks brushed, the more the coarser it is."""
_SURE = 0.88
"""Alpha, a little blurred, from which on a place counts as nothing but hair."""
_ENOUGH = 400
"""Fewest pixels of an octave that its strength is measured on."""
_LEAST, _MOST = 0.12, 1.25
"""Limits on how far an octave is scaled; beyond, it would be its noise."""
_BLACK = 10.0
"""Added to L before its logarithm is taken, so that noise in black hair is not taken for strands."""
_LOUD = 0.01
"""Least missing strength of an octave that streaks are drawn for."""
_HALF = 0.2
"""Alphas this near to a half lie on the hair's outline."""
_TRUST = 0.5
"""How far a matte's outline is believed: one that was found is softer than one that is known."""
_HARDER = 1.3
"""Most that an outline is hardened."""


@dataclass(frozen=True)
class Focus:
    """How fine hair is in its picture.

    octaves  standard deviation of log(L + 10) in each of `OCTAVES`, finest first
    rim      median steepness of its outline, change of alpha a pixel; None without one
    """

    octaves: tuple[float, ...]
    rim: float | None


def measure_focus(lab: Floats, alpha: Floats) -> Focus | None:
    """Focus of hair, CIELAB (H, W, 3) under a matte (H, W); None where there is too little of it."""
    return _measure(take_apart(_contrast(lab[..., 0])), alpha)


def _measure(parts: list[Floats], alpha: Floats) -> Focus | None:
    """Focus of hair whose contrast was taken apart."""
    strengths: list[float] = []
    for octave, sure in zip(parts[:-1], _sure(alpha), strict=True):
        if sure.sum() < _ENOUGH / 4 ** len(strengths):
            return None
        strengths.append(float(octave[sure].std()))
    return Focus(tuple(strengths), measure_rim(alpha))


def measure_rim(alpha: Floats) -> float | None:
    """Median steepness of a matte (H, W) where it is about a half, change a pixel; None where that is nowhere."""
    rows, columns = np.nonzero(np.abs(alpha[1:-1, 1:-1] - 0.5) < _HALF)
    if len(rows) < 50:
        return None
    y, x = rows + 1, columns + 1
    steep = np.hypot(alpha[y + 1, x] - alpha[y - 1, x], alpha[y, x + 1] - alpha[y, x - 1]) / 2
    return float(np.median(steep))


def match_focus(worn: Worn, like: Focus, enlarged: float, seed: int) -> Worn:
    """`worn` as fine and as sharp as hair with the focus `like`; colours over large areas stay.

    enlarged   how many pixels of the photo a pixel of its source has become
    """
    parts = take_apart(_contrast(worn.lab[..., 0]))
    own = _measure(parts, worn.alpha)
    if own is None:
        return worn
    rim = worn.alpha if like.rim is None or own.rim is None else _match_rim(worn.alpha, own.rim, like.rim)
    lab = worn.lab.copy()
    streaks = partial(_streaks, lab[..., 0], worn.alpha > 0.02, seed)
    matched = put_together(match_octaves(parts, own, like, enlarged, streaks))
    lab[..., 0] = np.clip(np.exp(matched) - np.float32(_BLACK), 0.0, 100.0)
    return replace(worn, lab=lab, alpha=rim)


def match_octaves(
    parts: list[Floats], own: Focus, like: Focus, enlarged: float, draw: Callable[[], list[Floats]]
) -> list[Floats]:
    """Octaves of hair of focus `own`, the finer ones as strong, against the coarsest, as those of `like`.

    draw   gives octaves of streaks, where some are lacking
    """
    broad = own.octaves[-1] / max(like.octaves[-1], 1e-4)
    parts, lack = list(parts), []
    for place, strength in enumerate(own.octaves[:-1]):
        goal = like.octaves[place] * broad
        gain = float(np.clip(goal / max(strength, 1e-4), _LEAST, _MOST))
        parts[place] = parts[place] * np.float32(gain)
        # an octave of 2 pixels is lost where the source was enlarged twice
        lost = float(np.clip(np.log2(max(enlarged, 1.0)) - place, 0.0, 1.0))
        lack.append(_DRAWN[place] * lost * max(goal**2 - (gain * strength) ** 2, 0.0) ** 0.5)
    if max(lack) > _LOUD:
        for place, streaks in enumerate(draw()[: len(lack)]):
            parts[place] = parts[place] + streaks * np.float32(lack[place] / max(float(streaks.std()), 1e-4))
    return parts


def _contrast(lightness: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(lightness, 0.0) + np.float32(_BLACK)))


def take_apart(plane: Floats) -> list[Floats]:
    """The finest `OCTAVES` of a plane (H, W), each half the size of the one before, and the rest of it."""
    parts = []
    for _ in range(OCTAVES):
        small = shrink(plane[..., None], 2)[..., 0]
        parts.append(plane - grow(small, 2, (plane.shape[0], plane.shape[1])))
        plane = small
    return [*parts, plane]


def put_together(parts: list[Floats]) -> Floats:
    """The plane (H, W) that `take_apart` took apart."""
    plane = parts[-1]
    for part in reversed(parts[:-1]):
        plane = part + grow(plane, 2, (part.shape[0], part.shape[1]))
    return plane


def _streaks(lightness: Floats, where: Bools, seed: int) -> list[Floats]:
    """Octaves of noise that runs with the strands of L (H, W)."""
    box = crop_slices(where, margin=4)
    whole = np.zeros_like(lightness)
    whole[box] = draw_streaks(measure_flow(lightness[box]), where[box], 0.0, seed)
    return take_apart(whole)


def _sure(alpha: Floats) -> list[Bools]:
    """Where each octave sees nothing but hair, bool, octave by octave."""
    found, plane = [], alpha
    for _ in range(OCTAVES):
        found.append(np.asarray(gaussian_blur(plane, 0.8) > _SURE))
        plane = shrink(plane[..., None], 2)[..., 0]
    return found


def _match_rim(alpha: Floats, own: float, like: float) -> Floats:
    """A matte whose outline rises by `own` a pixel, softened or hardened until it rises by `like`."""
    like = own * (like / own) ** _TRUST
    if like < own:  # a step that a Gaussian has blurred rises by 1 / (sigma * sqrt(2 pi))
        return gaussian_blur(alpha, float(np.sqrt((like**-2 - own**-2) / (2 * np.pi))))
    return np.asarray(np.clip(0.5 + (alpha - 0.5) * np.float32(min(like / own, _HARDER)), 0.0, 1.0), np.float32)
