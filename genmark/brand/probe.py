"""A linear probe: standardised features, one regularised logistic regression, its strength chosen by grouped folds.

Convex, so there is one answer, found in double precision by L-BFGS (Liu & Nocedal 1989). What a frozen network makes
of a brand is honestly read by this and no more (Alain & Bengio 2016); fine-tuning starts from it (Kumar et al. 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from genmark.errors import UsageError
from genmark.types import Floats

Doubles = NDArray[np.float64]
Labels = NDArray[Any]
"""Single-label: integers (N,), the class of each row. Multi-label: floats (N, K), 1 yes, 0 no, NaN not known."""

STRENGTHS = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""Regularisation that is tried, strong to weak; the loss is a mean, so one scale fits all sizes."""


@dataclass(frozen=True, eq=False)
class Probe:
    """logits = ((features - mean) / scale) @ weight.T + bias; float64.

    weight (K, D), bias (K,), mean (D,), scale (D,). Softmax over the logits for brands, sigmoid of each for attributes.
    """

    weight: Doubles
    bias: Doubles
    mean: Doubles
    scale: Doubles

    def logits(self, features: Floats) -> Floats:
        """float32 (N, D) -> float32 (N, K)."""
        weight, bias = self.plain()
        return (features @ weight.T + bias).astype(np.float32)

    def plain(self) -> tuple[Doubles, Doubles]:
        """The same map on raw features, (K, D) and (K,): what a fine-tuned network's last layer starts from."""
        weight = self.weight / self.scale
        return weight, self.bias - weight @ self.mean


@dataclass(frozen=True)
class Trial:
    """How well one strength did on rows of groups that it had not seen: mean log loss (nats), and share right."""

    l2: float
    loss: float
    accuracy: float


def fit_probe(features: Floats, labels: Labels, classes: Sequence[str], l2: float) -> Probe:
    """Fit a probe: the minimum of mean log loss + l2 / 2 * |weight|^2 on standardised features; the bias is free.

    features  float32 (N, D), finite
    labels    integers (N,) below len(classes), or floats (N, len(classes)) of 0, 1 and NaN; see `Labels`

    In scikit-learn's terms, C = 1 / (l2 * N). Raises UsageError where a class has no example, or an attribute not both
    kinds, or there are fewer than two classes.
    """
    _check(features, labels, classes)
    return _fit(features, labels, len(classes), [l2])[0]


def choose_l2(
    features: Floats,
    labels: Labels,
    groups: Sequence[str],
    classes: Sequence[str],
    strengths: Sequence[float] = STRENGTHS,
    folds: int = 5,
) -> tuple[float, tuple[Trial, ...]]:
    """The strength with the least log loss on held-out groups, and how each did, strong to weak.

    A group (account, campaign, near-duplicates) is never on both sides of a fold.
    """
    strengths = sorted(strengths, reverse=True)
    held = _held_out(features, labels, groups, classes, strengths, folds)
    trials = tuple(Trial(l2, *_score(torch.tensor(logits), labels)) for l2, logits in zip(strengths, held, strict=True))
    return min(trials, key=lambda trial: trial.loss).l2, trials


def cross_logits(
    features: Floats, labels: Labels, groups: Sequence[str], classes: Sequence[str], l2: float, folds: int = 5
) -> Floats:
    """float32 (N, K): each row's logits by a probe fitted without its group; for calibration and label audits."""
    held: Floats = _held_out(features, labels, groups, classes, [l2], folds)[0].astype(np.float32)
    return held


def grouped_folds(groups: Sequence[str], folds: int) -> NDArray[np.int64]:
    """The fold of each row, 0 to folds - 1: the largest groups first, each to the fold with fewest rows so far.

    Raises UsageError where there are fewer than two groups; with fewer groups than folds, each group is a fold.
    """
    names, places, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(names) < 2 or folds < 2:
        raise UsageError(f"grouped folds need at least 2 groups and 2 folds, got {len(names)} and {folds}")
    filled = np.zeros(min(folds, len(names)), np.int64)
    fold_of = np.zeros(len(names), np.int64)
    for group in np.argsort(-counts, kind="stable"):
        fold_of[group] = int(filled.argmin())
        filled[fold_of[group]] += counts[group]
    return fold_of[places.reshape(-1)]


def _held_out(
    features: Floats,
    labels: Labels,
    groups: Sequence[str],
    classes: Sequence[str],
    strengths: Sequence[float],
    folds: int,
) -> Doubles:
    """(strengths, N, K): logits of each row from a fit without its fold."""
    _check(features, labels, classes)
    if len(groups) != len(features):
        raise UsageError(f"there are {len(features)} features and {len(groups)} groups; give one group for each")
    fold = grouped_folds(groups, folds)
    held = np.zeros((len(strengths), len(features), len(classes)))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        for row, probe in enumerate(_fit(features[~out], labels[~out], len(classes), strengths)):
            held[row, out] = probe.logits(features[out])
    return held


