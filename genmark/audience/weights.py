"""How much each signal counts: a logistic regression, which makes their sum a probability (Platt, 1999).

`weights.toml` holds what `benchmarks/segment_matching.py --fit` found on captions of COCO (CC BY 4.0), with its error
on images that it did not see. It is the same for every segment, so an operator's own segments need no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genmark.config import Table, read_config
from genmark.errors import UsageError, nearest

Doubles = NDArray[np.float64]

_FILE = Path(__file__).resolve().with_name("weights.toml")
_STEPS = 50


class WeightsTable(Table):
    """`[minilm]` or `[words]`: weights of the signals by name, where they were learnt and how far they are off.

    bias     log-odds where all signals are 0
    signals  name to weight, in log-odds
    sure     the probability from which a segment is said
    images   how many images they were fitted on
    error    expected calibration error on as many others, in [0, 1]
    chance   the error that a perfect calibration would show on those, at its 95th percentile
    """

    bias: float
    signals: dict[str, float]
    sure: float
    images: int
    error: float
    chance: float


class WeightsFile(Table):
    """The shipped weights: with a sentence encoder, and with words alone."""

    minilm: WeightsTable
    words: WeightsTable


@dataclass(frozen=True)
class Weights:
    """A linear sum of signals and the probability that it stands for.

    names   of the signals, in the order of `values`
    values  log-odds per unit of each; bias: log-odds where all are 0
    sure    probability from which a segment is said, in [0, 1]
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    bias: float
    sure: float

    def probability(self, signals: Doubles) -> Doubles:
        """float64 (N, F) -> (N,) in (0, 1)."""
        odds = signals @ np.array(self.values) + self.bias
        chances: Doubles = 1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0)))
        return chances


@cache
def shipped_weights(names: tuple[str, ...]) -> Weights:
    """The weights that ship for signals of these names; raises UsageError where none do."""
    file = read_config(_FILE, WeightsFile)
    for table in (file.minilm, file.words):
        if table.signals.keys() == set(names):
            return Weights(names, tuple(table.signals[name] for name in names), table.bias, table.sure)
    raise UsageError(f"no weights ship for signals {names}{nearest(names[-1], file.minilm.signals)}")


def fit_weights(names: tuple[str, ...], signals: Doubles, right: Doubles, sure: float, ridge: float = 1.0) -> Weights:
    """Weights with the least penalised negative log-likelihood, by Newton's method (iteratively reweighted squares).

    signals: float64 (N, F); right: float64 (N,), 0 or 1; ridge: penalty on squared weights of standardised signals. The
    problem is convex and starts from 0, so the same data gives the same weights. Raises ValueError for other shapes.
    """
    if signals.shape != (len(right), len(names)) or not len(right):
        raise ValueError(f"signals must be ({len(right)}, {len(names)}), got {signals.shape}")
    mean, spread = signals.mean(axis=0), signals.std(axis=0)
    spread[spread == 0.0] = 1.0
    table = np.hstack([np.ones((len(right), 1)), (signals - mean) / spread])
    penalty = np.diag([0.0] + [ridge] * len(names))
    found = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(table @ found, -40.0, 40.0)))
        slope = table.T @ (right - chance) - penalty @ found
        curve = (table * (chance * (1.0 - chance))[:, None]).T @ table + penalty + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < 1e-10:
            break
    values = found[1:] / spread
    return Weights(names, tuple(map(float, values)), float(found[0] - values @ mean), sure)
