"""A chat that is taken out of a case: nothing of it is said there, or reached from there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.channels.base import Blocked, Capabilities, Retry
from bot.store import cases, codec, deliveries, inbox, links
from bot.store.schema import audit, chat_code, file, link, message
from bot.store.schema import inbox as inbox_table
from bot.tokens import token_hash
from checklist.case import Case
from handlers.updates import CodeTried, CoordinatorActed, RecordIndexed, TimerFired
from tests.engine import Engine
from tests.synthetic import pdf
from tests.test_chats import HELPER, WHO, chats, code_of, engine, join, settle, write

__all__ = ["engine"]

GONE = "This chat was taken out of its case"
RUSSIAN = ("Русский", "Я помогаю пациенту")
RUSSIAN_WHO = ("Иван Петров", "Дочь или сын")
PATIENT = ("English", "I am the patient")
HELPED = "Somebody who helps"


async def hear(engine: Engine, *texts: str) -> str:
    """Ann writes; what is answered last."""
    for text in texts:
        await engine.hear(text)
        await settle(engine)
    return engine.wire.texts("ann")[-1]


async def case_of(engine: Engine) -> Case:
    case = await cases.find(engine.db, (await chats(engine))["ann"].case_id)
    assert case is not None
    return case


async def with_helper(engine: Engine, *answers: str) -> None:
    then = RUSSIAN_WHO if answers else WHO
    await join(engine, await code_of(engine, HELPED), *(answers or HELPER), then=then)


async def take_out_zoe(engine: Engine) -> str:
    return await hear(engine, "chats", "Take out: 2", "Yes, take it out")


async def act(engine: Engine, key: str, **what: Any) -> None:
    done = CoordinatorActed(coordinator="Li Wei", **what)
    case_id = (await chats(engine))["ann"].case_id
    add = partial(inbox.add_update, case_id=case_id, key=key, update=done)
    await engine.db.write(add)
    await settle(engine)


def others(engine: Engine) -> list[str]:
    return engine.others["other"].texts("zoe")


# ---- seeing them -------------------------------------------------------------------------------


async def test_the_list_says_where_who_and_since_when_and_no_address(engine: Engine) -> None:
    await with_helper(engine)
    shown = await hear(engine, "chats")
    assert "1: another app, the patient, since November 24, 2026 (this chat)" in shown
    assert "2: another app, a helper: Ivan Petrov, since November 24, 2026" in shown
    assert not re.search("ann|zoe", shown)


async def test_each_chat_keeps_its_own_consent_in_its_own_language(engine: Engine) -> None:
    for text in (await code_of(engine, HELPED), *RUSSIAN):
        await write(engine, text)
    assert "Вы согласны" in others(engine)[-1]
    for text in ("да", *RUSSIAN_WHO):
        await write(engine, text)
    mine, theirs = (await case_of(engine)).chats
    assert mine.consent is not None
    assert theirs.consent is not None
    assert (mine.consent.locale, theirs.consent.locale) == ("en", "ru")
    assert theirs.consent.version.endswith("/join-helper")
    assert (theirs.writer, theirs.name, theirs.relation) == ("helper", "Иван Петров", "child")


# ---- before the yes ----------------------------------------------------------------------------


async def test_before_the_yes_the_chat_is_no_part_of_the_case(engine: Engine) -> None:
    code = await code_of(engine, HELPED)
    for text in (code, *HELPER):
        await write(engine, text)
    rows = await chats(engine)
    assert rows["zoe"].case_id != rows["ann"].case_id
    await act(engine, "a", action="message", text="The biopsy of Ana Petrova is here")
    await hear(engine, "12 April 1980")
    said = "\n".join(others(engine))
    assert not re.search("Petrova|biopsy|born|1980", said)
    assert (await case_of(engine)).chat(rows["zoe"].id) is None


async def test_a_code_is_kept_for_who_used_it_and_joins_nobody_else(engine: Engine) -> None:
    code = await code_of(engine)
    await write(engine, code)
    assert "does not work" in await write(engine, code, "eve")


async def test_there_is_a_day_to_read_what_one_agrees_to(engine: Engine) -> None:
    code = await code_of(engine)
    await write(engine, code)
    engine.clock.move(23 * 3600)
    await write(engine, "I am the patient")
    assert "You are now in this case" in await write(engine, "yes")


async def test_a_code_that_ends_before_the_yes_says_how_to_get_another(engine: Engine) -> None:
    code = await code_of(engine)
    for text in (code, "I am the patient"):
        await write(engine, text)
    await hear(engine, "/continue")
    assert "The code has ended meanwhile" in await write(engine, "yes")
    rows = await chats(engine)
    assert rows["zoe"].case_id != rows["ann"].case_id
    await hear(engine, "Go on here")
    assert "You are now in this case" in await join(engine, await code_of(engine))


@pytest.mark.parametrize("second", ["yes", "no", "I help a patient", "/delete", "/start"])
async def test_what_is_said_twice_in_a_hurry_harms_nobody_s_case(
    engine: Engine, second: str
) -> None:
    """The second word was meant for the question before, and is read in the case that was joined."""
    before = await case_of(engine)
    for text in (await code_of(engine), "I am the patient"):
        await write(engine, text)
    for n, text in enumerate(("yes", second)):
        await inbox.add(
            engine.db, channel="other", external_id=f"q{n}", address="zoe",
            raw={"id": f"q{n}", "from": "zoe", "text": text}, received_at=engine.clock(),
        )  # fmt: skip
    await settle(engine)
    case = await case_of(engine)
    assert dict(case.answers) == dict(before.answers)
    assert case.consented
    assert not case.erased
    assert len(case.chats) == 2
    heard = "\n".join(others(engine))
    assert heard.index("You are now in this case") < heard.rindex("\n\n")


async def test_a_no_keeps_nothing_and_ends_the_code(engine: Engine) -> None:
    for text in (await code_of(engine, HELPED), *HELPER):
        await write(engine, text)
    assert "Nothing of the case was shown" in await write(engine, "no")
    assert await engine.rows(chat_code) == []
    bodies = "".join(
        row.body or "" for row in await engine.rows(message, message.c.channel == "other")
    )
    assert "Ivan" not in bodies
    assert len((await case_of(engine)).chats) == 1


# ---- taking one out ----------------------------------------------------------------------------


@pytest.mark.usefixtures("both")
async def test_a_chat_that_is_taken_out_is_told_kindly_in_its_language_and_hears_no_more(
    engine: Engine,
) -> None:
    await with_helper(engine, *RUSSIAN)
    await write(engine, "да")
    assert "no part of your case any more" in await take_out_zoe(engine)
    assert "больше не относится к случаю" in others(engine)[-1]
    count = len(others(engine))
    await hear(engine, "12 April 1980", "Kazakhstan")
    await act(engine, "a", action="message", text="Good morning")
    engine.clock.move(25 * 3600)
    await settle(engine)
    assert len(others(engine)) == count
    rows = await chats(engine)
    assert rows["zoe"].case_id != rows["ann"].case_id


async def test_what_is_written_there_afterwards_does_not_reach_the_case(engine: Engine) -> None:
    await with_helper(engine)
    await take_out_zoe(engine)
    said = await write(engine, "12 April 1980")
    assert "Which language" in said
    assert "born" not in said
    assert (await case_of(engine)).answer("birth_date") is None


async def test_the_trail_says_who_took_out_which_chat(engine: Engine) -> None:
    await with_helper(engine)
    gone = (await chats(engine))["zoe"].id
    await take_out_zoe(engine)
    trail = [(row.actor, row.action, row.object) for row in await engine.rows(audit)]
    assert ("helper", "chat.joined", gone) in trail
    assert ("patient", "chat.removed", gone) in trail


async def test_who_wrote_there_and_their_consent_stay_on_record(engine: Engine) -> None:
    await with_helper(engine)
    await take_out_zoe(engine)
    (former,) = (await case_of(engine)).former_chats
    assert former.name == "Ivan Petrov"
    assert former.consent is not None


async def test_what_waits_to_be_said_there_is_never_said(engine: Engine) -> None:
    await with_helper(engine)
    engine.others["other"].trouble = [Retry("no answer", after=60)]
    await write(engine, "12 April 1980")
    count = len(others(engine))
    await take_out_zoe(engine)
    engine.clock.move(3600)
    await settle(engine)
    (last,) = others(engine)[count:]
    assert GONE in last


async def test_what_a_blocked_chat_held_back_is_not_said_when_it_comes_back(engine: Engine) -> None:
    await with_helper(engine)
    engine.others["other"].trouble = [Blocked("gone")]
    await write(engine, "12 April 1980")
    count = len(others(engine))
    await take_out_zoe(engine)
    await write(engine, "I am back")
    said = "\n".join(others(engine)[count:])
    assert GONE in said
    assert "Born on" not in said


@pytest.mark.parametrize("code", ["63016", "63018", "63014"])
async def test_what_did_not_arrive_before_a_chat_was_taken_out_goes_to_the_case_and_not_there(
    engine: Engine, code: str
) -> None:
    """The vendor says so only afterwards; and what waits there now is of nobody else's case."""
    wire = engine.others["other"]
    wire.capabilities = Capabilities(window=timedelta(hours=24))
    await with_helper(engine)
    await write(engine, "12 April 1980")
    late = [row for row in await engine.rows(message) if "1980" in (row.rendered or "")][-1]
    wire.trouble = [Blocked("gone")]
    await take_out_zoe(engine)
    (external_id,) = json.loads(late.external_id)
    await engine.db.write(
        partial(
            deliveries.note, channel="other", external_id=external_id, state="undelivered",
            code=code, at=codec.seconds(engine.clock()),
        )
    )  # fmt: skip
    count, mine = len(others(engine)), len(engine.wire.texts())
    await settle(engine)
    engine.clock.move(600)
    await write(engine, "I am back")
    assert "1980" not in "".join(others(engine)[count:])
    assert GONE in "".join(others(engine)[count:])
    said = "".join(engine.wire.texts()[mine:])
    assert "1980" in said
    assert GONE not in said


