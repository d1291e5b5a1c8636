"""From a network's score to a probability: one logistic curve, fitted on answers that are known (Platt 1999; numpy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.errors import UsageError

_STEPS = 50


@dataclass(frozen=True)
class Curve:
    """probability = 1 / (1 + exp(-(slope * score + intercept))); scores are logits or log-probabilities."""

    slope: float
    intercept: float

    def __call__(self, score: float) -> float:
        """The probability of a score, in [0, 1]."""
        return float(_logistic(np.float64(self.slope * score + self.intercept)))


def fit_curve(scores: Sequence[float], right: Sequence[bool]) -> Curve:
    """The curve of the greatest likelihood for scores of which it is known whether each was `right`.

    Answers are softened as Platt does, to (n + 1) / (n + 2) for right ones and 1 / (n + 2) for wrong ones, so that a
    set without overlap still gives a finite slope. The slope is never negative: a score that says nothing gives the
    share that was right. Raises UsageError where the two differ in length, are not finite, or are all right or wrong.
    """
    x, y = np.asarray(scores, np.float64), np.asarray(right, bool)
    if x.shape != y.shape or x.ndim != 1 or not np.isfinite(x).all() or y.all() or not y.any():
        raise UsageError(
            f"a calibration needs as many finite scores as answers, some right and some wrong; "
            f"got {x.size} scores and {y.size} answers, {int(y.sum())} of them right"
        )
    middle, width = float(x.mean()), float(x.std()) or 1.0
    slope, intercept = _newton((x - middle) / width, _soften(y))
    if slope < 0.0:
        slope, intercept = 0.0, float(np.log(y.mean() / (1.0 - y.mean())))
    return Curve(slope / width, intercept - slope * middle / width)


def _soften(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    many = int(right.sum())
    return np.where(right, (many + 1.0) / (many + 2.0), 1.0 / (right.size - many + 2.0))


def _newton(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and intercept of the least log-loss, by Newton's method on the convex loss, with steps of at most 1."""
    design = np.stack([x, np.ones_like(x)], 1)
    at = np.zeros(2)
    for _ in range(_STEPS):
        shares = _logistic(design @ at)
        curvature = (design * (shares * (1.0 - shares))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (shares - y))
        at -= step / max(1.0, float(np.abs(step).max()))
    return float(at[0]), float(at[1])


def _logistic(x: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) without overflow."""
    half: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * x))
    return half
