"""A row of the inbox that can't be read, since its seal is broken, or that of its chat or case.

It is tried again as one is whose turn fails, and then set aside; it holds up its own case and no other.
Where it is the operator's key that isn't there, nothing is damaged: the row waits until it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs
from bot.effects import EffectWriter
from bot.store import cases, codec, inbox, set_aside
from bot.store.db import Database
from bot.store.keyring import BrokenSeal
from bot.store.operator_key import OperatorKeyError
from handlers.effects import NotifyCoordinators

_log = structlog.get_logger(__name__)

_TRIES: Final = 5
#: The operator's key is asked for again a little earlier than that (keyring.py).
_KEY_AGAIN_SECONDS: Final = 20.0


def is_so(error: Exception, *, read: bool) -> bool:
    """Whether this says that what is stored is damaged, or that the operator's key isn't there.

    What was `read` is damaged no more: then it is the turn that has met damage.
    """
    return isinstance(error, OperatorKeyError) or (not read and isinstance(error, BrokenSeal))


async def _postpone(
    db: Database, case_id: str | None, error: OperatorKeyError, now: datetime
) -> bool:
    """Have the row that is due wait, of this case or of any; False where none is due any more."""
    at = codec.seconds(now)

    async def work(tx: AsyncConnection) -> bool:
        row = await inbox.head_unread(tx, at, case_id)
        if row is not None:
            await inbox.postpone(tx, row.id, at + _KEY_AGAIN_SECONDS)
        return row is not None

    _log.error("operator_key_missing", why=str(error), again_in=_KEY_AGAIN_SECONDS)
    return await db.write(work, about=None if case_id is None else [case_id])


async def count(
    db: Database, effects: EffectWriter, case_id: str | None, error: Exception, now: datetime
) -> bool:
    """Count a try of the row that is due, of this case or of any; False where none is any more.

    Without the operator's key it is none, and the row waits.
    """
    if isinstance(error, OperatorKeyError):
        return await _postpone(db, case_id, error, now)
    at = codec.seconds(now)

    async def work(tx: AsyncConnection) -> bool:
        row = await inbox.head_unread(tx, at, case_id)
        if row is None:
            return False
        tries = row.attempts + 1
        if tries < _TRIES:
            again = at + 2.0**tries
            await inbox.failed(tx, row.id, attempts=row.attempts, not_before=again)
            return True
        reason = logs.cause(error)
        await set_aside.set_aside(tx, row.id, attempts=row.attempts, reason=reason, at=at)
        await cases.open_handoff(tx, row.case_id, "failed", at)
        notice = NotifyCoordinators(reason="failed", key=f"{row.case_id}:failed:{row.id}")
        await effects.notify(tx, row.case_id, notice)
        return True

    _log.error("turn_unreadable", error=type(error).__name__)
    return await db.write(work, about=None if case_id is None else [case_id])