def _fit(features: Floats, labels: Labels, classes: int, strengths: Sequence[float]) -> list[Probe]:
    """One probe for each strength, each started where the one before ended."""
    wide = features.astype(np.float64)
    mean, scale = wide.mean(0), wide.std(0)
    scale[scale < 1e-6 * np.maximum(1, np.abs(mean))] = 1.0  # a constant says nothing; rounding must not be blown up
    rows = torch.tensor((wide - mean) / scale)
    # The answer lies in the span of the rows (representer theorem), so few rows need few coordinates, not D of them.
    basis = torch.linalg.qr(rows.T)[0] if rows.shape[0] < rows.shape[1] else None
    rows = rows if basis is None else rows @ basis
    spread, axes = torch.linalg.eigh(rows.T @ rows / len(rows))
    rows, basis = rows @ axes, axes if basis is None else basis @ axes
    found = torch.zeros(classes, rows.shape[1] + 1, dtype=torch.float64)
    probes = []
    for l2 in strengths:
        # about the root of the curvature along each axis: with it the solver needs a few dozen steps, not hundreds
        unit = torch.cat(((spread.clamp_min(0) / max(2, classes) + l2).sqrt(), torch.ones(1, dtype=torch.float64)))
        found = _minimise(rows, labels, found, unit, l2)
        weight = (found[:, :-1] @ basis.T).contiguous()
        probes.append(Probe(weight.numpy(), found[:, -1].numpy().copy(), mean, scale))
    return probes


def _minimise(rows: Tensor, labels: Labels, start: Tensor, unit: Tensor, l2: float) -> Tensor:
    """The minimum of the loss: (K, D + 1), the bias last; `unit` (D + 1,) is what the solver measures each axis in."""
    scaled = (start * unit).requires_grad_(True)
    solver = torch.optim.LBFGS(
        [scaled],
        max_iter=500,
        history_size=10,
        tolerance_grad=1e-8,
        tolerance_change=1e-12,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        solver.zero_grad()
        found = scaled / unit
        loss = _loss(rows @ found[:, :-1].T + found[:, -1], labels) + l2 / 2 * found[:, :-1].square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(closure)  # type: ignore[no-untyped-call]
    return (scaled / unit).detach()


def _loss(logits: Tensor, labels: Labels) -> Tensor:
    """Mean log loss in nats: over rows for classes, over known answers for attributes."""
    if labels.ndim == 1:
        return cross_entropy(logits, torch.tensor(labels, dtype=torch.int64))
    wanted = torch.tensor(labels, dtype=torch.float64)
    known = ~wanted.isnan()
    return binary_cross_entropy_with_logits(logits[known], wanted[known])


def _score(logits: Tensor, labels: Labels) -> tuple[float, float]:
    """Mean log loss and the share of right answers."""
    loss = float(_loss(logits, labels))
    if labels.ndim == 1:
        return loss, float((logits.argmax(1).numpy() == labels).mean())
    known = ~np.isnan(labels)
    return loss, float(((logits.numpy() > 0) == (labels > 0.5))[known].mean())


def _check(features: Floats, labels: Labels, classes: Sequence[str]) -> None:
    if features.ndim != 2 or len(features) != len(labels) or not np.isfinite(features).all():
        raise UsageError(f"features are finite numbers (N, D) with N labels, got {features.shape} and {len(labels)}")
    if labels.ndim == 1:
        _check_classes(labels, classes)
    else:
        _check_attributes(labels, classes)


def _check_classes(labels: Labels, classes: Sequence[str]) -> None:
    if len(classes) < 2:
        raise UsageError("one brand alone has nothing to be told from; add pictures of at least one other")
    if not np.issubdtype(labels.dtype, np.integer) or (
        len(labels) and not 0 <= labels.min() <= labels.max() < len(classes)
    ):
        raise UsageError(f"labels of {len(classes)} classes are whole numbers from 0 to {len(classes) - 1}")
    empty = np.flatnonzero(np.bincount(labels, minlength=len(classes)) == 0)
    if len(empty):
        raise UsageError(f"{_names(classes, empty)}: no picture to learn from; add some or leave the class out")


def _check_attributes(labels: Labels, classes: Sequence[str]) -> None:
    if labels.ndim != 2 or labels.shape[1] != len(classes) or not np.isin(labels[~np.isnan(labels)], (0, 1)).all():
        raise UsageError(f"labels of {len(classes)} attributes are 0, 1 or NaN, a column each; got {labels.shape}")
    single = np.flatnonzero(~((labels == 0).any(0) & (labels == 1).any(0)))
    if len(single):
        raise UsageError(f"{_names(classes, single)}: needs pictures that have it and pictures that do not")


def _names(classes: Sequence[str], which: NDArray[np.intp]) -> str:
    named = ", ".join(classes[place] for place in which[:5])
    return named if len(which) <= 5 else f"{named} and {len(which) - 5} more"
