"""What comes in at the desk is looked into by a virus scanner before a patient gets it, or a package.

The scanner is Debian's own clamd, with a signature of ours.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import document_scan
from bot.jobs import package as package_job
from bot.jobs.queue import Job, Later
from bot.store import schema
from checklist.case import Case
from tests import clamd as scanner
from tests.web.conftest import House, browser
from tests.web.test_desk import sign_in, trail
from tests.web.test_desk_doing import PDF, act, at_work, case, mark, now, words
from tests.web.test_desk_translation import GOOD, do, packed, upload
from tests.web.test_desk_translation import desk as translators

__all__ = ["at_work", "case", "translators"]

SIGNED = PDF + scanner.MARK


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scanner.running(tmp_path_factory.mktemp("clamd")) as found:
        yield found


@pytest.fixture
async def desk(case: Case, at_work: House) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(at_work) as client:
        await sign_in(at_work, client)
        yield client


def asking(house: House, where: str) -> None:
    house.settings = house.settings.model_copy(
        update={"clamd_address": where, "clamd_max_bytes": scanner.STREAM}
    )


async def opinion(desk: httpx.AsyncClient, case: Case, data: bytes) -> httpx.Response:
    files = {"files": ("opinion.pdf", data, "application/pdf")}
    return await desk.post(
        f"/desk/cases/{case.id}/opinion", data={"choice": "original"}, files=files
    )


async def scans(house: House) -> list[tuple[str, str]]:
    return [(row.state, row.what) for row in await house.rows(schema.file_scan)]


async def look_again(house: House) -> None:
    """What a worker does with the one document that waits."""
    (row,) = [
        one
        for one in await house.rows(schema.job)
        if one.kind == "document_scan" and one.state == "ready"
    ]
    args = json.loads(row.args)
    job = Job(id=row.id, kind=row.kind, args=args, attempt=1, lease="x", key=row.key)
    outcome = await document_scan.run(house, job)  # type: ignore[arg-type]  # it has what this uses

    async def settle(tx: AsyncConnection) -> None:
        if outcome.effect is not None:
            await outcome.effect(tx)
        table = schema.job
        await tx.execute(sa.update(table).where(table.c.id == row.id).values(state="done"))

    await house.db.write(settle)


async def approve(desk: httpx.AsyncClient, case: Case) -> None:
    await act(desk, case, "opinion_approve", seen=await mark(desk, case, "opinion_approve"))


async def send(desk: httpx.AsyncClient, case: Case) -> httpx.Response:
    return await act(desk, case, "opinion_send", seen=await mark(desk, case, "opinion_send"))


async def test_an_infected_opinion_is_refused_in_plain_words_and_nothing_of_it_is_kept(
    desk: httpx.AsyncClient, case: Case, at_work: House, address: str
) -> None:
    asking(at_work, address)
    before = at_work.stored()
    refused = await opinion(desk, case, SIGNED)
    assert refused.status_code == 422
    assert "A computer virus was found in this document" in refused.text
    assert await at_work.rows(schema.opinion_file) == []
    assert at_work.stored() == before
    assert (await now(at_work, case)).desk.opinion is None
    assert "document.infected" in [action for _who, action, _what in await trail(at_work, case.id)]


async def test_a_clean_opinion_says_so_and_is_sent(
    desk: httpx.AsyncClient, case: Case, at_work: House, address: str
) -> None:
    asking(at_work, address)
    assert (await opinion(desk, case, PDF)).status_code == 303
    assert await scans(at_work) == [("clean", "")]
    assert "Virus scan: nothing found" in (await desk.get(f"/desk/cases/{case.id}")).text
    await approve(desk, case)
    assert (await send(desk, case)).status_code == 303
    assert (await now(at_work, case)).status == "opinion_ready"


async def test_without_a_scanner_it_is_marked_as_not_scanned_and_waits_for_nobody(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await opinion(desk, case, SIGNED)
    assert "Not scanned for viruses" in (await desk.get(f"/desk/cases/{case.id}")).text
    await approve(desk, case)
    assert (await send(desk, case)).status_code == 303


async def test_while_nobody_answers_an_opinion_is_taken_in_and_not_sent(
    desk: httpx.AsyncClient, case: Case, at_work: House, address: str, tmp_path: Path
) -> None:
    asking(at_work, str(tmp_path / "nobody"))
    assert (await opinion(desk, case, PDF)).status_code == 303
    assert await scans(at_work) == [("waiting", "")]
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "Not scanned for viruses yet. It can be sent after the scan." in page
    await approve(desk, case)
    held = await send(desk, case)
    assert held.status_code == 409
    assert "The opinion waits for the virus scan" in held.text
    assert not re.findall(r"/o/([\w-]+)", await words(at_work))
    with pytest.raises(Later):
        await look_again(at_work)
    asking(at_work, address)
    await look_again(at_work)
    assert await scans(at_work) == [("clean", "")]
    assert (await send(desk, case)).status_code == 303


async def test_what_is_found_infected_later_is_taken_out_and_the_coordinators_are_told(
    desk: httpx.AsyncClient, case: Case, at_work: House, address: str, tmp_path: Path
) -> None:
    """Also where it was sent before there was a scanner."""
    await opinion(desk, case, SIGNED)
    await approve(desk, case)
    await send(desk, case)
    (token,) = re.findall(r"/o/([\w-]+)", await words(at_work))
    asking(at_work, address)
    assert (await send(desk, case)).status_code == 409
    await look_again(at_work)
    known = (await now(at_work, case)).desk.opinion
    assert known is not None
    async with asyncio.timeout(5):
        while known.files:
            await asyncio.sleep(0.02)
            known = (await now(at_work, case)).desk.opinion or known
    async with browser(at_work) as patient:
        await patient.get(f"/o/{token}")
        assert (await patient.get("/opinion")).status_code == 404
    assert await at_work.rows(schema.opinion_file) == []
    assert ("system", "document.infected") in [
        (who, action) for who, action, _what in await trail(at_work, case.id)
    ]
    assert (known.files, known.sent_at) == ((), None)


async def test_an_infected_translation_is_refused_in_plain_words(
    translators: httpx.AsyncClient, case: Case, at_work: House, address: str
) -> None:
    asking(at_work, address)
    before = at_work.stored()
    refused = await upload(translators, case, GOOD + scanner.MARK.decode())
    assert refused.status_code == 422
    assert "A computer virus was found in this document" in refused.text
    assert await at_work.rows(schema.translation_file) == []
    assert at_work.stored() == before


async def test_no_package_holds_a_translation_that_waits_and_a_clean_one_is_called_so(
    translators: httpx.AsyncClient, case: Case, at_work: House, address: str, tmp_path: Path
) -> None:
    asking(at_work, str(tmp_path / "nobody"))
    await upload(translators, case, GOOD)
    await do(translators, case, "approve")
    shown = (await translators.get(f"/desk/translation/{case.id}/lab")).text
    assert "Not scanned for viruses yet. The package waits for it." in shown
    job = Job(id=1, kind="package", args={"case": case.id}, attempt=1, lease="x", key="k")
    with pytest.raises(Later):
        await package_job.run(at_work, job)  # type: ignore[arg-type]  # it has what this uses
    asking(at_work, address)
    await look_again(at_work)
    assert await scans(at_work) == [("clean", "")]
    shown = (await translators.get(f"/desk/translation/{case.id}/lab")).text
    assert "Virus scan: nothing found" in shown
    assert [name for name in await packed(at_work, case) if "_translation_" in name]


async def test_an_approved_translation_that_is_found_infected_later_leaves_the_package(
    translators: httpx.AsyncClient, case: Case, at_work: House, address: str, tmp_path: Path
) -> None:
    asking(at_work, str(tmp_path / "nobody"))
    await upload(translators, case, GOOD + scanner.MARK.decode())
    await do(translators, case, "approve")
    asking(at_work, address)
    await look_again(at_work)
    async with asyncio.timeout(5):
        while (await now(at_work, case)).desk.translations[0].files:
            await asyncio.sleep(0.02)
    page = (await translators.get(f"/desk/translation/{case.id}/lab")).text
    assert "t.txt" not in page
    assert await at_work.rows(schema.translation_file) == []
    assert not [name for name in await packed(at_work, case) if "_translation_" in name]
