"""A report without pictures, from the patient's chat to the desk and back, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.sent_files import sent_file
from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser


def sends(patient: Phone, folder: Path, name: str, understood: str) -> None:
    """Send a file and wait for its receipt."""
    patient.page.locator("#files").set_input_files([str(sent_file(folder, name))])
    expect(patient.log("assistant").filter(has_text=understood).last).to_be_visible(timeout=30_000)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_exactly_the_missing_pictures_are_asked_for_and_come(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    patient = Phone(chromium, mortal.address)
    patient.begin()
    patient.press("I am the patient")
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan", "I have headaches."):
        patient.say(words)
    for button in ("Brain or spine", "Spine", "From afar", "I have it"):
        patient.press(button)
    sends(patient, tmp_path, "mr_report.pdf", "We have the report of your MRI (head)")
    sends(patient, tmp_path, "ct_disc_with_a_gap.zip", "CT (chest) of April 12, 2026")
    screen = {"width": width, "height": 800}
    desk = Phone(
        chromium, mortal.sign_in_link(), viewport=screen, color_scheme=scheme, bypass_csp=True
    )
    page = desk.page
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#rows th a").click()
    pairing = page.locator("#pairing")
    expect(pairing.get_by_role("heading", name="Reports without pictures")).to_be_visible()
    expect(pairing.get_by_role("heading", name="Pictures without a report")).to_be_visible()
    desk.check_access()
    pairing.get_by_role("button", name="Ask for the pictures").click()
    expect(patient.log("assistant").last).to_contain_text("MRI (head) of April 12, 2026")
    sends(patient, tmp_path, "brain_mr_disc.zip", "I told the coordinator")
    page.reload()
    expect(pairing.get_by_role("heading", name="Together")).to_be_visible()
    expect(pairing.get_by_text("the same day")).to_be_visible()
    pairing.get_by_role("button", name="Not together").click()
    expect(pairing.get_by_role("heading", name="Reports without pictures")).to_be_visible()
    page.get_by_role("button", name="Undo: Report and pictures").click()
    expect(pairing.get_by_role("heading", name="Together")).to_be_visible()
    desk.check_access()
    for one in (patient, desk):
        one.close()
