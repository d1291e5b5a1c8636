from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genmark.gallery.overlay import TINTS, overlay
from genmark.types import Box, Face, Matte, Photo, Pose, Regions


def test_hair_is_tinted_by_its_matte_and_the_background_stays(portrait: Photo, regions: Regions) -> None:
    drawn = overlay(portrait, replace(regions, face=None)).pixels
    background = (regions.index == 0) & (regions.mattes["hair"].alpha == 0)
    assert np.array_equal(drawn[background], portrait.pixels[background])
    whole = regions.mattes["hair"].alpha == 1
    near = np.abs(drawn[whole].astype(int) - TINTS["hair"]).mean()
    assert near < np.abs(portrait.pixels[whole].astype(int) - TINTS["hair"]).mean() / 2


def test_landmarks_and_box_are_drawn_where_they_are(portrait: Photo, regions: Regions) -> None:
    drawn = overlay(portrait, regions).pixels
    for x, y in regions.face.landmarks.round().astype(int):
        assert (drawn[y, x] == 255).all()
    assert (drawn[round(regions.face.box.top), round(regions.face.box.centre[0])] == 255).all()


@pytest.mark.parametrize("shift", [-5000.0, 5000.0])
def test_a_face_that_reaches_out_of_the_picture_is_cut_off(portrait: Photo, regions: Regions, shift: float) -> None:
    points = np.full((3, 2), shift, np.float32)
    away = Face(Box(shift, shift, shift + 40, shift + 50), points, Pose(0, 0, 0), 0.5)
    plain = overlay(portrait, replace(regions, face=None)).pixels
    assert np.array_equal(overlay(portrait, replace(regions, face=away)).pixels, plain)


def test_the_photo_is_not_touched(portrait: Photo, regions: Regions) -> None:
    before = portrait.pixels.copy()
    overlay(portrait, regions)
    assert np.array_equal(portrait.pixels, before)


def test_regions_of_another_size_are_refused(portrait: Photo) -> None:
    small = Regions(
        np.zeros((4, 4), np.uint8), ("background",), {"hair": Matte(np.zeros((4, 4), np.float32))}, "portrait", 1
    )
    with pytest.raises(ValueError, match=r"regions of \(4, 4\) do not fit a photo of \(160, 200\)"):
        overlay(portrait, small)
