"""Records at the desk in a real browser: split, merged, corrected and undone, by two at once."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.web.phone import Phone
from tests.web.program import Program
from tests.web.test_desk_doing_browser import form, handed_over

pytestmark = pytest.mark.browser


def scan(folder: Path, pages: int) -> Path:
    """A PDF of photographed pages, each of another colour."""
    leaves = [Image.new("RGB", (420, 594), (255 - 40 * n, 240, 160 + 15 * n)) for n in range(pages)]
    path = folder / "scan.pdf"
    leaves[0].save(path, save_all=True, append_images=leaves[1:])
    return path


def photo(folder: Path, name: str, colour: str) -> Path:
    path = folder / name
    Image.new("RGB", (420, 594), colour).save(path)
    return path


def at_the_desk(browser: Browser, link: str, name: str, **options: object) -> Phone:
    """A coordinator with the only case open."""
    desk = Phone(browser, link, bypass_csp=True, **options)
    desk.page.get_by_label("Your name").fill(name)
    desk.page.get_by_role("button", name="Sign in").click()
    desk.page.locator("#rows th a").click()
    expect(desk.page.locator("#records")).to_be_visible()
    return desk


def another_link(program: Program) -> str:
    """A sign-in link for a second person."""
    made = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "desk-link"],
        env={**os.environ, "DATA_DIR": str(program.folder / "data"), "PORT": str(program.port)},
        cwd=program.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return made.stdout.split()[-1]


def split_at(page: Page, *pages: int) -> None:
    for number in pages:
        page.get_by_label(f"A new record begins here: Page {number}").check()
    page.get_by_role("button", name="Save where records begin").click()


def merged(page: Page, *names: str) -> None:
    page.get_by_role("link", name="Put pages together").click()
    for number, name in enumerate(names, 1):
        page.get_by_label(f"Page number: {name}", exact=True).fill(str(number))
    page.get_by_role("button", name="Make one record").click()


def pages_of_last_part(page: Page) -> int:
    """How many pages the last part has that can be saved."""
    with page.expect_download() as download:
        page.locator("a[href$='part.pdf']").last.click()
    part = pypdfium2.PdfDocument(io.BytesIO(Path(download.value.path()).read_bytes()))
    count = len(part)
    part.close()
    return count


def corrected_by_two(page: Page, other: Page) -> None:
    """A label that two correct at once: who is second sees what is there."""
    other.goto(page.url)
    for one, day in ((page, "2024-05"), (other, "2023")):
        form(one, "acts/label")
        one.locator("#records form[action$=label] input[name=date]").first.fill(day)
    page.get_by_role("button", name="Save the label").first.click()
    expect(page.locator("#records .date", has_text="2024").first).to_be_visible()
    other.get_by_role("button", name="Save the label").first.click()
    expect(other.get_by_role("alert")).to_contain_text("Nothing of yours is lost")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_a_scan_is_split_and_photos_are_put_together(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    """And each is undone; what is left to save is the part itself."""
    patient = Phone(chromium, mortal.address)
    patient.begin()
    handed_over(patient)
    sent = [
        scan(tmp_path, 4),
        photo(tmp_path, "one.jpg", "#ffe"),
        photo(tmp_path, "two.jpg", "#eff"),
    ]
    patient.page.locator("#files").set_input_files(sent)
    expect(patient.log("assistant").last).to_contain_text("scan.pdf")
    desk = at_the_desk(
        chromium, mortal.sign_in_link(), "Li Wei",
        viewport={"width": width, "height": 800}, color_scheme=scheme,
    )  # fmt: skip
    page = desk.page
    records = page.locator("#records > ul > li")
    expect(records).to_have_count(3)
    desk.check_access()
    page.get_by_role("link", name="Look at the pages or split them").click()
    expect(page.locator(".leaves img")).to_have_count(4)
    desk.check_access()
    other = at_the_desk(chromium, another_link(mortal), "Ana")
    other.page.get_by_role("link", name="Look at the pages or split them").click()
    split_at(page, 3)
    expect(records).to_have_count(4)
    expect(page.get_by_role("status")).to_have_text("It is done.")
    # The second of two sees both, and loses neither.
    split_at(other.page, 2)
    expect(other.page.get_by_role("alert")).to_contain_text("changed after your page was loaded")
    expect(other.page.locator("li.begins")).to_contain_text("Page 3")
    expect(other.page.get_by_label("A new record begins here: Page 2")).to_be_checked()
    expect(other.page.get_by_label("A new record begins here: Page 3")).not_to_be_checked()
    other.check_access()
    assert pages_of_last_part(page) == 2
    merged(page, "two.jpg", "one.jpg")
    expect(records).to_have_count(3)
    expect(page.locator(".of-one > li")).to_contain_text("one.jpg")
    desk.check_access()
    page.get_by_role("button", name="Undo: Pages put together").click()
    expect(records).to_have_count(4)
    page.get_by_role("button", name="Undo: Where a record begins").click()
    expect(records).to_have_count(3)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)

    corrected_by_two(page, other.page)
    for phone in (other, desk, patient):
        phone.close()
