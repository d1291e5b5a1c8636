"""What is understood of photos and customers: recorded, and gathered again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from genmark.audience.store.filing import require
from genmark.audience.store.intake import photo_of
from genmark.audience.store.opening import Store
from genmark.audience.store.records import Gathered
from genmark.audience.store.tables import CaptionRow, CustomerRow, EvidenceRow, PhotoRow, SegmentRow, TagRow
from genmark.errors import UsageError
from genmark.insight import Caption, Evidence, Insight, Match, Tag


def record_insight(store: Store, photo_id: str, insight: Insight) -> None:
    """Keep what a photo shows, in place of what was known of it. Its name is not kept: it may be a file's.

    Raises UsageError for an unknown photo, or facts that are not plain values; WriteError.
    """
    facts = _plain(insight.facts)
    caption = CaptionRow(
        photo_id=photo_id,
        text=insight.caption.text,
        confidence=insight.caption.confidence,
        mentions=list(insight.caption.mentions),
        language=insight.caption.language,
        source=insight.caption.source,
        people=insight.people,
        minor=insight.minor,
        facts=facts,
        recorded_at=store.clock(),
    )
    with store.writing("recording what a photo shows") as session:
        require(session.get(PhotoRow, photo_id, with_for_update=True), "photo")
        session.execute(delete(CaptionRow).where(CaptionRow.photo_id == photo_id))
        session.execute(delete(TagRow).where(TagRow.photo_id == photo_id))
        session.add(caption)
        session.add_all(_tag_rows(photo_id, insight.tags))


def record_matches(store: Store, customer: str, matches: Sequence[Match], photo_id: str | None = None) -> None:
    """Keep the segments that fit a customer, best first, in place of those from the same source.

    photo_id: the photo that they come from; None where they come from all of the customer's photos. Evidence that
    names a photo names one of the customer's by its id. Raises UsageError for an unknown customer or photo; WriteError.
    """
    with store.writing("recording segments") as session:
        require(session.get(CustomerRow, customer, with_for_update=True), "customer")
        own = set(session.scalars(select(PhotoRow.id).filter_by(customer_id=customer)))
        _check_photos(own, matches, photo_id)
        session.execute(delete(SegmentRow).filter_by(customer_id=customer, photo_id=photo_id))
        for place, match in enumerate(matches):
            segment = _segment_row(store, customer, photo_id, place, match)
            session.add(segment)
            session.flush()
            session.add_all(_evidence_rows(segment.id, photo_id, match))


def gather(store: Store, customer: str, purpose: str = "targeting") -> tuple[Gathered, ...]:
    """A customer's photos whose consent covers `purpose` and whose time has not passed, oldest first, with what is
    known of each. Raises UsageError for an unknown customer."""
    with store.reading("gathering a customer") as session:
        require(session.get(CustomerRow, customer), "customer")
        rows = session.scalars(
            select(PhotoRow)
            .where(PhotoRow.customer_id == customer, PhotoRow.keep_until > store.clock())
            .order_by(PhotoRow.received_at, PhotoRow.id)
        )
        photos = [photo for row in rows if purpose in (photo := photo_of(row)).intake.consent.purposes]
        insights = _insights(session, [photo.id for photo in photos])
        matches = _matches(session, customer)
    return tuple(Gathered(photo, insights.get(photo.id), matches.get(photo.id, ())) for photo in photos)


def matches_of(store: Store, customer: str) -> tuple[Match, ...]:
    """The segments that were recorded of a customer as a whole, best first. Raises UsageError for an unknown one."""
    with store.reading("reading segments") as session:
        require(session.get(CustomerRow, customer), "customer")
        return _matches(session, customer).get(None, ())


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    try:
        plain: dict[str, object] = json.loads(json.dumps(dict(facts), allow_nan=False))
    except (TypeError, ValueError):
        raise UsageError("an insight's facts must be plain values (numbers, text, lists) to be stored") from None
    return plain


def _check_photos(own: set[str], matches: Iterable[Match], photo_id: str | None) -> None:
    named = {one.photo for match in matches for one in match.evidence if one.photo}
    if not named | ({photo_id} if photo_id else set()) <= own:
        raise UsageError("a segment names a photo that is not one of this customer's in the store")


def _tag_rows(photo_id: str, tags: Sequence[Tag]) -> list[TagRow]:
    return [
        TagRow(
            photo_id=photo_id,
            place=place,
            name=tag.name,
            korean=tag.korean,
            score=tag.score,
            kind=tag.kind,
            source=tag.source,
        )
        for place, tag in enumerate(tags)
    ]


def _segment_row(store: Store, customer: str, photo_id: str | None, place: int, match: Match) -> SegmentRow:
    return SegmentRow(
        id=store.new_id(),
        customer_id=customer,
        photo_id=photo_id,
        place=place,
        segment=match.id,
        name=match.name,
        korean=match.korean,
        score=match.score,
        recorded_at=store.clock(),
    )


def _evidence_rows(segment: str, photo_id: str | None, match: Match) -> list[EvidenceRow]:
    return [
        EvidenceRow(
            segment_id=segment,
            place=place,
            photo_id=one.photo or photo_id,
            text=one.text,
            source=one.source,
            weight=one.weight,
        )
        for place, one in enumerate(match.evidence)
    ]


def _insights(session: Session, photos: Sequence[str]) -> dict[str, Insight]:
    tags: dict[str, list[Tag]] = defaultdict(list)
    for row in session.scalars(select(TagRow).where(TagRow.photo_id.in_(photos)).order_by(TagRow.place)):
        tags[row.photo_id].append(Tag(row.name, row.score, row.kind, row.source, row.korean))  # type: ignore[arg-type]
    captions = session.scalars(select(CaptionRow).where(CaptionRow.photo_id.in_(photos)))
    return {row.photo_id: _insight(row, tags[row.photo_id]) for row in captions}


def _insight(row: CaptionRow, tags: Sequence[Tag]) -> Insight:
    caption = Caption(row.text, row.confidence, tuple(row.mentions), row.language, row.source)
    return Insight(row.photo_id, caption, tuple(tags), row.people, row.minor, row.facts)


def _matches(session: Session, customer: str) -> dict[str | None, tuple[Match, ...]]:
    """Segments by the photo that they come from, None for the customer as a whole."""
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    of_customer = select(EvidenceRow).join(SegmentRow).where(SegmentRow.customer_id == customer)
    for row in session.scalars(of_customer.order_by(EvidenceRow.place)):
        evidence[row.segment_id].append(Evidence(row.text, row.source, row.weight, row.photo_id or ""))
    found: dict[str | None, list[Match]] = defaultdict(list)
    for segment in session.scalars(select(SegmentRow).filter_by(customer_id=customer).order_by(SegmentRow.place)):
        match = Match(segment.segment, segment.name, segment.score, tuple(evidence[segment.id]), segment.korean)
        found[segment.photo_id].append(match)
    return {photo: tuple(matches) for photo, matches in found.items()}
