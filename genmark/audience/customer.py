"""One customer, many photos: what they keep coming back to, told from what they met once.

A day with photos is one occasion, however many there are; a film is one too. The surest photo of a day speaks for it.
On how large a share of their days a segment shows is taken as Beta distributed, with counts that fade (the forgetting
of Jøsang and Ismail, "The Beta Reputation System", 2002): with fade w = 2^(-age / half-life) of each occasion,

    hits   = strength * usual       + sum of w * certainty  over occasions that show the segment
    misses = strength * (1 - usual) + sum of w              over occasions that show something else
    score  = P(share > often | hits, misses)

so one photo is drawn towards the usual share, days of other things count against it a little, and what is uncertain
counts for less without counting against. Occasions that show nothing known are left out: a passport says nothing of
dogs. Why `often` is one day in ten: a day at the beach scores 0.6, three of ten days 0.8, three of thirty 0.3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

from genmark.audience.denial import MINOR, refusal
from genmark.audience.interests import MEMORY, NOTHING, Interest, Memory, Observation, Profile, Standing
from genmark.audience.moments import days_between, in_utc
from genmark.audience.rates import above
from genmark.insight import Evidence, Match

if TYPE_CHECKING:
    from genmark.audience.store.records import Gathered

MOST_EVIDENCE = 8
"""Pieces of evidence that an interest keeps, the strongest first, each of another photo where there are enough."""


@dataclass(frozen=True)
class Customer:
    """One customer's photos, and what they amount to. The order of `observations` never matters."""

    observations: tuple[Observation, ...] = ()
    memory: Memory = MEMORY
    zone: tzinfo = UTC

    def with_more(self, observations: Iterable[Observation]) -> Customer:
        """The same customer with more photos."""
        return replace(self, observations=(*self.observations, *observations))

    def profile(self, now: datetime) -> Profile:
        """What they care about at a moment; raises UsageError for one without a zone."""
        return gather(self.observations, now, self.memory, self.zone)


@dataclass(frozen=True)
class _Sight:
    """A segment on one occasion: its surest match and the evidence of all photos of that day."""

    when: datetime
    match: Match
    evidence: tuple[Evidence, ...]


def gather(observations: Sequence[Observation], now: datetime, memory: Memory = MEMORY, zone: tzinfo = UTC) -> Profile:
    """What many photos of one customer say together.

    zone: where days begin and end for them. A profile picture that may show a minor may be the customer's own: nothing
    is targeted at all then. Raises UsageError for a `now` without a zone.
    """
    now = in_utc(now, "the moment of a profile")
    withheld = tuple(sorted({seen.photo for seen in observations if seen.minor}))
    if any(seen.minor and seen.source == "profile" for seen in observations):
        return Profile(withheld=withheld, reason=MINOR)
    days = _days(observations, zone)
    sights = _sights(days)
    ends = {day: max(seen.when for seen in photos) for day, photos in days.items()}
    found = [_interest(own, ends, now, memory) for _, own in sorted(sights.items())]
    interests = sorted((interest for interest in found if interest), key=_rank)
    alive = any(interest.standing != "fading" for interest in interests)
    return Profile(tuple(interests), len(days), withheld, "" if alive else NOTHING)


def of_stored(gathered: Iterable[Gathered]) -> tuple[Observation, ...]:
    """What `genmark.audience.store.findings.gather` gives, as observations: photos by their ids."""
    return tuple(
        Observation(
            kept.photo.id,
            kept.photo.intake.taken or kept.photo.received,
            kept.photo.intake.source,
            kept.matches,
            kept.photo.sha256,
            kept.insight is not None and kept.insight.minor,
            kept.insight.caption.text if kept.insight else "",
            kept.insight.tags if kept.insight else (),
        )
        for kept in gathered
    )


def _rank(interest: Interest) -> tuple[int, float, str]:
    return ("lasting", "one-off", "fading").index(interest.standing), -interest.match.score, interest.match.id


