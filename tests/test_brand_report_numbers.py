"""The numbers of the brand report, each against another way of computing it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from genmark.brand.agreement import Share
from genmark.brand.calibration import clopper_pearson
from genmark.brand.report.clusters import agree, cluster, distances, kmeans, purity, silhouette
from genmark.brand.report.curves import curves
from genmark.brand.report.scores import confuse, score_brands, wide
from genmark.brand.report.tsne import lay_out, principal
from genmark.errors import UsageError


def blobs(seed: int, size: int = 40, gap: float = 9.0, width: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), size)
    return rng.normal(size=(3 * size, width)) + gap * np.eye(3, width)[labels], labels


@pytest.mark.parametrize("seed", range(4))
def test_auc_is_the_share_of_pairs_that_are_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, positive = np.round(rng.random(60), 1), rng.random(60) < 0.3  # rounded: many ties
    found = curves(scores, positive)
    assert found is not None
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert found.auc == pytest.approx(np.mean(pairs), abs=1e-12)
    assert (found.false_rate[-1], found.true_rate[-1]) == (1.0, 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_the_mean_precision_at_each_hit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, positive = rng.random(50), rng.random(50) < 0.3
    ranked = positive[np.argsort(-scores)]
    at_hits = [ranked[: place + 1].mean() for place in np.flatnonzero(ranked)]
    found = curves(scores, positive)
    assert found is not None
    assert found.ap == pytest.approx(np.mean(at_hits), abs=1e-12)
    tied = curves(np.zeros(50), positive)  # nothing is told apart: the base rate, whatever the order of the list
    assert tied is not None
    assert tied.ap == pytest.approx(positive.mean())
    assert tied.auc == 0.5


def test_a_class_without_posts_has_no_curve() -> None:
    assert curves(np.arange(4.0), np.zeros(4, bool)) is None
    assert curves(np.arange(4.0), np.ones(4, bool)) is None


def test_brand_scores_are_those_counted_by_hand() -> None:
    rng = np.random.default_rng(5)
    labels, groups = rng.integers(0, 3, 90), rng.integers(0, 25, 90)
    answers = np.where(rng.random(90) < 0.7, labels, rng.integers(0, 3, 90))
    scores = score_brands(labels, answers, groups, ("a", "b", "c"))
    recalls, f1s = [], []
    for place, row in enumerate(scores.brands):
        hit = sum(1 for y, a in zip(labels, answers, strict=True) if y == a == place)
        taken, own = (sum(1 for x in many if x == place) for many in (answers, labels))
        assert row.precision is not None
        assert row.recall is not None
        assert row.f1 is not None
        assert (row.precision.value, row.recall.value) == pytest.approx((hit / taken, hit / own))
        assert row.f1.value == pytest.approx(2 * hit / (taken + own))
        assert (row.support, row.taken) == (own, taken)
        assert row.recall.low < row.recall.value < row.recall.high
        table = {(one, two): count for one, two, count in scores.confusion.tolist()}
        assert [table.get((place, other), 0) for other in range(3)] == [
            sum(1 for y, a in zip(labels, answers, strict=True) if (y, a) == (place, other)) for other in range(3)
        ]
        recalls.append(hit / own)
        f1s.append(2 * hit / (taken + own))
    assert scores.balanced.value == pytest.approx(np.mean(recalls))
    assert scores.macro_f1.value == pytest.approx(np.mean(f1s))


def test_intervals_of_recall_cover_the_truth_and_know_groups() -> None:
    rng = np.random.default_rng(0)
    covered, spans = 0, []
    for trial in range(100):
        labels = np.repeat([0, 1], 60)
        groups = np.arange(120) // 4
        answers = np.where(np.repeat(rng.random(30) < 0.7, 4), labels, 1 - labels)  # as one
        row = score_brands(labels, answers, groups, ("a", "b"), draws=300, seed=trial).brands[0]
        alone = score_brands(labels, answers, np.arange(120), ("a", "b"), draws=300, seed=trial).brands[0]
        assert row.recall is not None
        assert alone.recall is not None
        covered += row.recall.low <= 0.7 <= row.recall.high
        spans.append((row.recall.high - row.recall.low) / (alone.recall.high - alone.recall.low))
    assert 85 <= covered <= 99
    assert np.mean(spans) > 1.6  # four posts a campaign: twice as wide


def test_a_brand_never_wrong_gets_the_exact_interval_of_its_groups() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    row = score_brands(labels, labels, np.arange(6), ("a", "b")).brands[0]
    assert row.recall is not None
    assert (row.recall.low, row.recall.high) == clopper_pearson(3, 3)
    assert row.f1 is not None
    assert row.f1.low == pytest.approx(clopper_pearson(3, 3)[0])
    assert wide(Share(0.0, 0.0, 0.0), 4).high == clopper_pearson(0, 4)[1]
    assert wide(Share(0.5, 0.4, 0.6), 4) == Share(0.5, 0.4, 0.6)


def test_brands_are_scored_alike_in_blocks_and_thousands_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    labels, answers = rng.integers(0, 7, 80), rng.integers(0, 7, 80)
    names = tuple("abcdefg")
    whole = score_brands(labels, answers, np.arange(80) // 2, names, draws=50)
    monkeypatch.setattr("genmark.brand.report.scores._AT_ONCE", 1)
    parts = score_brands(labels, answers, np.arange(80) // 2, names, draws=50)
    assert whole.brands == parts.brands
    assert whole.balanced.value == pytest.approx(parts.balanced.value, abs=1e-12)
    monkeypatch.undo()
    many = score_brands(np.arange(900), np.arange(900), np.arange(900), tuple(map(str, range(900))), draws=20)
    assert many.confusion.shape == (900, 3)
    assert many.balanced.value == 1.0


def test_what_was_never_said_and_never_there_has_no_share() -> None:
    scores = score_brands(np.array([0, 0, 1]), np.array([0, 0, 0]), np.arange(3), ("a", "b", "c"))
    assert scores.brands[1].precision is None
    assert scores.brands[1].recall is not None
    assert scores.brands[2].f1 is None
    assert scores.balanced.value == pytest.approx(0.5)  # of the two brands that have posts
    assert confuse(np.array([1, 0, 1]), np.array([0, 0, 0])).tolist() == [[1, 0, 2], [0, 0, 1]]


def test_silhouettes_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(2)
    points, found = rng.normal(size=(30, 3)), rng.integers(0, 4, 30)
    found[0] = 4  # alone
    wanted = []
    for i in range(30):
        means = {
            c: np.mean([np.linalg.norm(points[i] - points[j]) for j in range(30) if found[j] == c and j != i])
            for c in set(found.tolist())
            if any(found[j] == c and j != i for j in range(30))
        }
        if found[i] not in means:
            wanted.append(0.0)
            continue
        own, other = means[found[i]], min(value for c, value in means.items() if c != found[i])
        wanted.append((other - own) / max(own, other))
    np.testing.assert_allclose(silhouette(distances(points), found), wanted, atol=1e-9)


def test_three_blobs_are_three_clusters() -> None:
    points, labels = blobs(1)
    found = cluster(points)
    assert max(found.silhouettes, key=lambda k: found.silhouettes[k]) == 3
    assert agree(found.found, labels) == pytest.approx(1.0)
    assert purity(found.found, labels) == 1.0
    assert (kmeans(points, 3, 7) == kmeans(points, 3, 7)).all()
    with pytest.raises(UsageError, match="too few"):
        cluster(points[:2])


def test_agreement_by_chance_is_the_mean_over_all_orders() -> None:
    found, labels = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1, 0])

    def shared(one: np.ndarray, other: np.ndarray) -> float:
        total = 0.0
        for a in set(one.tolist()):
            for b in set(other.tolist()):
                both = np.mean((one == a) & (other == b))
                total += both * np.log(both / np.mean(one == a) / np.mean(other == b)) if both else 0.0
        return total

    chance = np.mean([shared(found, np.array(order)) for order in permutations(labels.tolist())])
    mean = (shared(found, found) + shared(labels, labels)) / 2  # a grouping shares its entropy with itself
    assert agree(found, labels) == pytest.approx((shared(found, labels) - chance) / (mean - chance), abs=1e-9)
    assert agree(found, found) == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    assert abs(agree(rng.integers(0, 4, 600), rng.integers(0, 5, 600))) < 0.02
    assert purity(found, labels) == pytest.approx((2 + 2 + 1) / 6)


def test_the_map_keeps_neighbours_and_parts_blobs() -> None:
    points, labels = blobs(3, size=30)
    spots = lay_out(principal(points))
    assert spots.shape == (90, 2)
    assert spots.min() >= 0.0
    assert spots.max() <= 1.0
    near = distances(spots) + np.eye(90) * 9
    assert (labels[near.argmin(axis=1)] == labels).mean() == 1.0
    there = np.argsort(distances(points) + np.eye(90) * 99, axis=1)[:, :10]
    here = np.argsort(near, axis=1)[:, :10]
    kept = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(there.tolist(), here.tolist(), strict=True)])
    assert kept > 0.45  # by chance, 10 of 89: 0.11
    assert (lay_out(principal(points)) == spots).all()


def test_the_map_bears_copies_few_points_and_no_variety() -> None:
    for points in (np.zeros((12, 3)), np.repeat(np.eye(3), 8, axis=0), np.eye(2), np.ones((1, 4))):
        spots = lay_out(principal(points))
        assert spots.shape == (len(points), 2)
        assert np.isfinite(spots).all()


def test_principal_components_keep_distances() -> None:
    rng = np.random.default_rng(4)
    table = rng.normal(size=(20, 200)).astype(np.float32) * rng.random(200).astype(np.float32)
    table[:, 7] = 3.0  # constant
    rest = np.delete(table.astype(np.float64), 7, axis=1)
    standard = (rest - rest.mean(axis=0)) / rest.std(axis=0)
    np.testing.assert_allclose(distances(principal(table)), distances(standard), atol=1e-6)
