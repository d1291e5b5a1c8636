"""Scores to probabilities: the curve that made the answers is found again."""

from __future__ import annotations

import numpy as np
import pytest

from genmark.errors import UsageError
from genmark.perceive.platt import Curve, fit_curve


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (2.5, 4.0), (0.3, -1.0)])
def test_the_curve_that_made_the_answers_is_found_again(slope: float, intercept: float) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(-intercept / slope, 2.0 / slope, 20_000)
    right = rng.random(20_000) < 1.0 / (1.0 + np.exp(-(slope * scores + intercept)))
    found = fit_curve(scores.tolist(), right.tolist())
    assert found.slope == pytest.approx(slope, rel=0.07)
    assert found.intercept == pytest.approx(intercept, abs=0.12)


def test_probabilities_are_right_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(-10, 3, 5000)
    right = rng.random(5000) < 1.0 / (1.0 + np.exp(-(0.8 * scores + 8.0)))
    curve = fit_curve(scores.tolist(), right.tolist())
    told = np.array([curve(score) for score in scores])
    for low in (0.2, 0.4, 0.6):
        inside = (told >= low) & (told < low + 0.2)
        assert right[inside].mean() == pytest.approx(told[inside].mean(), abs=0.05)


def test_perfect_and_useless_scores_stay_finite() -> None:
    parted = fit_curve([-2, -1, 1, 2], [False, False, True, True])
    assert 0.5 < parted(2.0) < 1.0
    backwards = fit_curve([-2, -1, 1, 2], [True, True, False, True])
    assert backwards.slope == 0.0
    assert backwards(5.0) == pytest.approx(0.75)
    assert fit_curve([1.0, 1.0], [True, False])(1.0) == pytest.approx(0.5)
    assert Curve(1.0, 0.0)(-1e6) == 0.0


@pytest.mark.parametrize(
    ("scores", "right"),
    [
        ([1.0], [True]),
        ([1.0, 2.0], [False, False]),
        ([1.0, 2.0], [True]),
        ([1.0, float("nan")], [True, False]),
        ([], []),
    ],
)
def test_answers_that_teach_nothing_are_refused(scores: list[float], right: list[bool]) -> None:
    with pytest.raises(UsageError, match="some right and some wrong"):
        fit_curve(scores, right)
