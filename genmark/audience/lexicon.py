"""Which segments a text names outright: the longest known words win, so that a hot dog is no dog."""

from __future__ import annotations

from collections.abc import Sequence

from genmark.audience.phrases import tokens

Words = tuple[str, ...]

LONGEST = 4
"""Words of a noun that are looked up together."""


class Lexicon:
    """The nouns of every segment, looked up word for word, whatever the case and the plural.

    nouns   of each segment, English
    unlike  of each segment: words that hold one of its nouns but mean something else, so they speak for the others
    """

    def __init__(self, nouns: Sequence[Sequence[str]], unlike: Sequence[Sequence[str]]) -> None:
        self._owners: dict[Words, frozenset[int]] = {}
        for segment, of_it in enumerate(nouns):
            for noun in of_it:
                self._add(tokens(noun), frozenset({segment}))
        for segment, of_it in enumerate(unlike):
            for noun in of_it:
                said = tokens(noun)
                inner = frozenset[int]().union(*(owners for _, owners in self.hits(said)))
                self._owners[said] = self._owners.get(said, frozenset()) | inner - {segment}

    def hits(self, said: Words) -> list[tuple[Words, frozenset[int]]]:
        """Known words from left to right, the longest first, none twice; each with the segments that it names."""
        found, place = [], 0
        while place < len(said):
            for length in range(min(LONGEST, len(said) - place), 0, -1):
                noun = said[place : place + length]
                if noun in self._owners:
                    found.append((noun, self._owners[noun]))
                    break
            else:
                length = 1
            place += length
        return found

    def _add(self, said: Words, owners: frozenset[int]) -> None:
        if said:
            self._owners[said] = self._owners.get(said, frozenset()) | owners
