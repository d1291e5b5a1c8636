"""The solver: at the minimum that another solver finds, whatever the portions, with probabilities that saturate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from genmark.brand import newton, probe
from genmark.brand.newton import Problem, minimise
from genmark.brand.probe import choose_l2

L2 = 1e-3


def problem(attributes: bool = False, rows: int = 60, dim: int = 90) -> Problem:
    """More columns than rows, so that the classes can be told apart and only the regularisation holds back."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(rows, dim)) * np.logspace(0, -2, dim)
    labels = np.arange(rows) % 3
    marks = (x[:, :3] > 0).astype(float)
    marks[::7, 1] = np.nan
    return Problem.of(torch.tensor(x), marks if attributes else labels, 3)


def loss(flat: np.ndarray, of: Problem) -> tuple[float, np.ndarray]:
    """From the definition, by torch's own differentiation."""
    weights = torch.tensor(flat.reshape(3, -1), requires_grad=True)
    logits = of.rows @ weights[:, :-1].T + weights[:, -1]
    if of.labels.ndim == 1:
        lost = torch.nn.functional.cross_entropy(logits, of.labels)
    else:
        known = ~of.labels.isnan()
        lost = torch.nn.functional.binary_cross_entropy_with_logits(logits[known], of.labels[known])
    whole = lost + L2 / 2 * weights[:, :-1].square().sum()
    whole.backward()
    return float(whole.detach()), weights.grad.numpy().ravel()


@pytest.mark.parametrize("attributes", [False, True])
def test_it_ends_where_another_solver_does(attributes: bool) -> None:
    of = problem(attributes)
    found = minimise(of, torch.zeros(3, 91, dtype=torch.float64), L2)
    value, slope = loss(found.numpy(), of)
    assert np.abs(slope).max() < 1e-8
    options = {"maxiter": 5000, "maxfun": 20000, "gtol": 1e-9, "ftol": 1e-15}
    other = minimize(loss, np.zeros(3 * 91), (of,), "L-BFGS-B", jac=True, options=options)
    assert value <= other.fun + 1e-12
    np.testing.assert_allclose(found.numpy()[:, :-1], other.x.reshape(3, -1)[:, :-1], atol=1e-3)


@pytest.mark.parametrize("attributes", [False, True])
def test_portions_do_not_matter(attributes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    start = torch.zeros(3, 91, dtype=torch.float64)
    whole = minimise(problem(attributes), start, L2)
    monkeypatch.setattr(newton, "_PORTION", 21)  # 7 rows of 3 classes
    np.testing.assert_allclose(minimise(problem(attributes), start, L2), whole, atol=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_a_start_far_off_and_a_start_at_the_end_both_end_there(seed: int) -> None:
    of = problem()
    found = minimise(of, torch.zeros(3, 91, dtype=torch.float64), L2)
    start = 3.0 * torch.randn(3, 91, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    far = minimise(of, start, L2)
    np.testing.assert_allclose(far[:, :-1], found[:, :-1], atol=1e-5)
    np.testing.assert_array_equal(minimise(of, found, L2, 1e-8), found)


def test_a_class_without_a_row_is_given_up_and_nothing_breaks() -> None:
    of = problem()
    without = Problem(of.rows, of.labels % 2, 3, of.spread)
    found = minimise(without, torch.zeros(3, 91, dtype=torch.float64), 0.1)
    shares = (of.rows @ found[:, :-1].T + found[:, -1]).softmax(1)
    assert found.isfinite().all()
    assert shares[:, 2].max() < 1e-6


def test_a_large_choice_is_made_on_one_fold_and_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 30
    x = (rng.normal(size=(30, 40))[labels] + 3 * rng.normal(size=(300, 40))).astype(np.float32)
    groups, names = [str(n) for n in range(300)], [str(n) for n in range(30)]
    whole, trials = choose_l2(x, labels, groups, names)
    monkeypatch.setattr(probe, "LARGE", 1)
    fast, fewer = choose_l2(x, labels, groups, names)
    assert len(fewer) < len(trials)
    assert fewer[-1].loss > fewer[-2].loss
    assert abs(np.log(fast / whole)) < 1.3  # the same strength or a neighbour
