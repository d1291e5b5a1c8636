from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pictures
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from genmark import photos, writing
from genmark.errors import UsageError, WriteError
from genmark.types import Mask, Matte, Photo

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))


def photo() -> Photo:
    return Photo(np.asarray(pictures.hopper()), "hopper")


@settings(deadline=None)
@given(PIXELS, st.booleans())
def test_png_gives_every_bit_back(pixels: Any, generated: bool) -> None:
    data = writing.encode(Photo(pixels), ".png", generated=generated)
    assert (photos.read_bytes(data, "x").pixels == pixels).all()


@settings(deadline=None)
@given(PIXELS)
def test_webp_of_quality_100_gives_every_bit_back(pixels: Any) -> None:
    data = writing.encode(Photo(pixels), ".webp", quality=100)
    assert (photos.read_bytes(data, "x").pixels == pixels).all()


@pytest.mark.parametrize(("suffix", "form"), [(".png", "PNG"), (".JPG", "JPEG"), (".jpeg", "JPEG"), (".WebP", "WEBP")])
def test_the_suffix_chooses_the_format(tmp_path: Path, suffix: str, form: str) -> None:
    path = tmp_path / f"결과{suffix}"
    photos.write(photo(), path)
    with Image.open(path) as image:
        assert image.format == form
        assert image.size == photo().size
    assert pictures.psnr(photos.read(path).pixels, photo().pixels) > 38


def test_jpeg_keeps_full_colour_resolution() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255
    pixels = photos.read_bytes(writing.encode(Photo(stripes), ".jpg", quality=100), "x").pixels
    assert np.abs(pixels.astype(int) - stripes).max() < 12


def test_a_higher_quality_is_closer_and_larger() -> None:
    for suffix in (".jpg", ".webp"):
        low, high = (writing.encode(photo(), suffix, quality=quality) for quality in (50, 95))
        assert len(low) < len(high)
        error = [pictures.psnr(photos.read_bytes(data, "x").pixels, photo().pixels) for data in (low, high)]
        assert error[0] < error[1]


def test_the_same_photo_makes_the_same_bytes() -> None:
    for suffix in SUFFIXES:
        assert writing.encode(photo(), suffix) == writing.encode(photo(), suffix)


# Nothing but the picture and the mark


