"""Pairs on a case's page: shown with their reasons, confirmed, parted, undone, and asked for."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, machine_readings, schema
from checklist.case import Case
from checklist.pairing import pairing_of
from checklist.records import Record
from tests.pairing_cases import report_of, study_record
from tests.web.conftest import House, begin, browser, said, turns_taken
from tests.web.test_desk import fill, sign_in, trail

BRAIN = {"date": "2026-04-12", "modalities": ["MR"], "part": "BRAIN", "description": "MRI BRAIN"}


def report(record_id: str, text: str) -> Record:
    scan = study_record({"id": record_id, **BRAIN})
    said = report_of(text)
    return replace(
        scan, kind="imaging_report", item="imaging", study=None, original_name=f"{record_id}.pdf",
        modality="MR", body_part=next(iter(said.parts), ""), date=next(iter(said.days), None),
        examination=said,
    )  # fmt: skip


RECORDS = (
    report("told", "MRI brain\nExam date: 12 April 2026"),
    report("alone", "MRI lumbar spine\nExam date: 5 May 2026"),
    report("either", "MRI knee\nExam date: 1 June 2026"),
    study_record({"id": "s-brain", **BRAIN}),
    study_record({"id": "s-ct", **BRAIN, "modalities": ["CT"], "date": "2026-03-01"}),
    *(
        study_record({"id": f"s-knee-{n}", **BRAIN, "part": "KNEE", "description": "MRI KNEE",
                      "date": "2026-06-01"})
        for n in (1, 2)
    ),
)  # fmt: skip


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case with a pair, a report alone, a study alone, and a report that fits two studies."""
    await begin(house, client)
    known = await fill(house, await house.answer(said("Welcome")))
    filled = replace(known, records=RECORDS, version=known.version + 1)
    await house.db.write(
        lambda tx: cases.save_case(tx, filled, known, now=house.clock().timestamp())
    )
    return filled


@pytest.fixture
async def desk(case: Case, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A coordinator who is signed in, with turns being taken."""
    async with turns_taken(house), browser(house) as client:
        await sign_in(house, client)
        yield client


async def now(house: House, case: Case) -> Case:
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    return known


async def shown(desk: httpx.AsyncClient, case: Case) -> str:
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    return page[page.index('id="pairing"') : page.index("</section>", page.index('id="pairing"'))]


async def act(desk: httpx.AsyncClient, case: Case, action: str, **fields: str) -> httpx.Response:
    return await desk.post(f"/desk/cases/{case.id}/acts/{action}", data=fields)


async def test_the_page_shows_pairs_what_is_open_and_what_is_alone(
    desk: httpx.AsyncClient, case: Case
) -> None:
    section = await shown(desk, case)
    titles = re.findall(r"<h3>(.*?)</h3>", section)
    assert titles == [
        "Reports without pictures",
        "Not sure: please decide",
        "Pictures without a report",
        "Together",
    ]
    assert "the same day · the same body part · the same kind of scan" in section
    assert "more than one fits" in section


async def test_a_pair_is_decided_and_the_deciding_is_undone(
    desk: httpx.AsyncClient, case: Case, house: House
) -> None:
    await act(desk, case, "pair", record="either", study="s-knee-2", together="yes")
    known = await now(house, case)
    assert [p.study_id for p in pairing_of(known).of("either")] == ["s-knee-2"]
    assert pairing_of(known).studies_alone == ("s-ct", "s-knee-1")
    await act(desk, case, "pair", record="told", study="s-brain", together="no")
    known = await now(house, case)
    assert pairing_of(known).reports_alone == ("told", "alone")
    newest, first = (change.number for change in reversed(known.desk.changes))
    await act(desk, case, "undo", change=str(newest))
    await act(desk, case, "undo", change=str(first))
    known = await now(house, case)
    assert known.desk.pairs == ()
    assert [action for _who, action, what in await trail(house, case.id) if "pair." in action] == [
        "pair.made",
        "pair.parted",
    ]


async def test_who_was_second_changes_nothing(
    desk: httpx.AsyncClient, case: Case, house: House
) -> None:
    section = await shown(desk, case)
    (seen,) = set(re.findall(r'name="seen" value="(\w+)"', section))
    await act(desk, case, "pair", record="told", study="s-brain", together="no", seen=seen)
    late = await act(desk, case, "pair", record="told", study="s-ct", together="yes", seen=seen)
    assert late.status_code == 409
    assert len((await now(house, case)).desk.pairs) == 1


async def test_a_pair_of_what_is_no_report_or_no_study_is_not_made(
    desk: httpx.AsyncClient, case: Case, house: House
) -> None:
    for record, study in (("s-brain", "told"), ("told", "alone"), ("nothing", "s-brain")):
        await act(desk, case, "pair", record=record, study=study, together="yes")
    assert (await now(house, case)).desk.pairs == ()


async def test_one_press_asks_for_exactly_the_missing_half(
    desk: httpx.AsyncClient, case: Case, house: House
) -> None:
    await act(desk, case, "request", item="imaging", reason="images", record="alone")
    rows = await house.rows(schema.message)
    asked = "\n".join(row.body or "" for row in rows if row.direction == "out")
    assert "The written report is here." in asked
    (request,) = (await now(house, case)).open_requests
    assert (request.reason, request.record_id) == ("images", "alone")
    assert "The patient was asked for it." in await shown(desk, case)


async def test_a_machines_reading_is_shown_as_one_and_only_suggests(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    scanned = replace(report("scanned", ""), original_name="scan.jpg", media_type="image/jpeg")
    filled = replace(case, records=(*case.records, scanned), version=case.version + 1)
    words = "CT of the brain <b>\nExam date: 1 March 2026\nFindings: none"

    async def keep(tx: AsyncConnection) -> None:
        await cases.save_case(tx, filled, case, now=house.clock().timestamp())
        await machine_readings.keep(
            tx, record_id="scanned", case_id=case.id, pages=1, words=words, now=0.0
        )

    await house.db.write(keep)
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "CT of the brain &lt;b&gt;" in page
    section = await shown(desk, case)
    hint = section[section.index("Suggestions from scans") :]
    assert "Read by a machine, may be wrong" in hint[: hint.index("</article>")]
    assert pairing_of(filled).of("scanned") == ()
    seen = re.search(
        r'name="seen" value="([^"]*)"><input type="hidden" name="record" value="scanned">', hint
    )
    assert seen is not None
    await act(
        desk, case, "pair", key="k1", seen=seen[1], record="scanned", study="s-ct", together="yes"
    )
    assert [p.study_id for p in pairing_of(await now(house, case)).of("scanned")] == ["s-ct"]
    assert "Suggestions from scans" not in await shown(desk, case)
