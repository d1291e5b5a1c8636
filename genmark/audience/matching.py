"""From a caption and tags to segments: how sure, because of which words, or nothing at all.

Nothing is said of a text that touches what is denied, of a photo whose subject is a minor, and where nothing is sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.audience.denial import MINOR, refusal
from genmark.audience.korean import Reader, bring_home, has_hangul
from genmark.audience.meaning import Embedder
from genmark.audience.phrases import Phrase, noun_phrases, tidy, tokens
from genmark.audience.segments import Segment
from genmark.audience.signals import Reading, Signals, Texts
from genmark.audience.weights import Weights, shipped_weights
from genmark.insight import Evidence, Match, Tag

Doubles = NDArray[np.float64]

DOUBTFUL = 0.2
"""Tags below this score are not looked at; a tag of this score that touches what is denied stops the match."""
PORTION = 256
"""Captions whose phrases are brought to points together."""
NOT_SURE = "nothing is sure"


@dataclass(frozen=True)
class Matched:
    """What a photo may be targeted by.

    matches    the segments that fit, the surest first; empty where it abstained
    abstained  whether nothing may or can be said
    reason     why: "nothing is sure", "minor", "sensitive: health" …; "" where something was said
    """

    matches: tuple[Match, ...] = ()
    abstained: bool = True
    reason: str = NOT_SURE


class Matcher:
    """Segments, ready to be matched: their points are worked out once, here.

    segments  what there is to choose from
    embedder  brings meaning in; None compares words alone, which needs no model
    reader    finds the nouns of Korean text; None reads them by the word list
    weights   how much each signal counts; None takes those that ship
    sure      probability from which a segment is said; None takes the weights' own

    The same text gives the same answer, whatever else is asked together with it, but for rounding of the encoder.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        embedder: Embedder | None = None,
        *,
        reader: Reader | None = None,
        weights: Weights | None = None,
        sure: float | None = None,
        limit: int = 5,
    ) -> None:
        if not segments:
            raise ValueError("an audience without segments cannot be matched")
        self.segments = tuple(segments)
        self._embedder, self._reader, self._limit = embedder, reader, limit
        self._signals = Signals(_texts_of(self.segments, reader), embedder)
        self._deny = tuple(tuple(map(_needle, segment.deny)) for segment in self.segments)
        self.weights = weights or shipped_weights(self._signals.names)
        self.sure = self.weights.sure if sure is None else sure

    def __call__(self, text: str, tags: Sequence[Tag] = (), *, minor: bool = False, personal: bool = True) -> Matched:
        """The segments of one caption and its tags; `minor` where the photo's subject may be under age, `personal`
        False where somebody else in it may be: then nothing about a person's looks is said."""
        if minor:
            return Matched(reason=MINOR)
        found = next(self.stream([(text, tags)]))
        return found if personal else self._impersonal(found)

    def _impersonal(self, found: Matched) -> Matched:
        looks = {segment.id for segment in self.segments if segment.personal}
        kept = tuple(one for one in found.matches if one.id not in looks)
        return Matched(kept, False, "") if kept else Matched(reason=MINOR if found.matches else found.reason)

    def stream(self, captions: Iterable[tuple[str, Sequence[Tag]]]) -> Iterator[Matched]:
        """One answer a caption, in order, worked out some hundred at a time."""
        waiting = iter(captions)
        while portion := list(islice(waiting, PORTION)):
            known = [_known(text, tags, self._reader) for text, tags in portion]
            for (text, _), found, reading in zip(portion, known, self._read(known), strict=True):
                yield found if isinstance(found, Matched) else self._match(text, reading)

    def signals(self, text: str, tags: Sequence[Tag] = ()) -> Doubles:
        """float64 (S, F): the signals of one caption, whatever it says; what weights are fitted on."""
        return self._signals(self._read([_phrases(text, tags, self._reader)])[0])

    def _read(self, known: Sequence[tuple[tuple[Phrase, ...], str] | Matched]) -> list[Reading]:
        """Readings with points, all texts of a portion at once; a refused text has none."""
        sayings = [((), "") if isinstance(found, Matched) else found for found in known]
        if self._embedder is None:
            return [Reading(phrases) for phrases, _ in sayings]
        texts = dict.fromkeys(text for phrases, whole in sayings for text in (*(p.text for p in phrases), whole))
        texts.pop("", None)
        points = dict(zip(texts, self._embedder(list(texts)), strict=True)) if texts else {}
        return [
            Reading(phrases, np.stack([points[phrase.text] for phrase in phrases]), points[whole])
            if phrases
            else Reading(())
            for phrases, whole in sayings
        ]

    def _match(self, text: str, reading: Reading) -> Matched:
        if not reading.phrases:
            return Matched()
        scores = self.weights.probability(self._signals(reading))
        said = (
            f" {' '.join(tokens(tidy(text)))} ",
            tidy(text),
        )  # as deny rules are written: English words, Korean letters
        best = [
            place
            for place in np.argsort(-scores, kind="stable")
            if scores[place] >= self.sure and not any(word in part for word in self._deny[place] for part in said)
        ]
        if not best:
            return Matched()
        because = _Because(self._signals, reading)
        return Matched(tuple(self._one(place, scores[place], because) for place in best[: self._limit]), False, "")

    def _one(self, place: int, score: float, because: _Because) -> Match:
        segment = self.segments[place]
        return Match(segment.id, segment.name, round(float(score), 4), because.of(place), segment.korean)


