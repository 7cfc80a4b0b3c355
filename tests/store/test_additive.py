"""A migration leaves the version before it working, so that processes can be replaced one by one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import Signals
from bot.store import append_only, migrations
from bot.store.db import Database, engine_for
from bot.store.migrate import migrate
from tests.postgres import Cluster

#: Renames and drops of before the first release, when nothing ran that could have minded.
EXCUSED: frozenset[str] = frozenset()


def tables(connection: sa.Connection) -> dict[str, sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    own = {name: table for name, table in found.tables.items() if name != "alembic_version"}
    return {name: table for name, table in own.items() if not name.startswith("procrastinate_")}


def row(table: sa.Table, n: int) -> dict[str, Any]:
    """What a program would write that knows these columns."""
    return {
        column.name: n if isinstance(column.type, sa.Integer | sa.Float) else f"{column.name} {n}"
        for column in table.columns
    }


async def reflected(where: Path | str) -> dict[str, sa.Table]:
    engine = engine_for(where, Signals())
    try:
        return await engine.read(lambda tx: tx.run_sync(tables))
    finally:
        await engine.close()


async def old_program_works(where: Path | str, known: dict[str, sa.Table], n: int) -> None:
    """Insert, find, change and delete with the columns that it knows, and no others."""
    engine = engine_for(where, Signals())

    async def work(tx: AsyncConnection) -> None:
        for table in known.values():
            new = row(table, n)
            await tx.execute(sa.insert(table), new)
            keys = [column == new[column.name] for column in table.primary_key.columns]
            found = (await tx.execute(sa.select(table).where(*keys))).one()
            assert dict(found._mapping) == new, table.name
            if table.name in append_only.TABLES:
                # No version has ever changed what is on record.
                continue
            await tx.execute(sa.update(table).where(*keys).values(new))
            await tx.execute(sa.insert(table), row(table, n + 1000))
            await tx.execute(sa.delete(table).where(*keys))

    try:
        await engine.write(work, synced=True, about=None, wait=True)
    finally:
        await engine.close()


async def test_the_program_of_before_works_on_the_tables_of_each_next_migration(
    where: Path | str,
) -> None:
    for number, (before, after) in enumerate(pairwise(migrations.all_of_them())):
        await migrate(where, before)
        known = await reflected(where)
        await migrate(where, after)
        if after not in EXCUSED:
            await old_program_works(where, known, 10 * number + 1)


async def test_a_program_starts_on_the_tables_of_a_newer_one_where_several_share_them(
    postgres: Cluster,
) -> None:
    with postgres.database() as url:
        async with await Database.open(url) as db:
            newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
            await db.write(lambda tx: tx.execute(newer))
        async with await Database.open(url):
            pass


async def test_a_migration_that_takes_something_away_is_found(tmp_path: Path) -> None:
    path = tmp_path / "core.db"
    await migrate(path)
    known = await reflected(path)
    engine = engine_for(path, Signals())
    gone = sa.text("ALTER TABLE message DROP COLUMN reason")
    await engine.write(lambda tx: tx.execute(gone), synced=True, about=None, wait=True)
    await engine.close()
    with pytest.raises(sa.exc.OperationalError, match="no column named reason"):
        await old_program_works(path, known, 1)
