"""Attributes of a face: on drawn heads, whose answers are known, on the samples, and the guard that withholds."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from drawn_heads import head, points

from genmark import photos
from genmark.colour import lab_from_rgb, rgb_from_lab
from genmark.errors import SubjectError, UsageError
from genmark.perceive.face import FaceParser
from genmark.perceive.landmarks import places
from genmark.perceive.person.condition import measure_condition
from genmark.perceive.person.consent import Consent
from genmark.perceive.person.crop import SIDE, face_crop
from genmark.perceive.person.describe import HAIR, MAKEUP, PLAIN, SKIN, Person, describe_person
from genmark.perceive.person.heads import Heads
from genmark.perceive.person.makeup import colour_differences
from genmark.perceive.person.measures import measure
from genmark.perceive.person.minor import may_be_minor
from genmark.perceive.person.observations import OBSERVATIONS, observe
from genmark.perceive.person.plane import FacePlane, lay_out_face
from genmark.perceive.person.readings import Reading
from genmark.perceive.person.tone import measure_tone, name_tone
from genmark.perceive.person.words import grade
from genmark.types import Face, Photo, Pose, Regions

CONSENT = Consent("a test", date(2026, 11, 1), "You may describe my face for this test.", "the test")
SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"
SKIN_LAB = (62.0, 13.0, 17.0)


@cache
def shipped() -> Heads:
    return Heads()


@cache
def sample(name: str) -> tuple[Photo, Regions]:
    photo = photos.read(SAMPLES / f"{name}.jpg")
    return photo, FaceParser()(photo)


def painted(lab: tuple[float, float, float] = SKIN_LAB, unit: float = 200) -> tuple[np.ndarray, Regions]:
    """A drawn head in a colour of skin: its pixels, still to be drawn on, and its regions."""
    photo, regions = head(unit=unit)
    pixels = photo.pixels.copy()
    pixels[np.isin(regions.index, (1, 5, 6)) & (regions.mattes["hair"].alpha < 0.5)] = rgb_from_lab(
        np.array(lab, np.float32)
    )
    return pixels, regions


def plane_of(pixels: np.ndarray, regions: Regions) -> FacePlane:
    assert regions.face is not None
    return lay_out_face(Photo(pixels, "drawn"), regions, regions.face)


def dot(pixels: np.ndarray, x: float, y: float, radius: float, lab: tuple[float, float, float]) -> None:
    rows, columns = np.indices(pixels.shape[:2])
    pixels[np.hypot(columns - x, rows - y) <= radius] = rgb_from_lab(np.array(lab, np.float32))


def cheek(regions: Regions, side: int = 1) -> tuple[float, float]:
    assert regions.face is not None
    x, y = regions.face.landmarks[places(50, 205) if side < 0 else places(280, 425)].mean(0)
    return float(x), float(y)


def with_face(regions: Regions, **other: object) -> Regions:
    assert regions.face is not None
    face = Face(**{**{k: getattr(regions.face, k) for k in ("box", "landmarks", "pose", "confidence")}, **other})
    return Regions(regions.index, regions.palette, regions.mattes, "portrait", 1.0, face)


def test_nothing_is_described_without_consent() -> None:
    with pytest.raises(UsageError, match="consent"):
        describe_person(*head(), None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="wording"):
        Consent("advice", date(2026, 1, 1), " ", "the desk")
    with pytest.raises(UsageError, match="yet to come"):
        Consent("advice", date.today() + timedelta(days=2), "yes", "the desk")
    with pytest.raises(UsageError, match="date"):
        Consent("advice", "2026-01-01", "yes", "the desk")  # type: ignore[arg-type]


def test_a_photo_without_a_face_is_an_error() -> None:
    photo, regions = head()
    empty = Regions(regions.index, regions.palette, regions.mattes, "portrait", 1.0)
    with pytest.raises(SubjectError):
        describe_person(photo, empty, CONSENT, shipped())
    assert may_be_minor(photo, empty, shipped()).possible


def test_the_crop_is_upright_and_of_one_size() -> None:
    photo, regions = head(unit=300)
    assert regions.face is not None
    crop = face_crop(photo, regions.face)
    assert crop.shape == (SIDE, SIDE, 3)
    turned = np.ascontiguousarray(np.rot90(photo.pixels))
    spots = points(300, (1.4 * 300, 1.2 * 300))
    spun = np.stack([spots[:, 1], photo.size[0] - 1 - spots[:, 0]], 1).astype(np.float32)
    lying = Face(regions.face.box, spun, Pose(0.0, 0.0, -90.0), 1.0)
    again = face_crop(Photo(turned, "lying"), lying)
    assert np.abs(again.astype(int) - crop).mean() < 1.0


def test_bare_skin_is_neither_eye_nor_mouth_nor_hair() -> None:
    pixels, regions = painted()
    plane = plane_of(pixels, regions)
    assert plane.skin.sum() > 8000
    assert np.ptp(plane.lab[plane.skin], axis=0).max() < 2.0
    assert not (plane.skin & plane.lips).any()
    assert plane.lids.sum() > 100
    x, y = (round(v) for v in plane.middle(33, 133))
    assert not plane.skin[y, x]


@pytest.mark.parametrize(
    ("lab", "name", "monk"),
    [
        ((85, 4, 12), "very light", {2, 3}),
        ((62, 13, 17), "medium", {5, 6}),
        ((30, 12, 14), "deep", {8}),
        ((45, 14, 20), "brown", {6, 7}),
    ],
)
def test_tone_is_that_of_the_skin(lab: tuple[float, float, float], name: str, monk: set[int]) -> None:
    tone = measure_tone(plane_of(*painted(lab)))
    assert tone is not None
    assert tone.name == name
    assert tone.monk in monk
    assert tone.ita == pytest.approx(np.degrees(np.arctan2(lab[0] - 50, lab[2])), abs=2.5)


def test_tones_are_bounded_as_published() -> None:
    assert [name_tone(ita) for ita in (56, 42, 29, 11, 0, -60)] == [
        "very light", "light", "medium", "tan", "brown", "deep",
    ]  # fmt: skip


@pytest.mark.parametrize("lab", [(50, -20, 10), (50, 5, -30), (9, 8, 8)])
def test_no_tone_is_told_in_coloured_or_dim_light(lab: tuple[float, float, float]) -> None:
    assert measure_tone(plane_of(*painted(lab))) is None


def test_redness_is_the_share_of_redder_skin_whatever_the_tone_and_light() -> None:
    for lab in (SKIN_LAB, (36.0, 13.0, 17.0)):
        pixels, regions = painted(lab)
        plain = measure_condition(plane_of(pixels, regions))
        dot(pixels, *cheek(regions), 18, (lab[0], lab[1] + 12, lab[2]))
        red = measure_condition(plane_of(pixels, regions))
        assert plain is not None
        assert red is not None
        assert plain.redness == 0.0
        assert 0.01 < red.redness < 0.15
    pixels, regions = painted()
    across = np.linspace(0.35, 1.0, pixels.shape[1])[None, :, None]
    shaded = measure_condition(plane_of((pixels * across).astype(np.uint8), regions))
    assert shaded is not None
    assert shaded.redness < 0.02


def test_spots_are_found_where_they_are_and_wrinkles_are_none() -> None:
    pixels, regions = painted(unit=240)
    where = [cheek(regions), cheek(regions, -1), (cheek(regions)[0], cheek(regions)[1] - 16)]
    for x, y in where:
        dot(pixels, x, y, 2.5, (45, 22, 18))
    found = measure_condition(plane_of(pixels, regions))
    assert found is not None
    assert found.spots is not None
    assert len(found.spots) == 3
    for place in where:
        assert np.hypot(*(found.spots - place).T).min() < 3
    lined, regions = painted(unit=240)
    x, y = (round(v) for v in cheek(regions))
    lined[y - 1 : y + 2, x - 18 : x + 18] = rgb_from_lab(np.array((45, 16, 18), np.float32))
    wrinkled = measure_condition(plane_of(lined, regions))
    assert wrinkled is not None
    assert wrinkled.spots is not None
    assert len(wrinkled.spots) == 0


def test_spots_of_a_small_face_are_not_told() -> None:
    found = measure_condition(plane_of(*painted(unit=90)))
    assert found is not None
    assert found.spots is None


def test_a_pale_highlight_shines_and_an_even_face_does_not() -> None:
    pixels, regions = painted()
    plain = measure_condition(plane_of(pixels, regions))
    dot(pixels, *cheek(regions), 9, (92, 3, 5))
    shiny = measure_condition(plane_of(pixels, regions))
    assert plain is not None
    assert shiny is not None
    assert plain.shine == 0.0
    assert shiny.shine > 0.004
    assert shiny.unevenness > plain.unevenness


def test_coloured_lips_differ_from_bare_skin_by_their_colour() -> None:
    pixels, regions = painted()
    assert np.abs(colour_differences(plane_of(pixels, regions))["lips"]).max() < 1.5
    pixels[regions.index == 6] = rgb_from_lab(np.array((42, 45, 20), np.float32))
    found = colour_differences(plane_of(pixels, regions))["lips"]
    assert found == pytest.approx((-20, 32, 3), abs=2.5)


def test_hair_is_rough_red_or_brassy_as_it_is_drawn() -> None:
    photo, regions = head(fall=0.6, unit=200)
    assert regions.face is not None
    smooth = measure(photo, regions, regions.face).hair
    noise = np.random.default_rng(0).normal(0, 22, photo.pixels.shape[:2])[..., None]
    hairy = (regions.mattes["hair"].alpha > 0.5)[..., None]
    rough = measure(
        Photo(np.where(hairy, photo.pixels + noise, photo.pixels).clip(0, 255).astype(np.uint8)), regions, regions.face
    ).hair
    assert smooth.roughness is not None
    assert rough.roughness is not None
    assert rough.roughness > 2 * smooth.roughness
    for lab, red, brassy in (((35, 25, 20), 25, 0), ((60, 12, 38), 12, 40), ((45, 2, 5), 2, 0)):
        dyed = np.where(hairy, rgb_from_lab(np.array(lab, np.float32)), photo.pixels).astype(np.uint8)
        state = measure(Photo(dyed), regions, regions.face).hair
        assert state.redness == pytest.approx(red, abs=1.5)
        assert state.brassiness == pytest.approx(brassy, abs=2.5)
    bald = measure(*head(fall=-0.9), head(fall=-0.9)[1].face).hair  # type: ignore[arg-type]
    assert bald.roughness is None


def test_a_word_is_said_away_from_its_borders_only() -> None:
    norm = {"low": 2.0, "high": 8.0, "noise": 1.0, "flips": 0.1}
    assert [grade(v, norm, "-").value for v in (0.5, 2.1, 5.0, 7.9, 10.0)] == ["low", None, "usual", None, "high"]
    assert grade(None, norm, "hidden").reason == "hidden"
    none = {**norm, "low": 0.0}
    assert grade(0.0, none, "-").value == "usual"
    assert 0.9 < grade(10.0, norm, "-").confidence < 1.0


def test_observations_follow_sure_readings_only() -> None:
    readings = {
        "rough ends": Reading("high", 0.9),
        "red tones": Reading("usual", 0.99),
        "gloss": Reading("low", 0.95),
        "shine": Reading(None, 0.5, "between two words"),
    }
    assert [seen.name for seen in observe(readings)] == ["dull hair", "dry ends"]
    assert all(any("가" <= letter <= "힣" for letter in korean) for korean in OBSERVATIONS.values())


def test_a_reading_has_a_value_or_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Reading(None, 0.2)
    with pytest.raises(ValueError, match="confidence"):
        Reading("smile", 1.2)


def test_the_guard_holds_back_who_cannot_be_judged() -> None:
    photo, regions = head(unit=150)
    assert "pixels" in may_be_minor(*head(unit=60), shipped()).reason
    assert "turned" in may_be_minor(photo, with_face(regions, pose=Pose(60.0, 0.0, 0.0)), shipped()).reason
    assert regions.face is not None
    low = regions.face.landmarks.copy()
    low[places(152)] -= np.array([0, 0.35 * 150], np.float32)
    assert "child" in may_be_minor(photo, with_face(regions, landmarks=low), shipped()).reason


def test_the_guard_holds_back_who_looks_young_and_passes_grey_beards() -> None:
    young = may_be_minor(*sample("side-part"), shipped())
    old = may_be_minor(*sample("grey-beard"), shipped())
    assert not old.possible
    assert old.young is not None
    assert old.young < shipped().young_from
    assert young.young is None or young.young > old.young


def test_a_small_face_is_not_described() -> None:
    person = describe_person(*head(unit=60), CONSENT, shipped())
    assert person.minor.possible
    assert all(reading.abstained for reading in person.readings.values())


def test_of_a_possible_minor_nothing_about_beauty_is_described() -> None:
    photo, regions = sample("grey-beard")
    person = describe_person(photo, with_face(regions, pose=Pose(60.0, 0.0, 0.0)), CONSENT, shipped())
    assert person.minor.possible
    assert all(person.readings[name].abstained for name in ("age", "expression", *SKIN, *MAKEUP, *HAIR))
    assert person.observations == ()
    assert person.spots == ()
    assert person.monk is None


def described(name: str) -> Person:
    return describe_person(*sample(name), CONSENT, shipped())


def test_a_sample_is_described_with_words_confidence_and_error_rates() -> None:
    person = described("grey-beard")
    assert tuple(person.readings) == (*PLAIN, *SKIN, *MAKEUP, *HAIR)
    assert person.readings["age"].value in {"adult", "older adult", None}
    assert person.readings["hat"].value == "none"
    assert all(reading.error_rate is not None for reading in person.readings.values() if not reading.abstained)
    assert json.loads(json.dumps(person.facts()))["consent"]["by"] == "the test"


def test_glasses_are_seen() -> None:
    shares = {
        name: shipped().read("glasses", shipped().features(sample(name)[0], sample(name)[1].face)).shares["none"]  # type: ignore[arg-type]
        for name in ("short-with-glasses", "grey-beard")
    }
    assert shares["short-with-glasses"] < 0.6 < 0.9 < shares["grey-beard"]


def test_the_weights_are_small_and_know_no_origin() -> None:
    heads = shipped()
    assert set(heads.heads) == {"age", "expression", "glasses"}
    assert heads.heads["age"].answers == ("young", "adult", "older adult")
    size = (SAMPLES.parent / "weights" / "person-heads.safetensors").stat().st_size
    assert size <= 1_000_000
    assert heads.weights.licence == "Apache-2.0"


def test_heads_of_another_face_parser_are_refused(tmp_path: Path) -> None:
    from genmark.tensors import pack_weights

    path = tmp_path / "person-heads.safetensors"
    path.write_bytes(pack_weights({}, "Apache-2.0", {"encoder": "another"}))
    with pytest.raises(UsageError, match="train it again"):
        Heads(shipped().features, path)


def test_the_same_face_reads_the_same() -> None:
    one, other = described("grey-beard").facts(), described("grey-beard").facts()
    assert one == other
    assert lab_from_rgb(np.zeros((1, 3), np.uint8)).sum() == pytest.approx(0, abs=1e-3)
