"""The program on Telegram is killed again and again, and no patient notices."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outbox import MAYBE_SEEN
from bot.paths import load_languages
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
    kept = await count(program.folder, schema.inbox.c.channel == "telegram")
    replies = await count(program.folder, schema.message.c.direction == "out")
    failed = await count(program.folder, schema.message.c.state == "failed")
    excuse = load_languages().say(MAYBE_SEEN, "en")
    # What may have been seen says so; everything else was said once.
    plain = [sent for sent in telegram.sent if not sent["text"].startswith(excuse)]
    assert kept == KILLS + 1
    assert replies == KILLS + 1
    assert failed == 0
    assert len(plain) <= replies <= len(telegram.sent)
