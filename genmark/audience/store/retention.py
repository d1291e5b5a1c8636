"""What has been kept long enough, out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from genmark.audience.store.opening import Store
from genmark.audience.store.proof import prove
from genmark.audience.store.reach import delete_by, delete_photos, find_by
from genmark.audience.store.records import Removal
from genmark.audience.store.removal import traces_of
from genmark.audience.store.tables import (
    CustomerRow,
    DecisionRow,
    EvidenceRow,
    PhotoRow,
    PreviewRow,
    SegmentRow,
    ShowingRow,
)
from genmark.audience.store.vault import EXPORTS, home

YEAR = timedelta(days=365)


def retain(store: Store, history: timedelta = YEAR) -> Removal:
    """Remove everything whose time has passed, with the same proof as a deletion.

    Photos from their `keep_until` on, with their captions, tags, previews and thumbnails, and every segment that rests
    on one of them (gather the customer again for new ones); exports of those customers in the store's folder. Segments,
    decisions and showings that are older than `history`. Customers of whom nothing is left, once they are that old.

    Raises WriteError as `delete_customer` does.
    """
    moment = store.clock()
    with store.writing("removing what has been kept long enough") as session:
        due = select(PhotoRow.id, PhotoRow.path, PhotoRow.customer_id).where(PhotoRow.keep_until <= moment)
        expired = session.execute(due.with_for_update()).all()
        photos = [photo for photo, _, _ in expired]
        made = find_by(session, select(PreviewRow.path), PreviewRow.photo_id, photos)
        paths = [path for _, path, _ in expired] + [path for (path,) in made]
        before = traces_of(session, [], photos)
        rows = delete_photos(session, photos, _segments(session, photos, moment - history))
        rows |= _delete_history(session, moment - history)
        empty = _empty_customers(session, moment - history)
        traces = type(before)(tuple(empty), before.pictures, before.hashes)
        rows["customers"] = delete_by(session, CustomerRow.id, empty)
    paths += _exports(store, {customer for _, _, customer in expired})
    gone = [store.vault.remove(paths), *(store.vault.forget(customer) for customer in empty)]
    files, size = sum(count for count, _ in gone), sum(size for _, size in gone)
    return Removal("retention", store.clock(), rows, files, size, prove(store, traces))


def _segments(session: Session, photos: list[str], before: datetime) -> list[str]:
    """Segments that rest on one of the photos, or are too old."""
    named = find_by(session, select(EvidenceRow.segment_id), EvidenceRow.photo_id, photos)
    own = find_by(session, select(SegmentRow.id), SegmentRow.photo_id, photos)
    old = session.execute(select(SegmentRow.id).where(SegmentRow.recorded_at <= before))
    return sorted({segment for (segment,) in [*named, *own, *old]})


def _delete_history(session: Session, before: datetime) -> dict[str, int]:
    decisions = list(session.scalars(select(DecisionRow.id).where(DecisionRow.decided_at <= before)))
    showings = list(session.scalars(select(ShowingRow.id).where(ShowingRow.shown_at <= before)))
    return {
        "decisions": delete_by(session, DecisionRow.id, decisions),
        "showings": delete_by(session, ShowingRow.id, showings),
    }


def _empty_customers(session: Session, before: datetime) -> list[str]:
    """Customers who were added before then and of whom nothing else is kept, locked."""
    kept = [
        select(kind.id).where(kind.customer_id == CustomerRow.id).exists()
        for kind in (PhotoRow, SegmentRow, DecisionRow, ShowingRow)
    ]
    query = select(CustomerRow.id).where(CustomerRow.created_at <= before, ~or_(*kept))
    return list(session.scalars(query.with_for_update()))


def _exports(store: Store, customers: set[str]) -> list[str]:
    folders = [store.vault.folder / home(customer) / EXPORTS for customer in sorted(customers)]
    return [path.relative_to(store.vault.folder).as_posix() for folder in folders for path in sorted(folder.glob("*"))]
