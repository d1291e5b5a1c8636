"""What sets two lots of pictures apart in their looks, how sure that is, and how one picture departs from a brand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genmark.brand.effects import (
    MOST,
    TINY,
    Numbers,
    benjamini_hochberg,
    cohens_d,
    draw,
    group_means,
    interval,
    mann_whitney,
    moments,
)
from genmark.brand.look import NAMES, Look, numbers_of
from genmark.brand.palette import Palette, blend, palette_distance
from genmark.errors import UsageError

_HUE = NAMES.index("hue")


@dataclass(frozen=True)
class Difference:
    """How `one` lot of pictures differs from `other` in one number of a Look.

    name            which (`genmark.brand.look.NAMES`)
    one, other      means; of hue, circular means in degrees
    counts          how many pictures of each have that number
    d               Cohen's d, (one - other) over the pooled standard deviation; above 0: more of it in `one`; capped at
                    +-99 where neither lot varies
    low, high       its 95 % bootstrap interval (percentiles)
    auc             chance that a picture of `one` has more than one of `other`, [0, 1], ties half
    p, q            two-sided Mann-Whitney p, and after Benjamini & Hochberg (1995) over all numbers
    """

    name: str
    one: float
    other: float
    counts: tuple[int, int]
    d: float
    low: float
    high: float
    auc: float
    p: float
    q: float


@dataclass(frozen=True)
class Departure:
    """How far one picture's number `value` is from a brand's: `z` of the brand's standard deviations from its mean."""

    name: str
    value: float
    z: float


@dataclass(frozen=True)
class Reference:
    """A brand's looks in short: `means` and `deviations` by the order of NAMES (NaN where no picture had the number;
    hue as a circular mean), the brand's `palette`, and of how many pictures, `count`."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    palette: Palette
    count: int


def compare_looks(
    one: Sequence[Look],
    other: Sequence[Look],
    *,
    groups: tuple[Sequence[str], Sequence[str]] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Difference, ...]:
    """The difference in every number that at least two pictures of each lot have, the largest |d| first.

    groups: for each picture of `one` and of `other`, what it belongs together with (a campaign, an account). Whole
    groups are then drawn for the interval and p is that of the groups' means, for pictures of one campaign are not
    independent; with three groups a side no p is below 0.08, however large the difference. Nothing here says which
    end is good. Raises UsageError for fewer than two pictures, or labels of another number.
    """
    if min(len(one), len(other)) < 2:
        raise UsageError(f"two lots of two or more pictures can be compared, got {len(one)} and {len(other)}")
    tables = _unrolled(_table(one), _table(other))
    labels = groups if groups is not None else (_alone(len(one)), _alone(len(other)))
    if tuple(map(len, labels)) != (len(one), len(other)):
        raise UsageError(f"{len(one)} and {len(other)} pictures need as many groups, got {[len(g) for g in labels]}")
    dice = np.random.default_rng(seed)
    drawn = draw(labels[0], draws, dice), draw(labels[1], draws, dice)
    d, span = cohens_d(*tables)[0], interval(cohens_d(*tables, drawn))
    grouped = group_means(tables[0], labels[0]), group_means(tables[1], labels[1])
    places = np.flatnonzero(~np.isnan(d)).tolist()
    p = [mann_whitney(*_column(grouped, place))[1] for place in places]
    rows = [
        _difference(place, tables, (float(d[place]), *span[:, place].tolist()), chance, raised)
        for place, chance, raised in zip(places, p, benjamini_hochberg(p), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.d), row.name)))


def summarise(looks: Sequence[Look]) -> Reference:
    """A brand's looks in short. Raises UsageError for fewer than two."""
    if len(looks) < 2:
        raise UsageError(f"a brand's look needs two or more pictures, got {len(looks)}")
    table, _ = _unrolled(_table(looks), np.empty((0, len(NAMES))))
    means, variances = moments(table, np.ones((1, len(table))))
    means[0, _HUE] = means[0, _HUE] % 360.0 % 360.0  # a hair under 0 would round to 360
    deviations = np.sqrt(variances[0])
    return Reference(
        tuple(means[0].tolist()), tuple(deviations.tolist()), blend([x.palette for x in looks]), len(looks)
    )


def departures(look: Look, brand: Reference) -> tuple[Departure, ...]:
    """How one picture departs from a brand, in the brand's standard deviations, the farthest first.

    A number that the brand never varies is left out where the picture has the same, else it is +-99 deviations away.
    """
    numbers = numbers_of(look)
    gaps = numbers.astype(np.float64) - np.array(brand.means)
    gaps[_HUE] = (gaps[_HUE] + 180.0) % 360.0 - 180.0
    z = np.clip(gaps / np.maximum(np.array(brand.deviations), TINY), -MOST, MOST)
    named = zip(NAMES, numbers.tolist(), z.tolist(), strict=True)
    rows = [Departure(name, value, x) for name, value, x in named if not math.isnan(x) and x]
    return tuple(sorted(rows, key=lambda row: (-abs(row.z), row.name)))


def palette_gap(look: Look, brand: Reference) -> float:
    """CIEDE2000 from a picture's palette to the brand's, 0 and up; see `palette_distance`."""
    return palette_distance(look.palette, brand.palette)


def _table(looks: Sequence[Look]) -> Numbers:
    return np.array([numbers_of(look) for look in looks], np.float64)


def _alone(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def _unrolled(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Hues turned so that none of the two lots' is more than half a circle from their common mean."""
    hues = np.radians(np.concatenate([one[:, _HUE], other[:, _HUE]]))
    middle = np.degrees(np.arctan2(np.nansum(np.sin(hues)), np.nansum(np.cos(hues))))
    for table in (one, other):
        table[:, _HUE] = (table[:, _HUE] - middle + 180.0) % 360.0 - 180.0 + middle
    return one, other


def _column(tables: tuple[Numbers, Numbers], place: int) -> tuple[Numbers, Numbers]:
    one, other = (table[:, place] for table in tables)
    return one[~np.isnan(one)], other[~np.isnan(other)]


def _difference(
    place: int, tables: tuple[Numbers, Numbers], d: tuple[float, float, float], p: float, q: float
) -> Difference:
    one, other = _column(tables, place)
    means = [float(column.mean()) % 360.0 % 360.0 if place == _HUE else float(column.mean()) for column in (one, other)]
    auc, _ = mann_whitney(one, other)
    return Difference(NAMES[place], means[0], means[1], (len(one), len(other)), *d, auc, p, q)
