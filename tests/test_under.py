"""The person without that hair: what stays, what goes, and that skin looks like the skin beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image

from genmark.canvas import gaussian_blur
from genmark.colour import delta_e, lab_from_rgb, rgb_from_lab
from genmark.errors import SubjectError
from genmark.perceive.landmarks import (
    BROW_LEFT,
    BROW_RIGHT,
    COUNT,
    EYE_LEFT,
    EYE_RIGHT,
    OVAL_LOOP,
    places,
)
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.under_kinds import KINDS
from genmark.restyle.hair.under_texture import hold_to_near
from genmark.types import Box, Face, Matte, Photo, Pose, Regions

PALETTE = ("background", "skin", "hair", "clothes", "brows", "eyes", "mouth", "hat")
SKIN, COAT = (66.0, 14.0, 18.0), (30.0, 20.0, -25.0)
SIDE, UNIT = 480, 150.0
EYES = (240.0, 210.0)


def landmarks() -> np.ndarray:
    """Landmarks of an upright face: an oval 0.82 wide from y = -0.32 to 0.68, eyes and brows in it; pixels."""
    points = np.zeros((COUNT, 2), np.float32)
    turn = np.linspace(0, 2 * np.pi, len(OVAL_LOOP), endpoint=False)
    points[places(*OVAL_LOOP)] = np.stack([0.41 * np.sin(turn), 0.18 - 0.5 * np.cos(turn)], axis=1)
    for mesh, x, y, wide, high in (
        (EYE_RIGHT, -0.17, 0.0, 0.08, 0.03), (EYE_LEFT, 0.17, 0.0, 0.08, 0.03),
        (BROW_RIGHT, -0.18, -0.12, 0.11, 0.02), (BROW_LEFT, 0.18, -0.12, 0.11, 0.02),
    ):  # fmt: skip
        turn = np.linspace(0, 2 * np.pi, len(mesh), endpoint=False)
        points[places(*mesh)] = np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], axis=1)
    return np.asarray(points * UNIT + EYES, np.float32)


@cache
def head(fall: float = 0.75, fringe: float = -0.2) -> tuple[Photo, Regions]:
    """A drawn head in a coat before a striped wall, under brown hair that ends `fall` face heights below the eyes."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    x, y = (columns - EYES[0]) / UNIT, (rows - EYES[1]) / UNIT
    face = (x / 0.41) ** 2 + ((y - 0.18) / 0.5) ** 2 < 1
    neck = (np.abs(x) < 0.25) & (y > 0.4) & (y < 1.0)
    coat = y > 0.95 + 0.25 * np.abs(x)
    hair = ((x / 0.62) ** 2 + ((y + 0.05) / 0.8) ** 2 < 1) | ((np.abs(x) < 0.62) & (y > 0))
    hair &= (y < fall) & (~(face | neck) | (y < fringe))
    lab = np.zeros((SIDE, SIDE, 3), np.float32)
    lab[...] = np.stack([62 + 12 * np.sin(columns / 9), 0 * rows, 0 * rows + 4], axis=-1)
    shade = 1 - 0.12 * (x / 0.5) ** 2
    for where, colour in ((neck, SKIN), (face, SKIN), (coat, COAT)):
        lab[where] = colour
    lab[..., 0] *= np.where(face | neck, shade, 1)
    alpha = np.clip(gaussian_blur(hair.astype(np.float32), 1.6), 0, 1)
    alpha[alpha < 0.004] = 0.0
    strand = np.array([24.0, 8.0, 12.0], np.float32) * (1 + 0.3 * np.sin(columns))[..., None]
    lab += (strand - lab) * alpha[..., None]
    lab[..., 0] += np.random.default_rng(3).normal(0, 0.8, (SIDE, SIDE))
    index = np.where(alpha > 0.5, 2, np.where(coat, 3, np.where(face | neck, 1, 0))).astype(np.uint8)
    points = landmarks()
    found = Face(Box(180, 150, 300, 320), points, Pose(0.0, 0.0, 0.0), 1.0)
    regions = Regions(index, PALETTE, {"hair": Matte(alpha.astype(np.float32))}, "portrait", 1.0, found)
    return Photo(rgb_from_lab(lab), "drawn"), regions


