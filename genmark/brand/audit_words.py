"""What a shortcut audit says in the end. A shortcut is named only where the intervals prove it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from genmark.brand.audit_rows import RARE, AuditRow, clear, percent, what_is_left
from genmark.brand.counterfactuals import FOLLOWS
from genmark.brand.cues import AS_IT_IS, BACKGROUND, DECOYS, EQUALISED, GREY, MASKED, PALETTE, SUBJECT
from genmark.brand.seen import FAMILIAR, FRAME, STRANGE

_MOSTLY = 0.5


def verdicts_of(rows: Sequence[AuditRow], chance: float, groups: int) -> tuple[str, ...]:
    """Sentences for a person, the weightiest first; `groups`: how many campaigns or accounts the pictures are of."""
    found = {row.name: row for row in rows}
    if not _above(found[AS_IT_IS], chance):
        return (_nothing(found[AS_IT_IS], chance),)
    if _few(groups):
        return (_too_few(groups),)
    told = [_of_marks(found)]
    told += [_of_followed(row) for row in rows if row.name.endswith(FOLLOWS)]
    told += [_of_part(row) for row in rows if row.name in _PARTS]
    if PALETTE in found:
        told.append(_of_palette(found[PALETTE], chance))
    told += [_of_frame(row, chance) for row in rows if row.name == FRAME]
    if STRANGE in found:
        told.append(_of_sources(found[FAMILIAR], found[STRANGE]))
    return tuple(told)


def shortcuts_in(rows: Sequence[AuditRow], chance: float, groups: int) -> tuple[str, ...]:
    """Names of the rows that prove a shortcut: what is no look at all, and yet carries accuracy."""
    found = {row.name: row for row in rows}
    if not _above(found[AS_IT_IS], chance) or _few(groups):
        return ()
    proofs: dict[str, Callable[[AuditRow], bool]] = {
        MASKED: lambda row: row.lost,
        EQUALISED: lambda row: row.lost,
        FRAME: lambda row: _above(row, chance),
        STRANGE: lambda row: row.accuracy.high < found[FAMILIAR].accuracy.low,
    }
    named = [row.name for row in rows if row.name in proofs and proofs[row.name](row)]
    return (*named, *(row.name for row in rows if row.name.endswith(FOLLOWS) and _follows(row)))


def _nothing(row: AuditRow, chance: float) -> str:
    ends = f"{percent(row.accuracy.low)} to {percent(row.accuracy.high)}"
    return (
        f"The accuracy of {percent(row.accuracy.value)} ({ends}, {row.pictures} pictures) is not clearly above the "
        f"{percent(chance)} of chance, so there is nothing that could survive, and no shortcut can be named."
    )


def _few(groups: int) -> bool:
    """Whether exchanging all groups at random would look as extreme too often to prove anything."""
    return 2.0 ** (1 - groups) >= RARE


def _too_few(groups: int) -> str:
    fewest = next(count for count in range(1, 64) if not _few(count))
    return (
        f"The pictures are of {groups} groups (campaigns, accounts) only; from {fewest} on a loss can be told from "
        "chance, however large it is, so nothing is said about shortcuts."
    )


def _of_marks(found: dict[str, AuditRow]) -> str:
    if MASKED not in found:
        return "No picture has a logo or text to mask, so nothing is said about them."
    row, decoys = found[MASKED], found[DECOYS]
    if row.survives is None or row.most is None or decoys.survives is None:
        return "The pictures with logos or text were not told better than by chance, so masking them says nothing."
    left = f"{what_is_left(row.survives)} survives masking them (at most {percent(max(0.0, row.most))})"
    other = f"masking as much elsewhere leaves {percent(decoys.survives)}"
    if not row.lost:
        doubt = "the loss is not clear of zero" if not _loses(row) else "that is not clearly less than elsewhere"
        return f"Logos and text are not shown to be a shortcut: {left}, {other}; {doubt}."
    if row.most < _MOSTLY:
        return f"The logo is the shortcut: {left}, while {other}."
    return f"Logos and text carry a part: {left}, while {other}."


def _of_followed(row: AuditRow) -> str:
    if row.accuracy.low > _MOSTLY and _follows(row):
        return f"The answer follows the logo, not the look. {row.sentence}."
    if _follows(row):
        return f"The answer follows the logo now and then. {row.sentence}."
    return f"The answer is not shown to follow the logo. {row.sentence}."


_PARTS = {
    GREY: ("Colour", "taking colour away"),
    BACKGROUND: ("The background", "removing the background"),
    SUBJECT: ("The subject", "removing the subject"),
    EQUALISED: ("Resolution or compression", "bringing all pictures to one size and quality"),
}


def _of_part(row: AuditRow) -> str:
    subject, doing = _PARTS[row.name]
    left = f"{what_is_left(row.survives or 0.0)} survives {doing}"
    if row.lost:
        return f"{subject} {'is a shortcut' if row.name == EQUALISED else 'carries a part'}: {left}."
    return f"{subject} cannot be shown to matter: {left}, which is no clear loss."


def _of_palette(row: AuditRow, chance: float) -> str:
    if not _above(row, chance):
        return "A palette alone reproduces nothing that is clear of chance."
    return f"A palette alone reproduces {what_is_left(row.survives or 0.0)}."


def _of_frame(row: AuditRow, chance: float) -> str:
    if _above(row, chance):
        return f"The posts give themselves away without a look: {row.sentence}, by chance {percent(chance)}."
    return f"Aspect and size of the files give nothing away that is clear of chance ({percent(row.accuracy.value)})."


def _of_sources(known: AuditRow, strange: AuditRow) -> str:
    both = f"{percent(strange.accuracy.value)} on accounts never seen, {percent(known.accuracy.value)} on known ones"
    if strange.accuracy.high < known.accuracy.low:
        return f"A part belongs to accounts that it knows: {both}."
    return f"Accounts that it knows are not shown to matter: {both}, and the intervals overlap."


def _above(row: AuditRow, chance: float) -> bool:
    return row.accuracy.low > chance


def _loses(row: AuditRow) -> bool:
    return row.change is not None and clear(row.change) and row.change.gain < 0


def _follows(row: AuditRow) -> bool:
    return row.change is not None and clear(row.change) and row.change.gain > 0
