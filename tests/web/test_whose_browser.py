"""Somebody else's disc in a real browser: an Arabic chat asks, and a coordinator decides at the desk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.sent_files import sent_file
from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1200, "dark")])
def test_a_coordinator_decides_whose_the_images_are(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    """The patient never sees whose they are; the coordinator sees both side by side."""
    patient = Phone(chromium, mortal.address, bypass_csp=True)
    patient.begin("العربية")
    patient.press(patient.page.locator("#choices button").first.inner_text())
    patient.say("فاطمة أحمد علي")
    patient.say("١٢ أبريل ١٩٨٠")
    disc = sent_file(tmp_path / "sent", "disc_of_two_patients.zip")
    patient.page.locator("#files").set_input_files(str(disc))
    yes = patient.page.locator("#choices").get_by_role("button", name="نعم، إنه لي")
    expect(yes).to_be_visible()
    patient.check_access()
    assert not re.search("sokolov|petrova|1955", patient.page.content(), re.IGNORECASE)

    screen = {"width": width, "height": 800}
    desk = Phone(
        chromium, mortal.sign_in_link(), viewport=screen, color_scheme=scheme, bypass_csp=True
    )
    page = desk.page
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#rows th a").click()
    apart = page.locator("#apart")
    expect(apart.locator(".study")).to_have_count(2)
    sokolov = apart.locator(".study", has_text="SOKOLOV")
    expect(sokolov).to_contain_text("1955-06-30")
    expect(sokolov).to_contain_text("فاطمة أحمد علي")
    desk.check_access()
    sokolov.get_by_role("button", name="It is somebody else's").click()
    expect(page.get_by_role("status")).to_be_visible()
    desk.check_access()
    decided = page.locator("#apart .study", has_text="a coordinator saw")
    for _ in range(40):
        if decided.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(decided.get_by_role("button", name="It is this patient's")).to_be_visible()
    expect(decided.get_by_role("button", name="It is somebody else's")).to_have_count(0)
    patient.close()
    desk.close()
