"""Migrations: bring an older file up to the schema of this version, with Alembic, in-process."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection

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


async def upgrade(tx: AsyncConnection) -> None:
    """Run the migrations that the file lacks, in this transaction.

    Raises RuntimeError when the file comes from a newer version of the program.
    """
    try:
        await tx.run_sync(lambda connection: command.upgrade(config(connection), "head"))
    except CommandError as error:
        raise RuntimeError(
            "the database was written by another version of this program: "
            "install that version, or one that is newer"
        ) from error
