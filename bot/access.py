"""Access: who has looked at a case or taken something from it, read from the audit trail."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, codec, coordinators, inbox
from handlers.access import WHAT
from handlers.updates import Access, AccessFound


async def of_case(tx: AsyncConnection, case_id: str) -> tuple[Access, ...]:
    """Everything that opened or took something, the newest first."""
    translators = {
        one.name for one in await coordinators.everybody(tx) if one.roles == {"translator"}
    }
    found = []
    for event in await audit.trail(tx, case_id):
        if event.action not in WHAT:
            continue
        role, _space, name = event.actor.partition(" ")
        if role == "coordinator" and name in translators:
            role = "translator"
        at = codec.moment(event.at)
        found.append(Access(at=at, role=role, action=event.action, name=name))
    return tuple(reversed(found))


async def tell(tx: AsyncConnection, *, case_id: str, session_id: str, row: int) -> None:
    """Have the chat that asked told of it, in a turn of its own."""
    update = AccessFound(entries=await of_case(tx, case_id))
    key = f"access:{row}"
    await inbox.add_update(tx, case_id=case_id, session_id=session_id, key=key, update=update)
