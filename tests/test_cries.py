"""A cry for help in a flood is heard at once; and nobody gets around the limit by crying."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from bot.channels.base import Channel
from bot.channels.plain import raw_message
from bot.channels.telegram import TelegramChannel
from bot.channels.web import WebChannel
from bot.cries import MOST_A_MINUTE, Cries
from bot.parts import Parts
from bot.paths import load_languages
from bot.settings import Settings
from bot.store import inbox, schema
from bot.store.db import Database
from bot.store.holding_back import A_MINUTE
from bot.store.schema import inbox as table
from bot.store.sealed import sealed
from handlers.crying import cries_out, is_alarm
from handlers.updates import InboundMessage
from tests.store.test_holding_back import NOW, rows, taken

LANGUAGES = load_languages()


class NoBytes:
    """No file is fetched here."""

    def open(self, blob_id: str) -> AsyncIterator[bytes]:
        raise FileNotFoundError(blob_id)


def cries(db: Database, at: datetime = NOW) -> Cries:
    channels: dict[str, Channel] = {
        "web": WebChannel(NoBytes()),
        "telegram": TelegramChannel("1:token", "http://127.0.0.1:9"),
    }
    return Cries(db, channels, LANGUAGES, lambda: at)


async def heard(listening: Cries) -> None:
    while await listening.look():
        pass


async def says(
    db: Database,
    key: str,
    at: datetime = NOW,
    *,
    who: str = "ann",
    channel: str = "web",
    **said: Any,
) -> None:
    raw = raw_message(external_id=key, address=who, **said)
    if channel == "telegram":
        raw = {
            "update_id": int(key[3:]),
            "message": {
                "message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"},
                "from": {"id": 7, "is_bot": False, "first_name": "A"}, "text": said["text"],
            },
        }  # fmt: skip
    one = inbox.Arrival(channel=channel, external_id=key, address=who, raw=raw, received_at=at)
    assert None not in await inbox.add_many(db, [one])


async def writes(db: Database, count: int, *, who: str = "ann", at: datetime = NOW) -> None:
    """Photographs, one by one."""
    begun = sum(row.external_id.startswith(who) for row in await rows(db))
    arrivals = [
        inbox.Arrival(
            channel="web", external_id=f"{who}{n}", address=who, received_at=at,
            raw=raw_message(external_id=f"{who}{n}", address=who, text="One more"),
        )
        for n in range(begun, begun + count)
    ]  # fmt: skip
    assert None not in await inbox.add_many(db, arrivals)


@pytest.mark.parametrize(
    "said",
    [
        {"text": "Please, he can't breathe"},
        {"text": "не могу дышать"},
        {"text": "我不想活了"},
        {"text": "/emergency"},
        {"choice": "emergency:help:0"},
    ],
)
async def test_a_cry_is_let_go_with_what_stands_before_it_in_its_order(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        listening = cries(db)
        await writes(db, A_MINUTE + 50)
        await says(db, "cry", **said)
        await writes(db, 20)
        got = await taken(db, NOW)
        assert len(got) == A_MINUTE
        await heard(listening)
        let = await taken(db, NOW)
        assert let == [*(f"ann{n}" for n in range(A_MINUTE, A_MINUTE + 50)), "cry"]
        # What came after it waits as it did.
        assert len(await taken(db, NOW + timedelta(seconds=30))) == 20


async def test_it_is_so_on_every_kind_of_store_and_channel(where: Path | str) -> None:
    async with await Database.open(where) as db:
        listening = cries(db)
        for number in range(A_MINUTE + 5):
            await says(db, f"ann{number}", who="7", channel="telegram", text="A photo")
        await says(db, "ann900", who="7", channel="telegram", text="she is unconscious")
        assert len(await taken(db, NOW)) == A_MINUTE
        await heard(listening)
        assert (await taken(db, NOW))[-1] == "ann900"


async def test_what_is_no_cry_and_what_cannot_be_read_waits(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        await writes(db, A_MINUTE)
        await says(db, "past", text="In 2019 he could not breathe")
        await says(db, "broken", text="a")
        broken = sa.update(table).where(table.c.external_id == "broken")
        await db.write(lambda tx: tx.execute(broken.values(raw=sealed("a", "[1"))))
        await writes(db, 10)
        await heard(cries(db))
        assert len(await taken(db, NOW)) == A_MINUTE


async def test_a_broken_seal_keeps_no_other_cry_from_being_heard(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        listening = cries(db)
        await writes(db, A_MINUTE, who="boris")
        await writes(db, A_MINUTE)
        await says(db, "broken", who="boris", text="a")
        damage = "UPDATE inbox SET raw = substr(raw, 1, length(raw) - 8) || 'AAAAAAA='"
        await db.write(lambda tx: tx.exec_driver_sql(f"{damage} WHERE external_id = 'broken'"))
        await says(db, "cry", text="he can't breathe")
        await heard(listening)
        free = sa.select(table.c.external_id).where(table.c.not_before == NOW.timestamp())
        found = await db.read(lambda tx: tx.execute(free))
        assert found.scalars().all() == ["cry"]


async def test_nobody_gets_around_the_limit_by_crying(tmp_path: Path) -> None:
    """So often in a minute, each time with no more than a minute brings; then as all others."""
    async with await Database.open(tmp_path / "core.db") as db:
        listening = cries(db)
        await writes(db, 2 * A_MINUTE + 10)
        assert len(await taken(db, NOW)) == A_MINUTE
        await says(db, "cry", text="he can't breathe")
        await heard(listening)
        assert len(await taken(db, NOW)) == A_MINUTE
        for number in range(MOST_A_MINUTE + 5):
            await says(db, f"cry{number}", text="he can't breathe")
            await heard(listening)
        got = await taken(db, NOW)
        assert got == [
            *(f"ann{n}" for n in range(2 * A_MINUTE, 2 * A_MINUTE + 10)),
            "cry",
            "cry0",
            "cry1",
        ]
        # Another sender's cry is theirs.
        await writes(db, A_MINUTE, who="boris")
        await says(db, "theirs", who="boris", text="he can't breathe")
        await heard(listening)
        assert "theirs" in await taken(db, NOW)


async def test_one_cry_after_the_other_counts_as_one_where_they_come_together(
    tmp_path: Path,
) -> None:
    """People in fear write the same words again and again."""
    async with await Database.open(tmp_path / "core.db") as db:
        listening = cries(db)
        await writes(db, A_MINUTE)
        for number in range(15):
            await says(db, f"cry{number}", text="help he can't breathe")
        await heard(listening)
        assert len(await taken(db, NOW)) == A_MINUTE + 15


async def test_what_is_tried_again_later_is_not_hurried(tmp_path: Path) -> None:
    """A row whose turn failed waits for its next try, whatever cries behind it."""
    async with await Database.open(tmp_path / "core.db") as db:
        await writes(db, A_MINUTE + 1)
        (first, *_others) = await rows(db)
        later = NOW.timestamp() + 8
        await db.write(lambda tx: inbox.failed(tx, first.id, attempts=0, not_before=later))
        await says(db, "cry", text="he can't breathe")
        await heard(cries(db))
        assert await taken(db, NOW) == []
        assert len(await taken(db, NOW + timedelta(seconds=8))) == A_MINUTE + 2


async def test_whoever_listens_is_woken_by_what_is_held_back(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        listening = asyncio.create_task(cries(db).run_forever())
        await writes(db, A_MINUTE)
        assert len(await taken(db, NOW)) == A_MINUTE
        await says(db, "cry", text="he can't breathe")
        async with asyncio.timeout(3):
            while await taken(db, NOW) != ["cry"]:
                await asyncio.sleep(0.01)
        listening.cancel()


async def test_the_program_answers_a_cry_behind_a_flood_long_before_the_flood_is_over(
    tmp_path: Path,
) -> None:
    """All of it: what is held back, whoever listens, the turn, and the number to call."""
    async with App.open(Settings(data_dir=tmp_path)) as app:
        now = app.clock()
        await writes(app.db, A_MINUTE, at=now)
        await app.db.write(lambda tx: tx.execute(sa.update(table).values(state="done")))
        async with app.running(Parts(lanes=(), messages=False)):
            await writes(app.db, 10, at=now)
            await says(app.db, "cry", now, text="he can't breathe")
            async with asyncio.timeout(20):
                while (await rows(app.db))[-1].state != "done":
                    await asyncio.sleep(0.02)

        async def told(tx: AsyncConnection) -> str:
            bodies = await tx.execute(sa.select(schema.message.c.body))
            return " ".join(str(body) for body in bodies.scalars())

        assert "This may be an emergency" in await app.db.read(told)


def test_no_button_but_one_is_an_alarm() -> None:
    for wire, alarm in (
        ("emergency:help:0", True), ("problem:emergency:3", True), ("emergency:not_now:2", False),
        ("consent:yes:1", False), ("", False), ("emergency", False),
    ):  # fmt: skip
        said = InboundMessage(
            channel="web", external_id="1", sender="a", received_at=NOW, choice_id=wire
        )
        assert is_alarm(wire) == cries_out(said, LANGUAGES) == alarm, wire
