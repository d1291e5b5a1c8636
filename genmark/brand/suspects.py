"""Labels that are probably wrong: confident learning (Northcutt, Jiang and Chuang, JAIR 2021) on out-of-fold scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    joint       float64 (K, K): the estimated share of pictures labelled i that truly are j; sums to 1
    thresholds  float64 (K,): how confident the model is in a class where it is given; infinite where it never is
    """

    labels: tuple[Suspect, ...]
    joint: Floats
    thresholds: Floats

    @property
    def noise(self) -> float:
        """The estimated share of labels that are wrong, in [0, 1]."""
        return float(1.0 - np.trace(self.joint))


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
    probabilities, labels = np.asarray(probabilities, np.float64), np.asarray(labels, np.int64)
    _check(probabilities, labels)
    classes = probabilities.shape[1]
    thresholds = _thresholds(probabilities, labels)
    reached = np.where(probabilities >= thresholds - 1e-12, probabilities, -1.0)
    likely = reached.argmax(axis=1)
    sure = reached[np.arange(len(labels)), likely] >= 0.0
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels[sure], likely[sure]), 1.0)
    joint = _joint(counts, np.bincount(labels, minlength=classes))
    found = [suspect for pair in _pairs(joint) for suspect in _of_pair(probabilities, labels, joint, *pair)]
    return Suspects(_surest(found), joint, thresholds)


def null_counts(probabilities: Floats, draws: int = 50, seed: int = 0) -> Ints:
    """How many suspects there would be if all labels were right, int64 (draws,), sorted.

    Labels are drawn from the probabilities (N, K) themselves, which takes them for calibrated: a picture that the model
    gives 0.6 is labelled otherwise in four of ten draws, without a mistake of anyone. A list no longer than most of
    these speaks of a model that is unsure, not of labels that are wrong.
    """
    rng = np.random.default_rng(seed)
    edges = np.cumsum(probabilities, axis=1)
    counts = []
    for _ in range(draws):
        points = rng.random((len(probabilities), 1)) * edges[:, -1:]
        labels = np.minimum((points >= edges).sum(axis=1), probabilities.shape[1] - 1)
        counts.append(len(find_suspects(probabilities, labels).labels))
    return np.sort(np.array(counts, np.int64))


def _check(probabilities: Floats, labels: Ints) -> None:
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise UsageError(f"probabilities (N, K) and labels (N,) do not fit: {probabilities.shape}, {labels.shape}")
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise UsageError(f"labels are 0 to {probabilities.shape[1] - 1}, one or more of them")
    if not np.isfinite(probabilities).all():
        raise UsageError("a probability is not a finite number")


def _thresholds(probabilities: Floats, labels: Ints) -> Floats:
    """The mean probability of each class among the pictures labelled so, float64 (K,)."""
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    given = np.bincount(labels, probabilities[np.arange(len(labels)), labels], probabilities.shape[1])
    return np.where(counts > 0, given / np.maximum(counts, 1), np.inf)


def _joint(counts: Floats, given: Ints) -> Floats:
    """Confident counts scaled to the number of labels of each class, then to 1; a class nobody is sure of is right."""
    counts = np.where(counts.sum(axis=1, keepdims=True) > 0, counts, np.diag(given).astype(np.float64))
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(counts / rows * given[:, None] / given.sum())


def _pairs(joint: Floats) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for i, j in np.argwhere(joint > 0.0) if i != j]


def _of_pair(probabilities: Floats, labels: Ints, joint: Floats, given: int, other: int) -> list[Suspect]:
    """The pictures labelled `given` that are most probably `other`, as many as the joint distribution says."""
    places = np.flatnonzero(labels == given)
    margins = probabilities[places, other] - probabilities[places, given]
    most = round(float(joint[given, other]) * len(labels))
    order = np.argsort(-margins, kind="stable")[:most]
    return [
        Suspect(int(places[k]), given, other, float(probabilities[places[k], given]), float(margins[k]))
        for k in order
        if margins[k] > 0.0
    ]


def _surest(found: list[Suspect]) -> tuple[Suspect, ...]:
    """Each picture once, with the class that beats its own by most; ties by place."""
    best: dict[int, Suspect] = {}
    for suspect in sorted(found, key=lambda one: (-one.margin, one.place, one.suggested)):
        best.setdefault(suspect.place, suspect)
    return tuple(best.values())
