"""What patients have a right to: a copy of everything, an erasure that is one, and an end by itself."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import orphans, retain
from bot.store import audit, cases, inbox
from bot.store.blob_owners import owners
from bot.store.schema import audit as audit_table
from bot.store.schema import file, link, message, session
from bot.tokens import token_hash
from checklist.case import Case, Consent
from handlers.conversation import advance
from handlers.retention import due_at, warns_for
from handlers.service import Service
from handlers.updates import CoordinatorActed
from tests.engine import Engine, opened

pytestmark = pytest.mark.usefixtures("both")

SERVICE = Service(after_closing=90, of_silence=180)
REPORT = b"%PDF-1.4 a letter of the neighbour's biopsy"
DAY = 86400.0


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The whole conversation, with nobody in it."""
    where = {"web_address": "https://chat.example", "service": SERVICE}
    async with opened(tmp_path, script=advance, **where) as engine:  # type: ignore[arg-type]
        engine.wire.files["letter"] = REPORT
        yield engine


async def begun(engine: Engine) -> Case:
    """A patient who has agreed, given a name, and sent a letter."""
    for words in ("English", "yes", "I am the patient", "Ana Petrova"):
        await engine.hear(words)
        await engine.settle()
    await engine.hear("", files=["letter"])
    await engine.settle()
    # The receipt of the letter.
    engine.clock.move(30)
    await engine.settle()
    return await the_case(engine)


async def the_case(engine: Engine) -> Case:
    (row,) = await cases.list_cases(engine.db)
    return row.case


async def swept(engine: Engine) -> None:
    """Half a day later than anything, the job looks through the cases."""
    await retain.keep_looking(engine)
    await engine.settle()


async def act(engine: Engine, case: Case, action: str) -> None:
    update = CoordinatorActed(action=action, coordinator="Li Wei")  # type: ignore[arg-type]

    async def add(tx: AsyncConnection) -> None:
        key = f"{action}:{engine.clock()}"
        await inbox.add_update(tx, case_id=case.id, key=key, update=update)

    await engine.db.write(add)
    await engine.settle()


# ---- a copy ------------------------------------------------------------------------------------


