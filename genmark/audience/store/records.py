"""What goes into the store and what comes out of it: plain frozen data, times in UTC, ids that name nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from genmark.audience.moments import in_utc
from genmark.errors import UsageError, nearest
from genmark.insight import Insight, Match

Source = Literal["profile", "chat", "service"]
"""Where a photo came from: the customer's profile, a conversation, a service that was used."""
Picture = Literal["preview", "thumbnail"]
"""What was made from a photo."""
Verdict = Literal["shown", "refused"]

_WORD = re.compile(r"[a-z][a-z-]{0,39}")


@dataclass(frozen=True)
class Consent:
    """What a person agreed to.

    purposes  what for, lower-case words: "preview", "targeting" ...; at least one, kept sorted
    given     when, with a time zone
    wording   the version of the text that they were shown, at most 80 characters

    Raises UsageError for anything else.
    """

    purposes: tuple[str, ...]
    given: datetime
    wording: str

    def __post_init__(self) -> None:
        if not self.purposes or not all(_WORD.fullmatch(word) for word in self.purposes):
            raise UsageError("a consent names what it is for in lower-case words, such as 'preview' or 'targeting'")
        if not 0 < len(self.wording) <= 80:
            raise UsageError("a consent names the version of the wording that was agreed to, in 1 to 80 characters")
        object.__setattr__(self, "purposes", tuple(sorted(set(self.purposes))))
        object.__setattr__(self, "given", in_utc(self.given, "the consent"))


@dataclass(frozen=True)
class Intake:
    """How a photo came in and how long it may stay.

    keep_until  the moment from which `retain` removes it
    taken       when it was taken, where that is known

    Raises UsageError for an unknown source or a time without a zone.
    """

    consent: Consent
    source: Source
    keep_until: datetime
    taken: datetime | None = None

    def __post_init__(self) -> None:
        if self.source not in get_args(Source):
            raise UsageError(f"photos do not come from {self.source!r}{nearest(self.source, get_args(Source))}")
        object.__setattr__(self, "keep_until", in_utc(self.keep_until, "the time that a photo is kept until"))
        if self.taken is not None:
            object.__setattr__(self, "taken", in_utc(self.taken, "the time that a photo was taken"))


@dataclass(frozen=True)
class StoredPhoto:
    """A photo that is kept: `size` (width, height) in pixels, `path` below the folder, `sha256` of that file."""

    id: str
    customer: str
    sha256: str
    path: str
    size: tuple[int, int]
    received: datetime
    intake: Intake


@dataclass(frozen=True)
class StoredPreview:
    """A picture made from a photo: `style` is what it shows, "" for a thumbnail."""

    id: str
    photo: str
    kind: Picture
    style: str
    sha256: str
    path: str


@dataclass(frozen=True)
class Gathered:
    """A photo and what is known of it. The insight's name is the photo's id: file names are not kept."""

    photo: StoredPhoto
    insight: Insight | None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What was shown to a customer or kept from them, and why. `score` in [0, 1], where there was one."""

    offer: str
    verdict: Verdict
    why: str
    score: float | None = None


@dataclass(frozen=True)
class Cap:
    """At most `most` showings of one offer to one customer since `since`."""

    most: int
    since: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", in_utc(self.since, "the beginning of a frequency cap"))


@dataclass(frozen=True)
class Removal:
    """What was removed, of nobody in particular, and what was looked at afterwards.

    why     "asked" or "retention"
    rows    table to how many rows went
    files   how many pictures and exports went, with their `size` in bytes
    checks  what was verified once it was gone, in words for a record
    """

    why: str
    at: datetime
    rows: Mapping[str, int]
    files: int
    size: int
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """What `reconcile` found.

    finished   pictures whose row was committed and whose file is now in its place
    discarded  files without a row, removed: drafts of writers that died, left-overs of a deletion
    lost       ids of rows whose file is gone
    damaged    ids of rows whose file is not what was written (looked at only on request)
    """

    finished: int = 0
    discarded: int = 0
    lost: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
