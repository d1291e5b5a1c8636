"""How well perceptual attributes are told on the test posts, how far that is beyond chance, and who shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import Share
from genmark.brand.archive import BrandFile
from genmark.brand.calibration import Doubles, null_ece, reliability
from genmark.brand.certify import Certified, certify, one_of_each
from genmark.brand.effects import benjamini_hochberg
from genmark.brand.filing import heads_of
from genmark.brand.gathering import Gathered
from genmark.brand.material import Ints
from genmark.brand.ranking import average_precision
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.scores import BrandScore, score_brands, wide
from genmark.types import Bools

DRAWS = 500
EVEN = 0.5
"""Where an attribute is said to be there without a certified threshold."""


@dataclass(frozen=True)
class Chance:
    """The average precision of an order that knows nothing: its `mean`, and `high`, below which it stays 95 times in
    100; `p`, how often it does as well as was measured, and `q`, the same corrected for several attributes."""

    mean: float
    high: float
    p: float
    q: float


@dataclass(frozen=True)
class AttributeScore:
    """One attribute on the test posts; each share with its 95 % interval over groups.

    shown        share of the test posts that show it: the average precision of a coin with endless posts
    ap           average precision, and what `chance` reaches
    threshold    from which probability on it is said to be there: the certified one, else 0.5
    score        precision, recall and F1 from there on
    certified    what calibration posts promise
    ece          calibration error, and `ece_null`, the 95th percentile of a perfect model's on as many posts
    """

    name: str
    shown: float
    ap: Share
    chance: Chance
    threshold: float
    score: BrandScore
    certified: Certified
    ece: float
    ece_null: float

    @property
    def told(self) -> bool:
        """Whether it is told beyond chance (false discovery rate 5 %)."""
        return self.chance.q < 0.05


@dataclass(frozen=True)
class Portion:
    """How much of a lot of posts shows an attribute: by the labels of all posts and of the test posts, and by the mean
    probability of the test posts; None where there are none."""

    attribute: str
    labelled: float
    labelled_test: float | None
    predicted: float | None


@dataclass(frozen=True)
class Lot:
    """The posts of one brand ("" for all), of which `test` are test posts, and the attributes that they show."""

    brand: str
    posts: int
    test: int
    portions: tuple[Portion, ...]


@dataclass(frozen=True)
class Attributes:
    """All attributes on `posts` test posts in `groups` groups.

    mean, chance   mean average precision, and that of orders that know nothing
    independent    calibration posts, one of each group, by which thresholds are certified
    lots           of the brands that are shown; of all posts where the file tells no brands
    """

    posts: int
    groups: int
    mean: Share
    chance: float
    rows: tuple[AttributeScore, ...]
    independent: int
    lots: tuple[Lot, ...]


def find_attributes(
    file: BrandFile, gathered: Gathered, evidence: Evidence, brands: Sequence[int], precision: float
) -> Attributes | None:
    """Measure attributes on test, certify on cal; `brands` get a lot each. None where the file has no attributes."""
    if not file.attributes:
        return None
    _, shares = heads_of(file).probabilities(gathered.material.features)
    marks = gathered.material.marks > 0.5
    test, cal = evidence.at("test"), evidence.at("cal")
    kin, alone = evidence.groups[test], cal[one_of_each(evidence.groups[cal])]
    ranked, orders = rank(shares[test], marks[test], kin), chance(shares[test], marks[test], kin)
    qs = benjamini_hochberg([_p(one.value, order) for one, order in zip(ranked[:-1], orders.T, strict=True)])
    rows = []
    for place, name in enumerate(file.attributes):
        sure = certify(shares[alone, place], marks[alone, place], precision)
        order, one = orders[:, place], shares[test, place]
        null = Chance(
            float(order.mean()), float(np.percentile(order, 95)), _p(ranked[place].value, order), float(qs[place])
        )
        rows.append(_score(name, (one, marks[test, place]), kin, ranked[place], null, sure))
    many = len(np.unique(kin))
    lots = _lots(evidence, shares, marks, file.attributes, brands)
    return Attributes(len(test), many, ranked[-1], float(orders.mean()), tuple(rows), len(alone), lots)


def rank(shares: Doubles, marks: Bools, groups: NDArray[np.generic], draws: int = DRAWS) -> tuple[Share, ...]:
    """Average precision of each attribute, then their mean, with 95 % intervals; `shares` and `marks` (N, A).

    Percentiles of the cluster bootstrap; where it has no width, since all is in order, an exact binomial interval for
    as many groups stands in, as for brands.
    """
    members, dice = _members(groups), np.random.default_rng(0)
    found = [_precisions(shares, marks)]
    for _ in range(draws):
        drawn = np.concatenate([members[place] for place in dice.integers(0, len(members), len(members)).tolist()])
        found.append(_precisions(shares[drawn], marks[drawn]))
    table = np.array(found)
    means = np.array([row[~np.isnan(row)].mean() if not np.isnan(row).all() else np.nan for row in table])
    columns = (*table.T, means)
    return tuple(wide(_span(column), len(members)) for column in columns)


def chance(shares: Doubles, marks: Bools, groups: NDArray[np.generic], draws: int = DRAWS) -> Doubles:
    """Average precision when posts get the probabilities of others, (draws, A).

    Whole groups are put in two orders, one for the marks, one for the probabilities: posts of one campaign, which are
    alike, stay side by side, so that they do not count as strangers.
    """
    members, dice = _members(groups), np.random.default_rng(1)
    found = []
    for _ in range(draws):
        one, other = (
            np.concatenate([members[place] for place in dice.permutation(len(members)).tolist()]) for _ in range(2)
        )
        found.append(_precisions(shares[one], marks[other]))
    return np.array(found)


def _precisions(shares: Doubles, marks: Bools) -> list[float]:
    return [average_precision(one, mark) for one, mark in zip(shares.T, marks.T, strict=True)]


def _members(groups: NDArray[np.generic]) -> list[Ints]:
    """The places of each group."""
    kin = np.unique(groups, return_inverse=True)[1]
    order = np.argsort(kin, kind="stable").astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(kin[order])) + 1)


def _span(column: Doubles) -> Share:
    """The first is what was seen, the others were drawn; draws in which nothing had the mark say nothing."""
    there = column[1:][~np.isnan(column[1:])]
    low, high = np.percentile(there, (2.5, 97.5)) if len(there) else (column[0], column[0])
    return Share(float(column[0]), float(low), float(high))


def _p(seen: float, orders: Doubles) -> float:
    return float((1 + (orders >= seen - 1e-12).sum()) / (len(orders) + 1))


def _score(
    name: str, told: tuple[Doubles, Bools], kin: NDArray[np.generic], ap: Share, null: Chance, sure: Certified
) -> AttributeScore:
    shares, marks = told
    threshold = EVEN if sure.threshold is None else sure.threshold
    labels, answers = marks.astype(np.int64), (shares >= threshold).astype(np.int64)
    both = np.stack([1.0 - shares, shares], axis=1)
    return AttributeScore(
        name,
        float(marks.mean()),
        ap,
        null,
        threshold,
        score_brands(labels, answers, kin, ("", name)).brands[1],
        sure,
        reliability(both, labels).ece,
        null_ece(both).high,
    )


def _lots(
    evidence: Evidence, shares: Doubles, marks: Bools, names: Sequence[str], brands: Sequence[int]
) -> tuple[Lot, ...]:
    everyone = np.arange(len(marks))
    wanted = [(evidence.brands[place], everyone[evidence.labels == place]) for place in brands] or [("", everyone)]
    return tuple(_lot(evidence, brand, own, shares, marks, names) for brand, own in wanted)


def _lot(evidence: Evidence, brand: str, own: Ints, shares: Doubles, marks: Bools, names: Sequence[str]) -> Lot:
    test = own[evidence.splits[own] == "test"]

    def mean(table: Doubles | Bools, places: Ints, column: int) -> float | None:
        return float(table[places, column].mean()) if len(places) else None

    portions = tuple(
        Portion(name, mean(marks, own, place) or 0.0, mean(marks, test, place), mean(shares, test, place))
        for place, name in enumerate(names)
    )
    return Lot(brand, len(own), len(test), portions)