@pytest.mark.usefixtures("both")
async def test_its_codes_and_its_own_links_end_and_those_of_coordinators_go_on(
    engine: Engine,
) -> None:
    await with_helper(engine)
    rows = await chats(engine)
    zoe, case_id = rows["zoe"].id, rows["zoe"].case_id
    now, until = codec.seconds(engine.clock()), codec.seconds(engine.clock() + timedelta(days=1))
    for name in ("", "Dr. Who"):
        await engine.db.write(
            partial(
                links.add, link_id=f"l{name}", token_hash=token_hash(f"t{name}"), case_id=case_id,
                session_id=zoe, name=name, item=None, now=now, expires_at=until,
            )
        )  # fmt: skip
    for text in ("/continue", "I will"):
        await write(engine, text)
    await take_out_zoe(engine)
    assert await engine.rows(chat_code) == []
    assert await engine.db.read(lambda tx: links.by_token(tx, token_hash("t"), now)) is None
    kept = await engine.db.read(lambda tx: links.by_token(tx, token_hash("tDr. Who"), now))
    assert kept is not None
    assert kept.session_id == rows["ann"].id


async def test_a_link_that_was_shared_there_ends(engine: Engine) -> None:
    engine.turns._web_address = "https://chat.example"
    await with_helper(engine)
    for text in ("share", "The hospital"):
        await write(engine, text)
    assert len((await case_of(engine)).shares) == 1
    await take_out_zoe(engine)
    assert (await case_of(engine)).shares == ()
    assert all(row.revoked_at is not None for row in await engine.rows(link))


