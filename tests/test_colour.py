"""sRGB to CIELAB and back, and CIEDE2000."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import rgb2lab

from genmark.colour import delta_e, lab_from_linear, lab_from_rgb, linear_from_lab, linear_from_rgb, rgb_from_lab

# Sharma, Wu, Dalal (2005), table 1: L1 a1 b1 L2 a2 b2 and the difference.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
TABLE = np.array([[float(word) for word in line.split()] for line in SHARMA.split("\n") if line])

labs = arrays(np.float64, (3,), elements=st.floats(-100.0, 100.0)).map(
    lambda lab: np.abs(lab) * [1, 0, 0] + lab * [0, 1, 1]
)


def test_ciede2000_agrees_with_every_row_of_sharmas_table() -> None:
    assert len(TABLE) == 34
    np.testing.assert_allclose(delta_e(TABLE[:, :3], TABLE[:, 3:6]), TABLE[:, 6], atol=5e-5)


@given(labs, labs)
def test_the_difference_is_symmetric_and_none_from_a_colour_to_itself(one: np.ndarray, other: np.ndarray) -> None:
    assert delta_e(one, one) == 0.0
    assert delta_e(one, other) == pytest.approx(float(delta_e(other, one)), abs=1e-9)
    assert float(delta_e(one, other)) >= 0.0


def test_one_swatch_is_compared_with_every_pixel() -> None:
    assert delta_e(np.zeros((4, 5, 3)), (10, 0, 0)).shape == (4, 5)


def test_lab_agrees_with_scikit_image() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_allclose(lab_from_rgb(pixels), rgb2lab(pixels), atol=0.01)


def test_every_sixth_code_of_the_cube_survives_the_way_to_lab_and_back() -> None:
    codes = np.append(np.arange(0, 256, 6, dtype=np.uint8), np.uint8(255))
    cube = np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), axis=-1)
    np.testing.assert_array_equal(rgb_from_lab(lab_from_rgb(cube)), cube)


@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))))
def test_any_picture_survives_the_way_to_lab_and_back(pixels: np.ndarray) -> None:
    np.testing.assert_array_equal(rgb_from_lab(lab_from_rgb(pixels)), pixels)


def test_a_list_of_pixels_gives_what_the_picture_gives() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    np.testing.assert_array_equal(lab_from_rgb(pixels.reshape(-1, 3)).reshape(pixels.shape), lab_from_rgb(pixels))


def test_greys_have_no_chroma_and_white_is_100() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = lab_from_rgb(greys)
    assert np.abs(lab[:, 1:]).max() < 0.01
    assert lab[255, 0] == pytest.approx(100.0, abs=0.001)
    assert (np.diff(lab[:, 0]) > 0).all()


def test_lab_is_float32() -> None:
    assert lab_from_rgb(np.zeros((2, 2, 3), np.uint8)).dtype == np.float32


def test_colours_outside_srgb_are_clipped_not_wrapped() -> None:
    vivid = rgb_from_lab(np.array([[60, 120, 100], [20, 0, -120], [130, 0, 0]], np.float32))
    assert vivid[0, 0] == 255
    assert vivid[0, 2] == 0
    assert vivid[1, 2] > 150
    assert (vivid[2] == 255).all()


def test_linear_light_and_lab_are_inverse() -> None:
    linear = linear_from_rgb(np.random.default_rng(2).integers(0, 256, (500, 3), dtype=np.uint8))
    np.testing.assert_allclose(linear_from_lab(lab_from_linear(linear)), linear, atol=2e-5)
