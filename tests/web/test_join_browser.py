"""A case goes on in a second browser, and one is taken out of it again: on the real program."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import Phone
from tests.web.program import Program

pytestmark = pytest.mark.browser

NAME = "Ana Petrova"


def tap(phone: Phone, choice: str) -> None:
    """Press the button of a choice, and wait for what comes of it."""
    answers = phone.log("assistant").count()
    phone.page.locator(f"#choices button[value^='{choice}:']").click()
    expect(phone.log("assistant")).to_have_count(answers + 1)


def code_of(phone: Phone, who: str) -> str:
    """The code that this phone's chat hands out."""
    phone.say("/continue")
    tap(phone, f"continue:{who}")
    found = re.search(r"/j/(\w{8})", phone.log("assistant").last.inner_text())
    assert found is not None
    return found[1]


@pytest.fixture(params=["en", "ar"])
def first(request: pytest.FixtureRequest, chromium: Browser, alive: Program) -> Iterator[Phone]:
    """A patient's phone, in English and in Arabic, whose case has a name."""
    phone = Phone(chromium, alive.address, locale=request.param)
    expect(phone.log("assistant")).to_have_count(1)
    for choice in (f"language:{request.param}", "consent:yes", "role:patient"):
        tap(phone, choice)
    phone.say(NAME)
    yield phone
    phone.close()


def opened(browser: Browser, program: Program, code: str, like: Phone) -> Phone:
    """Another phone, on the page of a code."""
    locale = like.page.evaluate("document.documentElement.lang")
    return Phone(browser, f"{program.address}/j/{code}", locale=locale, bypass_csp=True)


def test_a_case_goes_on_in_another_browser_after_who_and_a_yes(
    chromium: Browser, alive: Program, first: Phone
) -> None:
    """The page of the code is open to everybody, and shows nothing of the case before the yes."""
    second = opened(chromium, alive, code_of(first, "me"), first)
    page = second.page
    assert NAME not in page.content()
    second.check_access()
    page.locator("button.main").click()
    expect(second.log("assistant")).to_have_count(1)
    assert NAME not in page.content()
    assert page.evaluate("document.dir") == first.page.evaluate("document.dir")
    second.check_access()
    tap(second, "joining:patient")
    second.check_access()
    told = first.log("assistant").count()
    tap(second, "joining:yes")
    # The other one is told of it, and sees the same list.
    expect(first.log("assistant")).to_have_count(told + 1)
    for phone in (first, second):
        phone.say("/chats")
        assert phone.log("assistant").last.inner_text().count("•") == 2
    second.close()


def test_a_code_that_is_used_says_kindly_where_to_get_another(
    chromium: Browser, alive: Program, first: Phone
) -> None:
    code = code_of(first, "me")
    second = opened(chromium, alive, code, first)
    second.page.locator("button.main").click()
    expect(second.log("assistant")).to_have_count(1)
    third = opened(chromium, alive, code, first)
    expect(third.page.locator("button.main")).to_have_count(0)
    assert third.page.evaluate("document.dir") == first.page.evaluate("document.dir")
    third.check_access()
    for phone in (second, third):
        phone.complaints.clear()
        phone.close()


def test_a_chat_that_is_taken_out_sees_only_that(
    chromium: Browser, alive: Program, first: Phone
) -> None:
    """What was said there is gone from its page at once, without its being loaded anew by hand."""
    second = opened(chromium, alive, code_of(first, "me"), first)
    second.page.locator("button.main").click()
    expect(second.log("assistant")).to_have_count(1)
    tap(second, "joining:patient")
    told = first.log("assistant").count()
    tap(second, "joining:yes")
    expect(first.log("assistant")).to_have_count(told + 1)
    second.say("12 April 1980")
    first.say("/chats")
    tap(first, "chats:out-2")
    tap(first, "chats:yes")
    expect(second.log()).to_have_count(1)
    assert "1980" not in second.page.content()
    second.page.reload()
    expect(second.log()).to_have_count(1)
    second.say("hello")
    assert "1980" not in second.page.content()
    assert NAME not in second.page.content()
    second.close()
