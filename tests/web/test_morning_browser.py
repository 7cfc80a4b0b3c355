"""A morning at the desk with forty cases, from the sign-in to the opinion that a patient has read.

With PICTURES set to a folder (`make pictures`) it leaves the README's pictures of the desk there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.store.db import Database
from tests import phantom
from tests.morning import seed
from tests.sent_files import sent_file
from tests.web.phone import Phone, text_file, within
from tests.web.program import Program, operator

pytestmark = pytest.mark.browser

_WIDE = {"width": 1280, "height": 860}


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Program]:
    """The program, on a store in which thirty-nine cases wait."""
    running = Program(tmp_path)
    (tmp_path / "data").mkdir()
    # The browser's own loop runs on this thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, seeded(tmp_path / "data")).result()
    try:
        running.start()
        yield running
    finally:
        running.kill()


async def seeded(folder: Path) -> None:
    async with await Database.open(folder / "second-opinion.db") as db:
        await seed(db, datetime.now(UTC))


def taken(page: Page, name: str) -> None:
    """A picture for the README, where one is asked for."""
    if folder := os.environ.get("PICTURES"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"{name}.png")


def hands_over(patient: Phone, folder: Path) -> None:
    """The fortieth: a disc, its report in Russian, values, and a question."""
    patient.begin()
    patient.press("I am the patient")
    for words in ("Anna Kowalska", "3 February 1971", "Kazakhstan", "Headaches for a year."):
        patient.say(words)
    patient.press("Brain or spine")
    patient.press("Spine")
    patient.press("From afar")
    disc = folder / "disc.zip"
    disc.write_bytes(phantom.head_disc())
    for path, told in (
        (disc, "26 pictures"),
        (sent_file(folder, "mr_report_ru.pdf"), "mr_report_ru.pdf"),
        (sent_file(folder, "lab_sheet.pdf"), "lab_sheet.pdf"),
    ):
        patient.page.locator("#files").set_input_files([path])
        expect(patient.log("assistant").filter(has_text=told).first).to_be_visible()
    choices = patient.page.locator("#choices button")
    while (said := choices.all_inner_texts()) and "Yes, send it" not in said:
        patient.press(
            next(one for one in ("Done", "Skip", "Русский", "Yes, I agree") if one in said)
        )
    patient.press("Yes, send it")


def arrives(chromium: Browser, running: Program) -> Phone:
    """A coordinator whom the operator lets in comes by a link of her own."""
    operator(running, "coordinators", "add", "Li Wei", "--role", "coordinator")
    link = operator(running, "coordinators", "link", "Li Wei")
    desk = Phone(chromium, link, viewport=_WIDE, bypass_csp=True)
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.locator("#rows > tr")).to_have_count(40)
    desk.check_access()
    taken(desk.page, "desk_list")
    return desk


def helps_the_first(desk: Phone) -> None:
    """Who needs help first stands first, and is two keys away. Once written to, others are first."""
    page = desk.page
    first = page.locator("#rows > tr").first
    expect(first).to_contain_text("Нурлан Абенов")
    expect(first).to_contain_text("Emergency words were seen")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Нурлан Абенов").first).to_be_visible()
    page.get_by_role("button", name="Take the case").click()
    expect(page.get_by_role("status")).to_have_text("It is done.")
    page.get_by_role("link", name="Cases").first.click()
    expect(first).to_contain_text("Li Wei")


def finds_and_reads(desk: Phone) -> None:
    """A search in other letters finds the case; its cover and images are looked at."""
    page = desk.page
    page.get_by_role("searchbox").fill("ковальска")
    page.keyboard.press("Enter")
    expect(page.locator("#rows > tr")).to_have_count(2)
    page.locator("#rows > tr", has_text="Anna Kowalska").locator("th a").click()
    page.get_by_role("button", name="Take the case").click()
    expect(page.get_by_role("status")).to_have_text("It is done.")
    assert within(lambda: comes(page, ".cover img"), page, seconds=60), "no cover was made"
    desk.check_access()
    taken(page, "desk_case")
    # What a record is can be put right here, on a wide screen too.
    expect(page.locator("#records").get_by_text("Correct the label").first).to_be_visible()
    page.get_by_role("link", name="Look through the images").first.click()
    expect(page.locator("#screen")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#where")).to_have_text("Image 8 of 15")
    page.locator("#screen").press("ArrowDown")
    expect(page.locator("#where")).to_have_text("Image 9 of 15")
    desk.check_access()
    taken(page, "desk_viewer")
    page.get_by_role("link", name="Back to the case").click()
    # A click doesn't wait for the page it leads to.
    expect(page.locator("#write")).to_be_visible()


def comes(page: Page, selector: str) -> bool:
    """Whether something is on the page by now."""
    if not page.locator(selector).count():
        page.reload()
    return page.locator(selector).count() > 0


def asks_for_one_more(desk: Phone, patient: Phone) -> None:
    page = desk.page
    unfold(page, "acts/request")
    page.locator("#r-item").select_option("reports")
    page.locator("#r-reason").select_option("more")
    page.locator("#r-words").fill("The letter from your last stay in hospital, please.")
    page.get_by_role("button", name="Ask the patient").click()
    expect(patient.log("assistant").last).to_contain_text("your last stay in hospital")
    letter = text_file("letter.txt", b"Discharge summary 3.11.2026")
    patient.page.locator("#files").set_input_files([letter])
    expect(patient.log("assistant").last).to_contain_text("I told the coordinator")
    page.reload()
    expect(page.get_by_text("It has come")).to_be_visible()


def brings_the_opinion_back(desk: Phone) -> None:
    page = desk.page
    unfold(page, "/opinion")
    page.locator("#o-file").set_input_files([text_file("opinion.txt", b"No operation now.")])
    page.get_by_role("button", name="Upload it").click()
    page.get_by_role("button", name="Approve it").click()
    # A click doesn't wait for the page it leads to: what is checked must be there first.
    expect(page.get_by_text("Approved:")).to_be_visible()
    page.get_by_role("button", name="Send to the patient").last.click()
    expect(page.get_by_text("has not said yet")).to_be_visible()
    desk.check_access()


def unfold(page: Page, action: str) -> None:
    """Show the form of an action."""
    fold = page.locator(f"details:has(form[action$='{action}'])")
    if fold.count() and fold.first.get_attribute("open") is None:
        fold.first.locator("summary").click()


def test_a_morning_with_forty_cases_from_the_sign_in_to_the_opinion(
    chromium: Browser, morning: Program, tmp_path: Path
) -> None:
    patient = Phone(chromium, morning.address)
    hands_over(patient, tmp_path)
    desk = arrives(chromium, morning)
    helps_the_first(desk)
    finds_and_reads(desk)
    asks_for_one_more(desk, patient)
    brings_the_opinion_back(desk)
    expect(patient.log("assistant").last).to_contain_text("the doctor who treats you")
    patient.press("I have read it")
    page = desk.page
    page.reload()
    expect(page.get_by_text("The patient has read it")).to_be_visible()
    small = Phone(chromium, morning.address, color_scheme="dark", bypass_csp=True)
    small.context.add_cookies(desk.context.cookies())  # type: ignore[arg-type]
    small.page.goto(f"{morning.address}/desk")
    expect(small.page.locator("#rows > tr")).to_have_count(40)
    small.check_access()
    taken(small.page, "desk_phone")
    for one in (small, desk, patient):
        one.close()
