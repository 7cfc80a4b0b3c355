"""What holds for all chats of a case is told in all of them: a stop, an agreement, and an end to come."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Blocked, Capabilities
from bot.jobs import retain
from bot.store import cases, inbox
from bot.store.schema import job, message
from checklist.case import Case
from checklist.consents import newest
from handlers import conversation
from handlers.codes import LETTERS
from handlers.effects import NotifyCoordinators, SendReply
from handlers.service import Service
from tests.engine import Engine, Wire, opened
from tests.player import Player
from tests.test_window import WINDOW, Windowed

SERVICE = Service(after_closing=90, of_silence=180)
DAY = 86400.0


# ---- in the conversation -----------------------------------------------------------------------


def shared(player: Player, *, who: str = "helper") -> Player:
    """A patient who has let somebody else into the case; the other chat is played."""
    invited(player, who=who)
    player.press("ru" if who == "helper" else "patient")
    if who == "helper":
        player.press("helper")
    player.press("yes")
    if who == "helper":
        player.say("Иван Петров")
        player.press("child")
    return player


def invited(player: Player, *answers: str, who: str = "helper") -> None:
    """A patient begins, who answers this too, and hands out a code; the other chat has given it."""
    player.open()
    for choice in ("en", "yes", *answers, "patient"):
        player.press(choice)
    player.say("Ana Petrova")
    player.say("/continue")
    player.press(who)
    player.switch("other")
    player.say(player.code[0])


def stop(player: Player) -> None:
    player.say("withdraw")
    player.press("keep")
    player.press("stop")


def told(player: Player, chat: str) -> str:
    """What was said in another chat since it was looked into last, which is played from here on."""
    player.switch(chat)
    return "\n".join(player.shown(player.unread.pop(chat, [])))


def test_the_patient_hears_at_once_that_a_helper_has_stopped_the_case(player: Player) -> None:
    shared(player)
    stop(player)
    said = told(player, "")
    assert "A helper has stopped the work on this case in another chat." in said
    assert "What shall I do with it?" in said
    assert "[Erase everything] [Get a copy] [Yes, I agree]" in said
    assert player.session.step == "stopped"
    player.press("again")
    player.press("yes")
    assert player.case.consented
    assert "В другом чате" in told(player, "other")


def test_a_helper_hears_that_the_patient_has_stopped_it_and_can_not_agree_over_their_head(
    player: Player,
) -> None:
    shared(player)
    player.switch("")
    stop(player)
    said = told(player, "other")
    assert "[Стереть всё] [Получить копию] [🆘 Экстренно]" in said
    for wire in ("stopped:again", "consent:yes"):
        player.press(wire)
        assert player.case.withdrawn
    player.say("да")
    assert player.case.withdrawn
    player.session = replace(player.session, step="consent")
    player.press("consent:yes")
    assert (player.case.withdrawn, player.session.step) == (True, "stopped")


def test_a_helper_is_not_told_of_a_button_that_is_not_theirs(player: Player) -> None:
    shared(player)
    player.switch("")
    stop(player)
    told(player, "other")
    player.session = replace(player.session, locale="en")
    shown = "\n".join(player.shown(player.say("/status")))
    assert "Only the patient can agree again." in shown
    assert "Yes, I agree" not in shown


def test_who_joins_a_case_that_was_stopped_meanwhile_is_told_that(player: Player) -> None:
    invited(player)
    for choice in ("en", "helper", "yes"):
        player.press(choice)
    player.switch("")
    stop(player)
    player.switch("other")
    player.say("Ivan")
    shown = "\n".join(player.shown(player.press("child")))
    assert "The work on this case was stopped in another chat." in shown
    assert "is kept with it" not in shown
    assert "Only the patient can agree again." in shown
    assert "Yes, I agree" not in shown
    assert player.session.step == "stopped"


def test_a_helper_can_not_say_yes_to_a_point_to_which_the_patient_said_no(player: Player) -> None:
    player.service = replace(SERVICE, country="DE")
    invited(player, "no-abroad")
    for choice in ("en", "helper", "yes"):
        player.press(choice)
    player.say("Ivan")
    player.press("child")
    player.say("/withdraw")
    shown = "\n".join(player.shown(player.press("abroad")))
    assert "Only the patient can agree again." in shown
    # Nor by a button of before, nor once the helper has said no themselves.
    for wire in ("agree:yes-abroad", "agree:no-abroad", "agree:yes-abroad"):
        player.press(wire)
        assert not player.case.agrees("abroad")
    player.switch("")
    player.say("/withdraw")
    player.press("abroad")
    player.press("yes-abroad")
    assert player.case.agrees("abroad")


def test_what_a_helper_has_stopped_both_may_agree_to_again(player: Player) -> None:
    shared(player)
    stop(player)
    player.press("again")
    player.press("yes")
    assert player.case.consented
    said = told(player, "")
    assert "Somebody agreed again" in said
    assert "born" in said


def test_a_patient_who_says_no_after_a_helper_has_said_it_too(player: Player) -> None:
    shared(player)
    stop(player)
    player.switch("")
    player.press("again")
    player.press("no")
    player.switch("other")
    player.press("stopped:again")
    assert player.session.step == "stopped"
    # And a helper's own no takes nothing from that.
    player.session = replace(player.session, step="consent")
    player.press("consent:no")
    said = newest(player.case.consents, "keep")
    assert said is not None
    assert said.by == "patient"


def test_a_guardian_may_agree_again_for_a_child(player: Player) -> None:
    player.open()
    for choice in ("en", "yes", "helper"):
        player.press(choice)
    for words in ("Maria", "I am the mother", "Ana Petrova", "12 April 2014"):
        player.say(words)
    player.press("guardian")
    player.say("/continue")
    player.press("patient")
    player.switch("other")
    player.say(player.code[0])
    for choice in ("en", "patient", "yes"):
        player.press(choice)
    stop(player)
    assert "[Yes, I agree]" in told(player, "")
    player.press("again")
    player.press("yes")
    assert player.case.consented
    # A friend of theirs may not.
    player.say("/continue")
    player.press("helper")
    player.switch("friend")
    player.say(player.code[0])
    for choice in ("en", "helper", "yes"):
        player.press(choice)
    player.say("Olga")
    player.press("friend")
    player.switch("other")
    stop(player)
    assert "[Yes, I agree]" not in told(player, "friend")


def test_who_was_just_about_to_agree_is_told_that_it_was_stopped(player: Player) -> None:
    shared(player)
    player.switch("")
    player.say("back")
    for _ in range(10):
        if player.session.step == "consent":
            break
        player.say("back")
    player.switch("other")
    stop(player)
    player.switch("")
    assert player.session.step == "stopped"


def test_the_help_of_an_emergency_stays_where_it_is(player: Player) -> None:
    shared(player)
    player.switch("")
    player.press("emergency")
    player.switch("other")
    stop(player)
    said = told(player, "")
    assert player.session.aside == "emergency"
    assert "What shall I do with it?" not in said


def test_a_question_whether_to_erase_is_closed_by_the_news(player: Player) -> None:
    """A yes to what was just said must not erase everything."""
    shared(player)
    player.switch("")
    player.say("/delete")
    player.switch("other")
    stop(player)
    player.switch("")
    assert player.session.aside == ""
    player.say("yes")
    assert not player.case.erased


def test_where_no_health_detail_may_be_said_the_news_is_neutral(player: Player) -> None:
    shared(player)
    player.health = False
    player.switch("")
    player.say("hello")
    player.switch("other")
    player.health = True
    stop(player)
    player.press("again")
    player.health = False
    before = len(player.effects)
    player.press("yes")
    player.switch("")
    said = [e for e in player.effects[before:] if isinstance(e, SendReply)]
    assert not any(e.elsewhere for e in said)
    words = "\n".join(player.shown(player.unread.pop("")))
    assert "There is something new" not in words
    assert "Somebody agreed again" in words
    assert "https://chat.example/j/" in words


def test_the_warning_is_said_in_every_chat_and_its_end_where_it_was_neutral(player: Player) -> None:
    shared(player)
    player.service = SERVICE
    player.health = False
    stop(player)
    player.unread.clear()
    player.wait(timedelta(days=174))
    said = player.shown(player.sweep())
    assert any("7 дней" in line for line in said), said
    assert "In 7 days I erase it" in told(player, "")
    player.switch("other")
    player.wait(timedelta(days=8))
    before = len(player.effects)
    player.sweep()
    assert player.case.erased
    replies = [e for e in player.effects[before:] if isinstance(e, SendReply)]
    assert [e.elsewhere for e in replies] == [False]
    assert "новое" not in "".join(player.shown([e.reply for e in replies]))


@pytest.mark.parametrize("health", [True, False])
def test_a_case_that_goes_to_its_end_says_so_and_not_that_there_is_news(
    player: Player, health: bool
) -> None:
    player.service, player.health = SERVICE, health
    player.open()
    for choice in ("en", "yes"):
        player.press(choice)
    player.wait(timedelta(days=174))
    player.sweep()
    player.wait(timedelta(days=8))
    said = "".join(player.shown(player.sweep()))
    assert player.case.erased
    assert "Your case is erased" in said
    assert "something new" not in said


def test_a_case_of_which_nobody_could_be_told_waits_for_coordinators(player: Player) -> None:
    player.service, player.reached = SERVICE, False
    player.open()
    for choice in ("en", "yes"):
        player.press(choice)
    player.wait(timedelta(days=174))
    player.sweep()
    player.wait(timedelta(days=2))
    player.sweep()
    notices = [e.reason for e in player.effects if isinstance(e, NotifyCoordinators)]
    assert notices == ["not_warned"]
    player.wait(timedelta(days=29))
    player.sweep()
    assert not player.case.erased
    held = player.fork()
    held.act("hold")
    for one in (player, held):
        one.wait(timedelta(days=2))
        one.sweep()
    assert player.case.erased
    assert not held.case.erased


def test_what_was_held_for_long_is_warned_of_anew_before_it_is_erased(player: Player) -> None:
    player.service = SERVICE
    player.open()
    for choice in ("en", "yes"):
        player.press(choice)
    player.wait(timedelta(days=174))
    player.sweep()
    player.act("hold")
    player.wait(timedelta(days=300))
    player.act("lift")
    said = player.shown(player.sweep())
    assert not player.case.erased
    assert "In 7 days I erase it" in said[0]


# ---- in the store ------------------------------------------------------------------------------


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Ann has begun a case on a wire with a window; Zoe helps on another, which has none."""
    other = Wire(name="other")
    wire = Windowed(capabilities=replace(WINDOW))
    how = {"others": {"other": other}, "service": SERVICE, "wire": wire}
    destinations = ("desk",)
    async with opened(
        tmp_path,
        script=conversation.advance,
        destinations=destinations,
        **how,  # type: ignore[arg-type]
    ) as engine:
        for text in ("hello", "English", "yes", "I am the patient", "Ana Petrova", "/continue"):
            await ann(engine, text)
        await ann(engine, "Somebody who helps")
        found = re.search(f"[{LETTERS}]{{4}} [{LETTERS}]{{4}}", engine.wire.texts("ann")[-1])
        assert found is not None
        for text in (found[0], "English", "I help a patient", "yes", "Ivan", "Daughter or son"):
            await zoe(engine, text)
        yield engine


