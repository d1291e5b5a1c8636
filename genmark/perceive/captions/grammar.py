"""Which word may follow which: the little grammar that keeps a short sentence whole (numpy).

The network has read ten thousand sentences, too few to be sure of "a" before "furniture"; these rules are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from genmark.perceive.captions.lexicon import NOUNS, Lexicon
from genmark.perceive.captions.vocabulary import STOP, Vocabulary
from genmark.types import Bools

OPENERS = frozenset(("view", "photo", "picture", "image", "close_up", "portrait"))
"""Words for the photo itself; a sentence has one at most, before anything in it is named."""
_HOLD = "cup bowl basket vase box glass pot bag bottle pan plate tray suitcase"
_UNDERFOOT = "beach street road sidewalk field grass mountain hill slope snow runway track tracks patio platform ground"
_ON = frozenset(
    f"{_UNDERFOOT} floor lake ocean water river rock cliff branch stage tennis_court plate tray couch chair".split()
)
_ON_FURNITURE = frozenset(["bench", "stool", "table", "desk", "bed", "shelf", "counter", "rug", "blanket"])
_IN = frozenset(f"{_HOLD} snow water grass".split())
_FLAT = "runway track tracks sidewalk platform slope ground floor dock ramp beach patio tennis_court rock path wave"
_NOT_IN = frozenset(_FLAT.split())
_ENDS = NOUNS | {"act"}


class Grammar:
    """What may follow a word, for one vocabulary.

    kinds of token: `naming` may follow an article (nouns, looks, deeds, openers), `bare` takes no "a", `counted` are
    nouns that need an article or a look before them, `ends` may be a sentence's last; each bool (V,)
    """

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        words = [lexicon.words.get(token) for token in vocabulary.tokens]
        kinds = np.array(vocabulary.kinds)
        self.tokens = vocabulary.tokens
        self.openers: Bools = np.array([token in OPENERS for token in vocabulary.tokens])
        self.introduces = self.openers | self.only("there")
        self.nouns: Bools = np.isin(kinds, sorted(NOUNS))
        self.bare: Bools = np.array([word is not None and word.bare for word in words])
        self.naming: Bools = self.nouns | self.openers | np.isin(kinds, ["say"])
        self.counted: Bools = (self.nouns | self.openers) & ~self.bare
        self.ends: Bools = np.isin(kinds, sorted(_ENDS))
        self.parts: Bools = np.isin(kinds, ["food"]) & self.bare
        self.onto: Bools = np.isin(vocabulary.tokens, sorted(_ON | _ON_FURNITURE))
        within = (kinds == "place") & ~np.isin(vocabulary.tokens, sorted(_NOT_IN))
        self.into: Bools = within | np.isin(vocabulary.tokens, sorted(_IN))
        self.stop = vocabulary.numbers[STOP]
        self.after = cache(self._after)

    def _after(self, before: str, last: str, named: bool, opened: bool) -> Bools:
        """Which tokens (V,) may follow the tokens `before` and `last`, "" at the beginning; `named`:
        something in the photo has been named, `opened`: the photo itself has."""
        if last in _RULES:
            fits = _RULES[last](self)
        elif last and self.naming[self.tokens.index(last)] and not self._is_noun(last):
            fits = self.naming.copy()  # a look: what it is of must follow
        elif last and self._is_noun(last):
            fits = ~(self.naming | self.only("a", "some"))  # two nouns never stand side by side
        else:
            fits = ~self.counted
        if {before, last} & set(_WHERE):
            fits = fits & (~self.naming | _WHERE[before if before in _WHERE else last](self))
        if last == "of" and before in _HOLD.split():
            fits = self.parts  # a cup of coffee, never a cup of a room
        fits = fits & self.from_of(last)
        fits = fits & ~self.openers if named or opened else fits
        fits[self.stop] = bool(named and last and self.ends[self.tokens.index(last)])
        return fits

    def only(self, *tokens: str) -> Bools:
        """These tokens (V,)."""
        return np.asarray(np.isin(self.tokens, tokens))

    def from_of(self, last: str) -> Bools:
        """All tokens (V,), but "of" only after what something can be a picture, a group or a cup of, and "to" only
        after "next"."""
        of = last in OPENERS or last == "group" or last in _HOLD.split()
        return ~self.only(*(() if of else ("of",)), *(() if last == "next" else ("to",)), "there" if last else "")

    def _is_noun(self, token: str) -> bool:
        place = self.tokens.index(token)
        return bool(self.ends[place] or self.openers[place])


_LINKS = ("on", "in", "with", "and", "by", "near", "to", "of")
_RULES: Mapping[str, Callable[[Grammar], Bools]] = {
    "": lambda grammar: grammar.only("a", "some", "there", "two", "three"),
    "a": lambda grammar: grammar.naming & ~grammar.bare,
    "some": lambda grammar: grammar.naming & ~grammar.counted,
    "there": lambda grammar: grammar.only("is", "are"),
    "group": lambda grammar: grammar.only("of"),
    "next": lambda grammar: grammar.only("to"),
    **{link: lambda grammar: grammar.only("a", "some") | (grammar.naming & grammar.bare) for link in _LINKS},
}
_WHERE: Mapping[str, Callable[[Grammar], Bools]] = {
    "on": lambda grammar: grammar.onto,
    "in": lambda grammar: grammar.into,
}
"""Where a thing may be said to be, by the word before it or before its "a": not "an orange on a banana"."""
