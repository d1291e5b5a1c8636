"""A linear probe: standardised features, one regularised logistic regression, its strength chosen by grouped folds.

Convex, so there is one answer, found in double precision (`genmark.brand.newton`). What a frozen network makes
of a brand is honestly read by this and no more (Alain & Bengio 2016); fine-tuning starts from it (Kumar et al. 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from genmark.brand.newton import Problem, minimise
from genmark.errors import UsageError
from genmark.types import Bools, Floats

Doubles = NDArray[np.float64]
Labels = NDArray[Any]
"""Single-label: integers (N,), the class of each row. Multi-label: floats (N, K), 1 yes, 0 no, NaN not known."""

LARGE = 10**9
"""Numbers in a product of all features with all weights, above which one fold has to do for choosing a strength."""

STRENGTHS = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4)
"""Regularisation that is tried, strong to weak; the loss is a mean, so one scale fits all sizes."""


_HELD, _ROUGH = 1e-7, 1e-5  # slopes at which a fit that only scores its held-out rows may stop
_PORTION = 4_000_000  # logits that are scored at once


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
    return next(_fit(features, labels, len(classes), [l2]))


def choose_l2(
    features: Floats,
    labels: Labels,
    groups: Sequence[str],
    classes: Sequence[str],
    strengths: Sequence[float] = STRENGTHS,
    folds: int = 5,
) -> tuple[float, tuple[Trial, ...]]:
    """The strength with the least log loss on held-out groups, and how each did, strong to weak.

    A group (account, campaign, near-duplicates) is never on both sides of a fold. Where there is more to work through
    than `LARGE`, only the first fold is held out, and what is weaker than the first strength that does worse than the
    one before is not tried.
    """
    strengths, fold = sorted(strengths, reverse=True), _checked_folds(features, labels, groups, classes, folds)
    if features.size * len(classes) > LARGE:
        return _choose_fast(features, labels, len(classes), strengths, fold == 0)
    sums = np.zeros((len(strengths), 3))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        probes = _fit(features[~out], labels[~out], len(classes), strengths, _HELD)
        sums += [_score(probe, features[out], labels[out]) for probe in probes]
    return _best(strengths, sums)


def cross_logits(
    features: Floats, labels: Labels, groups: Sequence[str], classes: Sequence[str], l2: float, folds: int = 5
) -> Floats:
    """float32 (N, K): each row's logits by a probe fitted without its group; for calibration and label audits."""
    fold = _checked_folds(features, labels, groups, classes, folds)
    held = np.zeros((len(features), len(classes)), np.float32)
    for number in range(int(fold.max()) + 1):
        out = fold == number
        (probe,) = _fit(features[~out], labels[~out], len(classes), [l2], _HELD)
        held[out] = probe.logits(features[out])
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


def _checked_folds(
    features: Floats, labels: Labels, groups: Sequence[str], classes: Sequence[str], folds: int
) -> NDArray[np.int64]:
    """The fold of each row, once it is sure that there is something to learn from."""
    _check(features, labels, classes)
    if len(groups) != len(features):
        raise UsageError(f"there are {len(features)} features and {len(groups)} groups; give one group for each")
    return grouped_folds(groups, folds)


def _choose_fast(
    features: Floats, labels: Labels, classes: int, strengths: Sequence[float], out: Bools
) -> tuple[float, tuple[Trial, ...]]:
    sums: list[tuple[float, float, float]] = []
    for probe in _fit(features[~out], labels[~out], classes, strengths, _ROUGH):
        sums.append(_score(probe, features[out], labels[out]))
        if len(sums) > 1 and sums[-1][0] > sums[-2][0]:
            break
    return _best(strengths[: len(sums)], np.array(sums))


def _best(strengths: Sequence[float], sums: Doubles) -> tuple[float, tuple[Trial, ...]]:
    """From summed loss, right answers and answers of each strength."""
    trials = tuple(
        Trial(l2, float(loss / count), float(right / count))
        for l2, (loss, right, count) in zip(strengths, sums, strict=True)
    )
    return min(trials, key=lambda trial: trial.loss).l2, trials


def _fit(
    features: Floats, labels: Labels, classes: int, strengths: Sequence[float], tolerance: float = 1e-9
) -> Iterator[Probe]:
    """One probe for each strength, each started where the one before ended."""
    mean = features.mean(0, dtype=np.float64)
    scale = features.std(0, dtype=np.float64)
    scale[scale < 1e-6 * np.maximum(1, np.abs(mean))] = 1.0  # a constant says nothing; rounding must not be blown up
    problem = Problem.of(torch.tensor((features - mean) / scale), labels, classes)
    found = torch.zeros(classes, features.shape[1] + 1, dtype=torch.float64)
    for l2 in strengths:
        found = minimise(problem, found, l2, tolerance)
        yield Probe(found[:, :-1].numpy().copy(), found[:, -1].numpy().copy(), mean, scale)


def _score(probe: Probe, features: Floats, labels: Labels) -> tuple[float, float, float]:
    """Summed log loss, right answers, and answers; a portion of the rows at a time."""
    loss = right = count = 0.0
    rows = max(1, _PORTION // len(probe.bias))
    for start in range(0, len(features), rows):
        logits, wanted = torch.tensor(probe.logits(features[start : start + rows])), labels[start : start + rows]
        if labels.ndim == 1:
            answers, sure = torch.tensor(wanted, dtype=torch.int64), logits.double()
            loss += float(cross_entropy(sure, answers, reduction="sum"))
            right += int((logits.argmax(1) == answers).sum())
            count += len(wanted)
        else:
            answers, known = torch.tensor(wanted, dtype=torch.float64), torch.tensor(~np.isnan(wanted))
            loss += float(binary_cross_entropy_with_logits(logits.double()[known], answers[known], reduction="sum"))
            right += int(((logits > 0) == (answers > 0.5))[known].sum())
            count += int(known.sum())
    return loss, right, count


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