async def settle(engine: Engine) -> None:
    for _ in range(4):
        await engine.settle()


async def ann(engine: Engine, text: str) -> None:
    await engine.hear(text)
    await settle(engine)


async def zoe(engine: Engine, text: str) -> None:
    count = len(await engine.rows(message))
    await inbox.add(
        engine.db, channel="other", external_id=f"z{count}", address="zoe",
        raw={"id": f"z{count}", "from": "zoe", "text": text}, received_at=engine.clock(),
    )  # fmt: skip
    await settle(engine)


async def sweep(engine: Engine, days: float) -> Case:
    engine.clock.move(days * DAY)
    await retain.keep_looking(engine)
    await settle(engine)
    # A chat that was taken out has an empty case of its own.
    rows = await cases.list_cases(engine.db)
    return min((row.case for row in rows), key=lambda case: case.opened_at)


async def notices(engine: Engine) -> list[str]:
    rows = await engine.rows(job, job.c.kind == "notify")
    return [row.args["reason"] if isinstance(row.args, dict) else str(row.args) for row in rows]


async def test_every_chat_is_told_of_a_stop_on_its_own_channel(engine: Engine) -> None:
    for text in ("withdraw", "Keep my records", "Stop the work"):
        await zoe(engine, text)
    assert "A helper has stopped the work" in engine.wire.texts("ann")[-1]
    assert "A helper has stopped" not in "".join(engine.others["other"].texts())
    for text in ("Yes, I agree", "yes"):
        await ann(engine, text)
    assert "Somebody agreed again" in engine.others["other"].texts("zoe")[-1]
    assert "Somebody agreed again" not in "".join(engine.wire.texts())


