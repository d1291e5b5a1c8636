from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
import pictures
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms
from skimage import color

from genmark import srgb

ROW = [0, 1, 64, 128, 200, 255]


def d50_as_srgb(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """XYZ relative to D50 to sRGB, 0 to 255, by hand (IEC 61966-2-1, Bradford-adapted)."""
    to_srgb = np.array([[3.1341, -1.6174, -0.4907], [-0.9788, 1.9161, 0.0335], [0.0720, -0.2290, 1.4057]])
    linear = (xyz @ to_srgb.T).clip(0, 1)
    return np.asarray(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def p3_as_srgb(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Display P3, with the exponent as the test profile stores it."""
    return d50_as_srgb((pixels / 255.0) ** (round(2.2 * 256) / 256) @ np.array(profiles.P3))


def lab_as_srgb(light: float, a: float, b: float) -> NDArray[np.float64]:
    return d50_as_srgb(color.lab2xyz(np.array([[[light, a, b]]]), illuminant="D50")[0, 0])


def reopened(image: Image.Image, form: str, **options: object) -> Image.Image:
    again = Image.open(io.BytesIO(pictures.encoded(image, form, **options)))
    again.load()
    return again


def values(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(srgb.to_srgb(image))


def grey_row(image: Image.Image) -> list[int]:
    pixels = values(image)[0]
    assert (pixels == pixels[:, :1]).all(), "grey stays grey"
    return [int(v) for v in pixels[:, 0]]


def row(dtype: str, numbers: Sequence[float]) -> Image.Image:
    return Image.fromarray(np.array([numbers], dtype=dtype))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (row("u1", ROW), ROW),
        (row("u1", [0, 128, 255]).convert("1", dither=Image.Dither.NONE), [0, 255, 255]),
        (row("u2", [0, 257, 16448, 32896, 51400, 65535]), ROW),
        (row("u2", [40000, 128, 129]), [156, 0, 1]),
        (row("i4", ROW), ROW),
        (row("i4", [0, 257, 65535]), [0, 1, 255]),
        (row("i4", [0, 2**30, 2**31 - 1]), [0, 128, 255]),
        (row("f4", [0.0, 0.25, 1.0]), [0, 64, 255]),
        (row("f4", [0.0, 64.4, 255.0]), [0, 64, 255]),
        (row("f4", [0.0, 65535.0]), [0, 255]),
        (row("f4", [0.0, 502_000.0, 1_000_000.0]), [0, 128, 255]),
        (row("f4", [float("nan"), -3.0, float("inf"), 1.0]), [0, 0, 0, 255]),
        (row("f4", [0.0, 0.0]), [0, 0]),
    ],
    ids=lambda part: f"{part.mode} {part.getextrema()}" if isinstance(part, Image.Image) else "",
)
def test_greys_of_any_depth_are_scaled_not_clipped(image: Image.Image, expected: list[int]) -> None:
    assert grey_row(image) == expected


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_16_bit_file_is_scaled(form: str) -> None:
    image = reopened(row("u2", [0, 257, 16448, 32896, 51400, 65535]), form)
    assert image.mode.startswith("I;16")
    assert grey_row(image) == ROW


@settings(deadline=None)
@given(st.lists(st.integers(0, 65535), min_size=1, max_size=40))
def test_16_bit_greys_are_rounded_to_the_nearest_of_256(numbers: list[int]) -> None:
    assert grey_row(row("u2", [float(n) for n in numbers])) == [round(n / 257) for n in numbers]


def deep_tiff(bits: int, photometric: int, data: bytes, width: int, sample: int = 1) -> Image.Image:
    tags = {258: (3, 1, bits), 262: (3, 1, photometric), 273: (4, 1, 512), 277: (3, 1, 1), 278: (3, 1, 1)}
    tags |= {279: (4, 1, len(data)), 339: (3, 1, sample)}
    image = Image.open(io.BytesIO(pictures.tiff(width, 1, tags, data)))
    image.load()
    return image


def test_12_bit_tiff_reaches_white() -> None:
    assert grey_row(deep_tiff(12, 1, bytes([0x00, 0x0F, 0xFF]), 2)) == [0, 255]


def test_tiff_with_white_as_zero_is_turned_round_at_16_bits_and_in_floats() -> None:
    assert grey_row(deep_tiff(16, 0, struct.pack("<HHH", 0, 16448, 65535), 3)) == [255, 191, 0]
    assert grey_row(deep_tiff(32, 0, struct.pack("<2f", 0, 1), 2, sample=3)) == [255, 0]


def test_unsigned_32_bit_tiff_does_not_wrap() -> None:
    assert grey_row(deep_tiff(32, 1, struct.pack("<3I", 0, 2**31, 2**32 - 1), 3)) == [0, 128, 255]
    assert grey_row(deep_tiff(32, 1, struct.pack("<2i", -5, 2**31 - 1), 2, sample=2)) == [0, 255]


def test_16_bit_colour_keeps_its_range() -> None:
    line = struct.pack(">9H", 65535, 0, 0, 0, 32896, 0, 257, 514, 65535)
    image = Image.open(io.BytesIO(pictures.png(3, 1, 16, 2, pictures.rows(line))))
    assert values(image).tolist() == [[[255, 0, 0], [0, 128, 0], [1, 2, 255]]]


def test_16_bit_alpha_is_laid_over_white() -> None:
    line = struct.pack(">8H", 0, 0, 0, 32896, 65535, 0, 0, 0)
    image = Image.open(io.BytesIO(pictures.png(2, 1, 16, 6, pictures.rows(line))))
    assert values(image).tolist() == [[[127, 127, 127], [255, 255, 255]]]


OVER_WHITE = [[127, 127, 127], [255, 255, 255], [0, 0, 0]]  # half black, nothing, black


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_what_is_transparent_becomes_white(mode: str, form: str) -> None:
    image = Image.fromarray(np.array([[[0, 128], [0, 0], [0, 255]]], np.uint8), "LA").convert(mode)
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    assert values(reopened(image, form, **options)).tolist() == [OVER_WHITE]


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_alpha_is_undone(mode: str) -> None:
    image = Image.fromarray(np.array([[[200, 128], [9, 0], [0, 255]]], np.uint8), "LA").convert(mode.upper())
    pixels = values(image.convert(mode))
    assert np.abs(pixels[0, :, 0].astype(int) - [227, 255, 0]).max() <= 2


def test_a_palettes_opacities_are_honoured() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 10, 20, 30, 0, 0, 0])
    assert values(reopened(image, "PNG", transparency=bytes([128, 0, 255]))).tolist() == [OVER_WHITE]
    assert values(reopened(image, "PNG", transparency=1)).tolist() == [[[0, 0, 0], [255, 255, 255], [0, 0, 0]]]
    assert values(reopened(image, "GIF", transparency=1)).tolist() == [[[0, 0, 0], [255, 255, 255], [0, 0, 0]]]
    assert values(reopened(image, "GIF")).tolist() == [[[0, 0, 0], [10, 20, 30], [0, 0, 0]]]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (pictures.png(2, 1, 8, 0, pictures.chunk(b"tRNS", b"\0\7"), pictures.rows(b"\7\x09")), [255, 9]),
        (pictures.png(2, 1, 1, 0, pictures.chunk(b"tRNS", b"\0\0"), pictures.rows(b"\x00")), [255, 255]),
        (pictures.png(2, 1, 16, 0, pictures.chunk(b"tRNS", b"\1\1"), pictures.rows(b"\1\1\2\2")), [255, 2]),
        (pictures.png(2, 1, 8, 2, pictures.chunk(b"tRNS", b"\0\7\0\7\0\7"), pictures.rows(b"\7\7\7\1\1\1")), [255, 1]),
        (
            pictures.png(
                2, 1, 16, 2, pictures.chunk(b"tRNS", b"\7\x09" * 3), pictures.rows(b"\7\x09" * 3 + b"\1\1" * 3)
            ),
            [255, 1],
        ),
    ],
    ids=["L", "1", "I;16", "RGB", "RGB 16"],
)
def test_the_transparent_colour_of_a_png_becomes_white(file: bytes, expected: list[int]) -> None:
    image = Image.open(io.BytesIO(file))
    image.load()
    assert grey_row(image) == expected


def test_palettes_of_every_format_keep_their_colours() -> None:
    image = pictures.small().quantize(64)
    for form in ("PNG", "GIF", "BMP", "TIFF"):
        assert (values(reopened(image, form)) == np.asarray(image.convert("RGB"))).all(), form


def test_cmyk_without_a_profile_is_mixed_from_its_inks() -> None:
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255], [0, 128, 255, 51]]], np.uint8)
    expected = [[255, 255, 255], [0, 255, 255], [0, 0, 0], [204, 102, 0]]
    image = reopened(Image.fromarray(inks, "CMYK"), "TIFF")
    assert image.mode == "CMYK"
    assert np.abs(values(image)[0].astype(int) - expected).max() <= 1


def test_adobes_inverted_cmyk_jpeg_is_not_a_negative() -> None:
    white = reopened(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG", quality=95)
    assert white.info.get("adobe") is not None
    assert values(white).min() >= 253


def test_ycbcr_and_lab_are_converted() -> None:
    source = pictures.small()
    assert (
        pictures.psnr(values(reopened(source.convert("YCbCr"), "TIFF", compression="tiff_lzw")), np.asarray(source))
        > 40
    )
    light = np.array([[[255, 0, 0], [0, 0, 0], [137, 40, 40]]], np.uint8)
    expected = lab_as_srgb(137 / 2.55, 40.0, 40.0)
    pixels = values(Image.fromarray(light, "LAB"))[0].astype(int)
    assert np.abs(pixels[:2] - [[255, 255, 255], [0, 0, 0]]).max() <= 1
    assert np.abs(pixels[2] - expected).max() <= 3


COLOURS = np.array([[[200, 100, 50], [255, 0, 0], [30, 200, 90], [128, 128, 128], [255, 255, 255]]], np.uint8)


@pytest.mark.parametrize(
    ("form", "options"),
    [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100, "subsampling": 0})],
)
def test_display_p3_is_converted_to_srgb(form: str, options: dict[str, object]) -> None:
    blocks = np.repeat(np.repeat(COLOURS, 8, axis=0), 8, axis=1)
    pixels = values(reopened(Image.fromarray(blocks), form, icc_profile=profiles.rgb(), **options))[::8, ::8]
    assert np.abs(pixels - p3_as_srgb(COLOURS)).max() <= 2.5
    assert np.abs(pixels.astype(int) - COLOURS).max() >= 15


def test_a_profile_applies_beneath_alpha_and_to_palettes() -> None:
    profile = profiles.rgb()
    flat = np.asarray(srgb.to_srgb(reopened(Image.fromarray(COLOURS), "PNG", icc_profile=profile)))
    opaque = reopened(Image.fromarray(COLOURS).convert("RGBA"), "PNG", icc_profile=profile)
    palette = reopened(Image.fromarray(COLOURS).quantize(8, dither=Image.Dither.NONE), "PNG", icc_profile=profile)
    assert (values(opaque) == flat).all()
    assert (values(palette) == flat).all()


def test_a_grey_profile_is_honoured_and_a_colour_profile_on_grey_too() -> None:
    linear = reopened(row("u1", [0, 64, 255]), "PNG", icc_profile=profiles.grey(1.0))
    assert np.abs(np.array(grey_row(linear)) - [0, 137, 255]).max() <= 1
    linear_colour = reopened(row("u1", [0, 64, 255]), "PNG", icc_profile=profiles.rgb(gamma=1.0))
    assert np.abs(values(linear_colour)[0].astype(int) - np.array([[0] * 3, [137] * 3, [255] * 3])).max() <= 2


def test_a_press_profile_is_honoured() -> None:
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    expected = lab_as_srgb(60.0, 40.0, 40.0)
    for form in ("TIFF", "JPEG"):
        pixels = values(reopened(image, form, icc_profile=profiles.cmyk((60, 40, 40))))
        assert np.abs(pixels[8, 8] - expected).max() <= 4, form
    paper = reopened(Image.new("CMYK", (4, 4)), "TIFF", icc_profile=profiles.cmyk((60, 40, 40)))
    assert values(paper).min() >= 253


LITTLE_CMS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("profile", [LITTLE_CMS, profiles.srgb()], ids=["as written by Little CMS", "by a short table"])
def test_an_srgb_profile_changes_no_bit(profile: bytes) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert (values(reopened(Image.fromarray(colours), "PNG", icc_profile=profile)) == colours).all()


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        b"\0",
        b"not a profile",
        profiles.rgb()[:200],
        profiles.rgb()[:128] + b"\xff" * 400,
        profiles.cmyk((0, 0, 0)),
    ],
    ids=["empty", "zero", "text", "cut", "garbage", "for another kind of picture"],
)
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    image = pictures.small()
    image.info["icc_profile"] = profile
    assert (values(image) == np.asarray(pictures.small())).all()


def test_lab_with_a_broken_profile_is_lab() -> None:
    image = Image.fromarray(np.array([[[137, 40, 40]]], np.uint8), "LAB")
    image.info["icc_profile"] = b"broken"
    assert np.abs(values(image)[0, 0] - lab_as_srgb(137 / 2.55, 40.0, 40.0)).max() <= 3


def test_a_grey_profile_on_a_colour_picture_is_ignored() -> None:
    image = pictures.small()
    image.info["icc_profile"] = profiles.grey(1.0)
    assert (values(image) == np.asarray(pictures.small())).all()


@pytest.mark.parametrize("value", [0, 9, -1, 65535])
def test_an_impossible_orientation_is_none(value: int) -> None:
    image = pictures.small()
    image.getexif()[0x0112] = value
    assert srgb.orientation(image) == 1


def test_broken_exif_counts_as_none() -> None:
    image = pictures.small()
    image.info["exif"] = b"Exif\0\0garbage"
    assert srgb.orientation(image) == 1
