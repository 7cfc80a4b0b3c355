"""A turn is all or nothing, once, in order, and one that fails holds up nobody else."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, codec, inbox, messages
from bot.store.schema import audit, file, handoff, job, message, metadata, session
from bot.store.schema import cases as cases_table
from bot.store.schema import inbox as inbox_table
from bot.store.sqlite import Connection
from bot.turn import APOLOGY
from checklist.case import Case
from handlers.effects import (
    BuildPackage,
    CancelTimer,
    Effect,
    EraseCase,
    NotifyCoordinators,
    OpenHandoff,
    RecordAudit,
    SetTimer,
    TakeFile,
)
from handlers.session import Session
from handlers.updates import CoordinatorActed, InboundMessage, TimerFired, Update
from tests.engine import START, Engine, opened, say

pytestmark = pytest.mark.usefixtures("both")


def everything(update: Update, session: Session, case: Case) -> tuple[Effect, ...]:
    """A turn that writes to every table that a turn can write to."""
    if not isinstance(update, InboundMessage):
        return (say(f"then {update.kind}"),)
    return (
        say("one"),
        say("two"),
        *(TakeFile(file_id=a.fetch_ref, attachment=a, item="labs") for a in update.attachments),
        SetTimer(name="receipt", key="batch", at=START + timedelta(seconds=5)),
        SetTimer(name="reminder", key="gone", at=START + timedelta(days=1)),
        CancelTimer(key="gone"),
        BuildPackage(),
        NotifyCoordinators(reason="human", key="h"),
        OpenHandoff(reason="asked"),
        RecordAudit(actor="patient", action="said", object=case.id),
    )


async def test_a_message_is_answered_and_the_case_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        assert await engine.turns.run_next()
        assert not await engine.turns.run_next()
        (stored,) = await cases.list_cases(engine.db)
        assert (stored.case.text("a0"), stored.case.version) == ("hello", 1)
        (chat,) = await engine.rows(session)
        lines = await messages.transcript(engine.db, chat.id)
        assert [line.said.text if line.said else line.reply for line in lines] == [
            "hello",
            say("heard hello").reply,
        ]


async def test_the_state_of_one_turn_is_the_beginning_of_the_next(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for text in ("one", "two", "three"):
            await engine.hear(text)
        assert await engine.take_turns() == 3
        (stored,) = await cases.list_cases(engine.db)
        assert [answer.text for answer in stored.case.answers.values()] == ["one", "two", "three"]
        assert stored.case.version == 3
        (chat,) = await engine.rows(session)
        assert chat.version == codec.load(Session, chat.body).version == 3


async def test_every_effect_is_a_row(tmp_path: Path) -> None:
    async with opened(tmp_path, destinations=("d1", "d2")) as engine:
        engine.script.effects = everything
        await engine.hear("hello", files=["scan"])
        await engine.take_turns()
        jobs = [(row.kind, json.loads(row.args)) for row in await engine.rows(job)]
        (chat,) = await engine.rows(session)
        case_id = chat.case_id
        assert {args.pop("trace") for _, args in jobs} == {"i1"}
        told = {"case": case_id, "reason": "human", "notice": "h"}
        assert jobs == [
            ("fetch", {"file": "scan"}),
            ("timer", {"session": chat.id, "name": "receipt", "timer": "batch"}),
            ("package", {"case": case_id}),
            ("notify", {**told, "destination": "d1"}),
            ("notify", {**told, "destination": "d2"}),
        ]
        (wanted,) = await engine.rows(file)
        assert (wanted.state, wanted.item, wanted.sender) == ("wanted", "labs", "ann")
        assert [row.reason for row in await engine.rows(handoff)] == ["asked"]
        assert [row.action for row in await engine.rows(audit)] == ["said"]
        assert [row.state for row in await engine.rows(message)] == ["received"] + ["pending"] * 2


async def test_a_timer_that_is_set_again_is_moved_and_fires_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.script.effects = everything
        await engine.hear("1")
        await engine.take_turns()
        engine.clock.move(3)
        later = SetTimer(name="receipt", key="batch", at=START + timedelta(seconds=8))
        engine.script.effects = lambda update, session, case: (later,)
        await engine.hear("2")
        await engine.take_turns()
        worker = engine.worker(lanes=_lanes("timer"))
        engine.clock.move(3)
        await worker.run_due()
        assert await engine.take_turns() == 0
        engine.clock.move(3)
        await worker.run_due()
        engine.script.effects = None
        assert await engine.take_turns() == 1
        assert engine.script.heard[-1] == TimerFired(name="receipt", key="batch")


async def test_a_notice_is_given_once_for_its_key_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path, destinations=("d",)) as engine:
        notice = NotifyCoordinators(reason="submitted", key="v1")
        engine.script.effects = lambda update, session, case: (notice,)
        for text in ("1", "2"):
            await engine.hear(text)
            await engine.take_turns()
            await engine.db.write(lambda tx: tx.execute(job.update().values(state="done")))
        assert len(await engine.rows(job)) == 1


async def test_a_coordinator_comes_in_by_the_same_door(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.script.effects = everything
        await engine.hear("hello")
        await engine.take_turns()
        (chat,) = await engine.rows(session)
        act = CoordinatorActed(action="resume", coordinator="Li Wei")
        for _ in range(2):
            await engine.db.write(
                lambda tx: inbox.add_update(tx, case_id=chat.case_id, key="act-1", update=act)
            )
        assert await engine.take_turns() == 1
        assert engine.script.heard[-1] == act
        assert not await engine.db.read(cases.open_handoffs)


async def test_what_says_nothing_is_done_without_a_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear(nothing=True)
        assert await engine.take_turns() == 1
        assert not engine.script.heard
        assert not await engine.rows(cases_table)


# ---- a row that fails --------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [{"text": "boom"}, {"malformed": True}])
async def test_a_row_that_fails_holds_up_its_own_case_only(
    tmp_path: Path, bad: dict[str, Any]
) -> None:
    async with opened(tmp_path, destinations=("d",)) as engine:
        await engine.hear(**bad)
        await engine.hear("after")
        await engine.hear("other", sender="bob")
        await engine.take_turns()
        await engine.outbox.drain()
        assert engine.wire.texts("ann") == []
        assert engine.wire.texts("bob") == ["heard other"]
        for _ in range(5):
            engine.clock.move(60)
            await engine.take_turns()
        await engine.outbox.drain()
        apology = engine.languages.say(APOLOGY, "en")
        assert engine.wire.texts("ann") == [apology, "heard after"]
        states = [row.state for row in await engine.rows(inbox_table)]
        assert states == ["dead", "done", "done"]
        assert [row.kind for row in await engine.rows(job)] == ["notify"]
        assert [row.reason for row in await engine.rows(handoff)] == ["failed"]


async def test_a_row_that_fails_is_tried_again_later_and_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("boom")
        pauses = []
        for _ in range(4):
            await engine.take_turns()
            (row,) = await engine.rows(inbox_table)
            pauses.append(row.not_before - codec.seconds(engine.clock()))
            engine.clock.move(pauses[-1])
        assert pauses == [2, 4, 8, 16]


async def test_an_update_from_inside_that_fails_is_not_blamed_on_the_patient(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        await engine.take_turns()

        def fail(update: Update, session: Session, case: Case) -> tuple[Effect, ...]:
            raise ZeroDivisionError

        engine.script.effects = fail
        (chat,) = await engine.rows(session)
        timer = TimerFired(name="n", key="k")
        await engine.db.write(
            lambda tx: inbox.add_update(tx, case_id=chat.case_id, key="k", update=timer)
        )
        for _ in range(5):
            await engine.take_turns()
            engine.clock.move(60)
        assert len(await engine.rows(message)) == 2
        assert [row.state for row in await engine.rows(inbox_table)] == ["done", "dead"]


# ---- all or nothing ----------------------------------------------------------------------------


class Crash(Exception):
    """The process dies here."""


async def crashing_at(
    engine: Engine, statement: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, int]:
    """Take a turn, and die before its n-th statement; whether it died, and how many there were."""
    count = 0

    def dying(name: str) -> Callable[..., Any]:
        real = getattr(Connection, name)

        def run(self: Connection, sql: str, parameters: Any = ()) -> Any:
            nonlocal count
            count += 1
            if count == statement:
                raise Crash
            return real(self, sql, parameters)

        return run

    async def not_written_down(_row: Any, error: Exception) -> None:
        raise error

    with monkeypatch.context() as patched:
        for name in ("execute_now", "execute_many_now"):
            patched.setattr(Connection, name, dying(name))
        # A process that is dead doesn't note down that it failed.
        patched.setattr(engine.turns, "_failed", not_written_down)
        try:
            await engine.turns.run_next()
        except Crash:
            return True, count
        return False, count


async def play(
    folder: Path, monkeypatch: pytest.MonkeyPatch, crash_before: int | None = None
) -> tuple[dict[str, Any], int]:
    """Two messages, each delivered twice; the turn of the second dies once at a statement."""
    folder.mkdir()
    async with opened(folder, destinations=("d",)) as engine:
        engine.script.effects = everything
        await engine.hear("first", id="1")
        await engine.take_turns()
        for _ in range(2):
            await engine.hear("second", id="2", files=["scan"])
        before = await engine.dump()
        died, statements = await crashing_at(engine, crash_before or 0, monkeypatch)
        if died:
            assert await engine.dump() == before
        await engine.hear("second", id="2", files=["scan"])
        await engine.take_turns()
        await engine.outbox.drain()
        return {**await engine.dump(), "wire": engine.wire.sent}, statements


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_crash_before_any_statement_changes_nothing_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole turns or none: the same rows and messages as without the crash, each once."""
    numbers = itertools.count(1)
    monkeypatch.setattr("secrets.choice", lambda letters: letters[0])
    monkeypatch.setattr("secrets.token_hex", lambda size: "chat")
    expected, statements = await play(tmp_path / "whole", monkeypatch)
    assert statements > 8
    for crash_before in range(1, statements + 1):
        folder = tmp_path / f"crash{next(numbers)}"
        found, _ = await play(folder, monkeypatch, crash_before)
        assert found == expected, f"died before statement {crash_before}"


