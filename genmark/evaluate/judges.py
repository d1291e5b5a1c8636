"""A judge that learns to tell previews from photos: how often it is fooled says more than any distance.

Logistic regression on given features, trained on one half of the people and asked about the other, then the other way
round, so that it never meets a face that it has learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.evaluate.kid import Estimate, Features
from genmark.types import Bools

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judge:
    """A learnt judge: how sure it is that a picture is made, in logits; above 0 it says so."""

    mean: Numbers
    scale: Numbers
    weights: Numbers
    bias: float

    def score(self, features: Features) -> Numbers:
        """Logits (N,) of features (N, D)."""
        return np.asarray((features - self.mean) / self.scale @ self.weights + self.bias)


@dataclass(frozen=True)
class Verdict:
    """What judges said of people that they had not met.

    accuracy  share of right answers, photos and previews counting half each; 0.5 is guessing
    auc       chance that a preview looks more made than a photo does (area under the ROC curve); 0.5 is guessing
    fooled    share of previews taken for photos
    """

    accuracy: Estimate
    auc: Estimate
    fooled: float


def fit_judge(features: Features, made: Bools, ridge: float = 30.0, steps: int = 25) -> Judge:
    """Logistic regression of `made` (N,) on standardised features (N, D) with a ridge, by Newton's method.

    Both kinds weigh the same, however many there are of either. ValueError where one of them is missing.
    """
    if made.all() or not made.any():
        raise ValueError("a judge needs pictures of both kinds to learn from")
    mean, scale = features.mean(axis=0).astype(np.float64), features.std(axis=0).astype(np.float64) + 1e-6
    terms = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    share = np.where(made, 0.5 / made.sum(), 0.5 / (~made).sum()) * len(made)
    penalty = np.append(np.full(features.shape[1], ridge), 1e-6)
    weights = np.zeros(terms.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(terms @ weights, -30, 30)))
        slope = terms.T @ (share * (chance - made)) + penalty * weights
        bend = (terms * (share * np.maximum(chance * (1 - chance), 1e-4))[:, None]).T @ terms + np.diag(penalty)
        move = np.linalg.solve(bend, slope)
        weights -= move
        if np.abs(move).max() < 1e-6:
            break
    return Judge(mean, scale, weights[:-1], float(weights[-1]))


def cross_examine(
    features: Features, made: Bools, people: NDArray[np.generic], rounds: int = 400, seed: int = 0
) -> Verdict:
    """Judge every picture (N, D) by a judge that has not met its person, and say how well that went.

    made    bool (N,): True for previews, False for photos
    people  a name for each picture; a preview has the name of its customer
    Intervals are from `rounds` draws of people with replacement (bootstrap).
    """
    rng = np.random.default_rng(seed)
    known = np.unique(people)
    first = np.isin(people, rng.permutation(known)[: len(known) // 2])
    logits = np.zeros(len(made))
    for half in (first, ~first):
        logits[half] = fit_judge(features[~half], made[~half]).score(features[half])
    rows = {name: np.flatnonzero(people == name) for name in known}
    drawn = []
    for _ in range(rounds):
        picked = np.concatenate([rows[name] for name in rng.choice(known, len(known))])
        if made[picked].any() and not made[picked].all():
            drawn.append((_accuracy(logits[picked], made[picked]), find_auc(logits[picked], made[picked])))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return Verdict(
        Estimate(_accuracy(logits, made), float(low[0]), float(high[0])),
        Estimate(find_auc(logits, made), float(low[1]), float(high[1])),
        float((logits[made] <= 0).mean()),
    )


def find_auc(scores: Numbers, made: Bools) -> float:
    """Chance that one that is made scores above one that is not; ties count half."""
    high, low = scores[made], np.sort(scores[~made])
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(below.mean() / 2 / len(low))


def _accuracy(logits: Numbers, made: Bools) -> float:
    return float(((logits[made] > 0).mean() + (logits[~made] <= 0).mean()) / 2)
