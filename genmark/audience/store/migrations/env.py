"""What Alembic runs: the revisions, over the connection and inside the transaction that it was handed."""

from __future__ import annotations

from alembic import context

from genmark.audience.store.tables import Rows

context.configure(connection=context.config.attributes["connection"], target_metadata=Rows.metadata)
context.run_migrations()
