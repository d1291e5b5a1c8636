"""A stranger's picture is kept as it is, but for what it tells of people and places."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pictures import chunk, encoded, exif, small
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from genmark import photos
from genmark.brand.stripping import strip_picture
from genmark.errors import PhotoError

SECRET = b"37.5665 N 126.9780 E"


def telling(orientation: int = 1) -> Image.Exif:
    block = exif(orientation)
    block[0x010E] = SECRET.decode()
    return block


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return photos.read_bytes(data, "x").pixels


JPEGS = [{}, {"progressive": True}, {"subsampling": 0, "quality": 60}, {"icc_profile": profile()}]


@pytest.mark.parametrize("options", JPEGS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_loses_its_words_and_keeps_its_pixels(options: dict[str, object], orientation: int) -> None:
    data = encoded(small(), "JPEG", exif=telling(orientation), comment=SECRET, xmp=SECRET, **options)
    kept, suffix = strip_picture(data, "post.heic")
    assert suffix == ".jpg"
    assert SECRET in data
    assert SECRET not in kept
    assert len(kept) < len(data)
    assert np.array_equal(pixels(kept), pixels(data))
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == ({0x0112: 6} if orientation == 6 else {})
        assert ("icc_profile" in image.info) == ("icc_profile" in options)


def test_what_hides_behind_a_jpeg_or_in_its_fillings_goes_too() -> None:
    data = encoded(small(), "JPEG", exif=telling())
    for sly in (data + SECRET, data[:2] + b"\xff\xff" + data[2:], data + encoded(small(), "JPEG", exif=telling())):
        kept, _ = strip_picture(sly, "x.jpg")
        assert SECRET not in kept
        assert np.array_equal(pixels(kept), pixels(data))


def test_a_picture_that_tells_nothing_stays_to_the_byte() -> None:
    for form in ("JPEG", "PNG", "BMP"):
        data = encoded(small(), form)
        assert strip_picture(data, "x")[0] == data


def test_a_png_and_a_webp_lose_theirs() -> None:
    words = PngInfo()
    words.add_text("where", SECRET.decode())
    png = encoded(small(), "PNG", pnginfo=words, exif=telling())
    png = png[:-12] + chunk(b"tIME", b"\x07\xe8\x01\x01\0\0\0") + png[-12:] + SECRET
    webp = encoded(small(), "WEBP", exif=telling(), xmp=SECRET)
    for data, suffix in ((png, ".png"), (webp, ".webp")):
        kept, found = strip_picture(data, "x")
        assert found == suffix
        assert SECRET in data
        assert SECRET not in kept
        assert b"tIME" not in kept
        assert np.array_equal(pixels(kept), pixels(data))


def test_a_png_that_is_told_to_be_turned_is_turned() -> None:
    data = encoded(small(40, 28), "PNG", exif=telling(6))
    kept, _ = strip_picture(data, "x")
    assert pixels(kept).shape == (40, 28, 3)
    assert np.array_equal(pixels(kept), pixels(data))


@pytest.mark.parametrize("form", ["TIFF", "GIF", "AVIF"])
def test_other_formats_become_png(form: str) -> None:
    data = encoded(small(), form)
    kept, suffix = strip_picture(data, "x")
    assert suffix == ".png"
    assert np.array_equal(pixels(kept), pixels(data))
    assert not any(word in kept for word in (b"iTXt", b"tEXt", b"eXIf"))


def test_what_is_no_picture_is_refused() -> None:
    whole = encoded(small(), "JPEG")
    for data in (b"", b"<!doctype html><p>no", whole[: len(whole) // 3]):
        with pytest.raises(PhotoError):
            strip_picture(data, "x.jpg")
    with pytest.raises(PhotoError, match="MB"):
        strip_picture(whole, "x.jpg", photos.Limits(file_bytes=100))
