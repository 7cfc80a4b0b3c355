"""Damage to what is stored, as a bad disk or a careless hand does it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Database
from bot.store.sealed import sealed


async def break_seal(db: Database, column: sa.Column[Any], case_id: str) -> None:
    """Change one letter of what is sealed in this column, in the rows of a case."""

    async def work(tx: AsyncConnection) -> None:
        mine = _whose(column) == case_id
        stored = sa.type_coerce(column, sa.Text)
        for (words,) in (await tx.execute(sa.select(stored).where(mine, stored != ""))).all():
            place = len(words) - 10
            other = "A" if words[place] != "A" else "B"
            changed = words[:place] + other + words[place + 1 :]
            values = {column.name: sa.literal(changed, sa.Text)}
            await tx.execute(sa.update(column.table).where(mine, stored == words).values(values))

    await db.write(work)


async def of_no_known_shape(db: Database, column: sa.Column[Any], case_id: str) -> None:
    """Put sealed JSON that means nothing into this column, in the rows of a case."""
    values = {column.name: sealed(case_id, '{"shape": "unknown"}')}
    mine = sa.update(column.table).where(_whose(column) == case_id)
    await db.write(lambda tx: tx.execute(mine.values(values)))


def _whose(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    table = column.table
    return table.c.id if table.name == "cases" else table.c.case_id
