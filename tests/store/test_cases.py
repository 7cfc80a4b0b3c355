"""A case comes back as it was written, and is never overwritten unseen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases
from bot.store.schema import handoff, record
from bot.store.sealed import sealed
from checklist.case import Case
from checklist.records import Record
from tests.engine import START, Engine, opened

pytestmark = pytest.mark.usefixtures("both")


def a_record(record_id: str, title: str = "") -> Record:
    return Record(
        id=record_id,
        file_id="f",
        kind="lab",
        received_at=START,
        original_name="lab.pdf",
        media_type="application/pdf",
        size=1,
        title=title,
    )


CASE = Case(
    id="7KQ4-M2XR", opened_at=START, version=1, records=tuple(a_record(f"r{n}") for n in range(4))
)


async def save(engine: Engine, new: Case, old: Case | None) -> None:
    await engine.db.write(lambda tx: cases.save_case(tx, new, old, now=0))


async def test_a_case_comes_back_equal_with_its_records_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await save(engine, CASE, None)
        assert await cases.find(engine.db, CASE.id) == CASE
        assert [row.case for row in await cases.list_cases(engine.db)] == [CASE]
        assert await cases.find(engine.db, "0000-0000") is None


async def test_records_that_change_move_or_go_are_written_and_no_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await save(engine, CASE, None)
        r0, _r1, r2, r3 = CASE.records
        changed = a_record("r3", "new title")
        new = replace(CASE, version=2, records=(r0, r2, changed, a_record("r4")))

        # What isn't written keeps what was put there behind the store's back.
        kept = record.update().where(record.c.id == "r0").values(body=sealed(CASE.id, "kept"))
        await engine.db.write(lambda tx: tx.execute(kept))
        await save(engine, new, CASE)
        rows = {row.id: row for row in await engine.rows(record)}
        assert rows.pop("r0").body == "kept"
        assert {row.id: row.position for row in rows.values()} == {"r2": 1, "r3": 2, "r4": 3}
        assert r3 not in new.records
        assert "new title" in rows["r3"].body


async def test_a_case_that_somebody_else_changed_is_not_overwritten(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await save(engine, CASE, None)
        await save(engine, replace(CASE, version=2, locale="ru"), CASE)
        with pytest.raises(cases.Conflict):
            await save(engine, replace(CASE, version=2, locale="ar"), CASE)
        found = await cases.find(engine.db, CASE.id)
        assert found is not None
        assert found.locale == "ru"


async def test_a_human_is_asked_for_once_for_each_reason_until_it_is_closed(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:

        async def ask(tx: AsyncConnection) -> None:
            for reason in ("asked", "asked", "emergency"):
                await cases.open_handoff(tx, CASE.id, reason, 1.0)

        await engine.db.write(ask)
        assert len(await engine.db.read(cases.open_handoffs)) == 2
        await engine.db.write(lambda tx: cases.close_handoffs(tx, CASE.id, 2.0))
        assert not await engine.db.read(cases.open_handoffs)
        await engine.db.write(ask)
        assert len(await engine.rows(handoff)) == 4
