"""The path from which files are fetched: sealed, short-lived, without cookies, and for who may have them."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.coordinators import remove
from bot.store import links, schema
from bot.store.db import Database
from bot.web.offers import LASTS, Offer, opened, sealed
from checklist.case import Case
from tests.web.conftest import House, begin, browser, said
from tests.web.test_desk import desk, fill
from tests.web.test_doors import change, everybody
from tests.web.test_rights import agreed, made, once

__all__ = ["desk", "everybody"]

BODY = bytes(range(256)) * 40
OFFER = Offer(
    purpose="file", case_id="S156-63ZK", name="Иванов анализ.pdf", locale="ru", blob_id="0" * 32
)


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case that was handed over, with its package."""
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


@pytest.fixture
async def nobody(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A program that fetches, with nothing but the address."""
    async with browser(house) as client:
        yield client


async def led(client: httpx.AsyncClient, path: str) -> str:
    """Where a page leads to."""
    response = await client.get(path)
    assert response.status_code == 303, path
    # The page's own address may hold a case number.
    assert response.headers["referrer-policy"] == "no-referrer"
    return response.headers["location"]


# ---- the address -------------------------------------------------------------------------------


async def test_another_process_knows_an_offer_and_another_house_does_not(
    where: Path | str, tmp_path: Path
) -> None:
    async with await Database.open(where) as one, await Database.open(where) as two:
        token = sealed(one.keys.ring, OFFER)
        assert opened(two.keys.ring, token) == OFFER
    async with await Database.open(tmp_path / "other.sqlite") as other:
        assert opened(other.keys.ring, token) is None


async def test_the_address_says_nothing_of_a_patient_and_is_another_each_time(
    desk: httpx.AsyncClient, case: Case
) -> None:
    addresses = {await led(desk, f"/desk/cases/{case.id}/files/f2") for _ in range(2)}
    assert len(addresses) == 2
    for address in addresses:
        token = address.removeprefix("/saved/")
        inside = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        for words in (case.id, "анализ", ".pdf", "Li Wei"):
            assert words not in token
            assert words.encode() not in inside


async def test_an_address_that_was_changed_or_made_up_leads_nowhere(
    house: House, desk: httpx.AsyncClient, nobody: httpx.AsyncClient, case: Case
) -> None:
    address = await led(desk, f"/desk/cases/{case.id}/files/f2")
    last = "A" if address[-5] != "A" else "B"
    for odd in (
        f"{address[:-5]}{last}{address[-4:]}", address[:-4], "/saved/x", "/saved/Ж", "/saved/",
        f"/saved/{base64.urlsafe_b64encode(os.urandom(200)).decode()}",
    ):  # fmt: skip
        assert (await nobody.get(odd)).status_code == 404, odd


async def test_it_lives_for_an_hour_and_then_says_what_to_do_in_the_readers_language(
    house: House, case: Case, nobody: httpx.AsyncClient
) -> None:
    house.settings = house.settings.model_copy(update={"coordinator_locale": "ar"})
    blob = await house.blobs.put(once(b"PK the copy"), case_id=case.id)
    await made(house, case, "k-secret", "copy", blob.id)
    async with browser(house, **{"accept-language": "zh-CN"}) as patient:
        await patient.get("/k/k-secret")
        address = await led(patient, "/copy/copy.zip")
    for _ in range(2):
        got = await nobody.get(address)
        assert (got.status_code, got.content) == (200, b"PK the copy")
    house.clock.move(LASTS)
    # Whoever fetches it, the page is for whom it was offered.
    ended = await nobody.get(address, headers={"accept-language": "en"})
    assert ended.status_code == 410
    assert '<html lang="zh-Hans"' in ended.text
    assert "sandbox" not in ended.headers["content-security-policy"]


async def test_only_what_fetches_is_answered_and_no_cookie_changes_it(
    desk: httpx.AsyncClient, nobody: httpx.AsyncClient, case: Case
) -> None:
    address = await led(desk, f"/desk/cases/{case.id}/files/f2")
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await nobody.request(method, address)).status_code == 405, method
    for cookies in ("", "desk=x; chat=y", f"desk={desk.cookies['desk']}"):
        got = await nobody.get(address, headers={"cookie": cookies} if cookies else {})
        assert (got.status_code, got.content) == (200, b"bytes of a file")
        assert "set-cookie" not in got.headers
        assert got.headers["referrer-policy"] == "no-referrer"
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("sandbox;")
        assert got.headers["content-disposition"].startswith("attachment;")


async def test_what_broke_off_goes_on_where_it_was_and_the_head_alone_has_no_body(
    house: House, case: Case, nobody: httpx.AsyncClient
) -> None:
    blob = await house.blobs.put(once(BODY), case_id=case.id)
    await made(house, case, "k-secret", "copy", blob.id)
    async with browser(house) as patient:
        await patient.get("/k/k-secret")
        address = await led(patient, "/copy/copy.zip")
    head = await nobody.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(BODY))
    first = {"range": "bytes=5000-", "if-range": head.headers["etag"]}
    rest = await nobody.get(address, headers=first)
    assert (rest.status_code, rest.content) == (206, BODY[5000:])
    assert rest.headers["content-range"] == f"bytes 5000-{len(BODY) - 1}/{len(BODY)}"
    past = await nobody.get(address, headers={"range": f"bytes={len(BODY)}-"})
    assert past.status_code == 416


# ---- who may have it, while it lives -----------------------------------------------------------


async def test_it_ends_when_who_asked_for_it_signs_out(
    desk: httpx.AsyncClient, case: Case, nobody: httpx.AsyncClient
) -> None:
    address = await led(desk, f"/desk/cases/{case.id}/files/f2")
    assert (await nobody.get(address)).status_code == 200
    await desk.post("/desk/sign-out")
    ended = await nobody.get(address)
    assert ended.status_code == 410
    assert 'href="/desk">Go to the desk<' in ended.text


async def test_who_waits_for_a_large_file_may_do_nothing_meanwhile(
    house: House, desk: httpx.AsyncClient, case: Case, nobody: httpx.AsyncClient
) -> None:
    house.settings = house.settings.model_copy(update={"desk_idle_minutes": 15})
    address = await led(desk, f"/desk/cases/{case.id}/files/f2")
    house.clock.move(timedelta(minutes=16))
    assert (await desk.get("/desk")).status_code == 303
    assert (await nobody.get(address)).status_code == 200


async def test_it_ends_with_the_role_of_who_asked_for_it(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case, nobody: httpx.AsyncClient
) -> None:
    case = await change(house, case, status="in_translation")
    path = f"/desk/cases/{case.id}/files/f2"
    theirs, ours = await led(everybody["translator"], path), await led(everybody["lead"], path)
    await change(house, case, status="in_review")
    assert (await nobody.get(theirs)).status_code == 410
    assert (await nobody.get(ours)).status_code == 200
    assert await remove(house.db, "lead", house.clock().timestamp())
    assert (await nobody.get(ours)).status_code == 410


async def test_it_ends_with_the_link(house: House, case: Case, nobody: httpx.AsyncClient) -> None:
    blob = await house.blobs.put(once(BODY), case_id=case.id)
    await made(house, case, "k-secret", "copy", blob.id)
    async with browser(house) as patient:
        await patient.get("/k/k-secret")
        address = await led(patient, "/copy/copy.zip")
    (link,) = [one for one in await house.rows(schema.link) if one.purpose == "copy"]
    now = house.clock().timestamp()
    await house.db.write(lambda tx: links.revoke(tx, case.id, link.id, now))
    assert (await nobody.get(address)).status_code == 410


async def test_a_package_ends_with_the_consent_and_everything_with_the_case(
    house: House, desk: httpx.AsyncClient, case: Case, nobody: httpx.AsyncClient
) -> None:
    house.settings = house.settings.model_copy(update={"specialist_country": "CN"})
    case = await agreed(house, case, "abroad", given=True)
    package = await led(desk, f"/desk/cases/{case.id}/package.zip")
    file = await led(desk, f"/desk/cases/{case.id}/files/f2")
    for address in (package, file):
        assert (await nobody.get(address)).status_code == 200
    case = await agreed(house, case, "abroad", given=False)
    assert (await nobody.get(package)).status_code == 410
    assert (await nobody.get(file)).status_code == 200
    await change(house, case, erased=True)
    assert (await nobody.get(file)).status_code == 410
