"""What was shown and spent before: whatever `rank_offers` has to ask of the past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from genmark.audience.catalogue import Offer
from genmark.audience.moments import in_utc


class Past(Protocol):
    def shown(self, offer: str, since: datetime, /) -> int:
        """How often an offer was shown to this customer, from `since` on."""

    def spent(self, offer: str, /) -> int:
        """What an offer has cost for all customers, in the operator's smallest unit of money."""


@dataclass(frozen=True)
class Showing:
    """An offer that was shown to this customer. Raises UsageError for a time without a zone."""

    offer: str
    when: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", in_utc(self.when, "the time of a showing"))


@dataclass(frozen=True)
class History:
    """A past that is held in memory: showings to this customer, and what each offer has cost with everyone."""

    showings: tuple[Showing, ...] = ()
    costs: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "costs", MappingProxyType(dict(self.costs)))

    def shown(self, offer: str, since: datetime, /) -> int:
        """How often an offer was shown, from `since` on; a showing of that very moment counts."""
        return sum(one.offer == offer and one.when >= since for one in self.showings)

    def spent(self, offer: str, /) -> int:
        """What an offer has cost."""
        return self.costs.get(offer, 0)

    def with_showing(self, offer: Offer, when: datetime) -> History:
        """The past once this was shown and paid for."""
        costs = Counter(self.costs)
        costs[offer.id] += offer.cost
        return History((*self.showings, Showing(offer.id, when)), costs)


NEW = History()


def capped_since(offer: Offer, now: datetime) -> datetime:
    """From when on showings count towards an offer's cap: days of 24 hours, whatever the clocks do."""
    try:
        return now - timedelta(days=offer.cap_days)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def allowance(offer: Offer, now: datetime) -> int | None:
    """What an offer may have cost by now; None where its budget has no end.

    A budget with a first and a last moment is spent evenly over the time between, with a day's worth in advance, so
    that it is not gone on the first morning. One without them may be spent at once.
    """
    if offer.budget is None or offer.starts is None or offer.ends is None:
        return offer.budget
    gone = now - offer.starts + timedelta(days=1)
    share = min(1.0, max(0.0, gone / (offer.ends - offer.starts)))
    return int(offer.budget * share)
