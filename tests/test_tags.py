"""The embedded tagger: its table, what it measures, what it leaves unsaid."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from genmark.perceive.platt import Curve
from genmark.perceive.tags.embedded import EmbeddedTagger, read_curves
from genmark.perceive.tags.looks import COLOURS, colourfulness, read_looks
from genmark.perceive.tags.nouns import read_nouns
from genmark.perceive.tags.people import People
from genmark.train.tag_curves import GARMENTS, Guess, fit_tag_curves
from genmark.types import Floats, Photo

TABLE = read_nouns()
PLAIN = {"": Curve(1.0, 0.0)}


def photo(*rgb: int, name: str = "photo") -> Photo:
    return Photo(np.full((40, 60, 3), rgb, np.uint8), name)


def reader(**shares: float):  # type: ignore[no-untyped-def]
    """A network that is as sure as told of some classes, by number: c207=0.8."""

    def read(photos: list[Photo]) -> Floats:
        row = np.full(1000, (1.0 - sum(shares.values())) / (1000 - len(shares)), np.float32)
        for name, share in shares.items():
            row[int(name[1:])] = share
        return np.tile(np.log(row), (len(photos), 1)).astype(np.float32)

    return read


NOBODY = People()


def tagger(people: People = NOBODY, **shares: float) -> EmbeddedTagger:
    return EmbeddedTagger(reader(**shares), lambda photos: [people] * len(photos), PLAIN)


def named(tags: tuple, *kinds: str) -> dict[str, float]:  # type: ignore[type-arg]
    return {tag.name: tag.score for tag in tags if tag.kind in (kinds or ("object", "place", "activity", "work"))}


def test_every_class_has_one_place_in_the_table() -> None:
    text = (Path(__file__).parents[1] / "genmark/perceive/tags/nouns.txt").read_text(encoding="utf-8")
    unsaid = next(line for line in text.splitlines() if line.startswith("- |")).split(" | ")[5].split()
    numbers = [number for noun in TABLE.nouns.values() for number in noun.classes]
    for part in unsaid:
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    assert sorted(numbers) == list(range(1000))


def test_parents_and_cues_are_in_the_table_and_all_have_a_korean_name() -> None:
    for noun in TABLE.nouns.values():
        assert set(noun.parents) <= set(TABLE.nouns), noun.name
        assert set(noun.cues) <= set(TABLE.scenes), noun.name
    assert all(noun.korean for noun in (*TABLE.nouns.values(), *TABLE.scenes.values()))


def test_faith_health_and_arms_are_never_said() -> None:
    spoken = {noun.spoken for noun in (*TABLE.nouns.values(), *TABLE.scenes.values())}
    assert not spoken & {"church", "mosque", "altar", "abaya", "syringe", "crutch", "rifle", "revolver", "prison"}
    for number in (668, 497, 663, 832):  # mosque, church, monastery, stupa
        assert np.flatnonzero(TABLE.sums[number]).tolist() == [list(TABLE.nouns).index("building")]
    assert not TABLE.sums[[399, 406, 413, 523, 691, 763, 845]].any()


def test_breeds_add_up_to_a_dog_and_a_sure_one_is_named() -> None:
    spread = named(next(tagger(c207=0.3, c208=0.3, c219=0.3)([photo(90, 90, 90)])))
    assert spread["dog"] == pytest.approx(0.9, abs=0.03)
    assert "golden retriever" not in spread
    assert "animal" not in spread
    sure = named(next(tagger(c207=0.9)([photo(90, 90, 90)])))
    assert sure["golden retriever"] == pytest.approx(0.9, abs=0.02)


def test_what_is_either_is_called_by_what_both_are() -> None:
    found = named(next(tagger(c207=0.3, c281=0.3, c291=0.3)([photo(90, 90, 90)])))
    assert found["animal"] == pytest.approx(0.95, abs=0.04)
    assert found["animal"] > found["dog"]


def test_nothing_sure_is_no_noun() -> None:
    assert named(next(tagger()([photo(90, 90, 90)]))) == {}


def test_scenes_follow_from_things_and_any_may_be_enough() -> None:
    found = next(tagger(c508=0.4, c620=0.4)([photo(90, 90, 90)]))
    desk = next(tag for tag in found if tag.name == "desk work")
    assert desk.kind == "work"
    assert desk.score == pytest.approx(1 - (1 - 0.5 * 0.4) * (1 - 0.6 * 0.4), abs=0.05)


def test_people_are_counted_and_not_described() -> None:
    found = next(tagger(People((0.8,), (0.3,)))([photo(90, 90, 90)]))
    assert named(found)["person"] == 0.8
    assert named(found, "composition") == {"portrait": 0.8}
    crowd = next(tagger(People((0.8, 0.7, 0.9), (0.2, 0.1, 0.1)))([photo(90, 90, 90)]))
    assert named(crowd, "composition") == {"group photo": 0.8}


def test_tags_do_not_depend_on_neighbours() -> None:
    tag = tagger(c207=0.9)
    red, blue = photo(200, 20, 30), photo(30, 60, 180)
    assert list(tag([red, blue])) == [next(tag([red])), next(tag([blue]))]


@pytest.mark.parametrize(
    ("rgb", "colour"),
    [((10, 10, 10), "black"), ((250, 250, 250), "white"), ((200, 20, 30), "red"), ((30, 60, 180), "blue"),
     ((40, 130, 50), "green"), ((240, 220, 40), "yellow"), ((110, 70, 40), "brown"), ((245, 170, 190), "pink"),
     ((128, 128, 128), "grey"), ((235, 130, 30), "orange")],
)  # fmt: skip
def test_plain_pictures_are_called_by_their_colour(rgb: tuple[int, int, int], colour: str) -> None:
    tags = [tag for tag in read_looks(photo(*rgb)) if tag.kind == "colour"]
    assert [tag.name for tag in tags] == [colour]
    assert tags[0].korean == COLOURS[colour][0]


def test_light_and_style_are_measured() -> None:
    assert {"dark", "minimal", "black and white"} <= {tag.name for tag in read_looks(photo(12, 12, 12))}
    noise = Photo(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert "minimal" not in {tag.name for tag in read_looks(noise)}


def test_colourfulness_of_grey_is_nothing() -> None:
    assert colourfulness(np.full((4, 4, 3), 80.0, np.float32)) == 0.0
    assert colourfulness(np.array([[[255, 0, 0], [0, 255, 0]]], np.float32)) > 109


def test_curves_ship_and_promise_nothing_for_other_photos() -> None:
    curves = read_curves()
    assert "" in curves
    assert all(curve.slope > 0 and curve.intercept <= 0 for curve in curves.values())
    assert set(json.loads((Path(__file__).parents[1] / "genmark/perceive/tags/curves.json").read_text())) == set(curves)


def test_fitting_learns_that_a_network_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 3, 2000)
    right = rng.random(2000) < 1 / (1 + np.exp(-odds / 2))  # half as sure would be right
    guesses = [Guess("garment", float(o), bool(r)) for o, r in zip(odds, right, strict=True)]
    rooms = [Guess("furniture", guess.odds, guess.right) for guess in guesses]
    assert fit_tag_curves(guesses, rooms)["garment"].slope == pytest.approx(0.5, abs=0.06)


def test_labels_of_the_clothing_pack_are_nouns() -> None:
    assert {noun for nouns in GARMENTS.values() for noun in nouns.split()} <= set(TABLE.nouns)
