"""Whether a result is what was asked for, as its hair measures after parsing it anew."""

from __future__ import annotations

from collections.abc import Mapping

from genmark.colour import delta_e
from genmark.perceive.look import LENGTHS, Look
from genmark.recipes import Style
from genmark.types import Lab

MOST_APART = 6.0
"""Greatest CIEDE2000 from the colour that was asked for."""
_ORDER = ("buzz", *(name for _, name in LENGTHS))


def check_wishes(style: Style, before: Look, after: Look, swatch: Lab | None) -> Mapping[str, bool | None]:
    """Answers by name; None where the result cannot be told, and no entry where nothing was asked.

    length   the class that the cut asks for; of a perm alone, the class that the hair had
    curl     the class that the perm asks for; of a cut of own hair, nothing
    fringe   the fringe that the cut asks for
    colour   within CIEDE2000 6 of `swatch`, the colour asked for as lit; of a style without dye, of the own colour

    Hair that runs out of the picture meets any length from the measured one on.
    """
    found: dict[str, bool | None] = {}
    length = style.cut.length if style.cut is not None else before.length
    if length is not None:
        found["length"] = _meets_length(length, before, after)
    if style.perm is not None and style.perm.curl is not None:
        found["curl"] = None if after.curl is None else after.curl == style.perm.curl
    if style.cut is not None and style.cut.fringe is not None:
        found["fringe"] = after.fringe == style.cut.fringe
    colour = swatch if style.dye is not None else before.colour
    if colour is not None:
        found["colour"] = None if after.colour is None else float(delta_e(after.colour, colour)) <= MOST_APART
    return found


def _meets_length(asked: str, before: Look, after: Look) -> bool | None:
    if after.length is None:
        return None
    if after.length_censored or (before.length_censored and after.length == before.length):
        return _ORDER.index(after.length) <= _ORDER.index(asked)
    return after.length == asked
