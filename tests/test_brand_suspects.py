"""Confident learning finds the labels that were swapped, and few others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from genmark.brand import suspects
from genmark.brand.suspects import find_suspects, null_counts
from genmark.errors import UsageError

Scores = tuple[NDArray[np.float64], NDArray[np.int64]]


def scored(count: int, classes: int, skill: float, seed: int) -> Scores:
    """Calibrated-looking probabilities and the classes that they are about."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    logits = rng.normal(size=(count, classes))
    logits[np.arange(count), truth] += skill
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True), truth


def swapped(truth: NDArray[np.int64], share: float, seed: int) -> tuple[NDArray[np.int64], set[int]]:
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(truth), round(share * len(truth)), replace=False)
    labels = truth.copy()
    labels[wrong] = (labels[wrong] + 1 + rng.integers(0, truth.max(), len(wrong))) % (truth.max() + 1)
    return labels, set(wrong.tolist())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("share", "recall"), [(0.03, 0.75), (0.1, 0.9), (0.2, 0.93)])
def test_swapped_labels_are_found(share: float, recall: float, seed: int) -> None:
    probabilities, truth = scored(1200, 6, 5.0, seed)
    labels, wrong = swapped(truth, share, seed)
    got = find_suspects(probabilities, labels)
    listed = [suspect.place for suspect in got.labels]
    assert len(set(listed)) == len(listed)
    assert len(wrong & set(listed)) >= recall * len(wrong)  # where few are wrong, a pair of classes has one or none
    assert len(set(listed) - wrong) <= 0.04 * len(truth)
    first = listed[: len(wrong) // 2]
    assert len(wrong & set(first)) >= 0.95 * len(first)  # the surest come first
    right = [suspect for suspect in got.labels if suspect.place in wrong]
    assert np.mean([suspect.suggested == truth[suspect.place] for suspect in right]) > 0.9
    assert got.noise == pytest.approx(share, abs=0.04)
    assert got.joint.sum() == pytest.approx(1.0)


def test_clean_labels_and_a_sure_model_leave_nobody_suspect() -> None:
    probabilities, truth = scored(600, 4, 12.0, 0)
    assert find_suspects(probabilities, truth).labels == ()


def test_a_weak_model_lists_right_labels_and_the_null_says_so() -> None:
    rng = np.random.default_rng(0)
    probabilities, _ = scored(600, 5, 1.5, 3)
    right = np.array([rng.choice(5, p=row) for row in probabilities])  # as uncertain as the model says, none wrong
    null = null_counts(probabilities)
    listed = len(find_suspects(probabilities, right).labels)
    assert null[0] > 50
    assert null[0] - 20 <= listed <= null[-1] + 20
    labels, _ = swapped(right, 0.2, 0)
    assert len(find_suspects(probabilities, labels).labels) > null[-1]
    assert (null_counts(probabilities) == null).all()


def test_a_timid_class_is_not_all_suspect() -> None:
    """The model gives class 1 at most 0.45 when it is right, and 0.1 when it is not: the argmax would accuse it."""
    probabilities = np.array([[0.9, 0.1]] * 50 + [[0.55, 0.45]] * 50)
    labels = np.repeat([0, 1], 50)
    assert find_suspects(probabilities, labels).labels == ()
    labels[[3, 60]] = [1, 0]
    accused = {suspect.place for suspect in find_suspects(probabilities, labels).labels}
    assert 3 in accused
    assert not accused & set(range(50, 100))


def test_a_class_that_nobody_has_and_one_picture() -> None:
    got = find_suspects(np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1]]), np.array([0, 1]))
    assert np.isinf(got.thresholds[2])
    assert all(suspect.suggested != 2 for suspect in got.labels)
    assert find_suspects(np.array([[1.0, 0.0]]), np.array([0])).noise == 0.0


def test_the_same_list_whatever_the_order() -> None:
    probabilities, truth = scored(300, 5, 2.0, 1)
    labels, _ = swapped(truth, 0.1, 1)
    order = np.random.default_rng(0).permutation(300)
    plain = {suspect.place for suspect in find_suspects(probabilities, labels).labels}
    mixed = {int(order[suspect.place]) for suspect in find_suspects(probabilities[order], labels[order]).labels}
    assert plain == mixed


def test_far_more_classes_than_pictures() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random((60, 3000))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = find_suspects(probabilities, rng.integers(0, 3000, 60))
    assert found.joint.shape == (3000, 3000)
    assert found.joint.sum() == pytest.approx(1.0)
    assert 0.0 <= found.noise <= 1.0
    assert len({suspect.place for suspect in found.labels}) == len(found.labels) <= 60


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        (np.zeros((2, 2)), np.zeros(3, int)),
        (np.zeros(2), np.zeros(2, int)),
        (np.zeros((0, 2)), np.zeros(0, int)),
        (np.full((2, 2), 0.5), np.array([0, 2])),
        (np.full((2, 2), 0.5), np.array([-1, 1])),
        (np.full((2, 2), np.nan), np.array([0, 1])),
    ],
)
def test_what_does_not_fit_is_refused(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
    with pytest.raises(UsageError):
        find_suspects(probabilities, labels)


def test_pairs_are_the_table_without_its_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    probabilities, truth = scored(500, 8, 3.0, 4)
    labels, _ = swapped(truth, 0.1, 1)
    labels[labels == 5] = 6  # a class that nobody has
    found = find_suspects(probabilities, labels)
    counts = np.zeros((8, 8))
    for row, given in zip(probabilities, labels, strict=True):
        reached = [share if share >= limit - 1e-12 else -1 for share, limit in zip(row, found.thresholds, strict=True)]
        if max(reached) >= 0:
            counts[given, int(np.argmax(reached))] += 1
    given = np.bincount(labels, minlength=8)
    table = counts / np.maximum(counts.sum(1, keepdims=True), 1) * given[:, None] / len(labels)
    np.testing.assert_allclose(found.joint, table, atol=1e-12)
    assert found.noise == pytest.approx(1 - np.trace(table))
    assert len(found.pairs) == (table > 0).sum()
    monkeypatch.setattr(suspects, "_AT_ONCE", 50)
    again = find_suspects(probabilities, labels)
    assert again.labels == found.labels
    np.testing.assert_array_equal(again.shares, found.shares)
