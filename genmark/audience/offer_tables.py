"""Catalogues in a database: one table, read and never written (SQLAlchemy)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from genmark.audience.offer_rows import COLUMNS
from genmark.errors import ConfigError, UsageError, nearest

try:
    from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, inspect, make_url, select
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError
except ImportError as error:
    raise UsageError(
        "a catalogue in a database needs an extra: pip install 'genmark[store]'", "missing_extra"
    ) from error


def rows_of(url: str, table: str, most: int) -> Iterator[Mapping[str, object]]:
    """The rows of a table, by id: the columns of `Offer` that it has; others are left alone.

    The transaction is a read-only one, and the name is looked up among the tables there are, so no SQL in it is ever
    run. Raises UsageError for another kind of database, ConfigError where it or the table cannot be read; no message
    repeats the URL, which may hold a password.
    """
    engine = _engine(url)
    try:
        with _telling(table), engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            found = _table(connection, table)
            names = [column for column in COLUMNS if column in found.columns]
            query = select(*(found.columns[name] for name in names)).order_by(found.columns["id"]).limit(most)
            yield from (dict(row) for row in connection.execute(query).mappings())
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("that is no database URL; give sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True)
    if kind == "sqlite":
        return create_engine(_read_only(parsed), hide_parameters=True)
    raise UsageError(f"a catalogue is read from SQLite or PostgreSQL, not from {kind!r}")


def _read_only(parsed: URL) -> URL:
    """SQLite's own read-only mode; a file that is not there is not made."""
    file = Path(parsed.database or "")
    if not file.is_file() or parsed.query:
        raise ConfigError("there is no such SQLite file; give sqlite:///FILE of a catalogue that exists")
    return URL.create("sqlite", database=f"file:{_escaped(file.resolve())}", query={"mode": "ro", "uri": "true"})


def _escaped(file: Path) -> str:
    return file.as_uri().removeprefix("file://")


def _table(connection: Connection, name: str) -> Table:
    looked = inspect(connection)
    known = [*looked.get_table_names(), *looked.get_view_names()]
    if name not in known:
        raise ConfigError(f"the database has no table {name!r}{nearest(name, known)}")
    found = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    if "id" not in found.columns:
        raise ConfigError(f"table {name} has no column 'id'; its columns are those of an offer")
    return found


@contextmanager
def _telling(table: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ValueError, TypeError) as error:  # a cell that its column cannot hold
        raise ConfigError(
            f"table {table!r} cannot be read ({type(error).__name__}); check the URL and its rights"
        ) from None
