"""Offers: who may see which, in what order, with what reasons; caps, budgets and pace at their very edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmark.audience.catalogue import Catalogue, Offer
from genmark.audience.interests import Interest, Profile
from genmark.audience.matching import Matched, Matcher
from genmark.audience.offer_files import load_catalogue
from genmark.audience.offers import Situation, explain_refusals, rank_offers
from genmark.audience.segments import load_segments
from genmark.audience.showings import History, Showing, allowance
from genmark.audience.targeting import offered, target_one
from genmark.errors import UsageError
from genmark.insight import Caption, Evidence, Insight, Match, Tag

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def match(segment: str, score: float = 0.8, *words: str) -> Match:
    return Match(segment, segment.title(), score, tuple(Evidence(word, "caption", 0.9) for word in words or (segment,)))


DOGS = match("dogs", 0.8, "a dog", "mountain trail")
FOOD = Offer(
    "dog-food", "Dog food", "사료", ("dogs",), template="For {words}: now", template_korean="{words:을/를} 위한 사료"
)


def ids(found: object, *offers: Offer, **more: object) -> list[str]:
    return [one.offer.id for one in rank_offers(found, Catalogue(offers), NOW, **more)]  # type: ignore[arg-type]


def why(found: object, offer: Offer, **more: object) -> str:
    """Why an offer is refused, "" where it is ranked; both answers must agree."""
    refused = explain_refusals(found, Catalogue((offer,)), NOW, **more)  # type: ignore[arg-type]
    assert bool(refused) != bool(ids(found, offer, **more))
    return refused[0].why if refused else ""


def test_an_offer_comes_with_its_reasons_and_lines() -> None:
    [ranked] = rank_offers([DOGS], Catalogue((FOOD,)), NOW)
    assert ranked.score == pytest.approx(0.8)
    assert ranked.reasons == ("because: 'a dog', 'mountain trail'",)
    assert ranked.line == "For a dog and mountain trail: now"
    assert ranked.korean == "개, 등산로를 위한 사료"


def test_segments_and_observations_add_up_as_a_noisy_or() -> None:
    mask = Offer("mask", "Mask", segments=("hair",), observations=("dry ends",), template="For {words}")
    seen = Situation({"dry ends": 0.5})
    [both] = rank_offers([match("hair", 0.6, "long hair")], Catalogue((mask,)), NOW, situation=seen)
    assert both.score == pytest.approx(1 - 0.4 * 0.5)
    assert both.reasons == ("because: 'long hair'", "seen: 'dry ends'")
    [alone] = rank_offers([], Catalogue((mask,)), NOW, situation=seen)
    assert (alone.score, alone.line) == (0.5, "For dry ends")
    assert why([], mask, situation=Situation({"dry ends": 0.0})) == "nothing that it is for was found"


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        (NOW, None, ""),
        (NOW + timedelta(seconds=1), None, "not before 2026-11-21 12:00 UTC"),
        (None, NOW, "over since 2026-11-21 12:00 UTC"),
        (None, NOW + timedelta(microseconds=1), ""),
        (datetime(2026, 11, 21, 21, tzinfo=timezone(timedelta(hours=9))), None, ""),
    ],
)
def test_an_offer_runs_from_its_start_until_just_before_its_end(
    starts: datetime | None, ends: datetime | None, said: str
) -> None:
    assert why([DOGS], replace(FOOD, starts=starts, ends=ends)) == said


def test_a_score_of_the_least_is_enough() -> None:
    assert why([DOGS], replace(FOOD, least=0.8)) == ""
    assert why([DOGS], replace(FOOD, least=0.81)) == "scores 0.80, below its least of 0.81"


def test_an_offer_for_certain_countries_stays_there() -> None:
    korean = replace(FOOD, countries=("KR", "JP"))
    assert why([DOGS], korean, situation=Situation(country="JP")) == ""
    assert why([DOGS], korean, situation=Situation(country="DE")) == "only for KR, JP, not for DE"
    assert why([DOGS], korean) == "only for KR, JP, not for a country that is not known"


@pytest.mark.parametrize(("word", "kept"), [("mountain", True), ("trails", True), ("Dog", True), ("mount", False)])
def test_deny_rules_look_for_whole_words(word: str, kept: bool) -> None:
    assert bool(why([DOGS], replace(FOOD, deny=(word,)))) == kept


def test_deny_rules_look_at_captions_and_at_korean() -> None:
    assert "눈" in why([DOGS], replace(FOOD, deny=("눈",)), situation=Situation(texts=("눈밭의 강아지",)))
    assert why([DOGS], replace(FOOD, deny=("snow",)), situation=Situation(texts=("a dog in the snow",)))
    assert not why([DOGS], replace(FOOD, deny=("snow",)))


def test_nothing_is_offered_where_there_may_be_a_minor() -> None:
    refused = "the person may be a minor: there are no offers"
    assert why([DOGS], FOOD, situation=Situation(minor=True)) == refused
    assert why(Profile(reason="minor"), FOOD) == refused


def test_nothing_is_offered_from_what_is_sensitive() -> None:
    church = Match("dogs", "Dogs", 0.9, (Evidence("a church", "caption", 0.9),))
    assert why([church], FOOD) == "what it is for was found in something sensitive"
    assert why([DOGS], FOOD, situation=Situation(texts=("a cancer patient with a dog",))) == "sensitive: health"


def shown(*ago: timedelta) -> History:
    return History(tuple(Showing("dog-food", NOW - one) for one in ago))


@pytest.mark.parametrize(
    ("cap", "ago", "refused"),
    [
        (2, [DAY], False),
        (2, [DAY, 2 * DAY], True),
        (2, [DAY, 7 * DAY], True),  # a showing of exactly seven days ago still counts
        (2, [DAY, 7 * DAY + timedelta(microseconds=1)], False),
        (0, [], True),
        (1, [timedelta(0)], True),
    ],
)
def test_caps_hold_at_their_edges(cap: int, ago: list[timedelta], refused: bool) -> None:
    said = why([DOGS], replace(FOOD, cap=cap), history=shown(*ago))
    assert said == (
        f"shown {len(ago)} {'time' if len(ago) == 1 else 'times'} within 7 days, its cap is {cap}" if refused else ""
    )


def test_a_cap_counts_days_of_24_hours_over_a_change_of_clocks() -> None:
    summer = timezone(timedelta(hours=2))
    offer = replace(FOOD, cap=1, cap_days=1.0)
    past = History((Showing("dog-food", datetime(2026, 10, 24, 12, tzinfo=summer)),))
    same_clock = datetime(2026, 10, 25, 12, tzinfo=timezone(timedelta(hours=1)))  # 25 hours later
    assert rank_offers([DOGS], Catalogue((offer,)), same_clock, past)
    assert not rank_offers([DOGS], Catalogue((offer,)), same_clock - timedelta(hours=1), past)


def test_the_second_call_counts_what_the_first_one_spent() -> None:
    offer = replace(FOOD, cost=60, budget=119, cap=None)
    past = History()
    assert why([DOGS], offer, history=past) == ""
    past = past.with_showing(offer, NOW)
    assert past.spent("dog-food") == 60
    assert why([DOGS], offer, history=past) == "its budget is spent"
    assert why([DOGS], replace(offer, budget=120), history=past) == ""


def test_a_budget_is_spent_evenly_with_a_day_in_advance() -> None:
    offer = replace(FOOD, cost=1, budget=1000, starts=NOW, ends=NOW + 10 * DAY)
    assert [allowance(offer, NOW + n * DAY) for n in (0, 1, 4, 9, 20)] == [100, 200, 500, 1000, 1000]
    assert why([DOGS], offer, history=History(costs={"dog-food": 99})) == ""
    assert why([DOGS], offer, history=History(costs={"dog-food": 100})) == "ahead of the pace of its budget"
    assert why([DOGS], offer, history=History(costs={"dog-food": 1000})) == "its budget is spent"
    assert allowance(replace(offer, budget=None), NOW) is None
    assert allowance(replace(offer, ends=None), NOW) == 1000


def test_a_second_offer_for_the_same_thing_waits_for_a_first_one_for_another() -> None:
    leash = Offer("dog-leash", "Leash", segments=("dogs",))
    coffee = Offer("coffee", "Coffee", segments=("coffee",))
    found = [DOGS, match("coffee", 0.6)]
    assert ids(found, FOOD, leash, coffee) == ["dog-food", "coffee", "dog-leash"]
    assert ids(found, FOOD, leash, coffee, diversity=0.0) == ["dog-food", "dog-leash", "coffee"]
    assert ids(found, FOOD, leash, coffee, most=1) == ["dog-food"]
    assert ids(found, FOOD, leash, coffee, most=0) == []
    with pytest.raises(ValueError, match="diversity"):
        ids(found, FOOD, diversity=1.5)


def test_order_never_depends_on_the_order_of_matches_or_offers() -> None:
    offers = [Offer(f"o{n}", "O", segments=("dogs", "coffee")[n % 2 :]) for n in range(4)]
    found = [DOGS, match("dogs", 0.4, "a leash"), match("coffee", 0.8)]
    answers = {
        (tuple(ids(list(some), *order)), rank_offers(list(some), Catalogue(order), NOW)[0].reasons)
        for some in permutations(found)
        for order in permutations(offers)
    }
    assert len(answers) == 1


def test_a_profile_offers_what_is_not_fading() -> None:
    interests = (Interest(DOGS, "lasting", 4, NOW - 90 * DAY, NOW), Interest(match("golf"), "fading", 4, NOW, NOW))
    profile = Profile(interests, 8, reason="")
    assert ids(profile, FOOD, Offer("golf-balls", "Golf balls", segments=("golf",))) == ["dog-food"]


def test_times_without_a_zone_and_wrong_shares_are_refused() -> None:
    with pytest.raises(UsageError, match="no time zone"):
        rank_offers([], Catalogue(), datetime(2026, 1, 1))
    with pytest.raises(UsageError, match="no time zone"):
        Showing("a", datetime(2026, 1, 1))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        Situation({"dry ends": 1.5})


shares = st.floats(0.0, 1.0)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), shares), max_size=5), shares, st.integers(0, 6))
def test_scores_are_shares_and_never_fall_with_more_evidence(
    told: list[tuple[str, float]], diversity: float, most: int
) -> None:
    offers = Catalogue(tuple(Offer(f"o-{s}", "O", segments=tuple(s)) for s in ("a", "b", "ab", "abc")))
    found = [match(segment, score) for segment, score in told]
    ranked = rank_offers(found, offers, NOW, diversity=diversity, most=most)
    assert len(ranked) <= most
    assert all(0.0 <= one.score <= 1.0 for one in ranked)
    more = {one.offer.id: one.score for one in rank_offers([*found, match("a", 1.0)], offers, NOW, most=9)}
    assert all(more[one.offer.id] >= one.score for one in ranked)
    assert len(rank_offers(found, offers, NOW, most=9)) + len(explain_refusals(found, offers, NOW)) == 4


def insight(text: str, *tags: Tag, minor: bool = False) -> Insight:
    return Insight("photo", Caption(text, 0.9 if text else 0.0), tags, minor=minor)


def test_a_caption_becomes_segments_and_offers() -> None:
    matcher, catalogue = Matcher(load_segments("retail")), load_catalogue("retail.csv")
    grill = target_one(insight("sausages on a charcoal grill"), matcher, catalogue, NOW)
    assert [one.id for one in grill.matches] == ["barbecue"]
    assert [one.offer.id for one in grill.offers] == ["charcoal-grill"]
    assert "charcoal grill" in grill.offers[0].line
    korean = target_one(insight("강아지와 산책"), matcher, catalogue, NOW)
    assert korean.offers[0].korean.startswith("강아지를")
    for text, reason in [
        ("a passport on a table", "sensitive: identity"),
        ("a child's face", "minor"),
        ("", "nothing is sure"),
    ]:
        nothing = target_one(insight(text), matcher, catalogue, NOW)
        assert (nothing.matches, nothing.offers, nothing.abstained, nothing.reason) == ((), (), True, reason)


def test_a_minor_in_the_photo_is_never_matched_nor_offered_anything() -> None:
    asked: list[bool] = []

    def matcher(text: str, tags: object = (), *, minor: bool = False) -> Matched:
        asked.append(minor)
        return Matched((DOGS,), False, "")  # one that does not listen

    seen = Situation({"dry ends": 0.9})
    mask = Offer("mask", "Mask", observations=("dry ends",))
    for photo, situation in [(insight("a dog", minor=True), seen), (insight("a dog"), replace(seen, minor=True))]:
        found = target_one(photo, matcher, Catalogue((FOOD, mask)), NOW, situation=situation)
        assert (found.matches, found.offers, found.reason) == ((), (), "minor")
    assert asked == [True, True]
    assert len(target_one(insight("a dog"), matcher, Catalogue((FOOD, mask)), NOW, situation=seen).offers) == 2


def test_what_the_matcher_refused_brings_no_offer_by_another_way() -> None:
    mask = Catalogue((Offer("mask", "Mask", observations=("dry ends",)),))
    seen = Situation({"dry ends": 0.9})
    assert offered(insight("a desk"), Matched(reason="sensitive: other"), mask, NOW, situation=seen).offers == ()
    assert len(offered(insight("a desk"), Matched(), mask, NOW, situation=seen).offers) == 1
    church = insight("a desk", Tag("church", 0.9))
    assert offered(church, Matched(), mask, NOW, situation=seen).offers == ()
    doubtful = insight("a desk", Tag("church", 0.1))
    assert len(offered(doubtful, Matched(), mask, NOW, situation=seen).offers) == 1
