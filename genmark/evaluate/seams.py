"""What gives a composite away, measured around its borders: old hair left over, edges too soft or too hard, seams."""

from __future__ import annotations

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.colour import LUMINANCE
from genmark.types import Bools, Floats, Mask, Photo

_NEAR = 0.03
"""How near the new hair an old one is no leftover but a matter of its edge, in face heights."""
_WORTH = 0.004
"""Least area that must be laid bare for leftovers to be counted, in squares of a face height."""


def difference(before: Photo, after: Photo, where: Bools) -> int:
    """Largest absolute difference of any channel, 0 to 255, inside `where` (H, W); 0 where that is empty."""
    was, now = before.pixels[where].astype(np.int16), after.pixels[where].astype(np.int16)
    return int(np.abs(was - now).max(initial=0))


def measure_leftover(old: Floats, new: Floats, parsed: Floats, unit: float) -> float | None:
    """Share of the old hair outside the new shape that is still hair to the parser, in [0, 1].

    old, new, parsed   mattes (H, W): of the photo, of the hair laid on, and as parsed from the result
    unit               pixels per face height
    None where the new shape leaves next to nothing bare.
    """
    bare = (old > 0.5) & (_widen(new, _NEAR * unit) < 0.02)
    if bare.sum() < _WORTH * unit**2:
        return None
    return float((parsed[bare] > 0.5).mean())


def measure_seam(before: Photo, after: Photo, changed: Mask) -> tuple[float, float] | None:
    """Steps of luma across the border of a change, over those just beside it: in the result, and in the photo, where
    there is no seam. 1 is no seam; only where pixels on the inner side really changed. None where none did.
    """
    differs = (before.pixels != after.pixels).any(axis=2)
    inside = changed.inside & differs
    found = [_steps(photo, inside) for photo in (after, before)]
    if found[0] is None or found[1] is None:
        return None
    return found[0], found[1]


def _steps(photo: Photo, inside: Bools) -> float | None:
    luma = photo.pixels @ np.array(LUMINANCE, np.float32)
    across, beside = [], []
    for axis in (0, 1):
        step, crossing = np.abs(np.diff(luma, axis=axis)), np.diff(inside, axis=axis)
        across.append(step[crossing])
        near = np.zeros_like(crossing)
        for shift in (-3, -2, 2, 3):
            near |= np.roll(crossing, shift, axis=axis)
        beside.append(step[near & ~crossing])
    crossed, around = np.concatenate(across), np.concatenate(beside)
    return float((crossed.mean() + 0.5) / (around.mean() + 0.5)) if len(crossed) >= 50 and len(around) else None


def _widen(alpha: Floats, radius: float) -> Floats:
    """Greatest alpha within about `radius` pixels, as a blur that was stretched: cheap at any radius."""
    return np.maximum(alpha, np.clip(gaussian_blur((alpha > 0.1).astype(np.float32), max(1.0, radius / 2)) * 8, 0, 1))