async def test_a_chat_that_is_closed_is_knocked_at_and_hears_of_the_stop_when_it_writes(
    engine: Engine,
) -> None:
    engine.clock.move(2 * DAY)
    for text in ("withdraw", "Keep my records", "Stop the work"):
        await zoe(engine, text)
    assert isinstance(engine.wire, Windowed)
    assert engine.wire.knocks == [("ann", "en")]
    # It is not said to the helper in her place.
    assert "A helper has stopped" not in "".join(engine.others["other"].texts())
    await ann(engine, "hello")
    assert sum("A helper has stopped" in text for text in engine.wire.texts("ann")) == 1


async def test_the_warning_goes_to_every_chat_and_counts_where_one_of_them_was_reached(
    engine: Engine,
) -> None:
    await sweep(engine, 174)
    assert "In 7 days I erase it" in engine.others["other"].texts("zoe")[-1]
    assert isinstance(engine.wire, Windowed)
    assert engine.wire.knocks == [("ann", "en")]
    assert not (await sweep(engine, 6)).erased
    assert (await sweep(engine, 2)).erased
    assert sum("In 7 days" in text for text in engine.others["other"].texts()) == 1


async def test_a_silence_that_had_its_knock_is_knocked_at_once_more_before_an_erasure(
    engine: Engine,
) -> None:
    engine.clock.move(2 * DAY)
    for text in ("withdraw", "Keep my records", "Stop the work"):
        await zoe(engine, text)
    assert isinstance(engine.wire, Windowed)
    await sweep(engine, 174)
    assert len(engine.wire.knocks) == 2
    await sweep(engine, 1)
    assert len(engine.wire.knocks) == 2


