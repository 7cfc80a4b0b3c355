"""Pacing: what a vendor allows of all messages together is divided by the processes that send."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.base import Channel, Paced
from bot.store.db import Database


async def keep_pace(db: Database, channels: Mapping[str, Channel]) -> None:
    """Count who sends, and have the channels of this process take their part, until cancelled.

    The chats that wait are shared out by chance, so equal parts are about what each needs. Who joins or
    dies is noticed within seconds.
    """

    def share(among: int) -> None:
        for channel in channels.values():
            if isinstance(channel, Paced):
                channel.share_pace(among)

    await db.in_company("senders", share)
