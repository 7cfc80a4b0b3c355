"""What a patient had erased is gone, and nothing that was under way brings it back."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.registry import Lane
from bot.paths import load_catalog
from bot.store import audit, audit_check, cases, desk_rows, inbox
from bot.store.schema import desk_row, file, message, session
from bot.store.schema import inbox as inbox_table
from checklist.case import Case
from handlers.effects import EraseCase, TakeFile
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests.engine import Engine, Wire, opened, say

pytestmark = pytest.mark.usefixtures("both")

NAME = "biopsy of ann"
ERASE = (Lane(name="erase", kinds=("erase",), places=1),)


class Forgetful:
    """Takes files, and forgets the case at the word "erase"."""

    def __init__(self) -> None:
        self.heard: list[Update] = []

    def __call__(self, session: Session, case: Case, update: Update, **_: Any) -> Turn:
        self.heard.append(update)
        session = replace(session, version=session.version + 1)
        if isinstance(update, InboundMessage) and update.text == "erase":
            effects = (EraseCase(), say("All is erased."))
            return Turn(session=session, case=case.forgotten(), effects=effects)
        files = update.attachments if isinstance(update, InboundMessage) else ()
        taken = tuple(TakeFile(file_id=a.fetch_ref, attachment=a, item="labs") for a in files)
        return Turn(session=session, case=case, effects=(*taken, say("thanks")))


async def indexed(engine: Engine, key: str) -> None:
    """The file was read, and the conversation is yet to hear of it."""
    (chat,) = await engine.rows(session)
    update = RecordIndexed(file_id="scan", original_name=NAME)

    async def add(tx: AsyncConnection) -> None:
        await inbox.add_update(tx, case_id=chat.case_id, key=key, update=update)

    await engine.db.write(add)


async def as_stored(engine: Engine) -> bytes:
    """What the patient said, as it stands sealed in the file; the end of it, for a page may cut it."""
    (row,) = await engine.rows(message, message.c.direction == "in")
    assert NAME in row.body
    raw = sa.select(sa.type_coerce(message.c.body, sa.Text)).where(message.c.id == row.id)

    async def read(tx: AsyncConnection) -> str:
        return str((await tx.execute(raw)).scalar_one())

    return (await engine.db.read(read))[-100:].encode()


async def test_what_was_read_before_the_erasure_does_not_come_after_it(tmp_path: Path) -> None:
    conversation = Forgetful()
    async with opened(tmp_path, script=conversation) as engine:
        await engine.hear("", files=["scan"])
        await engine.take_turns()
        await engine.hear("erase")
        await indexed(engine, "file:scan")
        await engine.hear("and hello again")
        assert await engine.take_turns() == 2
        assert not [one for one in conversation.heard if isinstance(one, RecordIndexed)]
        rows = await engine.rows(inbox_table)
        assert {row.state for row in rows} == {"done"}
        assert NAME not in str(await engine.dump())


async def test_a_file_that_is_erased_is_not_heard_of(tmp_path: Path) -> None:
    """However its update came to be in the inbox."""
    conversation = Forgetful()
    async with opened(tmp_path, script=conversation) as engine:
        await engine.hear("", files=["scan"])
        await engine.hear("erase")
        await engine.take_turns()
        await indexed(engine, "late")
        assert await engine.take_turns() == 1
        assert not [one for one in conversation.heard if isinstance(one, RecordIndexed)]
        assert [row.state for row in await engine.rows(file)] == ["erased"]
        assert NAME not in str(await engine.dump())
        (stored,) = await cases.list_cases(engine.db)
        assert stored.case.erased


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_no_word_stays_in_the_databases_files(tmp_path: Path) -> None:
    """The write-ahead log keeps what was written until it is emptied; it is, with no file sent."""
    async with opened(tmp_path, script=Forgetful()) as engine:
        await engine.hear(NAME)
        await engine.take_turns()
        stored = await as_stored(engine)
        await engine.hear("erase")
        await engine.take_turns()
        log = tmp_path / "core.db-wal"
        assert stored in log.read_bytes()
        await engine.worker(lanes=ERASE).run_due()
        found = b"".join(path.read_bytes() for path in tmp_path.glob("core.db*"))
        assert stored not in found
        assert NAME.encode() not in found


async def test_the_audit_trail_keeps_that_it_happened_and_nobody(tmp_path: Path) -> None:
    """Also in the database's files; and nobody can tell from it that anything was changed."""
    async with opened(tmp_path, script=Forgetful()) as engine:
        await engine.hear("hello")
        await engine.take_turns()
        (chat,) = await engine.rows(session)
        at = engine.clock().timestamp()
        event = {"case_id": chat.case_id, "at": at, "action": "looked"}
        await audit.note(engine.db, **event, actor=f"coordinator {NAME}", object=NAME)
        await engine.hear("erase")
        await engine.take_turns()
        trail = await engine.db.read(lambda tx: audit.trail(tx, chat.case_id))
        assert [(row.actor, row.action, row.object) for row in trail] == [
            ("coordinator", "looked", ""),
            ("system", "trail.forgotten", ""),
        ]
        await engine.worker(lanes=ERASE).run_due()
        found = b"".join(path.read_bytes() for path in tmp_path.glob("core.db*"))
        assert NAME.encode() not in found
        assert (await engine.db.read(audit_check.check)).faults == []


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_reader_that_holds_the_log_is_waited_for(tmp_path: Path) -> None:
    """Another program may just look at the file; the log is emptied when it is done."""
    async with opened(tmp_path, script=Forgetful()) as engine:
        await engine.hear(NAME)
        await engine.take_turns()
        stored = await as_stored(engine)
        reader = sqlite3.connect(tmp_path / "core.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        await engine.hear("erase")
        await engine.take_turns()
        assert await engine.worker(lanes=ERASE).run_due() == 1
        assert stored in (tmp_path / "core.db-wal").read_bytes()
        reader.close()
        engine.clock.move(1000)
        assert await engine.worker(lanes=ERASE).run_due() == 1
        assert stored not in (tmp_path / "core.db-wal").read_bytes()


async def test_the_list_of_the_desk_forgets_the_patient_with_the_erasure(tmp_path: Path) -> None:
    """At once, and not when somebody looks at the list the next time."""
    async with opened(tmp_path, script=Forgetful()) as engine:
        await engine.hear("", files=["scan"])
        await engine.take_turns()
        catalog = load_catalog()
        await desk_rows.catch_up(engine.db, catalog, desk_rows.stamp_of(catalog))
        assert len(await engine.rows(desk_row)) == 1
        await engine.hear("erase")
        await engine.take_turns()
        assert await engine.rows(desk_row) == []


async def test_an_erasure_reaches_what_the_vendor_keeps_of_a_message_that_was_given_up(
    tmp_path: Path,
) -> None:
    """No turn took its file, and none let go of it."""

    class Keeping(Wire):
        released: ClassVar[list[str]] = []

        async def release(self, fetch_ref: str) -> None:
            self.released.append(fetch_ref)

    wire = Keeping()
    async with opened(tmp_path, wire=wire) as engine:
        await engine.hear("boom", files=["mri"])
        for _ in range(6):
            await engine.take_turns()
            engine.clock.move(60)
        assert [row.state for row in await engine.rows(inbox_table)] == ["dead"]
        engine.script.effects = lambda *_: (EraseCase(), say("All is erased."))
        await engine.hear("erase")
        await engine.settle()
        assert wire.released == ["mri"]