async def test_a_copy_has_the_answers_the_words_the_files_and_who_has_looked(
    engine: Engine,
) -> None:
    case = await begun(engine)
    at = engine.clock().timestamp()
    await engine.db.write(
        lambda tx: audit.add(
            tx, case_id=case.id, at=at, actor="coordinator Li Wei", action="looked"
        )
    )
    await engine.hear("export")
    await engine.settle()
    (made,) = await engine.rows(link, link.c.purpose == "copy")
    address = engine.wire.texts()[-1].split("https://chat.example/k/")[1].split()[0]
    assert token_hash(address.strip("\u2069")) == made.token_hash
    async with engine.blobs.local(made.item) as path:
        with zipfile.ZipFile(path) as zipped:
            names = set(zipped.namelist())
            assert {"index.html", "copy.txt", "copy.json", "files/letter.pdf"} <= names
            assert zipped.read("files/letter.pdf") == REPORT
            page = zipped.read("index.html").decode()
            text = zipped.read("copy.txt").decode()
            told = json.loads(zipped.read("copy.json"))
    for read in (page, text):
        assert "Ana Petrova" in read
        assert "Li Wei" in read
        assert "opened your case" in read
    assert (told["format"], told["version"]) == ("second-opinion-copy", 1)
    assert "I am the patient" in [one["text"] for one in told["messages"]]
    assert told["case"]["consents"][0]["sha256_of_words"]
    assert told["accesses"][0]["name"] == "Li Wei"


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_copy_goes_when_its_link_ends(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row names its bytes any more, and the sweep of orphans deletes them."""
    monkeypatch.setattr(orphans, "_GRACE_SECONDS", -60.0)
    await begun(engine)
    await engine.hear("export")
    await engine.settle()
    (made,) = await engine.rows(link, link.c.purpose == "copy")
    await orphans.sweep(engine)
    assert await engine.blobs.exists(made.item)
    engine.clock.move(4 * DAY)
    await orphans.sweep(engine)
    assert not await engine.blobs.exists(made.item)


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_who_asks_again_and_again_fills_no_disk(engine: Engine) -> None:
    await begun(engine)
    for _ in range(4):
        await engine.hear("export")
        await engine.settle()
        engine.clock.move(60)
    rows = await engine.rows(link, link.c.purpose == "copy")
    made = sorted(rows, key=lambda row: row.made_at)
    assert [row.revoked_at is None for row in made] == [False, False, True, True]
    now = engine.clock().timestamp()
    named = await engine.db.read(lambda tx: owners(tx, now))
    assert len({row.item for row in rows} & named.cases.keys()) == 2


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_without_a_page_the_copy_is_said_in_words(tmp_path: Path) -> None:
    async with opened(tmp_path, script=advance) as engine:
        engine.wire.files["letter"] = REPORT
        await begun(engine)
        await engine.hear("export")
        await engine.settle()
        said = engine.wire.texts()[-1]
        assert "Ana Petrova" in said
        assert "Keep my records: yes" in said.replace("\u2068", "").replace("\u2069", "")


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_who_has_looked_is_told_in_the_chat(engine: Engine) -> None:
    case = await begun(engine)
    for actor, action in (
        ("coordinator Li Wei", "looked"),
        ("api archive", "took_package"),
        ("coordinator Li Wei", "note.added"),
    ):
        at = engine.clock().timestamp()
        await engine.db.write(
            partial(audit.add, case_id=case.id, at=at, actor=actor, action=action)
        )
    await engine.hear("privacy")
    await engine.hear("Who has looked")
    await engine.settle()
    said = engine.wire.texts()[-1].replace("\u2068", "").replace("\u2069", "")
    assert "Li Wei, a coordinator: opened your case" in said
    assert "another program (archive): downloaded the whole case" in said
    assert said.count("•") == 2


# ---- an erasure --------------------------------------------------------------------------------


async def test_an_erasure_takes_the_copy_the_words_and_the_messages_in_the_chat(
    engine: Engine,
) -> None:
    case = await begun(engine)
    await engine.hear("export")
    await engine.settle()
    (made,) = await engine.rows(link, link.c.purpose == "copy")
    await engine.hear("delete")
    await engine.hear("Yes, erase it all")
    await engine.settle()
    assert not await engine.blobs.exists(made.item)
    dump = str(await engine.dump())
    assert "Petrova" not in dump
    assert "letter.pdf" not in dump
    taken_out = {external for _address, external in engine.wire.unsaid}
    assert {"m1", "m4", "ext-1"} <= taken_out
    (left,) = await engine.rows(link)
    assert left.purpose == "certificate"
    events = [row.action for row in await engine.rows(audit_table)]
    assert events[-1] != "case.erased" or events.count("case.erased") == 1
    assert (await the_case(engine)).id == case.id
    assert [row.state for row in await engine.rows(file)] == ["erased"]


async def test_a_day_after_an_erasure_not_even_the_address_is_kept(engine: Engine) -> None:
    await begun(engine)
    await engine.hear("delete")
    await engine.hear("Yes, erase it all")
    await engine.settle()
    engine.clock.move(1.1 * DAY)
    await swept(engine)
    (chat,) = await engine.rows(session)
    assert chat.address == f"forgotten:{chat.id}"
    assert "'ann'" not in str(await engine.rows(session))
    (left,) = await engine.rows(link)
    assert left.purpose == "certificate"
    await engine.hear("hello again")
    await engine.settle()
    assert len(await engine.rows(session)) == 2


# ---- an end by itself --------------------------------------------------------------------------


async def test_whose_chat_it_was_goes_a_day_after_words_without_a_consent(engine: Engine) -> None:
    await engine.hear("I can't breathe, my biopsy")
    await engine.settle()
    assert "biopsy" in str(await engine.dump())
    engine.clock.move(0.9 * DAY)
    await swept(engine)
    (chat,) = await engine.rows(session)
    assert not chat.address.startswith("forgotten")
    # A person was called for, who has two weeks.
    engine.clock.move(15 * DAY)
    await swept(engine)
    (chat,) = await engine.rows(session)
    assert chat.address == f"forgotten:{chat.id}"
    dump = str(await engine.dump())
    assert "biopsy" not in dump
    assert "'ann'" not in dump


async def test_whose_chat_it_was_goes_after_a_day_where_nobody_was_called(engine: Engine) -> None:
    await engine.hear("hello")
    await engine.settle()
    engine.clock.move(1.1 * DAY)
    await swept(engine)
    (chat,) = await engine.rows(session)
    assert chat.address == f"forgotten:{chat.id}"


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_who_asked_for_a_person_before_any_consent_is_not_forgotten_meanwhile(
    engine: Engine,
) -> None:
    await engine.hear("English")
    await engine.hear("/human")
    await engine.settle()
    case = await the_case(engine)
    # Over a weekend nobody answers.
    engine.clock.move(3 * DAY)
    await swept(engine)
    await act(engine, case, "message")
    (chat, *_) = await engine.rows(session)
    assert not chat.address.startswith("forgotten")
    assert not (await the_case(engine)).erased
    await act(engine, case, "resume")
    engine.clock.move(0.6 * DAY)
    await swept(engine)
    assert not (await the_case(engine)).erased
    engine.clock.move(1.1 * DAY)
    await swept(engine)
    (chat, *_) = await engine.rows(session)
    assert chat.address == f"forgotten:{chat.id}"


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_who_was_never_answered_is_forgotten_in_the_end(engine: Engine) -> None:
    await engine.hear("English")
    await engine.hear("/human")
    await engine.settle()
    engine.clock.move(15 * DAY)
    await swept(engine)
    (chat, *_) = await engine.rows(session)
    assert chat.address == f"forgotten:{chat.id}"


def test_a_case_closed_before_it_was_said_that_it_is_erased_has_its_days_from_then() -> None:
    before = datetime(2025, 1, 1, tzinfo=UTC)
    case = Case(
        id="A",
        opened_at=before,
        status="closed",
        submitted_at=before,
        consents=(Consent(version="1", given=True, locale="en", at=before),),
    )
    assert due_at(case, SERVICE, before) == ("closed", datetime(2027, 2, 25, tzinfo=UTC))
    known = replace(case, closed_at=before)
    assert due_at(known, SERVICE, before) == ("closed", before + timedelta(days=90))


async def test_a_silent_case_is_warned_of_and_then_erased(engine: Engine) -> None:
    await begun(engine)
    said = len(engine.wire.texts())
    engine.clock.move(170 * DAY)
    await swept(engine)
    assert len(engine.wire.texts()) == said
    engine.clock.move(4 * DAY)
    await swept(engine)
    assert "In 7 days I erase it" in engine.wire.texts()[-1]
    engine.clock.move(3 * DAY)
    await swept(engine)
    assert not (await the_case(engine)).erased
    engine.clock.move(5 * DAY)
    await swept(engine)
    assert (await the_case(engine)).erased
    assert "as I wrote to you before" in engine.wire.texts()[-1]
    assert "Petrova" not in str(await engine.dump())


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_whoever_writes_after_the_warning_keeps_the_case(engine: Engine) -> None:
    await begun(engine)
    engine.clock.move(174 * DAY)
    await swept(engine)
    await engine.hear("12 April 1980")
    await engine.settle()
    engine.clock.move(20 * DAY)
    await swept(engine)
    assert not (await the_case(engine)).erased


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_settings_that_are_new_erase_nothing_without_a_warning(engine: Engine) -> None:
    """A case may have been silent for years when the operator says for how long one may be."""
    await begun(engine)
    engine.clock.move(1000 * DAY)
    await swept(engine)
    assert not (await the_case(engine)).erased
    assert "In 7 days I erase it" in engine.wire.texts()[-1]
    engine.clock.move(6 * DAY)
    await swept(engine)
    assert not (await the_case(engine)).erased
    engine.clock.move(2 * DAY)
    await swept(engine)
    assert (await the_case(engine)).erased


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_held_case_is_erased_by_nobody_until_the_hold_is_lifted(engine: Engine) -> None:
    case = await begun(engine)
    await act(engine, case, "hold")
    await engine.hear("delete")
    await engine.hear("Yes, erase it all")
    await engine.settle()
    assert "open question about your case" in engine.wire.texts()[-1]
    engine.clock.move(400 * DAY)
    await swept(engine)
    engine.clock.move(10 * DAY)
    await swept(engine)
    held = await the_case(engine)
    assert not held.erased
    assert held.desk.hold is not None
    assert held.desk.hold.erasure_wished
    await act(engine, case, "lift")
    events = [(row.actor, row.action) for row in await engine.rows(audit_table)]
    assert ("coordinator Li Wei", "case.held") in events
    assert ("coordinator Li Wei", "case.hold_lifted") in events
    assert [row.state for row in await engine.rows(message)].count("received") > 0


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
def test_the_days_of_the_warning_are_half_of_a_short_time() -> None:
    assert warns_for("silent", Service(of_silence=4)) == timedelta(days=2)
    assert warns_for("closed", Service(after_closing=90)) == timedelta(days=7)
    assert warns_for("unasked", SERVICE) == timedelta()
