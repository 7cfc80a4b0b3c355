"""The inbox takes everything once, and gives it out in order, case by case."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import chat_codes, codec, inbox, set_aside
from bot.store.case_number import new_case_id, unused_case_id
from bot.store.schema import cases, session
from bot.store.schema import inbox as table
from bot.store.sqlite import driver_of
from bot.tokens import token_hash
from checklist.case import Case, Chat
from handlers.effects import Effect, JoinCase, UseCode
from handlers.session import Session
from handlers.updates import CodeTried, InboundMessage, TimerFired, Update
from tests.engine import START, Engine, opened

pytestmark = pytest.mark.usefixtures("both")


async def head_id(engine: Engine, seconds: float = 0) -> int | None:
    now = codec.seconds(START) + seconds
    row = await engine.db.read(lambda tx: inbox.head(tx, now))
    return None if row is None else int(row.id)


async def test_a_second_delivery_leaves_no_second_row(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        assert await engine.hear("hello", id="7") is not None
        assert await engine.hear("hello", id="7") is None
        assert len(await engine.rows(table)) == 1


async def test_one_address_is_one_chat_and_one_case(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for sender in ("ann", "bob", "ann"):
            await engine.hear("hello", sender=sender)
        chats = await engine.rows(session)
        assert {chat.address for chat in chats} == {"ann", "bob"}
        assert len({chat.case_id for chat in chats}) == 2


def test_a_case_number_can_be_read_over_the_phone() -> None:
    ids = {new_case_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", one) for one in ids)


async def test_a_number_that_a_case_has_is_given_to_no_other_chat(tmp_path: Path) -> None:
    """It would be part of that case."""
    async with opened(tmp_path) as engine:
        await engine.hear("hello", sender="ann")
        (ann,) = await engine.rows(session)
        made = iter([ann.case_id, "7KQ4-M2XR"])
        given = await engine.db.read(lambda tx: unused_case_id(tx, lambda: next(made)))
        assert given == "7KQ4-M2XR"


async def test_a_batch_is_taken_whole_and_its_repeats_are_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        batch = [
            inbox.Arrival(
                channel="wire", external_id=str(n % 3), address="ann", raw={}, received_at=START
            )
            for n in range(5)
        ]
        ids = await inbox.add_many(engine.db, batch)
        assert [one is None for one in ids] == [False, False, False, True, True]


async def test_half_a_surrogate_pair_does_not_stop_the_inbox(tmp_path: Path) -> None:
    """JSON may hold one; a batch that can't be stored would be delivered again for ever."""
    async with opened(tmp_path) as engine:
        await engine.hear("bad \ud83d, good \U0001f600")
        assert await engine.take_turns() == 1
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard bad ?, good \U0001f600"]


async def test_the_oldest_row_of_each_case_is_given_out_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        first, second = await engine.hear("1"), await engine.hear("2")
        other = await engine.hear("3", sender="bob")
        assert first
        assert second
        assert other
        assert await head_id(engine) == first
        later = codec.seconds(START + timedelta(seconds=60))
        await engine.db.write(lambda tx: inbox.failed(tx, first, attempts=0, not_before=later))
        assert await head_id(engine) == other, "ann's second message must wait for her first"
        await engine.db.write(lambda tx: inbox.done(tx, other))
        assert await head_id(engine) is None
        assert await head_id(engine, 60) == first
        gone = partial(set_aside.set_aside, row_id=first, attempts=1, reason="r", at=1.0)
        await engine.db.write(gone)
        assert await head_id(engine) == second


