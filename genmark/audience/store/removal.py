"""Customers, out: rows, files and what was made of them; and the record of it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from genmark.audience.store.opening import Store
from genmark.audience.store.proof import Traces, prove
from genmark.audience.store.reach import delete_by, delete_photos, find_by
from genmark.audience.store.records import Removal
from genmark.audience.store.tables import CustomerRow, DecisionRow, PhotoRow, PreviewRow, SegmentRow, ShowingRow
from genmark.errors import UsageError, WriteError
from genmark.files import write_text


def delete_customer(store: Store, customer: str) -> Removal:
    """Remove a customer: every row, every file, previews, thumbnails and exports in the store's folder.

    The rows go in one transaction, then the files, then what is left is looked for (see `genmark.audience.store
    .proof`). Interrupted, it is finished by running it again. What offers cost in all stays; it names nobody. Raises
    UsageError for an unknown customer; WriteError where something could not be removed (code "unproved" where
    something is left).
    """
    with store.writing("deleting a customer") as session:
        session.get(CustomerRow, customer, with_for_update=True)  # nothing can be added from here on
        photos = list(session.scalars(select(PhotoRow.id).filter_by(customer_id=customer)))
        segments = list(session.scalars(select(SegmentRow.id).filter_by(customer_id=customer)))
        traces = traces_of(session, [customer], photos)
        rows = delete_photos(session, photos, segments)
        rows["decisions"] = delete_by(session, DecisionRow.customer_id, [customer])
        rows["showings"] = delete_by(session, ShowingRow.customer_id, [customer])
        rows["customers"] = delete_by(session, CustomerRow.id, [customer])
    files, size = store.vault.forget(customer)
    if not any(rows.values()) and not files:
        raise UsageError("the store knows no such customer")
    return Removal("asked", store.clock(), rows, files, size, prove(store, traces))


def traces_of(session: Session, customers: list[str], photos: list[str]) -> Traces:
    """What could still tell of customers and photos once they are deleted: ids and hashes that are in rows now."""
    pairs = find_by(session, select(PhotoRow.id, PhotoRow.sha256), PhotoRow.id, photos)
    pairs += find_by(session, select(PreviewRow.id, PreviewRow.sha256), PreviewRow.photo_id, photos)
    return Traces(tuple(customers), tuple(id for id, _ in pairs), tuple(sha for _, sha in pairs))


def write_removal(removal: Removal, path: str | os.PathLike[str]) -> None:
    """Write the record of a deletion as JSON: counts and what was verified, nothing of a person. Raises WriteError."""
    record = {**asdict(removal), "at": removal.at.isoformat()}
    try:
        write_text(path, json.dumps(record, indent=2) + "\n")
    except WriteError:
        raise WriteError("the record of the deletion cannot be written there; the deletion itself is done") from None
