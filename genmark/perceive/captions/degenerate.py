"""Captions that are none: what a captioner says when it has lost the thread (pure Python).

The patterns are those that users report of BLIP: words in a loop ("bald bald bald"), the prompt said twice, and words
that do not exist ("arafed", "araffe", which BLIP-large puts before a third of its sentences).
"""

from __future__ import annotations

import re
from typing import Literal

Fault = Literal["", "empty", "echo", "artefact", "repeats", "short"]
"""What is wrong with a caption; "" where nothing is."""

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_ARTEFACTS = re.compile(
    r"\bara+f+(?:e|ed|es|ing|y)?\b|\[unused\d+\]|\[(?:pad|unk|cls|sep|mask|dec|enc)\]|##\w|\ufffd|<\w+>"
)
_DOUBLED = frozenset({"bye", "no", "pom", "so", "very", "yo", "choo", "cha", "tuk", "bora", "wiki"})
"""Words that people do say twice in a row."""
_FILLERS = frozenset(
    {"a", "an", "the", "of", "in", "on", "at", "and", "or", "with", "to", "is", "are", "it", "its", "this", "that",
     "there", "some", "by", "for", "from"}
)  # fmt: skip
_LONG, _VARIETY = 8, 0.5
"""From this many words on, at least this share of them must be different ones."""


def fault_of(text: str, prompt: str = "") -> Fault:
    """What is wrong with a caption, the worst first; "" for one that can be said.

    prompt: what the captioner was told to begin with; `text` may begin with it or not.

    empty     no word at all           artefact  a word or sign that a network made up
    echo      the prompt, or its last words, said again, or nothing but the prompt
    repeats   a word twice in a row, two to six words twice in a row, or eight words and more of few different ones
    short     fewer than two words, or only words such as "a", "of", "the"
    """
    words, asked = _words(text), _words(prompt)
    if not words:
        return "empty"
    if _ARTEFACTS.search(text.casefold()):
        return "artefact"
    if asked and words[: len(asked)] == asked:
        words = words[len(asked) :]
    if asked and (not words or _begins_again(words, asked)):
        return "echo"
    if repeats(words):
        return "repeats"
    if len(words) < 2 or all(word in _FILLERS for word in words):
        return "short"
    return ""


def repeats(words: list[str]) -> bool:
    """Whether words (lower case) go round in a loop."""
    for size in range(1, 7):
        for start in range(len(words) - 2 * size + 1):
            first, second = words[start : start + size], words[start + size : start + 2 * size]
            if first == second and not (size == 1 and first[0] in _DOUBLED):
                return True
    return len(words) >= _LONG and len(set(words)) < _VARIETY * len(words)


def _begins_again(words: list[str], asked: list[str]) -> bool:
    """Whether what follows a prompt of two words or more holds it once more."""
    size = len(asked)
    return size > 1 and any(words[start : start + size] == asked for start in range(len(words) - size + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("\u2019", "'"))
