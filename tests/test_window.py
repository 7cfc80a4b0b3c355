"""A chat that can't be written to: the 24-hour window, a block, and what a vendor reports later.

The channel here has a window as WhatsApp has one, and is in the test's hands at the wire.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Blocked, Capabilities, ChannelError, Rejected, Retry, Sent, Unknown
from bot.store import cases, chat_codes, codec, deliveries, inbox
from bot.store.reach import NEWS
from bot.store.schema import cases as schema_cases
from bot.store.schema import delivery, message, session
from bot.store.sealed import sealed
from handlers import conversation
from handlers.effects import Effect, EraseCase, SendReply, TryElsewhere
from handlers.session import Session
from handlers.updates import CoordinatorActed, DeliveryFailed, TimerFired, Update
from tests.engine import Engine, Wire, opened, say

DAY = 24 * 3600
WINDOW = Capabilities(window=timedelta(hours=24))


@dataclass
class Windowed(Wire):
    """A channel with a window, and a template for outside of it."""

    capabilities: Capabilities = WINDOW
    knocks: list[tuple[str, str]] = field(default_factory=list)
    knock_trouble: list[BaseException] = field(default_factory=list)

    async def knock(self, address: str, locale: str, key: str) -> Sent:
        self.knocks.append((address, locale))
        if self.knock_trouble:
            raise self.knock_trouble.pop(0)
        return Sent(external_id=f"knock-{len(self.knocks)}")


def spoken(update: Update, _session: object, _case: object) -> tuple[Effect, ...]:
    """Timers and coordinators say something; a failure is tried elsewhere."""
    match update:
        case TimerFired(name=words):
            return (say(words),)
        case CoordinatorActed(text=words):
            return (say(words),)
        case DeliveryFailed(message_id=message_id):
            return (TryElsewhere(message_id=message_id),)
        case _:
            return ()


async def settle(engine: Engine) -> None:
    """Until what could not be sent has had its turn, and what came of that is sent."""
    for _ in range(3):
        await engine.settle()


async def hear(engine: Engine, text: str, sender: str = "ann") -> None:
    engine.script.effects = spoken
    await engine.hear(text, sender=sender)
    await settle(engine)


async def tell(engine: Engine, *words: str) -> None:
    """Something is said by itself, which no patient has asked for."""
    engine.script.effects = spoken
    (first, *_) = await engine.rows(session)
    for said in words:
        count = len(await engine.rows(message))
        update = TimerFired(name=said, key=said)
        add = partial(
            inbox.add_update,
            case_id=first.case_id,
            session_id=first.id,
            key=f"t{count}",
            update=update,
        )
        await engine.db.write(add)
        await engine.take_turns()
    await settle(engine)


async def states(engine: Engine) -> list[str]:
    rows = await engine.rows(message, message.c.direction == "out", message.c.kind == "")
    return [row.state for row in rows]


async def report(engine: Engine, external_id: str, state: deliveries.State, code: str = "") -> None:
    at = codec.seconds(engine.clock())
    await engine.db.write(
        lambda tx: deliveries.note(
            tx, channel="wire", external_id=external_id, state=state, code=code, at=at
        )
    )
    await settle(engine)


def failures(engine: Engine) -> list[DeliveryFailed]:
    return [update for update in engine.script.heard if isinstance(update, DeliveryFailed)]


# ---- the window --------------------------------------------------------------------------------


async def test_within_the_window_everything_is_said(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY - 1)
        await tell(engine, "news")
        assert wire.texts() == ["heard hello", "news"]
        assert wire.knocks == []


async def test_a_message_that_comes_late_does_not_close_the_window_early(tmp_path: Path) -> None:
    """What the webhook has missed is found in a list, hours after what was written later."""
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "later")
        early = engine.clock() - timedelta(hours=20)
        raw = {"id": "m0", "from": "ann", "text": "earlier"}
        await inbox.add(
            engine.db, channel="wire", external_id="m0", address="ann", raw=raw, received_at=early
        )
        await settle(engine)
        engine.clock.move(DAY / 2)
        await tell(engine, "news")
        assert wire.texts() == ["heard later", "heard earlier", "news"]
        assert wire.knocks == []


async def test_outside_the_window_one_knock_is_sent_and_what_was_held_follows_in_order(
    tmp_path: Path,
) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        await engine.db.write(_speak_russian)
        engine.clock.move(DAY)
        await tell(engine, "one", "two")
        engine.clock.move(DAY)
        await tell(engine, "three")
        assert wire.texts() == ["heard hello"]
        assert wire.knocks == [("ann", "ru")]
        assert await states(engine) == ["sent", "held", "held", "held"]
        assert failures(engine) == []
        await hear(engine, "yes?")
        assert wire.texts()[1:] == ["one", "two", "three", "heard yes?"]
        assert len(wire.knocks) == 1


async def test_the_next_silence_has_a_knock_of_its_own(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        for n in range(2):
            engine.clock.move(DAY)
            await tell(engine, f"news {n}")
            await hear(engine, f"yes {n}")
        assert len(wire.knocks) == 2
        assert [text for text in wire.texts() if text.startswith("news")] == ["news 0", "news 1"]


async def test_a_knock_says_nothing_but_that_there_is_news(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "your biopsy")
        (knock,) = await engine.rows(message, message.c.kind == "knock")
        assert NEWS.msgid in knock.body
        assert NEWS.msgid in knock.rendered
        assert "biopsy" not in knock.body + knock.rendered


async def test_the_vendor_s_own_word_that_the_window_is_closed_holds_the_message_back(
    tmp_path: Path,
) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        wire.trouble = [Rejected("outside_window")]
        await tell(engine, "one", "two")
        assert wire.texts() == ["heard hello"]
        assert len(wire.knocks) == 1
        await hear(engine, "yes?")
        assert wire.texts()[1:] == ["one", "two", "heard yes?"]


@pytest.mark.usefixtures("both")
async def test_the_vendor_s_later_word_that_the_window_is_closed_holds_the_message_back(
    tmp_path: Path,
) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(60)
        await tell(engine, "one")
        assert wire.texts() == ["heard hello", "one"]
        for _ in range(2):
            await report(engine, "ext-2", "failed", "63016")
        assert await states(engine) == ["sent", "held"]
        assert len(wire.knocks) == 1
        assert failures(engine) == []
        engine.clock.move(60)
        await hear(engine, "yes?")
        assert wire.texts()[2:] == ["one", "heard yes?"]


async def test_without_a_template_the_conversation_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, capabilities=WINDOW) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one")
        (failed,) = failures(engine)
        assert failed.reason == "outside_window"
        assert await states(engine) == ["sent", "held"]
        await hear(engine, "yes?")
        assert engine.wire.texts()[1:] == ["one", "heard yes?"]


async def test_a_knock_that_is_refused_is_told_and_not_repeated(tmp_path: Path) -> None:
    wire = Windowed(knock_trouble=[Rejected("63024")])
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one", "two")
        assert len(wire.knocks) == 1
        (knock,) = await engine.rows(message, message.c.kind == "knock")
        assert (knock.state, knock.reason) == ("failed", "63024")
        assert [failed.message_id for failed in failures(engine)] == [knock.id]
        assert await states(engine) == ["sent", "held", "held"]


async def test_a_knock_that_must_wait_is_sent_once(tmp_path: Path) -> None:
    wire = Windowed(knock_trouble=[Retry("429", after=30)])
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one")
        engine.clock.move(60)
        await settle(engine)
        assert len(wire.knocks) == 2


async def test_who_writes_before_the_knock_is_not_knocked_at(tmp_path: Path) -> None:
    wire = Windowed(knock_trouble=[Retry("429", after=30)])
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one")
        await hear(engine, "yes?")
        engine.clock.move(60)
        await settle(engine)
        assert len(wire.knocks) == 1
        assert wire.texts()[1:] == ["one", "heard yes?"]


async def test_killed_between_the_knock_and_its_note_it_is_knocked_again_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    entered = asyncio.Event()

    @dataclass
    class Dying(Windowed):
        async def knock(self, address: str, locale: str, key: str) -> Sent:
            self.knocks.append((address, locale))
            entered.set()
            await asyncio.Event().wait()
            raise AssertionError

    async with opened(tmp_path, wire=Dying()) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        engine.script.effects = spoken
        telling = asyncio.create_task(tell(engine, "one", "two"))
        async with asyncio.timeout(10):
            await entered.wait()
        telling.cancel()
        for task in list(engine.outbox._busy.values()):
            task.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        engine.clock.move(DAY)
        await engine.outbox.recover()
        await settle(engine)
        assert len(wire.knocks) == 1
        assert wire.texts() == []
        await engine.hear("yes?", id="m9")
        await settle(engine)
        assert wire.texts() == ["one", "two", "heard yes?"]


async def test_a_knock_of_which_nobody_knows_is_not_repeated_without_end(tmp_path: Path) -> None:
    wire = Windowed(knock_trouble=[Unknown() for _ in range(9)])
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one")
        assert len(wire.knocks) == 4
        assert [failed.reason for failed in failures(engine)] == ["unknown"]


async def test_who_writes_while_the_vendor_is_asked_gets_the_message_at_once(
    tmp_path: Path,
) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")

        async def write_meanwhile(_address: str) -> None:
            wire.on_send = None
            engine.clock.move(1)
            await engine.hear("meanwhile")
            raise Rejected("outside_window")

        wire.on_send = write_meanwhile
        await tell(engine, "one")
        await settle(engine)
        assert wire.texts() == ["heard hello", "one", "heard meanwhile"]
        assert wire.knocks == []


async def test_a_reminder_that_was_held_is_dropped_when_the_patient_writes(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "opinion")
        nudge = message.update().where(message.c.state == "held").values(kind="nudge")
        await engine.db.write(lambda tx: tx.execute(nudge))
        await tell(engine, "more")
        await hear(engine, "yes?")
        assert wire.texts()[1:] == ["more", "heard yes?"]


async def test_what_was_held_of_an_erased_case_is_never_sent(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(DAY)
        await tell(engine, "one")
        engine.script.effects = lambda update, *_: (EraseCase(), say("erased"))
        await engine.hear("delete")
        await settle(engine)
        assert wire.texts()[1:] in (["erased"], ["one", "erased"])
        assert wire.texts()[-1] == "erased"
        assert all(
            row.body is None for row in await engine.rows(message) if row.state == "withheld"
        )


async def test_a_yes_to_a_knock_erases_nothing_and_shows_the_question(tmp_path: Path) -> None:
    """ "Please reply" is answered by a yes, and the question that stands is another one."""
    wire = Windowed()
    async with opened(tmp_path, wire=wire, script=conversation.advance) as engine:
        for text in ("hello", "English", "yes", "reminders", "Yes, remind me", "/delete"):
            await engine.hear(text)
            await settle(engine)
        engine.clock.move(2 * DAY)
        (chat,) = await engine.rows(session)
        reminder = TimerFired(name="reminder", key="k")
        add = partial(inbox.add_update, case_id=chat.case_id, key="k", update=reminder)
        await engine.db.write(add)
        await settle(engine)
        assert len(wire.knocks) == 1
        for text in ("yes", "I am the patient"):
            await engine.hear(text)
            await settle(engine)
        (row,) = await cases.list_cases(engine.db)
        assert not row.case.erased
        assert any("Thank you for your reply" in text for text in wire.texts())
        assert row.case.choice("role") == "patient"


# ---- a chat that has blocked us ----------------------------------------------------------------


@pytest.mark.parametrize("trouble", [Blocked("left"), Rejected("63033")])
async def test_a_blocked_chat_is_asked_no_more_and_told_of_and_gets_all_when_it_is_back(
    tmp_path: Path, trouble: ChannelError
) -> None:
    async with opened(tmp_path) as engine:
        await hear(engine, "hello")
        engine.wire.trouble = [trouble]
        await tell(engine, "one", "two")
        assert engine.wire.texts() == ["heard hello"]
        assert await states(engine) == ["sent", "held", "held"]
        assert [failed.reason for failed in failures(engine)] == ["blocked", "blocked"]
        (row,) = await engine.rows(session)
        assert row.reach == "blocked"
        await hear(engine, "back")
        assert engine.wire.texts()[1:] == ["one", "two", "heard back"]


async def test_a_block_that_is_reported_after_the_patient_is_back_keeps_nothing_from_them(
    tmp_path: Path,
) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")
        engine.clock.move(60)
        await tell(engine, "one")
        engine.clock.move(60)
        await hear(engine, "back")
        await report(engine, "ext-2", "undelivered", "63033")
        assert wire.texts()[2:] == ["heard back", "one"]
        assert await states(engine) == ["sent", "sent", "sent"]
        assert failures(engine) == []


# ---- reports -----------------------------------------------------------------------------------

REPORTS: Sequence[deliveries.State] = ("queued", "sent", "delivered", "read")


@pytest.mark.parametrize("order", list(itertools.permutations(REPORTS))[::5])
async def test_reports_in_any_order_and_doubled_end_in_the_same(
    tmp_path: Path, order: Sequence[deliveries.State]
) -> None:
    async with opened(tmp_path, wire=Windowed()) as engine:
        await hear(engine, "hello")
        for state in (*order, *order):
            await report(engine, "ext-1", state)
        (row,) = await engine.rows(delivery)
        assert (row.state, row.message_id is not None) == ("read", True)


async def test_a_failure_is_not_believed_once_the_message_has_arrived(tmp_path: Path) -> None:
    async with opened(tmp_path, wire=Windowed()) as engine:
        await hear(engine, "hello")
        await report(engine, "ext-1", "delivered")
        await report(engine, "ext-1", "undelivered", "63024")
        assert failures(engine) == []
        assert await states(engine) == ["sent"]


async def test_what_the_vendor_was_too_busy_for_is_sent_again_a_few_times(tmp_path: Path) -> None:
    async with opened(tmp_path, wire=Windowed()) as engine:
        await hear(engine, "hello")
        for n in (1, 2, 3):
            await report(engine, f"ext-{n}", "undelivered", "63018")
            assert await states(engine) == ["pending"]
            assert len(engine.wire.sent) == n
            engine.clock.move(30 * 2**n)
            await settle(engine)
            assert engine.wire.texts() == ["heard hello"] * (n + 1)
        assert failures(engine) == []
        await report(engine, "ext-4", "undelivered", "63018")
        assert await states(engine) == ["failed"]
        assert [failed.reason for failed in failures(engine)] == ["63018"]


async def test_of_a_message_in_parts_only_the_last_is_sent_again(tmp_path: Path) -> None:
    wire = Windowed(capabilities=replace(WINDOW, max_text=40))
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "a sentence. " * 5)
        count = len(wire.sent)
        assert count > 1
        await report(engine, f"ext-{count}", "undelivered", "63010")
        engine.clock.move(60)
        await settle(engine)
        assert wire.texts()[count:] == wire.texts()[count - 1 : count]
        # The middle of it can't come after its end.
        await report(engine, "ext-1", "undelivered", "63010")
        assert await states(engine) == ["failed"]


async def test_a_report_that_comes_before_the_vendor_s_answer_is_kept(tmp_path: Path) -> None:
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        await hear(engine, "hello")

        async def report_first(_address: str) -> None:
            wire.on_send = None
            at = codec.seconds(engine.clock())
            await engine.db.write(
                lambda tx: deliveries.note(
                    tx, channel="wire", external_id="ext-2", state="failed", code="63024", at=at
                )
            )

        wire.on_send = report_first
        await tell(engine, "one")
        assert await states(engine) == ["sent", "failed"]
        assert [failed.reason for failed in failures(engine)] == ["63024"]


async def test_a_report_of_a_message_that_nobody_sent_harms_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, wire=Windowed()) as engine:
        await hear(engine, "hello")
        await report(engine, "another account's", "failed", "63024")
        assert failures(engine) == []


async def test_a_failed_message_is_said_in_another_chat_of_the_case_once(tmp_path: Path) -> None:
    wire, other = Windowed(), Wire(name="other")
    async with opened(tmp_path, wire=wire, others={"other": other}) as engine:
        await hear(engine, "hello")
        (first,) = await engine.rows(session)
        await join(engine, first.case_id)
        await tell(engine, "one")
        for _ in range(2):
            await report(engine, "ext-2", "failed", "63024")
        assert other.texts() == ["one"]
        assert await states(engine) == ["sent", "moved"]
        rows = await engine.rows(message, message.c.kind == "carried")
        assert [row.state for row in rows] == ["sent"]


async def test_what_a_blocked_chat_holds_back_goes_to_another_chat_of_the_case(
    tmp_path: Path,
) -> None:
    other = Wire(name="other")
    async with opened(tmp_path, others={"other": other}) as engine:
        await hear(engine, "hello")
        (first,) = await engine.rows(session)
        await join(engine, first.case_id)
        engine.wire.trouble = [Blocked("left")]
        await tell(engine, "one", "two")
        assert other.texts() == ["one", "two"]
        await hear(engine, "back")
        assert engine.wire.texts()[1:] == ["heard back"]


async def test_what_failed_in_both_chats_goes_round_no_further(tmp_path: Path) -> None:
    other = Wire(name="other", trouble=[Rejected("bad")])
    async with opened(tmp_path, others={"other": other}) as engine:
        await hear(engine, "hello")
        (first,) = await engine.rows(session)
        await join(engine, first.case_id)
        engine.wire.trouble = [Rejected("bad")]
        await tell(engine, "one")
        assert (engine.wire.texts(), other.texts()) == (["heard hello"], [])
        assert len(failures(engine)) == 2


async def test_a_failure_is_told_to_the_case_that_its_chat_has_joined_meanwhile(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await hear(engine, "hello")
        await hear(engine, "hi", sender="bob")
        ann, bob = (row.case_id for row in await engine.rows(session, session.c.channel == "wire"))
        chat = next(row for row in await engine.rows(session) if row.case_id == ann)

        async def join_bob(_address: str) -> None:
            engine.wire.on_send = None
            engine.wire.trouble = [Rejected("bad")]
            await engine.db.write(
                partial(chat_codes.move_chat, session_id=chat.id, old=ann, new=bob)
            )

        engine.wire.on_send = join_bob
        await hear(engine, "again", sender=chat.address)
        assert len(failures(engine)) == 1
        assert [row.id for row in await engine.rows(schema_cases)] == [bob]


async def test_health_details_are_not_said_on_a_channel_that_may_carry_none(
    tmp_path: Path,
) -> None:
    other = Wire(name="other", capabilities=Capabilities(health=False))
    async with opened(tmp_path, others={"other": other}) as engine:
        await hear(engine, "hello")
        (first,) = await engine.rows(session)
        await join(engine, first.case_id)
        engine.wire.trouble = [Rejected("bad")]
        await tell(engine, "one")
        assert other.texts() == []


async def join(engine: Engine, case_id: str) -> None:
    """Another chat of the same case, in which was written too."""
    values = {
        "id": "second",
        "channel": "other",
        "address": sealed(case_id, "ann elsewhere"),
        "case_id": case_id,
        "created_at": 1.0,
        "last_inbound_at": 1.0,
    }
    await engine.db.write(lambda tx: tx.execute(sa.insert(session).values(**values)))


def test_the_effects_of_this_module_are_those_of_the_conversation() -> None:
    (said,) = spoken(TimerFired(name="x", key="x"), None, None)
    assert isinstance(said, SendReply)


async def _speak_russian(tx: AsyncConnection) -> None:
    for row in (await tx.execute(sa.select(session))).all():
        body = sealed(row.case_id, codec.dump(replace(codec.load(Session, row.body), locale="ru")))
        await tx.execute(session.update().where(session.c.id == row.id).values(body=body))
