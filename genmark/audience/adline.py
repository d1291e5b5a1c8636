"""An ad line: the offer's template, filled with the customer's own words.

"For {words}: 10% off food"             "For a dog and mountain trail: 10% off food"
"{words:을/를} 위한 사료 10% 할인"       "강아지, 산길을 위한 사료 10% 할인"

The particle after a word is chosen by its last sound: 을, 이, 은, 과, 이나, 이랑 after a final consonant, 으로 after
one that is not ㄹ. What is neither Hangul nor a digit gets both, as Korean print does: "TV을(를)".

The words come from a stranger's photo. Nothing of them is left but letters, digits, spaces and hyphens, so that a line
needs no escaping wherever it is shown, and cannot hold a link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

from genmark.audience.denial import refusal
from genmark.audience.korean import bring_home, has_hangul, word_list
from genmark.audience.phrases import tokens

Language = Literal["en", "ko"]

_ARTICLES = frozenset(["a", "an", "the", "some"])

LONGEST_LINE = 140
LONGEST_WORD = 40
MOST_WORDS = 2

_SLOT = re.compile(r"\{words(?::([가-힣]{1,3})/([가-힣]{1,3}))?\}")
_PAIRS = {
    "을": "를",
    "이": "가",
    "은": "는",
    "과": "와",
    "으로": "로",
    "이나": "나",
    "이랑": "랑",
    "이라": "라",
    "아": "야",
}
_RIEUL = 8
_FINAL_DIGITS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}
"""Final consonants of the digits as they are read (영, 일, 삼, 육, 칠, 팔), by their place in Unicode's Hangul."""


def check_template(template: str) -> None:
    """Raise ValueError where a template holds any other brace than {words}, or an unknown pair of particles."""
    for slot in _SLOT.finditer(template):
        if slot[1] is not None and _PAIRS.get(slot[1]) != slot[2]:
            raise ValueError(f"{slot[1]}/{slot[2]} is no pair of particles; there are {_pairs()}")
    if set(_SLOT.sub("", template)) & set("{}"):
        raise ValueError(
            f"a template is filled at {{words}} or {{words:을/를}} and has no other braces, got {template!r}"
        )


def ad_line(template: str, words: Sequence[str], language: Language = "en", otherwise: str = "") -> str:
    """Fill a template, in at most 140 characters.

    words      evidence, the strongest first: "a dog", "산책로"; those of the other language are brought over by the
               word list or left out, denied ones are left out; two are used
    otherwise  what stands there where no word is left: the name of the segment or the offer
    """
    told = _told(words, language) or _told([otherwise], language, strict=False)
    if not template or (not told and "{" in template):
        return ""
    said = _joined(told, language)
    return _short(_SLOT.sub(lambda slot: said if slot[1] is None else said + particle(said, slot[1]), template))


def particle(word: str, after_consonant: str) -> str:
    """The particle that follows a word: `particle("개", "을")` is "를"; both where the last sound is not known.

    Raises ValueError for a particle that comes in no pair.
    """
    if after_consonant not in _PAIRS:
        raise ValueError(f"{after_consonant!r} comes in no pair; there are {_pairs()}")
    after_vowel = _PAIRS[after_consonant]
    final = _final(word[-1:])
    if final is None:
        return f"{after_consonant}({after_vowel})"
    closed = final not in (0, _RIEUL) if after_consonant == "으로" else final != 0
    return after_consonant if closed else after_vowel


def clean(word: str) -> str:
    """A phrase as it may be shown anywhere: letters, digits, single spaces and hyphens, at most 40 characters."""
    whole = unicodedata.normalize("NFKC", word[: 4 * LONGEST_WORD])
    kept = "".join(letter if letter.isalnum() or letter == "-" else " " for letter in whole.replace("'", ""))
    return _short(" ".join(kept.split()), LONGEST_WORD, "")


def _final(letter: str) -> int | None:
    """The final consonant of a syllable or digit, 0 for none; None where it is neither."""
    if letter in _FINAL_DIGITS or letter.isdecimal():
        return _FINAL_DIGITS.get(letter, 0)
    return (ord(letter) - 0xAC00) % 28 if letter and "가" <= letter <= "힣" else None


def _told(words: Iterable[str], language: Language, strict: bool = True) -> list[str]:
    """Words that can be said in a language, each thing once: "A cat" and "cat" are one."""
    told: dict[frozenset[str], str] = {}
    for word in words:
        for said in map(clean, _brought(word, language) if strict else [word]):
            key = frozenset(tokens(said)) - _ARTICLES or frozenset([said])
            if said and refusal([word, said]) is None and not any(key <= other for other in told):
                told[key] = _within(said) if strict else said
    return list(told.values())[:MOST_WORDS]


def _within(said: str) -> str:
    """A phrase as it stands inside a sentence: its article in small letters."""
    first, gap, rest = said.partition(" ")
    return f"{first.lower()}{gap}{rest}" if first.lower() in _ARTICLES else said


def _brought(word: str, language: Language) -> list[str]:
    """A phrase in the language asked for, as far as the word list knows it."""
    if language == "ko":
        return [word if has_hangul(word) else _korean(word)]
    return [phrase.text for phrase in bring_home(word)] if has_hangul(word) else [word]


def _korean(word: str) -> str:
    """By the longest run of words that the list knows, the last of equal ones; "a dog running" is about the dog."""
    said = tokens(word)[:8]
    runs = [said[start:end] for start in range(len(said)) for end in range(start + 1, len(said) + 1)]
    runs.sort(key=lambda run: (len(run), not run[-1].endswith("ing")))
    return next((_to_korean()[name] for run in reversed(runs) if (name := " ".join(run)) in _to_korean()), "")


@cache
def _to_korean() -> Mapping[str, str]:
    """English to Korean: the first Korean word of the list that means it."""
    found: dict[str, str] = {}
    for korean, english in word_list().items():
        found.setdefault(" ".join(tokens(english)), korean)
    return found


def _joined(told: Sequence[str], language: Language) -> str:
    return (", " if language == "ko" else " and ").join(told)


def _short(text: str, most: int = LONGEST_LINE, mark: str = "…") -> str:
    """At most so many characters, cut between words where there are any."""
    if len(text) <= most:
        return text
    cut = text[: most - len(mark)]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut).rstrip(" ,:-") + mark


def _pairs() -> str:
    return ", ".join(f"{one}/{other}" for one, other in _PAIRS.items())
