"""Deliveries: what a channel's vendor tells, later, of messages that it has taken over."""

from __future__ import annotations

from typing import Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

State = Literal["queued", "sending", "sent", "delivered", "read", "failed", "undelivered"]

_log = structlog.get_logger(__name__)


async def note(
    tx: AsyncConnection, *, channel: str, external_id: str, state: State, code: str, at: float
) -> None:
    """Note what became of a message; in any order, and more than once."""
    if state in ("failed", "undelivered"):
        _log.warning("message_undelivered", channel=channel, message=external_id, code=code)
