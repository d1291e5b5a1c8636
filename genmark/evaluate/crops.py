"""Head crops that can be compared: each cut around its own face, wholly inside its photo, at one size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.perceive.pose import head_frame
from genmark.types import Face, Photo, Pixels

_MIDDLE = 0.25
"""y of a crop's middle, face heights below the eyes."""
_SIDE = 2.4
"""Side of a crop in face heights, where the photo holds that much."""


def place_crop(face: Face, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a square around a head in a photo of `size`; it is moved and shrunk until it lies inside.

    Nothing is mirrored or filled in: invented borders are what a judge would learn first.
    """
    frame = head_frame(face.landmarks)
    side = max(2, min(round(_SIDE * frame.unit), *size))
    x, y = frame.to_pixels(np.array([[0.0, _MIDDLE]]))[0]
    left, top = (
        int(np.clip(round(float(centre) - side / 2), 0, length - side))
        for centre, length in zip((x, y), size, strict=True)
    )
    return slice(top, top + side), slice(left, left + side)


def cut_head(photo: Photo, face: Face, side: int) -> Pixels:
    """The square of `place_crop` at `side` pixels, uint8 (side, side, 3)."""
    return resize(photo.pixels[place_crop(face, photo.size)], side)


def resize(pixels: Pixels, side: int) -> Pixels:
    """A picture (H, W, C) at (side, side): means over the pixels that each new one covers; bilinear where enlarged."""
    down, over = (_weights(length, side) for length in pixels.shape[:2])
    small = np.einsum("yh,hwc->ywc", down, pixels.astype(np.float32), optimize=True)
    small = np.einsum("xw,ywc->yxc", over, small, optimize=True)
    return np.asarray(np.rint(np.clip(small, 0, 255)), np.uint8)


def _weights(length: int, side: int) -> NDArray[np.float32]:
    """(side, length): a triangle of the coarser grid's width around each new pixel, adding up to 1."""
    scale = length / side
    centres = (np.arange(side) + 0.5) * scale - 0.5
    apart = np.abs(np.arange(length)[None, :] - centres[:, None]) / max(scale, 1.0)
    weights = np.maximum(1.0 - apart, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
