"""What a machine has read in a scan: found by the desk, erased with the case, and never a fact."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, desk_rows, machine_readings
from bot.store.schema import desk_row, document_text, job, package
from bot.store.sealed import sealed
from checklist.case import Case, Consent
from checklist.pairing import pairing_of
from checklist.pairing_hints import suggested
from checklist.progress import checklist_for
from checklist.search import search_terms
from checklist.summary import summarize
from handlers.effects import EraseCase, ReadScans, TakeFile
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests.conftest import require_tool
from tests.engine import START, Engine, catalog, languages, opened, say
from tests.pairing_cases import study_record
from tests.scans import REPORTS, scan

TODAY = date(2026, 11, 24)


class Keeping:
    """Takes files and keeps their records, tells of each, and forgets the case at the word "erase"."""

    def __call__(self, session: Session, case: Case, update: Update, **_: Any) -> Turn:
        session = replace(session, version=session.version + 1)
        if isinstance(update, RecordIndexed):
            for record in update.records:
                case = case.with_record(record)
            return Turn(session=session, case=case, effects=(say("receipt"),))
        if isinstance(update, InboundMessage) and update.text == "no":
            return Turn(
                session=session, case=agreed(case, given=False), effects=(ReadScans(on=False),)
            )
        if isinstance(update, InboundMessage) and update.text == "yes":
            return Turn(session=session, case=agreed(case), effects=(ReadScans(on=True),))
        if isinstance(update, InboundMessage) and update.text == "erase":
            effects = (EraseCase(), say("All is erased."))
            return Turn(session=session, case=case.forgotten(), effects=effects)
        files = update.attachments if isinstance(update, InboundMessage) else ()
        taken = tuple(TakeFile(file_id=a.fetch_ref, attachment=a, item="imaging") for a in files)
        return Turn(session=session, case=case, effects=(*taken, say("thanks")))


def agreed(case: Case, *, given: bool = True) -> Case:
    """The case with a word on whether a machine may read."""
    said = Consent(version="1", given=given, locale="en", at=START, point="machine_reading")
    return case.with_consent(said)


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    require_tool("tesseract")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """A case with one scanned report, of which the receipt is out."""
    async with opened(tmp_path, script=Keeping()) as engine:
        engine.wire.files["letter"] = scan(REPORTS["en"][0])
        await engine.hear("yes")
        await engine.hear("", files=["letter"])
        await engine.settle()
        yield engine


async def test_without_a_yes_nothing_is_read_and_a_no_forgets_what_was(tmp_path: Path) -> None:
    """What came before the yes is read then."""
    async with opened(tmp_path, script=Keeping()) as engine:
        engine.wire.files["letter"] = scan(REPORTS["en"][0])
        await engine.hear("", files=["letter"])
        await engine.settle()
        engine.clock.move(60)
        await engine.settle()
        assert await readings(engine) == {}
        await engine.hear("yes")
        await engine.settle()
        assert "lumbar spine" in await read(engine)
        await engine.hear("no")
        await engine.settle()
        assert await readings(engine) == {}


async def case_of(engine: Engine) -> Case:
    (row,) = await cases.list_cases(engine.db)
    return row.case


async def readings(engine: Engine) -> dict[str, str]:
    case = await case_of(engine)
    return dict(await engine.db.read(lambda tx: machine_readings.of_case(tx, case.id)))


async def read(engine: Engine) -> str:
    engine.clock.move(60)
    await engine.settle()
    (words,) = (await readings(engine)).values()
    return words


async def test_nothing_waits_for_the_reading(engine: Engine) -> None:
    assert engine.wire.texts()[-1] == "receipt"
    assert await readings(engine) == {}
    said = engine.wire.texts()
    assert "lumbar spine" in await read(engine)
    assert engine.wire.texts() == said


async def test_a_case_is_found_by_the_words_of_its_scan(engine: Engine) -> None:
    stamp = desk_rows.stamp_of(catalog())
    await desk_rows.catch_up(engine.db, catalog(), stamp)
    (before,) = await engine.rows(desk_row)
    await read(engine)
    assert await desk_rows.catch_up(engine.db, catalog(), stamp) == 1
    (row,) = await engine.rows(desk_row)
    (term,) = search_terms("protrusion", languages().words("en"), TODAY)
    assert any(all(part in row.search for part in parts) for parts in term)
    assert "protrusion" not in before.search
    assert (row.since, row.waits) == (before.since, before.waits)


async def test_a_wrong_reading_reaches_neither_the_case_nor_the_cover(engine: Engine) -> None:
    before = await case_of(engine)
    await read(engine)

    async def lie(tx: AsyncConnection) -> None:
        lies = sealed(before.id, "CT of the chest, 1 May 1907, left")
        await tx.execute(sa.update(document_text).values(words=lies))

    await engine.db.write(lie)
    await engine.hear("hello")
    await engine.settle()
    after = await case_of(engine)
    assert after.records == before.records
    (record,) = after.records
    assert (record.date, record.modality, record.body_part) == (None, "", "")
    checklist = checklist_for(after, catalog())
    assert [entry.status for entry in checklist.items] == [
        entry.status for entry in checklist_for(before, catalog()).items
    ]
    for told in (summarize(after, checklist, catalog()), pairing_of(after)):
        assert "1907" not in repr(told)
        assert "left" not in repr(told).lower()
    assert "1907" not in repr(checklist)


async def test_a_suggestion_is_no_pair_and_a_decision_ends_it() -> None:
    mri = {"date": "2026-04-12", "modalities": ["MR"], "part": "LSPINE"}
    study = study_record({"id": "s", **mri, "description": "MRI LSS"})
    scanned = replace(study, id="r", kind="imaging_report", study=None, date=None, modality="",
                      body_part="", examination=None)  # fmt: skip
    case = Case(id="c", opened_at=START).with_record(study).with_record(scanned)
    words = {"r": "\n".join(REPORTS["en"][0])}
    assert suggested(case, words, TODAY) == {"r": "s"}
    assert pairing_of(case).pairs == ()
    assert suggested(case, {"r": "CT of the chest\nExam date: 12 April 2026"}, TODAY) == {}
    twice = case.with_record(replace(study, id="s2"))
    assert suggested(twice, words, TODAY) == {}


async def test_an_erasure_takes_the_reading_along(engine: Engine) -> None:
    await read(engine)
    await engine.hear("erase")
    await engine.settle()
    assert await engine.rows(document_text) == []
    assert "protrusion" not in str(await engine.dump())


async def test_a_reading_that_was_asked_for_before_an_erasure_does_not_come_after_it(
    engine: Engine,
) -> None:
    await engine.hear("erase")
    engine.clock.move(60)
    await engine.settle()
    assert await engine.rows(document_text) == []
    assert await engine.rows(job, job.c.kind == "machine_reading", job.c.state == "ready") == []


async def test_the_package_holds_nothing_of_it(engine: Engine) -> None:
    await read(engine)
    case = await case_of(engine)
    await engine.db.write(
        lambda tx: engine.queue.add(tx, "package", {"case": case.id}, case_id=case.id)
    )
    await engine.settle()
    (built,) = await engine.rows(package)
    async with engine.blobs.local(built.blob_id) as path:
        with zipfile.ZipFile(path) as packed:
            held = {name: packed.read(name) for name in packed.namelist()}
    assert any(name.endswith(".jpg") for name in held)
    assert [name for name, data in held.items() if b"protrusion" in data] == []
    assert "protrusion" not in str([await engine.rows(package), case])


async def test_where_tesseract_is_missing_nothing_is_asked_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.machine_reading.shutil.which", lambda _name: None)
    async with opened(tmp_path, script=Keeping()) as engine:
        engine.wire.files["letter"] = scan(REPORTS["en"][0])
        await engine.hear("", files=["letter"])
        await engine.settle()
        assert engine.wire.texts()[-1] == "receipt"
        assert await engine.rows(job, job.c.kind == "machine_reading") == []


@pytest.mark.crash
async def test_a_reading_that_was_killed_is_done_once_more_and_kept_once(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Keeping()) as engine:
        engine.wire.files["letter"] = scan(REPORTS["ru"][0], dots=300)
        await engine.hear("yes")
        await engine.hear("", files=["letter"])
        await engine.settle()
    victim = subprocess.Popen([sys.executable, "-m", "tests.scans", str(tmp_path)])
    async with opened(tmp_path, script=Keeping()) as engine:
        for _ in range(400):
            (row,) = await engine.rows(job, job.c.kind == "machine_reading")
            if row.lease:
                break
            await asyncio.sleep(0.02)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        assert await readings(engine) == {}
        engine.clock.move(300)
        await engine.settle()
        assert len(await readings(engine)) == 1
        engine.clock.move(300)
        assert await engine.worker().run_due() == 0
