"""Pixels together: paste, feather, blur, and how visible the edge of a change is. Plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.colour import LUMINANCE
from genmark.types import Bools, Floats, Mask, Matte, Photo, Pixels

_NARROW = 12
"""Radius up to which adding shifted pictures is faster than running sums."""
Places = NDArray[np.intp]
"""Row or column numbers."""


def paste(new: Photo, onto: Photo, changed: Mask) -> Photo:
    """`onto` with the pixels inside `changed` taken from `new`; every other pixel is `onto`'s, bit for bit.

    Both photos and the mask must have one size. The result keeps the name of `onto`. ValueError on a wrong size.
    """
    shape = onto.pixels.shape
    if new.pixels.shape != shape or changed.inside.shape != shape[:2]:
        sizes = f"new {new.size}, onto {onto.size}, changed {changed.inside.shape[::-1]}"
        raise ValueError(f"paste needs one size for all, got (width, height) {sizes}")
    pixels = onto.pixels.copy()
    for channel in range(3):  # a mask of the planes' own shape is copied by six times as fast as one that broadcasts
        np.copyto(pixels[..., channel], new.pixels[..., channel], where=changed.inside)
    return Photo(pixels, onto.name)


def box_blur(plane: Floats, radius: int) -> Floats:
    """Mean over a (2 radius + 1)² window, float32 (H, W) or (H, W, C), at a cost that does not grow with the radius.

    At the border the mean is over the part of the window that lies inside, so a constant stays that constant.
    """
    if radius < 0:
        raise ValueError(f"a blur's radius must be 0 or more, got {radius}")
    if radius == 0:
        return np.array(plane, dtype=np.float32)
    return _slide(_slide(plane, radius, 1), radius, 0)


def _slide(plane: Floats, radius: int, axis: int) -> Floats:
    """Mean over a window along one axis: by shifts where it is narrow, else by differences of running sums (kept in
    float64: they grow long)."""
    length = plane.shape[axis]
    if radius <= min(_NARROW, length - 1):
        return _add_up(plane, radius, axis)
    start = np.zeros((*plane.shape[:axis], 1, *plane.shape[axis + 1 :]))
    sums = np.concatenate([start, np.cumsum(plane, axis=axis, dtype=np.float64)], axis=axis)
    places = np.arange(length)
    high, low = np.minimum(places + radius + 1, length), np.maximum(places - radius, 0)
    counts = (high - low).reshape([-1 if n == axis else 1 for n in range(plane.ndim)])
    window = np.take(sums, high, axis=axis) - np.take(sums, low, axis=axis)
    return np.asarray(window / counts, np.float32)


def _add_up(plane: Floats, radius: int, axis: int) -> Floats:
    """`_slide` for narrow windows."""
    total = np.array(plane, np.float32)
    here, there = np.moveaxis(total, axis, 0), np.moveaxis(plane, axis, 0)
    for shift in range(1, radius + 1):
        here[shift:] += there[:-shift]
        here[:-shift] += there[shift:]
    places = np.arange(len(here))
    counts = np.minimum(places, radius) + np.minimum(places[::-1], radius) + 1
    here *= (1.0 / counts).astype(np.float32).reshape([-1] + [1] * (plane.ndim - 1))
    return total


def gaussian_blur(plane: Floats, sigma: float) -> Floats:
    """Close to a Gaussian blur of standard deviation `sigma` pixels: three box blurs (Wells 1986), float32 (H, W[, C]).

    The boxes' radii are whole pixels, so sigmas below 0.8 are rounded to 0 (no blur) or 0.8 (a radius of 0, 0 and 1).
    """
    blurred = np.array(plane, dtype=np.float32)
    for radius in box_radii(sigma):
        blurred = box_blur(blurred, radius)
    return blurred


def box_radii(sigma: float) -> tuple[int, int, int]:
    """Radii of three box blurs that together come closest to a Gaussian of `sigma` pixels.

    A box of width w has variance (w² - 1) / 12; widths are odd and differ by at most one step (Kovesi 2010).
    """
    if not 0.0 <= sigma < float("inf"):
        raise ValueError(f"sigma must be 0 or more, got {sigma}")
    small = int((np.sqrt(4 * sigma**2 + 1) - 1) // 2)
    width = 2 * small + 1
    wider = round((12 * sigma**2 - 3 * (width**2 - 1)) / (4 * (width + 1)))
    radii = [small] * (3 - wider) + [small + 1] * wider
    return radii[0], radii[1], radii[2]


def shrink(plane: Floats | Pixels, step: int) -> Floats:
    """Means of step x step blocks of (H, W, C), float32 (⌈H/step⌉, ⌈W/step⌉, C); the border fills up the last ones."""
    high, wide = (-(-n // step) for n in plane.shape[:2])
    room = ((0, high * step - plane.shape[0]), (0, wide * step - plane.shape[1]), (0, 0))
    padded = np.pad(plane, room, mode="edge") if any(after for _, after in room) else plane
    rows = padded.reshape(high, step, -1).sum(axis=1, dtype=np.float32).reshape(high, wide, step, -1)
    total = rows[:, :, 0]
    for column in range(1, step):
        total = total + rows[:, :, column]
    return np.asarray(total * np.float32(1 / step**2))


def sample(small: Floats, rows: Places, columns: Places, step: int) -> Floats:
    """Bilinear values (N, C) of a picture (h, w, C) that was shrunk by `step`, at whole pixels of the full one."""
    y = np.clip((rows + 0.5) / step - 0.5, 0, small.shape[0] - 1).astype(np.float32)
    x = np.clip((columns + 0.5) / step - 0.5, 0, small.shape[1] - 1).astype(np.float32)
    top, left = y.astype(np.intp), x.astype(np.intp)
    low, right = np.minimum(top + 1, small.shape[0] - 1), np.minimum(left + 1, small.shape[1] - 1)
    down, over = ((place - first).astype(np.float32)[:, None] for place, first in ((y, top), (x, left)))
    flat, wide = small.reshape(-1, small.shape[2]), small.shape[1]  # one index is gathered faster than two
    upper, lower = flat.take(top * wide + left, axis=0), flat.take(low * wide + left, axis=0)
    upper += (flat.take(top * wide + right, axis=0) - upper) * over
    lower += (flat.take(low * wide + right, axis=0) - lower) * over
    return np.asarray(upper + (lower - upper) * down)


def bilinear(plane: Floats, x: Floats, y: Floats) -> Floats:
    """Values (..., C) of a plane (h, w, C) at places x, y (...), in its pixels; its edges go on outside."""
    high, wide = plane.shape[:2]
    x, y = np.clip(x, 0, wide - 1), np.clip(y, 0, high - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, low = np.minimum(left + 1, wide - 1), np.minimum(top + 1, high - 1)
    over, down = (x - left)[..., None], (y - top)[..., None]
    upper = plane[top, left] * (1 - over) + plane[top, right] * over
    lower = plane[low, left] * (1 - over) + plane[low, right] * over
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def grow(small: Floats, step: int, shape: tuple[int, int]) -> Floats:
    """A plane (h, w) or (h, w, C) that was shrunk by `step`, back at (H, W[, C]), bilinear, float32."""
    for axis, length in enumerate(shape):
        place = np.clip((np.arange(length) + 0.5) / step - 0.5, 0, small.shape[axis] - 1)
        first = place.astype(np.intp)
        over = (place - first).astype(np.float32).reshape([-1 if n == axis else 1 for n in range(small.ndim)])
        lower = np.take(small, first, axis=axis)
        upper = np.take(small, np.minimum(first + 1, small.shape[axis] - 1), axis=axis)
        small = lower + (upper - lower) * over
    return np.asarray(small, np.float32)


def fill(plane: Floats, known: Floats) -> Floats:
    """Continue (H, W, C) smoothly to where `known` (H, W) in [0, 1] is 0; where it is 1 nothing changes. float32.

    Push-pull over a pyramid (Gortler et al. 1996, "The Lumigraph"). Where nothing at all is known, 0.
    """
    if not known.any() or min(known.shape) <= 1:
        total = max(float(known.sum()), 1e-6)
        even = (plane * known[..., None]).sum(axis=(0, 1)) / total
        return np.asarray(plane * known[..., None] + even * (1 - known[..., None]), np.float32)
    both = shrink(np.dstack([plane * known[..., None], known]), 2)
    part = both[..., -1:]
    mean = np.asarray(both[..., :-1] / np.maximum(part, 1e-6), np.float32)
    low = fill(mean, np.asarray(np.minimum(4 * part[..., 0], 1.0), np.float32))
    shape = (plane.shape[0], plane.shape[1])
    return np.asarray(plane * known[..., None] + grow(low, 2, shape) * (1 - known[..., None]), np.float32)


def feather(mask: Mask, radius: float) -> Matte:
    """A soft matte that falls from 1 inside `mask` to 0 outside over about `radius` pixels on either side."""
    hard = mask.inside.astype(np.float32)
    return Matte(np.clip(gaussian_blur(hard, radius / 2), 0.0, 1.0))


def crop_slices(inside: Bools, margin: int = 0) -> tuple[slice, slice]:
    """Rows and columns of the smallest upright rectangle that holds every True of (H, W), plus `margin` pixels.

    An empty mask gives empty slices.
    """
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    top, left = max(0, int(rows[0]) - margin), max(0, int(columns[0]) - margin)
    return slice(top, int(rows[-1]) + 1 + margin), slice(left, int(columns[-1]) + 1 + margin)


def seam_score(before: Photo, after: Photo, changed: Mask) -> float:
    """How invisible the edge of a change is, in [0, 1]; 1: no step that the photo did not have there.

    For each pair of neighbours with one pixel inside `changed` and one outside, the luma step between them is measured
    before and after. Only the growth of a step counts, because an edge that the photo had (dark hair on a pale wall)
    may stay or soften. The score is 1 / (1 + g / n): g is the energy of the growth (root mean square, 8-bit luma) and
    n = 6 + the root mean square step of the photo at the same place, so that what busy edges hide is forgiven. A hard
    cut of 40 levels on a plain wall scores 0.13, one of 3 levels 0.67. Without any border the score is 1.
    """
    if before.pixels.shape != after.pixels.shape or changed.inside.shape != before.pixels.shape[:2]:
        raise ValueError("seam_score needs photos and a mask of one size")
    rows, columns = crop_slices(changed.inside, margin=1)
    inside = changed.inside[rows, columns]
    old, new = (photo.pixels[rows, columns] @ np.array(LUMINANCE, np.float32) for photo in (before, after))
    grown, there = [], []
    for axis in (0, 1):
        border = np.diff(inside, axis=axis)
        was, now = (np.diff(luma, axis=axis)[border] for luma in (old, new))
        grown.append(np.where(np.abs(now) > np.abs(was), np.abs(now - was), 0.0))
        there.append(was)
    growth, steps = np.concatenate(grown), np.concatenate(there)
    if not growth.size:
        return 1.0
    return float(1.0 / (1.0 + _energy(growth) / (6.0 + _energy(steps))))


def _energy(steps: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(steps))))
