"""The same posts with another mark, or with none: does the answer follow the look, or the mark?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import accuracy, compare
from genmark.brand.audit_rows import AuditRow, Ints, percent, row_of
from genmark.errors import UsageError
from genmark.types import Pixels

FOLLOWS = "follows the mark"


@dataclass(frozen=True, eq=False)
class Swap:
    """Pictures that differ from audited ones by their mark alone.

    name       such as "logo swapped"
    pictures   files, or uint8 sRGB, n of them
    originals  (n,) each one's place among the audited pictures
    marks      (n,) the class whose mark it bears, -1 where it bears none
    """

    name: str
    pictures: Sequence[Path | Pixels]
    originals: Sequence[int] | Ints
    marks: Sequence[int] | Ints

    def __post_init__(self) -> None:
        if not len(self.pictures) or not len(self.pictures) == len(self.originals) == len(self.marks):
            counts = len(self.pictures), len(self.originals), len(self.marks)
            raise UsageError(f"{self.name}: each picture wants its original and its mark, got {counts} of them")


def swap_rows(
    swap: Swap, answers: Ints, before: Ints, labels: Ints, groups: NDArray[Any], chance: float
) -> list[AuditRow]:
    """How accurate the answers (n,) still are, and how often they name the brand of a mark that is not their own.

    `before`, `labels` and `groups` (N,) are those of all audited pictures. Raises UsageError where an original is none
    of them.
    """
    places, marks = np.asarray(swap.originals, np.int64), np.asarray(swap.marks, np.int64)
    if places.min() < 0 or places.max() >= len(labels):
        raise UsageError(f"{swap.name}: originals are places among {len(labels)} pictures")
    wanted, was, kin = labels[places], before[places], groups[places]
    name = swap.name[:1].upper() + swap.name[1:]
    rows = [row_of(swap.name, name, answers == wanted, was == wanted, kin, chance)]
    foreign = (marks >= 0) & (marks != wanted)
    if foreign.any():
        rows.append(_followed(f"{swap.name}: {FOLLOWS}", answers[foreign], was[foreign], marks[foreign], kin[foreign]))
    return rows


def _followed(name: str, answers: Ints, was: Ints, marks: Ints, groups: NDArray[Any]) -> AuditRow:
    now, then = answers == marks, was == marks
    share, change = accuracy(now, groups), compare(now, then, groups)
    sentence = (
        f"With another brand's mark, the answer is that brand in {percent(share.value)} of {len(now)}; "
        f"before, it was in {percent(float(np.mean(then)))}"
    )
    return AuditRow(name, sentence, share, None, len(now), change)
