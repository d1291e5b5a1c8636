"""What else could give a brand away: pictures with one cue taken out, or with one cue only.

Each transform is pure, uint8 sRGB (H, W, 3) in and out, of the same size unless it says otherwise. A classifier that
keeps its accuracy without a cue did not need it; one that keeps it on a single cue may have learnt nothing else. To
mask something is itself a cue: `decoys` gives boxes of the same sizes elsewhere, to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genmark.brand.frames import check_pixels, long_side, luma, recompress
from genmark.canvas import fill, gaussian_blur
from genmark.colour import linear_from_rgb, rgb_from_linear
from genmark.errors import UsageError
from genmark.types import Bools, Box, Floats, Matte, Pixels

_PAPER = 128
_BLUR = 0.08


def mask_boxes(pixels: Pixels, boxes: Sequence[Box], margin: float = 0.01) -> Pixels:
    """The picture with `boxes` (a logo, a headline; in pixels, may reach out of it) filled smoothly from around.

    Each box first grows by `margin` of the longer side, because antialiasing and JPEG carry a mark out of its box. What
    lies outside the boxes stays bit for bit. Where the boxes leave nothing, the picture becomes mid-grey.
    """
    check_pixels(pixels)
    hidden = _inside(pixels, boxes, margin)
    if hidden.all():
        return np.full_like(pixels, _PAPER)
    return np.where(hidden[..., None], _filled(pixels, ~hidden), pixels)


def decoys(pixels: Pixels, boxes: Sequence[Box], seed: int) -> tuple[Box, ...]:
    """Boxes of the same sizes somewhere in the picture, at random by `seed`, each touching none of `boxes` where one of
    64 tries finds such a place (else as found last): what masking itself costs."""
    check_pixels(pixels)
    dice = np.random.default_rng(seed)
    return tuple(_elsewhere(pixels.shape[1], pixels.shape[0], box, boxes, dice) for box in boxes)


def greyscale(pixels: Pixels) -> Pixels:
    """Without colour: luma of BT.709 in all three channels."""
    check_pixels(pixels)
    grey = np.rint(luma(pixels) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def palette_only(pixels: Pixels, seed: int, cells: int = 8) -> Pixels:
    """Colour and nothing else: the means (of linear light) of cells x cells blocks, shuffled by `seed`.

    Raises UsageError for fewer than one cell; a side with fewer pixels than cells has as many cells as pixels.
    """
    check_pixels(pixels)
    if cells < 1:
        raise UsageError(f"a mosaic has at least one cell a side, got {cells}")
    high, wide = pixels.shape[:2]
    rows, columns = (np.arange(side) * min(cells, side) // side for side in (high, wide))
    light = linear_from_rgb(pixels).astype(np.float64)
    sums = np.add.reduceat(np.add.reduceat(light, _firsts(rows), axis=0), _firsts(columns), axis=1)
    means = sums / (np.bincount(rows)[:, None, None] * np.bincount(columns)[:, None])
    order = np.random.default_rng(seed).permutation(means.shape[0] * means.shape[1])
    mosaic = rgb_from_linear(means.reshape(-1, 3)[order].reshape(means.shape).astype(np.float32))
    return np.ascontiguousarray(mosaic[rows[:, None], columns])


def equalise(pixels: Pixels, side: int = 256, quality: int = 60) -> Pixels:
    """The same size and the same encoder for every picture: the longer side brought to `side` pixels, then JPEG at
    `quality`, so that the source's resolution and compression tell less. The result has that size.

    Raises UsageError for a side below 8 or a quality out of 1 to 95.
    """
    check_pixels(pixels)
    if side < 8 or not 1 <= quality <= 95:
        raise UsageError(f"equalise takes a side of 8 or more and a quality of 1 to 95, got {side} and {quality}")
    return recompress(long_side(pixels, side), quality)


def centre_prior(pixels: Pixels) -> Matte:
    """Where a subject tends to be when nobody says: a soft ellipse about the middle, over a third of the picture."""
    check_pixels(pixels)
    y, x = (((np.arange(side) + 0.5) / side - 0.5) / 0.35 for side in pixels.shape[:2])
    radius = np.hypot(y[:, None], x)
    return Matte(np.clip((1.1 - radius) / 0.2, 0.0, 1.0).astype(np.float32))


def blur_background(pixels: Pixels, subject: Matte | None = None) -> Pixels:
    """Everything but the subject blurred beyond recognition (its colours stay); without a matte the subject is
    `centre_prior`. The subject does not bleed into the blur."""
    matte = _matte(pixels, subject)
    ground = linear_from_rgb(pixels) * (1 - matte)
    sigma = _BLUR * max(pixels.shape[:2])
    known = gaussian_blur(1 - matte, sigma)
    # A Gaussian ends; further inside the subject than it reaches there is no ground, and no need of any.
    around = np.asarray(gaussian_blur(ground, sigma) / np.maximum(known, 1e-4), np.float32)
    return _over(pixels, around, matte)


def remove_background(pixels: Pixels, subject: Matte | None = None) -> Pixels:
    """Mid-grey in place of everything but the subject; without a matte the subject is `centre_prior`."""
    matte = _matte(pixels, subject)
    return _over(pixels, linear_from_rgb(np.full_like(pixels, _PAPER)), matte)


def remove_subject(pixels: Pixels, subject: Matte | None = None) -> Pixels:
    """The background alone: the subject filled smoothly from around; without a matte it is `centre_prior`."""
    matte = _matte(pixels, subject)
    if matte.min() > 0.0:
        return np.full_like(pixels, _PAPER)
    return np.where(matte > 0.0, _filled(pixels, matte[..., 0] <= 0.0), pixels)


def aspect_only(pixels: Pixels, side: int = 256) -> Pixels:
    """Only the shape of the frame: a light rectangle of the picture's aspect, centred in a dark square of `side`."""
    check_pixels(pixels)
    high, wide = (max(1, round(side * length / max(pixels.shape[:2]))) for length in pixels.shape[:2])
    top, left = (side - high) // 2, (side - wide) // 2
    square = np.full((side, side, 3), 64, np.uint8)
    square[top : top + high, left : left + wide] = 192
    return square


