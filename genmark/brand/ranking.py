"""How well scores put what has a mark before what has not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.types import Bools


def average_precision(scores: NDArray[np.floating], marks: Bools) -> float:
    """The mean, over the pictures with the mark, of the precision down to each; in [0, 1], NaN where none has it.

    scores (N,), higher is surer; marks bool (N,). Equal scores count as one place in the ranking, so their order says
    nothing. The share of the marked is what a coin reaches.
    """
    marks = np.asarray(marks, np.bool_)
    if not marks.any():
        return float("nan")
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    ends = np.flatnonzero(np.diff(np.asarray(scores, np.float64)[order], append=np.nan))
    hits = np.cumsum(marks[order])[ends]
    return float((np.diff(hits, prepend=0) * hits / (ends + 1)).sum() / marks.sum())
