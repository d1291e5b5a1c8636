"""How surely something happens at least as often as a given rate, from a few faded counts (plain arithmetic)."""

from __future__ import annotations

import math

_TINY = 1e-300
_STEPS = 500


def above(rate: float, hits: float, misses: float) -> float:
    """Probability that a rate drawn from Beta(hits, misses) is above `rate`, in [0, 1].

    hits, misses: the two parameters, above 0, whole or not. The regularised incomplete beta function by its continued
    fraction (Abramowitz and Stegun, 1964, 26.5.8), worked out by Lentz's method. Raises ValueError for other numbers.
    """
    if not (hits > 0.0 and misses > 0.0 and math.isfinite(hits + misses)):
        raise ValueError(f"Beta needs two finite numbers above 0, got {hits} and {misses}")
    if not 0.0 < rate < 1.0:
        return float(rate <= 0.0)
    if rate < (hits + 1.0) / (hits + misses + 2.0):  # where the fraction of the lower tail converges soonest
        return min(1.0, max(0.0, 1.0 - _tail(rate, hits, misses)))
    return min(1.0, max(0.0, _tail(1.0 - rate, misses, hits)))


def _tail(x: float, a: float, b: float) -> float:
    """I_x(a, b), the mass of Beta(a, b) below x."""
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """1 / (1 + t1 / (1 + t2 / (1 + ...)))."""
    whole, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        term = _term(step, x, a, b)
        lower = 1.0 / _away_from_zero(1.0 + term * lower)
        upper = _away_from_zero(1.0 + term / upper)
        whole *= upper * lower
        if abs(upper * lower - 1.0) < 1e-13:
            break
    return 1.0 / whole


def _term(step: int, x: float, a: float, b: float) -> float:
    half = step // 2
    if step % 2:
        return -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1.0))
    return half * (b - half) * x / ((a + 2 * half - 1.0) * (a + 2 * half))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
