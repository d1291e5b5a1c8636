"""Labels that are probably wrong: confident learning (Northcutt, Jiang and Chuang, JAIR 2021) on out-of-fold scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.errors import UsageError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

_AT_ONCE = 4_000_000  # probabilities that are compared at a time


@dataclass(frozen=True)
class Suspect:
    """One label to look at again.

    place      in the list of pictures
    given      the class that the picture is labelled with
    suggested  the class that the model is confident of instead
    trust      the probability of the given class, in [0, 1]
    margin     how much more probable the suggested class is, in (0, 1]
    """

    place: int
    given: int
    suggested: int
    trust: float
    margin: float


@dataclass(frozen=True, eq=False)
class Suspects:
    """What confident learning found.

    labels      the suspects, the surest first
    pairs       int64 (P, 2): the pairs (i, j) of classes of which any picture labelled i seems to be j
    shares      float64 (P,): the estimated share of all pictures that are such; they sum to 1
    thresholds  float64 (K,): how confident the model is in a class where it is given; infinite where it never is
    """

    labels: tuple[Suspect, ...]
    pairs: Ints
    shares: Floats
    thresholds: Floats

    @property
    def noise(self) -> float:
        """The estimated share of labels that are wrong, in [0, 1]."""
        return float(1.0 - self.shares[self.pairs[:, 0] == self.pairs[:, 1]].sum())

    @property
    def joint(self) -> Floats:
        """The shares as a table, float64 (K, K): 800 MB for 10,000 classes, most of it zero."""
        table = np.zeros((len(self.thresholds), len(self.thresholds)))
        table[self.pairs[:, 0], self.pairs[:, 1]] = self.shares
        return table


def find_suspects(probabilities: Floats, labels: Ints) -> Suspects:
    """Find labels that a model which never saw them is confident are another class.

    probabilities: (N, K) in [0, 1], rows sum to 1, each row from a model trained without that picture and without its
    relatives (`genmark.brand.splits.fold`), or every label looks right. labels: (N,), 0 to K - 1.

    A picture counts as class j where j is the most probable of the classes whose probability reaches the mean that they
    have among pictures labelled so. That tells confusion from a model that is timid about one class and bold about
    another. Each pair of classes gets as many suspects as the joint distribution estimates, the widest margins first.
    Hard pictures are suspected too, many of them where the model is weak: this is a list to look at, not to delete, and
    `noise` is to be believed only where the list is longer than `null_counts` says.

    Raises UsageError where the shapes disagree, a label is out of range or a probability is not finite.
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels, np.int64)
    _check(probabilities, labels)
    thresholds = _thresholds(probabilities, labels)
    likely = _likely(probabilities, thresholds)
    pairs, shares = _joint(labels, likely, probabilities.shape[1])
    order = np.argsort(labels, kind="stable")
    first = np.searchsorted(labels[order], np.arange(probabilities.shape[1] + 1))
    found = []
    for (given, other), share in zip(pairs.tolist(), shares.tolist(), strict=True):
        if given != other:
            places = order[first[given] : first[given + 1]]
            found += _of_pair(probabilities, places, given, other, round(share * len(labels)))
    return Suspects(_surest(found), pairs, shares, thresholds)


def null_counts(probabilities: Floats, draws: int = 50, seed: int = 0) -> Ints:
    """How many suspects there would be if all labels were right, int64 (draws,), sorted.

    Labels are drawn from the probabilities (N, K) themselves, which takes them for calibrated: a picture that the model
    gives 0.6 is labelled otherwise in four of ten draws, without a mistake of anyone. A list no longer than most of
    these speaks of a model that is unsure, not of labels that are wrong.
    """
    rng = np.random.default_rng(seed)
    points = np.stack([rng.random(len(probabilities)) for _ in range(draws)], axis=1)
    labels = np.empty(points.shape, np.int64)
    for part in _portions(probabilities):
        edges = np.cumsum(probabilities[part], axis=1, dtype=np.float64)
        for place, (row, drawn) in enumerate(zip(edges, points[part], strict=True), part.start):
            labels[place] = np.searchsorted(row, drawn * row[-1], side="right")
    labels = np.minimum(labels, probabilities.shape[1] - 1)
    return np.sort(np.array([len(find_suspects(probabilities, column).labels) for column in labels.T], np.int64))


def _check(probabilities: Floats, labels: Ints) -> None:
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise UsageError(f"probabilities (N, K) and labels (N,) do not fit: {probabilities.shape}, {labels.shape}")
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise UsageError(f"labels are 0 to {probabilities.shape[1] - 1}, one or more of them")
    if not all(np.isfinite(probabilities[part]).all() for part in _portions(probabilities)):
        raise UsageError("a probability is not a finite number")


def _thresholds(probabilities: Floats, labels: Ints) -> Floats:
    """The mean probability of each class among the pictures labelled so, float64 (K,)."""
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    given = np.bincount(labels, own, probabilities.shape[1])
    return np.where(counts > 0, given / np.maximum(counts, 1), np.inf)


def _likely(probabilities: Floats, thresholds: Floats) -> Ints:
    """The most probable of the classes that reach their thresholds, int64 (N,); -1 where none does."""
    likely = np.empty(len(probabilities), np.int64)
    for part in _portions(probabilities):
        block = probabilities[part].astype(np.float64)
        reached = np.where(block >= thresholds - 1e-12, block, -1.0)
        best = reached.argmax(axis=1)
        likely[part] = np.where(reached[np.arange(len(best)), best] >= 0.0, best, -1)
    return likely


def _joint(labels: Ints, likely: Ints, classes: int) -> tuple[Ints, Floats]:
    """Confident counts scaled to the number of labels of each class, then to 1; a class nobody is sure of is right."""
    sure = likely >= 0
    given, known = np.bincount(labels, minlength=classes), np.bincount(labels[sure], minlength=classes)
    alone = np.flatnonzero((known == 0) & (given > 0))
    cells, counts = np.unique(labels[sure] * classes + likely[sure], return_counts=True)
    cells, counts = np.append(cells, alone * (classes + 1)), np.append(counts, given[alone])
    order = np.argsort(cells)
    pairs = np.stack(np.divmod(cells[order], classes), axis=1)
    rows = np.where(known > 0, known, given)[pairs[:, 0]]
    return pairs, np.asarray(counts[order] / rows * given[pairs[:, 0]] / len(labels))


def _of_pair(probabilities: Floats, places: Ints, given: int, other: int, most: int) -> list[Suspect]:
    """Of the pictures labelled `given`, at `places`, the `most` that are most probably `other`."""
    own = probabilities[places, given].astype(np.float64)
    margins = probabilities[places, other] - own
    order = np.argsort(-margins, kind="stable")[:most]
    return [Suspect(int(places[k]), given, other, float(own[k]), float(margins[k])) for k in order if margins[k] > 0.0]


def _portions(probabilities: Floats) -> Iterator[slice]:
    """Rows, some at a time: beside the table itself memory stays flat."""
    rows = max(1, _AT_ONCE // max(1, probabilities.shape[1]))
    return (slice(start, start + rows) for start in range(0, len(probabilities), rows))


def _surest(found: list[Suspect]) -> tuple[Suspect, ...]:
    """Each picture once, with the class that beats its own by most; ties by place."""
    best: dict[int, Suspect] = {}
    for suspect in sorted(found, key=lambda one: (-one.margin, one.place, one.suggested)):
        best.setdefault(suspect.place, suspect)
    return tuple(best.values())
