"""The operator's offers: what is sold to whom, from when to when, how often and for how much. The nouns.

They are read from CSV, TOML or a table of a database by `genmark.audience.offer_files` and `offer_tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from genmark.audience.adline import check_template
from genmark.audience.denial import refusal
from genmark.audience.moments import in_utc
from genmark.errors import ConfigError, UsageError, nearest
from genmark.types import check_shares

MOST = 10_000
"""Offers in one catalogue; each is compared with each photo."""
LONGEST = 400
"""Characters of one text of an offer."""
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Offer:
    """One offer of the catalogue. Raises ValueError, in words, where it cannot stand.

    id               lower-case letters, digits and hyphens
    name, korean     what people read; at least one
    segments         ids of segments it is for
    observations     what is seen on a person that it is for: "dry ends" (see `genmark.perceive.person.observations`)
    starts, ends     from when on, and until before when, with a zone (kept in UTC); None is always
    countries        ISO 3166-1 codes of two letters; () is everywhere
    least            score that a photo or customer must reach, in [0, 1]
    cost, budget     of one showing, and of all of them; in the operator's smallest unit of money; None has no end
    cap, cap_days    shown to one customer at most so often within so many days; None has no end
    deny             words that keep it away from a photo, in English or Korean
    template, template_korean  the ad line, see `genmark.audience.adline`; "" has none
    link             where it leads: http or https, or ""
    """

    id: str
    name: str = ""
    korean: str = ""
    segments: tuple[str, ...] = ()
    observations: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    countries: tuple[str, ...] = ()
    least: float = 0.0
    cost: int = 0
    budget: int | None = None
    cap: int | None = None
    cap_days: float = 7.0
    deny: tuple[str, ...] = ()
    template: str = ""
    template_korean: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_reach()
        self._check_money()
        check_template(self.template)
        check_template(self.template_korean)
        _check_link(self.link)
        denied = refusal(text for text in self.texts if text)
        if denied:
            raise ValueError(
                f"speaks of {denied.topic} ({denied.words!r}), which nothing may be targeted by; "
                "leave the offer out or say what is sold in other words"
            )

    @property
    def texts(self) -> tuple[str, ...]:
        """All that says what it is and whom it is for."""
        segments = (segment.replace("-", " ") for segment in self.segments)
        return (self.name, self.korean, *segments, *self.observations, self.template, self.template_korean)

    @property
    def aims(self) -> frozenset[str]:
        """What it is for: ids of segments, and observations."""
        return frozenset((*self.segments, *self.observations))

    def _check_names(self) -> None:
        if not _ID.fullmatch(self.id) or len(self.id) > 80:
            raise ValueError(f"an id is lower-case letters and digits with hyphens between, got {self.id!r}")
        if not (self.name.strip() or self.korean.strip()):
            raise ValueError("an offer needs a name, English or Korean")
        for text in (*self.texts, *self.deny, self.link):
            if len(text) > LONGEST:
                raise ValueError(f"a text of {len(text)} characters is too long; {LONGEST} are read")
            if any(not letter.isprintable() for letter in text):
                raise ValueError(f"{text!r} holds a character that cannot be shown")

    def _check_reach(self) -> None:
        if not self.aims:
            raise ValueError("segments or observations must say whom it is for")
        if any(not word.strip() for word in (*self.segments, *self.observations, *self.deny)):
            raise ValueError("a segment, an observation or a deny rule is empty; leave it out")
        wrong = next((code for code in self.countries if not _COUNTRY.fullmatch(code)), None)
        if wrong is not None:
            raise ValueError(f"countries are two capital letters (ISO 3166-1), such as 'KR', got {wrong!r}")
        for field in ("starts", "ends"):
            when = getattr(self, field)
            if when is not None:
                object.__setattr__(self, field, _moment(when, field))
        if self.starts is not None and self.ends is not None and self.starts >= self.ends:
            raise ValueError("it ends before it starts")

    def _check_money(self) -> None:
        check_shares(self, "least")
        if self.cost < 0 or (self.budget is not None and self.budget < 0):
            raise ValueError("a cost and a budget are whole numbers of 0 or more")
        if self.cap is not None and self.cap < 0:
            raise ValueError(f"a cap is 0 showings or more, got {self.cap}")
        if not 0.0 < self.cap_days <= 3660.0:
            raise ValueError(f"cap_days is above 0 and at most 3660, got {self.cap_days:g}")


@dataclass(frozen=True)
class Catalogue:
    """Offers, each id once. Raises ValueError for one that comes twice, or more than 10,000."""

    offers: tuple[Offer, ...] = ()

    def __post_init__(self) -> None:
        if len(self.offers) > MOST:
            raise ValueError(f"a catalogue has at most {MOST} offers, got {len(self.offers)}")
        seen: set[str] = set()
        for offer in self.offers:
            if offer.id in seen:
                raise ValueError(f"two offers have the id {offer.id!r}; each id stands for one")
            seen.add(offer.id)


def require_known(catalogue: Catalogue, segments: Sequence[str], observations: Iterable[str]) -> None:
    """Raise ConfigError for an offer whose segment or observation nobody can ever find, with the nearest name."""
    observations = tuple(observations)
    for offer in catalogue.offers:
        for asked, known, what in (
            (offer.segments, segments, "segment"),
            (offer.observations, observations, "observation"),
        ):
            for name in asked:
                if name not in known:
                    raise ConfigError(
                        f"offer {offer.id!r} is for the {what} {name!r}, which is unknown{nearest(name, known)}"
                    )


def _moment(when: datetime, field: str) -> datetime:
    try:
        return in_utc(when, field)
    except UsageError as error:
        raise ValueError(str(error)) from None
    except OverflowError:
        raise ValueError(f"{field} is too far from now") from None


def _check_link(link: str) -> None:
    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise ValueError(f"{link!r} is no link") from error
    if link and (parts.scheme not in ("http", "https") or not parts.hostname or set(link) & set(" \"'<>\\`")):
        raise ValueError(f"a link begins with https:// or http:// and has no spaces or quotes, got {link!r}")