async def test_whoever_is_still_reading_their_code_when_its_chat_goes_does_not_get_in(
    engine: Engine,
) -> None:
    await with_helper(engine)
    for text in ("/continue", HELPED):
        await write(engine, text)
    found = re.search(r"Your code: (\w{4} \w{4})", "\n".join(others(engine)))
    assert found is not None
    for text in (found[1], *HELPER):
        await write(engine, text, "eve")
    await take_out_zoe(engine)
    for text in ("yes", WHO[0]):
        await write(engine, text, "eve")
    assert "The code has ended meanwhile" in await write(engine, WHO[1], "eve")


async def test_a_file_that_is_on_its_way_when_its_chat_goes_is_kept_with_the_case(
    engine: Engine,
) -> None:
    await with_helper(engine)
    engine.others["other"].files["letter"] = ConnectionError()
    await write(engine, "", files=["letter"])
    (row,) = await engine.rows(file)
    await take_out_zoe(engine)
    count = len(others(engine))
    case_id = (await chats(engine))["ann"].case_id
    read = RecordIndexed(file_id=row.id, original_name="letter.pdf", duplicate_of="x", kept=False)
    add = partial(
        inbox.add_update, case_id=case_id, session_id=row.session_id, key="late", update=read
    )
    await engine.db.write(add)
    await settle(engine)
    assert {row.state for row in await engine.rows(inbox_table)} == {"done"}
    assert len(others(engine)) == count
    (late,) = await engine.rows(inbox_table, inbox_table.c.external_id == "late")
    assert late.session_id == (await chats(engine))["ann"].id


