"""One size for pictures before they are measured or audited: antialiased resizing, and JPEG there and back."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from genmark.errors import UsageError
from genmark.types import Floats, Pixels

LUMA: tuple[float, float, float] = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in the luma Y' of ITU-R BT.709."""


def check_pixels(pixels: Pixels) -> None:
    """Raise UsageError where `pixels` is no uint8 (H, W, 3) with something in it."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(f"a picture is uint8 (H, W, 3), at least one pixel, got {pixels.dtype} {pixels.shape}")


def long_side(pixels: Pixels, side: int) -> Pixels:
    """The picture with its longer side `side` pixels long, larger or smaller, at its own aspect; uint8 (h, w, 3).

    A triangle filter as wide as the step (Pillow's bilinear): no aliasing, and no ringing that would count as edges.
    """
    high, wide = pixels.shape[:2]
    scale = side / max(high, wide)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    return resize(pixels, size)


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The picture at `size` (width, height), antialiased; the same array where it has that size. uint8."""
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def luma(pixels: Pixels) -> Floats:
    """Luma Y' of ITU-R BT.709 (of the coded values, as the eye roughly takes them), float32 (H, W) in [0, 1]."""
    return np.asarray(pixels @ (np.array(LUMA, np.float32) / np.float32(255)), np.float32)


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """The picture as a baseline JPEG, 4:2:0, standard Huffman tables, without any metadata."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0", optimize=False, progressive=False)
    return file.getvalue()


def recompress(pixels: Pixels, quality: int) -> Pixels:
    """The picture as it comes back from `jpeg`; uint8 (H, W, 3)."""
    with Image.open(io.BytesIO(jpeg(pixels, quality)), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"))
