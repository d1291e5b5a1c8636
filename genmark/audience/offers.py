"""From segments to ranked offers, each with its reasons; and for each that was left out, why.

An offer fits as surely as at least one of the things it is for is there: 1 - product of (1 - score) over its segments
and observations (noisy-or; Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988). The order is that of maximal
marginal relevance (Carbonell and Goldstein, SIGIR 1998), so that two offers for the same thing do not stand together
where another fits nearly as well. Equal ones stand by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from genmark.audience.adline import ad_line
from genmark.audience.catalogue import Catalogue, Offer
from genmark.audience.denial import MINOR, refusal
from genmark.audience.interests import Profile
from genmark.audience.korean import has_hangul
from genmark.audience.moments import in_utc
from genmark.audience.phrases import tidy, tokens
from genmark.audience.showings import NEW, Past, allowance, capped_since
from genmark.insight import Evidence, Match
from genmark.types import check_shares

MOST_REASONS = 3
"""Words of evidence that one reason quotes."""


@dataclass(frozen=True)
class Situation:
    """What is known of whom an offer may go to, besides the segments.

    observations  what was seen on the person, with its confidence in [0, 1]: {"dry ends": 0.8}
    country       ISO 3166-1, two capital letters; "" where unknown: then offers for certain countries stay away
    minor         whether the person may be under age: then there is no offer
    texts         captions of the photos, for deny rules; evidence is looked at anyway
    """

    observations: Mapping[str, float] = field(default_factory=dict)
    country: str = ""
    minor: bool = False
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(0.0 <= share <= 1.0 for share in self.observations.values()):
            raise ValueError("Situation.observations must be in [0, 1]")
        object.__setattr__(self, "observations", MappingProxyType(dict(self.observations)))


ANYONE = Situation()


@dataclass(frozen=True)
class Ranked:
    """An offer that may be shown.

    score    how surely it fits, in [0, 1]
    reasons  in words: "because: 'a dog', 'mountain trail'", "seen: 'dry ends'"
    line     its ad line in English, korean: in Korean; "" without a template or without a word for it
    """

    offer: Offer
    score: float
    reasons: tuple[str, ...]
    line: str = ""
    korean: str = ""

    def __post_init__(self) -> None:
        check_shares(self, "score")


@dataclass(frozen=True)
class Refused:
    """An offer that was left out, and why, in words."""

    offer: Offer
    why: str


def rank_offers(
    found: Profile | Sequence[Match],
    catalogue: Catalogue,
    now: datetime,
    history: Past = NEW,
    situation: Situation = ANYONE,
    *,
    most: int = 3,
    diversity: float = 0.3,
) -> tuple[Ranked, ...]:
    """The offers that may be shown, best first, at most `most`.

    found      a customer's profile, or the matches of one photo
    diversity  in [0, 1]; 0 ranks by score alone

    The same question gives the same answer, whatever the order of matches and offers. Raises UsageError for a `now`
    without a zone, ValueError for a diversity out of range.
    """
    if not 0.0 <= diversity <= 1.0:
        raise ValueError(f"diversity must be in [0, 1], got {diversity}")
    asked = _Asked(found, in_utc(now, "the moment of an offer"), history, situation)
    fits = [(asked.score(offer), offer) for offer in catalogue.offers if not asked.why_not(offer)]
    return tuple(asked.ranked(offer) for offer in _diverse(fits, most, diversity))


def explain_refusals(
    found: Profile | Sequence[Match],
    catalogue: Catalogue,
    now: datetime,
    history: Past = NEW,
    situation: Situation = ANYONE,
) -> tuple[Refused, ...]:
    """Every offer of the catalogue that may not be shown, in its order, with the first reason why."""
    asked = _Asked(found, in_utc(now, "the moment of an offer"), history, situation)
    return tuple(Refused(offer, why) for offer in catalogue.offers if (why := asked.why_not(offer)))


class _Asked:
    """One customer at one moment, asked about one offer after the other."""

    def __init__(self, found: Profile | Sequence[Match], now: datetime, history: Past, situation: Situation) -> None:
        matches = found.matches if isinstance(found, Profile) else tuple(found)
        self._now, self._history, self._situation = now, history, situation
        self._young = situation.minor or (isinstance(found, Profile) and found.reason == MINOR)
        self._refused = _topic(situation.texts)
        best = sorted(matches, key=lambda match: (match.score, repr(match)))
        self._matches = {match.id: match for match in best if not _sensitive(match)}
        self._sensitive = {match.id for match in matches} - self._matches.keys()
        said = [*situation.texts, *(one.text for match in matches for one in match.evidence)]
        self._said = tuple(part for text in said for part in (_as_words(text), tidy(text)))

    def why_not(self, offer: Offer) -> str:
        """Why this offer may not be shown, "" where it may."""
        return next((why for why in self._objections(offer) if why), "")

    def score(self, offer: Offer) -> float:
        """How surely at least one thing that it is for is there, in [0, 1]."""
        rest = 1.0
        for share in sorted(match.score for match in self._fits(offer)):
            rest *= 1.0 - share
        for name in sorted(self._seen(offer)):
            rest *= 1.0 - self._situation.observations[name]
        return round(1.0 - rest, 4)

    def ranked(self, offer: Offer) -> Ranked:
        """This offer as it may be shown."""
        fits = sorted(self._fits(offer), key=lambda match: (-match.score, match.id))
        words = [one.text for match in fits for one in _strongest(match)]
        seen = sorted(self._seen(offer))
        because = [f"because: {_quoted([one.text for one in _strongest(match)])}" for match in fits]
        names = (fits[0].name, fits[0].korean) if fits else ("", "")
        return Ranked(
            offer,
            self.score(offer),
            tuple(dict.fromkeys([*because, *([f"seen: {_quoted(seen)}"] if seen else [])])),
            ad_line(offer.template, words or seen, "en", names[0] or offer.name),
            ad_line(offer.template_korean, words, "ko", names[1] or offer.korean),
        )

    def _objections(self, offer: Offer) -> Iterator[str]:
        yield "the person may be a minor: there are no offers" if self._young else ""
        yield f"sensitive: {self._refused}" if self._refused else ""
        yield self._time(offer)
        yield self._place(offer)
        yield self._fit(offer)
        yield self._denied(offer)
        yield self._cap(offer)
        yield self._money(offer)

    def _time(self, offer: Offer) -> str:
        if offer.starts is not None and self._now < offer.starts:
            return f"not before {offer.starts:%Y-%m-%d %H:%M} UTC"
        return (
            f"over since {offer.ends:%Y-%m-%d %H:%M} UTC" if offer.ends is not None and self._now >= offer.ends else ""
        )

    def _place(self, offer: Offer) -> str:
        if not offer.countries or self._situation.country in offer.countries:
            return ""
        where = self._situation.country or "a country that is not known"
        return f"only for {', '.join(offer.countries)}, not for {where}"

    def _fit(self, offer: Offer) -> str:
        score = self.score(offer)
        if score > 0.0:
            return f"scores {score:.2f}, below its least of {offer.least:g}" if score < offer.least else ""
        if self._sensitive & offer.aims:
            return "what it is for was found in something sensitive"
        return "nothing that it is for was found"

    def _denied(self, offer: Offer) -> str:
        for word in offer.deny:
            needle = word if has_hangul(word) else _as_words(word)
            if needle.strip() and any(needle in part for part in self._said):
                return f"kept away by its deny rule {word!r}"
        return ""

    def _cap(self, offer: Offer) -> str:
        if offer.cap is None:
            return ""
        shown = self._history.shown(offer.id, capped_since(offer, self._now))
        if shown < offer.cap:
            return ""
        return (
            f"shown {shown} {'time' if shown == 1 else 'times'} within {offer.cap_days:g} days, its cap is {offer.cap}"
        )

    def _money(self, offer: Offer) -> str:
        allowed, spent = allowance(offer, self._now), self._history.spent(offer.id)
        if offer.budget is None or allowed is None or spent + offer.cost <= allowed:
            return ""
        return "its budget is spent" if spent + offer.cost > offer.budget else "ahead of the pace of its budget"

    def _fits(self, offer: Offer) -> list[Match]:
        return [self._matches[segment] for segment in dict.fromkeys(offer.segments) if segment in self._matches]

    def _seen(self, offer: Offer) -> list[str]:
        return [name for name in dict.fromkeys(offer.observations) if self._situation.observations.get(name, 0.0) > 0.0]


def _diverse(fits: Sequence[tuple[float, Offer]], most: int, diversity: float) -> Iterator[Offer]:
    waiting = sorted(fits, key=lambda fit: (-fit[0], fit[1].id))
    likeness = {offer.id: 0.0 for _, offer in waiting}
    for _ in range(min(most, len(waiting))):
        # max takes the first of equal ones, which stand by score and id
        best = max(waiting, key=lambda fit: (1.0 - diversity) * fit[0] - diversity * likeness[fit[1].id])
        waiting.remove(best)
        for _, offer in waiting:
            likeness[offer.id] = max(likeness[offer.id], _alike(offer, best[1]))
        yield best[1]


def _alike(one: Offer, other: Offer) -> float:
    """Jaccard's index of what two offers are for, in [0, 1]."""
    return len(one.aims & other.aims) / len(one.aims | other.aims)


def _sensitive(match: Match) -> bool:
    return _topic((match.id.replace("-", " "), match.name, match.korean, *(one.text for one in match.evidence))) != ""


def _topic(texts: Sequence[str]) -> str:
    denied = refusal(texts)
    return denied.topic if denied else ""


def _strongest(match: Match) -> list[Evidence]:
    """Evidence with different words, the strongest first."""
    order = sorted(match.evidence, key=lambda one: (-one.weight, one.text, one.photo))
    return list({one.text: one for one in reversed(order)}.values())[::-1][:MOST_REASONS]


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{tidy(word)}'" for word in words)


def _as_words(text: str) -> str:
    """A text as deny rules are looked for in it: whole English words, singular, with spaces around."""
    return f" {' '.join(tokens(tidy(text)))} "
