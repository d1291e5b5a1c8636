"""A row of a catalogue, from wherever it comes, as an Offer: text becomes lists, numbers and moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from genmark.audience.catalogue import Offer
from genmark.errors import nearest

COLUMNS = tuple(field.name for field in fields(Offer))
"""What a CSV file or a database table may have; only `id`, a name, and segments or observations are needed."""


def offer_of(cells: Mapping[str, object], zone: tzinfo = UTC) -> Offer:
    """One offer. None and empty text stand for nothing.

    Lists are lists, or text with | between; moments are ISO 8601 with a zone, or plain days, which begin at midnight in
    `zone` and, for `ends`, last until the next midnight. Raises ValueError, in words, for anything else.
    """
    given: dict[str, object] = {}
    for name, cell in cells.items():
        if name not in COLUMNS:
            raise ValueError(f"unknown column {name!r}{nearest(name, COLUMNS)}")
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        given[name] = _READERS.get(name, _text)(cell, name)
    for name, last in (("starts", False), ("ends", True)):
        if name in given:
            given[name] = _moment(given[name], name, zone, last)
    if "id" not in given:
        raise ValueError("an offer needs an id")
    return Offer(**given)  # type: ignore[arg-type]  # each reader gives what its field holds


def _text(cell: object, name: str) -> str:
    if not isinstance(cell, str):
        raise ValueError(f"{name} must be text, got {cell!r}")
    return cell.strip()


def _list(cell: object, name: str) -> tuple[str, ...]:
    if isinstance(cell, str):
        return tuple(part.strip() for part in cell.split("|") if part.strip())
    if isinstance(cell, list | tuple) and all(isinstance(part, str) for part in cell):
        return tuple(part.strip() for part in cell)
    raise ValueError(f"{name} must be a list of texts, or one text with | between, got {cell!r}")


def _whole(cell: object, name: str) -> int:
    number = _number(cell, name)
    if number != int(number) or abs(number) > 2**53:
        raise ValueError(f"{name} must be a whole number, got {cell!r}")
    return int(number)


def _number(cell: object, name: str) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str | Decimal):
        raise ValueError(f"{name} must be a number, got {cell!r}")
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} must be a number, got {cell!r}") from None
    if not abs(number) < float("inf"):
        raise ValueError(f"{name} must be a finite number, got {cell!r}")
    return number


def _when(cell: object, name: str) -> date:
    if isinstance(cell, date):  # a datetime is one too
        return cell
    try:
        text = _text(cell, name)
        return date.fromisoformat(text) if len(text) == len("2026-11-21") else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{name} must be a day or a moment with its zone, as 2026-11-21 or 2026-11-21T10:00+09:00, got {cell!r}"
        ) from None


def _moment(when: object, name: str, zone: tzinfo, last: bool) -> datetime:
    if isinstance(when, datetime):
        return when
    if not isinstance(when, date):
        raise ValueError(f"{name} must be a day or a moment, got {when!r}")
    try:
        return datetime.combine(when + timedelta(days=last), time(), zone)
    except OverflowError:
        raise ValueError(f"{name} is too far from now") from None


_READERS: Mapping[str, Callable[[object, str], object]] = {
    **dict.fromkeys(("segments", "observations", "countries", "deny"), _list),
    **dict.fromkeys(("cost", "budget", "cap"), _whole),
    **dict.fromkeys(("least", "cap_days"), _number),
    **dict.fromkeys(("starts", "ends"), _when),
}
