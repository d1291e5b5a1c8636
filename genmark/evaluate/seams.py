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


def measure_edge(photo: Photo, alpha: Floats, unit: float) -> float | None:
    """How sharp the outline of hair `alpha` (H, W) is: the step of luma across it that is made within 2 pixels, over
    the one that is made within a tenth of a face height. About 1 is a cut with scissors; None without an outline.

    To be compared with real hair at the same size, parsed the same way: neither more nor less is better.
    """
    luma = np.asarray(photo.pixels @ np.array(LUMINANCE, np.float32), np.float32)
    soft = gaussian_blur(alpha, max(0.8, 0.01 * unit))
    down, over = (np.asarray(np.gradient(soft, axis=axis), np.float32) for axis in (0, 1))
    length = np.asarray(np.hypot(down, over), np.float32)
    reach = max(3.0, 0.05 * unit)
    rows, columns = np.nonzero((np.abs(alpha - 0.5) < 0.25) & (length > 0.02 / max(1.0, 0.01 * unit)))
    high, wide = alpha.shape
    clear = (rows > reach) & (rows < high - 1 - reach) & (columns > reach) & (columns < wide - 1 - reach)
    rows, columns = rows[clear], columns[clear]
    if len(rows) < 50:
        return None
    way = np.stack([down[rows, columns], over[rows, columns]]) / length[rows, columns]
    near, far = (_step(luma, rows, columns, way * r) for r in (1.0, reach))
    strong = np.abs(far) > 12.0
    return (
        float(np.sum(near[strong] * np.sign(far[strong])) / np.abs(far[strong]).sum()) if strong.sum() >= 50 else None
    )


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


def _step(luma: Floats, rows: Floats, columns: Floats, way: Floats) -> Floats:
    """Luma a way further in minus luma a way further out (N,)."""
    there = [np.rint(np.stack([rows, columns]) + sign * way).astype(np.intp) for sign in (1, -1)]
    return np.asarray(luma[tuple(there[0])] - luma[tuple(there[1])])


def _widen(alpha: Floats, radius: float) -> Floats:
    """Greatest alpha within about `radius` pixels, as a blur that was stretched: cheap at any radius."""
    return np.maximum(alpha, np.clip(gaussian_blur((alpha > 0.1).astype(np.float32), max(1.0, radius / 2)) * 8, 0, 1))