def frame_numbers(pixels: Pixels) -> tuple[float, float]:
    """What a file's header tells: log2 of width over height, and log2 of the number of pixels."""
    check_pixels(pixels)
    high, wide = pixels.shape[:2]
    return float(np.log2(wide / high)), float(np.log2(wide * high))


def survives(base_accuracy: float, accuracy: float, chance: float) -> float:
    """Share of above-chance accuracy that is left: 1 all of it, 0 none; above 1 it rose, below 0 it fell under chance.

    All three in [0, 1]. Raises UsageError where they are not, or where the model was no better than chance to begin
    with, so that there is nothing to lose.
    """
    if not all(0.0 <= value <= 1.0 for value in (base_accuracy, accuracy, chance)):
        raise UsageError(f"accuracies are from 0 to 1, got {base_accuracy}, {accuracy} and chance {chance}")
    if base_accuracy <= chance:
        raise UsageError(f"accuracy {base_accuracy:.3f} is not above chance {chance:.3f}, so nothing can survive")
    return (accuracy - chance) / (base_accuracy - chance)


def _filled(pixels: Pixels, known: Bools) -> Pixels:
    """Continued from `known` in coded values: in linear light, the brightest neighbour would flood the gap."""
    return np.rint(fill(pixels.astype(np.float32), known.astype(np.float32))).clip(0, 255).astype(np.uint8)


def _inside(pixels: Pixels, boxes: Sequence[Box], margin: float) -> Bools:
    high, wide = pixels.shape[:2]
    more = margin * max(high, wide)
    inside = np.zeros((high, wide), np.bool_)
    for box in boxes:
        rows = slice(max(0, int(np.floor(box.top - more))), max(0, int(np.ceil(box.bottom + more))))
        columns = slice(max(0, int(np.floor(box.left - more))), max(0, int(np.ceil(box.right + more))))
        inside[rows, columns] = True
    return inside


def _elsewhere(wide: int, high: int, box: Box, taken: Sequence[Box], dice: np.random.Generator) -> Box:
    for _ in range(64):
        left = float(dice.uniform(0.0, max(wide - box.width, 1e-6)))
        top = float(dice.uniform(0.0, max(high - box.height, 1e-6)))
        place = Box(left, top, left + box.width, top + box.height)
        if not any(_touch(place, other) for other in taken):
            break
    return place


def _touch(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _firsts(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(groups, prepend=-1))


def _matte(pixels: Pixels, subject: Matte | None) -> Floats:
    """The subject's matte as (H, W, 1)."""
    check_pixels(pixels)
    matte = centre_prior(pixels) if subject is None else subject
    if matte.alpha.shape != pixels.shape[:2]:
        raise UsageError(f"the subject's matte is {matte.alpha.shape}, the picture {pixels.shape[:2]}")
    return matte.alpha[..., None]


def _over(pixels: Pixels, ground: Floats, matte: Floats) -> Pixels:
    light = linear_from_rgb(pixels)
    mixed = rgb_from_linear(np.asarray(ground + (light - ground) * matte, np.float32))
    return np.where(matte >= 1.0, pixels, mixed)