def halved(photo: Photo, regions: Regions) -> tuple[Photo, Regions]:
    size = (photo.size[0] // 2, photo.size[1] // 2)
    face = regions.face
    assert face is not None
    small = Image.fromarray(np.asarray(photo.pixels)).resize(size, Image.Resampling.BOX)
    alpha = np.asarray(Image.fromarray(np.asarray(regions.mattes["hair"].alpha)).resize(size, Image.Resampling.BOX))
    box = Box(face.box.left / 2, face.box.top / 2, face.box.right / 2, face.box.bottom / 2)
    found = replace(face, landmarks=((face.landmarks + 0.5) / 2 - 0.5).astype(np.float32), box=box)
    half = Regions(
        regions.index[::2, ::2], regions.palette, {"hair": Matte(np.clip(alpha, 0, 1))}, "portrait", 1.0, found
    )
    return Photo(np.asarray(small), photo.name), half


def test_what_is_not_hidden_is_the_photos_own_bit_for_bit() -> None:
    photo, regions = head()
    under = clear(photo, regions)
    np.testing.assert_array_equal(under.pixels[~under.hidden], photo.pixels[~under.hidden])
    assert (under.share[~under.hidden] == 0).all()
    assert (under.pixels != photo.pixels).any(axis=2)[regions.mattes["hair"].alpha > 0.5].mean() > 0.9


def test_the_hidden_area_holds_the_matte_and_a_margin_but_no_eyes() -> None:
    photo, regions = head()
    under = clear(photo, regions)
    support = regions.mattes["hair"].support.inside
    assert under.hidden[support].all()
    assert under.hidden.sum() > 1.05 * support.sum()
    assert under.hidden.mean() < 0.6
    eyes = regions.face.landmarks[places(*EYE_LEFT)].round().astype(int)
    np.testing.assert_array_equal(under.pixels[eyes[:, 1], eyes[:, 0]], photo.pixels[eyes[:, 1], eyes[:, 0]])


def test_filled_skin_is_close_to_the_skin_beside_it() -> None:
    photo, regions = head()
    under = clear(photo, regions)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    x, y = (columns - EYES[0]) / UNIT, (rows - EYES[1]) / UNIT
    forehead = (np.abs(x) < 0.2) & (y < -0.24) & (y > -0.4)
    cheek = (np.abs(x) < 0.2) & (y > 0.1) & (y < 0.3)
    made, shown = (np.median(lab_from_rgb(under.pixels[where]), axis=0) for where in (forehead, cheek))
    assert float(delta_e(made, shown)) < 4.0


def test_behind_hanging_hair_the_wall_goes_on_and_the_coat_begins_where_it_does() -> None:
    photo, regions = head(fall=1.1)
    under = clear(photo, regions)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    x, y = (columns - EYES[0]) / UNIT, (rows - EYES[1]) / UNIT
    wall = (np.abs(np.abs(x) - 0.58) < 0.03) & (np.abs(y - 0.1) < 0.2)
    stripes = 62 + 12 * np.sin(columns[wall] / 9)
    assert float(np.abs(lab_from_rgb(under.pixels[wall])[:, 0] - stripes).mean()) < 6.0
    assert (under.kinds[wall] == KINDS.index("background")).all()
    skull = (np.abs(x) < 0.1) & (np.abs(y + 0.45) < 0.05)
    assert (under.kinds[skull] == KINDS.index("skin")).all()
    assert under.skull[skull].min() == 1.0


def test_a_covered_ear_is_drawn_and_goes_behind_the_cheek_of_a_turned_head() -> None:
    photo, regions = head()
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    x, y = (columns - EYES[0]) / UNIT, (rows - EYES[1]) / UNIT
    ears = [(np.abs(x - side * 0.46) < 0.007) & (np.abs(y - 0.03) < 0.03) for side in (-1, 1)]
    skin = KINDS.index("skin")
    straight = clear(photo, regions).kinds
    assert all((straight[ear] == skin).mean() > 0.9 for ear in ears)
    turned = replace(regions, face=replace(regions.face, pose=Pose(25.0, 0.0, 0.0)))
    kinds = clear(photo, turned).kinds
    assert (kinds[ears[0]] == skin).mean() > 0.9
    assert (kinds[ears[1]] == skin).mean() < 0.1


def test_a_covered_brow_is_taken_from_the_other_side() -> None:
    photo, regions = head()
    pixels, alpha = photo.pixels.copy(), regions.mattes["hair"].alpha.copy()
    brow = regions.face.landmarks[places(*BROW_RIGHT)].mean(axis=0).round().astype(int)
    for side in (-27, 27):
        pixels[188:196, 240 + side - 15 : 240 + side + 15] = (60, 40, 30)
    alpha[170:200, 190:232] = 1.0
    pixels[170:200, 190:232] = (200, 170, 90)
    under = clear(Photo(pixels), replace(regions, mattes={"hair": Matte(alpha)}))
    lightness = lab_from_rgb(under.pixels[brow[1] - 2 : brow[1] + 3, brow[0] - 4 : brow[0] + 5])[..., 0]
    assert float(lightness.mean()) < 45.0


def test_half_the_size_looks_the_same() -> None:
    photo, regions = head()
    whole, half = clear(photo, regions), clear(*halved(photo, regions))
    shrunk = whole.pixels.reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(1, 3))
    apart = np.abs(shrunk - half.pixels.astype(np.float32)).mean(axis=2)
    assert apart[half.share > 0.5].mean() < 8.0
    assert np.mean(half.hidden == whole.hidden[::2, ::2]) > 0.97


def test_the_same_photo_gives_the_same_pixels() -> None:
    photo, regions = head()
    np.testing.assert_array_equal(clear(photo, regions).pixels, clear(photo, regions).pixels)


def test_without_a_face_there_is_no_skull() -> None:
    photo, regions = head()
    with pytest.raises(SubjectError) as caught:
        clear(photo, replace(regions, face=None))
    assert caught.value.code == "no_face"


def test_a_bald_head_changes_nothing() -> None:
    photo, regions = head()
    bare = replace(regions, mattes={"hair": Matte(np.zeros((SIDE, SIDE), np.float32))})
    under = clear(photo, bare)
    assert not under.hidden.any()
    np.testing.assert_array_equal(under.pixels, photo.pixels)


def test_no_piece_of_a_bright_sky_is_copied_into_a_dark_meadow() -> None:
    rng = np.random.default_rng(0)
    lab = np.zeros((120, 120, 3), np.float32)
    lab[..., 0] = 25 + 3 * gaussian_blur(rng.normal(size=(120, 120)).astype(np.float32), 1.0) * 4
    lab[:30, :, 0] += 60
    known = np.ones((120, 120), np.bool_)
    known[60:100, 40:80] = False
    copied = lab.copy()
    copied[60:100, 40:80, 0] = 90.0
    held = hold_to_near(copied, lab, known, 50.0)
    assert held[70:90, 50:70, 0].max() < 50.0
    near = lab[60:100, 10:35]
    assert np.abs(hold_to_near(lab, lab, known, 50.0)[60:100, 10:35] - near).mean() < 0.5
