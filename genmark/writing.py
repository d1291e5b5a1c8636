"""Pictures out: stripped of everything but the mark, and atomic."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genmark import files
from genmark.errors import UsageError
from genmark.marking import XMP
from genmark.types import Mask, Matte, Photo


@dataclass(frozen=True)
class _Format:
    """How Pillow writes one format: its name there, the longest side it can hold, and options."""

    name: str
    side: int
    options: Mapping[str, Any] = field(default_factory=dict)


_JPEG = _Format("JPEG", 65_500, {"subsampling": "4:4:4"})
_FORMATS = {
    ".png": _Format("PNG", 1_000_000, {"compress_level": 4}),  # a third of level 6's time, 1 % more bytes
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": _Format("WEBP", 16_383),
}


def write(photo: Photo, path: str | os.PathLike[str], *, quality: int = 95, generated: bool = True) -> None:
    """Write a photo as PNG (lossless), JPEG (4:4:4) or WebP, by the path's suffix, atomically.

    quality: 1 to 100 for JPEG and WebP; 100 makes WebP lossless. generated: mark the file as made with AI (see
    `genmark.marking`). Nothing else is written beside the pixels. Raises WriteError where the file cannot be written,
    UsageError for another suffix, a quality out of range or a photo too large for the format.
    """
    files.write_bytes(path, encode(photo, Path(path).suffix, quality=quality, generated=generated))


def encode(photo: Photo, suffix: str, *, quality: int = 95, generated: bool = True) -> bytes:
    """The bytes that `write` would write; `suffix` is ".png", ".jpg", ".jpeg" or ".webp", in any case."""
    chosen = _format(suffix)
    if not 1 <= quality <= 100:
        raise UsageError(f"a picture's quality is from 1 to 100, got {quality}")
    if max(photo.size) > chosen.side:
        raise UsageError(f"{chosen.name} holds at most {chosen.side} pixels a side, not {max(photo.size)}; choose .png")
    options = {**chosen.options, "quality": quality, "lossless": quality == 100}
    if generated and chosen.name == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif generated:
        options["xmp"] = XMP
    return _encoded(Image.fromarray(photo.pixels), chosen.name, options)


def write_mask(mask: Mask, path: str | os.PathLike[str]) -> None:
    """Write a mask as an 8-bit grey PNG, 255 inside and 0 outside. Raises as `write` does."""
    _write_png(Image.fromarray(mask.inside.astype(np.uint8) * np.uint8(255)), path)


def write_matte(matte: Matte, path: str | os.PathLike[str]) -> None:
    """Write a matte as an 8-bit grey PNG, 0 to 255 rounded to nearest. Raises as `write` does."""
    _write_png(Image.fromarray(np.rint(matte.alpha * 255).astype(np.uint8)), path)


def write_cutout(photo: Photo, matte: Matte, path: str | os.PathLike[str]) -> None:
    """Write a photo cut out by a matte of its size as a lossless RGBA WebP, without metadata or mark.

    Colours are straight, not premultiplied, and stay under alpha 0; `genmark.photos.read_cutout` reads them back, alpha
    rounded to 8 bits. Raises as `write` does, and ValueError where the sizes differ.
    """
    if matte.alpha.shape != photo.pixels.shape[:2]:
        raise ValueError(
            f"a cut-out needs one size, got a photo of {photo.pixels.shape}, a matte of {matte.alpha.shape}"
        )
    if Path(path).suffix.lower() != ".webp" or max(photo.size) > _FORMATS[".webp"].side:
        raise UsageError(
            f"{Path(path).name}: cut-outs are .webp files of at most {_FORMATS['.webp'].side} pixels a side"
        )
    image = Image.fromarray(np.dstack([photo.pixels, np.rint(matte.alpha * 255).astype(np.uint8)]))
    files.write_bytes(path, _encoded(image, "WEBP", {"lossless": True, "exact": True, "quality": 80, "method": 4}))


def write_index(index: NDArray[np.uint8], palette: Sequence[str], path: str | os.PathLike[str]) -> None:
    """Write an index map, uint8 (H, W), as an 8-bit palette PNG whose pixel values are the indices.

    Its colours are PASCAL VOC's, one for each name in `palette`, so that it can be looked at. Raises ValueError where
    the map is no uint8 (H, W) or holds an index without a name, and as `write` does.
    """
    if index.dtype != np.uint8 or index.ndim != 2 or not index.size or int(index.max()) >= len(palette):
        raise ValueError(f"an index map is uint8 (H, W) below {len(palette)}, got {index.dtype} {index.shape}")
    image = Image.fromarray(index).convert("L")
    image.putpalette([channel for place in range(256) for channel in _colour(place)])  # fewer would mean fewer bits
    _write_png(image, path)


def _colour(place: int) -> tuple[int, int, int]:
    """PASCAL VOC's colour of a class (VOCdevkit, VOClabelcolormap): the index's bits, dealt to red, green, blue."""
    red, green, blue = (sum(((place >> (3 * bit + band)) & 1) << (7 - bit) for bit in range(3)) for band in range(3))
    return red, green, blue


def _write_png(image: Image.Image, path: str | os.PathLike[str]) -> None:
    if Path(path).suffix.lower() != ".png":
        raise UsageError(f"{Path(path).name} must end in .png: masks, mattes and index maps are written losslessly")
    files.write_bytes(path, _encoded(image, "PNG", _FORMATS[".png"].options))


def _format(suffix: str) -> _Format:
    try:
        return _FORMATS[suffix.lower()]
    except KeyError:
        raise UsageError(f"pictures are written as {', '.join(_FORMATS)}, not as {suffix or 'no suffix'}") from None


def _encoded(image: Image.Image, name: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()
