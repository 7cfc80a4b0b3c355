"""A locked file is opened with the password that was given, and the password leaves no trace."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs
from bot.handoff import package
from bot.jobs import index, unlock
from bot.jobs.children import Children
from bot.jobs.registry import KINDS, Kind
from bot.store import cases, inbox, messages, passwords, set_aside
from bot.store.schema import file, message, secret
from bot.store.schema import inbox as inbox_table
from checklist.case import Answer, Case, Consent
from checklist.dates import PartialDate
from handlers import conversation
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import CoordinatorActed, InboundMessage, Update
from tests import locked, synthetic
from tests.engine import START, Engine, languages, opened

pytestmark = pytest.mark.usefixtures("both")

PASSWORD = "Zebra 4711 Kümmel"
REPORT = synthetic.pdf(["MRI of the brain", "Date of examination: 12 April 2026"])
BORN = PartialDate(year=1980, month=4, day=12)


@pytest.fixture(scope="module")
def disc() -> bytes:
    return locked.zip_file(synthetic.disc(synthetic.mr_study()), PASSWORD)


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    """Processes that serve all tests here: to start one takes longer than what it is to do."""
    shared = Children()
    yield shared
    shared.close()


class Consented:
    """The real conversation, with somebody who has agreed and said when they were born."""

    def __call__(self, session: Session, case: Case, update: Update, **how: Any) -> Turn:
        if not case.consents:
            given = Consent(version="1", given=True, locale="en", at=START)
            case = case.with_consent(given)
            for step, choice in (("language", "en"), ("consent", "yes"), ("role", "patient")):
                case = case.with_answer(Answer(step=step, at=START, choice=choice))
            case = case.with_answer(Answer(step="birth_date", at=START, date=BORN))
            session = replace(session, step="imaging", phase="files", locale="en")
        return conversation.advance(session, case, update, **how)


@asynccontextmanager
async def asked(folder: Path, content: bytes, **how: Any) -> AsyncIterator[Engine]:
    """A patient has sent this, and the question that its receipt asks stands."""
    async with opened(folder, script=Consented(), **how) as engine:
        engine.wire.files["ct"] = content
        await engine.hear("", files=["ct"])
        await settle(engine)
        yield engine


async def settle(engine: Engine) -> None:
    """What is due now, and the receipt that follows."""
    for _ in range(3):
        await engine.settle()
        engine.clock.move(3)


def trace(folder: Path, words: str = PASSWORD) -> list[str]:
    """The files of the folder in which the words stand, as they are or as JSON writes them."""
    forms = {words.encode(), json.dumps(words)[1:-1].encode(), words.encode("utf-16-le")}
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in found if any(form in path.read_bytes() for form in forms)]


async def the_case(engine: Engine) -> Case:
    (stored,) = await cases.list_cases(engine.db)
    return stored.case


# ---- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_the_password_opens_the_disc_and_nothing_of_it_stays(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    log = io.StringIO()
    logs.set_up(level="DEBUG", stream=log)
    async with asked(tmp_path, disc, children=children) as engine:
        assert "What is the password?" in engine.wire.texts()[-1]
        await engine.hear(PASSWORD)
        (waits,) = await engine.rows(inbox_table, inbox_table.c.state == "new")
        assert PASSWORD in waits.raw
        assert trace(tmp_path) == [], "it is only kept sealed"
        await settle(engine)

        case = await the_case(engine)
        assert [r.study.image_count for r in case.records if r.study] == [8]
        assert case.locked == ()
        assert "open now" in "".join(engine.wire.texts())
        assert "8 pictures" in engine.wire.texts()[-1]
        (row,) = await engine.rows(file)
        assert (row.state, row.reason) == ("indexed", "")
        assert await engine.blobs.exists(row.plain_blob_id)
        assert await engine.rows(secret) == []
        assert PASSWORD not in str(await engine.dump())
        assert trace(tmp_path) == []
        assert PASSWORD not in log.getvalue()


async def test_the_transcript_shows_that_there_was_a_password(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear(PASSWORD)
        await settle(engine)
        assert [address for address, _message in engine.wire.unsaid] == ["ann"]
        (chat,) = {row.session_id for row in await engine.rows(message)}
        said = [line.said for line in await messages.transcript(engine.db, chat) if line.said]
        assert [(one.text, one.hidden) for one in said] == [("", False), ("", True)]


async def test_a_wrong_password_is_asked_for_again_and_leaves_no_trace(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("Marmot-9931")
        await settle(engine)
        assert "did not open" in engine.wire.texts()[-1]
        assert trace(tmp_path, "Marmot-9931") == []
        assert [one.tries for one in (await the_case(engine)).locked] == [1]


async def test_words_that_are_no_password_by_their_shape_leave_no_trace_either(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear(f"They said:\n{PASSWORD}")
        await settle(engine)
        assert "write only the password" in engine.wire.texts()[-1]
        assert trace(tmp_path) == []


async def test_what_is_written_beside_a_file_may_be_the_password_and_leaves_no_trace(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        engine.wire.files["more"] = REPORT
        await engine.hear(PASSWORD, files=["more"])
        await settle(engine)
        assert "did not keep the words" in "".join(engine.wire.texts())
        assert trace(tmp_path) == []
        assert PASSWORD not in str(await engine.dump())
        # The file is taken all the same, and it stays where the patient sees it.
        assert [row.state for row in await engine.rows(file)] == ["refused", "indexed"]
        assert engine.wire.unsaid == []


async def test_two_passwords_in_a_row_are_both_tried(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """The second is written while the first is being tried: neither is taken for something else."""
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("Marmot-9931")
        await engine.hear(PASSWORD)
        await settle(engine)
        assert (await the_case(engine)).locked == ()
        assert trace(tmp_path) == trace(tmp_path, "Marmot-9931") == []
        assert "did not open" not in "".join(engine.wire.texts())


async def test_one_given_while_another_is_tried_is_tried_after_it(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("Marmot-9931")
        await engine.take_turns()
        (held,) = await engine.queue.claim(["unlock"], 1)
        outcome = await unlock.run(engine, held)
        await engine.hear(PASSWORD)
        await engine.take_turns()
        assert await engine.queue.settle(held, outcome.effect)
        await settle(engine)
        assert (await the_case(engine)).locked == ()
        assert trace(tmp_path) == []


async def test_a_locked_file_that_is_sent_again_is_known_and_asked_about_again(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("later")
        await settle(engine)
        engine.wire.files["again"] = disc
        await engine.hear("", files=["again"])
        await settle(engine)
        assert "I have this one already" in engine.wire.texts()[-1]
        assert "What is the password?" in engine.wire.texts()[-1]
        assert len((await the_case(engine)).locked) == 1


async def test_a_part_that_is_locked_is_added_when_it_is_opened(
    tmp_path: Path, children: Children
) -> None:
    """What could be read at once is there at once, and is not there twice."""
    scan = synthetic.study_files(synthetic.mr_study(3))
    both = synthetic.zipped({"report.pdf": REPORT, **scan})
    open_ = ("report.pdf", next(iter(scan)))
    async with asked(
        tmp_path, locked.zip_file(both, PASSWORD, but=open_), children=children
    ) as engine:
        case = await the_case(engine)
        assert [r.study.image_count for r in case.records if r.study] == [1]
        assert "A part of ct.pdf is locked" in engine.wire.texts()[-1]
        await engine.hear(PASSWORD)
        await settle(engine)
        case = await the_case(engine)
        assert sorted(r.kind for r in case.records) == ["imaging_report", "imaging_study"]
        assert [r.study.image_count for r in case.records if r.study] == [3]
        assert not [f for r in case.records for f in r.findings if f.code == "encrypted"]


async def test_a_locked_letter_is_packed_without_its_password(
    tmp_path: Path, children: Children
) -> None:
    """The specialist has no chat in which to ask for it."""
    letter = locked.pdf(REPORT, PASSWORD[:5])
    async with asked(tmp_path, letter, children=children) as engine:
        await engine.hear(PASSWORD[:5])
        await settle(engine)
        case = await the_case(engine)
        built = await package.build(
            engine.db,
            engine.blobs,
            languages(),
            engine.catalog,
            children.run,
            case.id,
            review_locale="en",
            built_at=START,
        )
        async with engine.blobs.local(built.blob_id) as path:
            packed = zipfile.ZipFile(path)
            (name,) = [name for name in packed.namelist() if name.endswith("report.pdf")]
            assert b"/Encrypt" not in packed.read(name)


# ---- forgetting --------------------------------------------------------------------------------


async def given(engine: Engine) -> None:
    """The password has been heard, and is yet to be tried."""
    await engine.hear(PASSWORD)
    await engine.take_turns()
    assert len(await engine.rows(secret)) == 1


async def test_it_lies_in_one_row_only_until_it_is_tried(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await given(engine)
        rows = await engine.dump()
        assert PASSWORD in str(rows.pop("secret"))
        assert PASSWORD not in str(rows)


async def test_an_erasure_takes_it_along(tmp_path: Path, disc: bytes, children: Children) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await given(engine)
        await engine.hear("/delete")
        await engine.take_turns()
        await engine.hear("yes")
        await engine.take_turns()
        assert await engine.rows(secret) == []
        await settle(engine)
        assert trace(tmp_path) == []
        assert [row.state for row in await engine.rows(file)] == ["erased"]


async def test_an_erasure_deletes_the_plain_copy(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear(PASSWORD)
        await settle(engine)
        await engine.hear("/delete")
        await engine.hear("yes")
        await settle(engine)
        assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
        assert [row.plain_blob_id for row in await engine.rows(file)] == [None]


async def test_after_an_hour_it_is_forgotten_and_asked_for_again(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """However it came that nobody tried it."""
    async with asked(tmp_path, disc, children=children) as engine:
        await given(engine)
        engine.clock.move(passwords.KEPT_SECONDS + 1)
        await engine.worker().recover()
        assert await engine.rows(secret) == []
        await settle(engine)
        assert "give it once more" in engine.wire.texts()[-1]
        assert trace(tmp_path) == []


async def test_a_file_that_kills_its_reader_is_given_up_and_its_password_forgotten(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async def dies(_shell: object, _job: object) -> Any:
        raise MemoryError

    kinds = {**KINDS, "unlock": Kind(run=dies, give_up=unlock.give_up, attempts=2)}
    async with asked(tmp_path, disc, children=children) as engine:
        await given(engine)
        for _ in range(3):
            await engine.worker(kinds=kinds).run_due()
            engine.clock.move(1000)
        await settle(engine)
        assert await engine.rows(secret) == []
        assert "a coordinator will look at it" in "".join(engine.wire.texts())
        assert trace(tmp_path) == []


async def test_a_message_that_no_turn_can_deal_with_is_not_kept_while_a_password_is_asked_for(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    class Failing(Consented):
        def __call__(self, session: Session, case: Case, update: Update, **how: Any) -> Turn:
            if isinstance(update, InboundMessage) and update.text == PASSWORD:
                raise ZeroDivisionError
            return super().__call__(session, case, update, **how)

    async with asked(tmp_path, disc, children=children) as engine:
        engine.turns._advance = Failing()
        await engine.hear(PASSWORD)
        for _ in range(6):
            await engine.take_turns()
            engine.clock.move(100)
        assert PASSWORD not in str(await engine.dump())


async def test_files_that_no_turn_can_deal_with_are_kept_while_a_password_is_asked_for(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """The patient reads that the message is kept, and an operator can try it again."""

    class Failing(Consented):
        def __call__(self, session: Session, case: Case, update: Update, **how: Any) -> Turn:
            if isinstance(update, InboundMessage):
                raise ZeroDivisionError
            return super().__call__(session, case, update, **how)

    async with asked(tmp_path, disc, children=children) as engine:
        engine.wire.files["more"] = REPORT
        healthy, engine.turns._advance = engine.turns._advance, Failing()
        row_id = await engine.hear("", files=["more"])
        assert row_id is not None
        for _ in range(6):
            await engine.take_turns()
            engine.clock.move(100)
        engine.turns._advance = healthy
        assert await engine.db.write(lambda tx: set_aside.revive(tx, row_id))
        await settle(engine)
        assert [row.state for row in await engine.rows(file)] == ["refused", "indexed"]


async def test_a_message_that_is_changed_while_a_password_is_asked_for_is_not_kept(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """Somebody mends the password where it stands; what came with that isn't even read."""
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("", edited=PASSWORD)
        await settle(engine)
        assert "changed an earlier message" in engine.wire.texts()[-1]
        assert PASSWORD not in str(await engine.dump())
        assert engine.wire.unsaid == []


