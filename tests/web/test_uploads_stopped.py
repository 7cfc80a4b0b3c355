"""Private links while nobody works on the case: not one byte is taken, and it is said before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, schema
from checklist.case import Case, Consent
from tests.web.conftest import House
from tests.web.sender import CASE, Sender, new_link, opened_case, sender
from tests.web.test_tus import on_disk

pytestmark = pytest.mark.usefixtures("both")


@pytest.fixture
async def by(house: House) -> AsyncIterator[Sender]:
    await opened_case(house)
    async with sender(house, await new_link(house, name="City Hospital")) as someone:
        await someone.pick()
        yield someone


async def change(house: House, *, given: bool = False, erased: bool = False) -> None:
    """The consent is taken back or given again, or the case is erased and its link is not yet."""
    said = Consent(version="1", given=given, locale="en", at=house.clock())

    async def write(tx: AsyncConnection) -> None:
        old = await cases.load_case(tx, CASE)
        assert old is not None
        new: Case = old.forgotten() if erased else old.with_consent(said)
        new = replace(new, version=old.version + 1)
        await cases.save_case(tx, new, old, now=house.clock().timestamp())

    await house.db.write(write)


@pytest.mark.parametrize("erased", [False, True])
async def test_nothing_is_taken_while_the_case_has_stopped(
    by: Sender, house: House, erased: bool
) -> None:
    begun = await by.begin(10)
    await by.patch(begun, b"abc", 0)
    await change(house, erased=erased)
    before = on_disk(house)
    wish = {"files": 1, "size": 10, "folder": ""}
    answers = [
        await by.create(5, "b.dcm", data=b"abcde"),
        await by.patch(begun, b"defghij", 3),
        await by.head(begun),
        await by.client.post("/upload/batches", json=wish),
        await by.client.get(f"/upload/batches/{by.batch}"),
    ]
    assert [answer.status_code for answer in answers] == [410] * 5
    form = await by.client.post("/upload/form", files={"files": ("a.pdf", b"%PDF-1.4")})
    page = await by.client.get("/upload")
    for said in (form, page):
        assert said.status_code == 403
        assert "The work on this case has stopped, so no files are taken." in said.text
        assert "Everything has arrived" not in said.text
    assert on_disk(house) == before
    assert house.stored() == []
    assert [row for row in await house.rows(schema.inbox) if "files_uploaded" in row.raw] == []


async def test_the_link_works_again_once_somebody_agreed_again(by: Sender, house: House) -> None:
    await change(house)
    assert (await by.client.get("/upload")).status_code == 403
    await change(house, given=True)
    assert (await by.client.get("/upload")).status_code == 200
    assert (await by.create(5, "b.dcm", data=b"abcde")).status_code == 201
