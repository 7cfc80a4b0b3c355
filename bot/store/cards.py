"""Cards: which message of a coordinators' chat is the one of a case. It is edited, not sent again."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import card as table

#: A card that is being sent for longer than this was cut off; the next one sends it.
_CLAIM_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The message of a case in a chat. `message_id` None: it is being sent just now."""

    message_id: int | None


async def claim(
    tx: AsyncConnection, case_id: str, destination: str, *, job: int, now: float
) -> Card | None:
    """The card of a case; None where there is none yet, and the job that asked is to send it."""
    query = sa.select(table).where(table.c.case_id == case_id, table.c.destination == destination)
    row = (await tx.execute(query)).first()
    if row is not None and row.message_id:
        return Card(message_id=row.message_id)
    if row is not None and row.claimed_by != job and row.claimed_at > now - _CLAIM_SECONDS:
        return Card(message_id=None)
    values = {"message_id": None, "claimed_at": now, "claimed_by": job}
    new = insert(table).values(case_id=case_id, destination=destination, **values)
    await tx.execute(
        new.on_conflict_do_update(index_elements=["case_id", "destination"], set_=values)
    )
    return None


async def sent(tx: AsyncConnection, case_id: str, destination: str, message_id: int) -> None:
    """The card stands in the chat as this message."""
    await tx.execute(_of(sa.update(table), case_id, destination).values(message_id=message_id))


async def lost(tx: AsyncConnection, case_id: str, destination: str) -> None:
    """The card is not there any more, or was not sent: the next notice sends it anew."""
    mine = sa.delete(table).where(table.c.case_id == case_id, table.c.destination == destination)
    await tx.execute(mine)


def _of(statement: sa.Update, case_id: str, destination: str) -> sa.Update:
    return statement.where(table.c.case_id == case_id, table.c.destination == destination)
