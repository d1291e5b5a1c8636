"""English words and noun phrases of a caption, each with where it stands, by plain rules: no tagger, no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TEXT = 2000
"""Characters of a caption that are read; a photo's sentence has a hundred."""
LONGEST_PHRASE = 4

_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['\u2019-][A-Za-z\u00c0-\u024f]+)*")
_JOINED = re.compile(r"[\s\"'\u2019]*")
"""What may stand between two words of one phrase: anything else ends it."""

_ARTICLE_WORDS = "a an the some two three four five six several many his her their its this that these"
_BREAK_WORDS = """
    a an the and or but nor so of in on at by for with without from to into onto over under above below behind
    between among along across through near next beside around off out up down upon inside outside during before after
    while as than then that this these those which who whom whose what when where there here is are was were be been
    being am has have had having do does did doing can could will would may might must shall should not no it its his
    her hers him he she they them their theirs we us our you your i me my some any each every all both few many much
    several other another such same very too also just only two three four five six one ones someone something anyone
    people person man woman men women guy lady couple group bunch pair lot lots set side front back top bottom middle
    sits sit sitting stand stands standing lays lying laying looking looks look posing poses holding holds hold wearing
    wears shown showing show seen sees taken taking takes take placed put made make makes making getting get gets goes
    going go comes coming walking walks using uses used filled covered surrounded ready about against via per plus like
    images image picture pictures close view background area different various large small big little old new young
    white black red blue green yellow brown gray grey pink purple"""
"""Words that end a phrase, and words that most photos share and no segment is about."""
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
_BREAKS = frozenset(_BREAK_WORDS.split())

_SINGULAR = {
    "men": "man", "women": "woman", "children": "child", "knives": "knife", "wolves": "wolf", "mice": "mouse",
    "geese": "goose", "feet": "foot", "teeth": "tooth", "calves": "calf", "loaves": "loaf", "leaves": "leaf",
    "shelves": "shelf", "wives": "wife", "buses": "bus", "movies": "movie", "cookies": "cookie", "pies": "pie",
    "ties": "tie", "neckties": "necktie", "shoes": "shoe", "canoes": "canoe", "skis": "ski", "hoodies": "hoodie",
    "selfies": "selfie", "smoothies": "smoothie", "brownies": "brownie", "zombies": "zombie",
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """One word: `text` lower case and singular, and the half-open span of characters that it was read from."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Phrase:
    """Something that a photo shows, in a few English words.

    text    what is compared: English, lower case
    shown   the words as they stand in the source, in its language
    source  "caption", or the kind of the tag
    weight  how sure its source is, in [0, 1]
    """

    text: str
    shown: str
    source: str = "caption"
    weight: float = 1.0


def tidy(text: str) -> str:
    """A caption without control characters and in one normal form (NFC), at most `LONGEST_TEXT` characters long."""
    whole = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    return "".join(c if c.isprintable() else " " for c in whole).strip()


def singular(word: str) -> str:
    """The singular of an English noun as far as spelling tells: "puppies" -> "puppy", "glass" stays."""
    if word in _SINGULAR:
        return _SINGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses", "oes", "zzes")):
        return word[:-2]
    return word[:-1]


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order; "dog's" is "dog"."""
    return tuple(Word(_plain(found[0]), *found.span()) for found in _WORD.finditer(text))


def tokens(text: str) -> tuple[str, ...]:
    """The words alone: what two texts are compared by, word for word."""
    return tuple(word.text for word in words(text))


def noun_phrases(text: str) -> tuple[Phrase, ...]:
    """What a caption names: runs of words between those of `_BREAKS`, at most four long, in the order of the text.

    Shown with its article: "a dog", "mountain trail". Every `shown` stands in the text letter for letter.
    """
    found = words(text)
    return tuple(
        Phrase(" ".join(word.text for word in run), text[_article(found, run, text) : run[-1].end])
        for run in _runs(found, text)
    )


def _runs(found: tuple[Word, ...], text: str) -> Iterator[tuple[Word, ...]]:
    run: list[Word] = []
    for word in found:
        apart = run and not _JOINED.fullmatch(text, run[-1].end, word.start)
        if run and (apart or len(run) == LONGEST_PHRASE or word.text in _BREAKS):
            yield tuple(run)
            run = []
        if word.text not in _BREAKS and len(word.text) > 1:
            run.append(word)
    if run:
        yield tuple(run)


def _article(found: tuple[Word, ...], run: tuple[Word, ...], text: str) -> int:
    """Where the phrase starts with its article, if one stands right before it."""
    place = found.index(run[0])
    before = found[place - 1] if place else None
    if before is not None and before.text in _ARTICLES and _JOINED.fullmatch(text, before.end, run[0].start):
        return before.start
    return run[0].start


def _plain(word: str) -> str:
    word = word.casefold().replace("\u2019", "'")
    return singular(word.removesuffix("'s").removesuffix("'"))