async def test_a_case_is_not_erased_where_no_chat_could_be_reached(engine: Engine) -> None:
    """One patient has blocked us, and outside the window of the other no knock arrives."""
    engine.others["other"].trouble = [Blocked("blocked")] * 9
    assert isinstance(engine.wire, Windowed)
    engine.wire.knock_trouble = [Blocked("63016")] * 9
    await sweep(engine, 174)
    for _ in range(3):
        await sweep(engine, 2)
    case = await sweep(engine, 2)
    assert not case.erased
    assert case.unreached_at is not None
    assert [n for n in await notices(engine) if "not_warned" in n]
    assert not (await sweep(engine, 20)).erased
    assert (await sweep(engine, 10)).erased


async def test_a_warning_on_a_page_alone_reaches_nobody(tmp_path: Path) -> None:
    """It stands there, and nobody is rung for it; whoever looks may still write."""
    page = Capabilities(idempotent=True)
    how = {"service": SERVICE, "capabilities": page}
    async with opened(tmp_path, script=conversation.advance, **how) as engine:  # type: ignore[arg-type]
        for text in ("hello", "English", "yes", "I am the patient"):
            await ann(engine, text)
        await sweep(engine, 174)
        assert "In 7 days I erase it" in engine.wire.texts()[-1]
        await sweep(engine, 2)
        assert not (await sweep(engine, 20)).erased
        assert (await sweep(engine, 12)).erased