@pytest.mark.usefixtures("both")
async def test_a_message_that_waits_when_its_chat_goes_is_answered_outside_the_case(
    engine: Engine,
) -> None:
    await with_helper(engine)
    for text in ("chats", "Take out: 2"):
        await hear(engine, text)
    # Both are in the inbox before either is read.
    await engine.hear("Yes, take it out")
    await write(engine, "12 April 1980")
    assert (await case_of(engine)).answer("birth_date") is None
    said = others(engine)
    assert GONE in said[-2]
    assert "Which language" in said[-1]


async def test_timers_of_a_chat_that_is_gone_say_nothing_there(engine: Engine) -> None:
    await with_helper(engine)
    zoe = (await chats(engine))["zoe"]
    await take_out_zoe(engine)
    for text in ("reminders", "Yes, remind me"):
        await hear(engine, text)
    count = len(others(engine))
    late = partial(
        inbox.add_update, case_id=zoe.case_id, session_id=zoe.id, key="t",
        update=TimerFired(name="reminder", key=f"{zoe.case_id}:reminder"),
    )  # fmt: skip
    await engine.db.write(late)
    await settle(engine)
    assert len(others(engine)) == count
    assert "Hello again" in engine.wire.texts("ann")[-1]


# ---- who may -----------------------------------------------------------------------------------


async def test_the_last_chat_stays(engine: Engine) -> None:
    assert "It is the only one, so it stays" in await hear(engine, "chats")
    ann = (await chats(engine))["ann"]
    await act(engine, "a", action="remove_chat", values={"chat": ann.id})
    assert len((await case_of(engine)).chats) == 1
    assert (await chats(engine))["ann"].case_id == ann.case_id


async def test_a_helper_takes_out_no_patient_and_may_leave(engine: Engine) -> None:
    await with_helper(engine)
    shown = await write(engine, "chats")
    assert "Take out: 1" not in shown
    await write(engine, "Take out: 1")
    assert len((await case_of(engine)).chats) == 2
    for text in ("chats", "Take out: 2"):
        await write(engine, text)
    assert GONE in await write(engine, "Yes, take it out")
    assert [chat.writer for chat in (await case_of(engine)).chats] == [""]


async def test_nobody_becomes_the_patient_by_a_helper_s_code(engine: Engine) -> None:
    await write(engine, await code_of(engine, HELPED))
    await write(engine, "English")
    assert "This code is for somebody who helps" in await write(engine, "I am the patient")


async def test_a_no_takes_nothing_out(engine: Engine) -> None:
    await with_helper(engine)
    assert "Nothing has changed" in await hear(engine, "chats", "Take out: 2", "no")
    assert len((await case_of(engine)).chats) == 2


async def test_other_words_than_a_yes_take_nothing_out(engine: Engine) -> None:
    await with_helper(engine)
    await hear(engine, "chats", "Take out: 2", "12 April 1980")
    assert len((await case_of(engine)).chats) == 2


async def test_a_coordinator_takes_a_chat_out_and_the_patient_is_told(engine: Engine) -> None:
    await with_helper(engine)
    zoe = (await chats(engine))["zoe"].id
    await act(engine, "a", action="remove_chat", values={"chat": zoe})
    assert "Li Wei, a coordinator, took a chat out" in engine.wire.texts("ann")[-1]
    assert GONE in others(engine)[-1]
    trail = [(row.actor, row.action, row.object) for row in await engine.rows(audit)]
    assert ("coordinator Li Wei", "chat.removed", zoe) in trail


async def test_a_chat_that_was_taken_out_can_join_again(engine: Engine) -> None:
    await with_helper(engine)
    await take_out_zoe(engine)
    assert "You are now in this case" in await join(
        engine, await code_of(engine, HELPED), *HELPER, then=WHO
    )


# ---- an erased case ----------------------------------------------------------------------------


