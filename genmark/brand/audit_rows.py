"""Lines of a shortcut audit: how many answers stay right without a cue, and whether that loss is clear of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import Paired, Share, accuracy, compare
from genmark.brand.shortcuts import survives
from genmark.types import Bools

Ints = NDArray[np.int64]

RARE = 0.01
"""A loss as large comes by chance less often than this before it counts as clear: several things are asked at once."""


@dataclass(frozen=True)
class AuditRow:
    """One condition.

    name      what was done to the pictures, such as "greyscale"
    sentence  what came of it
    accuracy  the share of right answers (for a mark that is followed: of answers that name the mark's brand)
    survives  share of the accuracy above chance, on the same pictures as they are, that is left; None where there is
              none to lose or nothing to compare with
    pictures  how many were asked about
    change    of accuracy against the same pictures as they are, paired over groups; below 0 is a loss
    beside    against the same pictures with as much masked elsewhere, for masked marks
    most      the upper end of `survives`, from the interval of `change`
    """

    name: str
    sentence: str
    accuracy: Share
    survives: float | None
    pictures: int
    change: Paired | None = None
    beside: Paired | None = None
    most: float | None = None

    @property
    def lost(self) -> bool:
        """Whether accuracy fell, clear of chance, against the pictures as they are and against decoys if any."""
        asked = [paired for paired in (self.change, self.beside) if paired is not None]
        return bool(asked) and all(clear(paired) and paired.gain < 0 for paired in asked)


def clear(paired: Paired) -> bool:
    """Whether a difference is beyond chance: its interval leaves 0 out, and exchanging the two seldom does as much.

    The second guards the first where there are few groups, whose bootstrap is too narrow: of five groups that all
    agree, every sixteenth exchange does, too.
    """
    return paired.clear and paired.p < RARE


def row_of(
    name: str,
    what: str,
    right: Bools,
    before: Bools,
    groups: NDArray[Any],
    chance: float,
    beside: Bools | None = None,
) -> AuditRow:
    """A row from answers bool (n,): `right` in the condition, `before` as they are, `beside` with decoys.

    `what` is the sentence's beginning: what was done to the pictures. Raises ValueError for none.
    """
    share, change = accuracy(right, groups), compare(right, before, groups)
    other = None if beside is None else compare(right, beside, groups)
    was = float(np.mean(before))
    left = most = None
    if was > chance:
        left = survives(was, share.value, chance)
        most = left + (change.high - change.gain) / (was - chance)
    sentence = f"{what}: {percent(share.value)} of {len(right)} right, {percent(was)} as they are"
    return AuditRow(name, f"{sentence}{_told(left, change)}", share, left, len(right), change, other, most)


def percent(share: float) -> str:
    """ "78 %" """
    return f"{100 * share:.0f} %"


def what_is_left(share: float) -> str:
    """ "78 % of the accuracy above chance"; below 0 there is none, however far below chance it fell."""
    return f"{percent(share) if share > 0 else 'none'} of the accuracy above chance"


def check_answers(labels: Sequence[int] | Ints) -> Ints:
    """Labels as int64 (N,), of which there is at least one; ValueError where one is below 0."""
    found = np.asarray(labels, np.int64)
    if found.ndim != 1 or not len(found) or found.min() < 0:
        raise ValueError(f"want labels (N,), each one of the classes, got {found.shape}")
    return found


def _told(left: float | None, change: Paired) -> str:
    if left is None:
        return "; that was not above chance, so nothing could survive"
    points = f"{100 * change.gain:+.0f} points, {100 * change.low:+.0f} to {100 * change.high:+.0f}"
    doubt = "; the difference is not clear of zero" if not change.clear else ""
    if change.clear and not clear(change):
        doubt = f"; with p = {change.p:.2f} that is no proof where several things are asked"
    return f" ({points}), so that {what_is_left(left)} survives{doubt}"
