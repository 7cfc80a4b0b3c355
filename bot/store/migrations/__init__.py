"""Migrations: bring an older file up to the schema of this version, with Alembic, in-process."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import SchemaError

FOLDER = Path(__file__).parent


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration, bound to a connection that is in a transaction already."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def newest() -> str | None:
    """The revision that the migrations in this folder lead to."""
    return ScriptDirectory.from_config(config()).get_current_head()


def all_of_them() -> list[str]:
    """The revisions that this version knows, oldest first."""
    found = ScriptDirectory.from_config(config()).walk_revisions()
    return [script.revision for script in found][::-1]


def current(connection: sa.Connection) -> str | None:
    """The revision that a database is at, or None."""
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(tx: AsyncConnection, to: str = "head") -> None:
    """Run the migrations that the database lacks, in this transaction.

    Raises SchemaError when it comes from a newer version of the program.
    """
    try:
        await tx.run_sync(lambda connection: command.upgrade(config(connection), to))
    except CommandError as error:
        raise SchemaError(
            "the database was written by another version of this program: "
            "install that version, or one that is newer"
        ) from error


async def downgrade(tx: AsyncConnection, to: str) -> None:
    """Take the migrations back that came after revision `to`, and what only they could hold."""
    await tx.run_sync(lambda connection: command.downgrade(config(connection), to))