def parts(data: bytes) -> list[str]:
    """The segments or chunks of a file of our own, in order, without the pixels' own."""
    if data.startswith(b"\xff\xd8"):
        found, place = [], 2
        while data[place + 1] != 0xDA:
            length = int.from_bytes(data[place + 2 : place + 4], "big")
            found.append(f"{data[place + 1]:02X} {data[place + 4 : place + 8].decode('latin-1')}")
            place += 2 + length
        return [part for part in found if part[0] in "EF"]
    order, place = (">I4s", 8) if data.startswith(b"\x89PNG") else ("<4sI", 12)
    found = []
    while place < len(data):
        first, second = struct.unpack_from(order, data, place)
        length, name = (first, second) if order[0] == ">" else (second, first)
        found.append(name.decode())
        place += 8 + length + (4 if order[0] == ">" else length % 2)
    return [part for part in found if part not in ("IHDR", "IDAT", "IEND", "VP8 ", "VP8X")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_metadata_survives_but_the_mark(suffix: str, tmp_path: Path) -> None:
    exif = pictures.exif(6)
    exif[0x010F], exif[0x013B] = "SecretCamera", "SecretArtist"
    exif.get_ifd(0x8825)[29] = "SecretGPSDate"
    options: dict[str, Any] = {"exif": exif, "icc_profile": profiles.rgb(), "xmp": b"<x:xmpmeta>SecretXMP</x:xmpmeta>"}
    upload = pictures.encoded(pictures.small(), "JPEG", comment=b"SecretComment", **options)
    assert upload.count(b"Secret") == 5
    read = photos.read_bytes(upload, "SecretName.jpg")
    for generated, expected in ((True, ["E0 JFIF", "E1 http"]), (False, ["E0 JFIF"])):
        data = writing.encode(read, suffix, generated=generated)
        kept = {".png": ["iTXt"], ".webp": ["XMP "]}.get(suffix)
        assert parts(data) == (expected if kept is None else kept[: int(generated)])
        assert b"Secret" not in data
        assert b"ICC" not in data.upper()
        assert b"exif\0" not in data.lower()


# What cannot be written


@pytest.mark.parametrize("path", ["a.bmp", "a.gif", "a", "a.png.exe", "a.tiff"])
def test_another_suffix_is_refused_and_named(path: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pictures are written as \.png, \.jpg, \.jpeg, \.webp, not as"):
        photos.write(photo(), tmp_path / path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_a_quality_out_of_range_is_refused(quality: int) -> None:
    with pytest.raises(UsageError, match="from 1 to 100"):
        writing.encode(photo(), ".jpg", quality=quality)


def test_a_photo_too_long_for_webp_is_refused() -> None:
    long = Photo(np.zeros((1, 16_384, 3), np.uint8))
    with pytest.raises(UsageError, match=r"at most 16383 pixels a side, not 16384; choose \.png"):
        writing.encode(long, ".webp")
    assert photos.read_bytes(writing.encode(long, ".jpg"), "x").size == (16_384, 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_is_missing_is_one_clear_error(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="choose a folder that exists"):
        photos.write(photo(), tmp_path / "missing" / f"a{suffix}")


# Masks, mattes, index maps


@settings(deadline=None)
@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_a_mask_is_0_and_255(tmp_path_factory: pytest.TempPathFactory, inside: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "mask.png"
    photos.write_mask(Mask(inside), path)
    with Image.open(path) as image:
        assert image.mode == "L"
        assert (np.asarray(image) == np.where(inside, 255, 0)).all()


def test_a_matte_is_rounded_to_8_bits(tmp_path: Path) -> None:
    photos.write_matte(Matte(np.array([[0.0, 0.5, 1.0, 0.001, 0.003]], np.float32)), tmp_path / "hair.png")
    with Image.open(tmp_path / "hair.png") as image:
        assert image.mode == "L"
        assert np.asarray(image).tolist() == [[0, 128, 255, 0, 1]]
        assert not image.info


def test_an_index_map_keeps_its_values_and_can_be_looked_at(tmp_path: Path) -> None:
    index = np.array([[0, 1, 2], [3, 4, 4]], np.uint8)
    photos.write_index(index, ("background", "hair", "skin", "brows", "eyes"), tmp_path / "regions.png")
    with Image.open(tmp_path / "regions.png") as image:
        assert image.mode == "P"
        assert (np.asarray(image) == index).all()
        colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
        assert not image.info
    assert colours[0].tolist() == [0, 0, 0]
    assert len({tuple(colour) for colour in colours.tolist()}) == 5
    assert (tmp_path / "regions.png").read_bytes()[24] == 8, "8 bits a pixel, whatever the number of classes"


def test_all_256_classes_have_their_own_colour(tmp_path: Path) -> None:
    index = np.arange(256, dtype=np.uint8).reshape(16, 16)
    photos.write_index(index, [str(n) for n in range(256)], tmp_path / "all.png")
    with Image.open(tmp_path / "all.png") as image:
        assert (np.asarray(image) == index).all()
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) == 256


@pytest.mark.parametrize("index", [np.zeros((2, 2)), np.zeros(4, np.uint8), np.full((2, 2), 2, np.uint8)])
def test_an_index_without_a_name_is_refused(index: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"uint8 \(H, W\) below 2"):
        photos.write_index(index, ("a", "b"), tmp_path / "regions.png")


def test_maps_are_only_written_losslessly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"mask\.jpg must end in \.png"):
        photos.write_mask(Mask(np.ones((2, 2), bool)), tmp_path / "mask.jpg")
