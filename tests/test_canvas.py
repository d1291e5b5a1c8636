"""Paste, blur, resample, and how visible an edge is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genmark.canvas import (
    box_blur,
    box_radii,
    crop_slices,
    feather,
    gaussian_blur,
    grow,
    paste,
    sample,
    seam_score,
    shrink,
)
from genmark.types import Mask, Photo

sides = st.integers(1, 24)
shapes = st.tuples(sides, sides)


@st.composite
def two_photos_and_a_mask(draw: st.DrawFn) -> tuple[Photo, Photo, Mask]:
    high, wide = draw(shapes)
    one, other = (draw(arrays(np.uint8, (high, wide, 3))) for _ in range(2))
    return Photo(one, "one"), Photo(other, "other"), Mask(draw(arrays(np.bool_, (high, wide))))


@given(two_photos_and_a_mask())
def test_paste_takes_the_new_inside_and_keeps_every_bit_outside(case: tuple[Photo, Photo, Mask]) -> None:
    new, onto, changed = case
    before = onto.pixels.copy()
    pasted = paste(new, onto, changed)
    np.testing.assert_array_equal(pasted.pixels[changed.inside], new.pixels[changed.inside])
    np.testing.assert_array_equal(pasted.pixels[~changed.inside], before[~changed.inside])
    np.testing.assert_array_equal(onto.pixels, before)
    assert pasted.name == "other"


def test_paste_refuses_another_size() -> None:
    small, large = Photo(np.zeros((2, 2, 3), np.uint8)), Photo(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match="one size"):
        paste(small, large, Mask(np.ones((2, 3), np.bool_)))
    with pytest.raises(ValueError, match="one size"):
        paste(large, large, Mask(np.ones((2, 2), np.bool_)))


@given(arrays(np.float32, shapes, elements=st.floats(-10, 10, width=32)), st.integers(0, 6))
def test_box_blur_is_the_mean_of_the_window_that_lies_inside(plane: np.ndarray, radius: int) -> None:
    blurred = box_blur(plane, radius)
    row, column = plane.shape[0] // 2, plane.shape[1] - 1
    window = plane[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
    assert blurred[row, column] == pytest.approx(float(window.mean(dtype=np.float64)), abs=1e-4)
    assert blurred.min() >= plane.min() - 1e-4
    assert blurred.max() <= plane.max() + 1e-4


def test_box_blur_works_on_channels_apart() -> None:
    planes = np.random.default_rng(0).random((9, 11, 3), np.float32)
    np.testing.assert_allclose(box_blur(planes, 2)[..., 1], box_blur(planes[..., 1], 2), rtol=1e-6)


def test_a_blur_of_radius_0_is_a_copy() -> None:
    plane = np.random.default_rng(0).random((5, 5), np.float32)
    blurred = box_blur(plane, 0)
    np.testing.assert_array_equal(blurred, plane)
    assert not np.shares_memory(blurred, plane)


def test_negative_blurs_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        box_blur(np.zeros((3, 3), np.float32), -1)
    with pytest.raises(ValueError, match="0 or more"):
        gaussian_blur(np.zeros((3, 3), np.float32), -0.5)


@given(st.floats(0.8, 40.0))
def test_three_boxes_have_the_variance_of_the_gaussian(sigma: float) -> None:
    variance = sum(((2 * radius + 1) ** 2 - 1) / 12 for radius in box_radii(sigma))
    assert variance**0.5 == pytest.approx(sigma, rel=0.25, abs=0.25)


def test_a_gaussian_blur_of_a_point_looks_like_a_gaussian() -> None:
    point = np.zeros((61, 61), np.float32)
    point[30, 30] = 1.0
    blurred = gaussian_blur(point, 5.0)
    away = np.arange(-30, 31)
    bell = np.exp(-(away**2) / (2 * 5.0**2))
    bell /= bell.sum()
    np.testing.assert_allclose(blurred.sum(axis=0), bell, atol=0.008)


@given(arrays(np.bool_, shapes), st.floats(0.0, 8.0))
def test_feather_is_hard_far_inside_and_far_outside(inside: np.ndarray, radius: float) -> None:
    soft = feather(Mask(inside), radius).alpha
    assert soft.dtype == np.float32
    if inside.all() or not inside.any():
        np.testing.assert_allclose(soft, inside.astype(np.float32), atol=1e-5)


def test_feather_falls_across_the_edge() -> None:
    inside = np.zeros((40, 40), np.bool_)
    inside[:, 20:] = True
    row = feather(Mask(inside), 4.0).alpha[20]
    assert row[10] == 0.0
    assert row[30] == 1.0
    assert (np.diff(row) >= -1e-6).all()
    assert 0.3 < row[19] < row[20] < 0.7
    np.testing.assert_array_equal(feather(Mask(inside), 0.0).alpha, inside.astype(np.float32))


@given(st.tuples(st.integers(3, 40), st.integers(3, 40)), st.integers(1, 5))
def test_shrinking_and_growing_keep_a_constant(shape: tuple[int, int], step: int) -> None:
    flat = np.full((*shape, 2), 7.5, np.float32)
    small = shrink(flat, step)
    assert small.shape == (-(-shape[0] // step), -(-shape[1] // step), 2)
    np.testing.assert_allclose(grow(small[..., 0], step, shape), flat[..., 0], rtol=1e-6)


def test_growing_gives_back_a_slope_and_sampling_agrees_with_it() -> None:
    slope = np.add.outer(np.arange(40.0), 2 * np.arange(60.0)).astype(np.float32)
    small = shrink(slope[..., None], 4)
    back = grow(small[..., 0], 4, slope.shape)
    np.testing.assert_allclose(back[4:-4, 4:-4], slope[4:-4, 4:-4], atol=1e-3)
    rows, columns = np.nonzero(np.ones_like(slope, np.bool_))
    np.testing.assert_allclose(sample(small, rows, columns, 4)[:, 0], back.ravel(), atol=1e-3)


@given(arrays(np.bool_, shapes), st.integers(0, 5))
def test_crop_slices_hold_every_true_pixel(inside: np.ndarray, margin: int) -> None:
    rows, columns = crop_slices(inside, margin)
    assert inside[rows, columns].sum() == inside.sum()
    if not inside.any():
        assert inside[rows, columns].size == 0
    elif margin == 0:
        assert inside[rows, columns][0].any()
        assert inside[rows, columns][:, -1].any()


def _wall(noise: int = 0) -> Photo:
    grain = np.random.default_rng(0).integers(-noise, noise + 1, (60, 60, 1))
    return Photo(np.broadcast_to(120 + grain, (60, 60, 3)).astype(np.uint8))


def _patch() -> Mask:
    inside = np.zeros((60, 60), np.bool_)
    inside[20:40, 20:40] = True
    return Mask(inside)


def _brighter(photo: Photo, by: int) -> Photo:
    return Photo(np.where(_patch().inside[..., None], photo.pixels + by, photo.pixels).astype(np.uint8))


@pytest.mark.parametrize(("by", "score"), [(40, 0.13), (3, 0.67), (0, 1.0)])
def test_a_harder_cut_scores_lower(by: int, score: float) -> None:
    assert seam_score(_wall(), _brighter(_wall(), by), _patch()) == pytest.approx(score, abs=0.01)


def test_a_busy_photo_hides_a_cut() -> None:
    plain = seam_score(_wall(), _brighter(_wall(), 20), _patch())
    busy = seam_score(_wall(40), _brighter(_wall(40), 20), _patch())
    assert busy > plain + 0.2


def test_an_edge_that_the_photo_had_may_stay_or_soften() -> None:
    edged = _brighter(_wall(), 60)
    assert seam_score(edged, edged, _patch()) == 1.0
    assert seam_score(edged, _wall(), _patch()) == 1.0


@given(two_photos_and_a_mask())
def test_the_seam_score_is_a_score(case: tuple[Photo, Photo, Mask]) -> None:
    before, after, changed = case
    assert 0.0 <= seam_score(before, after, changed) <= 1.0


def test_a_change_without_a_border_has_no_seam() -> None:
    everything = Mask(np.ones((60, 60), np.bool_))
    assert seam_score(_wall(), _wall(50), everything) == 1.0
