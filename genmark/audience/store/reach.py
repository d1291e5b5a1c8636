"""Which rows are a customer's, table by table; and rows deleted by their ids, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from genmark.audience.store.tables import (
    CaptionRow,
    CustomerRow,
    DecisionRow,
    EvidenceRow,
    PhotoRow,
    PreviewRow,
    Rows,
    SegmentRow,
    ShowingRow,
    TagRow,
)

MANY = 500
"""Ids in one query; an older SQLite takes at most 999 parameters."""


def rows_of(customer: str) -> Mapping[str, Select[Any]]:
    """For each table that holds anything of a customer, the query for it; in a fixed order."""
    queries: dict[type[Rows], Select[Any]] = {CustomerRow: select(CustomerRow).where(CustomerRow.id == customer)}
    for kind in (PhotoRow, SegmentRow, DecisionRow, ShowingRow):
        queries[kind] = select(kind).where(kind.customer_id == customer)
    for child in (CaptionRow, TagRow, PreviewRow):
        queries[child] = select(child).join(PhotoRow).where(PhotoRow.customer_id == customer)
    queries[EvidenceRow] = select(EvidenceRow).join(SegmentRow).where(SegmentRow.customer_id == customer)
    return {kind.__tablename__: query.order_by(*inspect(kind).primary_key) for kind, query in queries.items()}


def delete_photos(session: Session, photos: Sequence[str], segments: Sequence[str]) -> dict[str, int]:
    """Delete photos with what was understood and made of them, and segments; how many rows of each table went."""
    return {
        "evidence": delete_by(session, EvidenceRow.segment_id, segments),
        "segments": delete_by(session, SegmentRow.id, segments),
        "captions": delete_by(session, CaptionRow.photo_id, photos),
        "tags": delete_by(session, TagRow.photo_id, photos),
        "previews": delete_by(session, PreviewRow.photo_id, photos),
        "photos": delete_by(session, PhotoRow.id, photos),
    }


def delete_by(session: Session, column: InstrumentedAttribute[str], ids: Sequence[str]) -> int:
    """Delete the rows whose `column` is one of `ids`; how many went."""
    went = 0
    for some in batches(ids):
        gone = session.execute(delete(column.class_).where(column.in_(some)))
        went += cast("CursorResult[Any]", gone).rowcount
    return went


def find_by(
    session: Session, query: Select[Any] | Select[Any, Any], column: InstrumentedAttribute[Any], ids: Sequence[str]
) -> list[Any]:
    """The rows of `query` whose `column` is one of `ids`."""
    return [row for some in batches(ids) for row in session.execute(query.where(column.in_(some)))]


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """`ids` in lists of at most `MANY`."""
    left = iter(ids)
    while some := list(islice(left, MANY)):
        yield some
