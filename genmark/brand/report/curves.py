"""How well a score puts one class before the others: ROC, precision and recall, and the areas under them (numpy).

`scores` float (N,), higher is surer; `positive` bool (N,): which are of the class. Equal scores go in together, so that
no order among them is made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.brand.ranking import average_precision
from genmark.types import Bools

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """One class against the rest.

    false_rate, true_rate   float64 (P,): the ROC, rising from (0, 0) to (1, 1)
    recall, precision       float64 (P - 1,): at the same cuts, the strictest first
    auc                     area under the ROC: the chance that a picture of the class gets more than another, ties half
    ap                      average precision (`ranking.average_precision`)
    """

    false_rate: Doubles
    true_rate: Doubles
    recall: Doubles
    precision: Doubles
    auc: float
    ap: float


def curves(scores: Doubles, positive: Bools) -> Curves | None:
    """The curves of one class (Fawcett 2006); None where a side is empty."""
    many, rest = int(positive.sum()), int((~positive).sum())
    if not many or not rest:
        return None
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(positive[order])[last].astype(np.float64)
    taken = last + 1.0
    true_rate = np.concatenate(([0.0], hits / many))
    false_rate = np.concatenate(([0.0], (taken - hits) / rest))
    auc = float((np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2.0).sum())
    precision = hits / taken
    return Curves(false_rate, true_rate, true_rate[1:], precision, auc, average_precision(scores, positive))
