"""Pace: how fast messages may leave, for one chat and for all together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bot.channels.base import Retry

# More chats than this are remembered only while they are being written to.
_MANY = 1_000


class Pace:
    """Two token buckets: one per chat, and one for the whole bot.

    A short wait is waited out, so that two messages of one reply stay together. A long one is
    given back as Retry, so that one busy chat holds up no other.
    """

    def __init__(
        self,
        *,
        per_chat: float,
        overall: float,
        burst: int = 3,
        patience: float = 3.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the rates in messages a second, and the longest wait in seconds."""
        self._every = 1 / per_chat
        self._overall = overall
        # A bucket holds so many seconds' worth.
        self._slack = self._every * (burst - 1)
        self.share(1)
        self._patience = patience
        self._now = now
        # When the bucket would be full again, on the clock of `now`.
        self._full_at: dict[str, float] = {}
        self._overall_full_at = 0.0
        # Chats that have waited already, for a message that has not left yet.
        self._waited: set[str] = set()

    def share(self, among: int) -> None:
        """Take the part of one of so many processes of what all chats together may have.

        A chat's own pace stays: it is sent to by one process at a time.
        """
        self._every_overall = among / self._overall
        # One second's worth.
        self._slack_overall = max(1 - self._every_overall, 0.0)

    async def wait(self, chat: str) -> None:
        """Wait ahead of `turn`, which then takes no time. Raises Retry where that takes long."""
        if chat not in self._waited:
            await asyncio.sleep(self.reserve(chat))
            self._waited.add(chat)

    async def turn(self, chat: str) -> None:
        """Wait until a message to this chat may leave. Raises Retry where that takes long."""
        await self.wait(chat)
        self._waited.discard(chat)

    def reserve(self, chat: str) -> float:
        """Take the next free place; the seconds until then. Raises Retry where that takes long."""
        now = self._now()
        full_at = max(self._full_at.get(chat, now), now)
        overall = max(self._overall_full_at, now)
        wait = max(
            full_at - now - self._slack,
            overall - now - self._slack_overall,
            0.0,
        )
        if wait > self._patience:
            raise Retry("too fast", after=wait)
        self._full_at[chat] = full_at + self._every
        self._overall_full_at = overall + self._every_overall
        if len(self._full_at) > _MANY:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        return wait

    def pause(self, chat: str, seconds: float) -> None:
        """Keep a chat quiet, as its vendor asked."""
        self._full_at[chat] = self._now() + seconds + self._slack