@pytest.mark.parametrize("moment", ["commit", "after"])
async def test_a_crash_at_the_commit_or_after_it_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        write = engine.db.write

        async def dying(fn: Callable[[AsyncConnection], Any], **how: Any) -> Any:
            async def then_die(tx: AsyncConnection) -> Any:
                await fn(tx)
                raise Crash

            await write(then_die if moment == "commit" else fn, **how)
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(engine.db, "write", dying)
            with pytest.raises(Crash):
                await engine.turns.run_next()
        await engine.take_turns()
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard hello"]
        (stored,) = await cases.list_cases(engine.db)
        assert (stored.case.version, len(stored.case.answers)) == (1, 1)


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_database_at_fault_is_not_blamed_on_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not wear out the tries of everybody's messages."""
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        execute_now = Connection.execute_now

        def full(self: Connection, sql: str, parameters: Any = ()) -> Any:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return execute_now(self, sql, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(Connection, "execute_now", full)
            with pytest.raises(sqlite3.OperationalError):
                await engine.turns.run_next()
        (row,) = await engine.rows(inbox_table)
        assert (row.state, row.attempts) == ("new", 0)
        assert await engine.take_turns() == 1


# ---- erasure -----------------------------------------------------------------------------------

WORDS = "my own secret words"


def erasing(update: Update, session: Session, case: Case) -> tuple[Effect, ...]:
    if isinstance(update, InboundMessage) and update.text.startswith("erase"):
        return (EraseCase(), say("All is erased."))
    return everything(update, session, case)


async def test_an_erased_case_leaves_no_word_and_no_byte(tmp_path: Path) -> None:
    forgetful = Forgetful()
    async with opened(tmp_path, script=forgetful, destinations=("d",)) as engine:
        engine.wire.files["scan"] = WORDS.encode()
        engine.wire.files["late"] = WORDS.encode()
        await engine.hear(WORDS, files=["scan"])
        await engine.take_turns()
        await engine.worker(lanes=_lanes("fetch")).run_due()
        await engine.hear(WORDS, files=["late"])
        await engine.hear(WORDS, sender="bob")
        await engine.take_turns()
        await engine.hear(f"erase {WORDS}")
        await engine.take_turns()
        await engine.worker(lanes=_lanes("erase", "fetch")).run_due()
        await engine.outbox.drain()
        assert engine.wire.texts("ann") == ["All is erased."]
        assert engine.wire.texts("bob") == ["one", "two"]
        assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
        (bob,) = [row for row in await engine.rows(session) if row.address == "bob"]
        for table in metadata.sorted_tables:
            for row in await engine.rows(table):
                values = dict(row._mapping)
                if values.get("case_id", values.get("id")) != bob.case_id:
                    assert WORDS not in str(values), table.name
        mine = (job.c.state == "ready", job.c.case_id != bob.case_id)
        assert {row.kind for row in await engine.rows(job, *mine)} == {"notify"}


def _lanes(*kinds: str) -> tuple[Any, ...]:
    from bot.jobs.registry import Lane

    return (Lane(name="some", kinds=kinds, places=1),)


class Forgetful:
    """A conversation that forgets the case when it is told to."""

    def __call__(self, session: Session, case: Case, update: Update, **_: Any) -> Any:
        from handlers.turn import Turn

        session = replace(session, version=session.version + 1)
        effects = erasing(update, session, case)
        if isinstance(effects[0], EraseCase):
            case = case.forgotten()
        return Turn(session=session, case=case, effects=effects)


async def test_what_the_conversation_does_not_want_is_not_kept(tmp_path: Path) -> None:
    """A page stores an upload before the turn; without consent it must not stay."""
    async with opened(tmp_path) as engine:

        async def content() -> Any:
            yield b"x"

        blob = await engine.blobs.put(content(), case_id="case")
        engine.script.effects = lambda update, session, case: (say("not yet"),)
        await engine.hear("", files=[blob.id])
        await engine.settle()
        assert not await engine.blobs.exists(blob.id)


async def test_a_chat_whose_seal_is_broken_holds_up_nobody_else(tmp_path: Path) -> None:
    """A bit of the disk, or somebody, has changed it: neither its words nor its row can be had."""
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        await engine.take_turns()
        (chat,) = await engine.rows(session)

        async def damage(tx: AsyncConnection) -> None:
            broken = "UPDATE session SET body = substr(body, 1, length(body) - 8) || 'AAAAAAAA'"
            await tx.execute(sa.text(broken))

        await engine.db.write(damage)
        await engine.hear("are you there?")
        await engine.hear("hello", sender="zoe")
        for _ in range(5):
            await engine.take_turns()
            engine.clock.move(60)
        await engine.outbox.drain()
        assert engine.wire.texts("zoe")
        waiting = sa.select(inbox_table.c.state).where(inbox_table.c.case_id == chat.case_id)
        states = await engine.db.read(lambda tx: tx.execute(waiting))
        assert {row.state for row in states.all()} == {"done", "dead"}
        assert {row.case_id for row in await engine.rows(handoff)} == {chat.case_id}


async def test_a_message_whose_parts_are_not_what_they_should_be_does_not_end_its_chat(
    tmp_path: Path,
) -> None:
    """A name that is a number, kept in a session, could be read by nobody any more."""
    async with opened(tmp_path) as engine:
        await engine.hear("", files=[7])
        await engine.take_turns()
        (update,) = engine.script.heard
        assert isinstance(update, InboundMessage)
        assert (update.unsupported, update.attachments) == ("unreadable", ())
        await engine.hear("hello")
        await engine.settle()
        assert engine.wire.texts()[-1] == "heard hello"


async def test_a_chat_that_can_not_be_read_holds_up_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("hello")
        await engine.settle()
        broken = sa.update(session).values(body=sa.literal('{"id": 5}', sa.Text))
        await engine.db.write(lambda tx: tx.execute(broken))
        await engine.hear("hello")
        await engine.hear("hello", sender="bob")
        for _try in range(10):
            await engine.settle()
            engine.clock.move(60)
        assert engine.wire.texts("bob") == ["heard hello"]
        (dead,) = [row for row in await engine.rows(inbox_table) if row.state == "dead"]
        assert "hello" in dead.raw
