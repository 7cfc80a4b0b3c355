"""One case that can't be read stops nothing that is done for all of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.carrying.backup import backup
from bot.case_list import list_cases
from bot.jobs import orphans
from bot.resealing import damaged_rows
from bot.store import (
    case_keys,
    case_pages,
    cases,
    codec,
    desk_list,
    desk_rows,
    files,
    forgetting,
    inbox_erasure,
    unreadable,
)
from bot.store.blob_owners import owners
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database
from bot.store.desk_list import Wish
from bot.store.partials_folder import FolderPartials
from bot.store.schema import case_key, desk_row, file, inbox, record, session
from bot.store.schema import cases as table
from bot.store.sealed import sealed
from bot.store.sealing import open_all, seal_all
from checklist.case import Case, Consent
from checklist.records import Record
from handlers.session import Session
from tests.damaging import break_seal, of_no_known_shape
from tests.engine import catalog

AT = datetime(2026, 11, 1, tzinfo=UTC)
IDS = ["AAAA-1111", "BBBB-2222", "CCCC-3333"]
BAD = IDS[1]

Damage = Callable[[Database, sa.Column[Any], str], Awaitable[None]]


@pytest.fixture
async def db(where: Path | str) -> AsyncIterator[Database]:
    async with await Database.open(where) as db:
        for case_id in IDS:
            await db.write(partial(add, case_id=case_id))
        yield db


async def add(tx: AsyncConnection, case_id: str) -> None:
    agreed = Consent(version="1", given=True, locale="en", at=AT)
    paper = Record(
        id=f"record {case_id}", file_id=f"file {case_id}", kind="lab", received_at=AT,
        original_name="letter.pdf", media_type="application/pdf", size=1,
    )  # fmt: skip
    case = Case(id=case_id, opened_at=AT, version=1, consents=(agreed,), records=(paper,))
    chat = Session(id=f"chat {case_id}", case_id=case_id, channel="web", address=case_id)
    await add_chat(tx, case_id)
    await cases.save_session(tx, replace(chat, version=1), before=0)
    await cases.save_case(tx, case, None, now=AT.timestamp())
    await files.want(
        tx, file_id=f"file {case_id}", case_id=case_id, session_id=chat.id, channel="web", sender="",
        fetch_ref="", name="letter.pdf", media_type="", size=1, caption="", item=None, received_at=AT,
    )  # fmt: skip


async def add_chat(tx: AsyncConnection, case_id: str) -> None:
    row = {
        "id": f"chat {case_id}", "channel": "web", "address": sealed(case_id, case_id),
        "address_hash": case_id, "case_id": case_id, "locale": "en", "version": 0,
        "created_at": AT.timestamp(),
    }  # fmt: skip
    await tx.execute(session.insert(), row)


@pytest.fixture(
    params=[
        (break_seal, table.c.body),
        (of_no_known_shape, table.c.body),
        (break_seal, record.c.body),
        (of_no_known_shape, record.c.body),
    ],
    ids=["seal of a case", "shape of a case", "seal of a record", "shape of a record"],
)
async def damaged(db: Database, request: pytest.FixtureRequest) -> Database:
    damage, column = request.param
    await damage(db, column, BAD)
    return db


async def rows_of(db: Database) -> dict[str, str]:
    await desk_rows.catch_up(db, catalog(), desk_rows.stamp_of(catalog()))
    found = await db.read(lambda tx: tx.execute(sa.select(desk_row.c.case_id, desk_row.c.reasons)))
    return {row.case_id: row.reasons for row in found}


async def test_every_other_case_is_listed_and_the_damaged_one_is_named(damaged: Database) -> None:
    with capture_logs() as logs:
        rows = await rows_of(damaged)
    assert sorted(rows) == IDS
    assert [case_id for case_id in rows if rows[case_id] == "unreadable"] == [BAD]
    assert [line["case"] for line in logs if line["event"] == "case_unreadable"] == [BAD]
    found = await damaged.read(partial(desk_list.find, wish=Wish()))
    assert (found.total, found.unreadable) == (3, (BAD,))
    assert [row.case.id for row in await cases.list_cases(damaged)] == [IDS[0], IDS[2]]
    assert [line["id"] for line in await list_cases(damaged, catalog())] == [IDS[0], IDS[2]]
    assert await unreadable.find(damaged) == unreadable.Found(looked_at=3, ids=(BAD,))


async def test_a_case_that_can_be_read_again_is_listed_as_it_is(damaged: Database) -> None:
    await rows_of(damaged)
    whole = await cases.find(damaged, IDS[0])
    assert whole is not None
    bodies = {table: replace(whole, id=BAD, records=()), record: whole.records[0]}

    async def mend(tx: AsyncConnection) -> None:
        for one, value in bodies.items():
            key = one.c.id if one is table else one.c.case_id
            words = sealed(BAD, codec.dump(value))
            await tx.execute(sa.update(one).where(key == BAD).values(body=words))

    await damaged.write(mend)
    assert "unreadable" not in (await rows_of(damaged)).values()


async def test_the_sweep_of_retention_passes_it_over(damaged: Database) -> None:
    page = await damaged.read(partial(forgetting.quiet, before=2e9, after_id="", ringing=()))
    assert page is not None  # Its records don't matter there.
    assert [one.case.id for one in page.cases] in ([IDS[0], IDS[2]], IDS)
    assert page.last_id == IDS[2]


async def test_two_hundred_chats_without_a_case_do_not_end_the_sweep(db: Database) -> None:
    async def empty_chats(tx: AsyncConnection) -> None:
        for n in range(250):
            await add_chat(tx, f"0000-{n:04}")

    await db.write(empty_chats)
    after, seen = "", []
    while page := await db.read(partial(forgetting.quiet, before=2e9, after_id=after, ringing=())):
        seen += [one.case.id for one in page.cases]
        after = page.last_id
    assert seen == IDS


async def test_other_systems_get_the_others(damaged: Database) -> None:
    page = partial(case_pages.page, status=None, since=0.0, after=None, limit=10)
    rows, _after = await damaged.read(page)
    assert [row.case.id for row in rows] == [IDS[0], IDS[2]]


@pytest.mark.parametrize("column", [file.c.name, session.c.address], ids=str)
async def test_words_beside_a_case_that_are_damaged_hide_nothing(
    db: Database, column: sa.Column[Any]
) -> None:
    await break_seal(db, column, BAD)
    assert sorted(await rows_of(db)) == IDS
    found = await db.read(partial(desk_list.find, wish=Wish(sort="name")))
    assert found.total == 3


async def test_a_damaged_line_of_the_list_hides_no_other_and_is_made_anew(db: Database) -> None:
    await rows_of(db)
    for column in (desk_row.c.name, desk_row.c.search):
        await break_seal(db, column, BAD)
    await db.read(partial(desk_list.find, wish=Wish(sort="name", terms=((("x",),),))))
    await db.write(lambda tx: desk_rows.outdate(tx, BAD))
    assert sorted(await rows_of(db)) == IDS


async def test_what_is_damaged_is_left_as_it_is_by_who_opens_and_seals_all(db: Database) -> None:
    await break_seal(db, table.c.body, BAD)
    await break_seal(db, file.c.name, BAD)
    opened = await open_all(db)
    assert (opened.rows > 6, opened.damaged) == (True, 2)
    assert damaged_rows(opened) == f"2 rows can't be opened, and are as they were. Whose: {BAD}"
    sealed_again = await seal_all(db)
    assert sealed_again.rows >= opened.rows
    assert [row.case.id for row in await cases.list_cases(db)] == [IDS[0], IDS[2]]


async def test_a_damaged_key_of_a_case_is_that_cases_alone(where: Path | str) -> None:
    async with await Database.open(where) as db:
        for case_id in IDS:
            await db.write(partial(add, case_id=case_id))
        mine = sa.update(case_key).where(case_key.c.case_id == BAD)
        await db.write(lambda tx: tx.execute(mine.values(wrapped="AAAA")))
    async with await Database.open(where) as db:
        rows = await rows_of(db)
        assert [case_id for case_id in rows if rows[case_id] == "unreadable"] == [BAD]


async def test_a_backup_is_made_and_no_file_is_taken_for_nobodys(
    damaged: Database, tmp_path: Path
) -> None:
    """What can't be read names files that no other row does, and may be read again."""

    async def once() -> AsyncIterator[bytes]:
        yield b"named by what can't be read"

    blobs, partials = FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads")
    blob = await blobs.put(once(), case_id="")
    named = await damaged.read(owners)
    made = await backup(damaged, blobs, partials, tmp_path / "backups", lambda: AT)
    assert made.files == (0 if named.whole else 1)
    shell: Any = SimpleNamespace(db=damaged, blobs=blobs, clock=lambda: AT)
    os.utime(blobs.path(blob.id), (1, 1))
    assert await orphans.sweep(shell) == (1 if named.whole else 0)


async def test_a_damaged_message_does_not_keep_its_case_from_being_erased(db: Database) -> None:
    row = {"channel": "web", "session_id": f"chat {BAD}", "case_id": BAD, "received_at": 0.0}

    async def begin(tx: AsyncConnection) -> None:
        for own, state in (("1", "dead"), ("2", "new")):
            new = {**row, "external_id": own, "state": state, "raw": sealed(BAD, '{"a": 1}')}
            await tx.execute(sa.insert(inbox), new)

    async def erase(tx: AsyncConnection) -> list[str]:
        found = await inbox_erasure.scrub(tx, BAD, this=0)
        await case_keys.make(tx, BAD)
        await inbox_erasure.seal_again(tx, BAD)
        await case_keys.destroy_earlier(tx, BAD)
        return [row.channel for row in found]

    await db.write(begin)
    await break_seal(db, inbox.c.raw, BAD)
    assert await db.write(erase) == ["web"]

    async def raws(tx: AsyncConnection) -> list[str]:
        return list((await tx.execute(sa.select(inbox.c.raw))).scalars())

    assert sorted(await db.read(raws)) == ["", "{}"]
