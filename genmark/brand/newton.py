"""The minimum of a regularised logistic loss, by Newton steps that are solved by conjugate gradients.

Truncated Newton (Dembo & Steihaug 1983; for logistic regression Lin, Weng and Keerthi, JMLR 2008): a few dozen products
with the data where a quasi-Newton method takes hundreds. Rows are taken in portions, so that beside the data memory
holds one probability of each row and class, in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

Map = Callable[[Tensor], Tensor]

_PORTION = 4_000_000  # logits that are worked on at once
_STEPS, _TURNS, _HALVINGS = 200, 250, 60
_LEAST = 1e-15  # a promised gain that rounding hides
_FLAT = 1e-6  # curvature, by the slope's measure, that counts as none


@dataclass(frozen=True, eq=False)
class Problem:
    """mean log loss of `rows` (N, D) times weights, plus l2 / 2 * |weights|^2.

    rows    float64 (N, D); the bias is the weight of a column of ones, which is not in it
    labels  int64 (N,): classes, softmax; or float64 (N, K): 1 yes, 0 no, NaN not known, sigmoids
    spread  float64 (D,): the mean square of each column, which scales the steps
    """

    rows: Tensor
    labels: Tensor
    classes: int
    spread: Tensor

    @classmethod
    def of(cls, rows: Tensor, labels: NDArray[Any], classes: int) -> Problem:
        kind = torch.int64 if labels.ndim == 1 else torch.float64
        return cls(rows, torch.tensor(labels, dtype=kind), classes, rows.square().mean(0))

    @cached_property
    def answers(self) -> int:
        """Over how many answers the loss is a mean."""
        return len(self.rows) if self.labels.ndim == 1 else int((~self.labels.isnan()).sum())

    def portions(self) -> Iterator[slice]:
        """Rows whose logits fit in memory together."""
        many = max(1, _PORTION // self.classes)
        return (slice(start, start + many) for start in range(0, len(self.rows), many))


def minimise(problem: Problem, start: Tensor, l2: float, tolerance: float = 1e-9) -> Tensor:
    """The weights (K, D + 1), float64, the bias last and not regularised, where no slope exceeds `tolerance`.

    A start so far off that every answer is certain leaves nothing to go by: it may end there. Zeros never are.
    """
    penalty = torch.full((problem.rows.shape[1] + 1,), l2, dtype=torch.float64)
    penalty[-1] = 0.0
    found = start.clone()
    loss, slope, sure = _look(problem, found, penalty)
    for _ in range(_STEPS):
        steepest = float(slope.abs().max())
        if steepest <= tolerance:
            break
        step = _solve(*_curvature(problem, sure, penalty), slope, min(0.1, steepest**0.5))
        gain = -float((step * slope).sum())
        tried = _look(problem, found + step, penalty)
        for _ in range(_HALVINGS):
            if tried[0] <= loss - 1e-4 * gain or gain < _LEAST:
                break
            step, gain = step / 2, gain / 2
            tried = _look(problem, found + step, penalty)
        if not tried[0] <= loss:  # no shorter step is better, so this is as low as numbers go
            break
        found, (loss, slope, sure) = found + step, tried
        if gain < _LEAST:
            break
    return found


def _look(problem: Problem, weights: Tensor, penalty: Tensor) -> tuple[float, Tensor, Tensor]:
    """Loss, slope (K, D + 1) and probabilities float32 (N, K) at some weights."""
    answer = _softmax if problem.labels.ndim == 1 else _sigmoid
    slope = weights * penalty
    loss = float((weights * slope).sum()) / 2
    sure = torch.empty(len(problem.rows), problem.classes)
    for part in problem.portions():
        lost, sure[part], error = answer(_logits(problem.rows[part], weights), problem.labels[part])
        loss += lost / problem.answers
        slope += _gather(error / problem.answers, problem.rows[part])
    return loss, slope, sure


def _softmax(logits: Tensor, labels: Tensor) -> tuple[float, Tensor, Tensor]:
    """Summed log loss of classes, probabilities, and the loss's slope by the logits, (n, K)."""
    logs = logits.log_softmax(1)
    sure, given = logs.exp(), labels[:, None]
    error = sure.scatter_add(1, given, torch.full_like(given, -1.0, dtype=sure.dtype))
    return -float(logs.gather(1, given).sum()), sure, error


def _sigmoid(logits: Tensor, labels: Tensor) -> tuple[float, Tensor, Tensor]:
    """The same of answers yes and no; where none is known all three are 0."""
    known, wanted = ~labels.isnan(), labels.nan_to_num()
    lost = torch.where(known, softplus(logits) - wanted * logits, 0.0)
    sure = torch.where(known, logits.sigmoid(), 0.0)
    return float(lost.sum()), sure, sure - wanted


def _curvature(problem: Problem, sure: Tensor, penalty: Tensor) -> tuple[Map, Map]:
    """The loss's second derivative times a step (K, D + 1), and a cheap guess at the inverse of that."""

    def times(step: Tensor) -> Tensor:
        found = step * penalty
        for part in problem.portions():
            p, moved = sure[part].double(), _logits(problem.rows[part], step)
            if problem.labels.ndim == 1:
                moved = p * (moved - (p * moved).sum(1, keepdim=True))
            else:
                moved = p * (1.0 - p) * moved
            found += _gather(moved / problem.answers, problem.rows[part])
        return found

    bend = torch.zeros(problem.classes, dtype=torch.float64)
    for part in problem.portions():
        bend += (sure[part] * (1.0 - sure[part])).sum(0, dtype=torch.float64) / problem.answers
    guess = bend.clamp_min(1e-9)[:, None] * torch.cat((problem.spread, torch.ones(1, dtype=torch.float64))) + penalty
    return times, lambda slope: slope / guess


def _solve(times: Map, near: Map, slope: Tensor, share: float) -> Tensor:
    """The step that brings the slope down to a `share` of itself: preconditioned conjugate gradients."""
    step, rest = torch.zeros_like(slope), -slope
    guess = near(rest)
    way, size = guess, float((rest * guess).sum())
    enough = share * share * size
    for _ in range(_TURNS):
        bent = times(way)
        along = float((way * bent).sum())
        if not along > _FLAT * size:  # rounding: the loss is convex, but flat where all answers are certain
            return step if step.any() else guess
        step, rest = step + size / along * way, rest - size / along * bent
        guess = near(rest)
        size, before = float((rest * guess).sum()), size
        if size <= enough:
            break
        way = guess + size / before * way
    return step


def _logits(rows: Tensor, weights: Tensor) -> Tensor:
    return torch.addmm(weights[:, -1], rows, weights[:, :-1].T)


def _gather(error: Tensor, rows: Tensor) -> Tensor:
    """What an error of the logits (n, K) says of the weights (K, D + 1)."""
    return torch.cat((error.T @ rows, error.sum(0)[:, None]), 1)
