"""Choices combined: every cut with every perm with every colour, as a customer leafs through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Literal, get_args

from genmark.config import find_style
from genmark.errors import UsageError, nearest
from genmark.recipes import Style

Part = Literal["cut", "perm", "dye"]
PARTS: tuple[Part, ...] = get_args(Part)
NONE = "none"
"""What leaves a part as it is."""


def read_grid(asked: Iterable[str], styles: Mapping[str, Style]) -> dict[Style, dict[str, str]]:
    """The styles that `cut=bob,layered`, `perm=none,s-curl`, `dye=ash-brown` ask for: the product of the choices, each
    with the names that it was made of, as {"cut": "bob-cut", "perm": "none"}.

    Each text may hold several parts with spaces between; a part that is left out stays the customer's own, and so is
    not named. A name may lack its ending ("bob" is "bob-cut"). Raises UsageError with the nearest names.
    """
    choices: dict[str, list[Style | None]] = {}
    for text in " ".join(asked).split():
        part, equals, names = text.partition("=")
        if not equals or part not in PARTS:
            raise UsageError(f"a grid is made of cut=…, perm=… and dye=…, not {text!r}{nearest(part, PARTS)}")
        found = choices.setdefault(part, [])
        found += [find_part(name, part, styles) for name in names.split(",") if name]
    cells: dict[Style, dict[str, str]] = {}
    for chosen in product(*choices.values()):
        parts = dict(zip(choices, chosen, strict=True))
        made = combine(parts)
        if made is not None:
            cells.setdefault(made, {part: NONE if style is None else style.name for part, style in parts.items()})
    return cells


def find_part(name: str, part: str, styles: Mapping[str, Style]) -> Style | None:
    """The style called `name` that has a `part`, or None for "none"."""
    if name.casefold() in {NONE, "없음"}:
        return None
    having = {key: style for key, style in styles.items() if getattr(style, part) is not None}
    try:
        return find_style(name, having)
    except UsageError:
        longer = f"{name}-{part}"
        if longer not in having:
            raise
        return having[longer]


def combine(parts: Mapping[str, Style | None]) -> Style | None:
    """One style that wears each part of the styles given, named after them; None where nothing is asked."""
    worn = {part: style for part, style in parts.items() if style is not None}
    if not worn:
        return None
    first = next(iter(worn.values()))
    made = Style(
        name="-and-".join(style.name for style in worn.values()),
        english=" + ".join(style.english for style in worn.values()),
        korean=" + ".join(style.korean for style in worn.values()),
        region=first.region,
    )
    return replace(made, **{part: getattr(style, part) for part, style in worn.items()})


def split_grid(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Arguments that are photos, and those that are parts of a grid ("perm=none,s-curl")."""
    parts = tuple(text for text in arguments if text.partition("=")[0] in PARTS and "=" in text)
    return tuple(text for text in arguments if text not in parts), parts
