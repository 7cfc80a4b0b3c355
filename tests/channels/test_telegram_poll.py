"""What a patient sends to Telegram reaches the inbox once, whatever breaks on the way."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_poll import TelegramPoll
from bot.store import schema
from bot.store.cases import session_at
from bot.store.db import Database
from tests.doubles.telegram import TOKEN, TelegramDouble

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PAYLOADS = Path(__file__).parent.parent / "payloads" / "telegram"


def text(words: str, message_id: int = 1) -> dict[str, Any]:
    chat = {"id": 7001, "type": "private", "first_name": "Ana"}
    ana = {"id": 7001, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": message_id, "date": 1, "chat": chat, "from": ana, "text": words}
    return {"message": message}


def payload(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["update"]
    return {kind: body for kind, body in update.items() if kind != "update_id"}


class Inbox:
    """What is in the real inbox, in its order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: Database

    async def rows(self) -> list[dict[str, Any]]:
        query = sa.select(schema.inbox.c.raw).order_by(schema.inbox.c.id)

        async def work(tx: AsyncConnection) -> list[dict[str, Any]]:
            return [json.loads(raw) for raw in (await tx.execute(query)).scalars()]

        return await self.db.read(work)

    async def words(self) -> list[str]:
        return [row["message"]["text"] for row in await self.rows()]


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    inbox = Inbox(tmp_path / "assistant.db")
    async with await Database.open(inbox.path) as inbox.db:
        yield inbox


