"""The pages of a copy and of a certificate; and what a refused point switches off at the desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.store import cases, links, schema
from bot.tokens import token_hash
from bot.web.bubbles import without_secrets
from checklist.case import Case, Consent
from checklist.consents import Hold, Point
from handlers.effects import LinkPurpose
from handlers.service import Service
from handlers.session import Session
from tests.web.conftest import House, begin, browser, said, saved, turns_taken
from tests.web.test_desk import fill, sign_in, trail


async def made(house: House, case: Case, token: str, purpose: LinkPurpose, item: str) -> None:
    now = house.clock().timestamp()
    await house.db.write(
        lambda tx: links.add(
            tx, link_id=token, token_hash=token_hash(token), case_id=case.id, session_id="s",
            name="", item=item, now=now, expires_at=now + 3 * 86400, purpose=purpose,
        )
    )  # fmt: skip


async def agreed(house: House, case: Case, point: Point, *, given: bool) -> Case:
    """The case with one more word on a point."""
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    consent = Consent(version="1", given=given, locale="en", at=house.clock(), point=point)
    new = replace(known.with_consent(consent), version=known.version + 1)
    now = house.clock().timestamp()
    await house.db.write(lambda tx: cases.save_case(tx, new, known, now=now))
    return new


async def at_the_end(house: House, case: Case) -> None:
    """The chat of the case stands where one does whose case was handed over."""
    (chat,) = await house.rows(schema.session)
    session = Session(
        id=chat.id, case_id=case.id, channel="web", address=chat.address, locale="en", step="done",
        version=chat.version + 1,
    )  # fmt: skip
    await house.db.write(lambda tx: cases.save_session(tx, session, before=chat.version))


async def once(body: bytes) -> AsyncIterator[bytes]:
    yield body


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case that was handed over, with its package."""
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


async def test_a_copy_is_taken_by_its_link_and_is_gone_with_it(case: Case, house: House) -> None:
    blob = await house.blobs.put(once(b"PK the copy"), case_id=case.id)
    await made(house, case, "secret", "copy", blob.id)
    async with browser(house) as patient:
        assert (await patient.get("/copy/copy.zip")).status_code == 404
        assert (await patient.get("/l/secret")).status_code == 404
        assert (await patient.get("/k/secret")).headers["location"] == "/copy"
        assert "index.html" in (await patient.get("/copy")).text
        taken = await saved(patient, "/copy/copy.zip")
        assert taken.content == b"PK the copy"
        assert taken.headers["content-disposition"].startswith("attachment")
        assert (await patient.get("/certificate")).status_code == 404
        house.clock.move(timedelta(days=4))
        assert (await patient.get("/copy/copy.zip")).status_code == 404
    assert ("patient", "copy.taken", "") in await trail(house, case.id)


async def test_a_certificate_has_no_name_and_no_pdf_before_the_last_byte_is_gone(
    case: Case, house: House
) -> None:
    await made(house, case, "secret", "certificate", "6.2")
    erased = sa.update(schema.file).where(schema.file.c.case_id == case.id)
    await house.db.write(lambda tx: tx.execute(erased.values(state="erased", name="")))
    async with browser(house) as patient:
        await patient.get("/e/secret")
        page = (await patient.get("/certificate")).text
        assert case.id in page
        assert "Иванов" not in page
        assert "being removed just now" in page
        assert (await patient.get("/certificate/certificate.pdf")).status_code == 404
        await house.db.write(lambda tx: tx.execute(erased.values(blob_id=None, plain_blob_id=None)))
        assert "Download the PDF" in (await patient.get("/certificate")).text
        pdf = await saved(patient, "/certificate/certificate.pdf")
        assert pdf.content.startswith(b"%PDF")


async def test_without_a_yes_to_it_no_package_leaves_for_another_country(
    case: Case, house: House
) -> None:
    house.settings = house.settings.model_copy(update={"specialist_country": "CN"})
    address = f"/desk/cases/{case.id}"
    async with browser(house) as desk:
        await sign_in(house, desk)
        page = (await desk.get(address)).text
        assert "Send it abroad: not asked yet, so no" in page.replace("\u2068", "").replace(
            "\u2069", ""
        )
        assert "package.zip" not in page
        assert (await desk.get(f"{address}/package.zip")).status_code == 409
        await agreed(house, case, "abroad", given=True)
        assert "not agreed to sending" not in (await desk.get(address)).text
        await agreed(house, case, "abroad", given=False)
        assert "not agreed to sending" in (await desk.get(address)).text


async def test_the_desk_says_that_nobody_could_be_told_of_an_erasure_until_it_is_held(
    case: Case, house: House
) -> None:
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    at = house.clock()
    unreached = replace(known, unreached_at=at, version=known.version + 1)
    await house.db.write(lambda tx: cases.save_case(tx, unreached, known, now=at.timestamp()))
    words = "Nobody could be told that this case is erased"
    async with browser(house) as desk:
        await sign_in(house, desk)
        page = (await desk.get(f"/desk/cases/{case.id}")).text
        assert words in page
        assert "Dec 24, 2026" in page
        hold = Hold(by="Li Wei", at=at)
        held = replace(
            unreached, desk=replace(unreached.desk, hold=hold), version=unreached.version + 1
        )
        await house.db.write(lambda tx: cases.save_case(tx, held, unreached, now=at.timestamp()))
        assert words not in (await desk.get(f"/desk/cases/{case.id}")).text


async def test_a_point_that_is_no_is_asked_by_its_button_and_the_page_tells_what_came_of_it(
    case: Case, house: House
) -> None:
    house.settings = house.settings.model_copy(update={"specialist_country": "CN"})
    address = f"/desk/cases/{case.id}"

    async def page() -> str:
        text = (await desk.get(address)).text
        return re.sub("[\u2066-\u2069]", "", text)

    async def forms() -> dict[str, dict[str, str]]:
        """The fields of each form that asks about a point; with tesseract here there is one more."""
        found = re.findall(r'acts/ask_point">(.*?)</form>', await page(), re.DOTALL)
        fields = (dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in found)
        return {one["point"]: one for one in fields}

    await at_the_end(house, case)
    async with turns_taken(house, Service(country="CN")), browser(house) as desk:
        await sign_in(house, desk)
        fields = (await forms())["abroad"]
        done = await desk.post(f"{address}/acts/ask_point", data=fields)
        assert done.headers["location"] == f"{address}?done=consents#consents"
        assert "Asked by Li Wei, " in await page()
        assert "No answer yet." in await page()
        assert ("coordinator Li Wei", "consent.wished", "abroad") in await trail(house, case.id)
        again = await desk.post(f"{address}/acts/ask_point", data={**fields, "key": "another"})
        assert again.status_code == 409
        house.clock.move(timedelta(minutes=1))
        await agreed(house, case, "abroad", given=True)
        assert "Answered " in await page()
        assert "abroad" not in await forms()
    said_to_them = [row.body for row in await house.rows(schema.message) if row.direction == "out"]
    assert any("The specialist is in another country" in (body or "") for body in said_to_them)


async def test_of_a_stopped_case_nothing_can_be_asked(case: Case, house: House) -> None:
    house.settings = house.settings.model_copy(update={"specialist_country": "CN"})
    await agreed(house, case, "keep", given=False)
    async with browser(house) as desk:
        await sign_in(house, desk)
        assert "acts/ask_point" not in (await desk.get(f"/desk/cases/{case.id}")).text


def test_the_desk_shows_no_secret_of_these_links() -> None:
    assert without_secrets("http://test/k/0123abcd or http://test/e/77ff") == (
        "http://test/k/… or http://test/e/…"
    )
