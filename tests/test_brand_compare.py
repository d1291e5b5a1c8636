"""Two lots of looks beside each other: effects, intervals, false alarms, and words that take no side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from genmark.brand.compare import Departure, Difference, compare_looks, departures, palette_gap, summarise
from genmark.brand.effects import benjamini_hochberg, cohens_d, draw, group_means, interval, mann_whitney, moments
from genmark.brand.look import NAMES, Look, describe_look
from genmark.brand.look_words import departure_words, difference_words
from genmark.brand.palette import Palette
from genmark.errors import UsageError

PLAIN = describe_look(np.full((8, 8, 3), 128, np.uint8))


def looks(count: int, seed: int, **means: float) -> list[Look]:
    """Looks whose numbers are normal about `means` (0 unless given) with a deviation of 1; nothing else differs."""
    dice = np.random.default_rng(seed)
    table = dice.normal(size=(count, len(NAMES))) + [means.get(name, 0.0) for name in NAMES]
    return [replace(PLAIN, **dict(zip(NAMES, row, strict=True))) for row in table.tolist()]


def of(rows: Sequence[Difference], name: str) -> Difference:
    return next(row for row in rows if row.name == name)


def test_a_difference_that_is_there_is_found_and_measured() -> None:
    rows = compare_looks(looks(200, 1, warmth=1.5), looks(200, 2))
    assert rows[0].name == "warmth"
    assert rows[0].d == pytest.approx(1.5, abs=0.25)
    assert rows[0].low < 1.5 < rows[0].high
    assert rows[0].auc == pytest.approx(0.856, abs=0.04)  # Phi(1.5 / sqrt 2)
    assert rows[0].q < 1e-6
    assert {row.name for row in rows} == set(NAMES)
    assert all(abs(a.d) >= abs(b.d) for a, b in pairwise(rows))


def test_swapped_lots_swap_the_signs() -> None:
    one, other = looks(40, 1, contrast=1.0), looks(30, 2)
    there, back = compare_looks(one, other), compare_looks(other, one)
    for row in there:
        mirror = of(back, row.name)
        assert mirror.d == pytest.approx(-row.d)
        assert mirror.auc == pytest.approx(1 - row.auc)
        assert mirror.p == pytest.approx(row.p)


def test_the_same_seed_gives_the_same_interval() -> None:
    one, other = looks(20, 1), looks(20, 2)
    assert compare_looks(one, other, seed=3) == compare_looks(one, other, seed=3)
    assert compare_looks(one, other, seed=3) != compare_looks(one, other, seed=4)


def test_where_nothing_differs_little_is_found() -> None:
    """Of 40 comparisons of equal lots, about one in twenty may name anything at all (q < 0.05)."""
    alarms = [
        any(row.q < 0.05 for row in compare_looks(looks(30, 2 * n), looks(30, 2 * n + 1), draws=2)) for n in range(40)
    ]
    assert sum(alarms) <= 6


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for n in range(12):
        rows = compare_looks(looks(60, 100 + n, **dict.fromkeys(NAMES, 0.8)), looks(60, 300 + n), draws=200)
        held += [row.low <= 0.8 <= row.high for row in rows]
    assert 0.9 < np.mean(held) < 0.985


def test_pictures_of_one_campaign_are_not_independent() -> None:
    """Six campaigns that differ by chance, twenty near-copies each: as pictures a sensation, as campaigns nothing."""
    tables = [looks(3, seed) for seed in (5, 6)]
    copied = [[replace(look, hue_count=look.hue_count + n / 1e3) for look in lot for n in range(20)] for lot in tables]
    names = tuple([str(place // 20) for place in range(60)] for _ in range(2))
    alone = compare_looks(copied[0], copied[1])
    together = compare_looks(copied[0], copied[1], groups=(names[0], names[1]))
    assert sum(row.q < 0.05 for row in alone) > 15
    assert sum(row.q < 0.05 for row in together) == 0
    assert of(together, "warmth").d == pytest.approx(of(alone, "warmth").d)
    assert (
        of(together, "balance").high - of(together, "balance").low
        > of(alone, "balance").high - of(alone, "balance").low
    )


def test_hue_is_compared_round_the_circle() -> None:
    one = [replace(look, hue=(350 + n) % 360.0) for n, look in enumerate(looks(20, 1))]  # 350 to 9
    other = [replace(look, hue=20.0 + n) for n, look in enumerate(looks(20, 2))]
    row = of(compare_looks(one, other), "hue")
    assert row.one == pytest.approx(359.5)
    assert row.other == pytest.approx(29.5)
    assert row.d == pytest.approx(-30 / np.std(np.arange(20), ddof=1), rel=1e-3)


def test_numbers_that_are_not_there_are_left_out() -> None:
    one, other = looks(10, 1), looks(10, 2)
    grey = [replace(look, hue=None) for look in one]
    assert "hue" not in {row.name for row in compare_looks(grey, other)}
    some = [replace(look, hue=None) if n % 2 else look for n, look in enumerate(one)]
    assert of(compare_looks(some, other), "hue").counts == (5, 10)


def test_lots_that_never_vary() -> None:
    same = compare_looks([PLAIN] * 4, [PLAIN] * 3)
    assert {row.d for row in same} == {0.0}
    assert {row.q for row in same} == {1.0}
    bright = replace(PLAIN, brightness=0.9)
    assert compare_looks([bright] * 4, [PLAIN] * 3)[0].d == 99.0


def test_too_few_or_mislabelled_pictures_are_refused() -> None:
    with pytest.raises(UsageError, match="two or more"):
        compare_looks([PLAIN], [PLAIN, PLAIN])
    with pytest.raises(UsageError, match="as many groups"):
        compare_looks([PLAIN] * 2, [PLAIN] * 2, groups=(["a"], ["b", "b"]))
    with pytest.raises(UsageError, match="two or more"):
        summarise([PLAIN])


def test_mann_whitney_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    dice = np.random.default_rng(0)
    for n, m in [(20, 30), (8, 9), (50, 12)]:
        one, other = dice.integers(0, 9, n).astype(float), dice.integers(2, 11, m).astype(float)
        known = stats.mannwhitneyu(one, other, method="asymptotic")
        auc, p = mann_whitney(one, other)
        assert auc == pytest.approx(known.statistic / (n * m))
        assert p == pytest.approx(known.pvalue, rel=1e-9)


def test_benjamini_and_hochberg() -> None:
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.02, 0.04, 0.04, 0.02))
    assert benjamini_hochberg([0.9]) == (0.9,)


def test_moments_are_those_of_numpy_and_of_repeated_rows() -> None:
    table = np.random.default_rng(0).normal(1e3, 1.0, (9, 4))
    table[2, 1] = np.nan
    means, variances = moments(table, np.ones((1, 9)))
    assert means[0] == pytest.approx(np.nanmean(table, axis=0))
    assert variances[0] == pytest.approx(np.nanvar(table, axis=0, ddof=1))
    often = np.array([[3, 0, 1, 2, 0, 0, 1, 1, 1]], np.float64)
    repeated = np.repeat(table, often[0].astype(int), axis=0)
    assert moments(table, often)[1][0] == pytest.approx(np.nanvar(repeated, axis=0, ddof=1))


def test_groups_are_drawn_whole() -> None:
    drawn = draw(["a", "b", "a", "c"], 50, np.random.default_rng(0))
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 0] + drawn[:, 1] + drawn[:, 3] == 3).all()
    table = np.array([[1.0], [5.0], [3.0], [np.nan]])
    assert group_means(table, ["a", "b", "a", "c"])[:2, 0].tolist() == [2.0, 5.0]
    assert np.isnan(interval(np.full((4, 1), np.nan))).all()
    assert np.isnan(cohens_d(table[:1], table)).all()


def test_a_picture_departs_from_its_brand() -> None:
    brand = summarise(looks(300, 1, brightness=5.0))
    average = replace(PLAIN, **dict(zip(NAMES, brand.means, strict=True)))
    assert departures(average, brand) == () or abs(departures(average, brand)[0].z) < 1e-3
    first = departures(replace(average, brightness=brand.means[0] + 3.0), brand)[0]
    assert (first.name, first.z) == ("brightness", pytest.approx(3.0, abs=0.3))
    red = Palette(((50.0, 70.0, 50.0),), (1.0,))
    assert palette_gap(PLAIN, brand) < 0.5
    assert palette_gap(replace(PLAIN, palette=red), brand) > 20


def test_hue_departs_the_short_way_round() -> None:
    brand = summarise([replace(PLAIN, hue=hue) for hue in (350.0, 355.0, 5.0, 10.0)])
    assert 0.0 <= brand.means[NAMES.index("hue")] < 360.0
    assert np.cos(np.radians(brand.means[NAMES.index("hue")])) == pytest.approx(1.0)
    (row,) = departures(replace(PLAIN, hue=350.0), brand)
    assert -1.5 < row.z < -0.9
    assert "hue" not in {row.name for row in departures(PLAIN, brand)}
    assert departures(replace(PLAIN, hue=10.0), summarise([PLAIN, PLAIN])) == ()


def test_words_say_which_way() -> None:
    rows = [Departure("warmth", 20.0, 2.5), Departure("edge_density", 0.3, 1.4), Departure("balance", 0.9, 0.2)]
    english, korean = departure_words(rows)
    assert english == "Warmer and busier than the brand."
    assert korean == "브랜드보다 색감이 더 따뜻하고, 화면이 더 복잡합니다."
    assert departure_words([Departure("warmth", -20.0, -2.5)])[0] == "Cooler than the brand."
    assert departure_words([])[0] == "Within what is usual for the brand."


def test_words_say_a_thing_once() -> None:
    rows = [Departure("complexity", 3.0, -3.0), Departure("edge_density", 0.3, 2.0), Departure("contrast", 0.4, 1.1)]
    assert departure_words(rows)[0] == "Calmer and higher in contrast than the brand."


def test_words_claim_only_what_is_sure() -> None:
    rows = compare_looks(looks(80, 1, saturation=-2.0, negative_space=1.2), looks(80, 2))
    english, korean = difference_words(rows, "A", "B")
    assert english == "A: less saturated and emptier than B."
    assert korean == "A: B보다 채도가 더 낮고, 여백이 더 많습니다."
    unsure = compare_looks(looks(8, 1), looks(8, 2))
    assert "no clear difference" in difference_words(unsure, "A", "B")[0]
