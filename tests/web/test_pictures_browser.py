"""What has come, seen in a real browser: in the patient's chat and on the desk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests import phantom, synthetic
from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser

_ISOLATES = dict.fromkeys((0x2068, 0x2069))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A disc and a letter, as they lie on a phone."""
    folder = tmp_path_factory.mktemp("sent")
    disc, letter = folder / "disc.zip", folder / "letter.pdf"
    disc.write_bytes(phantom.head_disc())
    letter.write_bytes(synthetic.pdf(synthetic.LAB_SHEET))
    return [disc, letter]


def is_there(picture: Locator) -> bool:
    """Whether the browser has loaded it, once it is looked at."""
    picture.scroll_into_view_if_needed()
    loaded: bool = picture.evaluate(
        "async (node) => { await node.decode(); return node.naturalWidth > 0; }"
    )
    return loaded


@pytest.mark.parametrize(
    ("language", "scheme", "words"),
    [
        ("English", "light", "This is what I received: MRI (head) of April 12, 2026, 26 pictures"),
        ("العربية", "dark", "هذا ما استلمته: رنين مغناطيسي MRI (الرأس)، 12 أبريل 2026، 26 صورة"),
    ],
)
def test_a_receipt_shows_what_has_come(
    chromium: Browser, alive: Program, sent: list[Path], language: str, scheme: str, words: str
) -> None:
    phone = Phone(chromium, alive.address, color_scheme=scheme, bypass_csp=True)
    phone.begin(language)
    phone.page.locator("#files").set_input_files(sent)
    pictures = phone.page.locator("#log img.seen")
    expect(pictures).to_have_count(2)
    sheet, page = pictures.all()
    assert (sheet.get_attribute("alt") or "").translate(_ISOLATES) == words
    assert is_there(sheet)
    assert is_there(page)
    box, small = sheet.bounding_box(), page.bounding_box()
    assert box is not None
    assert small is not None
    # As wide as the bubble lets it be, its proportions kept; a page takes less room than words.
    assert box["width"] > 240
    assert box["width"] / box["height"] == pytest.approx(664 / 332, rel=0.02)
    assert small["height"] < 180
    phone.check_access()

    live = [picture.evaluate("(node) => node.outerHTML") for picture in pictures.all()]
    phone.page.reload()
    expect(pictures).to_have_count(2)
    assert [picture.evaluate("(node) => node.outerHTML") for picture in pictures.all()] == live
    phone.close()


def test_a_picture_keeps_its_place_before_it_has_come_and_needs_no_script(
    chromium: Browser, alive: Program, sent: list[Path]
) -> None:
    phone = Phone(chromium, alive.address)
    phone.begin()
    phone.page.locator("#files").set_input_files(sent)
    pictures = phone.page.locator("#log img.seen")
    expect(pictures).to_have_count(2)
    assert all(is_there(picture) for picture in pictures.all())
    sizes = [picture.bounding_box() for picture in pictures.all()]
    cookies = phone.context.cookies()
    phone.close()

    plain = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    plain.add_cookies(cookies)  # type: ignore[arg-type]  # what was read can be written
    page = plain.new_page()
    page.route(re.compile("/pictures/"), lambda route: route.abort())
    page.goto(alive.address)
    waiting = [picture.bounding_box() for picture in page.locator("img.seen").all()]
    assert [(box["width"], box["height"]) for box in waiting if box] == [
        pytest.approx((box["width"], box["height"]), abs=1.5) for box in sizes if box
    ]
    page.unroute(re.compile("/pictures/"))
    with page.expect_response(re.compile("/pictures/")) as answer:
        page.goto(alive.address)
        page.locator("img.seen").first.scroll_into_view_if_needed()
    assert answer.value.ok
    plain.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1200, "light")])
def test_the_desk_shows_each_record_and_opens_the_large_sheet(
    chromium: Browser, mortal: Program, sent: list[Path], width: int, scheme: str
) -> None:
    patient = Phone(chromium, mortal.address)
    patient.begin()
    patient.page.locator("#files").set_input_files(sent)
    expect(patient.page.locator("#log img.seen")).to_have_count(2)
    screen = {"width": width, "height": 800}
    link = mortal.sign_in_link()
    desk = Phone(chromium, link, viewport=screen, color_scheme=scheme, bypass_csp=True)
    page = desk.page
    page.get_by_label("Your name").fill("Li Wei")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#rows th a").click()
    expect(page.locator(".thumb img")).to_have_count(2)
    expect(page.locator(".sheet img")).to_have_count(1)
    assert all(is_there(one) for one in page.locator(".thumb img, .sheet img").all())
    desk.check_access()
    page.locator(".sheet").click()
    expect(page).to_have_url(re.compile(r"/records/[\w-]+/sheet$"))
    assert page.evaluate("document.images[0].naturalWidth") == 1364
    page.go_back()
    page.get_by_role("link", name="Read the whole conversation").click()
    assert is_there(page.locator(".said img").first)
    desk.check_access()
    patient.close()
    desk.close()
