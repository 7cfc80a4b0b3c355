"""Acting: what a coordinator does goes into the inbox, like everything that changes a case.

The turn decides. The page waits for it a moment, so that it can show what came of it, and the words
of whoever was second are shown to them again instead of being lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.shell import Shell
from bot.store import inbox
from bot.store.schema import audit
from bot.store.schema import inbox as inbox_table
from handlers.acts.outcome import CONFLICT
from handlers.updates import CoordinatorActed, Update

#: `waits`: its turn has not come yet.
Outcome = Literal["done", "conflict", "waits"]

PATIENCE_SECONDS = 3.0
_GLANCE_SECONDS = 0.05

#: What is written with the act, in its transaction.
Beside = Callable[[AsyncConnection], Awaitable[object]]


async def act(
    shell: Shell, case_id: str, acted: CoordinatorActed, *, beside: Beside | None = None
) -> Outcome:
    """Have it done, once for its key, and say what came of it."""
    await add(shell, case_id, acted.key, acted, beside=beside)
    return await _outcome(shell, _key(case_id, acted.key), acted)


async def add(
    shell: Shell, case_id: str, key: str, update: Update, *, beside: Beside | None = None
) -> bool:
    """Add an update for a case; False where this form was sent before, and nothing is done twice."""

    async def work(tx: AsyncConnection) -> bool:
        added = await inbox.add_update(
            tx, case_id=case_id, key=_key(case_id, key), update=update, at=shell.clock()
        )
        if added is not None and beside is not None:
            await beside(tx)
        return added is not None

    return await shell.db.write(work)


def _key(case_id: str, key: str) -> str:
    return f"desk:{case_id}:{key}"


async def _outcome(shell: Shell, key: str, acted: CoordinatorActed) -> Outcome:
    mine = sa.select(inbox_table.c.state, inbox_table.c.case_id).where(
        inbox_table.c.channel == inbox.INTERNAL, inbox_table.c.external_id == key
    )

    async def read(tx: AsyncConnection) -> Outcome:
        row = (await tx.execute(mine)).first()
        if row is None or row.state == "new":
            return "waits"
        refused = sa.select(audit.c.id).where(
            audit.c.case_id == row.case_id,
            audit.c.action == CONFLICT,
            audit.c.object == acted.key,
        )
        return "conflict" if (await tx.execute(refused)).first() is not None else "done"

    outcome: Outcome = "waits"
    for _ in range(max(1, round(PATIENCE_SECONDS / _GLANCE_SECONDS))):
        outcome = await shell.db.read(read)
        if outcome != "waits":
            break
        await asyncio.sleep(_GLANCE_SECONDS)
    return outcome
