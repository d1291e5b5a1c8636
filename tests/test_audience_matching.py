"""Captions to segments: what is named is found, what is denied is left alone, every answer says why."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_models import letters_embedder

from genmark.audience.denial import refusal
from genmark.audience.matching import NOT_SURE, Matcher, match
from genmark.audience.segments import Segment, load_segments
from genmark.audience.weights import Weights, fit_weights
from genmark.insight import Tag

SEGMENTS = load_segments()


def red_team() -> list[str]:
    with Path(__file__).with_name("sensitive_texts.csv").open(encoding="utf-8", newline="") as lines:
        return [row["text"] for row in csv.DictReader(lines)]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(SEGMENTS)


@pytest.fixture(scope="module")
def meaning() -> Matcher:
    return Matcher(SEGMENTS, letters_embedder)


def ids(matcher: Matcher, text: str) -> list[str]:
    return [found.id for found in matcher(text).matches]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a dog running on a mountain trail", "dogs"),
        ("a puppy on a leash", "dogs"),
        ("a hot dog with mustard", "fast-food"),
        ("two teddy bears on a shelf", "toys"),
        ("an empty crib in a baby's room", "nursery"),
        ("people lifting dumbbells in a gym", "gym"),
        ("강아지가 공원에서 달린다", "dogs"),
        ("바닷가에서 서핑보드를 든 남자", "surfing"),
        ("미용실에서 머리를 자르는 여자", "hair-salon"),
        ("식탁 위의 장미", "flowers"),
        ("숯불 그릴 위의 소시지와 고기, 바비큐", "barbecue"),
    ],
)
def test_what_is_named_comes_first(matcher: Matcher, text: str, first: str) -> None:
    assert ids(matcher, text)[0] == first


def test_two_subjects_give_two_segments_with_their_own_words(matcher: Matcher) -> None:
    found = {one.id: one for one in matcher("A dog on a mountain trail.").matches}
    assert found["dogs"].evidence[0].text == "A dog"
    assert found["hiking"].evidence[0].text == "a mountain trail"
    assert found["dogs"].korean == "반려견"


@pytest.mark.parametrize("text", red_team())
def test_nothing_is_said_of_sensitive_texts(matcher: Matcher, text: str) -> None:
    answer = matcher(text)
    assert answer.matches == ()
    assert answer.abstained
    assert answer.reason == "minor" or answer.reason.startswith("sensitive: ")


def test_the_red_team_is_large_and_speaks_both_languages() -> None:
    texts = red_team()
    assert len(set(texts)) >= 150
    assert sum(text.isascii() for text in texts) >= 100
    assert sum(not text.isascii() for text in texts) >= 70


@pytest.mark.parametrize(
    "text",
    [
        "a baby elephant with its mother", "baby carrots in a bowl", "an empty crib in a baby's room", "kids' bedroom",
        "a koala in a tree", "아기 방의 침대와 이불", "딸기 케이크 한 조각", "동물병원에 온 고양이", "코알라와 캥거루",
        "아이스크림과 와플", "주사위와 보드게임", "만두를 빚는 손", "초인종이 달린 현관", "25살 여성의 머리",
    ],
)  # fmt: skip
def test_what_only_sounds_sensitive_is_fine(text: str) -> None:
    assert refusal([text]) is None


def test_signs_that_split_or_disguise_a_word_do_not_help() -> None:
    assert refusal(["a pass\u200bport"]) is not None
    assert refusal(["A PASSPORT!"]) is not None
    assert refusal(["여\u200b권"]) is not None
    assert refusal(["".join(chr(ord(letter) + 0xFEE0) for letter in "passport")]) is not None


def test_a_minor_in_the_photo_or_a_sensitive_tag_stops_everything(matcher: Matcher) -> None:
    assert matcher("a dog in a park", minor=True).reason == "minor"
    assert matcher("a dog in a park", [Tag("church", 0.4)]).reason == "sensitive: religion"
    assert matcher("a dog in a park", [Tag("building", 0.4, korean="교회")]).reason == "sensitive: religion"
    assert not matcher("a dog in a park", [Tag("church", 0.05)]).abstained


def test_tags_speak_with_their_certainty(matcher: Matcher) -> None:
    sure, unsure = matcher("", [Tag("dog", 0.95)]), matcher("", [Tag("dog", 0.3)])
    assert sure.matches[0].id == "dogs"
    assert sure.matches[0].evidence[0].source == "object"
    assert not unsure.matches or unsure.matches[0].score < sure.matches[0].score


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "🐶🐶🐶", "...", "12345", "a the of", "\x00\x07", "가나다라마바사"]
)
def test_texts_that_say_nothing_get_no_segment(matcher: Matcher, text: str) -> None:
    answer = matcher(text)
    assert answer.matches == ()
    assert answer.reason == NOT_SURE


def test_emoji_do_not_hide_words(matcher: Matcher) -> None:
    assert ids(matcher, "my 🐶 dog 🐕 ❤️")[0] == "dogs"


def test_a_very_long_caption_is_read_up_to_a_limit(matcher: Matcher) -> None:
    assert set(ids(matcher, "a dog and a cat " * 100_000)) <= {"dogs", "cats"}
    assert ids(matcher, f"a dog in the park {'very ' * 100_000} a passport") == ["dogs"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_an_answer_whose_evidence_stands_in_it(text: str) -> None:
    answer = Matcher(SEGMENTS[:12], letters_embedder, sure=0.0)(text)
    assert answer.abstained == (not answer.matches)
    for found in answer.matches:
        assert found.evidence
        assert 0.0 <= found.score <= 1.0


@pytest.mark.parametrize(
    "text", ["A dog's bed on the old sofa", "고양이가 소파 위에서 잔다", "강아지 dog 산책", "the cats, and dogs"]
)
def test_evidence_is_letter_for_letter_from_the_caption(meaning: Matcher, text: str) -> None:
    answer = meaning(text)
    assert answer.matches
    for found in answer.matches:
        weights = [piece.weight for piece in found.evidence]
        assert weights == sorted(weights, reverse=True)
        for piece in found.evidence:
            assert piece.text in text
            assert piece.source == "caption"


def test_the_same_answer_one_by_one_and_in_a_stream(meaning: Matcher) -> None:
    texts = ["a dog", "", "a passport", "고양이와 소파", "a bicycle near a car"] * 3
    again = Matcher(SEGMENTS, letters_embedder)
    assert list(meaning.stream((text, ()) for text in texts)) == [again(text) for text in texts]


def test_the_best_come_first_and_no_more_than_asked() -> None:
    answer = Matcher(SEGMENTS, limit=2, sure=0.01)("a dog, a cat, a bird and a horse")
    assert len(answer.matches) == 2
    assert answer.matches[0].score >= answer.matches[1].score


def test_deny_rules_and_look_alikes_keep_a_segment_away() -> None:
    plain = Segment("dogs", "Dogs", nouns=("dog",))
    denied = Segment("dogs", "Dogs", nouns=("dog",), deny=("racing", "경주"))
    unlike = Segment("dogs", "Dogs", nouns=("dog",), unlike=("guard dog",))
    text = "a guard dog is racing 경주"
    assert not match(text, segments=[plain]).abstained
    assert match(text, segments=[denied]).abstained
    assert match("개 경주", segments=[denied]).abstained
    assert match(text, segments=[unlike]).abstained
    assert not match("a dog", segments=[denied]).abstained


def test_an_audience_in_korean_alone_understands_both_languages() -> None:
    korean = [
        Segment("pets", korean="반려동물", nouns=("강아지", "고양이")),
        Segment("gym", korean="헬스장", nouns=("아령",)),
    ]
    matcher = Matcher(korean)
    assert ids(matcher, "a puppy on the floor") == ["pets"]
    assert ids(matcher, "고양이를 안은 여자") == ["pets"]
    assert matcher("a dumbbell").matches[0].name == "헬스장"


def test_weights_find_the_odds_they_were_drawn_from() -> None:
    rng = np.random.default_rng(0)
    signals = rng.normal(size=(20_000, 2))
    chance = 1.0 / (1.0 + np.exp(-(1.5 * signals[:, 0] - 0.5 * signals[:, 1] - 1.0)))
    weights = fit_weights(("a", "b"), signals, (rng.random(20_000) < chance).astype(float), 0.5)
    assert weights.values == pytest.approx((1.5, -0.5), abs=0.1)
    assert weights.bias == pytest.approx(-1.0, abs=0.1)
    assert np.abs(weights.probability(signals) - chance).max() < 0.03
    with pytest.raises(ValueError, match="signals must be"):
        fit_weights(("a",), signals, chance, 0.5)
    assert isinstance(weights, Weights)


def test_where_somebody_may_be_under_age_nothing_about_looks_is_said() -> None:
    matcher = Matcher(load_segments())
    text = "a dog and a lipstick"
    all_of_it = {one.id for one in matcher(text).matches}
    assert {"makeup", "dogs"} <= all_of_it
    kept = matcher(text, personal=False)
    assert {one.id for one in kept.matches} == all_of_it - {"makeup"}
    assert matcher("lipstick and mascara", personal=False).reason == matcher("a dog", minor=True).reason
