"""The look of a picture: mirror images, drawn patterns, sizes, and what each number must say about them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmark.brand.frames import long_side, luma, recompress
from genmark.brand.look import NAMES, SIDE, Look, describe_look, numbers_of
from genmark.brand.palette import Palette, blend, cluster, palette, palette_distance
from genmark.brand.texture import fourier_slope
from genmark.canvas import gaussian_blur
from genmark.colour import delta_e, one_lab
from genmark.errors import UsageError
from genmark.types import Floats, Pixels

LOOSE = {"complexity": 0.03, "hue": 0.5}
"""How far mirror images may differ beyond a thousandth: JPEG's blocks start at the left."""


def plain(colour: tuple[int, int, int], high: int = 60, wide: int = 80) -> Pixels:
    return np.full((high, wide, 3), colour, np.uint8)


def scene(seed: int, high: int = 400, wide: int = 600) -> Pixels:
    """Soft hills of colour, a disc and a bar, with fine grain: something of everything, nothing symmetrical."""
    dice = np.random.default_rng(seed)
    small = dice.uniform(0, 255, (7, 9, 3)).astype(np.uint8)
    ground = long_side(small, max(high, wide))[:high, :wide].astype(np.float32)
    ground = np.resize(ground, (high, wide, 3)) if ground.shape[:2] != (high, wide) else ground
    y, x = np.mgrid[:high, :wide] / max(high, wide)
    disc = np.hypot(x - dice.uniform(0.2, 0.8), y - 0.3) < 0.15
    ground[disc] = dice.uniform(0, 255, 3)
    ground[int(high * 0.8) : int(high * 0.85), : wide // 2] = 250
    return np.clip(ground + dice.normal(0, 4, ground.shape), 0, 255).astype(np.uint8)


def noise(power: float, seed: int = 0) -> Floats:
    """Noise whose amplitude goes as frequency to the `power`, 512 x 512."""
    frequency = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None])
    frequency[0, 0] = 1.0
    wave = np.fft.rfft2(np.random.default_rng(seed).normal(size=(512, 512))) * frequency**power
    plane = np.fft.irfft2(wave)
    return np.asarray(0.5 + 0.1 * plane / plane.std(), np.float32)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(512, 512), (300, 450), (130, 90), (700, 401)]))
def test_a_mirror_image_looks_the_same(seed: int, shape: tuple[int, int]) -> None:
    pixels = scene(seed, *shape)
    one, other = describe_look(pixels), describe_look(np.ascontiguousarray(pixels[:, ::-1]))
    for name, a, b in zip(NAMES, numbers_of(one), numbers_of(other), strict=True):
        assert a == pytest.approx(b, rel=LOOSE.get(name, 2e-3), abs=2e-3, nan_ok=True), name
    assert palette_distance(one.palette, other.palette) < 0.5


def test_a_mirrored_picture_has_the_same_palette_bit_for_bit() -> None:
    pixels = scene(3, 512, 512)
    assert palette(pixels) == palette(np.ascontiguousarray(pixels[:, ::-1])) == palette(pixels[::-1])


@pytest.mark.parametrize("side", [512, 760, 1024, 1536])
def test_the_size_of_the_file_hardly_matters(side: int) -> None:
    pixels = long_side(scene(5, 1200, 1800), 1536)
    one, other = describe_look(pixels), describe_look(long_side(pixels, side))
    bounds = {
        "hue": 2.0,
        "hue_count": 2.0,
        "colourfulness": 1.0,
        "warmth": 0.5,
        "sharpness": 0.35,
        "fourier_slope": 0.12,
    }
    bounds |= {"complexity": 0.12, "luma_entropy": 0.1, "colour_entropy": 0.1, "figure_contrast": 2.0}
    bounds |= {"colour_imbalance": 0.5}
    for name, a, b in zip(NAMES, numbers_of(one), numbers_of(other), strict=True):
        assert a == pytest.approx(b, abs=bounds.get(name, 0.03)), name
    assert palette_distance(one.palette, other.palette) < 3.0


