"""The nouns of understanding: what a photo shows, in words and scores, each with what it was taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from genmark.types import check_shares

TagKind = Literal["object", "place", "activity", "work", "colour", "style", "light", "composition"]
"""What a tag is about. `work` is a setting ("kitchen line", "building site"), never a person's occupation."""


@dataclass(frozen=True)
class Tag:
    """One thing that a photo shows.

    name    a plain English noun or phrase, lower case, singular: "dog", "mountain", "warm light"
    score   calibrated probability that it is right, in [0, 1]
    kind    what it is about
    source  what said so: "imagenet", "scene", "parse", "colours", "zero-shot", "caption", "given"
    korean  its Korean name, "" where none is known
    """

    name: str
    score: float
    kind: TagKind = "object"
    source: str = "imagenet"
    korean: str = ""

    def __post_init__(self) -> None:
        check_shares(self, "score")


@dataclass(frozen=True)
class Caption:
    """A sentence about a photo.

    text        the sentence; "" where the captioner abstains
    confidence  calibrated probability that everything it mentions is there, in [0, 1]
    mentions    names of the tags that it rests on
    language    "en" or "ko"
    source      who wrote it: a captioner's registered name, or "given"
    """

    text: str
    confidence: float
    mentions: tuple[str, ...] = ()
    language: str = "en"
    source: str = "embedded"

    def __post_init__(self) -> None:
        check_shares(self, "confidence")

    @property
    def abstained(self) -> bool:
        """Whether nothing was sure enough to be said."""
        return not self.text


@dataclass(frozen=True)
class Insight:
    """What a photo shows: its caption and its tags, the surest first.

    name     what people know the photo by, never a path
    people   how many faces were found, None where nobody looked
    minor    whether one of them may be under age; then nothing about beauty or persons may be targeted
    facts    of the photo as plain values: its size, main colours …
    """

    name: str
    caption: Caption
    tags: tuple[Tag, ...] = ()
    people: int | None = None
    minor: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", tuple(sorted(self.tags, key=lambda tag: -tag.score)))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


@dataclass(frozen=True)
class Evidence:
    """Why a segment was chosen.

    text    the words that spoke for it: "a dog", "mountain trail"
    source  where they stand: "caption", or the kind of a tag
    weight  how much they counted, in [0, 1]
    photo   the name of the photo, "" where there is only one
    """

    text: str
    source: str
    weight: float
    photo: str = ""

    def __post_init__(self) -> None:
        check_shares(self, "weight")


@dataclass(frozen=True)
class Match:
    """A segment that fits.

    id, name  the segment's; korean: its Korean name
    score     calibrated probability that the segment is right, in [0, 1]
    evidence  what spoke for it, the strongest first; never empty
    """

    id: str
    name: str
    score: float
    evidence: tuple[Evidence, ...]
    korean: str = ""

    def __post_init__(self) -> None:
        check_shares(self, "score")
        if not self.evidence:
            raise ValueError(f"the segment {self.id!r} was matched without evidence")
