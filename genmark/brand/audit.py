"""How much of a brand model's accuracy is left when what could be a shortcut is taken away.

Everyone reports accuracy; whether it was won by the look or by the logo, the frame or the account is asked here. Each
condition answers the same pictures again, so that differences are paired, over whole groups (campaigns, accounts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.agreement import accuracy
from genmark.brand.audit_rows import AuditRow, Ints, check_answers, percent, row_of
from genmark.brand.audit_words import shortcuts_in, verdicts_of
from genmark.brand.counterfactuals import Swap, swap_rows
from genmark.brand.cues import AS_IT_IS, DECOYS, LOOKS, MARKS, MASKED, Cue, Sight
from genmark.brand.frames import check_pixels
from genmark.brand.marks import find_marks
from genmark.brand.seen import Frames, frame_row, source_row
from genmark.brand.shortcuts import frame_numbers
from genmark.errors import UsageError
from genmark.photos import read as read_photo
from genmark.types import Bools, Box, Floats, Matte, Pixels

Read = Callable[[Sequence[Pixels]], Floats]
"""What is audited: pictures uint8 sRGB, of any sizes, to probabilities (n, K)."""
Picture = Path | Pixels


@dataclass(frozen=True)
class Audit:
    """What came of it.

    rows       one for each condition, the first "as it is"
    verdicts   plain sentences, for a person
    shortcuts  names of the rows by which a verdict names a shortcut; () where none is proven
    """

    rows: tuple[AuditRow, ...]
    verdicts: tuple[str, ...]
    shortcuts: tuple[str, ...]

    def row(self, name: str) -> AuditRow:
        """The row of that name; KeyError where the audit has none."""
        return {row.name: row for row in self.rows}[name]


def audit(
    read: Read,
    pictures: Sequence[Picture],
    labels: Sequence[int] | Ints,
    groups: Sequence[Any] | NDArray[Any],
    chance: float,
    *,
    boxes: Sequence[Sequence[Box]] | None = None,
    mattes: Sequence[Matte] | None = None,
    frames: Frames | None = None,
    sources: Sequence[str] | NDArray[Any] | None = None,
    known: Sequence[str] = (),
    swaps: Sequence[Swap] = (),
    batch: int = 32,
    seed: int = 0,
) -> Audit:
    """Audit `read` on pictures (files, or uint8 sRGB) that it has not learnt from.

    labels    (N,) places among the classes; groups (N,) what belongs together (campaign, account)
    chance    the accuracy of the commonest brand alone, in [0, 1]
    boxes     of logos and text in each picture, pixels; None: estimated by `find_marks`, which the row says
    mattes    of each picture's subject; None: the middle of the picture
    frames    of posts that were learnt from: what aspect and size alone tell
    sources   (N,) accounts; `known` are those that were learnt from: what is lost on the others
    swaps     the same pictures with their mark removed, added or swapped
    Memory holds one batch of pictures. Raises UsageError for answers of the wrong shape and parts of other lengths,
    PhotoError for a file that cannot be read.
    """
    wanted, kin = check_answers(labels), np.asarray(groups)
    _check(len(pictures), (wanted, kin, boxes, mattes, sources), chance)
    seen = _look(read, pictures, boxes, mattes, batch, seed)
    right = {name: answers == wanted[seen.places[name]] for name, answers in seen.answers.items()}
    base = right[AS_IT_IS]
    start = accuracy(base, kin)
    told = f"As they are: {percent(start.value)} of {len(base)} right, by chance {percent(chance)}"
    rows = [AuditRow(AS_IT_IS, told, start, 1.0 if start.value > chance else None, len(base))]
    rows += _mark_rows(right, base, seen.places.get(MASKED), kin, chance, boxes is None)
    rows += [row_of(cue.name, cue.words, right[cue.name], base, kin, chance) for cue in LOOKS]
    if frames is not None:
        rows.append(frame_row(frames, seen.frames, wanted, kin))
    if sources is not None:
        rows += source_row(base, np.asarray(sources), known, kin, chance)
    for swap in swaps:
        answers = np.concatenate([answer(read, part) for part in portions(swap.pictures, batch)])
        rows += swap_rows(swap, answers, seen.answers[AS_IT_IS], wanted, kin, chance)
    several = len(np.unique(kin))
    return Audit(tuple(rows), verdicts_of(rows, chance, several), shortcuts_in(rows, chance, several))


def answer(read: Read, pictures: Sequence[Picture]) -> Ints:
    """The likeliest class of each picture, int64 (n,). Raises UsageError for what are no probabilities."""
    found = np.asarray(read([load(picture) for picture in pictures]))
    if found.ndim != 2 or len(found) != len(pictures):
        raise UsageError(f"{len(pictures)} pictures want as many rows of probabilities (n, K), got {found.shape}")
    if not np.isfinite(found).all():
        raise UsageError("probabilities are finite numbers; the model that is audited gave others")
    return np.asarray(found.argmax(axis=1), np.int64)


def portions(pictures: Sequence[Picture], batch: int) -> Iterator[Sequence[Picture]]:
    """The pictures, `batch` at a time."""
    for start in range(0, len(pictures), batch):
        yield pictures[start : start + batch]


def load(picture: Picture) -> Pixels:
    """The pixels of a file, or of what are pixels already, uint8 (H, W, 3)."""
    pixels = read_photo(picture).pixels if isinstance(picture, Path) else picture
    check_pixels(pixels)
    return pixels


@dataclass(frozen=True, eq=False)
class _Seen:
    """By condition: which pictures were asked about, int64 (n,), and the class that was answered; frames (N, 2)."""

    places: dict[str, Ints]
    answers: dict[str, Ints]
    frames: Floats


def _look(
    read: Read,
    pictures: Sequence[Picture],
    boxes: Sequence[Sequence[Box]] | None,
    mattes: Sequence[Matte] | None,
    batch: int,
    seed: int,
) -> _Seen:
    """Each picture decoded once and answered in every condition."""
    plain = Cue(AS_IT_IS, "", lambda sight: sight.pixels)
    cues = (plain, *MARKS, *LOOKS)
    places: dict[str, list[int]] = {cue.name: [] for cue in cues}
    answers: dict[str, list[int]] = {cue.name: [] for cue in cues}
    frames = []
    for start in range(0, len(pictures), batch):
        sights = {}
        for place in range(start, min(start + batch, len(pictures))):
            pixels = load(pictures[place])
            marks = find_marks(pixels) if boxes is None else tuple(boxes[place])
            sights[place] = Sight(pixels, marks, mattes[place] if mattes else None, seed * 1_000_003 + place)
            frames.append(frame_numbers(pixels))
        for cue in cues:
            asked = {place: sight for place, sight in sights.items() if cue not in MARKS or sight.boxes}
            if asked:
                places[cue.name] += asked
                answers[cue.name] += answer(read, [cue.change(sight) for sight in asked.values()]).tolist()
    told = {name: np.array(found, np.int64) for name, found in answers.items() if found}
    return _Seen(
        {name: np.array(places[name], np.int64) for name in told}, told, np.array(frames, np.float32).reshape(-1, 2)
    )


def _mark_rows(
    right: dict[str, Bools], base: Bools, places: Ints | None, groups: NDArray[Any], chance: float, guessed: bool
) -> list[AuditRow]:
    """Marks masked, beside decoys; nothing where no picture has a mark."""
    if places is None:
        return []
    before, kin = base[places], groups[places]
    where = (
        ", as far as strokes that look like it are found (in a test, two logos in three, four texts in five)"
        if guessed
        else ""
    )
    masked, decoys = MARKS
    return [
        row_of(MASKED, masked.words + where, right[MASKED], before, kin, chance, right[DECOYS]),
        row_of(DECOYS, decoys.words, right[DECOYS], before, kin, chance),
    ]


def _check(count: int, parts: Sequence[Any], chance: float) -> None:
    if any(part is not None and len(part) != count for part in parts):
        lengths = [len(part) for part in parts if part is not None]
        raise UsageError(f"{count} pictures want as many labels, groups, boxes, mattes and sources, got {lengths}")
    if not 0.0 <= chance < 1.0:
        raise UsageError(f"chance is the accuracy without a model, from 0 to below 1, got {chance}")
