"""The nouns of a customer's interests: what one photo said, how it is weighed, what many photos amount to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from genmark.audience.moments import days_between, in_utc
from genmark.errors import UsageError
from genmark.insight import Match, Tag

Standing = Literal["lasting", "one-off", "fading"]

NOTHING = "nothing is sure"


@dataclass(frozen=True)
class Observation:
    """What one photo said.

    photo    its name or id; evidence refers to it
    when     when it was taken or came in, with a zone (kept in UTC); all frames of a film have the film's
    source   "profile", "chat", "service": where it came from
    matches  the segments that fit it
    digest   hash of the file, "" where unknown; the same file counts once, where it was newest
    minor    whether a person in it may be under age; then it speaks for nothing
    caption, tags: what it shows, kept for whoever asks; they do not count a second time

    Raises UsageError for a time without a zone.
    """

    photo: str
    when: datetime
    source: str = "service"
    matches: tuple[Match, ...] = ()
    digest: str = ""
    minor: bool = False
    caption: str = ""
    tags: tuple[Tag, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", in_utc(self.when, f"the time of the photo {self.photo!r}"))


@dataclass(frozen=True)
class Memory:
    """How interests are weighed.

    half_life  days after which an occasion counts half
    usual      share of a customer's occasions that show any one segment, before anything is known; in (0, 1)
    strength   how many occasions that expectation is worth
    often      share of occasions from which something is an interest; in (0, 1)
    sure       score from which an interest is said, in [0, 1]
    least      occasions, and span: days from the first to the last, that make an interest a lasting one

    Raises UsageError for values out of range.
    """

    half_life: float = 180.0
    usual: float = 0.05
    strength: float = 8.0
    often: float = 0.1
    sure: float = 0.5
    least: int = 3
    span: float = 14.0

    def __post_init__(self) -> None:
        if not (self.half_life > 0.0 and self.strength > 0.0 and self.span >= 0.0 and self.least >= 1):
            raise UsageError(
                "a memory needs a half-life and a strength above 0, a span of 0 or more, least of 1 or more"
            )
        if not (0.0 < self.usual < 1.0 and 0.0 < self.often < 1.0 and 0.0 <= self.sure <= 1.0):
            raise UsageError("a memory's usual and often lie between 0 and 1, sure in [0, 1]")

    def fade(self, when: datetime, now: datetime) -> float:
        """What an occasion still counts, in (0, 1]; 1 for one that is not over yet."""
        return max(math.pow(2.0, -days_between(when, now) / self.half_life), 1e-9)


MEMORY = Memory()


@dataclass(frozen=True)
class Interest:
    """What a customer cares about.

    match      the segment, its score now, and the photos that spoke for it
    standing   "lasting"; "one-off": on too few days, or all close together; "fading": was lasting, not seen for long
    occasions  days that showed it, from `first` to `last`
    """

    match: Match
    standing: Standing
    occasions: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Profile:
    """What is known of a customer.

    interests  lasting ones first, then one-off, then fading ones; each group by score
    occasions  days with photos that said something
    withheld   photos that may show a minor and so say nothing
    reason     why nothing may or can be said: "nothing is sure", "minor"; "" where something was
    """

    interests: tuple[Interest, ...] = ()
    occasions: int = 0
    withheld: tuple[str, ...] = ()
    reason: str = NOTHING

    @property
    def abstained(self) -> bool:
        """Whether there is nothing to target."""
        return bool(self.reason)

    @property
    def matches(self) -> tuple[Match, ...]:
        """What may be targeted: interests that are not fading, the surest first."""
        alive = [interest.match for interest in self.interests if interest.standing != "fading"]
        return tuple(sorted(alive, key=lambda match: (-match.score, match.id)))
