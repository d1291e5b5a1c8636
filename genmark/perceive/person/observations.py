"""From readings to plain observations that an operator's catalogue can name in its rules, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genmark.perceive.person.readings import Reading
from genmark.types import check_shares


@dataclass(frozen=True)
class Observation:
    """Something seen that a product may be for: never a diagnosis, never of a possible minor.

    name        what rules call it: "dry ends"
    english     a sentence for people; korean: the same
    confidence  of the reading behind it, in [0, 1]
    """

    name: str
    english: str
    korean: str
    confidence: float

    def __post_init__(self) -> None:
        check_shares(self, "confidence")


@dataclass(frozen=True)
class _Sign:
    """Which word of which reading makes an observation."""

    name: str
    reading: str
    word: str
    english: str
    korean: str


_SIGNS = (
    _Sign("dry ends", "rough ends", "high", "The ends of the hair look dry.", "모발 끝이 건조하고 부스스해 보입니다."),
    _Sign("red tones", "red tones", "high", "The hair shows red tones.", "모발에 붉은 기가 보입니다."),
    _Sign("brassy tones", "brassy tones", "high", "The hair shows brassy tones.", "모발에 노란 기가 보입니다."),
    _Sign("dull hair", "gloss", "low", "The hair shows little gloss.", "모발에 윤기가 적어 보입니다."),
    _Sign("shine", "shine", "high", "The skin of the face shines.", "얼굴 피부가 번들거려 보입니다."),
    _Sign("redness", "redness", "high", "Parts of the face look redder.", "얼굴 일부가 더 붉어 보입니다."),
)  # fmt: skip

OBSERVATIONS: Mapping[str, str] = {sign.name: sign.korean for sign in _SIGNS}
"""Every name that a rule may use, with its Korean sentence."""


def observe(readings: Mapping[str, Reading]) -> tuple[Observation, ...]:
    """What the readings show that a product may be for, the surest first; a reading that abstained shows nothing."""
    found = [
        Observation(sign.name, sign.english, sign.korean, readings[sign.reading].confidence)
        for sign in _SIGNS
        if sign.reading in readings and readings[sign.reading].value == sign.word
    ]
    return tuple(sorted(found, key=lambda seen: -seen.confidence))