class _Because:
    """The words that spoke for a segment: those that name it, or else those that lie nearest to it."""

    MOST = 3

    def __init__(self, signals: Signals, reading: Reading) -> None:
        self._phrases = reading.phrases
        self._named = np.minimum(signals.named(reading.phrases), 1.0)
        self._near = 1.0 / (1.0 + np.exp(-(signals.nearness(reading) - 3.0)))  # three deviations are an even chance

    def of(self, segment: int) -> tuple[Evidence, ...]:
        """Evidence, the strongest first; at least one, none much weaker than the first."""
        weights = np.array([phrase.weight for phrase in self._phrases])
        spoken = np.maximum(self._named[:, segment], 0.95 * self._near[:, segment] * weights)
        order = np.argsort(-spoken, kind="stable")[: self.MOST]
        kept = [place for place in order if spoken[place] >= 0.6 * spoken[order[0]]]
        found: dict[tuple[str, str], Evidence] = {}
        for place in kept:
            phrase = self._phrases[place]
            evidence = Evidence(phrase.shown, phrase.source, round(float(spoken[place]), 4))
            found.setdefault((phrase.shown, phrase.source), evidence)
        return tuple(found.values())


def match(
    text: str,
    tags: Sequence[Tag] = (),
    segments: Sequence[Segment] = (),
    embedder: Embedder | None = None,
    *,
    minor: bool = False,
) -> Matched:
    """The segments of one caption and its tags; the segments are worked out once and kept for the next call."""
    part: Any = embedder  # kept by identity: functions and encoders are hashable, which their protocol cannot say
    return _kept(tuple(segments), part)(text, tags, minor=minor)


@lru_cache(maxsize=4)
def _kept(segments: tuple[Segment, ...], embedder: Any) -> Matcher:
    return Matcher(segments, embedder)


def _known(text: str, tags: Sequence[Tag], reader: Reader | None) -> tuple[tuple[Phrase, ...], str] | Matched:
    """Phrases and the whole of a caption, or why it is left alone."""
    said = [text, *(label for tag in tags if tag.score >= DOUBTFUL for label in (tag.name, tag.korean))]
    found = refusal(said)
    if found:
        return Matched(reason=MINOR if found.topic == MINOR else f"sensitive: {found.topic}")
    return _phrases(text, tags, reader)


def _phrases(text: str, tags: Sequence[Tag], reader: Reader | None) -> tuple[tuple[Phrase, ...], str]:
    """Phrases of a caption and its tags, and the whole of it in English."""
    text = tidy(text)
    spoken = noun_phrases(text)
    if has_hangul(text):
        spoken = bring_home(text, reader) + spoken
    seen = tuple(Phrase(" ".join(tokens(tag.name)), tag.name, tag.kind, tag.score) for tag in tags if _counts(tag))
    whole = text if spoken and not has_hangul(text) else ", ".join(phrase.text for phrase in spoken or seen)
    return spoken + seen, whole


def _counts(tag: Tag) -> bool:
    return tag.score >= DOUBTFUL and bool(tokens(tag.name))


def _texts_of(segments: Sequence[Segment], reader: Reader | None) -> Texts:
    """What segments say of themselves, in English."""

    def home(texts: Iterable[str]) -> tuple[str, ...]:
        found = (
            ", ".join(phrase.text for phrase in bring_home(text, reader)) if has_hangul(text) else text
            for text in texts
        )
        return tuple(dict.fromkeys(text for text in found if tokens(text)))

    nouns = [home((*segment.nouns, segment.name)) for segment in segments]
    sentences = [home((segment.name, segment.korean, segment.description, *segment.examples)) for segment in segments]
    return Texts(
        tuple(own or (segment.id,) for own, segment in zip(nouns, segments, strict=True)),
        tuple(home(segment.unlike) for segment in segments),
        tuple(own or (segment.id,) for own, segment in zip(sentences, segments, strict=True)),
    )


def _needle(word: str) -> str:
    """A deny rule as it is looked for: whole words in English, letters in Korean."""
    return word if has_hangul(word) else f" {' '.join(tokens(word))} "
