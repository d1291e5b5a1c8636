from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pictures
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from genmark import photos
from genmark.errors import PhotoError, UsageError

EXACT: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("PNG", {"interlace": 1}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"big_tiff": True}),
    ("BMP", {}),
    ("WEBP", {"lossless": True}),
]
CLOSE: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {"quality": 95}),
    ("JPEG", {"quality": 95, "progressive": True}),
    ("WEBP", {"quality": 95}),
    ("AVIF", {"quality": 95}),
    ("TIFF", {"compression": "jpeg", "quality": 95}),
    ("MPO", {"quality": 95}),
]
needs_heic = pytest.mark.skipif(not pictures.HEIC, reason="the heic extra is not installed")


def label(part: object) -> str:
    return " ".join(map(str, part.values())) if isinstance(part, dict) else str(part)


def read(data: bytes, **options: Any) -> NDArray[np.uint8]:
    return photos.read_bytes(data, "photo.any", **options).pixels


@pytest.mark.parametrize(("form", "options"), EXACT, ids=label)
def test_lossless_formats_are_read_exactly(form: str, options: dict[str, Any]) -> None:
    source = pictures.small()
    assert (read(pictures.encoded(source, form, **options)) == np.asarray(source)).all()


@pytest.mark.parametrize(("form", "options"), CLOSE, ids=label)
def test_lossy_formats_are_read_closely(form: str, options: dict[str, Any]) -> None:
    source = pictures.hopper()
    assert pictures.psnr(read(pictures.encoded(source, form, **options)), np.asarray(source)) > 35


@needs_heic
def test_heic_is_read_without_registering_anything(tmp_path: Path) -> None:
    source = pictures.hopper().crop((150, 100, 350, 300))
    data = pictures.encoded(source, "HEIF")
    assert pictures.psnr(read(data), np.asarray(source)) > 33
    (tmp_path / "photo.heic").write_bytes(data)
    program = "import sys, PIL.Image; from genmark import photos; photos.read(sys.argv[1]); print(*PIL.Image.OPEN)"
    run = subprocess.run([sys.executable, "-c", program, tmp_path / "photo.heic"], capture_output=True, text=True)
    assert "PNG" in run.stdout, run.stderr
    assert "HEIF" not in run.stdout


def test_heic_without_its_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match=r"pip install 'genmark\[heic\]'") as caught:
        photos.read_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, "holiday.heic")
    assert caught.value.code == "unsupported"
    assert str(caught.value).startswith("holiday.heic is")


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_an_animation_gives_its_first_frame(form: str) -> None:
    first, second = Image.new("RGB", (32, 24), (200, 40, 40)), Image.new("RGB", (32, 24), (40, 40, 200))
    options = {"lossless": True} if form == "WEBP" else {}
    pixels = read(pictures.encoded(first, form, save_all=True, append_images=[second], **options))
    assert np.abs(pixels.astype(int) - [200, 40, 40]).max() <= 6


def test_a_gif_of_part_of_its_canvas_has_the_canvas_size() -> None:
    data = bytearray(pictures.encoded(Image.new("P", (10, 8)), "GIF"))
    data[6:8] = (20).to_bytes(2, "little")
    assert photos.read_bytes(bytes(data), "x").size == (20, 8)


def stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The pixels a camera stores for an EXIF orientation (EXIF 2.32, 4.6.4: where row 0 and column 0 are)."""
    return {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }[orientation].copy()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("form", "options"),
    [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True})],
    ids=label,
)
def test_every_orientation_is_turned_upright(form: str, options: dict[str, Any], orientation: int) -> None:
    upright = np.asarray(pictures.small(37, 23))
    image = Image.fromarray(stored(upright, orientation))
    assert (read(pictures.encoded(image, form, exif=pictures.exif(orientation), **options)) == upright).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "AVIF"])
def test_every_orientation_of_a_lossy_file_is_turned_upright(form: str, orientation: int) -> None:
    upright = np.asarray(pictures.hopper().resize((96, 64)))
    image = Image.fromarray(stored(upright, orientation))
    data = pictures.encoded(image, form, quality=95, exif=pictures.exif(orientation))
    assert pictures.psnr(read(data), upright) > 30


def test_orientation_survives_a_colour_profile_and_alpha() -> None:
    upright = np.asarray(pictures.small(37, 23))
    plain = read(pictures.encoded(Image.fromarray(upright), "PNG", icc_profile=profiles.rgb()))
    image = Image.fromarray(stored(upright, 6)).convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    pixels = read(pictures.encoded(image, "PNG", exif=pictures.exif(6), icc_profile=profiles.rgb()))
    differs = (pixels != plain).any(axis=2)
    assert pixels.shape == upright.shape
    assert np.argwhere(differs).tolist() == [[0, 36]]
    assert (pixels[0, 36] == 255).all()


def test_orientation_in_xmp_alone_is_honoured() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    data = pictures.encoded(pictures.small(40, 28), "JPEG", xmp=xmp)
    assert photos.read_bytes(data, "x").size == (28, 40)


# Smaller on request


@settings(deadline=None)
@given(st.integers(1, 700), st.integers(1, 700))
def test_a_hinted_jpeg_is_never_smaller_than_the_hint(width: int, height: int) -> None:
    got = photos.read_bytes(HOPPER, "x", size_hint=(width, height)).size
    assert got[0] >= min(width, 512)
    assert got[1] >= min(height, 600)
    assert got in {(512, 600), (256, 300), (128, 150), (64, 75)}


HOPPER = pictures.encoded(pictures.hopper(), "JPEG", quality=92)


@pytest.mark.parametrize(("hint", "size"), [((256, 300), (256, 300)), ((100, 100), (128, 150)), ((9, 9), (64, 75))])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_hinted_jpeg_shows_the_same_picture(hint: tuple[int, int], size: tuple[int, int], progressive: bool) -> None:
    data = pictures.encoded(pictures.hopper(), "JPEG", quality=92, progressive=progressive)
    full, scaled = (photos.read_bytes(data, "x", size_hint=h) for h in (None, hint))
    assert scaled.size == size
    averaged = np.asarray(Image.fromarray(full.pixels).resize(size, Image.Resampling.BOX))
    assert pictures.psnr(averaged, scaled.pixels) > 43


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_hint_is_for_the_upright_picture(orientation: int) -> None:
    wide = Image.fromarray(np.tile(np.asarray(pictures.astronaut()), (1, 2, 1)))  # 1024 x 512 upright
    image = Image.fromarray(stored(np.asarray(wide), orientation))
    data = pictures.encoded(image, "JPEG", exif=pictures.exif(orientation))
    assert photos.read_bytes(data, "x", size_hint=(512, 256)).size == (512, 256)
    assert photos.read_bytes(data, "x", size_hint=(256, 256)).size == (512, 256)


def test_a_hint_leaves_other_formats_alone() -> None:
    assert photos.read_bytes(pictures.encoded(pictures.small(), "PNG"), "x", size_hint=(5, 5)).size == (40, 28)


@pytest.mark.parametrize("hint", [(0, 10), (10, -1)])
def test_a_hint_below_one_pixel_is_refused(hint: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        photos.read_bytes(HOPPER, "x", size_hint=hint)


# Names


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("portrait.jpg", "portrait"),
        ("김민지 앞머리.HEIC", "김민지 앞머리"),
        ("\u1100\u1161.png", "가"),
        ("a.b.png", "a.b"),
        ("/etc/secret/me.png", "me"),
        ("C:\\Users\\me\\me.png", "me"),
        ("..", "photo"),
        ("../..", "photo"),
        ("", "photo"),
        ("photo", "photo"),
        ("one\ntwo\x1b.png", "one\ufffdtwo\ufffd"),
        ("bad\udcff.png", "bad\ufffd"),
    ],
)
def test_a_photo_is_named_after_its_files_stem(given_name: str, name: str) -> None:
    assert photos.read_bytes(pictures.encoded(pictures.small(), "PNG"), given_name).name == name


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_read_by_content_whatever_its_suffix(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "사진.gif"
    path.write_bytes(pictures.encoded(pictures.small(), "PNG"))
    photo = photos.read(kind(path))
    assert photo.name == "사진"
    assert (photo.pixels == np.asarray(pictures.small())).all()


def test_a_photo_holds_its_own_read_only_pixels() -> None:
    photo = photos.read_bytes(pictures.encoded(pictures.small(), "BMP"), "x")
    assert photo.pixels.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0] = 0
