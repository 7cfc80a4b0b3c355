"""What was said is sent in order, once, and no chat waits for another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.channels.base import Capabilities, Rejected, Rendered, Retry, Unknown
from bot.outbox import Outbox
from bot.said import MAYBE_SEEN
from bot.signals import chat
from bot.store import codec, messages, postgres
from bot.store.schema import inbox, message, session
from handlers.languages import Languages
from handlers.replies import Reply
from handlers.updates import DeliveryFailed
from tests.damaging import break_seal
from tests.engine import Engine, Wire, opened, say
from tests.postgres import database_of

pytestmark = pytest.mark.usefixtures("both")


async def ask(engine: Engine, *texts: str, sender: str = "ann") -> None:
    for text in texts:
        await engine.hear(text, sender=sender)
    await engine.take_turns()


async def states(engine: Engine) -> list[str]:
    return [row.state for row in await engine.rows(message, message.c.direction == "out")]


def again(text: str) -> str:
    return f"{MAYBE_SEEN.msgid}\n\n{text}"


async def test_replies_arrive_in_order_and_are_kept_as_they_were_sent(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await ask(engine, "1", "2", "3")
        await engine.outbox.drain()
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard 1", "heard 2", "heard 3"]
        rows = await engine.rows(message, message.c.direction == "out")
        shown = [codec.load(Rendered, row.rendered).text for row in rows]
        assert shown == engine.wire.texts()
        assert [row.state for row in rows] == ["sent"] * 3


async def test_a_slow_chat_holds_up_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        gate = asyncio.Event()

        async def slow_for_ann(address: str) -> None:
            if address == "ann":
                await gate.wait()

        engine.wire.on_send = slow_for_ann
        await ask(engine, "1", "2")
        await ask(engine, "3", "4", sender="bob")
        draining = asyncio.create_task(engine.outbox.drain())
        async with asyncio.timeout(10):
            while len(engine.wire.texts("bob")) < 2:
                await asyncio.sleep(0.001)
        assert engine.wire.texts("ann") == []
        gate.set()
        await draining
        assert engine.wire.texts("ann") == ["heard 1", "heard 2"]


async def test_a_chat_that_must_wait_keeps_its_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        stopped = iter([Retry("429", after=30)])

        async def stop_ann_once(address: str) -> None:
            if address == "ann" and (trouble := next(stopped, None)) is not None:
                raise trouble

        engine.wire.on_send = stop_ann_once
        await ask(engine, "1", "2")
        await ask(engine, "3", sender="bob")
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard 3"]
        engine.clock.move(29)
        await engine.outbox.drain()
        assert engine.wire.texts("ann") == []
        engine.clock.move(1)
        await engine.outbox.drain()
        assert engine.wire.texts("ann") == ["heard 1", "heard 2"]


async def test_what_can_not_be_delivered_is_told_to_the_conversation_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.trouble = [Rejected("bad")]
        await ask(engine, "1", "2")
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard 2"]
        assert await states(engine) == ["failed", "sent"]
        await engine.take_turns()
        (failed,) = [row for row in await engine.rows(message) if row.state == "failed"]
        assert engine.script.heard[-1] == DeliveryFailed(message_id=failed.id, reason="rejected")


@pytest.mark.parametrize("trouble", [Unknown("time-out"), ConnectionResetError()])
async def test_what_may_have_arrived_is_sent_once_more_and_says_so(
    tmp_path: Path, trouble: Exception
) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.trouble = [trouble]
        await ask(engine, "1", "2")
        await engine.outbox.drain()
        assert engine.wire.texts() == [again("heard 1"), "heard 2"]


async def test_what_may_have_arrived_again_and_again_is_left_at_that(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.trouble = [Unknown() for _ in range(4)]
        await ask(engine, "1", "2")
        await engine.outbox.drain()
        assert engine.wire.texts() == ["heard 2"]
        assert await states(engine) == ["failed", "sent"]
        await engine.take_turns()
        assert isinstance(engine.script.heard[-1], DeliveryFailed)


async def test_after_a_crash_while_sending_the_message_says_that_it_may_be_a_repeat(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await ask(engine, "1")
        entered = asyncio.Event()

        async def never(_address: str) -> None:
            entered.set()
            await asyncio.Event().wait()

        engine.wire.on_send = never
        sending = asyncio.create_task(engine.outbox.drain())
        await entered.wait()
        assert await states(engine) == ["sending"]
        sending.cancel()
        for task in list(engine.outbox._busy.values()):
            task.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    async with opened(tmp_path) as engine:
        if engine.db.shared:
            await engine.outbox.drain()
            assert not engine.wire.texts(), "its sender may live, in another process"
            engine.clock.move(61)
        for _ in range(2):
            await engine.outbox.drain()
            assert engine.wire.texts() == [again("heard 1")]


async def test_a_long_message_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """Parts that have arrived are not sent again after a pause, not even after a restart."""
    words = " ".join(f"word{n}" for n in range(20))
    async with opened(tmp_path, capabilities=Capabilities(max_text=60)) as engine:
        engine.wire.trouble = [None, Retry("429", after=5)]
        await ask(engine, words)
        await engine.outbox.drain()
        first = engine.wire.texts()
        assert len(first) == 1
    async with opened(tmp_path, capabilities=Capabilities(max_text=60)) as engine:
        engine.clock.move(60)
        await engine.outbox.drain()
        rest = engine.wire.texts()
        assert " ".join([*first, *rest]) == f"heard {words}"
        keys = [key.rpartition(".")[2] for _, _, key in engine.wire.sent]
        assert keys == [str(n + 1) for n in range(len(rest))]


async def test_an_excuse_that_does_not_fit_is_a_message_of_its_own(tmp_path: Path) -> None:
    limit = Capabilities(max_text=len("heard 1") + 25)
    async with opened(tmp_path, capabilities=limit) as engine:
        engine.wire.trouble = [Unknown()]
        await ask(engine, "1")
        await engine.outbox.drain()
        assert engine.wire.texts() == [MAYBE_SEEN.msgid, "heard 1"]


async def test_what_is_read_where_it_stands_is_marked_and_never_doubted(tmp_path: Path) -> None:
    capabilities = Capabilities(idempotent=True)
    async with opened(tmp_path, capabilities=capabilities) as engine:
        await ask(engine, "1", "2")
        (row,) = await engine.rows(session)
        with engine.db.signals.watch(chat(row.id)) as watch:
            await engine.outbox.drain()
            assert await watch.wait(0)
        assert await states(engine) == ["sent", "sent"]
        lines = await messages.transcript(engine.db, row.id)
        assert [line.rendered is None for line in lines] == [line.reply is None for line in lines]


@pytest.mark.parametrize("idempotent", [True, False])
async def test_words_that_can_not_be_found_do_not_stop_the_chat(
    tmp_path: Path, idempotent: bool
) -> None:
    capabilities = Capabilities(idempotent=idempotent)
    async with opened(tmp_path, capabilities=capabilities) as engine:

        def broken(reply: Reply, locale: str, languages: Languages) -> Rendered:
            text = languages.say(reply.text[0], locale)
            if text == "heard 2":
                raise KeyError("no such place")
            return Rendered(step="s", turn=1, text=text, locale=locale)

        outbox = Outbox(engine.db, engine.channels, engine.languages, engine.clock, render=broken)
        await ask(engine, "1", "2", "3")
        await outbox.drain()
        assert await states(engine) == ["sent", "failed", "sent"]


async def test_words_are_found_in_the_language_of_that_moment(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await ask(engine, "1")
        await engine.db.write(lambda tx: tx.execute(session.update().values(locale="ar")))
        await engine.outbox.drain()
        (row,) = await engine.rows(message, message.c.direction == "out")
        rendered = codec.load(Rendered, row.rendered)
        assert (rendered.locale, rendered.direction) == ("ar", "rtl")


async def test_a_channel_that_is_switched_off_keeps_its_messages(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await ask(engine, "1")
        off = Outbox(engine.db, {}, engine.languages, engine.clock)
        await off.drain()
        assert await states(engine) == ["pending"]


async def test_the_loops_answer_without_being_asked_and_stop_cleanly(tmp_path: Path) -> None:
    """The signals lead from what arrives to what is sent; nobody polls."""
    async with opened(tmp_path) as engine:
        loops = [
            asyncio.create_task(engine.turns.run_forever()),
            asyncio.create_task(engine.outbox.run_forever()),
        ]
        await asyncio.sleep(0)
        arrived = asyncio.Event()

        async def arrive(_address: str) -> None:
            arrived.set()

        engine.wire.on_send = arrive
        for n in range(3):
            arrived.clear()
            await engine.hear(str(n))
            async with asyncio.timeout(10):
                await arrived.wait()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        assert engine.wire.texts() == ["heard 0", "heard 1", "heard 2"]
        assert await states(engine) == ["sent"] * 3
        assert not await engine.rows(inbox, inbox.c.state != "done")


async def test_two_channels_do_not_mix(tmp_path: Path) -> None:
    other = Wire(name="other")
    async with opened(tmp_path, others={"other": other}) as engine:
        engine.script.effects = lambda update, session, case: (say(session.channel),)
        await ask(engine, "1")
        await engine.outbox.drain()
        assert (engine.wire.texts(), other.texts()) == (["wire"], [])


@pytest.mark.parametrize("both", ["postgres"], indirect=True)
async def test_two_that_send_never_send_the_same_and_who_slept_too_long_changes_nothing(
    tmp_path: Path,
) -> None:
    """One was suspended with a message on its way. The other waits, then sends it with an excuse."""
    async with opened(tmp_path) as first, opened(tmp_path) as second:
        await ask(first, "1", "2")
        asleep, awake = asyncio.Event(), asyncio.Event()

        async def sleep(_address: str) -> None:
            asleep.set()
            await awake.wait()

        first.wire.on_send = sleep
        sending = asyncio.create_task(first.outbox.drain())
        await asleep.wait()
        await second.outbox.drain()
        assert second.wire.texts() == []
        second.clock.move(61)
        await second.outbox.drain()
        assert second.wire.texts() == [again("heard 1"), "heard 2"]
        before = await second.rows(message)
        awake.set()
        await sending
        assert first.wire.texts() == ["heard 1"]
        assert await second.rows(message) == before


@pytest.mark.parametrize("both", ["postgres"], indirect=True)
async def test_what_has_arrived_while_the_database_was_away_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is away for longer than a write waits for it, just when the channel has answered."""
    monkeypatch.setattr(postgres, "_PATIENCE_SECONDS", 0.2)
    url = str(database_of(tmp_path))
    async with opened(tmp_path) as engine:
        await ask(engine, "1")
        back = asyncio.Event()

        async def away(_address: str) -> None:
            shut_out(url, True)
            asyncio.get_running_loop().call_later(1.0, back.set)

        engine.wire.on_send = away
        sending = asyncio.create_task(engine.outbox.drain())
        await back.wait()
        shut_out(url, False)
        await sending
        assert await states(engine) == ["sent"]
        assert engine.wire.texts() == ["heard 1"]


def shut_out(url: str, away: bool) -> None:
    """Let nobody connect to a database, and end who is connected; or let them back."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not away}')
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(ended, (name,))


async def test_a_message_that_is_damaged_fails_and_the_next_one_is_sent(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("one")
        await engine.take_turns()
        (chat_row,) = await engine.rows(session)
        await break_seal(engine.db, message.c.body, chat_row.case_id)
        await engine.hear("two")
        await engine.take_turns()
        await engine.outbox.drain()
        assert [text for text in engine.wire.texts() if "two" in text]
        states = sa.select(message.c.state).where(message.c.direction == "out")
        found = await engine.db.read(lambda tx: tx.execute(states.order_by(message.c.id)))
        assert list(found.scalars()) == ["failed", "sent"]
