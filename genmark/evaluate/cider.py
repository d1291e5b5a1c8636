"""CIDEr-D: how far a caption says what people say of the same picture (Vedantam, Zitnick & Parikh 2015)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

LONGEST = 4
SIGMA = 6.0
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")

Grams = Counter[tuple[str, ...]]


def cider_d(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> list[float]:
    """CIDEr-D of each candidate against its references: 0 and up, 10 for a picture whose only reference is repeated.

    For n = 1 to 4: the cosine of tf-idf weighted n-grams, the candidate's counts clipped to the reference's, times
    exp(-(difference in words)^2 / (2 * 6^2)); the mean over n and references, times 10. Document frequencies are those
    of these references, a picture being a document. Words are lower-case letters and digits; nothing is stemmed.

    Raises ValueError where a candidate has no references, or their numbers differ.
    """
    if len(candidates) != len(references) or not all(references):
        raise ValueError("every candidate needs at least one reference")
    counted = [[count_grams(text) for text in texts] for texts in references]
    frequency = Counter(gram for grams in counted for gram in {gram for one in grams for gram in one})
    scale = math.log(max(len(references), 1))
    weigh = {gram: scale - math.log(count) for gram, count in frequency.items()}
    return [
        10.0 * sum(_likeness(count_grams(text), one, weigh, scale) for one in grams) / len(grams)
        for text, grams in zip(candidates, counted, strict=True)
    ]


def count_grams(text: str) -> Grams:
    """How often each run of one to four words is in a text."""
    words = _WORD.findall(text.lower())
    return Counter(
        tuple(words[first : first + size]) for size in range(1, LONGEST + 1) for first in range(len(words) - size + 1)
    )


def _likeness(candidate: Grams, reference: Grams, weigh: dict[tuple[str, ...], float], unseen: float) -> float:
    """The mean over n of the clipped cosine, with the penalty for another length."""
    total = 0.0
    for size in range(1, LONGEST + 1):
        mine, theirs = (
            {g: c * weigh.get(g, unseen) for g, c in x.items() if len(g) == size} for x in (candidate, reference)
        )
        both = sum(min(value, theirs.get(gram, 0.0)) * theirs.get(gram, 0.0) for gram, value in mine.items())
        norms = math.sqrt(sum(v * v for v in mine.values())) * math.sqrt(sum(v * v for v in theirs.values()))
        total += both / norms if norms else 0.0
    apart = _count_words(candidate) - _count_words(reference)
    return total / LONGEST * math.exp(-(apart**2) / (2 * SIGMA**2))


def _count_words(grams: Grams) -> int:
    return sum(count for gram, count in grams.items() if len(gram) == 1)
