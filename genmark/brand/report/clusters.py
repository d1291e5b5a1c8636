"""Pictures grouped without a look at their labels, and how far these groups are the brands after all (numpy).

`points` float64 (N, D); `found` and `labels` int64 (N,) from 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.errors import UsageError

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 12
_STARTS, _ROUNDS = 5, 100


@dataclass(frozen=True, eq=False)
class Clusters:
    """Groups of pictures.

    found        int64 (N,): the cluster of each, the largest is 0
    silhouettes  by number of clusters tried: the mean silhouette in [-1, 1] (Rousseeuw 1987); the best was taken
    centres      float64 (k, D)
    """

    found: Ints
    silhouettes: dict[int, float]
    centres: Doubles


def cluster(points: Doubles, most: int = MOST, seed: int = 0) -> Clusters:
    """k-means with as many clusters, 2 to `most`, as give the best silhouette. UsageError for fewer than 3 points."""
    if len(points) < 3:
        raise UsageError(f"{len(points)} pictures are too few to look for groups among them; 3 or more can be grouped")
    apart = distances(points)
    tried = {k: kmeans(points, k, seed) for k in range(2, min(most, len(points) - 1) + 1)}
    silhouettes = {k: float(silhouette(apart, found).mean()) for k, found in tried.items()}
    found = tried[max(silhouettes, key=lambda k: (silhouettes[k], -k))]
    order = np.argsort(-np.bincount(found), kind="stable")
    found = np.argsort(order)[found]
    centres = np.array([points[found == place].mean(axis=0) for place in range(int(found.max()) + 1)])
    return Clusters(found.astype(np.int64), silhouettes, centres)


def kmeans(points: Doubles, k: int, seed: int = 0) -> Ints:
    """The tightest of several runs of Lloyd's k-means from k-means++ starts (Arthur & Vassilvitskii 2007)."""
    rng = np.random.default_rng([seed, k])
    runs = [_lloyd(points, _spread(points, k, rng)) for _ in range(_STARTS)]
    return min(runs, key=lambda run: run[1])[0]


def silhouette(apart: Doubles, found: Ints) -> Doubles:
    """How much nearer each picture is to its own cluster than to the next: float64 (N,) in [-1, 1]; alone, it is 0.

    apart: float64 (N, N), distances (Rousseeuw 1987).
    """
    member = (found[:, None] == np.arange(int(found.max()) + 1)).astype(np.float64)
    sizes = member.sum(axis=0)
    sums = apart @ member
    rows = np.arange(len(found))
    own = sums[rows, found] / np.maximum(sizes[found] - 1.0, 1.0)
    others = sums / np.maximum(sizes, 1.0)
    others[:, sizes == 0] = np.inf
    others[rows, found] = np.inf
    best = others.min(axis=1)
    there = (sizes[found] > 1) & np.isfinite(best)
    best = np.where(there, best, 0.0)
    widest = np.maximum(own, best)
    return np.asarray(np.where(there & (widest > 0), (best - own) / np.where(widest > 0, widest, 1.0), 0.0))


def distances(points: Doubles) -> Doubles:
    """Euclidean distances of all pairs, (N, N)."""
    sums = np.square(points).sum(axis=1)
    apart = np.sqrt(np.maximum(sums[:, None] + sums[None] - 2.0 * points @ points.T, 0.0))
    np.fill_diagonal(apart, 0.0)
    return np.asarray(apart)


def agree(found: Ints, labels: Ints) -> float:
    """Adjusted mutual information of two groupings: 1 the same, about 0 by chance (Vinh, Epps & Bailey, JMLR 2010).

    Adjusted by the mean of both entropies; two groupings of one group each are the same.
    """
    table = np.zeros((int(found.max()) + 1, int(labels.max()) + 1))
    np.add.at(table, (found, labels), 1.0)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns, size = table.sum(axis=1), table.sum(axis=0), len(found)
    if len(rows) == len(columns) == 1:
        return 1.0
    there = table > 0
    shares = table[there] / size
    seen = float((shares * np.log(size * table[there] / np.outer(rows, columns)[there])).sum())
    by_chance = _expected(rows, columns, size)
    mean = (_entropy(rows / size) + _entropy(columns / size)) / 2.0
    return (seen - by_chance) / (mean - by_chance) if not math.isclose(mean, by_chance, abs_tol=1e-12) else 1.0


def purity(found: Ints, labels: Ints) -> float:
    """The share of pictures that carry the commonest label of their cluster, in (0, 1]; more clusters raise it."""
    table = np.zeros((int(found.max()) + 1, int(labels.max()) + 1))
    np.add.at(table, (found, labels), 1.0)
    return float(table.max(axis=1).sum() / len(found))


def _expected(rows: Doubles, columns: Doubles, size: int) -> float:
    """Mutual information that two groupings of these sizes have by chance, nats: the hypergeometric mean."""
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, size + 1)))))
    total = 0.0
    for a in rows.astype(np.int64).tolist():
        for b in columns.astype(np.int64).tolist():
            n = np.arange(max(1, a + b - size), min(a, b) + 1)
            ways = logs[a] + logs[b] + logs[size - a] + logs[size - b] - logs[size]
            ways = ways - logs[n] - logs[a - n] - logs[b - n] - logs[size - a - b + n]
            total += float((n / size * np.log(size * n / (a * b)) * np.exp(ways)).sum())
    return total


def _entropy(shares: Doubles) -> float:
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _spread(points: Doubles, k: int, rng: np.random.Generator) -> Doubles:
    """k starts, each drawn by how far it is from those before."""
    chosen = [int(rng.integers(len(points)))]
    while len(chosen) < k:
        far = _squares(points, points[chosen]).min(axis=1)
        total = float(far.sum())
        chosen.append(int(rng.choice(len(points), p=far / total) if total > 0 else rng.integers(len(points))))
    return np.asarray(points[chosen])


def _lloyd(points: Doubles, centres: Doubles) -> tuple[Ints, float]:
    found = np.full(len(points), -1)
    apart = _squares(points, centres)
    for _ in range(_ROUNDS):
        now = apart.argmin(axis=1)
        if (now == found).all():
            break
        found = now
        filled = np.unique(found)
        centres[filled] = [points[found == place].mean(axis=0) for place in filled]
        apart = _squares(points, centres)
    return found.astype(np.int64), float(apart.min(axis=1).sum())


def _squares(points: Doubles, centres: Doubles) -> Doubles:
    apart = np.square(points).sum(axis=1)[:, None] - 2.0 * points @ centres.T + np.square(centres).sum(axis=1)
    return np.asarray(np.maximum(apart, 0.0))
