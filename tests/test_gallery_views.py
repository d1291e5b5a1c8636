from __future__ import annotations

import numpy as np
import pytest

from genmark.gallery.drawing import area_over, fit_into, rows_around, swatch
from genmark.gallery.shades import highlight, stops
from genmark.gallery.views import WHOLE, mask_view, view, window
from genmark.recipes import Dye
from genmark.types import Box, Face, Mask, Matte, Photo, Pose, Regions


def regions(width: int, height: int, box: Box, hair: tuple[slice, slice] | None = None) -> Regions:
    alpha = np.zeros((height, width), np.float32)
    if hair is not None:
        alpha[hair] = 1.0
    face = Face(box, np.zeros((1, 2), np.float32), Pose(0.0, 0.0, 0.0), 0.9)
    return Regions(np.zeros((height, width), np.uint8), ("background",), {"hair": Matte(alpha)}, "portrait", 0.9, face)


def photo(width: int, height: int) -> Photo:
    return Photo(np.zeros((height, width, 3), np.uint8), "anna")


def test_without_a_face_all_of_a_photo_is_shown() -> None:
    assert window(photo(300, 400), None) == (slice(0, 400), slice(0, 300))


def test_of_a_close_portrait_everything_is_shown() -> None:
    found = regions(300, 400, Box(80, 100, 220, 300), (slice(40, 350), slice(50, 250)))
    assert window(photo(300, 400), found) == (slice(0, 400), slice(0, 300))


def test_of_a_full_body_photo_head_and_hair_are_shown_with_room_around_them() -> None:
    found = regions(1000, 2000, Box(460, 200, 540, 300), (slice(150, 500), slice(440, 560)))
    rows, columns = window(photo(1000, 2000), found)
    assert rows.start < 150 < 500 < rows.stop < 1000
    assert columns.start < 440 < 560 < columns.stop < 1000


@pytest.mark.parametrize("box", [Box(-500, -500, -400, -400), Box(5000, 5000, 5100, 5100), Box(-9, -9, 2, 2)])
def test_a_face_that_reaches_out_of_the_photo_still_gives_a_part_of_it(box: Box) -> None:
    rows, columns = window(photo(300, 400), regions(300, 400, box))
    assert 0 <= rows.start < rows.stop <= 400
    assert 0 <= columns.start < columns.stop <= 300


@pytest.mark.parametrize(
    ("size", "seen"), [((300, 400), (300, 400)), ((2048, 1024), (1024, 512)), ((5000, 1), (1024, 1))]
)
def test_a_view_is_made_smaller_but_never_larger(size: tuple[int, int], seen: tuple[int, int]) -> None:
    small = view(photo(*size), WHOLE)
    assert (small.size, small.name) == (seen, "anna")
    assert mask_view(Mask(np.ones(size[::-1], bool)), WHOLE).inside.shape == seen[::-1]


def test_a_mask_keeps_its_share_of_the_picture_when_it_is_made_smaller() -> None:
    inside = np.zeros((2000, 3000), bool)
    inside[:, :750] = True
    assert mask_view(Mask(inside), WHOLE).inside.mean() == pytest.approx(0.25, abs=0.002)


@pytest.mark.parametrize(("most", "size"), [((100, 100), (75, 100)), ((1000, 50), (38, 50)), ((1, 1), (1, 1))])
def test_a_fitted_photo_keeps_its_proportions(most: tuple[int, int], size: tuple[int, int]) -> None:
    assert fit_into(photo(300, 400), most).size == size


@pytest.mark.parametrize(
    ("hair", "least", "rows"),
    [
        (slice(20, 40), 60, slice(10, 70)),
        (slice(0, 10), 50, slice(0, 50)),
        (slice(80, 100), 50, slice(50, 100)),
        (slice(10, 90), 50, slice(10, 90)),
        (slice(0, 0), 50, slice(0, 50)),
        (slice(0, 100), 500, slice(0, 100)),
    ],
)
def test_a_cropped_portrait_keeps_all_of_the_hair_and_room_for_the_face(hair: slice, least: int, rows: slice) -> None:
    inside = np.zeros((100, 30), bool)
    inside[hair] = True
    assert rows_around(Mask(inside), least) == rows


def test_the_area_that_may_change_is_blue_on_a_grey_photo() -> None:
    inside = np.zeros((4, 4), bool)
    inside[0] = True
    drawn = area_over(Photo(np.full((4, 4, 3), (200, 30, 30), np.uint8)), Mask(inside)).pixels
    assert drawn[0, 0, 2] > drawn[0, 0, 0] + 100
    assert len(set(drawn[3, 3].tolist())) == 1


def test_a_plain_dye_has_one_colour_and_its_hex_is_srgb() -> None:
    only = stops(Dye((50.0, 0.0, 0.0)))
    assert [stop.hex for stop in only] == ["#777777"]


def test_a_swatch_runs_from_root_to_tip() -> None:
    dye = Dye((60.0, 20.0, 20.0), root=(10.0, 0.0, 0.0), root_share=0.2, tip=(90.0, 0.0, 0.0), tip_start=0.7)
    places = [stop.at for stop in stops(dye)]
    assert places == sorted(places)
    assert (places[0], places[-1] <= 1.0) == (0.0, True)
    picture, _, mask = swatch(dye, 60, (0, 0))
    middle = np.asarray(picture)[:, 30].mean(axis=1)
    assert middle[4] < middle[30] < middle[-5]
    assert (mask.getpixel((30, 30)), mask.getpixel((0, 0))) == (255, 0)


def test_highlights_are_seen_on_the_swatch() -> None:
    plain, streaked = Dye((30.0, 0.0, 10.0)), Dye((30.0, 0.0, 10.0), highlights=0.3, highlight_lab=(80.0, 5.0, 30.0))
    assert highlight(plain) is None
    assert highlight(streaked) is not None
    brightest = [int(np.asarray(swatch(dye, 60, (0, 0))[0])[20:40, 10:50].max()) for dye in (plain, streaked)]
    assert brightest[1] > brightest[0] + 60
