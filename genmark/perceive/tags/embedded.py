"""The embedded tagger: everything that is said of a photo without a network connection, each with its probability."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import torch

from genmark.insight import Tag
from genmark.lone_threads import lone_threads
from genmark.perceive.platt import Curve
from genmark.perceive.tags.imagenet import ImageNetReader, class_names
from genmark.perceive.tags.looks import read_looks
from genmark.perceive.tags.nouns import Noun, NounTable, read_nouns
from genmark.perceive.tags.people import People, PeopleCounter
from genmark.types import Floats, Photo, Weights

LEAST = 0.15
"""Tags that are less sure than this are not given."""
DETAIL = 0.6
"""From this probability on ImageNet's own name is given beside the plain one: "golden retriever" beside "dog"."""
_DETAILED = frozenset(("animal", "food", "vehicle"))
CLEAR = 0.4
"""What the five likeliest classes must have together, or nothing is named: a picture of what ImageNet has no class for
leaves the network with a little of everything, and four in ten classes are animals."""
_MOST_OF = 0.8
"""A noun is not said when one under it has more than this share of it: "dog" is enough, "animal" adds nothing."""

Reader = Callable[[Sequence[Photo]], Floats]
Counter = Callable[[Sequence[Photo]], list[People]]


@dataclass(frozen=True)
class Sight:
    """What was seen in a photo: its `tags`, the surest first, and its `people`."""

    tags: tuple[Tag, ...]
    people: People


class EmbeddedTagger:
    """Photos to tags: the "embedded" tagger, which works offline.

    reader   photos to logits of ImageNet's classes, float32 (N, 1000)
    counter  photos to people; None looks for none
    curves   from the log-odds of a noun to its probability, by kind of word; "" for kinds without one of their own
    batch    photos that are taken up at once

    Raises ModelMissing where the reader's weights are not installed.
    """

    licence = "Apache-2.0"
    commercial = True
    version = "1"

    def __init__(
        self,
        reader: Reader | None = None,
        counter: Counter | None = None,
        curves: Mapping[str, Curve] | None = None,
        batch: int = 32,
    ) -> None:
        self.reader = reader or ImageNetReader()
        self.counter = counter or PeopleCounter()
        self.curves = curves or read_curves()
        self.table: NounTable = read_nouns()
        self.batch = batch

    @property
    def weights(self) -> tuple[Weights, ...]:
        """Where the face finder came from; EfficientNet-Lite0 is known by its package."""
        found: Weights | None = getattr(self.counter, "weights", None)
        return () if found is None else (found,)

    def __call__(self, photos: Sequence[Photo], /) -> Iterator[tuple[Tag, ...]]:
        """The tags of each photo, in order, the surest first. A photo's tags are the same whatever its neighbours."""
        return (sight.tags for sight in self.see(photos))

    def see(self, photos: Sequence[Photo]) -> Iterator[Sight]:
        """Tags and people of each photo, in order; each of torch's threads looks at photos of its own."""
        with lone_threads(torch.get_num_threads()) as pool:
            for first in range(0, len(photos), self.batch):
                yield from pool.map(self._see, photos[first : first + self.batch])

    def _see(self, photo: Photo) -> Sight:
        people = self.counter([photo])[0]
        return Sight(self._tags(photo, soften(self.reader([photo]))[0], people), people)

    def _tags(self, photo: Photo, shares: Floats, people: People) -> tuple[Tag, ...]:
        sure = self.measure(shares)
        named = {tag.name: tag for tag in (*_person(people), *self._scenes(sure), *self._nouns(sure))}
        named |= {tag.name: tag for tag in self._details(shares, sure) if tag.name not in named}
        tags = (*named.values(), *_framing(people), *read_looks(photo))
        return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.name)))

    def measure(self, shares: Floats) -> dict[str, float]:
        """The probability of each noun from those of the 1,000 classes; those above `LEAST` / 3; none of a
        picture that is not clear."""
        if float(np.partition(shares, -5)[-5:].sum()) < CLEAR:
            return {}
        gathered = self.table.gather(shares[None])[0]
        sure = {
            noun.name: self._calibrate(noun, float(share))
            for noun, share in zip(self.table.nouns.values(), gathered, strict=True)
        }
        return {name: score for name, score in sure.items() if score >= LEAST / 3}

    def _calibrate(self, noun: Noun, share: float) -> float:
        share = min(max(share, 1e-6), 1 - 1e-6)
        return self.curves.get(noun.word, self.curves[""])(float(np.log(share / (1 - share))))

    def _covered(self, sure: Mapping[str, float]) -> set[str]:
        """Nouns of which one under them is nearly all."""
        return {
            parent
            for name, score in sure.items()
            for parent in self.table.nouns[name].parents
            if score >= _MOST_OF * sure.get(parent, 0.0)
        }

    def _nouns(self, sure: Mapping[str, float]) -> list[Tag]:
        covered = self._covered(sure)
        said = [(self.table.nouns[name], score) for name, score in sure.items() if name not in covered]
        return [_tag(noun, score, "imagenet") for noun, score in said if score >= LEAST]

    def _scenes(self, sure: Mapping[str, float]) -> list[Tag]:
        above = {parent for name in sure for parent in self.table.nouns[name].parents}
        guessed = self.table.guess_scenes({name: score for name, score in sure.items() if name not in above})
        return [_tag(self.table.scenes[name], score, "scene") for name, score in guessed.items() if score >= LEAST]

    def _details(self, shares: Floats, sure: Mapping[str, float]) -> list[Tag]:
        number = int(shares.argmax())
        holders = (noun for noun in self.table.nouns.values() if number in noun.classes)
        noun = next((noun for noun in holders if noun.word in _DETAILED and noun.name in sure), None)
        if noun is None:
            return []
        score = self._calibrate(noun, float(shares[number]))
        return [Tag(class_names()[number], score, noun.kind, "imagenet")] if score >= DETAIL else []


def soften(logits: Floats) -> Floats:
    """softmax of logits (N, K)."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: Floats = powers / powers.sum(1, keepdims=True)
    return shares


@cache
def read_curves() -> Mapping[str, Curve]:
    """The calibration that ships: `curves.json`, fitted by `genmark train tag-curves`."""
    text = (files("genmark.perceive.tags") / "curves.json").read_text(encoding="utf-8")
    return {name: Curve(**curve) for name, curve in json.loads(text).items()}


def _tag(noun: Noun, score: float, source: str) -> Tag:
    return Tag(noun.spoken, round(score, 4), noun.kind, source, noun.korean)


def _person(people: People) -> list[Tag]:
    """One tag for those whose face is seen: never who, how old or of which gender."""
    if not people.confidences:
        return []
    return [Tag("person", round(max(people.confidences), 4), "object", "faces", "사람")]


def _framing(people: People) -> list[Tag]:
    """How the photo is framed, where a face tells it."""
    if not people.heights:
        return []
    score = round(people.confidences[0], 4)
    if len(people.heights) >= 3:
        return [Tag("group photo", score, "composition", "faces", "단체 사진")]
    if len(people.heights) == 1 and people.heights[0] > 0.2:
        close = people.heights[0] > 0.5
        return [
            Tag(
                "close-up" if close else "portrait", score, "composition", "faces", "클로즈업" if close else "인물 사진"
            )
        ]
    return []
