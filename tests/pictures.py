"""Picture files for tests, made on the spot; the two photographs are in the public domain."""

from __future__ import annotations

import functools
import importlib.util
import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIC = importlib.util.find_spec("pillow_heif") is not None

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")


@functools.cache
def astronaut() -> Image.Image:
    """Eileen Collins, NASA, public domain; 512 x 512."""
    import skimage.data

    return Image.fromarray(np.asarray(skimage.data.astronaut()))  # type: ignore[no-untyped-call]


@functools.cache
def hopper() -> Image.Image:
    """Grace Hopper, US Navy, public domain; 512 x 600."""
    from matplotlib import cbook

    return Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).convert("RGB")


def small(width: int = 40, height: int = 28) -> Image.Image:
    return astronaut().resize((width, height))


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    if form == "HEIF":
        return _heic(image)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _heic(image: Image.Image) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90)
    return buffer.getvalue()


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Peak signal to noise ratio in dB."""
    error = float(np.mean((one.astype(float) - other) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def chunk(name: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour: int, *chunks: bytes) -> bytes:
    """A PNG file with any header; `colour` is PNG's colour type."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def rows(*lines: bytes) -> bytes:
    """PNG image data of unfiltered rows."""
    return chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines)))


def tiff(width: int, height: int, tags: dict[int, tuple[int, int, int]], data: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory; tags: number -> (type, count, value). Its data begins at byte 512."""
    tags = {256: (4, 1, width), 257: (4, 1, height), 259: (3, 1, 1), **tags}
    entries = b"".join(struct.pack("<HHII", tag, *rest) for tag, rest in sorted(tags.items()))
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 4).ljust(512, b"\0") + data