@asynccontextmanager
async def polling(channel: TelegramChannel, inbox: Inbox) -> AsyncIterator[None]:
    poll = TelegramPoll(channel, inbox.db, lambda: NOW, wait=5, first_pause=0.01)
    task = asyncio.create_task(poll.run_forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_an_update_is_in_the_inbox_before_telegram_may_forget_it(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(text("hello"))
    await TelegramPoll(channel, inbox.db, lambda: NOW, wait=0).once(None)
    assert await inbox.words() == ["hello"]
    assert len(telegram.pending) == 1  # Kept here, and not yet confirmed there.
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == ["hello"]


async def test_a_crash_between_keeping_and_confirming_loses_and_doubles_nothing(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(*(text(f"m{n}", n) for n in range(10)))
    # Two polls keep the batch, and each dies before the question that would confirm it.
    for _ in range(2):
        await TelegramPoll(channel, inbox.db, lambda: NOW, wait=0).once(None)
    assert len(telegram.pending) == 10
    await telegram.push(text("m10", 10))
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == [f"m{n}" for n in range(11)]


async def test_a_poll_that_is_stopped_at_any_moment_loses_and_doubles_nothing(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    for stop in range(40):
        await telegram.push(text(f"m{stop}", stop))
        dying = TelegramChannel(TOKEN, telegram.url)
        poll = TelegramPoll(dying, inbox.db, lambda: NOW, wait=5)
        task = asyncio.create_task(poll.run_forever())
        await asyncio.sleep(stop / 1000)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await dying.close()
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == [f"m{n}" for n in range(40)]


async def test_what_was_sent_while_the_assistant_was_down_is_kept_in_order(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(*(text(f"m{n}", n) for n in range(130)))
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == [f"m{n}" for n in range(130)]


async def test_an_update_that_cannot_be_parsed_holds_up_nobody(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(payload("button_without_chat_instance"), payload("not_an_update"))
    await telegram.push(text("half a pair \ud83d", 2), text("me too", 3))
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    said = [channel.parse(raw, NOW) for raw in await inbox.rows()]
    assert [(one.unsupported, one.text) for one in said if one] == [
        ("unreadable", ""),
        ("", "half a pair \ufffd"),
        ("", "me too"),
    ]


async def test_groups_and_channels_are_confirmed_and_not_kept(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(payload("group"), payload("channel_post"))
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.pending)
    assert await inbox.rows() == []


async def test_a_chat_starts_in_the_language_of_the_phone(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    await telegram.push(payload("language_of_the_phone"))
    await TelegramPoll(channel, inbox.db, lambda: NOW, wait=0).once(None)
    chat = await inbox.db.read(lambda tx: session_at(tx, "telegram", "7001"))
    assert chat is not None
    assert chat.locale == "zh-Hans"


async def test_a_pressed_button_is_answered_at_once(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    telegram.fail("answerCallbackQuery", 400, description="Bad Request: query is too old")
    await telegram.push(payload("button"))
    async with polling(channel, inbox):
        await telegram.until(lambda: not telegram.faults)
        await telegram.push(payload("button_of_an_old_message"))
        await telegram.until(lambda: telegram.answered == ["30072"])
    assert len(await inbox.rows()) == 2


async def test_only_the_kinds_that_are_read_are_asked_for_and_nothing_is_dropped(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    async with polling(channel, inbox):
        await telegram.until(lambda: telegram.calls)
    method, asked = telegram.calls[0]
    assert method == "getupdates"
    assert json.loads(asked["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]
    assert "offset" not in asked


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ({"code": 409, "description": "Conflict: terminated by other getUpdates request"}, "stop"),
        ({"code": 502}, "tried again"),
        ({"code": 429, "parameters": {"retry_after": 1}}, "tried again"),
    ],
)
async def test_trouble_is_logged_with_its_remedy_and_waited_out(
    channel: TelegramChannel,
    telegram: TelegramDouble,
    inbox: Inbox,
    fault: dict[str, Any],
    remedy: str,
) -> None:
    telegram.fail("getUpdates", **fault)
    await telegram.push(text("hello"))
    with structlog.testing.capture_logs() as logs:
        async with polling(channel, inbox):
            await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == ["hello"]
    (log,) = logs
    assert remedy in log["remedy"]
    assert TOKEN not in str(log)


async def test_a_batch_that_the_inbox_could_not_take_comes_again(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    whole = sa.text("ALTER TABLE inbox RENAME TO inbox_away")
    again = sa.text("ALTER TABLE inbox_away RENAME TO inbox")
    await inbox.db.write(lambda tx: tx.execute(whole))
    await telegram.push(text("hello"))
    with structlog.testing.capture_logs() as logs:
        async with polling(channel, inbox):
            await telegram.until(lambda: len(telegram.calls) > 2)
            assert len(telegram.pending) == 1
            await inbox.db.write(lambda tx: tx.execute(again))
            await telegram.until(lambda: not telegram.pending)
    assert await inbox.words() == ["hello"]
    assert {log["reason"] for log in logs} == {"inbox: OperationalError"}


async def test_a_second_poller_is_told_so(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    other = TelegramChannel(TOKEN, telegram.url)
    with structlog.testing.capture_logs() as logs:
        async with polling(channel, inbox):
            await telegram.until(lambda: len(telegram.calls) == 1)
            assert await other.updates(None, wait=0) == []
            await telegram.until(lambda: len(telegram.calls) > 2)
    await other.close()
    assert [log["reason"] for log in logs] == ["conflict"]


async def test_a_button_of_a_card_opens_no_patients_chat(
    channel: TelegramChannel, telegram: TelegramDouble, inbox: Inbox
) -> None:
    """The coordinators' chat may be the private chat of one coordinator."""
    await telegram.push(text("hello"))
    await TelegramPoll(channel, inbox.db, lambda: NOW, wait=0).once(None)
    (case_id,) = await inbox.db.read(lambda tx: tx.scalars(sa.select(schema.session.c.case_id)))
    who = {"id": 9, "is_bot": False, "first_name": "Li Wei"}
    card = {"message_id": 5, "date": 1, "chat": {"id": 9, "type": "private", "first_name": "Li"}}
    press = {"id": "q", "from": who, "message": card, "data": f"card:take:{case_id}"}
    await telegram.push({"callback_query": press})
    poll = TelegramPoll(channel, inbox.db, lambda: NOW, wait=0, coordinators="9")
    await poll.once(2)
    *_earlier, act = await inbox.rows()
    assert (act["action"], act["coordinator"]) == ("take", "Li Wei")
    chats = await inbox.db.read(lambda tx: session_at(tx, "telegram", "9"))
    assert chats is None
    await telegram.until(lambda: telegram.answered == ["q"])
