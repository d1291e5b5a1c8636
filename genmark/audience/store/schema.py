"""The tables of this version, made or brought up to date by the revisions that ship inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from genmark.errors import UsageError

_HOME = Path(__file__).resolve().parent / "migrations"
_TURN = 0x67656E6D  # any number that only genmark's upgrades ask for


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to `revision` inside the connection's transaction: all of it or nothing.

    Two at once take turns, and the second finds nothing to do.
    """
    if connection.dialect.name == "postgresql":  # SQLite's transaction is one at a time already
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to `revision` ("base": none at all), with what only the later ones can hold."""
    command.downgrade(_config(connection), revision)


def check(connection: Connection) -> None:
    """Raise UsageError, code "schema", where the tables are not those of this version."""
    there = require(connection)
    scripts = ScriptDirectory.from_config(_config())
    if there == scripts.get_current_head():
        return
    known = there in {revision.revision for revision in scripts.walk_revisions()}
    cure = "run: genmark store upgrade" if known else "it was made by a newer genmark: upgrade genmark itself"
    raise UsageError(f"the store's tables are not of this version; {cure}", "schema")


def require(connection: Connection) -> str:
    """The revision that the tables are of. Raises UsageError, code "schema", where there are none."""
    there = MigrationContext.configure(connection).get_current_revision()
    if there is None:
        raise UsageError("there is no store in this database; run: genmark store init", "schema")
    return there


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HOME).replace("%", "%%"))  # ConfigParser's escape
    config.set_main_option("path_separator", "os")
    return config
