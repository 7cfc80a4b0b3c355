"""The pages of records at the desk, with the program's own turns behind them."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, files
from checklist.case import Case
from checklist.records import Record
from tests.handoff.test_arranged import pages, widths
from tests.web.conftest import House, browser, saved
from tests.web.test_desk import _pieces, sign_in, trail
from tests.web.test_desk_doing import at_work, case, desk, now

__all__ = ["at_work", "case", "desk"]


@pytest.fixture
async def scans(house: House, case: Case) -> Case:
    """The case with a scan of three pages, one that is broken, and a photo."""
    blob = await house.blobs.put(_pieces(pages(3)), case_id="case")
    lab = next(record for record in case.records if record.id == "r2")
    scan = replace(lab, id="s", file_id="s", media_type="application/pdf", pages=3, sender="")
    broken, photo = (
        replace(scan, id="broken", file_id="f2"),
        replace(lab, id="p", file_id="f2", media_type="image/jpeg", channel="telegram"),
    )
    filled = replace(case, records=(*case.records, scan, broken, photo), version=case.version + 1)

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, filled, case, now=house.clock().timestamp())
        await files.want(
            tx, file_id="s", case_id=case.id, session_id="s", channel="web", sender="",
            fetch_ref=blob.id, name="scan.pdf", media_type="application/pdf", size=15, caption="",
            item=None, received_at=house.clock(),
        )  # fmt: skip
        await files.change(tx, "s", state="indexed", blob_id=blob.id)

    await house.db.write(write)
    return filled


def marks(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen_[\w.-]+)" value="(\w+)"', page))


async def test_a_page_is_drawn_and_a_part_is_saved_as_what_it_is(
    desk: httpx.AsyncClient, scans: Case, at_work: House
) -> None:
    """What is broken or not there is no error of the program."""
    of_case = f"/desk/cases/{scans.id}"
    picture = await desk.get(f"{of_case}/records/s/pages/3")
    assert picture.content.startswith(b"\xff\xd8")
    assert (await desk.get(f"{of_case}/records/s/pages/4")).status_code == 404
    assert (await desk.get(f"{of_case}/records/s/part.pdf")).status_code == 404
    assert (await desk.get(f"{of_case}/records/broken/pages/1")).status_code == 422
    for nothing in ("r1", "nothing", "p"):
        assert (await desk.get(f"{of_case}/records/{nothing}/pages")).status_code == 404
    response = await desk.post(f"{of_case}/records/s/split", data={"begins": "2"})
    assert response.headers["location"] == f"{of_case}?done=record-s#records"
    part = await saved(desk, f"{of_case}/records/s.p2-3/part.pdf")
    assert widths(part.content) == [2, 3]
    assert part.headers["content-disposition"].startswith("attachment")
    assert (await desk.get(f"{of_case}/records/s.p2-3/pages/2")).status_code == 200
    done = [(action, what) for _who, action, what in await trail(at_work, scans.id)]
    assert ("record.split", "s") in done
    assert ("took_file", "s.p2-3") in done
    original = await saved(desk, f"/desk/translation/{scans.id}/s.p2-3/original")
    assert widths(original.content) == [2, 3]


async def test_the_second_of_two_who_merge_keeps_their_numbers(
    desk: httpx.AsyncClient, scans: Case, at_work: House
) -> None:
    """And so does who gave one number twice."""
    address = f"/desk/cases/{scans.id}/merge"
    seen = marks((await desk.get(address)).text)
    twice = await desk.post(address, data={**seen, "place_p": "1", "place_r2": "1"})
    assert twice.status_code == 409
    assert "number at least two" in twice.text
    async with browser(at_work) as other:
        await sign_in(at_work, other, "Ana")
        first = await other.post(address, data={**seen, "place_p": "1", "place_r2": "2"})
        assert first.headers["location"].endswith("#record-p")
    second = await desk.post(address, data={**seen, "place_r2": "7", "place_p": "9"})
    assert second.status_code == 409
    assert 'value="7"' in second.text
    assert 'value="9"' in second.text
    case = await now(at_work, scans)
    assert [page.id for page in case.pages_of("p")] == ["r2"]
    again = await desk.post(address, data={**marks(second.text), "place_r2": "7", "place_p": "9"})
    assert again.status_code == 303
    assert [page.id for page in (await now(at_work, scans)).pages_of("r2")] == ["p"]


async def test_a_document_that_is_somebody_elses_is_listed_apart_and_taken_back(
    desk: httpx.AsyncClient, scans: Case, at_work: House
) -> None:
    address = f"/desk/cases/{scans.id}/records/p/whose"
    (seen,) = re.findall(
        r'records/p/whose">.*?name="seen" value="(\w+)"',
        (await desk.get(f"/desk/cases/{scans.id}")).text,
    )
    await desk.post(address, data={"seen": seen})
    assert record(await now(at_work, scans), "p").is_apart
    page = (await desk.get(f"/desk/cases/{scans.id}")).text
    assert "kept apart as somebody else" in page
    assert (await desk.post(address, data={"seen": seen, "theirs": "1"})).status_code == 409
    await desk.post(address, data={"theirs": "1"})
    assert record(await now(at_work, scans), "p").is_used


async def test_each_record_says_by_what_way_it_came(desk: httpx.AsyncClient, scans: Case) -> None:
    page = (await desk.get(f"/desk/cases/{scans.id}")).text
    assert "Telegram" in page.partition('id="records"')[2]
    assert "private link" in page.partition('id="records"')[2]


def record(case: Case, record_id: str) -> Record:
    found = case.record(record_id)
    assert found is not None
    return found
