"""A patient on Telegram: what they send, through the real inbox, turns and outbox, to the answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_poll import TelegramPoll
from bot.jobs.lease_table import LeaseTable
from bot.outbox import Outbox
from bot.paths import load_catalog, load_languages
from bot.store import schema
from bot.store.db import Database, Row
from bot.turn import Turns
from tests.doubles.telegram import TOKEN, TelegramDouble

JSON = dict[str, Any]
ANA = {"id": 7001, "is_bot": False, "first_name": "Ana", "language_code": "en"}
CHAT = {"id": 7001, "first_name": "Ana", "type": "private"}


def now() -> datetime:
    return datetime.now(UTC)


def message(message_id: int, **content: Any) -> JSON:
    return {"message": {"message_id": message_id, "from": ANA, "chat": CHAT, "date": 1, **content}}


def press(query_id: str, under: JSON, data: str) -> JSON:
    shown = {"message_id": under["message_id"], "chat": CHAT, "date": 1, "text": under["text"]}
    query = {"id": query_id, "from": ANA, "message": shown, "chat_instance": "1", "data": data}
    return {"callback_query": query}


def buttons(sent: JSON) -> list[JSON]:
    return [button for row in sent.get("inline_keyboard", []) for button in row]


class Assistant:
    """The program on Telegram, without its jobs; each start is a process of its own."""

    def __init__(self, path: Path, telegram: TelegramDouble) -> None:
        self._path = path
        self._telegram = telegram

    @asynccontextmanager
    async def running(self, *, answering: bool = True) -> AsyncIterator[Database]:
        channel = TelegramChannel(TOKEN, self._telegram.url, read_timeout=0.5)
        async with await Database.open(self._path) as db:
            channels, languages = {"telegram": channel}, load_languages()
            queue = LeaseTable(db, now)
            outbox = Outbox(db, channels, languages, now)
            await outbox.recover()
            loops: list[Callable[[], Any]] = [TelegramPoll(channel, db, now, wait=2).run_forever]
            if answering:
                turns = Turns(db, channels, load_catalog(), languages, now, queue)
                loops += [turns.run_forever, outbox.run_forever]
            tasks = [asyncio.create_task(loop()) for loop in loops]
            try:
                yield db
            finally:
                for task in tasks:
                    task.cancel()
                for task in tasks:
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                await channel.close()


@pytest.fixture
def assistant(tmp_path: Path, telegram: TelegramDouble) -> Assistant:
    return Assistant(tmp_path / "assistant.db", telegram)


async def rows(db: Database, query: sa.Select[Any]) -> list[Row]:
    async def work(tx: Any) -> list[Row]:
        return list(await tx.execute(query))

    return await db.read(work)


async def test_a_greeting_comes_with_buttons_and_a_button_leads_on(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    async with assistant.running():
        await telegram.push(message(1, text="/start"))
        await telegram.until(lambda: telegram.sent)
        greeting = telegram.sent[-1]
        english = next(one for one in buttons(greeting) if one["text"] == "English")
        await telegram.push(press("q1", greeting, english["callback_data"]))
        await telegram.until(lambda: len(telegram.sent) > 1)
    assert english["callback_data"].startswith("language:en:")
    assert buttons(telegram.sent[-1])[0]["callback_data"].startswith("consent:")
    assert telegram.answered == ["q1"]


async def test_an_album_is_three_files_to_fetch_at_their_largest(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    def photo(n: int) -> JSON:
        sizes = [
            {"file_id": f"p{n}-{w}", "file_unique_id": f"u{n}{w}", "width": w, "height": w}
            for w in (90, 1280, 320)
        ]
        return message(n, media_group_id="g1", photo=sizes)

    wanted = sa.select(schema.file.c.fetch_ref).order_by(schema.file.c.id)
    async with assistant.running() as db:
        await telegram.push(message(1, text="English"), message(2, text="yes"))
        await telegram.push(photo(3), photo(4), photo(5))
        await telegram.until(lambda: not telegram.pending)
        async with asyncio.timeout(10):
            while len(found := await rows(db, wanted)) < 3:
                await asyncio.sleep(0.01)
    assert {row.fetch_ref for row in found} == {"p3-1280", "p4-1280", "p5-1280"}


async def test_a_file_over_20_mb_is_not_asked_for(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    zipped = {
        "file_id": "big",
        "file_unique_id": "u",
        "file_name": "CT.zip",
        "file_size": 7 * 10**8,
    }
    done = sa.select(schema.inbox.c.id).where(schema.inbox.c.state == "done")
    async with assistant.running() as db:
        await telegram.push(message(1, document=zipped))
        async with asyncio.timeout(10):
            while not await rows(db, done):
                await asyncio.sleep(0.01)
        assert await rows(db, sa.select(schema.file.c.id)) == []
    assert "getfile" not in {method for method, _ in telegram.calls}


async def test_flood_control_delays_an_answer_and_does_not_lose_it(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", 429, parameters={"retry_after": 1})
    async with assistant.running():
        await telegram.push(message(1, text="hello"))
        await telegram.until(lambda: telegram.sent)
    assert len(telegram.sent) == 1


async def test_a_patient_who_has_blocked_the_assistant_is_not_written_to_again(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", 403, description="Forbidden: bot was blocked by the user")
    held = sa.select(schema.message.c.id).where(schema.message.c.state == "held")
    async with assistant.running() as db:
        await telegram.push(message(1, text="hello"))
        async with asyncio.timeout(10):
            while not await rows(db, held):
                await asyncio.sleep(0.01)
    assert telegram.sent == []


async def test_an_answer_that_may_have_arrived_says_so_when_it_comes_again(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", delivered=True, delay=3)
    async with assistant.running():
        await telegram.push(message(1, text="hello"))
        await telegram.until(lambda: len(telegram.sent) == 2)
    first, again = telegram.sent
    assert again["text"].endswith(first["text"])
    assert len(again["text"]) > len(first["text"])


async def test_an_update_that_cannot_be_parsed_is_answered_and_blocks_nobody(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    broken = press("q1", {"message_id": 5, "text": "?"}, "consent:yes:1")
    del broken["callback_query"]["chat_instance"]
    bob = {"id": 7002, "is_bot": False, "first_name": "Bob"}
    other = message(2, text="hello")
    other["message"] |= {"from": bob, "chat": {**bob, "type": "private"}}
    async with assistant.running():
        await telegram.push(broken, other)
        await telegram.until(lambda: {one["chat_id"] for one in telegram.sent} == {7001, 7002})


async def test_what_was_kept_before_a_crash_is_answered_after_it_once(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    await telegram.push(message(1, text="hello"))
    async with assistant.running(answering=False):
        await telegram.until(lambda: not telegram.pending)
    async with assistant.running():
        await telegram.until(lambda: telegram.sent)
    async with assistant.running():
        await telegram.push(message(2, text="/start"))
        await telegram.until(lambda: len(telegram.sent) == 2)
    assert len(telegram.sent) == 2


async def test_who_blocks_the_bot_is_marked_told_of_and_gets_the_answer_when_they_are_back(
    assistant: Assistant, telegram: TelegramDouble
) -> None:
    """403 of the Bot API; coordinators are told by the turn that hears of it."""
    telegram.fail("sendMessage", 403, description="Forbidden: bot was blocked by the user")
    async with assistant.running() as db:
        await telegram.push(message(1, text="hello"))

        marked = sa.select(schema.session).where(schema.session.c.reach == "blocked")
        told = sa.select(schema.audit).where(schema.audit.c.action == "delivery.failed")
        async with asyncio.timeout(10):
            while not (await rows(db, marked) and await rows(db, told)):
                await asyncio.sleep(0.01)
        assert telegram.sent == []
        await telegram.push(message(2, text="I am back"))
        await telegram.until(lambda: len(telegram.sent) == 2)
        assert await rows(db, marked) == []
    assert "automated assistant" in telegram.sent[0]["text"]
