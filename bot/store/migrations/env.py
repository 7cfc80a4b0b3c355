"""What Alembic runs: the migrations, on the connection that `upgrade` or a developer hands over."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

connection = context.config.attributes["connection"]
# Batch mode: SQLite can't alter most of a table, so Alembic copies it.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
