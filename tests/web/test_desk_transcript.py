"""The conversation at the desk, in the patient's language and in the coordinators', in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_conversation_is_read_and_translated_beside_the_patients_own_words(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    patient = Phone(chromium, mortal.address, locale="ru")
    patient.begin("Русский")
    patient.page.locator("#choices button").first.click()
    # A click doesn't wait for its answer, which would else be taken for the one to the name.
    expect(patient.log("assistant")).to_have_count(4)
    patient.say("Пётр Иванов")
    screen = {"width": width, "height": 800}
    desk = Phone(
        chromium, mortal.sign_in_link(), viewport=screen, color_scheme=scheme, bypass_csp=True
    )
    page = desk.page
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#rows th a").click()
    page.get_by_role("link", name="Read the whole conversation").click()
    # What the assistant said, and the button that was pressed, by the catalogs.
    asked = page.locator(".said > li.assistant", has_text="Когда")
    expect(asked.locator(".again")).to_contain_text("born")
    pressed = page.locator(".said > li.you").nth(1)
    expect(pressed.locator(".again")).to_contain_text("Yes")
    # What a person wrote, by a person; their words stay.
    wrote = page.locator(".said > li.you", has_text="Пётр Иванов")
    expect(wrote.locator(".again")).to_have_count(0)
    wrote.locator("summary").click()
    desk.check_access()
    wrote.get_by_label("What it says").fill("Peter Ivanov")
    wrote.get_by_role("button", name="Save the translation").click()
    expect(wrote.locator(".again")).to_contain_text("Translated by Li Wei")
    expect(wrote.locator(".again .words")).to_have_text("Peter Ivanov")
    expect(wrote).to_contain_text("Пётр Иванов")
    desk.check_access()
    expect(patient.page.get_by_text("Peter Ivanov")).to_have_count(0)
    for one in (patient, desk):
        one.close()