def test_a_plain_picture() -> None:
    look = describe_look(plain((128, 128, 128)))
    assert look.brightness == pytest.approx(128 / 255, abs=1e-4)
    still = ("contrast", "contrast_range", "clarity", "saturation", "hue_concentration", "hue_count", "colourfulness")
    still += ("colour_entropy", "edge_density", "luma_entropy", "sharpness", "colour_imbalance", "figure_contrast")
    for name in still:
        assert getattr(look, name) == pytest.approx(0.0, abs=1e-3), name
    assert (look.hue, look.fourier_slope) == (None, None)
    assert (look.symmetry_sideways, look.symmetry_upright, look.negative_space, look.figure_share) == (1, 1, 1, 1)
    assert look.balance == pytest.approx(1.0)
    assert look.thirds_distance == pytest.approx(1 / 6)
    assert look.palette.shares == (1.0,)


@pytest.mark.parametrize(("colour", "warm"), [((230, 160, 60), True), ((60, 120, 220), False)])
def test_warm_and_cool(colour: tuple[int, int, int], warm: bool) -> None:
    look = describe_look(plain(colour))
    assert (look.warmth > 0) is warm
    assert look.hue_concentration == pytest.approx(1.0, abs=1e-3)
    assert look.hue_count == 1


def test_hue_is_a_circle() -> None:
    """Half a hair above 0 degrees and half a hair below have their mean at 0, not at 180."""
    red = np.concatenate([plain((230, 60, 110)), plain((230, 60, 135))], axis=1)
    look = describe_look(red)
    assert look.hue is not None
    assert min(look.hue, 360 - look.hue) < 15
    both = describe_look(np.concatenate([plain((255, 0, 0)), plain((0, 255, 255))], axis=1))
    assert both.hue_concentration < 0.5
    assert both.hue_count == 2


def test_halves_of_black_and_white() -> None:
    pixels = np.zeros((512, 512, 3), np.uint8)
    pixels[:, 256:] = 255
    look = describe_look(pixels)
    assert look.contrast == pytest.approx(0.5, abs=1e-3)
    assert (look.contrast_range, look.clarity) == (1.0, 0.5)
    assert look.symmetry_sideways == pytest.approx(-1.0, abs=0.01)
    assert look.symmetry_upright == pytest.approx(1.0, abs=0.01)
    assert look.luma_entropy == look.colour_entropy == pytest.approx(1.0, abs=1e-6)
    assert look.edge_density == pytest.approx(2 / 512)
    assert look.colour_imbalance == pytest.approx(100.0, abs=1.0)
    assert sorted(round(lab[0]) for lab in look.palette.colours) == [0, 100]


def test_colourfulness_is_that_of_the_paper() -> None:
    """Red and green halves: rg is +-255, yb 127.5 throughout; M3 = 255 + 0.3 * 127.5."""
    pixels = np.concatenate([plain((255, 0, 0)), plain((0, 255, 0))], axis=0)
    assert describe_look(long_side(pixels, SIDE)).colourfulness == pytest.approx(255 + 0.3 * 127.5, rel=0.01)


@pytest.mark.parametrize("power", [0.0, -1.0, -2.0])
def test_the_fourier_slope_is_the_exponent(power: float) -> None:
    assert fourier_slope(noise(power)) == pytest.approx(power, abs=0.1)


def test_blur_takes_edges_sharpness_and_complexity() -> None:
    sharp = scene(8, 512, 512)
    soft = np.clip(gaussian_blur(sharp.astype(np.float32), 4.0), 0, 255).astype(np.uint8)
    one, other = describe_look(sharp), describe_look(soft)
    for name in ("edge_density", "sharpness", "complexity", "fourier_slope"):
        assert getattr(one, name) > getattr(other, name), name
    assert other.brightness == pytest.approx(one.brightness, abs=0.01)


