from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import gallery_cases as cases
import pytest

from genmark.gallery import words
from genmark.gallery.facts import facts, speed
from genmark.recipes import Cut
from genmark.variants import Proof


def told(proof: Proof, **changes: object) -> dict[str, tuple[str, str, bool]]:
    variant = replace(cases.variant(cases.eileen(), proof=proof), **changes)  # type: ignore[arg-type]
    return {fact.label[0]: (fact.value, fact.meaning[0], fact.good) for fact in facts(variant, 1_234_567)}


def test_every_text_is_in_both_languages() -> None:
    for english, korean in (*words.WORDS.values(), *words.REGIONS.values()):
        assert english.isascii()
        assert re.search("[가-힣]", korean), english


def test_dates_are_written_as_people_write_them() -> None:
    assert words.day(date(2026, 3, 1)) == ("1 March 2026", "2026년 3월 1일")
    assert words.day(date(2026, 12, 31)) == ("31 December 2026", "2026년 12월 31일")


def test_one_look_is_not_one_looks() -> None:
    assert (words.looks(1)[0], words.looks(2)[0]) == ("1 look", "2 looks")
    assert (words.photo_count(1)[0], words.photo_count(2)[0]) == ("1 photo", "2 photos")


def test_a_kept_photo_is_said_as_no_pixel_of_so_many() -> None:
    assert told(Proof(0, 1.0, 1.0))["Kept"] == ("0", "of 1,234,567 pixels outside the hair changed", True)


def test_a_new_shape_is_held_to_its_marked_area_and_says_what_it_is() -> None:
    style = replace(cases.variant(cases.eileen()).style, dye=None, cut=Cut(donors=("pixie",)))
    measured = {"length": "short", "curl": "wavy", "fringe": "side"}
    found = told(Proof(0, None, 0.9), style=style, measured=measured)
    assert found["Kept"][1] == "of 1,234,567 pixels outside the marked area changed"
    assert found["Hair"] == ("short", "as measured on the preview, wavy, side fringe", True)
    assert "Hair" not in told(Proof(0, None, 0.9), style=style)


def test_a_changed_pixel_outside_the_hair_is_a_doubt() -> None:
    value, meaning, good = told(Proof(3, 1.0, 1.0))["Kept"]
    assert (value, good) == ("3", False)
    assert "up to this much" in meaning


@pytest.mark.parametrize(
    ("delta_e", "meaning", "good"),
    [(0.4, "cannot be told", True), (4.9, "close to", True), (9.0, "visibly off", True), (10.1, "far from", False)],
)
def test_the_distance_to_the_swatch_is_said_in_plain_words(delta_e: float, meaning: str, good: bool) -> None:
    value, said, fine = told(Proof(0, delta_e, 1.0))["Shade"]
    assert value == f"ΔE {delta_e:.1f}"
    assert said.startswith(meaning)
    assert fine is good


def test_a_look_without_one_colour_says_nothing_about_a_shade() -> None:
    assert "Shade" not in told(Proof(0, None, 1.0))


def test_a_visible_edge_is_a_doubt() -> None:
    assert told(Proof(0, 1.0, 0.95))["Edge"] == ("95 / 100", "no edge that the photo did not have", True)
    assert told(Proof(0, 1.0, 0.39))["Edge"][2] is False


def test_brand_fit_is_said_only_where_there_is_one() -> None:
    assert "Brand fit" not in told(Proof(0, 1.0, 1.0))
    assert told(Proof(0, 1.0, 1.0), fit=0.81)["Brand fit"][0] == "0.81"


def test_time_is_said_only_where_it_was_measured() -> None:
    measured = speed(cases.variant(cases.eileen()))
    assert measured is not None
    assert measured.value == "0.33 s"
    assert speed(cases.variant(cases.eileen(), milliseconds={})) is None


def test_a_region_without_a_word_is_the_marked_area() -> None:
    assert words.region("sofa") == ("marked area", "표시 영역")
