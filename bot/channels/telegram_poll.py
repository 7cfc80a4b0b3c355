"""Poll: take updates from Telegram into the inbox, and only then let Telegram forget them.

Asking for updates from an offset on confirms all before it, and Telegram deletes them. So a batch
is committed to the inbox before the next question is asked. After a crash the batch comes again,
and the inbox knows what it has. Nothing is ever dropped at the start: what was sent while the
assistant was down is answered too. (Telegram keeps it for a day.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.channels.base import Retry
from bot.channels.telegram import LONG_POLL, TelegramChannel
from bot.channels.telegram_arrival import keep
from bot.channels.telegram_message import callback_id
from bot.store.db import Database
from bot.watching.measures import HEARTS

_log = structlog.get_logger(__name__)

# What the operator can do about it. Everything else passes by itself.
_REMEDIES = {
    "conflict": "another program polls with this TELEGRAM_TOKEN: stop it, or use another bot",
    "webhook": "another program sets a webhook for this TELEGRAM_TOKEN: stop it, or use another bot",
    "token": "Telegram doesn't know this TELEGRAM_TOKEN: copy it again from @BotFather",
}
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class TelegramPoll:
    """The loop. One per bot: Telegram answers a second one with a conflict."""

    def __init__(
        self,
        channel: TelegramChannel,
        db: Database,
        clock: Callable[[], datetime],
        *,
        wait: float = LONG_POLL,
        first_pause: float = _FIRST_PAUSE,
        coordinators: str = "",
    ) -> None:
        """Take what it reads from and writes to; `wait` and `first_pause` are in seconds.

        `coordinators` is the chat whose members may press the buttons of cards.
        """
        self._coordinators = coordinators
        self._channel = channel
        self._db = db
        self._clock = clock
        self._wait = wait
        self._first_pause = first_pause
        self._answers: set[asyncio.Task[None]] = set()

    async def run_forever(self) -> None:
        """Poll until cancelled. Trouble is logged and waited out; no update can stop the loop."""
        offset: int | None = None
        pause = self._first_pause
        may_delete = True
        try:
            while True:
                HEARTS.beat("telegram")
                try:
                    offset = await self.once(offset)
                    pause = self._first_pause
                    may_delete = False
                except Retry as trouble:
                    if trouble.reason == "webhook" and may_delete:
                        # Of the time before TELEGRAM_MODE was changed. One that appears later is
                        # somebody else's, and two programs must not take turns at undoing it.
                        may_delete = not await self._webhook_deleted()
                        continue
                    await self._pause(trouble.reason, max(pause, trouble.after))
                    pause = min(pause * 2, _LONGEST_PAUSE)
                except Exception as error:
                    # The inbox didn't take the batch: it isn't confirmed, and comes again.
                    await self._pause(f"inbox: {type(error).__name__}", pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            for answer in self._answers:
                answer.cancel()

    async def once(self, offset: int | None) -> int | None:
        """Take one batch into the inbox; the offset that confirms it when it is next asked with."""
        batch = await self._channel.updates(offset, wait=self._wait)
        now = self._clock()
        await keep(self._db, batch, coordinators=self._coordinators, at=now)
        for raw in batch:
            if pressed := callback_id(raw):
                self._answer(pressed)
        seen = [raw["update_id"] for raw in batch if isinstance(raw.get("update_id"), int)]
        return max(seen) + 1 if seen else offset

    async def _webhook_deleted(self) -> bool:
        """Delete the webhook; what waits at Telegram is kept there and polled for."""
        try:
            await self._channel.delete_webhook()
        except Retry as trouble:
            await self._pause(trouble.reason, max(self._first_pause, trouble.after))
            return False
        _log.info("telegram_webhook_deleted", remedy="TELEGRAM_MODE is polling")
        return True

    def _answer(self, pressed: str) -> None:
        task = asyncio.create_task(self._channel.answer_callback(pressed))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _pause(self, reason: str, seconds: float) -> None:
        remedy = _REMEDIES.get(reason, "it is tried again")
        _log.warning("telegram_poll_failed", reason=reason, remedy=remedy, again_in=seconds)
        await asyncio.sleep(seconds)
