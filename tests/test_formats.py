from __future__ import annotations

import random
import struct

import pictures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmark import formats, photos
from genmark.errors import PhotoError

UTF16 = "<html>안녕</html>".encode("utf-16")
NOISE = bytes(random.Random(0).randbytes(3000))

REFUSED = [
    ("unsupported", "Photoshop", b"8BPS\0\1\0\0\0\0\0\0\0\3"),
    ("unsupported", "PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
    ("unsupported", "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    ("unsupported", "EPS", b"\xc5\xd0\xd3\xc6" + b"\0" * 40),
    ("unsupported", "SVG", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("unsupported", "SVG", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="9"/>'),
    ("unsupported", "JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
    ("unsupported", "JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n"),
    ("unsupported", "JPEG XL", b"\xff\x0a\xfa\x7f\0"),
    ("unsupported", "GIMP", b"gimp xcf v011\0"),
    ("unsupported", "icon", b"\0\0\1\0\1\0\x10\x10"),
    ("unsupported", "PNM", b"P6\n2 2\n255\n" + bytes(12)),
    ("unsupported", "Radiance", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n"),
    ("unsupported", "raw", b"II*\0\x10\0\0\0CR\2\0" + b"\0" * 99),
    ("unsupported", "raw", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"),
    ("unsupported", "MP4", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"),
    ("unsupported", "MOV", b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
    ("unsupported", "AVI", b"RIFF\x24\0\0\0AVI LIST"),
    ("unsupported", "MKV", b"\x1a\x45\xdf\xa3\x01\0\0\0"),
    ("not_a_photo", "text", b"Dear customer,\nplease find no photo here.\n"),
    ("not_a_photo", "text", "사진이 아닙니다\n".encode()),
    ("not_a_photo", "text", "사진이 아닙니다\n".encode("euc-kr")),
    ("not_a_photo", "text", UTF16),
    ("not_a_photo", "text", b"BMW 320i, 2019\n"),
    ("not_a_photo", "text", b'{"image": "iVBORw0KGgo="}'),
    ("not_a_photo", "web page", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
    ("not_a_photo", "web page", b"  \n<html><head></head></html>"),
    ("not_a_photo", "ZIP", b"PK\3\4\x14\0\6\0"),
    ("not_a_photo", "sound", b"RIFF\x24\0\0\0WAVEfmt "),
    ("not_a_photo", "no known format", NOISE),
    ("not_a_photo", "no known format", b"\0" * 5000),
    ("not_a_photo", "no known format", b"\1"),
]


@pytest.mark.parametrize(
    ("code", "title", "data"), REFUSED, ids=[f"{title} {n}" for n, (_, title, _) in enumerate(REFUSED)]
)
def test_what_is_no_photo_is_named_and_refused(code: str, title: str, data: bytes) -> None:
    with pytest.raises(PhotoError, match=title) as caught:
        photos.read_bytes(data, "me.jpg")
    assert caught.value.code == code
    message = str(caught.value)
    assert message.startswith("me.jpg is ")
    assert "JPEG" in message, "the message says what would work"
    assert "\n" not in message


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_pictures_are_recognised_by_their_content(form: str) -> None:
    kind = formats.identify(pictures.encoded(pictures.small(), form))
    assert kind.pillow == form
    assert kind.code is None


@pytest.mark.parametrize(
    ("brands", "pillow"),
    [
        (b"avif\0\0\0\0avifmif1", "AVIF"),
        (b"mif1\0\0\0\0mif1avif", "AVIF"),
        (b"mif1\0\0\0\0mif1heic", "HEIF"),
        (b"heic\0\0\0\0mif1heic", "HEIF"),
        (b"msf1\0\0\0\0msf1hevc", "HEIF"),
        (b"mif1\0\0\0\0", "HEIF"),
    ],
)
def test_avif_and_heic_are_told_apart_by_their_brands(brands: bytes, pillow: str) -> None:
    data = struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + b"\0\0\0\x08free"
    assert formats.identify(data).pillow == pillow


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_identified(data: bytes) -> None:
    kind = formats.identify(data)
    assert bool(kind.pillow) != bool(kind.code)
    assert kind.title
