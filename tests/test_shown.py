"""Offers and the store together: what two callers saw as free is shown once, and a stored customer has a profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from store_cases import KEY, START, Clock, Ids, insight, intake, match, picture

from genmark.audience.catalogue import Catalogue, Offer
from genmark.audience.customer import gather as gather_customer
from genmark.audience.customer import of_stored
from genmark.audience.offers import explain_refusals, rank_offers
from genmark.audience.shown import StoredHistory, show
from genmark.audience.store.findings import gather, record_insight, record_matches
from genmark.audience.store.intake import add_customer, add_photo
from genmark.audience.store.opening import Parts, Store, create_store

FOOD = Offer("dog-food", "Dog food", segments=("pets",), cost=10, budget=25, cap=1, cap_days=7.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with create_store(f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "pictures", KEY, Parts(clock, Ids())) as opened:
        yield opened


def why(store: Store, customer: str, offer: Offer = FOOD) -> str:
    found = explain_refusals([match()], Catalogue((offer,)), store.clock(), StoredHistory(store, customer))
    return found[0].why if found else ""


def test_a_cap_is_kept_until_its_days_are_over(store: Store, clock: Clock) -> None:
    anna = add_customer(store, "K-1")
    assert why(store, anna) == ""
    assert show(store, anna, FOOD)
    assert not show(store, anna, FOOD)
    assert why(store, anna) == "shown 1 time within 7 days, its cap is 1"
    clock.go(days=7)
    assert not show(store, anna, FOOD)
    clock.go(seconds=1)
    assert why(store, anna) == ""
    assert show(store, anna, FOOD)


def test_a_budget_that_two_saw_free_is_spent_by_the_first(store: Store) -> None:
    anna, bela, cleo = (add_customer(store, f"K-{n}") for n in range(3))
    offer = replace(FOOD, budget=19)
    assert [why(store, one, offer) for one in (anna, bela)] == ["", ""]
    assert [show(store, one, offer) for one in (anna, bela)] == [True, False]
    assert StoredHistory(store, bela).spent("dog-food") == 10
    assert why(store, cleo, offer) == "its budget is spent"


def test_a_pace_is_kept_by_the_store_too(store: Store, clock: Clock) -> None:
    anna, bela = add_customer(store, "K-1"), add_customer(store, "K-2")
    offer = replace(FOOD, budget=100, starts=START, ends=START + timedelta(days=10))
    assert show(store, anna, offer)
    assert not show(store, bela, offer)
    assert why(store, bela, offer) == "ahead of the pace of its budget"
    clock.go(days=1)
    assert show(store, bela, offer)


def test_a_stored_customer_s_photos_become_a_profile_and_an_offer(store: Store) -> None:
    anna = add_customer(store, "K-1")
    for number in range(3):
        taken = START - timedelta(days=2 + 20 * number)
        kept = add_photo(store, anna, picture(number), replace(intake(), taken=taken))
        record_insight(store, kept.id, replace(insight(), minor=number == 2))
        record_matches(store, anna, [match(photo=kept.id)], kept.id)
    profile = gather_customer(of_stored(gather(store, anna)), store.clock())
    [pets] = profile.interests
    assert (pets.match.id, pets.occasions, len(profile.withheld)) == ("pets", 2, 1)
    record_matches(store, anna, profile.matches)  # evidence names the customer's own photos, so the store takes it
    [ranked] = rank_offers(profile, Catalogue((FOOD,)), store.clock(), StoredHistory(store, anna))
    assert ranked.reasons == ("because: 'a dog'",)
