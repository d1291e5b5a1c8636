"""Effect sizes between two tables of numbers, with their intervals: rows are pictures, columns what was measured.

Tables are float64 (N, F); NaN where a row has no such number, and in results where a column has too few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Of every interval."""
TINY = 1e-9
MOST = 99.0
"""Effects are capped at this: where nothing varies, any difference would be endless."""
Numbers = NDArray[np.float64]


def moments(table: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Means and unbiased variances, each (draws, F), of rows that count `weights` (draws, N) times."""
    there = ~np.isnan(table)
    count = np.maximum(there.sum(axis=0), 1)
    shift = np.where(there, table, 0.0).sum(axis=0) / count
    off = np.where(there, table - shift, 0.0)
    total = weights @ there.astype(np.float64)
    enough = total >= 2
    safe = np.where(enough, total, 2.0)
    mean = weights @ off / safe
    variance = np.maximum(weights @ np.square(off) / safe - np.square(mean), 0.0) * safe / (safe - 1)
    return np.where(enough, mean + shift, np.nan), np.where(enough, variance, np.nan)


def cohens_d(one: Numbers, other: Numbers, weights: tuple[Numbers, Numbers] | None = None) -> Numbers:
    """(one - other) over the pooled standard deviation (Cohen 1988), (draws, F), capped at +-99.

    weights: how often each row counts in each draw, (draws, N) and (draws, M); without, one draw of every row once.
    """
    first, second = weights if weights is not None else (np.ones((1, len(one))), np.ones((1, len(other))))
    (m1, v1), (m2, v2) = moments(one, first), moments(other, second)
    n, m = first @ (~np.isnan(one)), second @ (~np.isnan(other))
    pooled = ((n - 1) * v1 + (m - 1) * v2) / np.maximum(n + m - 2, 1)
    return np.asarray(np.clip((m1 - m2) / np.maximum(np.sqrt(pooled), TINY), -MOST, MOST))


def interval(draws: Numbers) -> Numbers:
    """Percentile interval (2, F) of bootstrapped effects (draws, F), of the draws that have one (Efron 1979)."""
    span = np.full((2, draws.shape[1]), np.nan)
    for place in range(draws.shape[1]):
        column = draws[~np.isnan(draws[:, place]), place]
        if len(column):
            span[:, place] = np.percentile(column, (50 * (1 - LEVEL), 50 * (1 + LEVEL)))
    return span


def draw(groups: Sequence[str], draws: int, dice: np.random.Generator) -> Numbers:
    """How often each row is drawn, (draws, N), where whole groups are drawn with replacement."""
    _, group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    count = int(group.max()) + 1
    return dice.multinomial(count, np.full(count, 1 / count), size=draws)[:, group].astype(np.float64)


def group_means(table: Numbers, groups: Sequence[str]) -> Numbers:
    """One row for each group, the mean of what its rows have, (G, F)."""
    _, group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    member = (group[None] == np.arange(int(group.max()) + 1)[:, None]).astype(np.float64)
    total = member @ (~np.isnan(table))
    return np.where(total > 0, member @ np.nan_to_num(table) / np.maximum(total, 1), np.nan)


def mann_whitney(one: Numbers, other: Numbers) -> tuple[float, float]:
    """(AUC, two-sided p) of two samples (n,) and (m,), without NaN (Mann & Whitney 1947).

    p by the normal approximation with ties and continuity corrected, which is rough under about eight a side.
    """
    both = np.concatenate([one, other])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n, m = len(one), len(other)
    wins = float(ranks[:n].sum()) - n * (n + 1) / 2
    ties = float((counts.astype(np.float64) ** 3 - counts).sum()) / ((n + m) * (n + m - 1))
    deviation = math.sqrt(max(n * m / 12 * (n + m + 1 - ties), 0.0))
    if deviation == 0.0:
        return 0.5, 1.0
    z = max(0.0, abs(wins - n * m / 2) - 0.5) / deviation
    return wins / (n * m), math.erfc(z / math.sqrt(2))


def benjamini_hochberg(p: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p (false discovery rate) in the order given: Benjamini & Hochberg, J. R. Stat. Soc. B 1995."""
    order = np.argsort(p, kind="stable")
    raised = np.asarray(p)[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return tuple(q.tolist())