async def test_a_row_that_was_given_up_can_be_revived(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        row = await engine.hear("1")
        assert row is not None
        await engine.hear("2")
        gone = partial(set_aside.set_aside, row_id=row, attempts=0, reason="KeyError", at=5.0)
        await engine.db.write(gone)
        (dead,) = await engine.db.read(set_aside.dead)
        assert (dead.id, dead.reason, dead.at, dead.attempts) == (row, "KeyError", 5.0, 1)
        new = await engine.db.write(lambda tx: set_aside.revive(tx, row))
        assert new is not None
        assert not await engine.db.read(set_aside.dead)
        assert await engine.db.write(lambda tx: set_aside.revive(tx, row)) is None
        # It waits behind what came meanwhile, and holds it up no more.
        await engine.take_turns()
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard 2", "heard 1"]


async def test_an_update_from_inside_goes_to_the_chat_that_was_heard_from_last(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("1", sender="ann")
        engine.clock.move(1)
        await engine.hear("2", sender="bob")
        ann, bob = sorted(await engine.rows(session), key=lambda chat: chat.address)
        timer = TimerFired(name="n", key="k")

        async def join_and_tell(tx: AsyncConnection) -> inbox.InboxId | None:
            await tx.execute(session.update().values(case_id=ann.case_id))
            return await inbox.add_update(tx, case_id=ann.case_id, key="once", update=timer)

        assert await engine.db.write(join_and_tell) is not None
        assert await engine.db.write(join_and_tell) is None
        row = (await engine.rows(table))[-1]
        assert (row.session_id, codec.load_update(row.raw)) == (bob.id, timer)


async def test_an_update_for_a_case_without_a_chat_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        timer = TimerFired(name="n", key="k")
        added = await engine.db.write(
            lambda tx: inbox.add_update(tx, case_id="NONE", key="k", update=timer)
        )
        assert added is None


@pytest.mark.parametrize("hint", ["", "ar"])
async def test_a_new_chat_keeps_the_language_of_its_client(tmp_path: Path, hint: str) -> None:
    async with opened(tmp_path) as engine:
        await inbox.add(
            engine.db,
            channel="wire",
            external_id="1",
            address="ann",
            raw={},
            received_at=START,
            locale_hint=hint,
        )
        assert [chat.locale for chat in await engine.rows(session)] == [hint]


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_what_was_done_does_not_slow_the_search_for_what_is_due(tmp_path: Path) -> None:
    """Nearly all rows are done, and they are kept; counted in steps of SQLite's machine."""
    async with opened(tmp_path) as engine:

        async def steps_to_the_head() -> int:
            steps = 0

            def count() -> int:
                nonlocal steps
                steps += 1
                return 0

            async def work(tx: AsyncConnection) -> int:
                raw = driver_of(tx).raw
                raw.set_progress_handler(count, 1)
                # So many at once are held back for a while.
                row = await inbox.head(tx, codec.seconds(START) + 1e4)
                raw.set_progress_handler(None, 1)
                assert row is not None
                await inbox.done(tx, row.id)
                return steps

            return await engine.db.write(work)

        await engine.hear("first", id="first")
        few = await steps_to_the_head()
        for n in range(300):
            await engine.hear("more", id=str(n))
            await steps_to_the_head()
        await engine.hear("last", id="last")
        assert await steps_to_the_head() <= few + 20


@pytest.mark.parametrize("both", ["postgres"], indirect=True)
async def test_a_message_that_arrives_while_its_chat_joins_a_case_is_heard_there(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        heard: dict[str, str] = {}

        def script(update: Update, chat: Session, case: Case) -> tuple[Effect, ...]:
            if not isinstance(update, InboundMessage):
                return joins_at_once(update, chat)
            heard[update.text] = case.id
            return (UseCode(secret="k"),) if update.text == "code" else ()

        engine.script.effects = script
        await engine.hear("hello", sender="bob")
        await engine.hear("hi", sender="ann")
        await engine.take_turns()
        bob = next(row for row in await engine.rows(session) if row.address == "bob")
        await engine.db.write(partial(handed_out, engine, bob.id, bob.case_id))
        await engine.hear("code", sender="ann")
        await engine.db.write(slow_to_leave)
        joining = asyncio.create_task(engine.take_turns())
        await asyncio.sleep(0.3)
        await engine.hear("next", sender="ann")
        await joining
        await engine.take_turns()
        assert heard == {"hello": bob.case_id, "hi": heard["hi"], "code": heard["hi"],
                         "next": bob.case_id}  # fmt: skip
        assert [row.id for row in await engine.rows(cases)] == [bob.case_id]


@pytest.mark.parametrize("both", ["postgres"], indirect=True)
async def test_a_code_that_two_chats_use_at_once_opens_the_case_to_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine, opened(tmp_path) as other:
        for one in (engine, other):
            one.script.effects = lambda update, chat, _case: (
                (UseCode(secret="k"),)
                if getattr(update, "text", "") == "code"
                else joins_at_once(update, chat)
            )
        for sender in ("bob", "ann", "eve"):
            await engine.hear("hello", sender=sender)
        await engine.take_turns()
        bob = next(row for row in await engine.rows(session) if row.address == "bob")
        await engine.db.write(partial(handed_out, engine, bob.id, bob.case_id))
        await engine.db.write(slow_to_leave)
        for sender in ("ann", "eve"):
            await engine.hear("code", sender=sender)
        await asyncio.gather(engine.take_turns(), other.take_turns())
        chats = await engine.rows(session)
        assert sorted(row.case_id == bob.case_id for row in chats) == [False, True, True]


def joins_at_once(update: Update, chat: Session) -> tuple[Effect, ...]:
    """A chat that agrees without being asked."""
    if not isinstance(update, CodeTried) or update.outcome != "found":
        return ()
    return (JoinCase(chat=Chat(id=chat.id, channel=chat.channel, since=START)),)


async def handed_out(engine: Engine, session_id: str, case_id: str, tx: AsyncConnection) -> None:
    """The chat has handed out a code."""
    await chat_codes.add(
        tx,
        code_hash=token_hash("k"),
        case_id=case_id,
        session_id=session_id,
        writer="",
        expires_at=codec.seconds(engine.clock()) + 60,
    )


async def slow_to_leave(tx: AsyncConnection) -> None:
    """The case that a chat leaves is deleted as the last thing of its turn, and that takes its time."""
    await tx.execute(
        sa.text(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN PERFORM pg_sleep(1); RETURN OLD; END'"
        )
    )
    await tx.execute(
        sa.text("CREATE TRIGGER t BEFORE DELETE ON cases FOR EACH ROW EXECUTE FUNCTION slow()")
    )
