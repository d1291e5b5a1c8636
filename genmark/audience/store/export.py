"""Everything about one customer, in one file that they can be given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import inspect

from genmark.audience.store.filing import require
from genmark.audience.store.opening import Store
from genmark.audience.store.reach import rows_of
from genmark.audience.store.tables import CustomerRow, PhotoRow, PreviewRow, Rows
from genmark.audience.store.vault import EXPORTS, home
from genmark.errors import UsageError, WriteError
from genmark.files import atomically

RECORD = "customer.json"


def export_customer(store: Store, customer: str, out: str | os.PathLike[str] | None = None) -> Path:
    """Write a ZIP of a customer's rows (`customer.json`, a list a table) and pictures; whole or not at all.

    out: where to; None: the customer's own folder in the store, where it goes when they are deleted. All rows are of
    one moment, and the same rows make the same file. Only its user can read it. Raises UsageError for an unknown
    customer, a picture that is gone or an `out` in the store's folder; WriteError.
    """
    with store.reading("exporting a customer") as session:
        require(session.get(CustomerRow, customer), "customer")
        tables = {table: list(session.scalars(query)) for table, query in rows_of(customer).items()}
    goal = _goal(store, customer, out)
    record = {table: [_plain(row) for row in rows] for table, rows in tables.items()}
    with _told(), atomically(goal) as draft:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w") as packed:
            told = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)
            packed.writestr(_entry(RECORD, ZIP_DEFLATED), told)
            for row in [*tables["photos"], *tables["previews"]]:
                packed.writestr(_entry(_file(row), ZIP_STORED), _bytes(store, row))
    return goal


def _goal(store: Store, customer: str, out: str | os.PathLike[str] | None) -> Path:
    if out is None:
        folder = store.vault.folder / home(customer) / EXPORTS
        with _told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{store.clock():%Y%m%dT%H%M%SZ}.zip"
    goal = Path(out)
    if goal.absolute().parent.resolve().is_relative_to(store.vault.folder.resolve()):
        raise UsageError("an export does not go into the store's own folder; choose a place beside it")
    return goal


@contextmanager
def _told() -> Iterator[None]:
    """One error without a path."""
    try:
        yield
    except (WriteError, OSError) as error:
        cause = error.__cause__ if isinstance(error, WriteError) else error
        reason = getattr(cause, "strerror", None) or "no file can be made there"
        raise WriteError(f"the export cannot be written ({reason}); choose a folder that exists and has room") from None


def _plain(row: Rows) -> dict[str, Any]:
    """A row by its columns; a picture's path becomes its name in the ZIP."""
    names = [column.key for column in inspect(type(row)).column_attrs]
    plain: dict[str, Any] = {name: _value(getattr(row, name)) for name in names}
    return plain | ({"path": _file(row)} if isinstance(row, PhotoRow | PreviewRow) else {})


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _file(row: PhotoRow | PreviewRow) -> str:
    return "/".join(PurePosixPath(row.path).parts[-2:])


def _bytes(store: Store, row: PhotoRow | PreviewRow) -> bytes:
    place = store.vault.find(row.path, row.id)
    if place is None:
        raise UsageError("a picture of this customer is gone from the folder; run: genmark store check")
    return place.read_bytes()


def _entry(name: str, way: int) -> ZipInfo:
    entry = ZipInfo(name)  # 1980-01-01: the same rows, the same bytes
    entry.compress_type = way
    entry.external_attr = 0o600 << 16
    return entry
