"""Before somebody agrees nothing of what they write or send is kept, and nothing of it is passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import inbox
from bot.store.schema import cases, file, message, session
from handlers.conversation import advance
from handlers.updates import Attachment, CoordinatorActed
from tests.engine import Engine, opened
from tests.player import Player

pytestmark = pytest.mark.usefixtures("both")

#: Words of a patient that nothing else says.
MARK = "quagga"
REPORT = f"%PDF-1.4 {MARK}".encode()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The whole conversation, with nobody in it."""
    async with opened(tmp_path, script=advance) as engine:
        engine.wire.files[f"{MARK}-letter"] = REPORT
        yield engine


async def said(engine: Engine, *words: str, **raw: Any) -> str:
    """What is answered to the last of these words."""
    for one in words:
        await engine.hear(one, **raw)
        await engine.settle()
    return engine.wire.texts()[-1]


async def kept_of(engine: Engine) -> list[str]:
    """The tables in which a patient's own words are found."""
    dump = await engine.dump()
    return [name for name, rows in dump.items() if any(MARK in repr(row) for row in rows)]


async def test_words_before_a_yes_are_answered_and_leave_nothing(engine: Engine) -> None:
    assert "automated assistant" in await said(engine, f"hello, my mother has a {MARK}")
    assert "May I keep your records" in await said(engine, "English", f"the {MARK} has grown")
    assert await kept_of(engine) == []
    (case,) = await engine.rows(cases)
    assert '"text":""' in case.body.replace(" ", "")
    bodies = [row.body for row in await engine.rows(message, message.c.direction == "in")]
    assert len(bodies) == 3


async def test_files_before_a_yes_are_not_fetched_and_are_asked_for_after_it(
    engine: Engine,
) -> None:
    letter = [f"{MARK}-letter"]
    words = await said(engine, f"the letter about the {MARK}", files=letter)
    assert "I kept nothing" in words
    engine.clock.move(60)
    await said(engine, "", files=letter)
    assert engine.wire.fetched == []
    assert await engine.rows(file) == []
    assert await kept_of(engine) == []
    asked = await said(engine, "English", "yes")
    assert "you sent 2 files" in asked
    assert "send them again" in asked
    await said(engine, "", files=letter)
    assert engine.wire.fetched == letter
    # It is asked for once, and the chat has forgotten it.
    (chat,) = await engine.rows(session)
    assert '"untaken":0' in chat.body.replace(" ", "")


async def test_an_album_that_comes_too_soon_is_answered_once(engine: Engine) -> None:
    await said(engine, "hello")
    before = len(engine.wire.texts())
    for _ in range(5):
        await said(engine, "", files=[f"{MARK}-letter"])
        engine.clock.move(2)
    assert len(engine.wire.texts()) == before + 1
    assert "you sent 5 files" in await said(engine, "English", "yes")


async def test_a_cry_for_help_beside_a_file_is_heard_before_a_yes(engine: Engine) -> None:
    for _ in range(2):
        help_ = await said(engine, "I can't breathe, call an ambulance", files=[f"{MARK}-letter"])
        assert "This may be an emergency" in help_
    assert engine.wire.fetched == []


async def test_a_file_that_is_not_taken_leaves_no_name_even_beside_a_cry_for_help(
    engine: Engine,
) -> None:
    await said(engine, "English", "I can't breathe", files=[f"{MARK}-letter"])
    assert await kept_of(engine) == []
    rows = await engine.rows(message, message.c.direction == "in")
    assert any("breathe" in row.body for row in rows)


async def test_words_of_an_emergency_stay_for_the_person_who_is_told(engine: Engine) -> None:
    await said(engine, "English", f"I can't breathe, it is the {MARK}")
    assert sorted(await kept_of(engine)) == ["inbox", "message"]


async def test_what_is_written_to_a_coordinator_stays_for_them(engine: Engine) -> None:
    await said(engine, "English", "human", f"it is about a {MARK}")
    assert await kept_of(engine) == []
    (chat,) = await engine.rows(session)

    async def write(tx: AsyncConnection) -> None:
        act = CoordinatorActed(action="message", coordinator="Li Wei", text="How can I help?")
        await inbox.add_update(tx, case_id=chat.case_id, key="write:1", update=act)

    await engine.db.write(write)
    await engine.settle()
    assert "passed it on" in await said(engine, f"it is about a {MARK}")
    assert "message" in await kept_of(engine)


async def test_a_file_for_a_coordinator_leaves_no_name_before_a_yes(engine: Engine) -> None:
    await said(engine, "English", "human")
    (chat,) = await engine.rows(session)

    async def write(tx: AsyncConnection) -> None:
        act = CoordinatorActed(action="message", coordinator="Li Wei", text="How can I help?")
        await inbox.add_update(tx, case_id=chat.case_id, key="write:1", update=act)

    await engine.db.write(write)
    await engine.settle()
    assert "I kept nothing" in await said(engine, "", files=[f"{MARK}-letter"])
    assert await kept_of(engine) == []


async def test_words_after_the_yes_was_taken_back_are_not_kept_either(engine: Engine) -> None:
    await said(engine, "English", "yes", "I am the patient", "Ana Petrova")
    await said(engine, "withdraw", "Keep my records", "Stop the work")
    (case,) = await engine.rows(cases)
    assert "Ana Petrova" in case.body
    stopped = await said(engine, f"please look at the {MARK}")
    assert "nobody works on your case" in stopped
    assert await kept_of(engine) == []
    assert "before you agree again" in await said(engine, "", files=[f"{MARK}-letter"])
    (case,) = await engine.rows(cases)
    assert "Ana Petrova" in case.body


def test_a_voice_message_before_a_yes_is_answered_with_what_to_do_in_an_emergency(
    player: Player,
) -> None:
    player.open()
    player.press("en")
    voice = Attachment(fetch_ref="v", filename="voice.ogg", media_type="audio/ogg")
    # Also the second, right after the first: nobody has heard either.
    for _ in range(2):
        shown = "\n".join(player.shown(player.hear(player._message(attachments=(voice,)))))
        assert "I can't take files before you agree." in shown
        assert "I can't listen to voice messages." in shown
        assert "If this is happening now, please call your local emergency number." in shown
