"""The words that a caption may hold, and which of them claim that something is there (pure Python)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

NOUNS = frozenset(
    ("person", "body", "animal", "food", "vehicle", "garment", "furniture", "thing", "place", "event"),
)
"""Kinds of word that name something; [act] and [say] say what it does and how it looks, [free] nothing of its own."""
SLOTS = ("animal", "food", "vehicle", "garment", "furniture", "thing", "place")
"""Kinds that have a blank, `<animal>`: a noun that the captioner hardly knows is set into its finished sentence."""

_PIECE = re.compile(r"<[a-z]+>|[a-z]+(?:-[a-z]+)*|'s|[0-9]+")
_GENDER = MappingProxyType({"his": "their", "her": "their", "him": "them"})
"""A caption need not know whose gender it is; "he" and "she" would need another verb, so such captions are not read."""
_LONGEST = 4
_MASS = frozenset(("coffee", "food", "wine", "beer", "soup", "cheese", "chocolate", "bread", "juice", "candy"))
"""Not counted, although the list has a word for several."""


@dataclass(frozen=True)
class Word:
    """A word or phrase as the captioner reads and writes it.

    token    what stands for it: "dog", "teddy_bear", "orange~fruit" (the sign ~ tells it from another "orange")
    concept  what it claims is there, "" for a free word: "dog" for "dogs", "sit" for "sitting"
    kind     the heading under which the list has it: "animal", "act", "free" …
    several  it speaks of more than one
    bare     it takes no "a": it speaks of more than one, or of what is not counted ("snow")
    """

    token: str
    concept: str
    kind: str
    several: bool = False
    bare: bool = False


class Lexicon:
    """Words by the surfaces that people write, and by token.

    words     every word by its token
    surfaces  token by surface, phrases with underscores: "puppy" -> "dog", "stop_light" -> "traffic_light"
    """

    def __init__(self, words: Iterable[tuple[Word, tuple[str, ...]]]) -> None:
        held = list(words)
        self.words: Mapping[str, Word] = MappingProxyType({word.token: word for word, _ in held})
        self.surfaces: Mapping[str, str] = MappingProxyType(
            {surface: word.token for word, surfaces in reversed(held) for surface in surfaces}
        )

    def read(self, text: str) -> tuple[str, ...] | None:
        """The tokens of an English sentence, synonyms brought together; None where a word of it is not in the list.

        Longest phrases first; "an" reads as "a"; gender is left out where the list knows a word without it.
        """
        tokens = tuple(self._tokens(text))
        known = tuple(token for token in tokens if token is not None)
        return known if len(known) == len(tokens) else None

    def skim(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as far as the list has its words; the others are passed over."""
        return tuple(token for token in self._tokens(text) if token is not None)

    def find(self, name: str) -> Word | None:
        """The word for a name such as "teddy bear" or "puppy", None where the list has none."""
        surface = name.lower().replace(" ", "_")
        token = surface if surface in self.words else self.surfaces.get(surface)
        return None if token is None else self.words[token]

    def claims(self, tokens: Iterable[str]) -> tuple[str, ...]:
        """What a sentence claims is there, in its order, each once: nouns as they stand (one or several), deeds and
        looks by their concept."""
        words = [self.words[token] for token in tokens if token in self.words]
        said = (word.token if word.kind in NOUNS else word.concept for word in words if word.kind != "free")
        return tuple(dict.fromkeys(said))

    def _tokens(self, text: str) -> Iterator[str | None]:
        pieces = [_GENDER.get(piece, piece) for piece in _PIECE.findall(text.lower())]
        while pieces:
            token, used = self._first(pieces)
            yield token
            pieces = pieces[used:]

    def _first(self, pieces: list[str]) -> tuple[str | None, int]:
        for count in range(min(_LONGEST, len(pieces)), 0, -1):
            token = self.surfaces.get("_".join(pieces[:count]))
            if token is not None:
                return token, count
        return None, 1


def speak(tokens: Iterable[str]) -> str:
    """A sentence as people read it: phrases with spaces, "a" and "an" by the next letter, a capital and a full stop."""
    text = " ".join(token.partition("~")[0].replace("_", " ") for token in tokens).replace(" 's", "'s")
    text = re.sub(r"\ba (?=[aeio]|u(?!ni|se|te))", "an ", text)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


@cache
def read_lexicon() -> Lexicon:
    """The list that ships, `lexicon.txt`."""
    text = (files("genmark.perceive.captions") / "lexicon.txt").read_text(encoding="utf-8")
    return Lexicon(_parse(text))


def _parse(text: str) -> Iterable[tuple[Word, tuple[str, ...]]]:
    kind = ""
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("["):
            kind = line[1:-1]
        elif line and not line.startswith("#"):
            yield from _KINDS.get(kind, _nouns)(line, kind)


def _nouns(line: str, kind: str) -> Iterable[tuple[Word, tuple[str, ...]]]:
    """A line "dog dogs: puppy; puppies": the word for one, and that for several unless it is "-" or the same."""
    head, _, rest = line.partition(":")
    one, many = head.split()
    ones, _, manies = rest.partition(";")
    if many in ("-", one):
        yield Word(one, one, kind, bare=many == "-"), (*_own(one), *ones.split(), *manies.split())
        return
    yield Word(one, one, kind, bare=one in _MASS), (*_own(one), *ones.split())
    yield Word(many, one, kind, True, True), (*_own(many), *manies.split())


def _looks(line: str, kind: str) -> Iterable[tuple[Word, tuple[str, ...]]]:
    """A line "large: big huge": all mean the first."""
    head, _, rest = line.partition(":")
    yield Word(head, head, kind), (head, *rest.split())


def _deeds(line: str, kind: str) -> Iterable[tuple[Word, tuple[str, ...]]]:
    """A line "sit: sits sitting": the first names the deed, each form is a word of its own."""
    head, _, rest = line.partition(":")
    for form in dict.fromkeys((head, *rest.split())):
        yield Word(form, head, kind), _own(form)


def _free(line: str, kind: str) -> Iterable[tuple[Word, tuple[str, ...]]]:
    for word in line.split():
        yield Word(word, "", kind), ("a", "an") if word == "a" else (word,)


def _own(token: str) -> tuple[str, ...]:
    """A token is its own surface, unless the sign ~ leaves that to another word."""
    return () if "~" in token else (token,)


_KINDS = MappingProxyType({"act": _deeds, "say": _looks, "free": _free})
