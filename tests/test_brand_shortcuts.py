"""The transforms of the shortcut audit: each takes its cue away, and only that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from genmark.brand import shortcuts
from genmark.brand.frames import luma
from genmark.errors import UsageError
from genmark.types import Box, Matte, Pixels

HIGH, WIDE = 96, 120
LOGO = Box(10, 12, 40, 24)


def post() -> Pixels:
    """A blue-grey slope with a red logo in its box and grain."""
    dice = np.random.default_rng(4)
    y, x = np.mgrid[:HIGH, :WIDE]
    pixels = np.stack([80 + x / 2, 90 + y / 2, 150 + x / 4], axis=2) + dice.normal(0, 2, (HIGH, WIDE, 3))
    pixels[14:22, 12:38] = (220, 20, 30)
    return np.clip(pixels, 0, 255).astype(np.uint8)


SAME_SIZE: dict[str, Callable[[Pixels], Pixels]] = {
    "mask": partial(shortcuts.mask_boxes, boxes=[LOGO]),
    "grey": shortcuts.greyscale,
    "palette": partial(shortcuts.palette_only, seed=1),
    "blur": shortcuts.blur_background,
    "remove": shortcuts.remove_background,
    "subject": shortcuts.remove_subject,
}


@pytest.mark.parametrize("name", SAME_SIZE)
def test_pure_repeatable_and_of_one_size(name: str) -> None:
    pixels = post()
    before = pixels.copy()
    one, other = SAME_SIZE[name](pixels), SAME_SIZE[name](pixels)
    assert np.array_equal(pixels, before)
    assert np.array_equal(one, other)
    assert (one.shape, one.dtype) == (pixels.shape, np.uint8)
    assert not np.array_equal(one, pixels)


@pytest.mark.parametrize("name", SAME_SIZE)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 2)])
def test_any_size_goes_through(name: str, shape: tuple[int, int]) -> None:
    tiny = np.full((*shape, 3), 77, np.uint8)
    assert SAME_SIZE[name](tiny).shape == tiny.shape
    with pytest.raises(UsageError, match="uint8"):
        SAME_SIZE[name](tiny.astype(np.float32))


def test_a_masked_logo_is_gone_and_nothing_else_is_touched() -> None:
    pixels = post()
    masked = shortcuts.mask_boxes(pixels, [LOGO], margin=0.0)
    inside = np.zeros((HIGH, WIDE), np.bool_)
    inside[12:24, 10:40] = True
    assert np.array_equal(masked[~inside], pixels[~inside])
    y, x = np.mgrid[12:24, 10:40]
    truth = np.stack([80 + x / 2, 90 + y / 2, 150 + x / 4], axis=2)
    assert np.abs(masked[12:24, 10:40] - truth).max() < 12


def test_boxes_may_reach_out_of_the_picture_or_cover_it() -> None:
    pixels = post()
    assert np.array_equal(shortcuts.mask_boxes(pixels, []), pixels)
    assert np.array_equal(shortcuts.mask_boxes(pixels, [Box(-50, -50, -20, -20)]), pixels)
    assert (shortcuts.mask_boxes(pixels, [Box(-9, -9, 900, 900)]) == 128).all()
    assert not np.array_equal(shortcuts.mask_boxes(pixels, [Box(100, 80, 300, 300)]), pixels)


def test_decoys_are_as_large_and_elsewhere() -> None:
    for seed in range(20):
        (box,) = shortcuts.decoys(post(), [LOGO], seed)
        assert (box.width, box.height) == pytest.approx((LOGO.width, LOGO.height))
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= WIDE
        assert box.bottom <= HIGH
        assert box.left >= LOGO.right or box.right <= LOGO.left or box.top >= LOGO.bottom or box.bottom <= LOGO.top
    assert shortcuts.decoys(post(), [LOGO], 3) == shortcuts.decoys(post(), [LOGO], 3)
    assert shortcuts.decoys(post(), [LOGO], 3) != shortcuts.decoys(post(), [LOGO], 4)
    assert len(shortcuts.decoys(post(), [Box(0, 0, 500, 500)], 0)) == 1


def test_grey_has_no_colour_and_the_same_luma() -> None:
    grey = shortcuts.greyscale(post())
    assert np.array_equal(grey[..., 0], grey[..., 1])
    assert np.array_equal(grey[..., 0], grey[..., 2])
    assert np.abs(luma(grey) - luma(post())).max() <= 0.5 / 255 + 1e-6


def test_the_palette_keeps_colours_and_loses_places() -> None:
    """Four plain quarters: with two cells a side, the mosaic is those quarters in another order."""
    colours = np.array([[[200, 10, 10], [10, 200, 10]], [[10, 10, 200], [240, 240, 240]]], np.uint8)
    quarters = colours.repeat(20, axis=0).repeat(30, axis=1)
    orders = set()
    for seed in range(12):
        mosaic = shortcuts.palette_only(quarters, seed, cells=2)
        corners = mosaic[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert sorted(map(tuple, corners.tolist())) == sorted(map(tuple, colours.reshape(-1, 3).tolist()))
        orders.add(corners.tobytes())
    assert len(orders) > 4
    assert len(np.unique(shortcuts.palette_only(post(), 0).reshape(-1, 3), axis=0)) <= 64
    with pytest.raises(UsageError, match="at least one cell"):
        shortcuts.palette_only(post(), 0, cells=0)


@pytest.mark.parametrize("shape", [(300, 200), (64, 90), (512, 512)])
def test_equalised_pictures_have_one_size_and_one_encoder(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    even = shortcuts.equalise(pixels, side=128, quality=50)
    assert max(even.shape[:2]) == 128
    assert even.shape[1] / even.shape[0] == pytest.approx(shape[1] / shape[0], rel=0.02)
    with pytest.raises(UsageError, match="quality"):
        shortcuts.equalise(pixels, quality=0)


def test_the_subject_stays_and_its_ground_goes() -> None:
    pixels = post()
    alpha = np.zeros((HIGH, WIDE), np.float32)
    alpha[30:70, 40:90] = 1.0
    subject = Matte(alpha)
    for changed in (shortcuts.blur_background(pixels, subject), shortcuts.remove_background(pixels, subject)):
        assert np.array_equal(changed[30:70, 40:90], pixels[30:70, 40:90])
        assert np.ptp(changed[..., 0][alpha == 0].astype(int)) < np.ptp(pixels[..., 0][alpha == 0].astype(int))
    assert (shortcuts.remove_background(pixels, subject)[alpha == 0] == 128).all()
    gone = shortcuts.remove_subject(pixels, subject)
    assert np.array_equal(gone[alpha == 0], pixels[alpha == 0])
    with pytest.raises(UsageError, match="matte"):
        shortcuts.blur_background(pixels, Matte(np.zeros((3, 3), np.float32)))


def test_the_subject_does_not_bleed_into_the_blur() -> None:
    pixels = np.full((80, 80, 3), 60, np.uint8)
    alpha = np.zeros((80, 80), np.float32)
    alpha[20:60, 20:60] = 1.0
    pixels[20:60, 20:60] = 250
    ground = shortcuts.blur_background(pixels, Matte(alpha))[alpha == 0]
    assert np.abs(ground.astype(int) - 60).max() <= 1


def test_the_centre_is_the_prior() -> None:
    alpha = shortcuts.centre_prior(post()).alpha
    assert alpha[HIGH // 2, WIDE // 2] == 1.0
    assert alpha[0, 0] == alpha[-1, -1] == alpha[HIGH // 2, 0] == 0.0
    assert 0.3 < alpha.mean() < 0.45
    assert np.allclose(alpha, alpha[::-1, ::-1])


def test_only_the_aspect_is_left() -> None:
    one, other = post(), np.zeros((HIGH, WIDE, 3), np.uint8)
    assert np.array_equal(shortcuts.aspect_only(one), shortcuts.aspect_only(other))
    assert shortcuts.aspect_only(one).shape == (256, 256, 3)
    assert not np.array_equal(shortcuts.aspect_only(one), shortcuts.aspect_only(one.transpose(1, 0, 2)))
    assert shortcuts.frame_numbers(np.zeros((8, 32, 3), np.uint8)) == (2.0, 8.0)


def test_what_survives() -> None:
    assert shortcuts.survives(0.9, 0.9, 0.1) == 1.0
    assert shortcuts.survives(0.9, 0.1, 0.1) == 0.0
    assert shortcuts.survives(0.9, 0.5, 0.1) == pytest.approx(0.5)
    assert shortcuts.survives(0.5, 0.75, 0.25) == 2.0
    assert shortcuts.survives(0.5, 0.0, 0.25) == -1.0
    with pytest.raises(UsageError, match="not above chance"):
        shortcuts.survives(0.1, 0.1, 0.1)
    with pytest.raises(UsageError, match="from 0 to 1"):
        shortcuts.survives(90, 80, 10)
