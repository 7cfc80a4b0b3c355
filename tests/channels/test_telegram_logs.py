"""Whatever happens on Telegram, at whatever level, no log holds the token or the webhook's secret."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot import logs
from bot.channels.base import ChannelError, Rendered
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_poll import TelegramPoll
from bot.channels.telegram_webhook import PATH, TelegramWebhook
from bot.store.db import Database
from bot.web.telegram_hook import TelegramHook
from tests.doubles import telegram as double_module
from tests.doubles.telegram import TelegramDouble

#: As @BotFather makes them, and easy to find again.
TOKEN = "1234567890:MARKED-" + "x" * 28


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that the program logs, with every library at its most talkative."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(level="DEBUG", stream=stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)


def talk(names: tuple[str, ...] = ("httpx", "httpcore", "telegram")) -> None:
    """What an operator does who looks for a fault: every logger that there is writes all it can."""
    for name in [*names, *logging.root.manager.loggerDict]:
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    yield
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(before.get(name, logging.NOTSET))


@pytest.mark.parametrize("known", [True, False], ids=["known token", "refused token"])
async def test_no_log_holds_the_token_or_the_secret(
    telegram: TelegramDouble,
    tmp_path: Path,
    written: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,
) -> None:
    if known:
        monkeypatch.setattr(double_module, "TOKEN", TOKEN)
    channel = TelegramChannel(TOKEN, telegram.url, read_timeout=0.3)
    talk()
    marked = logging.getLogger("httpx")
    marked.debug("this library does write: %s", "marked line")
    async with await Database.open(tmp_path / "rows.db") as db:
        await _everything(channel, telegram, db)
    await channel.close()
    said = written.getvalue()
    assert "marked line" in said
    assert "/bot" in said  # The calls were logged, with their addresses.
    assert TOKEN not in said
    assert "MARKED" not in said
    assert channel.secret not in said


async def _everything(channel: TelegramChannel, telegram: TelegramDouble, db: Database) -> None:
    """Each call that there is, and each way in which one fails."""
    reply = Rendered(step="s", turn=1, text="Hello", locale="en", choices=(("s:a:1", "A"),))
    telegram.file("f1", b"x" * 1000)
    for fault in (
        {},
        {"code": 429, "parameters": {"retry_after": 0}},
        {"code": 500},
        {"cut": True},
    ):
        for method in ("sendMessage", "getFile", "file", "setWebhook", "getWebhookInfo"):
            if fault:
                telegram.fail(method, **fault)
        for chat in ("7001", "7002"):
            with suppress(ChannelError):
                await channel.send(chat, reply, "k")
        with suppress(ChannelError):
            _ = [piece async for piece in channel.fetch("f1")]
        with suppress(ChannelError):
            await channel.set_webhook("http://127.0.0.1:1/hooks/telegram")
        with suppress(ChannelError):
            await channel.webhook()
        telegram.faults.clear()
    with suppress(ChannelError):
        await channel.show("7001", b"\xff\xd8", "alt")
    with suppress(ChannelError):
        await channel.unsay("7001", "tg:1:5")
    await channel.answer_callback("q1")
    await channel.link()
    await _both_ways_in(channel, telegram, db)


async def _both_ways_in(channel: TelegramChannel, telegram: TelegramDouble, db: Database) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    webhook = TelegramWebhook(channel, db, now, public_url="http://127.0.0.1:1")
    transport = httpx.ASGITransport(app=Starlette(routes=TelegramHook(webhook).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        for secret in ("", "wrong", channel.secret):
            headers = {"x-telegram-bot-api-secret-token": secret}
            await client.post(PATH, json={"update_id": 1}, headers=headers)
    poll = TelegramPoll(channel, db, now, wait=0, first_pause=0.01)
    for loop in (webhook.run_forever(), poll.run_forever()):
        task = asyncio.create_task(loop)
        await asyncio.sleep(0.2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
