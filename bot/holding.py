"""Holding: the outbox's way with a chat that can't be written to.

What is kept of it, and how the patient's own message ends it, is in bot/store/reach.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Blocked, Channel, ChannelError, Knocks
from bot.store import codec, deliveries, inbox, messages, reach
from bot.store.db import Database, Row
from bot.store.schema import session
from handlers.updates import DeliveryFailed

_log = structlog.get_logger(__name__)


class Holding:
    """Holds messages back, knocks once in a silence, and tells the conversation."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        """Take what it writes to."""
        self._db = db
        self._clock = clock

    def reason(self, row: Row, channel: Channel) -> str:
        """Why this message must not be sent now: `blocked`, `outside_window`, or ""."""
        if row.kind == reach.KNOCK:
            return ""
        if row.reach == "blocked":
            return "blocked"
        window, last = channel.capabilities.window, row.last_inbound_at
        over = window is not None and self._now() - (last or 0.0) >= window.total_seconds()
        return "outside_window" if over or row.reach else ""

    def refusal(self, row: Row, error: ChannelError) -> str:
        """The same where the vendor has said so; "" where holding it back would not help."""
        if row.kind == reach.KNOCK:
            return ""
        if isinstance(error, Blocked) or error.reason in deliveries.BLOCKED:
            return "blocked"
        return "outside_window" if error.reason in deliveries.OUTSIDE_WINDOW else ""

    async def hold(self, row: Row, channel: Channel, reason: str) -> None:
        """Hold the chat's messages back."""
        how = "blocked" if reason == "blocked" else "closed"

        async def work(tx: AsyncConnection) -> None:
            held = await reach.hold(tx, row, how, reason)
            if held is None:
                # The patient wrote while the vendor was asked.
                await messages.change(tx, row, state="pending", due_at=self._now())
            elif how == "blocked" or not isinstance(channel, Knocks):
                for message_id in held:
                    key = f"held:{message_id}:{row.last_inbound_at}"
                    await self.tell(tx, row, message_id, reason, key)
            elif row.reach != "closed" or await reach.is_worth_a_knock(tx, row, held, self._now()):
                await reach.knock(tx, row, self._now())

        _log.info("messages_held", message=row.id, channel=row.channel, reason=reason)
        await self._db.write(work)

    async def tell(
        self, tx: AsyncConnection, row: Row, message_id: int, reason: str, key: str
    ) -> None:
        """Tell the conversation that a message of this chat could not be delivered."""
        # It may have joined another case since its message was read.
        query = sa.select(session.c.case_id).where(session.c.id == row.session_id)
        await inbox.add_update(
            tx,
            case_id=(await tx.execute(query)).scalar_one(),
            session_id=row.session_id,
            key=key,
            update=DeliveryFailed(message_id=message_id, reason=reason),
            at=self._clock(),
        )

    def _now(self) -> float:
        return codec.seconds(self._clock())
