"""The probe: at the minimum that it claims, the same however the features are written, honest about its folds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from genmark.brand.probe import choose_l2, cross_logits, fit_probe, grouped_folds
from genmark.errors import UsageError
from genmark.types import Floats

BRANDS = ("라온", "tarvane", "velquis")


def clouds(count: int = 90, dim: int = 6, seed: int = 0, apart: float = 1.0) -> tuple[Floats, np.ndarray]:
    """Three clouds that overlap; axes of very different scale, and one that is constant."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    centres = np.random.default_rng(99).normal(0, apart, (3, dim))
    x = (centres[labels] + rng.normal(0, 1, (count, dim))) * np.logspace(-3, 3, dim) + 5
    return np.column_stack([x, np.full(count, 7.7)]).astype(np.float32), labels


def gradients(x: Floats, labels: np.ndarray, l2: float) -> tuple[np.ndarray, np.ndarray]:
    """The loss's gradient where the fit ended, from the definition and in numpy."""
    probe = fit_probe(x, labels, BRANDS, l2)
    z = (x.astype(float) - probe.mean) / probe.scale
    logits = z @ probe.weight.T + probe.bias
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    error = (p - np.eye(3)[labels]) / len(x)
    return error.T @ z + l2 * probe.weight, error.sum(0)


