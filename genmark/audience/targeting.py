"""The sentence of this folder: what a photo shows becomes segments, and segments become offers. No files, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from genmark.audience.catalogue import Catalogue
from genmark.audience.denial import MINOR
from genmark.audience.matching import DOUBTFUL, NOT_SURE, Matched
from genmark.audience.offers import ANYONE, Ranked, Situation, rank_offers
from genmark.audience.showings import NEW, Past
from genmark.insight import Insight, Match, Tag

NO_OFFERS = Catalogue()


class Matching(Protocol):
    def __call__(self, text: str, tags: Sequence[Tag] = (), *, minor: bool = False) -> Matched:
        """The segments of one caption and its tags; `genmark.audience.matching.Matcher` is one."""


@dataclass(frozen=True)
class Targeted:
    """What one photo amounts to: `matches` and `offers`, best first; `reason` says why where it `abstained`."""

    insight: Insight
    matches: tuple[Match, ...] = ()
    offers: tuple[Ranked, ...] = field(default=())
    abstained: bool = True
    reason: str = ""


def target_one(
    insight: Insight,
    matcher: Matching,
    catalogue: Catalogue,
    now: datetime,
    history: Past = NEW,
    situation: Situation = ANYONE,
    *,
    most: int = 3,
) -> Targeted:
    """Segments of one photo, and the offers that fit them now.

    Where the insight says that a minor may be in the photo, nothing is matched or offered, whatever the situation says.
    Observations alone may bring an offer of which no segment speaks, but not where the matcher refused the text. Raises
    UsageError for a `now` without a zone.
    """
    found = matcher(insight.caption.text, insight.tags, minor=insight.minor or situation.minor)
    return offered(insight, found, catalogue, now, history, situation, most=most)


def offered(
    insight: Insight,
    found: Matched,
    catalogue: Catalogue,
    now: datetime,
    history: Past = NEW,
    situation: Situation = ANYONE,
    *,
    most: int = 3,
) -> Targeted:
    """The same for a photo that was matched already, as `Matcher.stream` does by the hundred."""
    if insight.minor or situation.minor:
        return Targeted(insight, reason=MINOR)
    if found.reason not in ("", NOT_SURE):  # refused, not merely unsure
        return Targeted(insight, reason=found.reason)
    seen = (label for tag in insight.tags if tag.score >= DOUBTFUL for label in (tag.name, tag.korean))
    here = replace(situation, texts=(*situation.texts, insight.caption.text, *seen))
    offers = rank_offers(found.matches, catalogue, now, history, here, most=most)
    return Targeted(insight, found.matches, offers, found.abstained, found.reason)