async def test_the_words_of_an_emergency_are_kept_and_never_tried(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """A coordinator must read them, and they bring help."""
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear("I can't breathe")
        await settle(engine)
        assert "emergency" in engine.wire.texts()[-1]
        assert await engine.rows(secret) == []
        assert any("I can't breathe" in (row.body or "") for row in await engine.rows(message))


# ---- the desk ----------------------------------------------------------------------------------


async def test_a_coordinators_password_is_tried_and_only_its_success_is_told(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    async with asked(tmp_path, disc, children=children) as engine:
        for number, words in enumerate(("Marmot-9931", PASSWORD)):
            before = len(engine.wire.texts())
            await from_the_desk(engine, f"k{number}", words)
            await settle(engine)
            assert (len(engine.wire.texts()) > before) == (words == PASSWORD)
        assert (await the_case(engine)).locked == ()
        assert trace(tmp_path) == trace(tmp_path, "Marmot-9931") == []


async def from_the_desk(engine: Engine, key: str, words: str) -> None:
    (row,) = await engine.rows(file)

    async def write(tx: AsyncConnection) -> None:
        act = CoordinatorActed(action="unlock", coordinator="Li", file_id=row.id)
        await inbox.add_update(tx, case_id=row.case_id, key=key, update=act)
        await passwords.hold(
            tx, file_id=row.id, case_id=row.case_id, session_id=None, words=(words,), now=0.0
        )

    await engine.db.write(write)


async def test_a_second_opening_while_the_first_copy_is_read_leaves_a_copy_that_is_there(
    tmp_path: Path, disc: bytes, children: Children
) -> None:
    """The older reading knows the older copy only, which is erased: it must settle nothing."""
    async with asked(tmp_path, disc, children=children) as engine:
        await engine.hear(PASSWORD)
        await engine.take_turns()
        (first,) = await engine.queue.claim(["unlock"], 1)
        assert await engine.queue.settle(first, (await unlock.run(engine, first)).effect)
        (reading,) = await engine.queue.claim(["index"], 1)
        read = await index.run(engine, reading)

        (row,) = await engine.rows(file)
        once_more = {"file_id": row.id, "case_id": row.case_id, "session_id": row.session_id}
        await engine.db.write(
            partial(unlock.ask, queue=engine.queue, words=(PASSWORD,), now=0.0, **once_more)
        )
        (second,) = await engine.queue.claim(["unlock"], 1)
        assert await engine.queue.settle(second, (await unlock.run(engine, second)).effect)
        await engine.queue.settle(reading, read.effect)
        await settle(engine)

        (row,) = await engine.rows(file)
        assert row.state == "indexed"
        assert await engine.blobs.exists(row.plain_blob_id)
        assert [r.study.image_count for r in (await the_case(engine)).records if r.study] == [8]
