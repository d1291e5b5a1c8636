"""Hair measured: on drawn heads, whose answers are known, and on portraits."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from drawn_heads import head
from PIL import Image
from shared_data import pack

from genmark.colour import delta_e, lab_from_rgb, rgb_from_lab
from genmark.errors import SubjectError
from genmark.perceive.headplane import cell_places, inside_polygon, lay_out
from genmark.perceive.look import measure_look, read_fringe
from genmark.perceive.tint import name_colour
from genmark.types import Matte, Photo, Regions


@pytest.mark.parametrize("fall", [-0.4, -0.1, 0.4, 1.0])
@pytest.mark.parametrize("unit", [90, 150, 310])
def test_a_fall_is_measured_at_every_size(fall: float, unit: float) -> None:
    look = measure_look(*head(fall=fall, unit=unit))
    assert look.fall == pytest.approx(fall, abs=0.04)
    assert look.length == {-0.4: "short", -0.1: "chin", 0.4: "shoulder", 1.0: "long"}[fall]
    assert not look.length_censored


def test_hair_that_runs_out_of_the_picture_says_so() -> None:
    photo, regions = head(fall=1.5)
    rows = round(2.1 * 150)
    cut = Regions(
        regions.index[:rows], regions.palette, {"hair": Matte(regions.mattes["hair"].alpha[:rows])}, "portrait", 1.0,
        regions.face,
    )  # fmt: skip
    look = measure_look(Photo(photo.pixels[:rows], "cut"), cut)
    assert look.length_censored
    assert look.fall == pytest.approx(2.1 - 1.2 - 0.58, abs=0.04)


def test_a_spot_below_the_head_is_no_hair() -> None:
    photo, regions = head(fall=-0.4)
    alpha = regions.mattes["hair"].alpha.copy()
    alpha[440:480, 150:250] = 1.0
    spotted = Regions(regions.index, regions.palette, {"hair": Matte(alpha)}, "portrait", 1.0, regions.face)
    assert measure_look(photo, spotted).length == "short"


def test_a_bald_head_is_clipped_and_of_no_colour() -> None:
    photo, regions = head()
    bald = Matte(np.zeros_like(regions.mattes["hair"].alpha))
    look = measure_look(photo, Regions(regions.index, regions.palette, {"hair": bald}, "portrait", 1.0, regions.face))
    assert (look.length, look.fall, look.curl, look.colour) == ("buzz", None, None, None)
    json.dumps(look.facts())


def test_swing_grows_with_the_waves_and_not_with_the_size() -> None:
    swings = [measure_look(*head(fall=0.9, swing=swing)).swing for swing in (0.0, 0.01, 0.02, 0.04)]
    assert swings == sorted(swings)
    assert swings[0] < 0.03 < 0.1 < swings[-1]
    small = measure_look(*head(fall=0.9, swing=0.02, unit=110)).swing
    assert small == pytest.approx(swings[2], rel=0.4)


def test_straight_wavy_and_curly_hair_are_told_apart() -> None:
    assert measure_look(*head(fall=0.9)).curl == "straight"
    assert measure_look(*head(fall=0.9, swing=0.012)).curl == "wavy"
    assert measure_look(*head(fall=0.9, swing=0.03, pitch=0.25)).curl == "curly"


@pytest.mark.parametrize(
    ("cover", "fringe"),
    [
        ((-0.38, -0.38, -0.38), "none"),
        ((-0.14, -0.14, -0.14), "full"),
        ((-0.12, -0.25, -0.40), "side"),
        ((-0.40, -0.25, -0.12), "side"),
        ((-0.05, -0.42, -0.05), "curtain"),
    ],
)
def test_fringes(cover: tuple[float, float, float], fringe: str) -> None:
    assert measure_look(*head(cover=cover)).fringe == fringe


def test_a_thin_fringe_is_see_through() -> None:
    assert read_fringe(0.4, np.full(6, 0.4, np.float32)) == "see-through"


@pytest.mark.parametrize(
    ("lab", "name"),
    [
        ((8, 1, 1), "black"),
        ((20, 5, 8), "dark-brown"),
        ((37, 7, 14), "brown"),
        ((61, 5, 24), "blond"),
        ((74, 2, 12), "platinum"),
        ((40, 1, 1), "grey"),
        ((75, 0, 2), "white"),
        ((35, 24, 31), "red"),
        ((29, 19, 14), "auburn"),
        ((33, -3, -14), "blue"),
        ((40, -15, 10), "green"),
        ((35, 28, -4), "pink"),
        ((34, 14, -18), "purple"),
    ],
)
def test_colours_have_names(lab: tuple[float, float, float], name: str) -> None:
    assert name_colour(lab) == name


def test_the_colour_is_that_of_the_hair() -> None:
    photo, regions = head()
    wanted = np.array([35.0, 24.0, 31.0], np.float32)
    pixels = photo.pixels.copy()
    pixels[regions.mattes["hair"].alpha > 0.05] = rgb_from_lab(wanted)
    look = measure_look(Photo(pixels, "red"), regions)
    assert look.colour is not None
    assert delta_e(look.colour, wanted) < 1.0
    assert look.colour_name == "red"


def test_no_face_is_an_error() -> None:
    photo, regions = head()
    with pytest.raises(SubjectError):
        measure_look(photo, Regions(regions.index, regions.palette, regions.mattes, "portrait", 1.0))


def test_the_plane_lies_where_the_head_is() -> None:
    photo, regions = head()
    assert regions.face is not None
    plane = lay_out(photo, regions, regions.face)
    assert plane.chin == pytest.approx(0.58, abs=0.01)
    assert plane.lab.shape == (*plane.alpha.shape, 3)
    x, y = cell_places()
    skin = lab_from_rgb(np.full((1, 3), 170, np.uint8))[0, 0]
    assert plane.lab[np.abs(y - 0.2).argmin(), np.abs(x).argmin(), 0] == pytest.approx(float(skin), abs=0.5)
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)
    assert inside_polygon(square).sum() == pytest.approx(128**2, rel=0.02)


@pytest.mark.slow
def test_the_pack_is_measured_as_it_is_labelled() -> None:
    from genmark.perceive.face import FaceParser

    folder, parser = pack("portraits"), FaceParser()
    with (folder / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val" and row["length"] != "hidden"][:40]
    names = {"bald_buzz": "buzz"}
    right = {"length": 0, "fringe": 0}
    for row in rows:
        photo = Photo(np.asarray(Image.open(folder / "images" / f"{row['id']}.jpg").convert("RGB")), row["id"])
        look = measure_look(photo, parser(photo))
        right["length"] += look.length == names.get(row["length"], row["length"])
        right["fringe"] += (look.forehead_cover >= 0.38) == (row["fringe"] == "1")
    assert right["length"] >= 0.8 * len(rows)
    assert right["fringe"] >= 0.9 * len(rows)
