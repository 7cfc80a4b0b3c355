"""What Alembic runs: the migrations, on the connection that `upgrade` or a developer hands over."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite can't alter most of a table, so Alembic copies it.
    render_as_batch=True,
    # The transaction is there already, and is not Alembic's to commit.
    transactional_ddl=False,
)
context.run_migrations()
