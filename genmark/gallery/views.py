"""Small pictures of big ones: the part of a photo that matters, at the size of a screen."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from PIL import Image

from genmark.canvas import crop_slices
from genmark.types import Bools, Box, Mask, Photo, Regions

VIEW = 1024
"""Longest side of a picture on page and card, in pixels."""

SMALL = 640
"""Longest side of a picture on the contact sheet and the page of many photos, in pixels."""

_ROOM = 0.6
"""Room left around head and hair, as a share of their larger side."""

Window = tuple[slice, slice]
"""Rows and columns of a photo."""

WHOLE: Window = (slice(None), slice(None))


def window(photo: Photo, regions: Regions | None) -> Window:
    """The part of a photo to show: head and hair with room around them, or everything if they nearly fill it.

    A full-body photo shown whole would make its hair a few pixels high. Without a face everything is shown.
    """
    width, height = photo.size
    whole = slice(0, height), slice(0, width)
    if regions is None or regions.face is None:
        return whole
    left, top, right, bottom = _subject(regions.face.box, regions, width, height)
    room = _ROOM * max(right - left, bottom - top)
    rows = slice(max(0, floor(top - room)), min(height, ceil(bottom + room)))
    columns = slice(max(0, floor(left - room)), min(width, ceil(right + room)))
    share = (rows.stop - rows.start) * (columns.stop - columns.start) / (width * height)
    return whole if share > 0.5 or share <= 0 else (rows, columns)


def _subject(face: Box, regions: Regions, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the face's box and the hair together, within the picture."""
    left, top, right, bottom = max(0.0, face.left), max(0.0, face.top), min(width, face.right), min(height, face.bottom)
    hair = regions.mattes.get("hair")
    rows, columns = crop_slices(hair.alpha > 0.5) if hair is not None else (slice(0, 0), slice(0, 0))
    if rows.stop > rows.start:
        left, top = min(left, columns.start), min(top, rows.start)
        right, bottom = max(right, columns.stop), max(bottom, rows.stop)
    return left, top, right, bottom


def view(photo: Photo, part: Window, longest: int = VIEW) -> Photo:
    """A part of a photo, made smaller (never larger) until its longest side is `longest` pixels. Keeps the name."""
    pixels = photo.pixels[part]
    return Photo(np.asarray(_shrink(pixels, longest)), photo.name)


def mask_view(mask: Mask, part: Window, longest: int = VIEW) -> Mask:
    """The same part of a mask, at the same size as `view` gives; a pixel is inside if most of what it covers is."""
    return Mask(np.asarray(_shrink(mask.inside[part].astype(np.uint8) * 255, longest)) > 127)


def _shrink(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | Bools, longest: int) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    scale = min(1.0, longest / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
