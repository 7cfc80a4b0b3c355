"""Slides at the desk, and the way from each line of the cover to its source, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.phone import Phone
from tests.web.program import Program
from tests.web.test_desk_doing_browser import form, handed_over
from tests.web.test_records_browser import at_the_desk

pytestmark = pytest.mark.browser


def asked_for(patient: Phone, page: Page) -> None:
    """The patient tells of slides; a coordinator enters what the laboratory wants."""
    patient.say("parcel")
    patient.press("Glass slides")
    patient.say("12 slides")
    expect(patient.log("assistant").last).to_contain_text("do not have anything cut yet")
    page.reload()
    section = page.locator("#parcels")
    expect(section).to_contain_text("The laboratory is to be asked")
    section.locator("[name=which]").fill("A1")
    section.locator("[name=count]").fill("10")
    section.locator("[name=coating]").select_option("coated")
    section.locator("[name=thickness]").fill("4 µm")
    section.get_by_role("button", name="Tell the patient").click()
    expect(page.get_by_role("status")).to_have_text("It is done.")
    expect(patient.log("assistant").last).to_contain_text("How thick: 4 µm")


def sent_and_arrived(patient: Phone, page: Page) -> None:
    """The patient sends them; the coordinator notes that they are there, and takes one step back."""
    patient.press("Slides: sent")
    patient.say("DHL 1234567890")
    page.reload()
    expect(page.locator("#parcels")).to_contain_text("1234567890")
    form(page, "acts/parcel_step")
    page.locator("#p-state-1").select_option("arrived")
    page.locator("#p-day-1").fill("2026-11-25")
    page.get_by_role("button", name="Note it").click()
    expect(patient.log("assistant").last).to_contain_text("this has arrived")
    page.get_by_role("button", name="Undo the last step").click()
    expect(page.locator("#parcels .strong, #parcels .good").first).to_have_text("Sent")


def leads_to_its_source(page: Page) -> None:
    """Every link beside a line of the cover leads to the message, which is marked on its page."""
    page.locator("#whose summary").click()
    links = page.locator("#whose a.whence")
    count = links.count()
    assert count >= 8
    case = page.url
    named = page.locator("#whose li", has_text="I have headaches.").locator("a.whence")
    for number in range(count):
        href = links.nth(number).get_attribute("href")
        assert href is not None
        links.nth(number).click()
        assert "/transcript#m" in page.url, href
        anchor = page.url.partition("#")[2]
        expect(page.locator(f"#{anchor}.you")).to_be_in_viewport()
        page.goto(case)
        page.locator("#whose summary").click()
    named.click()
    said = page.locator(f"#{page.url.partition('#')[2]}")
    expect(said).to_contain_text("I have headaches.")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_slides_are_asked_about_sent_and_noted_and_each_line_leads_to_its_source(
    chromium: Browser, mortal: Program, width: int, scheme: str
) -> None:
    patient = Phone(chromium, mortal.address)
    patient.begin()
    handed_over(patient)
    screen = {"width": width, "height": 800}
    desk = at_the_desk(
        chromium, mortal.sign_in_link(), "Li Wei", viewport=screen, color_scheme=scheme
    )
    page = desk.page
    asked_for(patient, page)
    desk.check_access()
    sent_and_arrived(patient, page)
    desk.check_access()
    leads_to_its_source(page)
    for one in (patient, desk):
        one.close()
