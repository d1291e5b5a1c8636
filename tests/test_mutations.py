"""Damaged files: valid ones with bytes changed, put in or cut off. Each is one Photo or one PhotoError, silently."""

from __future__ import annotations

import functools
import random
from typing import Any, get_args

import pictures
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genmark import photos
from genmark.errors import PhotoCode, PhotoError


@functools.cache
def seeds() -> dict[str, bytes]:
    """Small valid files of every format and of their main varieties."""
    image, exif = pictures.small(), pictures.exif(6)
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 12.0)
    twice: dict[str, Any] = {"save_all": True, "append_images": [image.rotate(90)]}
    made = {
        "jpeg": pictures.encoded(image, "JPEG", exif=exif, comment=b"hello"),
        "progressive": pictures.encoded(image, "JPEG", progressive=True),
        "cmyk": pictures.encoded(image.convert("CMYK"), "JPEG"),
        "mpo": pictures.encoded(image, "MPO", **twice),
        "png": pictures.encoded(image, "PNG", exif=exif),
        "palette": pictures.encoded(image.quantize(32), "PNG", transparency=3),
        "apng": pictures.encoded(image, "PNG", **twice),
        "webp": pictures.encoded(image, "WEBP", exif=exif),
        "webp lossless": pictures.encoded(image.convert("RGBA"), "WEBP", lossless=True),
        "webp animated": pictures.encoded(image, "WEBP", **twice),
        "gif": pictures.encoded(image, "GIF", **twice),
        "bmp": pictures.encoded(image, "BMP"),
        "tiff": pictures.encoded(image, "TIFF", exif=exif),
        "tiff float": pictures.encoded(image.convert("F"), "TIFF"),
        "tiff lzw": pictures.encoded(image, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": pictures.encoded(image, "TIFF", compression="jpeg"),
        "tiff deflate": pictures.encoded(image.convert("RGBA"), "TIFF", compression="tiff_adobe_deflate"),
        "tiff fax": pictures.encoded(image.convert("1"), "TIFF", compression="group4"),
        "avif": pictures.encoded(image, "AVIF"),
    }
    return made | ({"heic": pictures.encoded(image, "HEIF")} if pictures.HEIC else {})


def outcome(data: bytes) -> str:
    """Read: "ok" or the error's code; anything else that is raised, or warned, fails the test."""
    try:
        photos.read_bytes(data, "mutant", limits=photos.Limits(pixels=4_000_000))
    except PhotoError as error:
        return error.code if len(str(error)) < 300 else "a long story"
    return "ok"


@pytest.mark.parametrize("name", seeds())
def test_the_seeds_are_read(name: str) -> None:
    assert outcome(seeds()[name]) == "ok"


def edits() -> st.SearchStrategy[list[tuple[float, int]]]:
    """Places (as a share of the file, dense near its start) and the bytes to put there."""
    byte = st.one_of(st.sampled_from([0, 1, 127, 128, 255]), st.integers(0, 255))
    place = st.one_of(st.floats(0, 0.999), st.floats(0, 0.999).map(lambda share: share**4))
    return st.lists(st.tuples(place, byte), max_size=12)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(seeds())), edits(), st.one_of(st.just(1.0), st.floats(0.01, 1.0)), st.binary(max_size=6))
def test_mutants_give_a_photo_or_a_photo_error(
    name: str, changes: list[tuple[float, int]], kept: float, insert: bytes
) -> None:
    data = bytearray(seeds()[name])
    for share, byte in changes:
        data[int(share * len(data))] = byte
    if changes and insert:
        at = int(changes[0][0] * len(data))
        data[at:at] = insert
    assert outcome(bytes(data[: max(1, int(kept * len(data)))])) in ("ok", *get_args(PhotoCode))


def flipped(data: bytes, dice: random.Random) -> bytes:
    """Flip a few bits, often near the beginning, where the headers are."""
    mutant, flips = bytearray(data), dice.choice((1, 2, 8, 30))
    within = min(len(data), dice.choice((64, 400, len(data))))
    for _ in range(flips):
        mutant[dice.randrange(within)] ^= 1 << dice.randrange(8)
    return bytes(mutant)


def test_thousands_of_bit_flips_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(20261121)
    seen = {outcome(flipped(data, dice)) for data in seeds().values() for _ in range(120)}
    assert capfd.readouterr() == ("", "")
    assert {"ok", "truncated"} <= seen <= {"ok", *get_args(PhotoCode)}


def test_an_answer_is_the_same_twice() -> None:
    for data in seeds().values():
        damaged = data[:60] + b"\xff" + data[61:]
        assert outcome(damaged) == outcome(damaged)
