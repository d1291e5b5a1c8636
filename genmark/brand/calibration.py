"""Is 80 % sure right 8 times in 10? Temperature, reliability, and how much of an error is only chance (numpy).

Arrays here: `logits` float (N, K), any scale; `probabilities` float (N, K), rows sum to 1; `labels` int (N,) in 0..K-1.
Wrong shapes, empty arrays and numbers that are not finite raise ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]
Labels = NDArray[np.integer[Any]]

COLDEST, HOTTEST = 0.01, 100.0
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence against accuracy, in bins of equal width over [0, 1]; what a reliability diagram draws.

    counts      int64 (bins,): predictions whose confidence falls in the bin
    confidence  float64 (bins,) in [0, 1]: their mean confidence, 0 where there are none
    accuracy    float64 (bins,) in [0, 1]: the share of them that is right, 0 where there are none
    ece         expected calibration error in [0, 1]; lower is better; see `null_ece` before judging it
    """

    counts: NDArray[np.int64]
    confidence: Doubles
    accuracy: Doubles
    ece: float


@dataclass(frozen=True)
class NullEce:
    """The ECE that a perfectly calibrated model shows on this many pictures: its `mean`, and `high`, below which it
    stays 95 times in 100. A measured ECE below `high` is no evidence of bad calibration."""

    mean: float
    high: float


def fit_temperature(logits: Reals, labels: Labels) -> float:
    """The temperature T > 0 for which softmax(logits / T) has the least negative log-likelihood (Guo et al. 2017).

    The likelihood is convex in 1 / T, so its slope has one root, and bisection finds it. T stays within [0.01, 100];
    logits that are no better than chance end at 100. A set without one mistake cannot tell how rare mistakes are (its
    likelihood only grows as T falls), so it leaves the logits alone: T = 1.
    """
    scores = _checked(logits, labels)
    own = scores[np.arange(len(labels)), labels]
    if (own >= scores.max(axis=1)).all():
        return 1.0

    def slope(log_sharpness: float) -> float:
        shares = soften(scores, math.exp(-log_sharpness))
        return float((shares * scores).sum(axis=1).mean() - own.mean())

    return math.exp(-_root(slope, -math.log(HOTTEST), -math.log(COLDEST)))


def soften(logits: Reals, temperature: float = 1.0) -> Doubles:
    """softmax(logits / temperature): float64 (N, K), rows sum to 1."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def log_loss(probabilities: Reals, labels: Labels) -> float:
    """Mean negative log-likelihood in nats, at least 0, lower is better; a share of 0 counts as the smallest float."""
    shares = _checked(probabilities, labels)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(shares, np.finfo(np.float64).tiny)).mean())


def brier(probabilities: Reals, labels: Labels) -> float:
    """Mean over pictures of the squared distance from the truth, in [0, 2], lower is better (Brier 1950)."""
    misses = _checked(probabilities, labels).copy()
    misses[np.arange(len(labels)), labels] -= 1.0
    return float((misses**2).sum(axis=1).mean())


def reliability(probabilities: Reals, labels: Labels, bins: int = 15) -> Reliability:
    """Confidence of the first choice against its accuracy, in `bins` bins of equal width (Guo et al. 2017)."""
    shares = _checked(probabilities, labels)
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    place = _places(confidence, bins)
    counts = np.bincount(place, minlength=bins)
    many = np.maximum(counts, 1)
    sure = np.bincount(place, confidence, bins)
    correct = np.bincount(place, right, bins)
    ece = float(np.abs(correct - sure).sum() / len(place))
    return Reliability(counts, sure / many, correct / many, ece)


def null_ece(probabilities: Reals, draws: int = 1000, seed: int = 0, bins: int = 15) -> NullEce:
    """The ECE that these probabilities would show if they were exactly right, by `draws` draws of the truth from them.

    ECE is never 0 on a finite set: 100 pictures, two classes and a perfect model give about 0.05.
    """
    shares = np.asarray(probabilities, np.float64)
    if shares.ndim != 2 or 0 in shares.shape or not np.isfinite(shares).all():
        raise ValueError(f"probabilities must be finite (N, K), got {shares.shape}")
    confidence = shares.max(axis=1)
    place = _places(confidence, bins)
    sure = np.bincount(place, confidence, bins)
    rng = np.random.default_rng(seed)
    found = np.empty(draws)
    for draw in range(draws):
        right = rng.random(len(confidence)) < confidence
        found[draw] = np.abs(np.bincount(place, right, bins) - sure).sum() / len(confidence)
    return NullEce(float(found.mean()), float(np.quantile(found, 0.95)))


def binomial_tail(k: int, n: int, p: float) -> float:
    """P(X >= k) for X ~ Binomial(n, p), to about 1e-12."""
    if k <= 0:
        return 1.0
    if k > n or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    steps = np.arange(k, n, dtype=np.float64)
    # each term from the one before it: C(n, i + 1) / C(n, i) = (n - i) / (i + 1)
    first = (
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
    )
    logs = first + np.concatenate(
        ([0.0], np.cumsum(np.log((n - steps) / (steps + 1.0)) + math.log(p) - math.log1p(-p)))
    )
    return min(float(np.exp(logs).sum()), 1.0)


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact two-sided confidence interval of a share of which `k` of `n` were seen (Clopper & Pearson 1934).

    Its lower end at level 1 - 2a is the one-sided bound that fails at most a share a of the time.
    """
    if not (0 <= k <= n and n > 0 and 0.0 < level < 1.0):
        raise ValueError(f"want 0 <= k <= n, n > 0 and 0 < level < 1, got k={k}, n={n}, level={level}")
    miss = (1.0 - level) / 2.0
    low = 0.0 if k == 0 else _root(lambda p: binomial_tail(k, n, p) - miss, 0.0, 1.0)
    high = 1.0 if k == n else 1.0 - _root(lambda q: binomial_tail(n - k, n, q) - miss, 0.0, 1.0)
    return low, high


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses 0, or the end nearest to it."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if rising(middle) > 0.0 else (middle, high)
    return (low + high) / 2.0


def _places(confidence: Doubles, bins: int) -> NDArray[np.intp]:
    """The bin of each confidence; 1.0 falls in the last one."""
    return np.minimum((confidence * bins).astype(np.intp), bins - 1)


def _checked(rows: Reals, labels: Labels) -> Doubles:
    """`rows` as float64, once it is sure that they and their labels fit."""
    table = np.asarray(rows, np.float64)
    if table.ndim != 2 or 0 in table.shape or np.shape(labels) != table.shape[:1]:
        raise ValueError(f"want (N, K) numbers with (N,) labels, got {table.shape} with {np.shape(labels)}")
    if not np.isfinite(table).all():
        raise ValueError("logits and probabilities must be finite")
    if np.min(labels) < 0 or np.max(labels) >= table.shape[1]:
        raise ValueError(f"labels must be in 0..{table.shape[1] - 1}, got {np.min(labels)}..{np.max(labels)}")
    return table