@pytest.mark.parametrize("l2", [10.0, 1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("dim", [6, 200])
def test_the_gradient_is_zero_where_it_stops(l2: float, dim: int) -> None:
    for part in gradients(*clouds(dim=dim), l2):
        assert np.abs(part).max() < 1e-6


def test_it_agrees_with_another_solver() -> None:
    x, labels = clouds()
    l2 = 0.01
    probe = fit_probe(x, labels, BRANDS, l2)
    z = (x.astype(float) - probe.mean) / probe.scale

    def loss(flat: np.ndarray) -> float:
        w = flat.reshape(3, -1)
        logits = z @ w[:, :-1].T + w[:, -1]
        top = logits.max(1)
        nll = np.log(np.exp(logits - top[:, None]).sum(1)) + top - logits[np.arange(len(z)), labels]
        return float(nll.mean() + l2 / 2 * (w[:, :-1] ** 2).sum())

    other = minimize(loss, np.zeros(3 * (z.shape[1] + 1)), method="BFGS").x.reshape(3, -1)
    np.testing.assert_allclose(probe.weight, other[:, :-1], atol=1e-3)
    assert loss(np.column_stack([probe.weight, probe.bias])) <= loss(other) + 1e-9


def test_many_dimensions_and_few_rows_give_the_same_as_many_rows_of_the_same() -> None:
    """Repeating every row changes nothing in a mean loss, but takes the other way through the solver."""
    x, labels = clouds(30, dim=50)
    few = fit_probe(x, labels, BRANDS, 0.1)
    many = fit_probe(np.tile(x, (3, 1)), np.tile(labels, 3), BRANDS, 0.1)
    np.testing.assert_allclose(few.weight, many.weight, atol=1e-5)
    np.testing.assert_allclose(few.bias, many.bias, atol=1e-5)


def test_scale_and_offset_of_a_feature_do_not_matter() -> None:
    x, labels = clouds()
    one, other = fit_probe(x, labels, BRANDS, 0.1), fit_probe(x * 8 + 3, labels, BRANDS, 0.1)
    np.testing.assert_allclose(one.logits(x), other.logits(x * 8 + 3), atol=2e-3)
    assert np.abs(one.weight[:, -1]).max() == 0  # nothing is learnt from a constant


def test_the_plain_map_is_the_same_map() -> None:
    x, labels = clouds()
    probe = fit_probe(x, labels, BRANDS, 0.1)
    z = (x.astype(float) - probe.mean) / probe.scale
    np.testing.assert_allclose(probe.logits(x), z @ probe.weight.T + probe.bias, atol=1e-4)


def test_on_average_it_says_each_class_as_often_as_it_was_shown() -> None:
    """What the free bias sees to, at any strength."""
    x, labels = clouds(90)
    keep = ~((labels == 2) & (np.arange(90) > 44))
    x, labels = x[keep], labels[keep]
    for l2 in (10.0, 0.01):
        odds = np.exp(fit_probe(x, labels, BRANDS, l2).logits(x).astype(float))
        shares = (odds / odds.sum(1, keepdims=True)).mean(0)
        np.testing.assert_allclose(shares, np.bincount(labels) / len(labels), atol=1e-5)


def test_the_chosen_strength_does_best_on_groups_it_has_not_seen() -> None:
    x, labels = clouds(60, dim=40, apart=0.4)
    groups = [f"campaign-{n // 6}" for n in range(60)]
    l2, trials = choose_l2(x, labels, groups, BRANDS)
    assert l2 == min(trials, key=lambda t: t.loss).l2
    assert [t.l2 for t in trials] == sorted((t.l2 for t in trials), reverse=True)
    assert trials[-1].loss > min(t.loss for t in trials)  # weak regularisation overfits 40 noisy features
    again = cross_logits(x, labels, groups, BRANDS, l2)
    right = next(t for t in trials if t.l2 == l2).accuracy
    assert (again.argmax(1) == labels).mean() == pytest.approx(right, abs=0.02)


def test_folds_do_not_leak_a_group() -> None:
    """A feature that names the group, and nothing else: rows of a group would give its label away, groups do not."""
    rng = np.random.default_rng(1)
    member = np.repeat(np.arange(30), 4)
    labels = rng.integers(0, 3, 30)[member]
    labels[:3] = (0, 1, 2)
    x = np.eye(30, dtype=np.float32)[member]
    by_group = cross_logits(x, labels, [str(m) for m in member], BRANDS, 1e-3)
    by_row = cross_logits(x, labels, [str(n) for n in range(120)], BRANDS, 1e-3)
    assert (by_row.argmax(1) == labels).mean() > 0.9
    assert (by_group.argmax(1) == labels).mean() < 0.6


def test_folds_are_even_whole_and_always_the_same() -> None:
    groups = [f"g{n % 13}" for n in range(130)]
    fold = grouped_folds(groups, 5)
    assert all(len(set(fold[[g == name for g in groups]])) == 1 for name in set(groups))
    assert set(fold) == set(range(5))
    assert np.bincount(fold).max() <= 30
    assert (fold == grouped_folds(groups, 5)).all()
    assert set(grouped_folds(["a", "b", "a"], 5)) == {0, 1}
    with pytest.raises(UsageError, match="at least 2 groups"):
        grouped_folds(["a", "a"], 5)


def attributes(count: int = 200) -> tuple[Floats, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    return x, (x[:, :2] + 0.3 * rng.normal(size=(count, 2)) > 0).astype(float)


def test_attributes_are_learnt_apart_from_one_another() -> None:
    x, wanted = attributes()
    both = fit_probe(x, wanted, ("glamorous", "fun"), 0.01)
    assert ((both.logits(x) > 0) == (wanted > 0)).mean() > 0.85
    # the mean over two labels halves each one's share of the loss
    alone = fit_probe(x, wanted[:, :1], ("glamorous",), 0.02)
    np.testing.assert_allclose(both.weight[:1], alone.weight, atol=1e-4)


def test_an_answer_that_is_not_known_counts_for_nothing() -> None:
    x, wanted = attributes()
    gaps = wanted.copy()
    gaps[100:] = np.nan
    one, other = fit_probe(x, gaps, ("a", "b"), 0.01), fit_probe(x[:100], wanted[:100], ("a", "b"), 0.01)
    assert np.abs(one.logits(x) - other.logits(x)).max() < 0.5  # only the standardisation differs
    l2, trials = choose_l2(x, gaps, [str(n) for n in range(200)], ("a", "b"))
    assert max(t.accuracy for t in trials) > 0.8
    assert l2 < 1


def test_data_that_cannot_be_learnt_from_are_named() -> None:
    x, labels = clouds()
    with pytest.raises(UsageError, match="one brand alone"):
        fit_probe(x, labels * 0, BRANDS[:1], 0.1)
    with pytest.raises(UsageError, match=r"라온: no picture"):
        fit_probe(x[labels > 0], labels[labels > 0], BRANDS, 0.1)
    with pytest.raises(UsageError, match="and 95 more"):
        fit_probe(x, labels + 100, [f"b{n}" for n in range(103)], 0.1)
    for wrong in (labels - 1, labels + 1, labels.astype(float)):
        with pytest.raises(UsageError, match=r"whole numbers|attributes"):
            fit_probe(x, wrong, BRANDS, 0.1)
    with pytest.raises(UsageError, match=r"b: needs pictures"):
        fit_probe(x, np.column_stack([labels == 0, labels < 5]).astype(float), ("a", "b"), 0.1)
    for broken in (x[:-1], np.where(x > 5, np.nan, x)):
        with pytest.raises(UsageError, match="finite"):
            fit_probe(broken, labels, BRANDS, 0.1)
    with pytest.raises(UsageError, match="one group for each"):
        choose_l2(x, labels, ["a", "b"], BRANDS)


def test_two_pictures_a_class_are_enough_to_fit() -> None:
    x, labels = clouds(6)
    assert (fit_probe(x, labels, BRANDS, 1e-3).logits(x).argmax(1) == labels).all()
