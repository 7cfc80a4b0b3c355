"""A locked file on the web: the patient's page, and the coordinators' form."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, cases, files, schema
from checklist.case import Case, Consent
from checklist.locked import LockedFile
from tests import locked, synthetic
from tests.test_unlock import trace
from tests.web.conftest import House, begin, browser, said
from tests.web.phone import Phone
from tests.web.program import Program, program
from tests.web.test_desk import sign_in

PASSWORD = "Marmot-9931"

# ---- the desk ----------------------------------------------------------------------------------


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case with a locked file."""
    await begin(house, client)
    opened = await house.answer(said("Welcome"))
    file = LockedFile(file_id="f1", name="ct <b>.zip", state="unknown")
    given = Consent(version="1", given=True, locale="en", at=house.clock())
    changed = replace(opened, locked=(file,), consents=(given,), version=1)

    async def write(tx: AsyncConnection) -> None:
        at = house.clock()
        await cases.save_case(tx, changed, opened, now=at.timestamp())
        await files.want(
            tx, file_id="f1", case_id=opened.id, session_id="s", channel="web", sender="",
            fetch_ref="x", name=file.name, media_type="", size=73_400_000, caption="", item=None,
            received_at=at,
        )  # fmt: skip
        await files.change(tx, "f1", state="refused", reason="encrypted")

    await house.db.write(write)
    return changed


@pytest.fixture
async def desk(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A coordinator who is signed in."""
    async with browser(house) as client:
        await sign_in(house, client)
        yield client


async def test_the_desk_shows_what_is_locked_and_what_the_patient_said(
    desk: httpx.AsyncClient, case: Case
) -> None:
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "ct &lt;b&gt;.zip" in page
    assert "The patient does not know the password" in page
    assert "Files that could not be used" not in page
    assert "The file has a password" in (await desk.get("/desk")).text


async def test_a_coordinators_password_waits_for_its_try_and_is_nowhere_else(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    form = {"key": "k", "file": "f1", "password": PASSWORD}
    for _ in range(2):
        response = await desk.post(f"/desk/cases/{case.id}/password", data=form)
        assert response.status_code == 303
    (row,) = await house.rows(schema.secret)
    assert (row.file_id, row.session_id) == ("f1", None)
    for table in schema.metadata.sorted_tables:
        if table.name != "secret":
            assert PASSWORD not in str([tuple(row) for row in await house.rows(table)])
    new = [row for row in await house.rows(schema.inbox) if row.state == "new"]
    assert ['"action":"unlock"' in row.raw for row in new] == [True]
    noted = await house.db.read(lambda tx: audit.trail(tx, case.id))
    assert {(e.actor, e.action, e.object) for e in noted} == {
        ("coordinator Li Wei", "tried_password", "f1")
    }
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "A password is being tried" in page
    assert PASSWORD not in page


async def test_the_desk_tells_that_a_password_was_wrong(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    await house.db.write(
        lambda tx: audit.add(
            tx,
            case_id=case.id,
            at=house.clock().timestamp(),
            actor="system",
            action="password.wrong_password",
            object="f1",
        )
    )
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "The last password was wrong (Nov 24, 2026, 09:30 UTC)" in page


@pytest.mark.parametrize("form", [{"file": "f2", "password": "x"}, {"password": "x"}])
async def test_only_a_file_that_is_locked_takes_a_password(
    house: House, desk: httpx.AsyncClient, case: Case, form: dict[str, str]
) -> None:
    response = await desk.post(f"/desk/cases/{case.id}/password", data=form)
    assert response.status_code == 404
    assert await house.rows(schema.secret) == []


# ---- the patient's page, in a browser ----------------------------------------------------------


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("locked")) as started:
        yield started


def no_trace(folder: Path) -> bool:
    """Whether the password is nowhere, once the log is emptied: somebody may just be reading it."""
    end = time.monotonic() + 30
    while (found := trace(folder, PASSWORD)) and time.monotonic() < end:
        time.sleep(0.2)
    return not found


@pytest.mark.browser
@pytest.mark.parametrize("language", ["English", "العربية"])
def test_a_patient_opens_a_disc_and_the_password_is_not_on_the_page(
    chromium: Browser, running: Program, tmp_path: Path, language: str
) -> None:
    """Nor in what the browser keeps, nor in the folder, nor in the log."""
    disc = tmp_path / "ct.zip"
    disc.write_bytes(locked.zip_file(synthetic.disc(synthetic.mr_study()), PASSWORD))
    phone = Phone(chromium, running.address)
    try:
        phone.begin(language)
        phone.page.locator("#choices button").first.click()
        expect(phone.log("assistant")).to_have_count(4)
        for answer in ("Ana Petrova", "12/12/1980"):
            phone.say(answer)
        phone.page.locator("#files").set_input_files([disc])
        expect(phone.page.locator("#choices button")).to_have_count(3)
        phone.check_access()
        phone.write("marmot")
        expect(phone.log("you").last).to_contain_text("••••")
        expect(phone.page.locator("#choices button")).to_have_count(3)
        phone.write(PASSWORD)
        expect(phone.log("assistant").last).to_contain_text("MRI", timeout=60_000)
        phone.check_access()
        kept = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
        assert PASSWORD not in phone.page.content() + phone.page.evaluate(kept)
        phone.page.reload()
        assert PASSWORD not in phone.page.content()
        assert phone.log("you").filter(has_text="••••").count() == 2
    finally:
        phone.close()
    assert no_trace(running.folder)


@pytest.mark.browser
def test_a_coordinator_opens_a_disc_with_what_the_hospital_said_on_the_telephone(
    chromium: Browser, running: Program, tmp_path: Path
) -> None:
    """On a phone too; the patient hears that it is open."""
    disc = tmp_path / "ct.zip"
    disc.write_bytes(locked.zip_file(synthetic.disc(synthetic.mr_study()), PASSWORD))
    patient = Phone(chromium, running.address)
    desk = Phone(chromium, running.sign_in_link(), bypass_csp=True)
    try:
        patient.begin()
        patient.page.locator("#files").set_input_files([disc])
        expect(patient.log("assistant").last).to_contain_text("locked with a password")
        page = desk.page
        page.get_by_label("Your name").fill("Li Wei")
        page.get_by_role("button", name="Sign in").click()
        # The program has cases of other tests; this one moved last.
        page.goto(f"{running.address}/desk?sort=-last")
        page.locator("#rows th a").first.click()
        expect(page.locator("#locked")).to_contain_text("was not asked for the password yet")
        desk.check_access()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Try the password").click()
        expect(patient.log("assistant").last).to_contain_text("MRI", timeout=60_000)
        page.goto(page.url.partition("#")[0])
        expect(page.locator("#locked")).to_have_count(0)
        expect(page.get_by_text("MRI").first).to_be_visible()
    finally:
        patient.close()
        desk.close()
    assert no_trace(running.folder)
