"""Looks that a person would take for one another are told apart from those that only share most of their pixels."""

from __future__ import annotations

from collections.abc import Callable

import doubles
import numpy as np
import pytest

from genmark.canvas import shrink
from genmark.colour import delta_e, lab_from_rgb, rgb_from_lab
from genmark.gallery.likeness import Like, Seen
from genmark.recipes import Style
from genmark.types import Box, Face, Floats, Mask, Photo, Pose, Regions
from genmark.variants import Proof, Variant

A, B, C = (Style(name, name, name) for name in "abc")
Drawn = Callable[[Floats, Floats], Floats]


def wall(size: int = 480) -> tuple[Photo, Regions]:
    """A grey picture with a face half as high as it."""
    box = Box(0.25 * size, 0.25 * size, 0.75 * size, 0.75 * size)
    found = Face(box, np.zeros((2, 2), np.float32), Pose(0.0, 0.0, 0.0), 1.0)
    index = np.zeros((size, size), np.uint8)
    return Photo(np.full((size, size, 3), 119, np.uint8)), Regions(index, ("background",), {}, "portrait", 1.0, found)


def look(style: Style, drawn: Drawn, size: int = 480, seed: int = 0, reach: float = 0.4) -> Variant:
    """A disc of radius `reach` (shares of the side) with lightness and tint `drawn` (..., 3) at x, y in [-0.5, 0.5]."""
    y, x = (np.mgrid[:size, :size] + 0.5).astype(np.float32) / size - 0.5
    inside = np.hypot(x, y) < reach
    pixels = wall(size)[0].pixels.copy()
    pixels[inside] = rgb_from_lab(drawn(x[inside], y[inside]))
    return Variant(Photo(pixels), style, seed, "test", Mask(inside), Proof(0, None, 1.0))


def even(lightness: float, a: float = 5.0, b: float = 10.0) -> Drawn:
    return lambda x, y: np.broadcast_to(np.array([lightness, a, b], np.float32), (len(x), 3))


def with_spot(lightness: float, spot: float, radius: float) -> Drawn:
    """An even colour, but for a round spot in the middle."""

    def drawn(x: Floats, y: Floats) -> Floats:
        lab = even(lightness)(x, y).copy()
        lab[np.hypot(x, y) < radius, 0] = spot
        return lab

    return drawn


def waves(period: float, swing: float = 8.0, phase: float = 0.0) -> Drawn:
    """Stripes of lightness, `period` as a share of the side (0.5 is a face height)."""

    def drawn(x: Floats, y: Floats) -> Floats:
        lab = even(40.0)(x, y).copy()
        lab[:, 0] += swing * np.sin(2 * np.pi * y / period + phase)
        return lab

    return drawn


def meet(*looks: Variant, size: int = 480) -> list[Like | None]:
    seen = Seen(*wall(size))
    return [seen.meet(one) for one in looks]


def test_the_same_picture_is_shown_once_and_the_first_is_named() -> None:
    first, again, other = meet(look(A, even(30)), look(B, even(30)), look(C, even(60)))
    assert first is None
    assert again == Like(A, 0, 0.0)
    assert other is None


def test_a_look_that_was_left_out_is_not_shown_and_so_stands_for_nothing() -> None:
    # c is near b, which is near a; but b is not there to be looked at
    found = meet(look(A, even(30)), look(B, even(31.7)), look(C, even(33.4)))
    assert [like is None for like in found] == [True, False, True]


def test_the_nearest_of_several_is_named() -> None:
    found = meet(look(A, even(30)), look(B, even(33)), look(C, even(32)))
    assert found[2] is not None
    assert found[2].style == B


@pytest.mark.parametrize(("lightness", "shown"), [(41.0, False), (43.0, True)])
def test_one_step_of_a_shade_is_one_look_and_three_are_two(lightness: float, shown: bool) -> None:
    _, second = meet(look(A, even(40)), look(B, even(lightness)))
    assert (second is None) is shown
    if second is not None:
        assert second.delta_e == pytest.approx(float(delta_e((40, 5, 10), (lightness, 5, 10))), abs=0.3)


def test_equal_lightness_does_not_hide_another_tint() -> None:
    assert meet(look(A, even(40, 5, 10)), look(B, even(40, 10, 3)))[1] is None