def _days(observations: Sequence[Observation], zone: tzinfo) -> Mapping[date, list[Observation]]:
    """Photos that say something, by the day they are from; each file once, and never from what is denied."""
    known: dict[tuple[str, ...], bool] = {}
    days: dict[date, list[Observation]] = defaultdict(list)
    for seen in _once(observations):
        said = tuple(match for match in seen.matches if _may(match, known))
        if said:
            days[seen.when.astimezone(zone).date()].append(replace(seen, matches=said))
    return days


def _once(observations: Sequence[Observation]) -> Iterator[Observation]:
    """Each file once, where it is newest; one that may show a minor under any name stays out."""
    young = {seen.digest for seen in observations if seen.minor and seen.digest}
    taken: set[str] = set()
    for seen in sorted(observations, key=lambda seen: (seen.when, repr(seen)), reverse=True):
        key = seen.digest or f"{seen.photo} {seen.when.isoformat()}"  # without a hash: its name and moment
        if not seen.minor and key not in taken and key not in young:
            taken.add(key)
            yield seen


def _may(match: Match, known: dict[tuple[str, ...], bool]) -> bool:
    """Whether nothing in a match is denied, whoever made it; `known` keeps the answers of one customer."""
    texts = (match.name, match.korean, *(one.text for one in match.evidence))
    if texts not in known:
        known[texts] = refusal(texts) is None
    return known[texts]


def _sights(days: Mapping[date, list[Observation]]) -> Mapping[str, Mapping[date, _Sight]]:
    """Segment to the days that show it."""
    found: dict[str, dict[date, _Sight]] = defaultdict(dict)
    for day, photos in days.items():
        shown: dict[str, list[tuple[Observation, Match]]] = defaultdict(list)
        for seen in photos:
            for match in seen.matches:
                shown[match.id].append((seen, match))
        for segment, pairs in shown.items():
            found[segment][day] = _sight(pairs)
    return found


def _sight(pairs: Sequence[tuple[Observation, Match]]) -> _Sight:
    best = min((match for _, match in pairs), key=lambda match: (-match.score, repr(match)))
    evidence = [replace(one, photo=seen.photo) for seen, match in pairs for one in match.evidence]
    return _Sight(max(seen.when for seen, _ in pairs), best, tuple(evidence))


def _score(sights: Mapping[date, _Sight], ends: Mapping[date, datetime], now: datetime, memory: Memory) -> float:
    hits = memory.strength * memory.usual
    misses = memory.strength - hits
    for day, end in ends.items():
        if day in sights:
            hits += memory.fade(sights[day].when, now) * sights[day].match.score
        else:
            misses += memory.fade(end, now)
    return above(memory.often, hits, misses)


def _interest(
    sights: Mapping[date, _Sight], ends: Mapping[date, datetime], now: datetime, memory: Memory
) -> Interest | None:
    first, last = (choose(sight.when for sight in sights.values()) for choose in (min, max))
    score = _score(sights, ends, now, memory)
    known = {day: end for day, end in ends.items() if end <= last or day in sights}
    many = len(sights) >= memory.least and days_between(first, last) >= memory.span
    lasted = many and _score(sights, known, last, memory) >= memory.sure
    gone = score < memory.sure or days_between(last, now) > memory.half_life
    if gone and not lasted:
        return None
    standing: Standing = "one-off" if not lasted else "fading" if gone else "lasting"
    newest = max(sights.values(), key=lambda sight: sight.when).match
    match = Match(newest.id, newest.name, round(score, 4), _evidence(sights, now, memory), newest.korean)
    return Interest(match, standing, len(sights), first, last)


def _evidence(sights: Mapping[date, _Sight], now: datetime, memory: Memory) -> tuple[Evidence, ...]:
    """Evidence of the photos, faded as their days have; the best of each photo before the second of any."""
    faded = [
        replace(one, weight=round(one.weight * memory.fade(sight.when, now), 4))
        for sight in sights.values()
        for one in sight.evidence
    ]
    order = sorted(set(faded), key=_strength)
    firsts = {one.photo: one for one in reversed(order)}
    by_photo = sorted(order, key=lambda one: firsts[one.photo] is not one)  # stable: by strength within either
    return tuple(sorted(by_photo[:MOST_EVIDENCE], key=_strength))


def _strength(one: Evidence) -> tuple[float, str, str, str]:
    return -one.weight, one.photo, one.text, one.source
