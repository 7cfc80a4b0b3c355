"""The viewer in a real browser: a series is scrolled, its window is changed, no other server helps."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import phantom
from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser


def brightness(page: Page) -> float:
    """The mean of what is drawn, 0 to 255."""
    expect(page.locator("#screen")).to_have_attribute("aria-busy", "false")
    found: float = page.evaluate(
        """() => {
          const canvas = document.getElementById("canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let sum = 0;
          for (let n = 0; n < data.length; n += 4) sum += data[n];
          return sum / (data.length / 4);
        }"""
    )
    return found


def viewer(chromium: Browser, running: Program, tmp_path: Path, width: int, scheme: str) -> Phone:
    """A coordinator who has opened the images of a patient's disc."""
    disc = tmp_path / "disc.zip"
    disc.write_bytes(phantom.head_disc())
    patient = Phone(chromium, running.address)
    patient.begin()
    patient.page.locator("#files").set_input_files([disc])
    expect(patient.page.locator("#log img.seen")).to_have_count(1)
    patient.close()
    screen = {"width": width, "height": 800}
    link = running.sign_in_link()
    desk = Phone(chromium, link, viewport=screen, color_scheme=scheme, bypass_csp=True)
    desk.page.get_by_label("Your name").fill("Li Wei")
    desk.page.get_by_role("button", name="Sign in").click()
    desk.page.locator("#rows th a").first.click()
    desk.page.get_by_role("link", name="Look through the images").click()
    return desk


def drawn(canvas: Locator) -> None:
    expect(canvas).to_have_js_property("width", 192)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1200, "light")])
def test_a_coordinator_scrolls_a_series_and_changes_its_window(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    desk = viewer(chromium, mortal, tmp_path, width, scheme)
    page, where, screen = desk.page, desk.page.locator("#where"), desk.page.locator("#screen")
    drawn(page.locator("#canvas"))
    series = page.locator("#series option")
    count = int(page.locator("#slice").get_attribute("max") or "0") + 1
    expect(where).to_have_text(f"Image {count // 2 + 1} of {count}")
    desk.check_access()

    screen.focus()
    page.keyboard.press("Home")
    expect(where).to_have_text(f"Image 1 of {count}")
    first = brightness(page)
    page.keyboard.press("ArrowDown")
    expect(where).to_have_text(f"Image 2 of {count}")
    page.keyboard.press("End")
    expect(where).to_have_text(f"Image {count} of {count}")
    page.keyboard.press("ArrowDown")
    expect(where).to_have_text(f"Image {count} of {count}")
    page.locator("#slice").fill("0")
    expect(where).to_have_text(f"Image 1 of {count}")
    assert brightness(page) == pytest.approx(first)

    page.get_by_label("Level").fill("-5000")
    assert brightness(page) > first
    page.get_by_role("button", name="Reset").click()
    own = brightness(page)
    assert own < 255
    page.get_by_role("button", name="Invert").click()
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    assert brightness(page) == pytest.approx(255 - own, abs=1)
    if series.count() > 1:
        page.locator("#series").select_option("1")
        expect(where).to_contain_text("Image ")
    overflow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(overflow)
    (looks,) = mortal.rows("SELECT count(*) FROM audit WHERE action = 'saw_images'")
    assert looks == (1,)
    desk.close()
