"""How right is a classifier, how sure is that, and is it better than another, or than no classifier at all? (numpy)

Arrays here: `right` bool (N,): whether each picture was answered rightly. Pictures of one account or campaign stand and
fall together, so that N of them know less than N strangers; `groups` (N,) says which belong together, and whole groups
are drawn then (the cluster bootstrap, Davison & Hinkley 1997). Wrong shapes and empty arrays raise ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.calibration import Doubles, Labels
from genmark.types import Bools

Groups = NDArray[Any] | None

_AT_ONCE = 4_000_000  # drawn numbers that are held at a time


@dataclass(frozen=True)
class Share:
    """A `value` in [0, 1] with the `low` and `high` ends of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """How much more often one classifier is right than another on the same pictures.

    gain       the difference of their accuracies, in [-1, 1], with its `low` and `high` ends
    p          two-sided, in (0, 1]: how often a difference as large is seen between equals
    """

    gain: float
    low: float
    high: float
    p: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0.0 or self.high < 0.0


def accuracy(right: Bools, groups: Groups = None, level: float = 0.95, draws: int = 2000, seed: int = 0) -> Share:
    """Accuracy with its bootstrap percentile interval (Efron 1979).

    A classifier that is always right, or never, gets an interval of no width from this: the bootstrap knows only what
    it has seen. `calibration.clopper_pearson` does not have that fault, but knows no groups.
    """
    sums, sizes = _by_group(right.astype(np.float64), groups)
    found = _means(sums, sizes, draws, seed)
    low, high = np.quantile(found, _ends(level))
    return Share(float(np.mean(right)), float(low), float(high))


def compare(
    one: Bools, other: Bools, groups: Groups = None, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> Paired:
    """How much more often `one` is right than `other` on the same pictures.

    The interval is that of the paired bootstrap, p that of exchanging the two at random, group by group.
    """
    if np.shape(one) != np.shape(other):
        raise ValueError(f"both must have answered the same pictures, got {np.shape(one)} and {np.shape(other)}")
    sums, sizes = _by_group(one.astype(np.float64) - other.astype(np.float64), groups)
    low, high = np.quantile(_means(sums, sizes, draws, seed), _ends(level))
    seen = abs(sums.sum())
    rng = np.random.default_rng(seed + 1)
    swapped = np.concatenate(
        [np.abs(rng.choice((-1.0, 1.0), (rows, len(sums))) @ sums) for rows in _rows(draws, len(sums))]
    )
    p = (1 + int((swapped >= seen - 1e-9).sum())) / (draws + 1)  # the answer that was seen is one of the exchanges
    return Paired(float(sums.sum() / sizes.sum()), float(low), float(high), p)


def null_accuracy(train: Labels, test: Labels) -> float:
    """The accuracy on `test` labels of always answering what is most frequent in `train`, in [0, 1]."""
    if not (len(train) and len(test)):
        raise ValueError("want at least one label on both sides")
    return float(np.mean(np.asarray(test) == np.bincount(train).argmax()))


def _by_group(values: Doubles, groups: Groups) -> tuple[Doubles, Doubles]:
    """The sum of the values in each group, and how many there are."""
    kin = np.arange(len(values)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if values.ndim != 1 or not len(values) or kin.shape != values.shape:
        raise ValueError(f"want (N,) answers, and as many groups if any, got {values.shape} and {kin.shape}")
    return np.bincount(kin, values).astype(np.float64), np.bincount(kin).astype(np.float64)


def _means(sums: Doubles, sizes: Doubles, draws: int, seed: int) -> Doubles:
    """The mean of as many groups as there are, drawn with replacement, `draws` times."""
    rng, found = np.random.default_rng(seed), []
    for rows in _rows(draws, len(sums)):
        drawn = rng.integers(0, len(sums), (rows, len(sums)))
        found.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(found)


def _rows(draws: int, width: int) -> Iterator[int]:
    """`draws` in portions that fit in memory."""
    most = max(1, _AT_ONCE // width)
    for start in range(0, draws, most):
        yield min(most, draws - start)


def _ends(level: float) -> tuple[float, float]:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    return (1.0 - level) / 2.0, (1.0 + level) / 2.0
