"""From one more record to the opinion, in a real browser, on the desk and in the patient's chat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.phone import Phone, text_file
from tests.web.program import Program, operator

pytestmark = pytest.mark.browser


def handed_over(patient: Phone) -> None:
    """A case with as little as can be handed over."""
    patient.press("I am the patient")
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan", "I have headaches."):
        patient.say(words)
    patient.press("Brain or spine")
    patient.press("Stroke in the past")
    patient.press("From afar")
    for _item in range(8):
        patient.press("Skip")
    patient.press("English")
    # Where tesseract is installed it is asked whether it may read.
    either = patient.page.locator("#choices").get_by_text(re.compile("Yes, (send it|I agree)"))
    expect(either).to_be_visible()
    if either.inner_text() == "Yes, I agree":
        patient.press("Yes, I agree")
    patient.press("Yes, send it")


def form(page: Page, action: str) -> None:
    """Unfold what hides a form."""
    fold = page.locator(f"details:has(form[action$='{action}'])")
    if fold.count() and fold.first.get_attribute("open") is None:
        fold.first.locator("summary").click()


def taken_and_asked_for_more(desk: Phone, patient: Phone) -> None:
    """A coordinator takes the case and asks for newer values, which come."""
    page = desk.page
    page.get_by_role("button", name="Take the case").click()
    expect(page.get_by_role("status")).to_have_text("It is done.")
    form(page, "acts/request")
    page.locator("#r-item").select_option("labs")
    page.locator("#r-reason").select_option("newer")
    page.locator("#r-words").fill("From this month, please.")
    desk.check_access()
    page.get_by_role("button", name="Ask the patient").click()
    expect(patient.log("assistant").last).to_contain_text("From this month, please.")
    patient.page.locator("#files").set_input_files(
        [text_file("labs.txt", b"Blood count 3.11.2026")]
    )
    expect(patient.log("assistant").last).to_contain_text("I told the coordinator")
    page.reload()
    expect(page.get_by_text("It has come")).to_be_visible()


def answered(desk: Phone) -> None:
    """The cover's words are mended and locked; an opinion is uploaded, approved and sent."""
    page = desk.page
    form(page, "acts/cover")
    page.locator("#c-problem").fill("Headaches since 2024")
    page.get_by_label("Lock: Main problem").check()
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_role("button", name="Undo: Words of the cover")).to_be_visible()
    form(page, "/opinion")
    page.locator("#o-file").set_input_files([text_file("opinion.txt", b"No operation now.")])
    page.get_by_role("button", name="Upload it").click()
    page.get_by_role("button", name="Approve it").click()
    # A click doesn't wait for the page it leads to: what is checked must be there first.
    expect(page.get_by_text("Approved:")).to_be_visible()
    desk.check_access()
    page.get_by_role("button", name="Send to the patient").last.click()
    expect(page.get_by_text("has not said yet")).to_be_visible()


def address_in(patient: Phone) -> str:
    """The private page of the opinion, as the chat names it."""
    said = patient.log("assistant").last
    expect(said).to_contain_text("the doctor who treats you")
    address = said.locator("a").first.get_attribute("href")
    assert address is not None
    return address


def read_and_asked_about(opinion: Phone, patient: Phone) -> None:
    """The patient saves it, asks one thing, and says that it was read."""
    opinion.check_access()
    with opinion.page.expect_download() as download:
        opinion.page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == b"No operation now."
    patient.press("I have questions")
    patient.say("Can I fly?")
    patient.press("Done")
    patient.press("I have read it")
    expect(patient.log("assistant").last).to_contain_text("you have read it")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_case_is_taken_completed_and_answered(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    patient = Phone(chromium, mortal.address)
    patient.begin()
    handed_over(patient)
    link = mortal.sign_in_link()
    screen = {"width": width, "height": 800}
    desk = Phone(chromium, link, viewport=screen, color_scheme=scheme, bypass_csp=True)
    page = desk.page
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#rows th a").click()
    taken_and_asked_for_more(desk, patient)
    answered(desk)
    opinion = Phone(
        chromium, address_in(patient), viewport=screen, color_scheme=scheme, bypass_csp=True
    )
    read_and_asked_about(opinion, patient)
    page.reload()
    expect(page.get_by_text("Can I fly?")).to_be_visible()
    expect(page.get_by_text("The patient has read it")).to_be_visible()
    for one in (opinion, patient, desk):
        one.close()


def at_the_case(chromium: Browser, link: str, name: str) -> Phone:
    """A coordinator who has the only case open."""
    desk = Phone(chromium, link, viewport={"width": 1280, "height": 800}, bypass_csp=True)
    desk.page.get_by_label("Your name").fill(name)
    desk.page.get_by_role("button", name="Sign in").click()
    desk.page.locator("#rows th a").click()
    expect(desk.page.get_by_role("button", name="Take the case")).to_be_visible()
    return desk


def test_two_coordinators_on_one_case_lose_no_change(
    chromium: Browser, mortal: Program, tmp_path: Path
) -> None:
    """Who is second sees what the first has done beside their own words, and decides."""
    patient = Phone(chromium, mortal.address)
    patient.begin()
    handed_over(patient)
    first = at_the_case(chromium, mortal.sign_in_link(), "Li Wei")
    second = at_the_case(chromium, operator(mortal, "desk-link"), "Омар")
    for desk, words in ((first, "Headaches since 2024"), (second, "Migraine? Since 2023")):
        form(desk.page, "acts/cover")
        desk.page.locator("#c-problem").fill(words)
    first.page.get_by_role("button", name="Save the words").click()
    expect(first.page.get_by_role("status")).to_have_text("It is done.")
    second.page.get_by_role("button", name="Save the words").click()
    main = second.page.get_by_role("main")
    for words in ("Headaches since 2024", "Migraine? Since 2023"):
        expect(main).to_contain_text(words)
    second.check_access()
    second.page.get_by_role("button", name="Use mine").click()
    expect(second.page.get_by_role("status")).to_have_text("It is done.")
    first.page.reload()
    expect(first.page.locator("#c-problem")).to_have_value("Migraine? Since 2023")
    first.page.get_by_role("button", name="Undo: Words of the cover").first.click()
    expect(first.page.get_by_role("status")).to_have_text("It is done.")
    expect(first.page.locator("#c-problem")).to_have_value("Headaches since 2024")
    for one in (patient, first, second):
        one.close()
