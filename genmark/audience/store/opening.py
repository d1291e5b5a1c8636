"""A store, opened: a database, the folder that belongs to it, and the parts that tests replace."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from genmark.audience.store import schema
from genmark.audience.store.engines import READS, connect, database_file, make_private, telling
from genmark.audience.store.tables import StoreRow
from genmark.audience.store.vault import Vault, Write, writing
from genmark.errors import UsageError

MARKER = "store.json"
SHORTEST_KEY = 16
"""Bytes; with fewer, the operator's numbers could be guessed from the pseudonyms."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """128 random bits in hexadecimal."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Parts:
    """What a store takes from outside: the clock, ids, and how bytes are written."""

    clock: Callable[[], datetime] = now
    new_id: Callable[[], str] = random_id
    write: Write = os.write


@dataclass(frozen=True)
class Store:
    """An open store. Functions beside it do the work; close it, or use it in `with`.

    May be used by several threads; after a fork, open another one.
    """

    engine: Engine
    vault: Vault
    key: bytes | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = now
    new_id: Callable[[], str] = random_id

    def pseudonym(self, own_id: str) -> str:
        """What the operator's own number of a customer is called here: HMAC-SHA256 (RFC 2104), its first 128 bits.

        Raises UsageError where the store was opened without a key.
        """
        if self.key is None:
            raise UsageError("to know customers by your own numbers, open the store with your key")
        return hmac.new(self.key, own_id.encode("utf-8"), "sha256").hexdigest()[:32]

    @contextmanager
    def writing(self, what: str) -> Iterator[Session]:
        """A transaction: committed when the block ends well, else as if it had not been. `what`, for the error."""
        with telling(what), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self, what: str) -> Iterator[Session]:
        """A transaction that sees one moment and changes nothing."""
        isolation = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        options = {READS: True, **isolation}
        with telling(what), self.engine.connect().execution_options(**options) as line, Session(line) as session:
            yield session

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_store(url: str, folder: str | os.PathLike[str], key: bytes | None = None, parts: Parts | None = None) -> Store:
    """Open a store that is there.

    url     `sqlite:///FILE` or `postgresql://USER@HOST/NAME`
    folder  the managed folder, made together with the database
    key     secret bytes, at least 16, that turn the operator's own numbers into pseudonyms; never stored
    parts   for tests

    Raises UsageError: no such store, tables of another version (code "schema"), the folder of another store (code
    "folder"), a key too short; WriteError where the database cannot be reached.
    """
    store = _assemble(url, folder, key, parts)
    with ExitStack() as undo:
        undo.callback(store.close)
        _check_file(store)
        with store.reading("opening the store") as session:
            schema.check(session.connection())
            _check_folder(store.vault.folder, session.scalar(select(StoreRow.id)))
        undo.pop_all()
    return store


def create_store(
    url: str, folder: str | os.PathLike[str], key: bytes | None = None, parts: Parts | None = None
) -> Store:
    """Open a store, made first where there is none, brought up to this version where it is older.

    Raises as `open_store` does. Two programs may do it at once.
    """
    store = _assemble(url, folder, key, parts)
    with ExitStack() as undo:
        undo.callback(store.close)
        with writing("the store"):
            store.vault.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(store.engine)
        with telling("making the store"), store.engine.begin() as connection:
            schema.upgrade(connection)
            claimed = _claim(store, connection)
        _mark(store.vault.folder / MARKER, claimed)
        undo.pop_all()
    return store


def upgrade_store(url: str, folder: str | os.PathLike[str]) -> None:
    """Bring the tables of a store that is there up to this version; all of it or nothing.

    Raises as `open_store` does.
    """
    with _assemble(url, folder, None, None) as store:
        _check_file(store)
        with telling("upgrading the store"), store.engine.begin() as connection:
            schema.require(connection)
            schema.upgrade(connection)


def _check_file(store: Store) -> None:
    """SQLite would make an empty file of whatever name it is given."""
    file = database_file(store.engine)
    if file is not None and not file.is_file():
        raise UsageError("there is no store in this database; run: genmark store init", "schema")


def _assemble(url: str, folder: str | os.PathLike[str], key: bytes | None, parts: Parts | None) -> Store:
    if key is not None and len(key) < SHORTEST_KEY:
        raise UsageError(f"the key must have at least {SHORTEST_KEY} bytes; make one with: openssl rand -hex 32")
    parts = parts or Parts()
    vault = Vault(Path(folder).absolute(), parts.write)
    return Store(connect(url), vault, key, parts.clock, parts.new_id)


def _claim(store: Store, connection: Connection) -> str:
    """The store's id, given to the database where it has none. The folder gets it once that is committed: a folder
    that is marked for a database without the mark could not be opened again."""
    with Session(connection) as session:
        there = session.scalar(select(StoreRow.id))
        if there is None:
            there = store.new_id()
            session.add(StoreRow(id=there, made_at=store.clock()))
            session.commit()  # as far as this session goes; the connection's transaction ends with its block
    if (store.vault.folder / MARKER).exists() or any(store.vault.folder.glob("customers/*")):
        _check_folder(store.vault.folder, there)
    return there


def _mark(marker: Path, store: str) -> None:
    if not marker.exists():
        with writing("the store's folder"):
            draft = marker.with_suffix(f".{secrets.token_hex(4)}")
            draft.write_text(json.dumps({"store": store}) + "\n", encoding="utf-8")
            draft.replace(marker)


def _check_folder(folder: Path, store: str | None) -> None:
    try:
        said = json.loads((folder / MARKER).read_text(encoding="utf-8"))["store"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "the folder is not the one that this store was made with, or its disk is not mounted", "folder"
        ) from None
    if said != store:
        raise UsageError("the folder belongs to another store than the database", "folder")
