"""The program on Telegram is killed again and again, and no patient notices."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.paths import load_languages
from bot.said import MAYBE_SEEN
from bot.store import schema
from bot.store.db import Database
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.running import Running

KILLS = 5


def hello(n: int) -> dict[str, Any]:
    ana = {"id": 7001, "is_bot": False, "first_name": "Ana", "language_code": "en"}
    chat = {"id": 7001, "first_name": "Ana", "type": "private"}
    said = {"message_id": n, "from": ana, "chat": chat, "date": 1, "text": f"hello {n}"}
    return {"message": said}


async def count(folder: Path, *where: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).where(*where)

    async def work(tx: AsyncConnection) -> int:
        return int((await tx.execute(query)).scalar_one())

    async with await Database.open(folder / "second-opinion.db") as db:
        return await db.read(work)


async def replies(folder: Path) -> list[str]:
    query = sa.select(schema.message.c.body).where(schema.message.c.direction == "out")

    async def work(tx: AsyncConnection) -> list[str]:
        return list((await tx.execute(query)).scalars())

    async with await Database.open(folder / "second-opinion.db") as db:
        return await db.read(work)


@pytest.mark.crash
async def test_killed_at_any_moment_it_loses_no_message_and_doubles_no_reply(
    tmp_path: Path, telegram: TelegramDouble
) -> None:
    program = Running(tmp_path / "data", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
    try:
        for n in range(KILLS):
            await telegram.push(hello(n))
            await program.start()
            await asyncio.sleep(n * 0.05)
            await program.kill()
        await program.start()
        await telegram.push(hello(KILLS))
        await telegram.until(lambda: not telegram.pending, within=30)
        async with asyncio.timeout(60):
            while await count(program.folder, schema.inbox.c.state == "new"):
                await asyncio.sleep(0.05)
            waiting = schema.message.c.state.in_(("pending", "sending", "unknown"))
            while await count(program.folder, waiting):
                await asyncio.sleep(0.05)
        assert await program.stop() == 0
    finally:
        await program.kill()
    stored = {json.loads(body)["turn"] for body in await replies(program.folder)}
    kept = await count(program.folder, schema.inbox.c.channel == "telegram")
    failed = await count(program.folder, schema.message.c.state == "failed")
    assert kept == KILLS + 1
    assert len(stored) == KILLS + 1
    assert failed == 0
    assert lost_and_doubled(telegram.sent, stored) == (set(), set())


@pytest.mark.crash
async def test_what_waited_for_its_turn_when_it_was_killed_had_not_left(
    tmp_path: Path, telegram: TelegramDouble
) -> None:
    """After three messages to one chat the next waits a second: nobody doubts that it is unsent."""
    program = Running(tmp_path / "data", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
    excuse = load_languages().say(MAYBE_SEEN, "en")
    messages = 6
    try:
        await telegram.push(*(hello(n) for n in range(messages)))
        await program.start()
        await telegram.until(lambda: len(telegram.sent) == 3)
        for _ in range(4):
            # Longer than it takes to write down that one was sent, and shorter than the wait.
            await asyncio.sleep(0.4)
            before = len(telegram.sent)
            await program.kill()
            if before == messages:
                break
            await program.start()
            await telegram.until(lambda n=before: len(telegram.sent) >= min(messages, n + 3))  # type: ignore[misc]
        assert [one["text"] for one in telegram.sent if one["text"].startswith(excuse)] == []
        assert len(telegram.sent) == messages
    finally:
        await program.kill()


def lost_and_doubled(sent: list[dict[str, Any]], stored: set[int]) -> tuple[set[int], set[int]]:
    """The turns whose replies never came, and those that came twice without saying so.

    Words are no help, for they are often the same; the buttons carry the turn that they belong to.
    """
    excuse = load_languages().say(MAYBE_SEEN, "en")
    turns = [int(one["inline_keyboard"][0][0]["callback_data"].split(":")[2]) for one in sent]
    plain = Counter(
        turn for turn, one in zip(turns, sent, strict=True) if not one["text"].startswith(excuse)
    )
    return stored - set(turns), {turn for turn, times in plain.items() if times > 1}


def test_one_lost_and_one_doubled_reply_are_both_noticed() -> None:
    """Together they would leave the number of replies right."""

    def reply(turn: int, excuse: str = "") -> dict[str, Any]:
        button = {"callback_data": f"language:en:{turn}"}
        return {"text": f"{excuse}Hello", "inline_keyboard": [[button]]}

    again = load_languages().say(MAYBE_SEEN, "en")
    assert lost_and_doubled([reply(1), reply(1), reply(3)], {1, 2, 3}) == ({2}, {1})
    assert lost_and_doubled([reply(1), reply(1, again), reply(2)], {1, 2}) == (set(), set())
