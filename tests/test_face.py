"""Portraits read with the shipped weights: faces found in whole photos, heads parsed, bad subjects refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from genmark import photos
from genmark.errors import ModelMissing, SubjectError
from genmark.evaluate.faces import iou
from genmark.perceive import landmarks
from genmark.perceive.face import FaceParser
from genmark.perceive.finder import Finder
from genmark.types import Box, Photo

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"
COLLINS = Box(165, 60, 290, 200)
"""Where Eileen Collins's face is in NASA's portrait, generously, by eye."""


@pytest.fixture(scope="module")
def parser() -> FaceParser:
    return FaceParser()


@pytest.fixture(scope="module")
def collins() -> Photo:
    return Photo(skimage_data.astronaut(), "collins")


@pytest.fixture(scope="module")
def curls() -> Photo:
    return photos.read(SAMPLES / "dark-curls.jpg")


def resized(photo: Photo, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(photo.pixels).resize((width, height), Image.Resampling.LANCZOS))


def meadow(width: int, height: int) -> np.ndarray:
    """A smooth picture without anyone in it."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(0).normal(0, 3, (height, width))
    return (
        np.stack([90 + 60 * x + noise, 120 + 50 * y + noise, 70 + 30 * x * y + noise], 2).clip(0, 255).astype(np.uint8)
    )


def test_an_astronaut_is_found_in_front_of_a_flag_and_a_shuttle(collins: Photo) -> None:
    (box, confidence), *_ = Finder()(collins)
    x, y = box.centre
    assert COLLINS.left < x < COLLINS.right
    assert COLLINS.top < y < COLLINS.bottom
    assert 60 < box.height < 180
    assert confidence > 0.5


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.jpg")), ids=lambda path: path.stem)
def test_every_sample_person_is_parsed_into_what_a_portrait_has(parser: FaceParser, sample: Path) -> None:
    photo = photos.read(sample)
    regions = parser(photo)
    assert regions.kind == "portrait"
    assert regions.mattes["hair"].alpha.shape == photo.pixels.shape[:2]
    for name in ("background", "skin", "hair", "clothes", "eyes", "mouth"):
        assert regions.mask(name).inside.any(), name
    assert regions.confidence > 0.5


def test_the_hair_matte_says_hair_on_top_of_the_head_and_none_on_the_nose(parser: FaceParser, curls: Photo) -> None:
    regions = parser(curls)
    assert regions.face is not None
    points = regions.face.landmarks
    alpha = regions.mattes["hair"].alpha
    x, y = points[landmarks.places(4)[0]].round().astype(int)
    assert alpha[y, x] < 0.02
    top = points[landmarks.places(10)[0]]
    chin = points[landmarks.places(152)[0]]
    x, y = (top + 0.25 * (top - chin)).round().astype(int)
    assert alpha[y, x] > 0.9


def test_the_face_is_where_its_landmarks_are(parser: FaceParser, collins: Photo) -> None:
    face = parser(collins).face
    assert face is not None
    eye = face.landmarks[landmarks.places(*landmarks.EYE_RIGHT)].mean(axis=0)
    mouth = face.landmarks[landmarks.places(0, 17)].mean(axis=0)
    assert eye[1] < mouth[1]
    assert abs(face.pose.roll) < 25
    assert face.box.left < eye[0] < face.box.right


def test_a_face_64_pixels_high_is_found_in_a_large_photo(parser: FaceParser, curls: Photo) -> None:
    known = parser(curls).face
    assert known is not None
    side = round(480 * 66 / known.box.height)
    scene = meadow(2400, 1600)
    scene[900 : 900 + side, 1700 : 1700 + side] = resized(curls, side, side)
    found = parser(Photo(scene)).face
    assert found is not None
    x, y = found.box.centre
    assert 1700 < x < 1700 + side
    assert 900 < y < 900 + side
    assert 50 < found.box.height < 85


def test_people_are_counted_from_the_largest_face(parser: FaceParser, curls: Photo) -> None:
    other = photos.read(SAMPLES / "short-crop.jpg")
    scene = meadow(900, 600)
    scene[100:580, 20:500] = resized(other, 480, 480)
    scene[300:520, 600:820] = resized(curls, 220, 220)
    first, second = (parser(Photo(scene), k).face for k in (0, 1))
    assert first is not None
    assert second is not None
    assert first.box.centre[0] < 500 < 600 < second.box.centre[0]
    assert first.box.height > second.box.height


def test_a_person_who_is_not_there_is_said_so(parser: FaceParser, curls: Photo) -> None:
    with pytest.raises(SubjectError, match="1 face") as caught:
        parser(curls, 3)
    assert caught.value.code == "no_such_face"


@pytest.mark.parametrize("angle", [-40, -20, 20, 40])
def test_a_tilted_head_is_found_and_its_roll_measured(parser: FaceParser, curls: Photo, angle: int) -> None:
    upright = parser(curls).face
    picture = Image.fromarray(curls.pixels).rotate(-angle, Image.Resampling.BICUBIC, fillcolor=(90, 80, 70))
    tilted = parser(Photo(np.asarray(picture))).face
    assert upright is not None
    assert tilted is not None
    assert tilted.pose.roll - upright.pose.roll == pytest.approx(angle, abs=6)


def test_a_photo_without_a_face_is_refused_in_one_sentence(parser: FaceParser) -> None:
    with pytest.raises(SubjectError, match="64 pixels") as caught:
        parser(Photo(meadow(800, 600), "meadow"))
    assert caught.value.code == "no_face"


def test_twice_the_pixels_give_the_same_hair(parser: FaceParser, curls: Photo) -> None:
    small = parser(curls).mattes["hair"].alpha > 0.5
    large = parser(Photo(resized(curls, 2 * curls.size[0], 2 * curls.size[1]))).mattes["hair"].alpha > 0.5
    assert iou(small, large[::2, ::2][: small.shape[0], : small.shape[1]]) > 0.95


def test_parsing_twice_gives_the_same_bits(parser: FaceParser, collins: Photo) -> None:
    first, second = parser(collins), parser(collins)
    assert (first.mattes["hair"].alpha == second.mattes["hair"].alpha).all()
    assert (first.index == second.index).all()


def test_hair_that_runs_out_of_the_first_look_is_followed(parser: FaceParser) -> None:
    photo = photos.read(SAMPLES / "long-blond.jpg")
    regions = parser(photo)
    assert regions.face is not None
    chin = regions.face.landmarks[landmarks.places(152)[0]][1]
    rows = np.flatnonzero((regions.mattes["hair"].alpha > 0.5).any(axis=1))
    assert rows.max() > chin + 0.3 * regions.face.box.height


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="nowhere"):
        FaceParser(tmp_path / "nowhere.safetensors")
