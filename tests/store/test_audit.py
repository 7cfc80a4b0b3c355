"""Nobody changes the audit trail unnoticed, and an erasure leaves only that it happened."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import append_only, audit, audit_check, migrations
from bot.store.append_only import FORGOTTEN
from bot.store.audit_check import Anchor, Report, anchors_in, check
from bot.store.audit_checkpoints import Checkpoint, checkpoint, newest
from bot.store.db import Database
from bot.store.migrate import migrate
from bot.store.schema_audit import audit as events
from bot.store.schema_audit import audit_checkpoint, audit_head
from tests.postgres import Cluster

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
AT = NOW.timestamp()
TABLES = (events, audit_head, audit_checkpoint)


@pytest.fixture
async def db(where: Path | str) -> AsyncIterator[Database]:
    if isinstance(where, str):
        await migrate(where)
    async with await Database.open(where) as opened:
        yield opened


async def act(db: Database, case_id: str, action: str, object: str = "", actor: str = "") -> None:
    await audit.note(
        db,
        case_id=case_id,
        at=AT,
        actor=actor or "coordinator Li Wei",
        action=action,
        object=object,
    )


async def a_history(db: Database) -> None:
    """Three cases, one of them erased, and what is of no case; two checkpoints, and something since."""
    for n in range(4):
        for case_id in ("7KQ4-M2XR", "A5Z0-9BN0", "B1C2-D3E4", ""):
            await act(db, case_id, "looked", f"r{n}")
    await checkpoint(db, NOW)
    await db.write(lambda tx: audit.forget(tx, case_id="B1C2-D3E4", at=AT))
    await act(db, "B1C2-D3E4", "case.erased", actor="patient")
    await act(db, "7KQ4-M2XR", "took_file", "f1")
    await checkpoint(db, NOW)
    await act(db, "7KQ4-M2XR", "wrote")
    await act(db, "C0DE-0001", "looked")


async def faults(db: Database, **how: Any) -> list[str]:
    report = await db.read(lambda tx: check(tx, **how))
    return [f"{one.case}/{one.event}/{one.checkpoint}: {one.what}" for one in report.faults]


class _Undone(Exception):
    """Ends a transaction of which nothing is to stay."""


async def after(db: Database, change: Callable[[AsyncConnection], Awaitable[object]]) -> Report:
    """What the check says after a change by somebody who can lift the triggers; then it is undone."""
    found: list[Report] = []

    async def work(tx: AsyncConnection) -> None:
        await tx.run_sync(append_only.lift)
        await change(tx)
        found.append(await check(tx))
        raise _Undone

    with pytest.raises(_Undone):
        await db.write(work)
    return found[-1]


# ---- as it was written -------------------------------------------------------------------------


async def test_what_was_written_is_as_it_was_written(db: Database) -> None:
    assert await faults(db) == []
    await a_history(db)
    report = await db.read(check)
    assert report.faults == []
    assert (report.events, report.chains, report.checkpoints) == (21, 5, 2)
    for case_id in ("7KQ4-M2XR", "B1C2-D3E4", "", "nobody"):
        assert await faults(db, case_id=case_id) == []


async def test_a_checkpoint_is_only_made_where_something_has_happened(db: Database) -> None:
    assert await checkpoint(db, NOW) is None
    await act(db, "a", "looked")
    first = await checkpoint(db, NOW)
    assert first == await checkpoint(db, NOW)
    await act(db, "a", "looked")
    second = await checkpoint(db, NOW)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)


async def test_events_of_one_case_written_at_once_are_one_chain(db: Database) -> None:
    async with asyncio.TaskGroup() as group:
        for n in range(40):
            group.create_task(act(db, f"c{n % 3}", "looked", str(n)))
            if n % 10 == 0:
                group.create_task(checkpoint(db, NOW))
    assert await faults(db) == []


async def test_a_word_that_one_database_cannot_hold_is_no_change(db: Database) -> None:
    await act(db, "a", "looked", "r\0", "coordinator \0")
    await audit.note(db, case_id="a", at=7, actor="coordinator 張\n偉 𠮷", action="looked")
    assert await faults(db) == []


# ---- what the database refuses -----------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
async def test_the_database_refuses_to_change_or_delete_what_is_on_record(
    db: Database, table: sa.Table
) -> None:
    await a_history(db)
    column = {"audit": "action", "audit_head": "hash", "audit_checkpoint": "heads"}[table.name]
    tries: list[Any] = [sa.update(table).values({column: "x"}), sa.delete(table)]
    for statement in tries:
        with pytest.raises(sa.exc.DBAPIError, match="only grows"):
            await db.write(lambda tx, one=statement: tx.execute(one))  # type: ignore[misc]  # bound
    assert await faults(db) == []


async def test_the_details_of_an_event_go_only_with_an_erasure(db: Database) -> None:
    await act(db, "a", "looked", "r1")
    theirs = sa.update(events).values(actor="coordinator", object="", salt=None)
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        await db.write(lambda tx: tx.execute(theirs))


async def test_a_table_is_not_emptied_at_once(postgres: Cluster) -> None:
    with postgres.database() as url:
        async with await Database.open(url) as db:
            await a_history(db)
            for table in TABLES:
                empty = sa.text(f"TRUNCATE {table.name}")
                with pytest.raises(sa.exc.DBAPIError, match="only grows"):
                    await db.write(lambda tx, one=empty: tx.execute(one))  # type: ignore[misc]  # bound


# ---- an erasure --------------------------------------------------------------------------------


async def test_an_erased_case_keeps_what_happened_when_and_nobody(db: Database) -> None:
    await act(db, "a", "looked", "r1")
    await act(db, "a", "files.sent", "f1", "patient")
    await act(db, "b", "looked", "r1")
    await db.write(lambda tx: audit.forget(tx, case_id="a", at=AT + 1))
    await act(db, "a", "looked", "r2")
    rows = await db.read(lambda tx: audit.trail(tx, "a"))
    assert [(row.actor, row.action, row.object) for row in rows] == [
        ("coordinator", "looked", ""),
        ("patient", "files.sent", ""),
        ("system", FORGOTTEN, ""),
        ("coordinator Li Wei", "looked", "r2"),
    ]
    assert [row.object for row in await db.read(lambda tx: audit.trail(tx, "b"))] == ["r1"]
    kept = await db.read(lambda tx: _rows(tx, events))
    assert not any("r1" in str(row) for row in kept if row["case_id"] == "a")
    assert await faults(db) == []
    # Erased again, nothing is left of what was done in between.
    await db.write(lambda tx: audit.forget(tx, case_id="a", at=AT + 2))
    assert {row.object for row in await db.read(lambda tx: audit.trail(tx, "a"))} == {""}
    assert await faults(db) == []


async def test_details_that_somebody_took_or_that_were_left_are_found(db: Database) -> None:
    await a_history(db)
    bare = sa.update(events).where(events.c.case_id == "A5Z0-9BN0", events.c.seq == 2)
    report = await after(
        db, lambda tx: tx.execute(bare.values(actor="coordinator", object="", salt=None))
    )
    assert ["no erasure did that" in one.what for one in report.faults] == [True]
    left = sa.update(events).where(events.c.case_id == "B1C2-D3E4", events.c.seq == 2)
    report = await after(
        db, lambda tx: tx.execute(left.values(actor="coordinator Li Wei", object="r1", salt="00"))
    )
    assert any("to be forgotten" in one.what for one in report.faults)


# ---- what is found -----------------------------------------------------------------------------


async def test_a_fault_names_the_case_the_event_and_the_checkpoint(db: Database) -> None:
    await a_history(db)
    a, b = "7KQ4-M2XR", "A5Z0-9BN0"
    of_a = events.c.case_id == a
    changed = await after(
        db, lambda tx: tx.execute(sa.update(events).where(of_a, events.c.seq == 2).values(at=1.0))
    )
    (one,) = changed.faults
    assert (one.case, one.event) == (a, 5)
    assert "changed" in one.what
    cut = await after(db, lambda tx: tx.execute(sa.delete(events).where(of_a, events.c.seq > 4)))
    assert {one.case for one in cut.faults} == {a}
    assert "number 5 of its chain is missing: checkpoint 2 has seen it" in cut.faults[0].what
    assert "numbers 5 to 6 of its chain are missing at the end" in cut.faults[1].what
    gap = await after(db, lambda tx: tx.execute(sa.delete(events).where(of_a, events.c.seq == 3)))
    assert any("number 3 of its chain is missing before it" in one.what for one in gap.faults)

    async def all_of_it(tx: AsyncConnection) -> None:
        await tx.execute(sa.delete(events).where(events.c.case_id == b))
        await tx.execute(sa.delete(audit_head).where(audit_head.c.case_id == b))

    gone = await after(db, all_of_it)
    assert [(one.case, one.what) for one in gone.faults] == [(b, "all of its events are missing")]
    last = sa.delete(audit_checkpoint).where(audit_checkpoint.c.number == 2)
    without = await after(db, lambda tx: tx.execute(last))
    assert (without.faults[0].checkpoint, without.faults[0].what) == (2, "it is missing")


async def test_an_event_that_no_version_of_today_wrote_is_found_and_may_be_taken_in(
    db: Database,
) -> None:
    """While processes are replaced one by one, the older ones write events without a chain."""
    await act(db, "a", "looked")
    old = {"case_id": "a", "at": AT, "actor": "coordinator Ana", "action": "looked", "object": "r"}
    await db.write(lambda tx: tx.execute(sa.insert(events), old))
    (fault,) = await faults(db)
    assert "in no chain" in fault
    assert await db.write(lambda tx: audit.adopt(tx, at=AT)) == 1
    assert await faults(db) == []
    rows = await db.read(lambda tx: audit.trail(tx, "a"))
    assert [(row.action, row.object) for row in rows][1:] == [("looked", "r"), (audit.ADOPTED, "1")]
    assert await db.write(lambda tx: audit.adopt(tx, at=AT)) == 0


async def test_all_written_anew_is_found_by_what_was_kept_elsewhere(db: Database) -> None:
    await a_history(db)
    kept = await db.read(newest)
    assert kept is not None
    assert await faults(db, anchors=anchors_in(f"{kept.line()}\n")) == []

    async def anew(tx: AsyncConnection) -> Report:
        await tx.run_sync(append_only.lift)
        for table in TABLES:
            await tx.execute(sa.delete(table))
        await tx.run_sync(append_only.put)
        return await check(tx)

    assert (await db.write(anew)).faults == []
    await a_history(db)
    assert await faults(db) == []
    (fault,) = await faults(db, anchors=anchors_in(kept.line()))
    assert "kept elsewhere" in fault
    (fault,) = await faults(db, anchors=[Anchor(number=9, hash="0" * 64)])
    assert "checkpoint" not in fault
    assert "missing here" in fault


def test_the_manifest_of_a_backup_is_an_anchor_too() -> None:
    line = Checkpoint(number=3, at=NOW, hash="ab" * 32).line()
    assert anchors_in(f'{{"audit": "{line}"}}') == [Anchor(number=3, hash="ab" * 32)]
    for nothing in ("", "{}", "3 x", '{"audit": ""}', "[1]"):
        with pytest.raises(ValueError, match="no checkpoint"):
            anchors_in(nothing)


async def test_a_row_written_by_hand_is_found_and_stops_no_event(tmp_path: Path) -> None:
    """SQLite holds anything in any column; and a patient must not suffer for what somebody did."""
    async with await Database.open(tmp_path / "core.db") as db:
        await a_history(db)
        for change in (
            "UPDATE audit SET at = 'soon' WHERE id = 5",
            "UPDATE audit SET seq = 'x' WHERE id = 5",
            "UPDATE audit SET case_id = x'00' WHERE id = 5",
            "UPDATE audit SET hash = x'00', salt = x'00' WHERE id = 5",
            "UPDATE audit_head SET seq = 'x'",
            "UPDATE audit_head SET checkpoint = 'x'",
            "UPDATE audit_checkpoint SET at = 'x', hash = x'00'",
            "UPDATE audit_checkpoint SET heads = '[[1]]'",
            "UPDATE audit_checkpoint SET heads = '7'",
        ):
            report = await after(db, lambda tx, one=change: tx.execute(sa.text(one)))  # type: ignore[misc]  # bound
            assert report.faults, change

        async def without_heads(tx: AsyncConnection) -> None:
            await tx.run_sync(append_only.lift)
            await tx.execute(sa.delete(audit_head))
            await tx.run_sync(append_only.put)

        await db.write(without_heads)
        await act(db, "7KQ4-M2XR", "looked")
        await checkpoint(db, NOW)
        assert await faults(db)


# ---- any change of any row ---------------------------------------------------------------------


async def _rows(tx: AsyncConnection, table: sa.Table) -> list[dict[str, Any]]:
    found = await tx.execute(sa.select(table).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]


@dataclass(frozen=True, kw_only=True)
class Tampering:
    """One change by hand: of which table, of what kind, and what chance decides of it."""

    table: sa.Table
    kind: str
    row: int
    other: int
    column: int
    by: int
    letter: str


tamperings = st.builds(
    Tampering,
    table=st.sampled_from(TABLES),
    kind=st.sampled_from(("change", "change", "change", "delete", "insert", "swap", "move")),
    row=st.integers(0, 1000),
    other=st.integers(0, 1000),
    column=st.integers(0, 1000),
    by=st.integers(-3, 3).filter(bool),
    letter=st.sampled_from("0a9 Z\u00e9\u5f20\"',]"),
)


def changed(value: Any, how: Tampering) -> Any:
    """Another value of the same kind: one letter, one step; or none where there was one."""
    if value is None:
        return how.letter if how.by > 0 else 7
    if isinstance(value, int):
        return value + how.by
    if isinstance(value, float):
        return math.nextafter(value, math.inf) if how.by == 1 else value + how.by
    at = how.other % (len(value) + 1)
    cut = at + (1 if how.by > 0 else 0)
    return value[:at] + (how.letter if how.by != 2 else "") + value[cut:]


async def tamper(tx: AsyncConnection, how: Tampering) -> bool:
    """Do it; False where it comes to nothing."""
    rows, table = await _rows(tx, how.table), how.table
    key = table.primary_key.columns[0].name
    row, other = rows[how.row % len(rows)], rows[how.other % len(rows)]
    names = [column.name for column in table.columns]
    name = names[how.column % len(names)]
    mine, theirs = table.c[key] == row[key], table.c[key] == other[key]
    match how.kind:
        case "change":
            value = changed(row[name], how)
            column = table.c[name]
            if value == row[name] or (
                isinstance(column.type, sa.Integer) and isinstance(value, str)
            ):
                return False
            taken = {one[key] for one in rows}
            if name == key and value in taken:
                return False
            await tx.execute(sa.update(table).where(mine).values({name: value}))
        case "delete":
            await tx.execute(sa.delete(table).where(mine))
        case "insert":
            new = changed(max(one[key] for one in rows), how)
            if new in {one[key] for one in rows}:
                return False
            await tx.execute(sa.insert(table).values({**row, key: new}))
        case "swap":
            rest = [one for one in names if one != key]
            if row == other or all(row[one] == other[one] for one in rest):
                return False
            await tx.execute(sa.update(table).where(mine).values({n: other[n] for n in rest}))
            await tx.execute(sa.update(table).where(theirs).values({n: row[n] for n in rest}))
        case _:
            # From one place to another: what was there is gone.
            if row == other:
                return False
            await tx.execute(sa.delete(table).where(theirs))
            await tx.execute(sa.update(table).where(mine).values({key: other[key]}))
    return True


@pytest.mark.parametrize("which", ["sqlite", "postgres"])
def test_any_change_of_any_row_is_found(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with ExitStack() as stack:
        where: Path | str = tmp_path / "core.db"
        many = 300
        if which == "postgres":
            cluster: Cluster = request.getfixturevalue("postgres")
            where, many = stack.enter_context(cluster.database()), 60
        runner = stack.enter_context(asyncio.Runner())
        db = runner.run(Database.open(where))
        stack.callback(lambda: runner.run(db.close()))
        runner.run(a_history(db))

        @settings(max_examples=many, deadline=None, database=None)
        @given(tamperings)
        def tried(how: Tampering) -> None:
            done: list[bool] = []

            async def change(tx: AsyncConnection) -> None:
                done.append(await tamper(tx, how))

            report = runner.run(after(db, change))
            assume(done[-1])
            assert report.faults, how

        tried()
        assert runner.run(faults(db)) == []


# ---- what was there before ---------------------------------------------------------------------


async def test_events_of_before_the_chain_are_its_beginning(where: Path | str) -> None:
    known = migrations.all_of_them()
    before = known[known.index("0031") - 1]
    await migrate(where)
    async with await Database.open(where) as db:
        await a_history(db)
        trail = await db.read(lambda tx: audit.trail(tx, "7KQ4-M2XR"))
    await migrate(where, before)
    await migrate(where)
    async with await Database.open(where) as db:
        assert await faults(db) == []
        assert await db.read(lambda tx: audit.trail(tx, "7KQ4-M2XR")) == trail
        await act(db, "7KQ4-M2XR", "looked")
        await checkpoint(db, NOW)
        assert await faults(db) == []
        assert (await db.read(lambda tx: audit_check.check(tx, case_id="7KQ4-M2XR"))).events == 7
