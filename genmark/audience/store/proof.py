"""After a deletion: is anything left? Rows, files, and on SQLite the bytes of the database itself.

SQLite's `secure_delete` writes zeros over what is deleted, the WAL is copied back and cut to nothing, and then the
database is read through for ids and hashes of what went. A page that SQLite once rearranged may hold a copy that
`secure_delete` never saw; where one is found, the file is rebuilt (VACUUM) and read again.

A PostgreSQL server overwrites dead rows in its own time (autovacuum), and keeps a log and maybe replicas; and nothing
here reaches backups, or blocks that a disk has set aside. The record says what was verified.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from genmark.audience.store.engines import database_file, reason_of, telling
from genmark.audience.store.opening import Store
from genmark.audience.store.reach import find_by
from genmark.audience.store.tables import (
    CaptionRow,
    CustomerRow,
    DecisionRow,
    EvidenceRow,
    PhotoRow,
    PreviewRow,
    SegmentRow,
    ShowingRow,
    TagRow,
)
from genmark.audience.store.vault import home
from genmark.errors import WriteError

BLOCK = 1 << 22
"""Bytes of the database that are looked at together."""
LONGEST = 64
"""Letters of the longest id or hash."""
_OF_CUSTOMERS: tuple[InstrumentedAttribute[str], ...] = (
    CustomerRow.id,
    PhotoRow.customer_id,
    SegmentRow.customer_id,
    DecisionRow.customer_id,
    ShowingRow.customer_id,
)
_OF_PICTURES: tuple[InstrumentedAttribute[Any], ...] = (
    PhotoRow.id,
    PreviewRow.id,
    PreviewRow.photo_id,
    CaptionRow.photo_id,
    TagRow.photo_id,
    SegmentRow.photo_id,
    EvidenceRow.photo_id,
)


@dataclass(frozen=True)
class Traces:
    """What must be found nowhere any more: ids of customers, ids of their pictures, hashes of their files."""

    customers: tuple[str, ...]
    pictures: tuple[str, ...]
    hashes: tuple[str, ...]


def prove(store: Store, traces: Traces) -> tuple[str, ...]:
    """Verify that nothing of `traces` is left; what was verified, in words.

    A file or row with one of the hashes may stay where another customer has given the same picture. Raises WriteError,
    code "unproved", where something is left or the database is too busy to be read through.
    """
    alike = _alike(store, traces)  # before the rows: a file that has its name has had its row
    with store.reading("verifying a deletion") as session:
        _check_rows(session, traces)
        paths = _paths_of(session, traces.hashes)
    if alike - paths:
        raise _unproved("a file of theirs is left")
    checks = ["no row has an id of theirs", "no file has a name or a folder of theirs"]
    elsewhere = {PurePosixPath(path).name[:LONGEST] for path in paths}
    if database_file(store.engine) is None:
        return (*checks, "pages, log and replicas are left to the database server")
    overwrite(store)
    needles = [*traces.customers, *traces.pictures, *(sha for sha in traces.hashes if sha not in elsewhere)]
    if holds(store, needles):
        overwrite(store, rebuild=True)
        if holds(store, needles):
            raise _unproved("the database's file still holds ids of theirs")
    return (*checks, "the database's file and its log hold no id or hash of theirs")


def overwrite(store: Store, rebuild: bool = False) -> None:
    """Copy SQLite's WAL back into its file and cut it to nothing; `rebuild` the file before. Nothing on PostgreSQL.

    Raises WriteError, code "unproved", where other programs keep the log busy for too long.
    """
    if database_file(store.engine) is None:
        return
    try:
        with telling("overwriting what was deleted"):
            pooled = store.engine.raw_connection()
        with closing(pooled):
            connection = cast(sqlite3.Connection, pooled.driver_connection)
            if rebuild:
                connection.execute("VACUUM").close()
            ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise _unproved(f"the database's log cannot be emptied: {reason_of(error)}") from None
    if busy:
        raise _unproved("another program is reading the database, so what was deleted is not yet overwritten")


def holds(store: Store, needles: list[str]) -> bool:
    """Whether SQLite's file or its log holds one of `needles`, as UTF-8, anywhere."""
    sought = [needle.encode() for needle in needles]
    file = database_file(store.engine)
    if file is None:
        return False
    logs = [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-journal")]
    return any(needle in block for log in logs if log.exists() for block in _blocks(log) for needle in sought)


def _blocks(path: Path) -> Iterator[bytes]:
    """A file in blocks that overlap by the longest needle."""
    before = b""
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield before + block
            before = block[-LONGEST:]


def _check_rows(session: Session, traces: Traces) -> None:
    for column in _OF_CUSTOMERS:
        if find_by(session, select(column), column, traces.customers):
            raise _unproved("a row of theirs came in meanwhile")
    for made in _OF_PICTURES:
        if find_by(session, select(made), made, traces.pictures):
            raise _unproved("a row of a picture of theirs came in meanwhile")


def _alike(store: Store, traces: Traces) -> set[str]:
    """Files that are called like one of theirs."""
    if any((store.vault.folder / home(customer)).exists() for customer in traces.customers):
        raise _unproved("a file of theirs came in meanwhile")
    names = {*traces.pictures, *traces.hashes}
    return {path for path in store.vault.files() if not names.isdisjoint(_names(path))}


def _paths_of(session: Session, hashes: tuple[str, ...]) -> set[str]:
    """Where others' files with one of the hashes lie."""
    found: set[str] = set()
    for kind in (PhotoRow, PreviewRow):
        found.update(path for (path,) in find_by(session, select(kind.path), kind.sha256, hashes))
    return found


def _names(path: str) -> tuple[str, ...]:
    """The hash and the id that a file's name is made of."""
    return tuple(PurePosixPath(path).name.partition(".")[0].split("-"))


def _unproved(reason: str) -> WriteError:
    return WriteError(f"the deletion is not proved: {reason}; run it again, or: genmark store check", "unproved")
