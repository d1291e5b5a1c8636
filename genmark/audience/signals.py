"""What speaks for a segment, as a few numbers, and how much each has been found to count (numpy).

A caption is compared phrase by phrase: one word that fits counts however long the sentence is, which one comparison of
whole sentences would bury. What the words say outright and what they mean are kept apart, so that a calibration can
weigh them: a phrase that another segment names outright says little about this one, however close it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.audience.lexicon import Lexicon
from genmark.audience.meaning import Embedder, Points
from genmark.audience.phrases import Phrase, tokens

Doubles = NDArray[np.float64]

SPOKEN = ("named", "first", "names", "share", "certain")
"""From words alone: named at all, how early, how often, its share of all that is named, named by it alone."""
MEANT = (
    "phrase",
    "claimed",
    "sentence",
    "nouns",
    "ahead",
    "lead",
    "named x sentence",
    "silent",
    "silent x sentence",
    "silent x ahead",
)
"""From meaning: its nearest phrase that nobody names outright, its nearest that another names, the whole sentence
against its sentences and its nouns, how far it is behind the best of all segments (sentence, phrase); and the same
again where no segment is named at all ("silent"), for then meaning is all there is."""


@dataclass(frozen=True, eq=False)
class Texts:
    """What segments say of themselves, in English, one entry a segment.

    nouns and unlike as in `Segment`; sentences: name, description and examples.
    """

    nouns: tuple[tuple[str, ...], ...]
    unlike: tuple[tuple[str, ...], ...]
    sentences: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as it is compared: its phrases, the whole of it in English ("" where only phrases are known), and their
    points: float32 (P, D) and (D,), or None without an embedder."""

    phrases: tuple[Phrase, ...]
    points: Points | None = None
    whole: Points | None = None


class Signals:
    """Segments, worked out once; `signals(reading)` gives float64 (S, F), one row a segment.

    F is `len(SPOKEN)` without an embedder, and `len(SPOKEN + MEANT)` with one. Closeness is told in standard deviations
    from what two unrelated nouns of different segments have, so that encoders of another scale can be compared.
    """

    def __init__(self, texts: Texts, embedder: Embedder | None = None) -> None:
        self.count = len(texts.nouns)
        self._lexicon = Lexicon(texts.nouns, texts.unlike)
        self._meant = None if embedder is None else _Meant(texts, embedder)
        self.names = SPOKEN if embedder is None else SPOKEN + MEANT

    def __call__(self, reading: Reading) -> Doubles:
        """The numbers of `names`, float64 (S, F); all 0 where nothing is said."""
        if not reading.phrases:
            return np.zeros((self.count, len(self.names)))
        named = self.named(reading.phrases)
        spoken = _spoken(named)
        if self._meant is None or reading.points is None or reading.whole is None:
            return spoken
        close, nouns, sentences = self._meant.closeness(reading.points, reading.whole)
        weights = np.array([phrase.weight for phrase in reading.phrases])
        return np.hstack([spoken, _meant(named > 0, close, nouns, sentences, weights)])

    def named(self, phrases: Sequence[Phrase]) -> Doubles:
        """float64 (P, S): how surely each phrase names each segment outright, in [0, 1], times how often."""
        table = np.zeros((len(phrases), self.count))
        for row, phrase in enumerate(phrases):
            for _, owners in self._lexicon.hits(tokens(phrase.text)):
                table[row, list(owners)] += phrase.weight
        return table

    def nearness(self, reading: Reading) -> Doubles:
        """float64 (P, S): how close each phrase is to each segment, for evidence; 0 without an embedder."""
        if self._meant is None or reading.points is None or reading.whole is None:
            return np.zeros((len(reading.phrases), self.count))
        return self._meant.closeness(reading.points, reading.whole)[0]


class _Meant:
    """Points of every noun and sentence of every segment, and the scale of closeness."""

    def __init__(self, texts: Texts, embedder: Embedder) -> None:
        self._nouns, self._noun_starts = _points(texts.nouns, embedder)
        self._sentences, self._sentence_starts = _points(texts.sentences, embedder)
        self._mean, self._spread = _scale(self._nouns, self._noun_starts)

    def closeness(self, points: Points, whole: Points) -> tuple[Doubles, Doubles, Doubles]:
        """Phrases to nouns (P, S), the whole to nouns (S,), the whole to sentences (S,), in standard deviations."""
        phrases = self._best(points @ self._nouns.T, self._noun_starts)
        nouns = self._best((whole @ self._nouns.T)[None], self._noun_starts)[0]
        return phrases, nouns, self._best((whole @ self._sentences.T)[None], self._sentence_starts)[0]

    def _best(self, cosines: Points, starts: list[int]) -> Doubles:
        best: Doubles = np.maximum.reduceat(cosines, starts, axis=1).astype(np.float64)
        return (best - self._mean) / self._spread


def _points(texts: Sequence[Sequence[str]], embedder: Embedder) -> tuple[Points, list[int]]:
    """Rows of all texts, and where each segment's begin."""
    starts = np.cumsum([0, *(len(own) for own in texts[:-1])]).tolist()
    return embedder([text for own in texts for text in own]), starts


def _scale(nouns: Points, starts: list[int]) -> tuple[float, float]:
    """Mean and standard deviation of the cosine of the first nouns of different segments; (0, 1) for one segment."""
    first = nouns[starts]
    pairs = (first @ first.T)[np.triu_indices(len(first), 1)]
    return (float(pairs.mean()), float(pairs.std()) or 1.0) if len(pairs) else (0.0, 1.0)


def _spoken(named: Doubles) -> Doubles:
    """(P, S) of names -> (S, 5) of `SPOKEN`."""
    if not named.any():
        return np.zeros((named.shape[1], len(SPOKEN)))
    anything = named.sum(axis=1) > 0
    order = np.cumsum(anything) * anything  # 1 for the first phrase that names anything
    early = np.where(named > 0, 1.0 / np.maximum(order, 1)[:, None], 0.0).max(axis=0)
    often = named.sum(axis=0)
    alone = (named * ((named > 0).sum(axis=1) == 1)[:, None]).max(axis=0)
    return np.stack(
        [np.minimum(named.max(axis=0), 1.0), early, np.log1p(often), often / named.sum(), np.minimum(alone, 1.0)],
        axis=1,
    )


def _meant(named: NDArray[np.bool_], close: Doubles, nouns: Doubles, sentences: Doubles, weights: Doubles) -> Doubles:
    """(S, 10) of `MEANT`; a phrase of a doubtful tag counts as farther away."""
    close = close - 3.0 * (1.0 - weights)[:, None]
    elsewhere = named.any(axis=1, keepdims=True) & ~named
    free = np.where(elsewhere, -1.0, close).max(axis=0)
    claimed = np.where(elsewhere, close, -1.0).max(axis=0)
    ahead, lead = sentences - sentences.max(), free - free.max()
    silent = np.full_like(free, 0.0 if named.any() else 1.0)
    both = np.where(named.any(axis=0), sentences, 0.0)
    rows = [free, claimed, sentences, nouns, ahead, lead, both, silent, silent * sentences, silent * ahead]
    return np.stack(rows, axis=1)
