"""The coordinators' desk in a real browser, on a case that a patient has just begun."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import Phone, text_file
from tests.web.program import Program

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1200, "dark")])
def test_a_coordinator_signs_in_looks_and_writes_to_the_patient(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    """From the link that the start has printed to a word that stands in the patient's chat."""
    patient = Phone(chromium, mortal.address)
    patient.begin()
    patient.press("I am the patient")
    patient.say("Peter Ivanov")
    patient.page.locator("#files").set_input_files([text_file("letter.txt", b"Dear colleague")])
    expect(patient.log("assistant").last).to_contain_text("letter.txt")

    screen = {"width": width, "height": 800}
    link = mortal.sign_in_link()
    desk = Phone(chromium, link, viewport=screen, color_scheme=scheme, bypass_csp=True)
    page = desk.page
    desk.check_access()
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    # A click doesn't wait for the page it leads to: what is checked must be there first.
    expect(page.locator("#rows th a")).to_be_visible()
    desk.check_access()
    page.locator("#rows th a").click()
    expect(page.locator(".save").first).to_be_visible()
    expect(page.locator("dl").get_by_text("Peter Ivanov")).to_be_visible()
    desk.check_access()
    with page.expect_download() as download:
        page.locator(".save").first.click()
    assert download.value.suggested_filename == "letter.txt"
    assert Path(download.value.path()).read_bytes() == b"Dear colleague"
    page.get_by_label("Write to the patient").fill("I will call your hospital.")
    page.get_by_role("button", name="Send to the patient").click()
    expect(page.get_by_role("status")).to_be_visible()

    expect(patient.log("person")).to_contain_text("Li Wei")
    expect(patient.log("person")).to_contain_text("I will call your hospital.")
    page.get_by_role("link", name="Read the whole conversation").click()
    expect(page.locator(".said .person")).to_contain_text("I will call your hospital.")
    desk.check_access()
    patient.close()
    desk.close()
