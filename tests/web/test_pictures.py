"""Pictures of records: who may see them, and who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx

from bot.store import cases
from bot.web.bubbles import Bubbles
from checklist.case import Case
from checklist.records import Record
from tests.web.conftest import House, begin, browser, said
from tests.web.test_desk import case, desk, trail

__all__ = ["case", "desk"]

SMALL, LARGE = b"\xff\xd8 small", b"\xff\xd8 large"


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def pictured(house: House, case: Case) -> Record:
    """The case's study, with its pictures."""
    small, large = [await house.blobs.put(_pieces(data), case_id="case") for data in (SMALL, LARGE)]
    record = replace(
        case.records[0],
        preview_blob_id=small.id,
        preview_size=(664, 332),
        sheet_blob_id=large.id,
    )
    shown = replace(case, records=(record, *case.records[1:]), version=case.version + 1)

    now = house.clock().timestamp()
    await house.db.write(lambda tx: cases.save_case(tx, shown, case, now=now))
    return record


async def test_a_chat_sees_the_pictures_of_its_own_case(
    house: House, client: httpx.AsyncClient, case: Case
) -> None:
    record = await pictured(house, case)
    response = await client.get(f"/pictures/{record.id}")
    assert (response.status_code, response.content) == (200, SMALL)
    assert response.headers["content-type"] == "image/jpeg"
    # A phone that is lent keeps no copy.
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_nobody_else_sees_them(house: House, client: httpx.AsyncClient, case: Case) -> None:
    record = await pictured(house, case)
    async with browser(house) as stranger, browser(house) as other:
        assert (await stranger.get(f"/pictures/{record.id}")).status_code == 404
        await begin(house, other)
        await house.answer(said("Welcome"))
        assert (await other.get(f"/pictures/{record.id}")).status_code == 404
        for kind in ("preview", "sheet"):
            response = await other.get(f"/desk/cases/{case.id}/records/{record.id}/{kind}")
            assert response.headers["location"] == "/desk/sign-in"


async def test_a_record_without_a_picture_and_one_whose_picture_is_gone_have_none(
    house: House, client: httpx.AsyncClient, case: Case
) -> None:
    assert (await client.get("/pictures/r2")).status_code == 404
    assert (await client.get("/pictures/nothing")).status_code == 404
    record = await pictured(house, case)
    await house.blobs.delete(record.preview_blob_id)
    assert (await client.get(f"/pictures/{record.id}")).status_code == 404


async def test_a_coordinator_sees_both_and_looking_closer_is_put_on_record(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    record = await pictured(house, case)
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    address = f"/desk/cases/{case.id}/records/{record.id}"
    assert (
        page.count(f'href="{address}/sheet"') == 4
    )  # beside the record, in its study, and as the source of two lines of the cover
    assert 'width="664" height="332"' in page
    assert (await desk.get(f"{address}/preview")).content == SMALL
    assert (await desk.get(f"{address}/sheet")).content == LARGE
    seen = [entry for entry in await trail(house, case.id) if entry[1] == "saw_pictures"]
    assert seen == [("coordinator Li Wei", "saw_pictures", record.id)]
    missing = await desk.get(f"/desk/cases/{case.id}/records/r2/sheet")
    assert missing.status_code == 404
    elsewhere = await desk.get(f"/desk/cases/none/records/{record.id}/sheet")
    assert elsewhere.status_code == 404


async def test_an_id_cannot_lead_out_of_its_address(house: House) -> None:
    bubbles = Bubbles(house.languages, "en")
    assert bubbles.picture_address("../x?y") == "/pictures/..%2Fx%3Fy"
