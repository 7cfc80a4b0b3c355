"""Webhook: Telegram sends updates to this program's site, and is answered once they are kept.

Telegram repeats what isn't answered with 2xx, for a day, so nothing is lost while the program is
down, and a double is known by the inbox. Nothing that waits is ever dropped. Any number of processes
may be sent updates: they set the same address and the same secret.
https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.channels.base import Raw, Rejected, Retry
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_arrival import keep
from bot.channels.telegram_message import callback_id
from bot.store.db import Database

_log = structlog.get_logger(__name__)

#: Where updates are sent to. The token has no place in an address: addresses are logged everywhere.
PATH = "/hooks/telegram"

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# How often it is looked whether updates arrive: somebody may have set another webhook.
_LOOKED_AT = 300.0

_REMEDIES = {
    "token": "Telegram doesn't know this TELEGRAM_TOKEN: copy it again from @BotFather",
    "refused": "PUBLIC_URL must be https with a certificate that is known to all, on port 443, 80, "
    "88 or 8443",
}


class TelegramWebhook:
    """Updates that Telegram sends, and the loop that sees to it that it does."""

    def __init__(
        self,
        channel: TelegramChannel,
        db: Database,
        clock: Callable[[], datetime],
        *,
        public_url: str,
        coordinators: str = "",
        look_every: float = _LOOKED_AT,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        """`public_url` is where the site is reached from outside, `coordinators` the chat of the cards.

        The others are in seconds.
        """
        self._channel = channel
        self._db = db
        self._clock = clock
        self._url = public_url.rstrip("/") + PATH
        self._coordinators = coordinators
        self._is_set = False
        self._look_every = look_every
        self._first_pause = first_pause

    def is_telegram(self, secret: str) -> bool:
        """Whether the sender knows the secret; it takes as long whatever is guessed."""
        return hmac.compare_digest(secret.encode(), self._channel.secret.encode())

    async def take(self, raw: Raw) -> str:
        """Keep an update; the pressed button that waits for an answer, or "".

        When this returns it is in the inbox for good, or is nobody's: then Telegram may forget it.
        """
        await keep(self._db, [raw], coordinators=self._coordinators, at=self._clock())
        return callback_id(raw)

    async def run_forever(self) -> None:
        """Set the webhook, and look after it until cancelled. Trouble is logged and waited out."""
        pause = self._first_pause
        while True:
            try:
                await self.look()
                pause = self._first_pause
                await asyncio.sleep(self._look_every)
            except (Retry, Rejected) as trouble:
                reason = "refused" if isinstance(trouble, Rejected) else trouble.reason
                wait = max(pause, trouble.after if isinstance(trouble, Retry) else 0.0)
                remedy = _REMEDIES.get(reason, "it is tried again")
                _log.warning("telegram_webhook_failed", reason=reason, remedy=remedy, again_in=wait)
                await asyncio.sleep(wait)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def look(self) -> None:
        """Set the webhook where it isn't ours, and tell the operator when updates don't get here.

        Raises Retry or Rejected.
        """
        found = await self._channel.webhook()
        if found.url != self._url or not self._is_set:
            # At each start too: nobody can ask for the secret and the kinds that were set before.
            await self._channel.set_webhook(self._url)
            self._is_set = True
            _log.info("telegram_webhook_set", was_set=found.url == self._url)
            return
        last = found.last_error_date
        if last is not None and self._clock() - last < timedelta(seconds=self._look_every):
            _log.warning(
                "telegram_updates_do_not_arrive",
                waiting=found.pending_update_count,
                remedy="see that Telegram reaches PUBLIC_URL, through firewall and proxy",
            )
