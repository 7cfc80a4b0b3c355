"""A photo goes to nobody with the place where it was taken, but for who asks for just that.

At the desk, at the translators' desk, and by the API.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.clean_photos import cleaned
from bot.store import api_tokens, cases, files
from bot.web.api import Api
from checklist.case import Case
from tests import synthetic
from tests.intake.test_clean_photos import made
from tests.web.conftest import House, begin, browser, said, saved
from tests.web.test_desk import fill, sign_in, trail

PHOTO = made("JPEG")
#: A photo that can't be taken apart, since it breaks off.
BROKEN = PHOTO[: len(PHOTO) // 2]
ZIPPED = synthetic.zipped({"scans/b.jpg": PHOTO, "c.txt": b"something else"})


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


@pytest.fixture
async def desk(case: Case, house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house) as client:
        await sign_in(house, client)
        yield client


@pytest.fixture
async def system(case: Case, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A program of somebody else's."""
    at = house.clock().timestamp()
    token = await house.db.write(
        lambda tx: api_tokens.add(tx, "City Hospital", api_tokens.SCOPES, at)
    )
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=Api(house).app()),
        base_url="http://test",
        headers={"authorization": f"Bearer {token}"},
    )
    async with client:
        yield client


async def with_photo(house: House, case: Case, data: bytes, member: str = "") -> Case:
    """The case with its second record as a photo of these bytes, alone or within an archive."""
    blob = await house.blobs.put(_once(data), case_id=case.id)
    photo = replace(
        case.records[1], media_type="image/jpeg", member=member,
        original_name=member or "photo.jpg", language="ru",
    )  # fmt: skip
    after = replace(case, records=(case.records[0], photo), version=case.version + 1)

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, after, case, now=house.clock().timestamp())
        await files.change(tx, photo.file_id, blob_id=blob.id)

    await house.db.write(write)
    return after


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def taken(house: House, case: Case) -> list[str]:
    return [action for _who, action, _what in await trail(house, case.id) if "took" in action]


@pytest.mark.parametrize(("data", "member"), [(BROKEN, ""), (ZIPPED, "scans/b.jpg")])
async def test_the_desk_says_what_is_not_cleaned_and_gives_it_to_who_asks(
    desk: httpx.AsyncClient, house: House, case: Case, data: bytes, member: str
) -> None:
    await with_photo(house, case, data, member)
    address = f"/desk/cases/{case.id}/files/f2"
    refused = await saved(desk, address)
    assert refused.status_code == 409
    assert "Not cleaned" in refused.text
    assert 'href="?as_sent=yes"' in refused.text
    assert await taken(house, case) == []
    given = await saved(desk, f"{address}?as_sent=yes")
    assert given.content == data
    assert given.headers["content-disposition"].startswith("attachment; filename=")
    assert await taken(house, case) == ["took_file_as_sent"]


async def test_the_photo_itself_is_there_for_who_asks_for_it_as_it_was_sent(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    await with_photo(house, case, PHOTO)
    address = f"/desk/cases/{case.id}/files/f2"
    assert (await saved(desk, address)).content == cleaned(PHOTO, "image/jpeg")
    assert (await saved(desk, f"{address}?as_sent=yes")).content == PHOTO
    assert await taken(house, case) == ["took_file", "took_file_as_sent"]


async def test_a_translator_gets_the_picture_and_not_the_place(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    after = await with_photo(house, case, PHOTO)
    address = f"/desk/translation/{case.id}/{after.records[1].id}/original"
    assert (await saved(desk, address)).content == cleaned(PHOTO, "image/jpeg")
    assert (await saved(desk, f"{address}?as_sent=yes")).content == PHOTO
    assert await taken(house, case) == ["took_original", "took_original_as_sent"]


async def test_another_system_gets_a_clean_copy_unless_it_asks_otherwise(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    after = await with_photo(house, case, PHOTO)
    address = f"/cases/{case.id}/records/{after.records[1].id}/file"
    assert (await system.get(address)).content == cleaned(PHOTO, "image/jpeg")
    assert (await system.get(address, params={"as_sent": "true"})).content == PHOTO
    assert await taken(house, case) == ["took_file", "took_file_as_sent"]


async def test_another_system_gets_a_photo_of_an_archive_alone(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    after = await with_photo(house, case, ZIPPED, "scans/b.jpg")
    address = f"/cases/{case.id}/records/{after.records[1].id}/file"
    given = await system.get(address)
    assert given.content == cleaned(PHOTO, "image/jpeg")
    assert 'filename="b.jpg"' in given.headers["content-disposition"]
    assert (await system.get(address, params={"as_sent": "true"})).content == ZIPPED


async def test_another_system_is_told_that_a_photo_is_not_cleaned(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    after = await with_photo(house, case, BROKEN)
    address = f"/cases/{case.id}/records/{after.records[1].id}/file"
    refused = await system.get(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_cleaned")
    assert (await system.get(address, params={"as_sent": "true"})).content == BROKEN
    assert await taken(house, case) == ["took_file_as_sent"]
