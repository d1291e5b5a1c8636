"""From which score on may a picture be accepted, at a precision that is promised and not just seen? (numpy)

Whoever tries thresholds on the pictures that certify them, and keeps one that passes, promises too much: it is the
best of many tries. Here the thresholds are tried in an order that is fixed before any answer is looked at, strictest
first, each try is an exact binomial test, and a row of tries ends at its first failure. Such a row is wrong no more
often than a single test (fixed-sequence testing; several starts share the risk: Angelopoulos et al. 2021, "Learn then
Test"). What it assumes: the pictures to come are like these, none of these stands for others (one post of a campaign
in which all posts look alike, not ten), and a higher score is on the whole not a worse one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genmark.brand.calibration import Doubles, Reals, binomial_tail
from genmark.types import Bools

Decision = Literal["accept", "review", "reject"]

_SPREAD = 3  # one more start for every threefold of pictures beyond what a single test needs
_STEP = 1.15  # each try takes in so many times the pictures of the one before
_MANY = 100_000  # as good as never


@dataclass(frozen=True)
class Certified:
    """What can be promised about scores at or above `threshold`.

    precision  what was asked for, in (0, 1)
    level      how sure the promise is, in (0, 1): it is broken in at most a share 1 - level of calibrations
    threshold  the lowest score of which it can be promised; None: of no score
    coverage   the share of the pictures that pass it, in [0, 1]
    accepted   how many pictures pass it
    observed   the share of those that were right: what was seen, which is no promise; None without a threshold
    more       about how many pictures more it takes, if they turn out as these did, for the promise to have an even
               chance; 0 with a threshold; None: even among the best scores no larger share than was asked was right
    """

    precision: float
    level: float
    threshold: float | None
    coverage: float = 0.0
    accepted: int = 0
    observed: float | None = None
    more: int | None = 0

    def passes(self, scores: Reals) -> Bools:
        """Which scores (N,) the promise covers: bool (N,)."""
        high = np.inf if self.threshold is None else self.threshold
        return np.asarray(np.asarray(scores, np.float64) >= high)

    def __str__(self) -> str:
        asked = f"{self.precision:.0%} precision"
        if self.threshold is not None:
            return f"{asked} certified from {self.threshold:.3f} on, for {self.coverage:.0%} of pictures"
        if self.more is None:
            return f"{asked} cannot be certified: even the best scores seen are wrong too often"
        return f"{asked} cannot be certified yet: about {self.more} more pictures are needed"


@dataclass(frozen=True)
class Gate:
    """Three answers from one score: `accept` promises that what it lets in is right, `reject` that what it turns away
    is wrong (its scores are 1 - score); what neither covers, or both do, is for a person."""

    accept: Certified
    reject: Certified

    def decide(self, scores: Reals) -> tuple[Decision, ...]:
        """A decision for each score (N,) in [0, 1]."""
        yes = self.accept.passes(scores)
        no = self.reject.passes(1.0 - np.asarray(scores, np.float64))
        names: dict[tuple[bool, bool], Decision] = {(True, False): "accept", (False, True): "reject"}
        return tuple(names.get((bool(y), bool(n)), "review") for y, n in zip(yes, no, strict=True))


def one_of_each(groups: NDArray[Any], seed: int = 0) -> NDArray[np.intp]:
    """One place of each group, drawn without a look at anything else: rising places among `groups` (N,).

    Posts of one campaign are right or wrong together. Certified as if they were strangers, 60 campaigns of 5 posts
    broke a promise at level 0.95 in 43 of 100 simulated repeats; one post of each keeps it.
    """
    order = np.random.default_rng(seed).permutation(len(groups))
    first = np.unique(np.asarray(groups)[order], return_index=True)[1]
    return np.sort(order[first])


def certify(scores: Reals, correct: Bools, precision: float = 0.9, level: float = 0.95) -> Certified:
    """The lowest threshold above which at least a share `precision` of pictures is right, at confidence `level`.

    `scores` float (N,) in [0, 1], higher is surer; `correct` bool (N,): whether accepting that picture was right. They
    must come from pictures that neither trained nor tuned the model, none of which stands for another: take
    `one_of_each` account or campaign first. Raises ValueError for anything else.
    """
    values, right = _checked(scores, correct, precision, level)
    counts, starts, miss = _plan(len(values), precision, 1.0 - level)
    cuts = _cuts(values, counts)
    best: tuple[int, float] | None = None
    for start in starts:
        for count, cut in (pair for pair in cuts if pair[0] >= start):
            if binomial_tail(int(right[:count].sum()), count, precision) > miss:
                break
            best = max(best or (count, cut), (count, cut), key=lambda pair: pair[0])
    if best is None:
        return Certified(precision, level, None, more=_more(right, starts, precision, miss))
    count, cut = best
    return Certified(precision, level, cut, count / len(values), count, float(right[:count].mean()))


def certify_gate(
    scores: Reals, correct: Bools, precision: float = 0.9, level: float = 0.95, reject_precision: float | None = None
) -> Gate:
    """Both thresholds, each promised at (1 + level) / 2 so that both promises hold together at `level`.

    `scores` and `correct` as in `certify`; `reject_precision` is `precision` unless it is given.
    """
    each = (1.0 + level) / 2.0
    turned = 1.0 - np.asarray(scores, np.float64)
    wrong = ~np.asarray(correct, np.bool_)
    return Gate(certify(scores, correct, precision, each), certify(turned, wrong, reject_precision or precision, each))


def fewest(precision: float, miss: float, errors: int = 0) -> int:
    """How many accepted pictures, `errors` of them wrong, it takes to promise `precision` with risk `miss`."""
    return _least(lambda n: binomial_tail(n - errors, n, precision) <= miss, errors + 1)


def _plan(size: int, precision: float, risk: float) -> tuple[list[int], list[int], float]:
    """How many of the best pictures each try takes in, where rows of tries start, and the risk that each start has.

    It follows from the number of pictures alone: nothing here has seen an answer, or a score.
    """
    number = 1 + max(0, int(math.log(max(size / fewest(precision, risk), 1.0), _SPREAD)))
    miss = risk / number
    low = fewest(precision, miss)
    if low > size:
        return [], [], miss
    starts = [int(low * (size / low) ** (place / number)) for place in range(number)]
    tries = int(math.log(size / low, _STEP)) + 1
    counts = {int(low * _STEP**place) for place in range(tries)} | set(starts) | {size}
    return sorted(counts), starts, miss


def _cuts(values: Doubles, counts: list[int]) -> list[tuple[int, float]]:
    """For each count a threshold that lets in the best so many of the falling `values`; equal scores go in together.

    It lies midway to the first that stays out, so that the last digits of a score do not matter.
    """
    cuts = []
    for count in counts:
        while count < len(values) and values[count] == values[count - 1]:
            count += 1
        cuts.append((count, 0.0 if count == len(values) else float(values[count] + values[count - 1]) / 2.0))
    return cuts[:1] + [late for early, late in pairwise(cuts) if late[0] > early[0]]


def _more(right: Bools, starts: list[int], precision: float, miss: float) -> int | None:
    """How many pictures more would let one of the rows begin, if the share of right ones among the best stays."""
    needs = []
    for count in starts or [len(right)]:
        share = float(right[:count].mean())
        if share > precision:
            wanted = _least(_promises(share, precision, miss), count + 1)
            needs += [math.ceil((wanted - count) * len(right) / count)] if wanted < _MANY else []
    return min(needs, default=None)


def _promises(share: float, precision: float, miss: float) -> Callable[[int], bool]:
    """Whether so many accepted pictures, a share of them right, let the promise be made."""
    return lambda n: binomial_tail(math.floor(share * n + 1e-9), n, precision) <= miss


def _least(holds: Callable[[int], bool], low: int) -> int:
    """The smallest whole number from `low` on for which `holds`, by doubling and halving; not far beyond `_MANY`."""
    high = low
    while high < _MANY and not holds(high):
        low, high = high + 1, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _checked(scores: Reals, correct: Bools, precision: float, level: float) -> tuple[Doubles, NDArray[np.bool_]]:
    """Scores from high to low with their answers, once it is sure that they are what they should be."""
    values, right = np.asarray(scores, np.float64), np.asarray(correct)
    if values.ndim != 1 or values.shape != right.shape or right.dtype != np.bool_ or not len(values):
        raise ValueError(f"want (N,) scores and as many booleans, got {values.shape} and {right.dtype} {right.shape}")
    if not (values.min() >= 0.0 and values.max() <= 1.0):
        raise ValueError("scores must be in [0, 1]")
    if not (0.0 < precision < 1.0 and 0.0 < level < 1.0):
        raise ValueError(f"precision and level must be between 0 and 1, got {precision} and {level}")
    order = np.argsort(-values, kind="stable")
    return values[order], right[order]
