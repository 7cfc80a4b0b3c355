"""A patient on WhatsApp: through the real webhook, inbox, turns, jobs and outbox, to the answer."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import schema
from tests.doubles.twilio import TwilioDouble
from tests.running import Running
from tests.whatsapp import HOOK, on_whatsapp, rows, with_templates

JSON = dict[str, Any]


@pytest.fixture
async def program(tmp_path: Path, twilio: TwilioDouble) -> AsyncIterator[Running]:
    program = on_whatsapp(tmp_path / "data", twilio)
    await program.start()
    yield program
    await program.kill()


@asynccontextmanager
async def answered(twilio: TwilioDouble) -> AsyncIterator[list[JSON]]:
    """What the program says in answer to what is done in the block, once it has said it all."""
    before = len(twilio.sent)
    said: list[JSON] = []
    yield said
    await twilio.until(lambda: len(twilio.sent) > before)
    while True:
        seen = len(twilio.sent)
        await asyncio.sleep(0.3)
        if len(twilio.sent) == seen:
            break
    said += twilio.sent[before:]


async def until(true: Callable[[], Any], *, within: float = 20.0) -> Any:
    async with asyncio.timeout(within):
        while not (found := await true()):
            await asyncio.sleep(0.05)
        return found


async def test_a_patient_walks_by_buttons_by_list_and_by_number(
    program: Running, twilio: TwilioDouble
) -> None:
    with_templates(twilio)
    async with answered(twilio) as greeting:
        assert await twilio.writes("hello") == 204
    # More languages than a list has rows: they are lines with numbers.
    assert greeting[-1]["kind"] == "text"
    async with answered(twilio) as consent:
        await twilio.writes("1")
    assert consent[-1]["kind"] in ("buttons", "list")
    (yes, wire), *_ = consent[-1]["choices"]
    assert wire.startswith("consent:yes:")
    async with answered(twilio) as next_question:
        await twilio.presses(consent[-1], yes)
    assert next_question[-1]["choices"]
    async with answered(twilio) as after:
        await twilio.writes("1")
    assert after[-1]["body"] != next_question[-1]["body"]
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan", "My back hurts."):
        async with answered(twilio):
            assert await twilio.writes(words) == 204
    # The kinds of illness are more than three buttons, and no more than a list has rows.
    await twilio.until(lambda: twilio.sent[-1]["kind"] == "list")
    asked = twilio.sent[-1]
    async with answered(twilio) as kinds:
        await twilio.presses(asked, "Heart")
    assert kinds[-1]["body"] != asked["body"]
    assert all(status == 204 for status, _ in twilio.answers)
    # Nothing was said twice, and everything in the order in which it was asked.
    sids = [one["sid"] for one in twilio.sent]
    assert len(set(sids)) == len(sids)


async def consented(twilio: TwilioDouble) -> None:
    """Talk to a patient, without templates, until files may be kept."""
    for words in ("hello", "English", "yes"):
        async with answered(twilio):
            await twilio.writes(words)


async def test_without_templates_everything_is_said_and_answered_in_words(
    program: Running, twilio: TwilioDouble
) -> None:
    async with answered(twilio) as greeting:
        await twilio.writes("hello")
    assert "1. English" in greeting[-1]["body"]
    async with answered(twilio) as consent:
        await twilio.writes("1")
    assert "\n1. " in consent[-1]["body"]
    assert {one["kind"] for one in twilio.sent} == {"text"}


async def test_five_files_in_any_order_are_one_receipt_and_are_deleted_at_twilio(
    program: Running, twilio: TwilioDouble
) -> None:
    await consented(twilio)
    pages = {f"report {n}.txt": f"Report {n}: CT of the head".encode() for n in range(5)}
    forms = [
        twilio.inbound_file(body, name=name, kind="application/octet-stream")
        for name, body in pages.items()
    ]
    media = set(twilio.files)
    twilio.fail("file", 503)
    async with answered(twilio):
        await asyncio.gather(*(twilio.post(form) for form in reversed(forms)))
        await twilio.until(lambda: len(twilio.deleted) == 5, within=30)
        await asyncio.sleep(0)
    stored = await rows(program.folder, sa.select(schema.file.c.name, schema.file.c.state))
    assert {row.name for row in stored} == set(pages)
    assert set(twilio.deleted) == media
    # A file that had to be fetched again is in the same receipt.
    said = await until(receipts(twilio, "report 0.txt"))
    assert len(said) == 1
    assert all(name in said[0]["body"] for name in pages)


async def test_a_file_that_may_not_be_kept_is_not_left_at_twilio_either(
    program: Running, twilio: TwilioDouble
) -> None:
    """Sent before there is consent; and on its way when the patient wishes to be forgotten."""
    await twilio.post(twilio.inbound_file(b"Report", name="r.txt"))
    await twilio.until(lambda: len(twilio.deleted) == 1)
    await consented(twilio)
    for _ in range(9):
        twilio.fail("file", 503)
    async with answered(twilio):
        await twilio.post(twilio.inbound_file(b"Report", name="r.txt"))
    for words in ("/delete", "yes"):
        async with answered(twilio):
            await twilio.writes(words)
    await twilio.until(lambda: len(twilio.deleted) == 2)
    assert twilio.files == {}


def receipts(twilio: TwilioDouble, name: str) -> Callable[[], Any]:
    async def found() -> list[JSON]:
        return [one for one in twilio.sent if name in one["body"]]

    return found


async def test_what_twilio_posts_twice_is_kept_once(program: Running, twilio: TwilioDouble) -> None:
    async with answered(twilio) as said:
        form = twilio.inbound("hello")
        assert [await twilio.post(form) for _ in range(3)] == [204, 204, 204]
    assert len({one["body"] for one in said}) == len(said)
    kept = await rows(program.folder, sa.select(schema.inbox.c.external_id))
    assert [row.external_id for row in kept] == [form["MessageSid"]]
    # Nor can a copy of it, signed as it is, be turned into somebody else's.
    assert len(await rows(program.folder, sa.select(schema.contact.c.id))) == 1


async def test_a_webhook_is_answered_within_a_tenth_of_a_second(
    program: Running, twilio: TwilioDouble
) -> None:
    await twilio.writes("hello")
    twilio.answers.clear()
    for n in range(40):
        await twilio.writes(f"words {n}", sender=f"whatsapp:+1555{n:07}")
    times = sorted(seconds for _, seconds in twilio.answers)
    assert statistics.median(times) < 0.1


async def test_no_key_is_a_phone_number(program: Running, twilio: TwilioDouble) -> None:
    async with answered(twilio):
        await twilio.writes("hello", ExternalUserId="whatsapp:US.7001")
    chats = await rows(program.folder, sa.select(schema.session.c.address))
    assert not any("7001" in row.address for row in chats)
    # The same person, who hides the number from now on.
    async with answered(twilio) as said:
        await twilio.writes("English", sender="whatsapp:US.7001", ExternalUserId="whatsapp:US.7001")
    assert {one["to"] for one in said} == {"whatsapp:US.7001"}
    assert len(await rows(program.folder, sa.select(schema.session.c.id))) == 1


async def test_what_is_written_while_the_program_is_down_is_taken_in_once(
    tmp_path: Path, twilio: TwilioDouble
) -> None:
    program = on_whatsapp(tmp_path / "data", twilio)
    await program.start()
    async with answered(twilio):
        told = twilio.inbound("hello")
        await twilio.post(told)
    await program.kill()
    missed = [twilio.inbound("English"), twilio.inbound_file(b"Report: CT", name="r.txt")]
    twilio.pass_time(120)
    await age_of_the_look(program.folder)
    try:
        await program.start()
        query = sa.select(schema.inbox.c.external_id).where(schema.inbox.c.channel == "whatsapp")

        async def kept() -> list[str]:
            found = [row.external_id for row in await rows(program.folder, query)]
            return found if len(found) >= 3 else []

        found = await until(kept)
        assert sorted(found) == sorted(form["MessageSid"] for form in [told, *missed])
        assert found.count(told["MessageSid"]) == 1
        # A webhook that comes after all changes nothing.
        assert await twilio.post(missed[0]) == 204
        assert len(await rows(program.folder, query)) == 3
    finally:
        await program.kill()


async def test_what_was_written_in_the_last_moment_of_an_outage_waits_for_less_than_half_a_minute(
    tmp_path: Path, twilio: TwilioDouble
) -> None:
    program = on_whatsapp(tmp_path / "data", twilio)
    await program.start()
    async with answered(twilio):
        await twilio.writes("hello")
    await program.kill()
    twilio.inbound("English")
    before = len(twilio.sent)
    try:
        await program.start()
        soon = schema.job.c.key == "missed:whatsapp:soon"
        (look,) = await rows(program.folder, sa.select(schema.job.c.run_at).where(soon))
        assert look.run_at < time.time() + 30
        # The half minute passes.
        twilio.pass_time(30)
        await age_of_the_look(program.folder, soon)
        await twilio.until(lambda: len(twilio.sent) > before)
    finally:
        await program.kill()


async def age_of_the_look(folder: Path, *which: sa.ColumnElement[bool]) -> None:
    """Let the next look be due now."""
    from bot.store.db import Database

    ready = (schema.job.c.kind == "missed", schema.job.c.state == "ready")
    due = sa.update(schema.job).where(*ready, *which)
    async with await Database.open(folder / "second-opinion.db") as db:
        await db.write(lambda tx: tx.execute(due.values(run_at=0.0)))


async def test_what_became_of_a_message_is_taken_in_any_order_and_twice(
    program: Running, twilio: TwilioDouble
) -> None:
    async with answered(twilio) as said:
        await twilio.writes("hello")
    for status in ("read", "sent", "delivered", "delivered", "queued", "something_new"):
        assert await twilio.becomes(said[0]["sid"], status) == 204


async def test_nothing_of_a_patient_or_of_the_token_is_in_the_log(
    program: Running, twilio: TwilioDouble
) -> None:
    async with answered(twilio):
        twilio.fail("send", 500)
        await twilio.writes("my secret words", ProfileName="Ana Ng")
        await twilio.post(twilio.inbound("x"), **{"X-Twilio-Signature": "forged"})
    log = program.log.read_text()
    assert "whatsapp_signature_refused" in log
    assert f"{HOOK}" in log  # What the operator is to enter at Twilio.
    for secret in ("secret words", "Ana Ng", "15550007001", twilio.token):
        assert secret not in log


@pytest.mark.crash
async def test_killed_between_the_inbox_and_the_turn_it_loses_nothing(
    tmp_path: Path, twilio: TwilioDouble
) -> None:
    program = on_whatsapp(tmp_path / "data", twilio)
    kept = []
    try:
        for n in range(4):
            await program.start()
            form = twilio.inbound(f"hello {n}")
            assert await twilio.post(form) == 204
            await program.kill()  # Acknowledged, and perhaps not one turn taken.
            kept.append(form["MessageSid"])
        await program.start()
        query = sa.select(schema.inbox.c.external_id, schema.inbox.c.state)

        async def all_done() -> list[Any]:
            found = await rows(program.folder, query.where(schema.inbox.c.channel == "whatsapp"))
            return found if found and all(row.state == "done" for row in found) else []

        assert [row.external_id for row in await until(all_done)] == kept
        waiting = sa.select(schema.message.c.id).where(
            schema.message.c.state.in_(("pending", "sending", "unknown"))
        )

        async def all_sent() -> bool:
            return not await rows(program.folder, waiting)

        await until(all_sent, within=40)
        failed = sa.select(schema.message.c.id).where(schema.message.c.state == "failed")
        assert await rows(program.folder, failed) == []
        assert len(twilio.sent) >= 4
    finally:
        await program.kill()