@pytest.mark.parametrize(
    ("x", "y", "distance"), [(1 / 3, 1 / 3, 0.0), (2 / 3, 2 / 3, 0.0), (0.5, 0.5, 1 / 6), (0.5, 1 / 3, 0.118)]
)
def test_the_rule_of_thirds(x: float, y: float, distance: float) -> None:
    pixels = plain((240, 240, 240), 512, 512)
    high, wide = np.mgrid[:512, :512] / 512
    pixels[np.hypot(wide - x, high - y) < 0.1] = (180, 20, 40)
    look = describe_look(pixels)
    assert look.thirds_distance == pytest.approx(distance, abs=0.012)
    assert look.figure_share == pytest.approx(np.pi * 0.01, rel=0.3)
    assert look.figure_contrast > 40
    assert look.balance == pytest.approx(1 - np.hypot(x - 0.5, y - 0.5) * np.sqrt(2), abs=0.02)
    assert 0.9 < look.negative_space < 0.99


def test_the_palette_finds_the_colours_that_are_there() -> None:
    colours = [(250, 250, 245), (20, 20, 25), (200, 30, 40), (30, 90, 200), (240, 190, 20)]
    widths = (200, 120, 100, 60, 32)
    found = palette(np.concatenate([plain(c, 512, w) for c, w in zip(colours, widths, strict=True)], axis=1))
    assert found.shares == pytest.approx([width / 512 for width in widths])
    for lab, colour in zip(found.colours, colours, strict=True):
        assert delta_e(lab, one_lab(colour)) < 0.1


def test_a_palette_survives_a_jpeg() -> None:
    pixels = scene(12, 512, 512)
    assert palette_distance(palette(pixels), palette(recompress(pixels, 70))) < 2.0


def test_palettes_are_blended_and_compared() -> None:
    red, blue = (Palette((one_lab(colour),), (1.0,)) for colour in ((200, 30, 40), (30, 60, 200)))
    both = blend([red, blue, red])
    assert both.shares == pytest.approx((2 / 3, 1 / 3))
    assert palette_distance(red, red) == 0.0
    assert palette_distance(red, blue) == palette_distance(blue, red) > 30
    assert palette_distance(red, both) < palette_distance(red, blue)
    with pytest.raises(UsageError, match="at least one picture"):
        blend([])
    with pytest.raises(UsageError, match="at least one colour"):
        cluster(np.zeros((3, 3), np.float32), np.ones(3), 0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (900, 2), (3, 3)])
def test_any_size_has_a_look(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    look = describe_look(pixels)
    assert isinstance(look, Look)
    there = [name for name in NAMES if getattr(look, name) is not None]
    assert set(NAMES) - set(there) <= {"hue", "fourier_slope"}
    assert all(np.isfinite(getattr(look, name)) for name in there)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.tuples(st.integers(1, 90), st.integers(1, 90)), st.integers(1, 255))
def test_every_number_is_in_its_range(seed: int, shape: tuple[int, int], most: int) -> None:
    look = describe_look(np.random.default_rng(seed).integers(0, most + 1, (*shape, 3)).astype(np.uint8))
    shares = ("brightness", "contrast_range", "clarity", "saturation", "hue_concentration", "edge_density")
    shares += ("negative_space", "balance", "figure_share")
    assert all(-1e-6 <= getattr(look, name) <= 1 + 1e-6 for name in shares)
    assert -1 <= look.symmetry_sideways <= 1
    assert -1 <= look.symmetry_upright <= 1
    assert 0 <= look.contrast <= 0.5 + 1e-6
    assert 0 <= look.thirds_distance <= 1 / 3
    assert 0 <= look.hue_count <= 20
    assert 0 <= look.luma_entropy <= 8
    assert 0 <= look.colour_entropy <= 9
    assert sum(look.palette.shares) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(wrong: Pixels) -> None:
    with pytest.raises(UsageError, match="uint8"):
        describe_look(wrong)


def test_luma_is_bt_709() -> None:
    assert luma(plain((255, 0, 0)))[0, 0] == pytest.approx(0.2126)
    assert luma(plain((255, 255, 255)))[0, 0] == pytest.approx(1.0)
