"""Tokens and their numbers, as one set of weights knows them (pure Python)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genmark.perceive.captions.lexicon import NOUNS, SLOTS, Lexicon

PAD, START, STOP = "<pad>", "<start>", "<stop>"
KINDS = ("", *sorted(NOUNS), "act", "say", "free")
"""Kinds of word in the order of their numbers; "" is that of the three signs above."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens that a captioner's network knows.

    tokens  in the order of their numbers, `PAD`, `START`, `STOP` first
    kinds   the kind of each
    known   those that it has met often enough to write; it sets other nouns into a blank
    """

    tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    known: frozenset[str]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Numbers of tokens, all of which are in the vocabulary."""
        return [self.numbers[token] for token in tokens]

    def facts(self) -> dict[str, Any]:
        """Plain values from which `recall` makes it again."""
        return {"tokens": list(self.tokens), "kinds": list(self.kinds), "known": sorted(self.known)}


def blank(kind: str) -> str:
    """The blank for a noun of a kind: "<animal>"."""
    return f"<{kind}>"


def build(lexicon: Lexicon, texts: Iterable[Sequence[str]], least: int) -> Vocabulary:
    """Every token of the lexicon and the blanks; known are those that the texts hold `least` times."""
    counts: dict[str, int] = {}
    for text in texts:
        for token in text:
            counts[token] = counts.get(token, 0) + 1
    blanks = [blank(kind) for kind in SLOTS]
    tokens = (PAD, START, STOP, *blanks, *lexicon.words)
    kinds = ("", "", "", *SLOTS, *(word.kind for word in lexicon.words.values()))
    return Vocabulary(tokens, kinds, frozenset(token for token, count in counts.items() if count >= least))


def recall(facts: dict[str, Any]) -> Vocabulary:
    """The vocabulary whose `facts` are in a weights file's record."""
    return Vocabulary(tuple(facts["tokens"]), tuple(facts["kinds"]), frozenset(facts["known"]))
