"""What an error of the Bot API means for the call that met it."""

from __future__ import annotations

import os
from datetime import timedelta

import httpx

# Times as timedelta, which python-telegram-bot has announced and warns about until it is chosen.
# https://docs.python-telegram-bot.org/en/stable/telegram.error.html#telegram.error.RetryAfter
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import Blocked, ChannelError, Rejected, Retry, Unknown

_TOKEN_REFUSED = 60.0


def failure_of(error: TelegramError, reason: str) -> ChannelError:
    """What an error means for the message that was being sent."""
    match error:
        case RetryAfter():
            pause = error.retry_after
            seconds = pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
            return Retry("flood control", after=seconds)
        case Forbidden():
            return Blocked(reason)
        case BadRequest():
            # Somebody who has deleted their account, or never wrote to this bot.
            return Blocked(reason) if "chat not found" in reason.lower() else Rejected(reason)
        case ChatMigrated():
            return Rejected(reason)
        case InvalidToken() | Conflict():
            return Retry("Telegram refuses the token", after=_TOKEN_REFUSED)
        case NetworkError():
            return _network_failure(error)
        case _:
            return Unknown(reason)


def _network_failure(error: NetworkError) -> ChannelError:
    cause = error.__cause__
    if cause is None:
        # An answer, and it says that the server failed: 502 and its like come from in front of it.
        return Retry("Telegram has trouble", after=5.0)
    never_left = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    name = type(cause).__name__
    return Retry(name, after=5.0) if isinstance(cause, never_left) else Unknown(name)


def poll_failure(error: TelegramError, failure: ChannelError) -> Retry:
    """What an error means for the question for updates; the reason tells what can be done."""
    match error:
        case Conflict():
            hook = "webhook" in error.message.lower()
            return Retry("webhook" if hook else "conflict")
        case InvalidToken():
            return Retry("token", after=_TOKEN_REFUSED)
        case RetryAfter() if isinstance(failure, Retry):
            return failure
        case _:
            return Retry(failure.reason)
