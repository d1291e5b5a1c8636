from __future__ import annotations

import numpy as np
import pytest

from genmark.brand import agreement
from genmark.brand.agreement import accuracy, compare, null_accuracy
from genmark.brand.calibration import clopper_pearson


def test_the_interval_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = [
        found.low <= 0.8 <= found.high for found in (accuracy(rng.random(200) < 0.8, draws=400) for _ in range(300))
    ]
    assert 0.91 <= np.mean(held) <= 0.985


def test_the_interval_is_near_the_exact_one() -> None:
    found = accuracy(np.arange(400) < 360)
    assert (found.low, found.high) == pytest.approx(clopper_pearson(360, 400), abs=0.01)
    assert found.value == 0.9


def test_pictures_that_stand_and_fall_together_know_less() -> None:
    """20 campaigns of 20: the truth is in the interval of whole campaigns, and seldom in that of single pictures."""
    rng, groups = np.random.default_rng(1), np.repeat(np.arange(20), 20)
    alone, together = [], []
    for _ in range(200):
        right = rng.random(400) < np.repeat(rng.choice([0.5, 1.0], 20), 20)
        one, all_of_it = accuracy(right, draws=300), accuracy(right, groups, draws=300)
        alone.append(one.low <= 0.75 <= one.high)
        together.append(all_of_it.low <= 0.75 <= all_of_it.high)
    assert np.mean(together) > 0.87
    assert np.mean(alone) < 0.7


def test_equals_are_told_apart_one_time_in_twenty_and_a_better_one_nearly_always() -> None:
    rng, equal, better = np.random.default_rng(2), [], []
    for _ in range(200):
        hard = rng.random(300)
        one, other, third = (hard + rng.normal(0, 0.2, 300) < mark for mark in (0.7, 0.7, 0.85))
        equal.append(compare(one, other, draws=300))
        better.append(compare(third, other, draws=300))
    assert np.mean([found.p <= 0.05 for found in equal]) <= 0.085
    assert np.mean([found.clear for found in equal]) <= 0.10
    assert np.mean([found.p <= 0.05 for found in better]) > 0.9
    assert np.mean([found.gain for found in better]) == pytest.approx(0.12, abs=0.04)


def test_pairing_sees_what_two_intervals_do_not() -> None:
    """Right on the same 300 pictures of 400, and one of them on 12 more."""
    other = np.arange(400) < 300
    one = np.arange(400) < 312
    apart = accuracy(one), accuracy(other)
    assert apart[0].low < apart[1].high
    found = compare(one, other)
    assert found.clear
    assert found.gain == pytest.approx(0.03)
    assert found.p < 0.01
    assert compare(other, one).gain == pytest.approx(-0.03)


def test_no_difference_is_no_difference() -> None:
    found = compare(np.array([True, False]), np.array([True, False]))
    assert (found.gain, found.low, found.high, found.p, found.clear) == (0.0, 0.0, 0.0, 1.0, False)


def test_portions_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    right, other = np.arange(50) % 3 > 0, np.arange(50) % 2 > 0
    whole = accuracy(right, seed=3), compare(right, other, seed=3)
    monkeypatch.setattr(agreement, "_AT_ONCE", 60)
    assert (accuracy(right, seed=3), compare(right, other, seed=3)) == whole


def test_the_null_answers_what_was_frequent_in_training_not_in_the_test() -> None:
    assert null_accuracy(np.array([0, 1, 1]), np.array([0, 0, 0, 1])) == 0.25


def test_what_does_not_fit_is_refused() -> None:
    some = np.ones(3, bool)
    with pytest.raises(ValueError, match="same pictures"):
        compare(some, np.ones(4, bool))
    with pytest.raises(ValueError, match="answers"):
        accuracy(np.zeros(0, bool))
    with pytest.raises(ValueError, match="groups"):
        accuracy(some, np.zeros(2))
    with pytest.raises(ValueError, match="level"):
        accuracy(some, level=1.0)
    with pytest.raises(ValueError, match="label"):
        null_accuracy(np.zeros(0, int), np.zeros(1, int))
