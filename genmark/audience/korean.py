"""Korean, brought home: the nouns of a Korean text in English, by a word list, with where they stand in the text.

Without anything installed an eojeol loses its particle and the longest words of the list are found in it; with
kiwipiepy (Apache-2.0, the extra `audience`) a morphological analyser says where the nouns are. The list is this
project's own (`words.csv`: everyday, animal, food, travel, salon, home, baby, sports and shopping nouns).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from genmark.audience.phrases import Phrase
from genmark.errors import UsageError

Span = tuple[int, int]
"""Half-open places of characters in a text."""
Reader = Callable[[str], Iterable[Span]]
"""Where the nouns of a Korean text stand, left to right; neighbours without a space between them count as one."""

_FILE = Path(__file__).resolve().with_name("words.csv")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_EOJEOL = re.compile("[\uac00-\ud7a3]+(?:[A-Za-z0-9]*[\uac00-\ud7a3]+)*")
_PLACE = re.compile(r"(?:\s*(?:위|안|앞|옆|뒤|밑|아래|속|근처)(?:에서|에|의)|에서|에(?!게))")
_PARTICLE_WORDS = (
    "에서는 에서도 에게서 으로는 으로도 이라고 에서 에게 한테 께서 으로 까지 부터 마다 처럼 보다 이랑 하고 에는 에도 "
    "들이 들을 들은 들과 들의 들에 이나 이며 이고 이다 라고 밖에 조차 만큼 대로 에 이 가 을 를 은 는 과 와 의 로 도 만 "
    "들 랑 나 야"
)
_PARTICLES = tuple(_PARTICLE_WORDS.split())
_BARE = frozenset("새배말눈한이그저두세네못안잘더")
"""Syllables that are nouns only with a particle: "새를" is a bird, "새 신발" are new shoes."""


def has_hangul(text: str) -> bool:
    """Whether a text holds Korean syllables."""
    return bool(_HANGUL.search(text))


@cache
def word_list() -> Mapping[str, str]:
    """Korean to English, as "강아지" to "puppy"."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["korean"]: row["english"] for row in csv.DictReader(lines)}


def bring_home(text: str, reader: Reader | None = None) -> tuple[Phrase, ...]:
    """The nouns of a Korean text that the list knows, in English; each `shown` stands in the text letter for letter.

    What it is about comes first and where it is ("바닷가에서", "소파 위에") last: Korean has it the
    other way round than English.
    """
    spans = list((reader or eojeol_nouns)(text))
    found = [place for first, last in _joined(spans) for place in _longest(text, first, last)]
    found.sort(key=lambda place: bool(_PLACE.match(text, place[1])))
    return tuple(Phrase(word_list()[text[start:end]], text[start:end]) for start, end in found)


def eojeol_nouns(text: str) -> Iterator[Span]:
    """Each eojeol without its particle, by the longest particle that leaves a word of the list, or something long."""
    for found in _EOJEOL.finditer(text):
        yield found.start(), found.start() + len(_stem(found[0]))


class KiwiNouns:
    """Where the nouns stand, by Kiwi (github.com/bab2min/Kiwi): slower to open (a second or two, 300 MB), surer of
    particles and verbs. Raises UsageError where kiwipiepy is not installed."""

    _NOUNS = ("NNG", "NNP", "NNB", "XR", "SL", "XPN", "XSN")

    def __init__(self) -> None:
        try:
            self._kiwi = import_module("kiwipiepy").Kiwi(num_workers=1)
        except ImportError as error:
            raise UsageError("Kiwi reads Korean with kiwipiepy: pip install 'genmark[audience]'") from error

    def __call__(self, text: str) -> Iterator[Span]:
        """Spans of nouns, left to right."""
        for token in self._kiwi.tokenize(text):
            if token.tag in self._NOUNS and token.len:
                yield token.start, token.start + token.len


def _stem(eojeol: str) -> str:
    known = word_list()
    if eojeol in known and eojeol not in _BARE:
        return eojeol
    stems = [eojeol.removesuffix(particle) for particle in _PARTICLES if eojeol.endswith(particle)]
    listed = [stem for stem in stems if stem in known]
    if listed:
        return max(listed, key=len)
    if eojeol in _BARE:
        return ""
    return min(filter(None, stems), key=len, default=eojeol) if len(eojeol) > 2 else eojeol


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that touch, as one: an analyser splits what the list has whole."""
    start = end = -1
    for first, last in spans:
        if first > end or end < 0:
            if end > start >= 0:
                yield start, end
            start = first
        end = max(end, last)
    if end > start >= 0:
        yield start, end


def _longest(text: str, start: int, end: int) -> Iterator[Span]:
    """Words of the list within a span, the longest first from the left; one syllable only where it is the whole."""
    known, place = word_list(), start
    while place < end:
        for stop in range(end, place, -1):
            whole = place == start and stop == end
            if text[place:stop] in known and (stop - place > 1 or whole):
                yield place, stop
                break
        else:
            stop = place + 1
        place = stop
