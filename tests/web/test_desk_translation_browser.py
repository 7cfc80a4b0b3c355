"""A record is translated, in a real browser and on the real program, from the queue to the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import Phone, text_file
from tests.web.program import Program
from tests.web.test_desk_doing_browser import handed_over

pytestmark = pytest.mark.browser

LAB = "Общий анализ крови, лаборатория. 12.04.2026\nГемоглобин 128 г/л\nЦисплатин 75 мг\n".encode()
WRONG = "血常规 2026年4月12日\n血红蛋白182克/升\n卡铂75毫克\n".encode()
GOOD = "血常规 2026年4月12日\n血红蛋白128克/升\n顺铂75毫克\n".encode()


def sent_and_handed_over(chromium: Browser, program: Program) -> Phone:
    """A patient whose case holds a lab sheet in Russian."""
    patient = Phone(chromium, program.address)
    patient.begin()
    handed_over(patient)
    patient.page.locator("#files").set_input_files([text_file("labs.txt", LAB)])
    expect(patient.log("assistant").last).to_contain_text("labs.txt", timeout=30_000)
    return patient


def signed_in(chromium: Browser, program: Program, **screen: object) -> Phone:
    """A translator at the desk."""
    desk = Phone(chromium, program.sign_in_link(), bypass_csp=True, **screen)
    desk.page.get_by_label("Your name").fill("Li Wei")
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.get_by_role("button", name="Sign out")).to_be_visible()
    return desk


def uploaded(desk: Phone, name: str, data: bytes, verdict: str) -> None:
    """A version goes up, and what came of comparing it is there as soon as it was read."""
    desk.page.locator("#file").set_input_files([text_file(name, data)])
    desk.page.get_by_role("button", name="Upload it").click()
    for _ in range(60):
        if desk.page.get_by_text(verdict).count():
            break
        desk.page.wait_for_timeout(250)
        desk.page.reload()
    expect(desk.page.get_by_text(verdict)).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_record_is_taken_translated_corrected_and_confirmed(
    chromium: Browser, mortal: Program, width: int, scheme: str
) -> None:
    patient = sent_and_handed_over(chromium, mortal)
    desk = signed_in(
        chromium, mortal, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = desk.page
    page.get_by_role("link", name="Records to translate").click()
    expect(page.get_by_role("heading", name="Records to translate")).to_be_visible()
    desk.check_access()
    page.locator(".queue h2 a").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    assert Path(download.value.path()).read_bytes() == LAB
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("Taken by: Li Wei")).to_be_visible()
    patient.say("/status")
    expect(patient.log("assistant").last).to_contain_text("the records are being translated")
    uploaded(desk, "wrong.txt", WRONG, "Look at each.")
    assert page.locator("mark").all_inner_texts() == ["128 г/л", "182克/升", "Цисплатин", "卡铂"]
    desk.check_access()
    uploaded(desk, "good.txt", GOOD, "They are the same in both")
    page.get_by_role("button", name="I have compared it: it is right").click()
    expect(page.get_by_text("Confirmed: Li Wei")).to_be_visible()
    desk.check_access()
    patient.say("/status")
    expect(patient.log("assistant").last).not_to_contain_text("are being translated")
    page.goto(f"{mortal.address}/desk")
    page.locator("#rows th a").click()
    expect(page.get_by_role("link", name="Download the translation")).to_be_visible()
    desk.check_access()
    for one in (patient, desk):
        one.close()
