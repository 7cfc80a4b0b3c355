"""The chat page when the real program dies under it, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import Phone, past, slow_down
from tests.web.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.crash]


def said(house: Program, text: str) -> int:
    """How often the patient has said it, as far as the store knows."""
    rows = house.rows("SELECT unsealed('inbox.raw', raw) FROM inbox WHERE channel = 'web'")
    return sum(text in str(raw) for (raw,) in rows)


def test_what_was_typed_while_the_server_was_dead_arrives_once(
    chromium: Browser, mortal: Program
) -> None:
    """In order, by itself, with the conversation going on as if nothing had been."""
    phone = Phone(chromium, mortal.address)
    phone.begin()
    phone.press("I am the patient")
    mortal.kill()
    phone.write("Peter Ivanov")
    phone.write("12 April 1961")
    expect(phone.log("you").last).to_contain_text("Not sent yet")
    expect(phone.page.locator("#notice")).to_contain_text("No connection")
    assert phone.sees(phone.log().last)
    mortal.start()
    expect(phone.page.locator("#log > ol > li:not([data-id])")).to_have_count(0, timeout=40_000)
    expect(phone.log("assistant").last).to_contain_text("country")
    expect(phone.page.locator("#notice")).to_be_empty()
    assert (said(mortal, "Peter Ivanov"), said(mortal, "12 April 1961")) == (1, 1)
    phone.page.reload()
    own = [text.splitlines()[1] for text in phone.log("you").all_inner_texts()]
    assert own[-2:] == ["Peter Ivanov", "12 April 1961"]
    phone.close()


def test_what_was_typed_survives_the_closing_of_the_page(
    chromium: Browser, mortal: Program
) -> None:
    """The page was closed before the server came back; opened again, it sends what it kept."""
    phone = Phone(chromium, mortal.address)
    phone.begin()
    phone.press("I am the patient")
    mortal.kill()
    phone.write("Peter Ivanov")
    expect(phone.log("you").last).to_contain_text("Not sent yet")
    phone.page.close()
    mortal.start()
    phone.page = phone.open()
    expect(phone.log("assistant").last).to_contain_text("born")
    assert said(mortal, "Peter Ivanov") == 1
    assert phone.page.evaluate("Object.keys(localStorage).length") == 0
    phone.close()


def test_an_upload_that_was_cut_off_is_offered_again_and_kept_once(
    chromium: Browser, mortal: Program, tmp_path: Path
) -> None:
    """The page says so; nothing half is kept; the second try arrives."""
    phone = Phone(chromium, mortal.address)
    phone.begin()
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Dear colleague, " * 1_000_000)
    slow_down(phone, 1_000_000)
    phone.page.locator("#files").set_input_files(path)
    past(phone.page.locator("#log progress"), 10)
    mortal.kill()
    again = phone.page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    mortal.start()
    slow_down(phone, -1)
    again.click()
    expect(phone.page.locator("#log li[data-id] .files")).to_have_count(1)
    expect(phone.log("assistant").last).to_contain_text("notes.txt")
    assert said(mortal, "notes.txt") == 1
    phone.close()


def test_an_emergency_without_a_connection_is_not_left_without_words(
    chromium: Browser, mortal: Program
) -> None:
    """The page itself knows what to say when nobody can be asked."""
    phone = Phone(chromium, mortal.address)
    phone.begin()
    mortal.kill()
    phone.page.locator(".emergency button").click()
    expect(phone.page.locator("#notice")).to_contain_text("112")
    phone.close()
