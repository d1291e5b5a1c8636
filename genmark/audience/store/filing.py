"""A file and its row as one act: draft, row, name; and the way back when something fails in between."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TypeVar

from sqlalchemy import Select, select

from genmark.audience.store.opening import Store
from genmark.audience.store.tables import CustomerRow, PhotoRow, PreviewRow
from genmark.errors import GenmarkError, UsageError

Found = TypeVar("Found")
Filed = TypeVar("Filed", PhotoRow, PreviewRow)


def keep(store: Store, customer: str, row: Filed, data: bytes) -> Filed:
    """Put `data` on the disk and `row` into the database, or neither; the row of the same picture, where there is one.

    Stopped anywhere, by a signal or by the power, what is left is either a draft without a row, which nobody sees and
    `reconcile` removes, or a row with its draft, which is read as it is and which `reconcile` finishes. Raises
    UsageError where the customer has gone, WriteError.
    """
    store.vault.stage(row.path, row.id, data)
    token = row.id
    with ExitStack() as undo:
        undo.callback(_take_back, store, customer, row)
        kept = _commit(store, row)
        undo.pop_all()
    # the same picture's own name, also where its row was there before: then a lost file is healed
    try:
        named = store.vault.publish(kept.path, token)
    except OSError:
        return kept  # the row has its bytes, in the draft
    if not named and store.vault.find(kept.path, kept.id) is None:
        _take_back(store, customer, row)
        raise UsageError("the customer was deleted while the picture came in; nothing of it was kept")
    return kept


def require(found: Found | None, what: str) -> Found:
    """What was found. Raises UsageError where there is nothing."""
    if found is None:
        raise UsageError(f"the store knows no such {what}")
    return found


def _commit(store: Store, row: Filed) -> Filed:
    try:
        with store.writing("adding a picture") as session:
            known = session.scalar(_same(row))
            if known is None:
                session.add(row)
            return known or row
    except UsageError:  # on PostgreSQL another writer may commit the same picture after we looked
        with store.reading("adding a picture") as session:
            known = session.scalar(_same(row))
        if known is None:
            raise
        return known


def _same(row: Filed) -> Select[Filed]:
    kind = type(row)
    if isinstance(row, PhotoRow):
        return select(kind).filter_by(customer_id=row.customer_id, sha256=row.sha256)
    return select(kind).filter_by(photo_id=row.photo_id, sha256=row.sha256, kind=row.kind, style=row.style)


def _take_back(store: Store, customer: str, row: Filed) -> None:
    """Remove a draft that has no row. Where that cannot be known, the connection being lost, it waits for
    `reconcile`: a commit may have succeeded without saying so."""
    try:
        with store.reading("taking a picture back") as session:
            kept = session.get(type(row), row.id) is not None
            known = session.get(CustomerRow, customer) is not None
    except GenmarkError:
        return
    if not known:
        store.vault.forget(customer)
    elif not kept:
        store.vault.discard(row.path, row.id)
