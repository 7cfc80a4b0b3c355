"""A patient's phone: a real browser on the page of the real program."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    expect,
)

from bot.paths import load_languages

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
# Patience costs nothing where all is well, and two cores may be busy.
expect.set_options(timeout=20_000)
SCREEN = {"width": 360, "height": 740}
#: Every language and how it is lit; the dark has the same words.
IN_EVERY_LIGHT = [
    *((locale, "light") for locale in load_languages().offered),
    *(("en", "dark"), ("ar", "dark")),
]


def text_file(name: str, data: bytes) -> FilePayload:
    """A file as it lies on a phone."""
    return {"name": name, "mimeType": "text/plain", "buffer": data}


class Phone:
    """A patient's phone; whatever its browser complains of fails the test."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        options = {"viewport": SCREEN, "locale": "en", "reduced_motion": "reduce", **options}
        self.context: BrowserContext = browser.new_context(**options)
        self.address = address
        self.complaints: list[str] = []
        self.page = self.open()
        self.wire = self.context.new_cdp_session(self.page)

    def open(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.goto(self.address)
        return page

    def log(self, sender: str = "") -> Locator:
        return self.page.locator(f"#log > ol > li{sender and '.' + sender}")

    def press(self, label: str) -> None:
        """Press a button of the prompt, and wait for what comes of it."""
        answers = self.log("assistant").count()
        self.page.locator("#choices").get_by_role("button", name=label, exact=True).click()
        expect(self.log("assistant")).to_have_count(answers + 1)

    def write(self, text: str) -> None:
        self.page.locator("#text").fill(text)
        self.page.locator(".send").click()

    def say(self, text: str) -> None:
        """Write, and wait for the answer."""
        answers = self.log("assistant").count()
        self.write(text)
        expect(self.log("assistant")).to_have_count(answers + 1)

    def begin(self, language: str = "English") -> None:
        """Choose a language and agree to what is kept."""
        expect(self.log("assistant")).to_have_count(1)
        self.press(language)
        answers = self.log("assistant").count()
        self.page.locator("#choices button").first.click()
        expect(self.log("assistant")).to_have_count(answers + 1)

    def sees(self, item: Locator) -> bool:
        """Whether all of it comes to lie between the head and the writing line."""
        inside = """(node) => {
            const box = node.getBoundingClientRect();
            const head = document.querySelector(".top").getBoundingClientRect().bottom;
            const foot = document.querySelector(".composer").getBoundingClientRect().top;
            return box.top >= head - 1 && box.bottom <= foot + 1;
        }"""
        # What is scrolled or grows above it may still be on its way.
        return within(lambda: bool(item.evaluate(inside)), self.page)

    def check_access(self) -> None:
        """No violation that axe knows, nothing wider than the screen, nothing too small to touch."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        small = self.page.evaluate(
            """[...document.querySelectorAll("button, summary, label.attach")]
                .map((node) => [node.textContent, node.getBoundingClientRect()])
                .filter(([, box]) => box.height && (box.height < 43.5 || box.width < 43.5))
                .map(([text]) => text)"""
        )
        assert small == []

    def close(self) -> None:
        self.context.close()
        # A connection that a test has cut is a complaint too, and none of the page's making.
        lost = re.compile("net::ERR_|Failed to load resource")
        assert [c for c in self.complaints if not lost.search(c)] == []


def slow_down(phone: Phone, bytes_per_second: int) -> None:
    """Make the network of the phone slow in sending; -1 for as fast as it is."""
    phone.wire.send("Network.enable")
    phone.wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_per_second,
        },
    )


def past(bar: Locator, percent: int) -> None:
    """Wait until so much is sent."""
    sent = "(node) => node.value"
    assert within(lambda: bar.evaluate(sent) > percent, bar.page), "nothing is being sent"


def within(true: Callable[[], bool], page: Page, *, seconds: float = 20) -> bool:
    """Whether something comes to be so in that time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(50)
    return True
