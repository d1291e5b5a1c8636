from __future__ import annotations

import numpy as np
import pytest

from genmark.brand import calibration
from genmark.brand.calibration import Doubles


def drawn(count: int, sharpness: float = 1.0, classes: int = 5, seed: int = 0) -> tuple[Doubles, np.ndarray]:
    """Logits `sharpness` times too sharp, and labels drawn from what they would say without that."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=1.5, size=(count, classes))
    shares = calibration.soften(logits)
    labels = (shares.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return logits * sharpness, labels


@pytest.mark.parametrize("sharpness", [0.25, 1.0, 3.0])
def test_temperature_finds_by_how_much_logits_are_too_sharp(sharpness: float) -> None:
    logits, labels = drawn(20_000, sharpness)
    assert calibration.fit_temperature(logits, labels) == pytest.approx(sharpness, rel=0.03)


def test_no_other_temperature_is_likelier() -> None:
    logits, labels = drawn(300, 2.5, seed=3)
    best = calibration.fit_temperature(logits, labels)

    def loss(temperature: float) -> float:
        return calibration.log_loss(calibration.soften(logits, temperature), labels)

    assert all(loss(best) <= loss(best * factor) for factor in (0.5, 0.9, 0.999, 1.001, 1.1, 2.0))


def test_temperature_mends_calibration_and_changes_no_answer() -> None:
    logits, labels = drawn(2_000, 3.0, seed=2)
    before = calibration.soften(logits)
    after = calibration.soften(logits, calibration.fit_temperature(*drawn(2_000, 3.0, seed=3)))
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    for score in (calibration.log_loss, calibration.brier):
        assert score(after, labels) < score(before, labels)
    assert calibration.reliability(before, labels).ece > calibration.null_ece(before).high + 0.1
    assert calibration.reliability(after, labels).ece < calibration.null_ece(after).high + 0.01


def test_a_set_without_a_mistake_leaves_the_logits_alone_and_a_hopeless_one_ends_at_the_limit() -> None:
    logits = np.eye(3)[[0, 1, 2, 0]]
    assert calibration.fit_temperature(logits, np.array([0, 1, 2, 0])) == 1.0
    assert calibration.fit_temperature(logits, np.array([1, 2, 0, 1])) == pytest.approx(calibration.HOTTEST)


def test_huge_logits_do_not_overflow() -> None:
    logits, labels = drawn(500, 1e4)
    assert np.isfinite(calibration.soften(logits)).all()
    assert np.isfinite(calibration.log_loss(calibration.soften(logits), labels))
    assert calibration.fit_temperature(logits, labels) == pytest.approx(calibration.HOTTEST)


def test_reliability_by_hand() -> None:
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [1.0, 0.0]])
    found = calibration.reliability(shares, np.array([0, 1, 1, 0]), bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 3]
    assert found.accuracy[[6, 9]] == pytest.approx([1.0, 2 / 3])
    assert found.confidence[[6, 9]] == pytest.approx([0.6, 2.8 / 3])
    assert found.ece == pytest.approx((0.4 + 0.8) / 4)


def test_brier_and_log_loss_by_hand() -> None:
    shares, labels = np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([0, 1])
    assert calibration.brier(shares, labels) == pytest.approx((2 * 0.25**2 + 2 * 0.5**2) / 2)
    assert calibration.log_loss(shares, labels) == pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2)
    assert np.isfinite(calibration.log_loss(np.array([[1.0, 0.0]]), np.array([1])))


def test_null_ece_is_what_a_perfect_model_shows() -> None:
    over, means = 0, []
    for seed in range(200):
        logits, labels = drawn(150, seed=seed)
        shares = calibration.soften(logits)
        null = calibration.null_ece(shares, draws=200, seed=seed)
        measured = calibration.reliability(shares, labels).ece
        over += measured > null.high
        means.append(measured - null.mean)
    assert 2 <= over <= 20, f"{over} of 200 perfect models lie above their own 95th percentile"
    assert abs(np.mean(means)) < 0.003
    assert null.mean > 0.05, "a perfect model is not seen as perfect on 150 pictures"


def test_null_ece_shrinks_with_pictures_and_repeats_with_its_seed() -> None:
    few, many = (calibration.soften(drawn(count)[0]) for count in (100, 10_000))
    assert calibration.null_ece(few).mean > 5 * calibration.null_ece(many, draws=100).mean
    assert calibration.null_ece(few, seed=4) == calibration.null_ece(few, seed=4)


@pytest.mark.parametrize(
    ("k", "n", "level", "low", "high"),
    [
        (90, 100, 0.95, 0.8238, 0.9510),
        (0, 10, 0.95, 0.0, 0.3085),
        (10, 10, 0.95, 0.6915, 1.0),
        (29, 29, 0.90, 0.9019, 1.0),
        (360, 400, 0.95, 0.8663, 0.9276),
    ],
)
def test_clopper_pearson_agrees_with_published_tables(k: int, n: int, level: float, low: float, high: float) -> None:
    assert calibration.clopper_pearson(k, n, level) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("share", [0.03, 0.5, 0.92])
def test_clopper_pearson_covers_at_least_as_often_as_it_says(share: float) -> None:
    n = 40
    chance = [calibration.binomial_tail(k, n, share) - calibration.binomial_tail(k + 1, n, share) for k in range(n + 1)]
    covered = [low <= share <= high for low, high in (calibration.clopper_pearson(k, n, 0.9) for k in range(n + 1))]
    assert sum(chance) == pytest.approx(1.0, abs=1e-9)
    assert np.dot(chance, covered) >= 0.9


def test_binomial_tail_by_hand_and_far_out() -> None:
    assert calibration.binomial_tail(2, 3, 0.5) == pytest.approx(0.5)
    assert calibration.binomial_tail(29, 29, 0.9) == pytest.approx(0.9**29)
    assert calibration.binomial_tail(0, 5, 0.1) == 1.0
    assert calibration.binomial_tail(6, 5, 0.9) == 0.0
    assert calibration.binomial_tail(90_000, 100_000, 0.9) == pytest.approx(0.5, abs=0.01)
    assert 0.0 < calibration.binomial_tail(200, 1_000, 0.1) < 1e-18


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.zeros((0, 2)), np.zeros(0, int)),
        (np.zeros((2, 2)), np.array([0])),
        (np.zeros((2, 2)), np.array([0, 2])),
        (np.zeros((2, 2)), np.array([0, -1])),
        (np.full((2, 2), np.nan), np.array([0, 1])),
    ],
)
def test_what_does_not_fit_is_refused(logits: Doubles, labels: np.ndarray) -> None:
    for measure in (calibration.fit_temperature, calibration.reliability, calibration.brier, calibration.log_loss):
        with pytest.raises(ValueError, match=r"labels|finite"):
            measure(logits, labels)
