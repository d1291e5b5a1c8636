"""A map of pictures: exact t-SNE (van der Maaten & Hinton, JMLR 2008) on principal components, repeatable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.types import Floats

Doubles = NDArray[np.float64]

_EXAGGERATION, _EARLY = 12.0, 250  # how far apart clusters are driven at first, and for how many steps
_HALVINGS = 50


def principal(features: Floats, dimensions: int = 50) -> Doubles:
    """Principal components of standardised features (N, D): float64 (N, at most `dimensions`), the widest first.

    A constant feature says nothing and is left out. Signs are fixed: the largest weight of a component is above 0.
    """
    table = np.asarray(features, np.float64)
    scale = table.std(axis=0)
    moving = scale > 1e-6 * np.maximum(1.0, np.abs(table.mean(axis=0)))
    if not moving.any():
        return np.zeros((len(table), 1))
    rows = (table[:, moving] - table[:, moving].mean(axis=0)) / scale[moving]
    # N pictures span N directions, so the small matrix of their products holds all of them
    values, axes = np.linalg.eigh(rows @ rows.T)
    kept = [place for place in np.argsort(-values)[:dimensions] if values[place] > 1e-9 * values.max()]
    found = axes[:, kept] * np.sqrt(values[kept])
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    return np.asarray(found * signs)


def lay_out(points: Doubles, perplexity: float = 30.0, steps: int = 500) -> Doubles:
    """Points (N, D) -> a map float64 (N, 2) in [0, 1], in which near neighbours stay near; far distances mean little.

    Starts from the first two components (Kobak & Linderman 2021), so that nothing is drawn by chance. Memory and time
    grow with N²: 1,500 points are a matter of half a minute.
    """
    if len(points) < 4:
        return _framed(np.pad(points, ((0, 0), (0, 2)))[:, :2])
    wanted = _joint(points, min(perplexity, (len(points) - 1) / 3.0))
    return _framed(_descend(wanted, _start(points), steps))


def _start(points: Doubles) -> Doubles:
    two = np.pad(points, ((0, 0), (0, 2)))[:, :2] if points.shape[1] < 2 else points[:, :2]
    # two pictures that are the same would pull at each other for ever from the same place
    two = two + np.random.default_rng(0).normal(0.0, 1e-3 * max(float(two.std()), 1e-12), two.shape)
    return np.asarray(two / max(float(two[:, 0].std()), 1e-12) * 1e-4)


def _joint(points: Doubles, perplexity: float) -> Doubles:
    """How much each pair belongs together, (N, N), adding up to 1; each row's width found by halving."""
    apart = _squares(points)
    np.fill_diagonal(apart, np.inf)
    apart -= apart.min(axis=1, keepdims=True)  # the nearest is at 0, so that no row vanishes
    low, high = np.full((len(points), 1), -40.0), np.full((len(points), 1), 40.0)
    shares = np.empty_like(apart)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        shares = np.exp(-np.exp(middle) * apart)
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1, keepdims=True)
        flat = entropy > np.log(perplexity)
        low, high = np.where(flat, middle, low), np.where(flat, high, middle)
    return np.asarray((shares + shares.T) / (2.0 * len(points)))


def _descend(wanted: Doubles, spots: Doubles, steps: int) -> Doubles:
    """Gradient descent with momentum and gains (Jacobs 1988), as the paper does it."""
    # Belkina et al. 2019: a rate of N / exaggeration does for any size
    rate = max(len(spots) / _EXAGGERATION / 4.0, 50.0)
    speed, gains = np.zeros_like(spots), np.ones_like(spots)
    early = min(_EARLY, steps // 2)
    for step in range(steps):
        near = 1.0 / (1.0 + _squares(spots))
        np.fill_diagonal(near, 0.0)
        pull = (wanted * (_EXAGGERATION if step < early else 1.0) - near / near.sum()) * near
        slope = 4.0 * (pull.sum(axis=1, keepdims=True) * spots - pull @ spots)
        gains = np.maximum(np.where(np.sign(slope) == np.sign(speed), gains * 0.8, gains + 0.2), 0.01)
        speed = (0.5 if step < early else 0.8) * speed - rate * gains * slope
        spots = spots + speed
        spots = spots - spots.mean(axis=0)
    return np.asarray(spots)


def _squares(points: Doubles) -> Doubles:
    sums = np.square(points).sum(axis=1)
    return np.asarray(np.maximum(sums[:, None] + sums[None] - 2.0 * points @ points.T, 0.0))


def _framed(spots: Doubles) -> Doubles:
    """Moved and scaled into the unit square, its shape kept."""
    low, high = spots.min(axis=0), spots.max(axis=0)
    size = max(float((high - low).max()), 1e-12)
    return np.asarray(np.clip((spots - (low + high) / 2.0) / size + 0.5, 0.0, 1.0))