@pytest.mark.parametrize(("spot", "shown"), [(42.0, False), (49.0, True)])
def test_a_small_place_that_plainly_differs_makes_another_look(spot: float, shown: bool) -> None:
    first, second = look(A, even(40)), look(B, with_spot(40, spot, 0.07))
    small = [lab_from_rgb(np.rint(shrink(one.photo.pixels, 10)).astype(np.uint8)) for one in (first, second)]
    inside = shrink(first.changed.inside[..., None].view(np.uint8), 10)[..., 0]
    assert float(np.sqrt((inside * delta_e(*small) ** 2).sum() / inside.sum())) < 1.75  # on the whole hardly anything
    assert (meet(first, second)[1] is None) is shown


@pytest.mark.parametrize(("period", "shown"), [(0.008, False), (0.15, True)])
def test_strands_do_not_count_and_waves_do(period: float, shown: bool) -> None:
    _, second = meet(look(A, waves(period)), look(B, waves(period, phase=np.pi)))
    assert (second is None) is shown


def test_a_longer_shape_is_another_look_though_both_are_of_one_colour() -> None:
    assert meet(look(A, even(20), reach=0.3), look(B, even(20), reach=0.4)) == [None, None]


@pytest.mark.parametrize("size", [160, 480, 1500])
def test_the_photos_size_does_not_matter(size: int) -> None:
    looks = [look(A, even(40), size), look(B, even(41), size), look(C, waves(0.15), size)]
    found = meet(*looks, size=size)
    assert [like is None for like in found] == [True, False, True]


def test_seeds_of_one_style_are_all_shown_but_not_those_of_its_double() -> None:
    found = meet(look(A, even(30)), look(A, even(30), seed=1), look(B, even(30), seed=1))
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert found[2].style == A


def test_what_leaves_the_photo_as_it_is_is_no_look() -> None:
    photo = wall()[0]
    grey = lab_from_rgb(photo.pixels[:1, :1])[0, 0]
    nothing = Variant(photo, B, 0, "test", Mask(np.zeros((480, 480), np.bool_)), Proof(0, None, 1.0))
    assert meet(look(A, even(*grey.tolist())), nothing) == [Like(None, None, 0.0), Like(None, None, 0.0)]


def test_without_a_face_looks_are_compared_too(portrait: Photo) -> None:
    seen = Seen(portrait)
    pixels = 255 - portrait.pixels
    everywhere = Mask(np.ones(pixels.shape[:2], np.bool_))
    looks = [Variant(Photo(pixels), style, 0, "test", everywhere, Proof(0, None, 1.0)) for style in (A, B)]
    assert seen.meet(looks[0]) is None
    assert seen.meet(looks[1]) == Like(A, 0, 0.0)


def test_what_is_kept_is_small_however_large_the_photo() -> None:
    size = 3000
    seen = Seen(Photo(np.zeros((size, size, 3), np.uint8)), None)
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    seen.meet(Variant(Photo(pixels), A, 0, "test", Mask(np.ones((size, size), np.bool_)), Proof(0, None, 1.0)))
    assert sum(one.lab.nbytes + one.share.nbytes for one in seen._shown[1:]) <= 2**20
    assert len(seen._shown) == 2


def test_the_bound_that_settles_most_pairs_is_one() -> None:
    rng = np.random.default_rng(1)
    one, other = (lab_from_rgb(rng.integers(0, 256, (20000, 3), np.uint8)) for _ in range(2))
    near = (one + rng.normal(0, 2, one.shape)).clip([0, -128, -128], [100, 127, 127])
    for second in (other, near):
        assert (delta_e(one, second) + 1e-3 >= np.abs(one[:, 0] - second[:, 0]) / 1.75).all()


def test_doubles_that_differ_only_by_name_are_told(portrait: Photo, regions: Regions) -> None:
    seen = Seen(portrait, regions)
    made = next(doubles.negative(portrait, regions, A, (0,)))
    changed = regions.mattes["hair"].support
    first, second = (Variant(made, style, 0, "test", changed, Proof(0, None, 1.0)) for style in (A, B))
    assert (seen.meet(first), seen.meet(second)) == (None, Like(A, 0, 0.0))
