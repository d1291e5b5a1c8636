"""What is never targeted: texts and segments about health, belief, origin, politics, love life, crime … and minors.

The lists (`denied.csv`, `denied_korean.csv`, and `harmless.csv` for what only sounds like it: a baby's room, a koala)
are this project's own, after GDPR Article 9, the Digital Services Act's Articles 26(3) and 28(2), and Korea's PIPA
Article 23. They lean to false alarms: a church behind a bus keeps the whole caption from being matched. The flags of
IAB's Content Taxonomy are not used; those of 3.0 and 3.1 stand in the wrong rows.

A list knows words, not meaning. It stops all 223 texts that it is tested with, but they were written beside it; of 40
texts that speak of such things in a roundabout way, written afterwards, it stopped 26. What slips through meets no
segment on such a topic: an audience that names one outright is refused when it is read.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from genmark.audience.phrases import LONGEST_TEXT, tidy, tokens

MINOR = "minor"
ADULT = 19
"""Years from which someone is of age, in Korea too."""

_HERE = Path(__file__).resolve().parent
_YEARS = re.compile(
    r"(\d{1,2})[\s-]*(?:year|yr)s?[\s-]*old|(?:만\s*)?(\d{1,2})\s*(?:살|세)(?![가-힣]*기)", re.IGNORECASE
)
_CAMOUFLAGE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


@dataclass(frozen=True)
class Refusal:
    """Why a text is left alone: its `topic` ("health", "religion", "minor" …) and the words that say so."""

    topic: str
    words: str


def refusal(texts: Iterable[str]) -> Refusal | None:
    """The first reason why these texts may not be matched with anything, or None. English and Korean."""
    for text in texts:
        text = tidy(
            unicodedata.normalize("NFKC", _CAMOUFLAGE.sub("", text[: 2 * LONGEST_TEXT]))
        )  # full-width letters are letters
        found = _english(text) or _korean(text) or _young(text)
        if found:
            return found
    return None


def _english(text: str) -> Refusal | None:
    said = tokens(text)
    spare = _spare_places(said)
    terms = _terms("denied.csv")
    for start in range(len(said)):
        for end in range(min(len(said), start + 4), start, -1):
            topic = terms.get(" ".join(said[start:end]))
            if topic and start not in spare:
                return Refusal(topic, " ".join(said[start:end]))
    return None


def _spare_places(said: tuple[str, ...]) -> set[int]:
    """Places of words that only sound like a denied topic: "baby carrots", an "animal hospital"."""
    spare: set[int] = set()
    for place, word in enumerate(said):
        after = _harmless().get(word, frozenset())
        for length in (1, 2):
            if " ".join(said[place + 1 : place + 1 + length]) in after:
                spare.update(range(place, place + 1 + length))
    return spare


def _korean(text: str) -> Refusal | None:
    said = _harmless_korean().sub(" ", text)
    found = _korean_terms().search(said)
    return Refusal(_terms("denied_korean.csv")[found[0]], found[0]) if found else None


def _young(text: str) -> Refusal | None:
    for found in _YEARS.finditer(text):
        if int(found[1] or found[2]) < ADULT:
            return Refusal(MINOR, found[0])
    return None


@cache
def _terms(file: str) -> Mapping[str, str]:
    """Term to topic. English terms are brought into the form that `tokens` gives, Korean ones stay."""
    with (_HERE / file).open(encoding="utf-8", newline="") as lines:
        rows = [(row["topic"], term) for row in csv.DictReader(lines) for term in row["terms"].split("|")]
    return {(" ".join(tokens(term)) if term.isascii() else term): topic for topic, term in rows}


@cache
def _korean_terms() -> re.Pattern[str]:
    terms = sorted(_terms("denied_korean.csv"), key=lambda term: (-len(term), term))
    return re.compile("|".join(re.escape(term) for term in terms))


def _rows() -> list[list[str]]:
    with (_HERE / "harmless.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


@cache
def _harmless() -> Mapping[str, frozenset[str]]:
    return {
        word: frozenset(" ".join(tokens(thing)) for thing in things.split("|"))
        for language, word, things in _rows()
        if language == "en"
    }


@cache
def _harmless_korean() -> re.Pattern[str]:
    """Whole words, and a denied word before a thing, which may be followed by nothing but a particle or a space."""
    parts = [f"(?:{word})(?:의)?\\s*(?:{things})" if word else things for lang, word, things in _rows() if lang == "ko"]
    return re.compile("|".join(parts))
