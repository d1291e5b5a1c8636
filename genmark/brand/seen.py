"""What accuracy may owe to where posts come from: their frames, and accounts that were learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import accuracy
from genmark.brand.audit_rows import AuditRow, Ints, percent
from genmark.brand.probe import fit_probe
from genmark.brand.shortcuts import survives
from genmark.errors import UsageError
from genmark.types import Bools, Floats

FRAME, STRANGE, FAMILIAR = "frame only", "unknown sources", "known sources"
_L2 = 1e-3


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of posts that were learnt from: `numbers` float32 (M, 2) of `shortcuts.frame_numbers`, `labels` (M,)."""

    numbers: Floats
    labels: Ints


def frame_row(frames: Frames, numbers: Floats, labels: Ints, groups: NDArray[Any]) -> AuditRow:
    """What a logistic probe (with squares) on aspect and size tells of pictures (N, 2), without a look at them."""
    brands, places = np.unique(frames.labels, return_inverse=True)
    if len(brands) < 2:
        raise UsageError("frames of one brand alone tell nothing; give those of all that were learnt")
    probe = fit_probe(_curved(frames.numbers), places.reshape(-1).astype(np.int64), [str(b) for b in brands], _L2)
    share = accuracy(brands[probe.logits(_curved(numbers)).argmax(axis=1)] == labels, groups)
    ends = f"{percent(share.low)} to {percent(share.high)}"
    sentence = f"Aspect and size of the files alone, no look at them: {percent(share.value)} of {len(labels)} ({ends})"
    return AuditRow(FRAME, sentence, share, None, len(labels))


def source_row(
    right: Bools, sources: NDArray[Any], known: Sequence[str], groups: NDArray[Any], chance: float
) -> list[AuditRow]:
    """Accuracy on accounts that were learnt from and on others; nothing where there are not both."""
    familiar = np.isin(sources, list(known))
    if familiar.all() or not familiar.any():
        return []
    rows = []
    was = float(np.mean(right[familiar]))
    for name, which in ((FAMILIAR, familiar), (STRANGE, ~familiar)):
        share = accuracy(right[which], groups[which])
        left = survives(was, share.value, chance) if was > chance else None
        count, several = int(which.sum()), len(set(sources[which].tolist()))
        ends = f"{percent(share.low)} to {percent(share.high)}"
        words = "learnt from" if name == FAMILIAR else "never seen in training"
        sentence = f"On {several} accounts {words}: {percent(share.value)} of {count} right ({ends})"
        rows.append(AuditRow(name, sentence, share, left, count))
    return rows


def _curved(numbers: Floats) -> Floats:
    """With squares and product: a frame is square, upright or wide, which no straight line tells apart."""
    aspect, size = numbers[:, 0], numbers[:, 1] - 16.0
    return np.stack([aspect, size, aspect**2, size**2, aspect * size], axis=1).astype(np.float32)
