"""From a photo's tags to what a sentence about it may say (pure Python)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from genmark.insight import Tag
from genmark.perceive.captions.lexicon import NOUNS, SLOTS, Lexicon, Word
from genmark.perceive.captions.search import Asked
from genmark.perceive.captions.vocabulary import Vocabulary, blank
from genmark.perceive.tags.nouns import NounTable

SURE = 0.5
"""The least probability of what is said."""
MOST = 5
"""Things that a sentence is given at most."""
TOGETHER = 0.3
"""The least probability that all that a sentence is given is there."""

_SAID = frozenset(("object", "place", "activity", "composition"))
"""Kinds of tag that a sentence may rest on. Not colours, light and style, which are the whole photo's and would be
put on one thing in it; not a working place, which a sentence might turn into a person's work."""
_ARTICLES, _VERBS, _IMAGES = ("a", "some"), ("is", "are", "there"), ("view", "photo", "picture", "image")
_PLACES = ("of", "on", "in", "with", "and", "by", "near", "next", "to")
_LINKS = frozenset((*_ARTICLES, *_VERBS, *_IMAGES, *_PLACES))
"""The free words that a sentence may hold: others, such as "left", "another" or "not", say what nobody looked for."""


@dataclass(frozen=True)
class Topics:
    """What one sentence may say: what is `asked` of the search, and the noun that each blank stands for."""

    asked: Asked
    holes: dict[str, str]
    sure: dict[str, float]

    def fill(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """The sentence with its blanks filled in."""
        return tuple(self.holes.get(token, token) for token in tokens)


def choose_topics(
    tags: Sequence[Tag],
    people: int | None,
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    table: NounTable,
    most: int = MOST,
) -> Topics | None:
    """What a sentence may be about: the surest nouns, without those that another one implies. None where nothing is.

    people: faces that were counted; two and more are said as "two people" and "a group of people".
    """
    sure = {tag.name: tag for tag in tags if tag.kind in _SAID and tag.score >= SURE}
    implied = {parent for name in sure if name in table.nouns for parent in table.nouns[name].parents}
    chosen: dict[str, float] = {}
    holes: dict[str, str] = {}
    for tag in sorted(sure.values(), key=lambda tag: -tag.score):
        counted = () if tag.kind == "composition" else (tag.score,)
        enough = len(chosen) == most or math.prod((*chosen.values(), *counted)) < TOGETHER
        if tag.name not in implied and not (chosen and enough):
            token = _token(tag, lexicon, vocabulary, table, holes)
            if token is not None:
                chosen[token] = tag.score
    chosen = _several(chosen, people)
    if not any(vocabulary.kinds[vocabulary.numbers[token]] in NOUNS for token in chosen):
        return None
    return Topics(_ask(chosen, lexicon, vocabulary), holes, chosen)


def _token(tag: Tag, lexicon: Lexicon, vocabulary: Vocabulary, table: NounTable, holes: dict[str, str]) -> str | None:
    """The token for a tag: a word that the network knows, or a blank of its kind that nobody has filled yet."""
    word = _find(tag, lexicon)
    if word is not None and (_may_write(word, tag, vocabulary)):
        return word.token if word.kind in NOUNS else word.concept
    noun = table.nouns.get(tag.name) or table.scenes.get(tag.name)
    kind = noun.word if noun is not None else word.kind if word is not None else ""
    hole = blank(kind)
    plural = tag.name.endswith("s") and not tag.name.endswith(("ss", "us"))  # "a pyjamas": a blank is of one
    if kind not in SLOTS or hole in holes or tag.kind == "activity" or plural:
        return None
    holes[hole] = tag.name.replace(" ", "_")
    return hole


def _may_write(word: Word, tag: Tag, vocabulary: Vocabulary) -> bool:
    """Whether the network can write a word: it knows it, or there is no blank for such a word."""
    blankless = word.bare or tag.kind == "composition"
    return word.token in vocabulary.known or (blankless and word.token in vocabulary.numbers)


def _find(tag: Tag, lexicon: Lexicon) -> Word | None:
    """The word for a tag; for a thing a noun where there is one: the fruit, not the colour orange."""
    word = lexicon.find(tag.name)
    if tag.kind != "object" or (word is not None and word.kind in NOUNS):
        return word
    twins = (other for token, other in lexicon.words.items() if token.startswith(f"{tag.name}~"))
    return next((twin for twin in twins if twin.kind in NOUNS), word)


def _several(chosen: dict[str, float], people: int | None) -> dict[str, float]:
    """One person as one, more as people with their number."""
    if "person" not in chosen or people is None or people < 2:
        return chosen
    many = {"people": chosen["person"], ("two" if people == 2 else "group"): chosen["person"]}
    return {token: score for token, score in chosen.items() if token != "person"} | many


def _ask(chosen: dict[str, float], lexicon: Lexicon, vocabulary: Vocabulary) -> Asked:
    allowed = {token for token in vocabulary.known if _is_allowed(lexicon.words.get(token), chosen)}
    return Asked(tuple(chosen.items()), frozenset(allowed | set(chosen)), dict(chosen))


def _is_allowed(word: Word | None, chosen: dict[str, float]) -> bool:
    if word is None:
        return False
    if word.kind == "free":
        return word.token in _LINKS
    return word.kind == "act" and word.concept in chosen
