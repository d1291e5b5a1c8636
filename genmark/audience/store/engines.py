"""Connections: SQLite as it must be set for several writers and for deletions that last, PostgreSQL as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from genmark.errors import UsageError, WriteError

READS = "genmark_reads"
"""The execution option of a connection that only reads: on SQLite it then waits for no writer."""

_PRAGMAS = (
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is overwritten with zeros
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk when it returns
    "temp_store = MEMORY",  # nothing of a customer in files that outlive a crash
    "trusted_schema = OFF",
)


def connect(url: str, wait: float = 30.0) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql://…`; it connects when it is first used.

    wait: seconds that a writer waits for another one. Raises UsageError for any other URL; no message repeats the URL,
    which may hold a password.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        # parameters are what customers' rows hold, so no error shows them
        return create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": wait})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def make_private(engine: Engine) -> None:
    """Create a SQLite file that nobody but its user can read; SQLite gives its WAL the same rights."""
    file = database_file(engine)
    if file is not None:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite database, None for a server's."""
    return Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what a database raises into one sentence without rows: `what` is what could not be done.

    Raises UsageError where a rule of the tables was broken, WriteError for everything else.
    """
    try:
        yield
    except IntegrityError:
        raise UsageError(f"{what} failed: it breaks a rule of the store, or what it belongs to is gone") from None
    except DBAPIError as error:
        raise WriteError(f"{what} failed: {reason_of(error.orig)}") from None
    except SQLAlchemyError as error:
        raise WriteError(f"{what} failed ({type(error).__name__}); is the database of this version?") from None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("that is no database URL; give sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise UsageError(
            f"a store lives in SQLite or PostgreSQL, not in {kind!r}; give sqlite:///FILE or postgresql://"
        )
    if kind == "sqlite" and (parsed.database in (None, "", ":memory:") or parsed.query):
        raise UsageError("a store in SQLite needs a plain file: sqlite:///FILE")
    return parsed


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in `_begin`, not when Python guesses
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Writers queue at the start, where they can wait; a transaction that turned to writing midway could not."""
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def reason_of(error: BaseException | None) -> str:
    """Why a database refused, and what would help, without what it said itself: that may hold rows."""
    said = str(error).casefold()
    if "full" in said or "no space" in said or "disk i/o" in said:
        return "the disk is full or broken; make room and try again"
    if "locked" in said or "timeout" in said:
        return "another program is writing for too long; try again"
    if "no such table" in said or "does not exist" in said:
        return "there are no tables of this version; run: genmark store upgrade"
    return "the database cannot be reached or may not be written; check its URL, rights and room"
