"""A customer's photos: what lasts, what was met once, what fades, and what says nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmark.audience.customer import Customer, gather, of_stored
from genmark.audience.interests import MEMORY, Interest, Memory, Observation, Profile
from genmark.audience.rates import above
from genmark.errors import UsageError
from genmark.insight import Evidence, Match

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def match(segment: str, score: float = 0.9, *words: str) -> Match:
    said = words or (segment,)
    return Match(segment, segment.title(), score, tuple(Evidence(word, "caption", score) for word in said))


def photo(name: str, days_ago: float, *segments: str | Match, **more: object) -> Observation:
    found = tuple(match(one) if isinstance(one, str) else one for one in segments)
    return Observation(name, NOW - timedelta(days=days_ago), matches=found, **more)  # type: ignore[arg-type]


def of(profile: Profile, segment: str) -> Interest | None:
    return next((one for one in profile.interests if one.match.id == segment), None)


def standing(profile: Profile, segment: str) -> str | None:
    found = of(profile, segment)
    return found and found.standing


@pytest.mark.parametrize(
    ("hits", "misses", "rate", "mass"),
    [(1.0, 1.0, 0.25, 0.75), (2.0, 1.0, 0.5, 0.75), (1.0, 3.0, 0.5, 0.125), (3.0, 3.0, 0.5, 0.5), (5.0, 2.0, 1.0, 0.0)],
)
def test_the_mass_above_a_rate_is_that_of_a_beta(hits: float, misses: float, rate: float, mass: float) -> None:
    assert above(rate, hits, misses) == pytest.approx(mass, abs=1e-12)


def test_half_a_hit_agrees_with_the_arcsine_law() -> None:
    assert above(0.25, 0.5, 0.5) == pytest.approx(2.0 / 3.0, abs=1e-12)  # P(x < t) = 2 / pi * asin(sqrt(t))


@pytest.mark.parametrize(("hits", "misses"), [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0), (float("inf"), 1.0)])
def test_numbers_that_are_no_counts_are_refused(hits: float, misses: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        above(0.1, hits, misses)


def test_dogs_on_many_days_last_and_one_barbecue_does_not() -> None:
    seen = [photo(f"dog-{days}", days, "dogs") for days in (3, 20, 45, 80, 110)] + [photo("grill", 30, "barbecue")]
    profile = gather(seen, NOW)
    assert not profile.abstained
    assert standing(profile, "dogs") == "lasting"
    assert standing(profile, "barbecue") is None  # one of six days, a month ago: not even sure of that
    dogs = of(profile, "dogs")
    assert dogs is not None
    assert dogs.occasions == 5
    assert {one.photo for one in dogs.match.evidence} == {f"dog-{days}" for days in (3, 20, 45, 80, 110)}
    assert dogs.match.evidence[0].photo == "dog-3"  # the newest weighs most


def test_a_burst_of_fifty_photos_is_one_occasion() -> None:
    burst = [photo(f"beach-{n}", 2 + n / 1000, "beach") for n in range(50)]
    one = gather([burst[0]], NOW)
    many = gather(burst, NOW)
    assert many.occasions == 1
    assert standing(many, "beach") == standing(one, "beach") == "one-off"
    assert of(many, "beach").match.score == pytest.approx(of(one, "beach").match.score, abs=1e-3)  # type: ignore[union-attr]


def test_a_fortnight_s_holiday_is_one_off_until_it_spans_fourteen_days() -> None:
    holiday = [photo(f"beach-{n}", 2 + n, "beach") for n in range(14)]
    assert standing(gather(holiday, NOW), "beach") == "one-off"
    assert standing(gather([*holiday, photo("later", 16, "beach")], NOW), "beach") == "lasting"


def test_what_was_lasting_fades_and_is_no_longer_targeted() -> None:
    seen = [photo(f"dog-{days}", days, "dogs") for days in (300, 320, 340, 360)]
    seen += [photo(f"coffee-{days}", days, "coffee") for days in (1, 10, 30, 50)]
    profile = gather(seen, NOW)
    assert standing(profile, "dogs") == "fading"
    assert standing(profile, "coffee") == "lasting"
    assert [one.id for one in profile.matches] == ["coffee"]
    assert [one.standing for one in profile.interests] == ["lasting", "fading"]


def test_only_faded_interests_abstain() -> None:
    profile = gather([photo(f"dog-{days}", days, "dogs") for days in (700, 720, 740, 760)], NOW)
    assert profile.abstained
    assert profile.reason == "nothing is sure"
    assert profile.matches == ()


def test_three_sightings_in_a_hundred_days_of_photos_are_noise() -> None:
    seen = [photo(f"coffee-{n}", n, "coffee") for n in range(100)]
    seen += [photo(f"golf-{days}", days, match("golf", 0.6)) for days in (5.1, 40.1, 80.1)]
    assert standing(gather(seen, NOW), "golf") is None


def test_an_uncertain_sighting_counts_less_but_never_against() -> None:
    base = [photo(f"dog-{days}", days, "dogs") for days in (10, 30)]
    doubtful = gather([*base, photo("blur", 20, match("dogs", 0.2))], NOW)
    sure = gather([*base, photo("clear", 20, match("dogs", 0.9))], NOW)
    scores = [of(profile, "dogs").match.score for profile in (gather(base, NOW), doubtful, sure)]  # type: ignore[union-attr]
    assert scores == sorted(scores)
    assert scores[1] < scores[2]


def test_all_frames_of_a_film_are_one_occasion() -> None:
    frames = [photo(f"holiday at {at}.0 s", 2, match("beach", 0.9, "a beach", "sand", "waves")) for at in range(24)]
    found = of(gather(frames, NOW), "beach")
    assert found is not None
    assert (found.occasions, found.standing) == (1, "one-off")
    assert len({one.photo for one in found.match.evidence}) == len(found.match.evidence) == 8


def test_a_file_counts_once_where_it_is_newest() -> None:
    seen = [photo(f"copy-{days}", days, "dogs", digest="aa") for days in (1, 30, 60)]
    found = of(gather(seen, NOW), "dogs")
    assert found is not None
    assert (found.occasions, found.standing) == (1, "one-off")
    assert found.last == NOW - timedelta(days=1)
    assert gather([seen[0], seen[0]], NOW) == gather([seen[0]], NOW)


def test_a_photo_with_a_possible_minor_says_nothing() -> None:
    seen = [photo(f"dog-{days}", days, "dogs") for days in (10, 30, 50)]
    child = photo("child", 5, "beauty", minor=True, digest="cc")
    copy = photo("copy", 6, "beauty", digest="cc")
    profile = gather([*seen, child, copy], NOW)
    assert profile.withheld == ("child",)
    assert profile.interests == gather(seen, NOW).interests
    unknown = [photo(f"child-{days}", days, "beauty", minor=True) for days in (1, 20, 40)]  # without a hash
    assert gather([*seen, *unknown], NOW).interests == gather(seen, NOW).interests


def test_a_profile_picture_that_may_be_a_minor_s_stops_everything() -> None:
    seen = [photo("dog", 10, "dogs"), photo("me", 5, minor=True, source="profile")]
    profile = gather(seen, NOW)
    assert profile.abstained
    assert profile.reason == "minor"
    assert profile.interests == ()


def test_a_sensitive_segment_is_dropped_whoever_matched_it() -> None:
    church = Match("church", "Church goers", 0.99, (Evidence("a church", "caption", 0.9),))
    told = Match("trips", "City trips", 0.99, (Evidence("a mosque", "caption", 0.9),))
    assert gather([photo(f"p{days}", days, church, told) for days in (1, 20, 40)], NOW) == Profile()


def test_nothing_known_is_nothing_said() -> None:
    assert gather([], NOW).abstained
    assert gather([photo("passport", 1)], NOW) == Profile()


def test_days_are_the_customer_s_own_and_summer_time_changes_none() -> None:
    seoul = timezone(timedelta(hours=9))
    evening = Observation("a", datetime(2026, 10, 30, 23, 30, tzinfo=seoul), matches=(match("dogs"),))
    midnight = Observation("b", datetime(2026, 10, 31, 0, 30, tzinfo=seoul), matches=(match("dogs"),))
    assert gather([evening, midnight], NOW).occasions == 1  # 14:30 and 15:30 in UTC
    assert gather([evening, midnight], NOW, zone=seoul).occasions == 2
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    winter = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))  # an hour later, on the same clock
    twice = [Observation("same", when, matches=(match("dogs"),)) for when in (summer, winter)]
    assert gather(twice, NOW).occasions == 1
    assert of(gather(twice, NOW), "dogs").last == winter  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", [{"half_life": 0.0}, {"usual": 0.0}, {"often": 1.0}, {"sure": 1.5}, {"least": 0}])
def test_a_memory_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="a memory"):
        Memory(**wrong)  # type: ignore[arg-type]


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(UsageError, match="time of the photo 'a' has no time zone"):
        Observation("a", datetime(2026, 1, 1))
    with pytest.raises(UsageError, match="no time zone"):
        gather([], datetime(2026, 1, 1))


def test_a_customer_keeps_photos_and_tells_the_same() -> None:
    seen = [photo(f"dog-{days}", days, "dogs") for days in (3, 20, 45)]
    customer = Customer().with_more(seen[:1]).with_more(seen[1:])
    assert customer.profile(NOW) == gather(seen, NOW)
    assert of_stored([]) == ()


def test_a_photo_from_tomorrow_counts_like_one_of_today() -> None:
    assert MEMORY.fade(NOW + timedelta(days=9), NOW) == 1.0
    assert MEMORY.fade(NOW - timedelta(days=180), NOW) == pytest.approx(0.5)
    assert MEMORY.fade(datetime(1900, 1, 1, tzinfo=UTC), NOW) > 0.0


ages = st.floats(0.0, 2000.0, allow_nan=False)
segments = st.sampled_from(["dogs", "golf", "coffee"])
seen_photos = st.lists(
    st.builds(
        lambda name, days, segment, score, digest: photo(name, days, match(segment, score), digest=digest),
        st.sampled_from(["a", "b", "c", "d"]),
        ages,
        segments,
        st.floats(0.01, 1.0),
        st.sampled_from(["", "", "", "x", "y"]),
    ),
    max_size=12,
)


@given(seen_photos, st.randoms(use_true_random=False))
def test_the_order_of_photos_never_matters(seen: list[Observation], random: object) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert gather(shuffled, NOW) == gather(seen, NOW)


@given(seen_photos)
def test_scores_and_weights_are_shares_and_interests_are_in_order(seen: list[Observation]) -> None:
    profile = gather(seen, NOW)
    for interest in profile.interests:
        assert 0.0 <= interest.match.score <= 1.0
        assert all(0.0 <= one.weight <= 1.0 for one in interest.match.evidence)
        assert interest.first <= interest.last
    assert all(one.score >= two.score for one, two in pairwise(profile.matches))
    assert profile.abstained == (not profile.matches)


@given(ages, ages, st.floats(0.05, 1.0))
def test_the_newer_a_sighting_the_surer(one: float, other: float, certainty: float) -> None:
    base = [photo("far", 2500, "dogs")]
    eager = Memory(sure=0.0, half_life=5000.0)
    near, far = sorted((one, other))
    scores = [
        of(gather([*base, photo("p", days, match("dogs", certainty))], NOW, eager), "dogs").match.score  # type: ignore[union-attr]
        for days in (near, far)
    ]
    assert scores[0] >= scores[1]
