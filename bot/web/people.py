"""People: who can be given a case."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.shell import Shell
from bot.store.schema import desk_session


async def colleagues(shell: Shell) -> list[str]:
    """The names of those who are signed in at the desk."""
    now = shell.clock().timestamp()
    query = sa.select(desk_session.c.name).where(desk_session.c.expires_at > now).distinct()

    async def read(tx: AsyncConnection) -> list[str]:
        return sorted((await tx.execute(query)).scalars())

    return await shell.db.read(read)
