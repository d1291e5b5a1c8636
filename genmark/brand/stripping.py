"""A stranger's picture, kept: read once through the photo door, and its own bytes without what they tell of people.

A post's bytes are worth keeping as they are: another compression would be a trace that all pictures of one source
share, and a classifier would learn it. So metadata is cut out between the compressed data, which stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

from genmark import formats, guard, photos, srgb
from genmark.errors import PhotoError
from genmark.types import Pixels

_SUFFIXES: Final = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp"}
_DRAWN = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP"))
"""Chunks of a PNG that say what its pixels look like."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_APP0, _APP2, _APP14, _COMMENT, _SCAN, _END = 0xE0, 0xE2, 0xEE, 0xFE, 0xDA, 0xD9
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def strip_picture(data: bytes, name: str, limits: photos.Limits = photos.LIMITS) -> tuple[bytes, str]:
    """A picture file -> its bytes without metadata, and its true suffix; it looks the same to the last bit.

    JPEG, PNG, WebP and BMP keep their compressed data, their colour profile and which way up they are; other formats,
    and files of these that cannot be cut without changing a pixel, become PNG. Raises PhotoError as `photos.read` does.
    """
    photo = photos.read_bytes(data, name, limits=limits)
    kind = formats.identify(data).pillow
    if kind in _SUFFIXES:
        stripped = _strip(data, kind)
        if stripped == data or _same(stripped, name, photo.pixels):
            return stripped, _SUFFIXES[kind]
    return photos.encode(photo, ".png", generated=False), ".png"


def _strip(data: bytes, kind: str) -> bytes:
    if kind == "JPEG":
        return b"".join(_jpeg_parts(data))
    if kind == "PNG":
        return data[:8] + b"".join(_png_parts(data))
    return _webp(data) if kind == "WEBP" else data


def _same(data: bytes, name: str, pixels: Pixels) -> bool:
    try:
        return np.array_equal(photos.read_bytes(data, name).pixels, pixels)
    except PhotoError:
        return False


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that are needed to see it, and its scans; what follows its end is another file."""
    yield data[:2]
    yield _turned(data)
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _END:
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _SCAN:
            found = _NEXT_MARKER.search(data, end)
            end = found.start() if found else len(data)
        if marker < _APP0 or _needed(marker, data[place + 4 : end]):
            yield data[place:end]
        place = end
    yield b"\xff\xd9"


def _needed(marker: int, held: bytes) -> bool:
    """Whether an application's segment says how the picture looks: JFIF, a colour profile, Adobe's colour transform."""
    if marker == _COMMENT:
        return False
    starts = {_APP0: b"JFIF\0", _APP2: b"ICC_PROFILE\0", _APP14: b"Adobe"}
    return marker >= 0xF0 or (marker in starts and held.startswith(starts[marker]))


def _turned(data: bytes) -> bytes:
    """An Exif segment that holds which way up the picture is and nothing else; b"" where it is upright."""
    with guard.QUIET, Image.open(guard.Source(data), formats=["JPEG"]) as image:
        way = srgb.orientation(image)
    if way == 1:
        return b""
    exif = Image.Exif()
    exif[0x0112] = way
    held = exif.tobytes()
    return b"\xff\xe1" + (len(held) + 2).to_bytes(2, "big") + held


def _png_parts(data: bytes) -> Iterator[bytes]:
    place = 8
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind in _DRAWN:
            yield data[place:end]
        if kind == b"IEND":
            return
        place = end


def _webp(data: bytes) -> bytes:
    parts, place = [], 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + size + size % 2
        kind, part = data[place : place + 4], data[place:end]
        if kind == b"VP8X":
            part = part[:8] + bytes([part[8] & ~(_EXIF_FLAG | _XMP_FLAG)]) + part[9:]
        if kind not in (b"EXIF", b"XMP "):
            parts.append(part)
        place = end
    held = b"".join(parts)
    return b"RIFF" + (len(held) + 4).to_bytes(4, "little") + b"WEBP" + held