@pytest.mark.usefixtures("both")
async def test_after_an_erasure_no_two_chats_share_a_case(engine: Engine) -> None:
    await with_helper(engine, *RUSSIAN)
    await write(engine, "да")
    await hear(engine, "/delete", "yes")
    assert "стёрт" in others(engine)[-1]
    await hear(engine, "hello", "English", "yes", "I am the patient", "Eve Adams")
    said = await write(engine, "Привет")
    assert "Eve" not in "\n".join(others(engine))
    assert "Здравствуйте" in said
    rows = await chats(engine)
    assert rows["zoe"].case_id != rows["ann"].case_id


# ---- both write --------------------------------------------------------------------------------


async def test_each_is_answered_where_they_wrote_in_their_own_language(engine: Engine) -> None:
    await with_helper(engine, *RUSSIAN)
    await write(engine, "да")
    mine = len(engine.wire.texts("ann"))
    said = await write(engine, "12 апреля 1980")
    assert "Дата рождения" in said
    assert len(engine.wire.texts("ann")) == mine
    theirs = len(others(engine))
    assert "What is the main problem" in await hear(engine, "/start", "Kazakhstan")
    assert len(others(engine)) == theirs


async def test_a_coordinator_s_words_go_to_the_patient_though_the_helper_wrote_last(
    engine: Engine,
) -> None:
    await with_helper(engine)
    engine.clock.move(60)
    await write(engine, "12 April 1980")
    theirs = len(others(engine))
    await act(engine, "a", action="message", text="Good morning")
    assert "Good morning" in engine.wire.texts("ann")[-1]
    assert len(others(engine)) == theirs


async def test_of_two_chats_of_the_patient_replies_go_to_the_one_that_wrote_last(
    engine: Engine,
) -> None:
    await join(engine, await code_of(engine))
    engine.clock.move(60)
    await hear(engine, "12 April 1980")
    engine.clock.move(60)
    await write(engine, "Kazakhstan")
    await act(engine, "a", action="message", text="Good morning")
    assert "Good morning" in others(engine)[-1]
    engine.clock.move(60)
    await hear(engine, "status")
    await act(engine, "b", action="message", text="Good evening")
    assert "Good evening" in engine.wire.texts("ann")[-1]


async def test_when_the_patient_s_chat_goes_replies_go_to_the_helper(engine: Engine) -> None:
    await with_helper(engine)
    ann = (await chats(engine))["ann"]
    await act(engine, "a", action="remove_chat", values={"chat": ann.id})
    assert GONE in engine.wire.texts("ann")[-1]
    done = CoordinatorActed(action="message", coordinator="Li Wei", text="Good morning")
    add = partial(inbox.add_update, case_id=ann.case_id, key="b", update=done)
    await engine.db.write(add)
    await settle(engine)
    assert "Good morning" in others(engine)[-1]


async def test_the_case_knows_who_sent_which_file(engine: Engine) -> None:
    await with_helper(engine)
    for name in ("mine", "theirs"):
        wire = engine.wire if name == "mine" else engine.others["other"]
        wire.files[name] = pdf([f"Letter {name}"])
    await engine.hear("", files=["mine"])
    await settle(engine)
    await write(engine, "", files=["theirs"])
    engine.clock.move(10)
    await settle(engine)
    case = await case_of(engine)
    sent = {record.original_name: case.sent_in(record) for record in case.records}
    who = {name: case.writer_in(chat) for name, chat in sent.items() if chat is not None}
    assert who == {"mine.pdf": "patient", "theirs.pdf": "helper"}
    assert "mine.pdf" in engine.wire.texts("ann")[-1]
    assert "theirs.pdf" in others(engine)[-1]
    trail = [row.actor for row in await engine.rows(audit) if row.action == "files.sent"]
    assert sorted(trail) == ["helper", "patient"]
    await take_out_zoe(engine)
    case = await case_of(engine)
    assert {case.writer_in(chat) for r in case.records if (chat := case.sent_in(r))} == {
        "patient", "helper",
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["joined", "used", "removed", "erased", "lapsed", "found"])
async def test_no_word_of_codes_breaks_a_chat_for_which_it_was_not_meant(
    engine: Engine, outcome: Any
) -> None:
    ann, before = (await chats(engine))["ann"], await case_of(engine)
    add = partial(
        inbox.add_update, case_id=ann.case_id, session_id=ann.id, key="x",
        update=CodeTried(outcome=outcome),
    )  # fmt: skip
    await engine.db.write(add)
    await settle(engine)
    assert {row.state for row in await engine.rows(inbox_table)} == {"done"}
    case = await case_of(engine)
    assert (case.answers, case.chats) == (before.answers, before.chats)
