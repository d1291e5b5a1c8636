"""Precision, recall and F1 of each brand, with intervals that know which posts belong together (numpy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import Share
from genmark.brand.calibration import clopper_pearson

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Groups = NDArray[Any]

_AT_ONCE = 2_000_000  # drawn numbers that are held at a time


@dataclass(frozen=True)
class BrandScore:
    """How one brand is told on the test posts; each share with its 95 % interval.

    precision   of what was taken for the brand, the share that is its own; None where nothing was
    recall      of the brand's posts, the share that was found; None where there are none
    f1          their harmonic mean; None where both are
    support     the brand's posts, `taken` what was taken for it, `groups` the campaigns or accounts of its posts
    """

    brand: str
    precision: Share | None
    recall: Share | None
    f1: Share | None
    support: int
    taken: int
    groups: int


@dataclass(frozen=True, eq=False)
class Scores:
    """All brands' scores. `macro_f1` and `balanced` (mean recall) count each brand that has test posts the same.

    confusion   int64 (P, 3): truth, answer and count of each pair that occurs, the most frequent first; ten thousand
                brands would make a table of a hundred million
    """

    brands: tuple[BrandScore, ...]
    macro_f1: Share
    balanced: Share
    confusion: Ints


def confuse(labels: Ints, answers: Ints) -> Ints:
    """How often each class was taken for each: int64 (P, 3) of truth, answer and count, the most frequent first."""
    pairs, counts = np.unique(np.stack([labels, answers], axis=1), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return np.concatenate([pairs[order], counts[order, None]], axis=1).astype(np.int64)


def score_brands(
    labels: Ints, answers: Ints, groups: Groups, brands: tuple[str, ...], draws: int = 1000, seed: int = 0
) -> Scores:
    """Score the answers to N posts; `labels` and `answers` int64 (N,) are places in `brands`.

    Intervals are percentiles of the cluster bootstrap: whole `groups` (N,) are drawn. Where it has no width, since all
    groups agree, the exact binomial interval for as many groups stands in (Clopper & Pearson 1934); of F1, the harmonic
    mean of the ends of the other two.
    """
    names, kin = np.unique(groups, return_inverse=True)
    found, spans, means = _rates_of_all(labels, answers, kin, len(brands), _times(len(names), draws, seed))
    rows = []
    for place, brand in enumerate(brands):
        own, taken = np.unique(kin[labels == place]), np.unique(kin[answers == place])
        precision = _share(found[0, place], spans[:, 0, place], len(taken))
        recall = _share(found[1, place], spans[:, 1, place], len(own))
        f1 = _harmonic(found[2, place], spans[:, 2, place], precision, recall)
        support, answered = int((labels == place).sum()), int((answers == place).sum())
        rows.append(BrandScore(brand, precision, recall, f1, support, answered, len(own)))
    ends = zip(means[0].tolist(), *np.percentile(means[1:], (2.5, 97.5), axis=0).tolist(), strict=True)
    macro, balanced = (Share(value, low, high) for value, low, high in ends)
    return Scores(tuple(rows), macro, balanced, confuse(labels, answers))


def wide(share: Share, groups: int) -> Share:
    """A share whose bootstrap had no width, as all of so many groups agree: with the exact interval of that instead."""
    if share.low < share.high or share.value not in (0.0, 1.0):
        return share
    low, high = clopper_pearson(groups if share.value else 0, groups)
    return Share(share.value, low, high)


def _times(groups: int, draws: int, seed: int) -> Doubles:
    """How often each group counts, (1 + draws, G): first as it was seen, then drawn with replacement."""
    drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=draws)
    return np.concatenate([np.ones((1, groups)), drawn])


def _rates_of_all(
    labels: Ints, answers: Ints, kin: NDArray[np.intp], classes: int, times: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """Rates as they were seen, (3, K); their 95 % percentiles, (2, 3, K); macro F1 and mean recall of each draw,
    (1 + draws, 2). Some classes at a time, since all at once would not fit in memory."""
    at_once = max(1, _AT_ONCE // (3 * max(times.shape)))
    found, spans, sums, there = [], [], np.zeros((len(times), 2)), np.zeros((len(times), 1))
    for start in range(0, classes, at_once):
        counted = _by_group(labels, answers, kin, times.shape[1], range(start, min(start + at_once, classes)))
        rates = _rates((times @ counted.reshape(len(counted), -1)).reshape(len(times), 3, -1))
        found.append(rates[0])
        spans.append(_percentiles(rates[1:]))
        has = ~np.isnan(rates[:, 1])
        there += has.sum(axis=1, keepdims=True)
        sums += np.stack([np.where(has, rates[:, row], 0.0).sum(axis=1) for row in (2, 1)], axis=1)
    return np.concatenate(found, axis=1), np.concatenate(spans, axis=2), sums / np.maximum(there, 1)


def _by_group(labels: Ints, answers: Ints, kin: NDArray[np.intp], groups: int, classes: range) -> Doubles:
    """Hits, answers and truths of some classes in each group: float64 (G, 3, len(classes))."""
    many, counts = len(classes), []
    for kind, which in ((labels, labels == answers), (answers, answers >= 0), (labels, labels >= 0)):
        inside = which & (kind >= classes.start) & (kind < classes.stop)
        places = kin[inside] * many + kind[inside] - classes.start
        counts.append(np.bincount(places, minlength=groups * many).reshape(groups, many))
    return np.stack(counts, axis=1).astype(np.float64)


def _rates(counts: Doubles) -> Doubles:
    """Precision, recall and F1 from counts (draws, 3, K): the same shape; NaN where there is none."""
    hits, taken, truth = counts[:, 0], counts[:, 1], counts[:, 2]
    with np.errstate(invalid="ignore"):
        return np.stack([hits / taken, hits / truth, 2.0 * hits / (taken + truth)], axis=1)


def _percentiles(rates: Doubles) -> Doubles:
    """Of the draws in which a rate exists; NaN where in none."""
    ordered = np.sort(rates, axis=0)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=0)
    places = [np.clip(np.round(share * (count - 1)), 0, None).astype(np.intp) for share in (0.025, 0.975)]
    return np.stack([np.take_along_axis(ordered, place[None], axis=0)[0] for place in places])


def _share(value: float, span: Doubles, groups: int) -> Share | None:
    if np.isnan(value):
        return None
    low, high = (float(value if np.isnan(end) else end) for end in span)
    return wide(Share(float(value), low, high), groups)


def _harmonic(value: float, span: Doubles, precision: Share | None, recall: Share | None) -> Share | None:
    if np.isnan(value):
        return None
    found = _share(value, span, 1)
    if precision is None or recall is None or found is None or span[0] < span[1]:
        return found
    ends = zip((precision.low, precision.high), (recall.low, recall.high), strict=True)
    low, high = (2.0 * p * r / (p + r) if p + r else 0.0 for p, r in ends)
    return Share(float(value), low, high)
