"""Kernel inception distance: how far apart two heaps of pictures are, without assuming a shape of either."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
"""(N, D): one row a picture."""


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % confidence interval."""

    value: float
    low: float
    high: float


def squared_mmd(one: Features, other: Features) -> float:
    """Unbiased squared maximum mean discrepancy of (N, D) and (M, D) under the kernel (x · y / D + 1)³.

    0 on average where both come from the same heap, negative about half of the time then (Gretton et al. 2012, eq. 3;
    the kernel is that of Bińkowski et al. 2018, arXiv:1801.01401). ValueError with fewer than two rows.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError(f"KID needs two pictures on either side, got {len(one)} and {len(other)}")
    return _mmd(_kernel(one, one), _kernel(other, other), _kernel(one, other))


def measure_kid(
    real: Features, made: Features, people: NDArray[np.generic] | None = None, rounds: int = 100, seed: int = 0
) -> Estimate:
    """KID of `made` against `real`, with an interval from `rounds` draws of half of either side.

    Halves drawn without replacement spread about as the whole does around the truth (the delete-half jackknife, Shao
    & Tu 1995). Pictures of one person (`people`, a name for each row of `made`) are drawn together. Close to 0 the
    interval is wider than need be.
    """
    rng = np.random.default_rng(seed)
    own, theirs, between = _kernel(real, real), _kernel(made, made), _kernel(real, made)
    names = np.arange(len(made)) if people is None else people
    drawn = []
    for _ in range(rounds):
        a, b = _half(np.arange(len(real)), rng), _half(names, rng)
        if min(len(a), len(b)) > 1:
            drawn.append(_mmd(own[np.ix_(a, a)], theirs[np.ix_(b, b)], between[np.ix_(a, b)]))
    whole = _mmd(own, theirs, between)
    spread = 1.96 * float(np.std(drawn)) if drawn else float("inf")
    return Estimate(whole, whole - spread, whole + spread)


def measure_floor(real: Features, rounds: int = 100, seed: int = 0) -> Estimate:
    """What KID says of real pictures against real ones: mean and 95 % range over random splits in halves."""
    rng = np.random.default_rng(seed)
    kernel = _kernel(real, real)
    found = []
    for _ in range(rounds):
        order = rng.permutation(len(real))
        a, b = np.array_split(order, 2)
        found.append(_mmd(kernel[np.ix_(a, a)], kernel[np.ix_(b, b)], kernel[np.ix_(a, b)]))
    low, high = np.percentile(found, [2.5, 97.5]).tolist()
    return Estimate(float(np.mean(found)), low, high)


def _kernel(one: Features, other: Features) -> NDArray[np.float64]:
    product = one.astype(np.float64) @ other.astype(np.float64).T
    return np.asarray((product / one.shape[1] + 1.0) ** 3)


def _mmd(own: NDArray[np.float64], theirs: NDArray[np.float64], between: NDArray[np.float64]) -> float:
    return _off_diagonal(own) + _off_diagonal(theirs) - 2 * float(between.mean())


def _off_diagonal(kernel: NDArray[np.float64]) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _half(names: NDArray[np.generic], rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows of half of the names, at random."""
    known = np.unique(names)
    return np.flatnonzero(np.isin(names, rng.permutation(known)[: max(1, len(known) // 2)]))
