"""The list in a real browser: it renews itself under the hand and the ear of whoever works with it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.jobs.children import Children
from bot.jobs.lease_table import LeaseTable
from bot.jobs.previews import decoders
from bot.settings import Settings
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from tests.web.conftest import Clock, House
from tests.web.phone import Phone
from tests.web.program import Program, program
from tests.web.test_desk_list import make

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(
    chromium: Browser,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Phone, Program]]:
    """A coordinator's browser at the list of three cases, in the desk's language."""
    locale, options = getattr(request, "param", ("en", {}))
    monkeypatch.setenv("COORDINATOR_LOCALE", locale)
    # The browser's own loop runs on this thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, seed(tmp_path / "data")).result()
    with program(tmp_path) as running:
        options = {"viewport": {"width": 1280, "height": 800}, "bypass_csp": True, **options}
        phone = Phone(chromium, running.sign_in_link(), **options)
        phone.page.locator("#name").fill("Li Wei")
        phone.page.locator("main button").click()
        expect(phone.page.locator("#rows > tr")).to_have_count(3)
        yield phone, running
        phone.close()


async def seed(folder: Path) -> None:
    """Three cases, as turns would have left them."""
    folder.mkdir()
    async with await Database.open(folder / "second-opinion.db") as db:
        clock = Clock(datetime.now(UTC))
        scratch = Scratch(folder / "scratch", 1 << 30)
        house = House(
            db=db,
            blobs=SealedBlobs(FolderBlobs(folder / "files"), db.keys, scratch),
            partials=SealedPartials(FolderPartials(folder / "uploads"), db.keys, scratch),
            queue=LeaseTable(db, clock),
            settings=Settings.model_validate({"data_dir": folder}),
            children=Children(),
            decoders=decoders(),
            clock=clock,
        )
        for number in range(3):
            await make(house, f"TEST-000{number}", name=f"Peter Ivanov {number}", days=9 - number)


def want_a_person(running: Program, case_id: str) -> None:
    """Somebody asks for a person in that case; the program hears of it as of what another process did."""
    path = running.folder / "data" / "second-opinion.db"
    with closing(sqlite3.connect(path, timeout=20)) as store, store:
        values = (case_id, "asked", 1_700_000_000.0)
        store.execute("INSERT INTO handoff (case_id, reason, opened_at) VALUES (?, ?, ?)", values)


def ids(phone: Phone) -> list[str]:
    return [row.get_attribute("data-id") or "" for row in phone.page.locator("#rows > tr").all()]


def test_the_list_renews_itself_in_place(desk: tuple[Phone, Program]) -> None:
    """A row changes where it stands while a hand is at the list, and the order waits for a press."""
    phone, running = desk
    page = phone.page
    before = ids(phone)
    last = page.locator(f"#case-{before[-1]}")
    last.locator("a").focus()
    want_a_person(running, before[-1])
    expect(last.locator(".wanted")).to_be_visible()
    assert ids(phone) == before
    expect(last.locator("a")).to_be_focused()
    expect(page.locator("#said")).to_have_text(f"Case {before[-1]} needs a person now.")
    page.get_by_role("button", name="Show the new order").click()
    assert ids(phone)[0] == before[-1]
    phone.check_access()


def test_a_new_case_comes_by_itself_and_the_count_with_it(
    chromium: Browser, desk: tuple[Phone, Program]
) -> None:
    phone, running = desk
    phone.page.mouse.move(5, 5)
    patient = Phone(chromium, running.address)
    patient.begin()
    patient.close()
    expect(phone.page.locator("#rows > tr")).to_have_count(4)
    expect(phone.page.locator("#count")).to_have_text("4 cases")
    expect(phone.page.locator("#said")).to_contain_text("New in the list")


def test_the_list_is_worked_with_the_keyboard(desk: tuple[Phone, Program]) -> None:
    phone, _running = desk
    page = phone.page
    order = ids(phone)
    expect(page.locator("#keys-open")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#case-{order[1]} th a")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#case-{order[0]} th a")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    phone.check_access()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ivanov")
    page.keyboard.press("Enter")
    expect(page.locator("#rows > tr")).to_have_count(3)
    assert "/desk?found=" in page.url
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(order[0])


@pytest.mark.parametrize("desk", [("ar", {"java_script_enabled": False})], indirect=True)
def test_without_scripts_the_list_is_loaded_anew(desk: tuple[Phone, Program]) -> None:
    phone, running = desk
    want_a_person(running, ids(phone)[-1])
    last = ids(phone)[-1]
    assert phone.page.evaluate("document.dir") == "rtl"
    phone.page.locator("noscript a").click()
    expect(phone.page.locator("#rows .wanted")).to_have_count(1)
    assert ids(phone)[0] == last


@pytest.mark.parametrize(
    "desk",
    [
        ("ar", {"viewport": {"width": 360, "height": 740}}),
        ("zh-Hans", {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}),
    ],
    indirect=True,
    ids=["arabic", "chinese-dark"],
)
def test_the_list_is_good_on_a_phone(desk: tuple[Phone, Program]) -> None:
    phone, running = desk
    want_a_person(running, ids(phone)[0])
    expect(phone.page.locator("#rows .wanted")).to_have_count(1)
    phone.check_access()
    phone.page.locator(".filters summary").click()
    phone.check_access()
    for place in ("/desk/account", "/desk/people"):
        phone.page.goto(f"{running.address}{place}")
        phone.check_access()
