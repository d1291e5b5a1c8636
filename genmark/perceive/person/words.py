"""From a measured number to a word, against what other faces have: low, usual or high, or none where it is close."""

from __future__ import annotations

from collections.abc import Mapping
from math import erf, sqrt

from genmark.perceive.person.readings import Reading, withheld

LEAST = 0.8
"""Least chance that the word stays the same in another light; below it nothing is said."""
Norm = Mapping[str, float]
"""Of one measure: `low` and `high`, a tenth of the train portraits is below and above them; `noise`, the standard
deviation by which it changes when a photo is lit warmer, cooler or dimmer, or saved at JPEG quality 50; `flips`, how
often that changed a word that was said, on val."""


def grade(number: float | None, norm: Norm, unseen: str) -> Reading:
    """ "low", "usual" or "high" for a number, abstaining near a border; `unseen` says why where there is none."""
    if number is None:
        return withheld(unseen)
    # many faces have none of it at all: then nothing is below the lower border, and being on it is not being near it
    borders = [norm["high"]] + ([norm["low"]] if number != norm["low"] else [])
    near = min(abs(number - border) for border in borders)
    sure = 0.5 * (1 + erf(near / max(norm["noise"], 1e-9) / sqrt(2)))
    word = "low" if number < norm["low"] else "high" if number > norm["high"] else "usual"
    if sure < LEAST:
        return Reading(None, sure, "between two words", number=number, error_rate=norm["flips"])
    return Reading(word, sure, number=number, error_rate=norm["flips"])
