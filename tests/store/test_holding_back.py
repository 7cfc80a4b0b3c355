"""Who writes more than anybody writes is heard more slowly, loses nothing, and holds up nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels.plain import raw_message
from bot.store import inbox
from bot.store.db import Database, Row
from bot.store.holding_back import A_MINUTE, LONGEST_SECONDS
from bot.store.schema import inbox as table

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


async def writes(
    db: Database, count: int, *, who: str = "ann", channel: str = "web", at: datetime = NOW
) -> None:
    begun = len(await rows(db))
    arrivals = [
        inbox.Arrival(
            channel=channel, external_id=f"{who}{n}", address=who,
            raw=raw_message(external_id=f"{who}{n}", address=who, text=str(n)), received_at=at,
        )
        for n in range(begun, begun + count)
    ]  # fmt: skip
    assert None not in await inbox.add_many(db, arrivals)


async def rows(db: Database) -> list[Row]:
    async def read(tx: object) -> list[Row]:
        return list(await tx.execute(sa.select(table).order_by(table.c.id)))  # type: ignore[attr-defined]

    return await db.read(read)


async def taken(db: Database, at: datetime) -> list[str]:
    """Take all turns that may be taken then."""
    found: list[str] = []
    while (row := await db.read(lambda tx: inbox.head(tx, at.timestamp()))) is not None:
        found.append(row.external_id)
        done = row.id
        await db.write(lambda tx, done=done: inbox.done(tx, done))  # type: ignore[misc]
    return found


async def test_a_flood_waits_in_its_order_and_is_taken_whole(where: Path | str) -> None:
    async with await Database.open(where) as db:
        await writes(db, 3 * A_MINUTE)
        got = await taken(db, NOW)
        assert len(got) == A_MINUTE
        assert await taken(db, NOW + timedelta(seconds=29)) == []
        got += await taken(db, NOW + timedelta(seconds=30))
        assert got == [f"ann{n}" for n in range(3 * A_MINUTE)]


async def test_nobody_else_waits_for_it(where: Path | str) -> None:
    async with await Database.open(where) as db:
        await writes(db, 2 * A_MINUTE)
        await writes(db, 5, who="boris")
        assert {one for one in await taken(db, NOW) if one.startswith("boris")} == {
            f"boris{n}" for n in range(2 * A_MINUTE, 2 * A_MINUTE + 5)
        }


async def test_who_writes_as_people_do_never_waits(where: Path | str) -> None:
    async with await Database.open(where) as db:
        for minute in range(4):
            at = NOW + timedelta(minutes=minute)
            await writes(db, A_MINUTE, at=at)
            assert len(await taken(db, at)) == A_MINUTE


async def test_no_message_waits_longer_than_half_a_minute(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        await writes(db, 40 * A_MINUTE)
        latest = max(row.not_before for row in await rows(db))
        assert latest == NOW.timestamp() + LONGEST_SECONDS


@pytest.mark.parametrize("channel", ["terminal"])
async def test_the_operators_own_terminal_is_not_slowed(tmp_path: Path, channel: str) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        await writes(db, 3 * A_MINUTE, channel=channel)
        assert len(await taken(db, NOW)) == 3 * A_MINUTE
