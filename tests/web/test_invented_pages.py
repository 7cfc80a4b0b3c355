"""Every page in two invented languages: nothing in English, nothing too wide, from both sides.

One is 40 per cent longer than English, as German and Vietnamese are at times, the other runs from right
to left. What a patient types here is Cyrillic, so a Latin word on a page is one that no translator can
reach.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests import phantom
from tests.invented import LONG, TURNED, long_words, turned_words, write_language
from tests.message_catalogs import LOCALES, ROOT
from tests.sent_files import sent_file
from tests.web.phone import Phone
from tests.web.program import Program, operator

pytestmark = pytest.mark.browser

_SPELL = {LONG: long_words, TURNED: turned_words}
_SIZES: tuple[ViewportSize, ...] = ({"width": 360, "height": 740}, {"width": 1280, "height": 860})
#: What is the same in every language: codes, units, names of products and keys.
_CODES = re.compile(r"[A-Z0-9-]+|[kMG]?B|pdf|zip|min|Telegram|WhatsApp|Esc|Tab|Enter")
#: All the text that is seen or read aloud, but for somebody's own words, addresses and codes.
_TEXTS = """() => {
    const own = "[dir=auto], bdi, code, kbd, time, .qr, select[dir], [lang]:not(html):not(body)";
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode());) {
        const at = node.parentElement;
        if (!at.closest("script, style, template, noscript") && !at.closest(own)) found.push(node.data);
    }
    for (const name of ["title", "aria-label", "placeholder", "alt"])
        for (const at of document.querySelectorAll(`[${name}]`))
            if (!at.closest(own)) found.push(at.getAttribute(name));
    return [document.title, ...found];
}"""
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")


@pytest.fixture(params=[LONG, TURNED])
def invented(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Program, str]]:
    """The program with one more language beside its packages, which the desk speaks too."""
    tag = str(request.param)
    for package in ("bot", "handlers", "checklist", "node_modules"):
        (tmp_path / package).symlink_to(ROOT / package)
    shutil.copytree(LOCALES, tmp_path / "locales")
    write_language(tmp_path / "locales", tag, _SPELL[tag], longer=0.4 if tag == LONG else 0)
    monkeypatch.setenv("COORDINATOR_LOCALE", tag)
    monkeypatch.setenv("REVIEW_LOCALE", tag)
    running = Program(tmp_path)
    try:
        running.start()
        yield running, tag
    finally:
        running.kill()


def test_every_page_is_in_the_language_and_fits(
    chromium: Browser, invented: tuple[Program, str], tmp_path: Path
) -> None:
    running, tag = invented
    patient = Phone(chromium, running.address, locale=tag, bypass_csp=True)
    tells_all(patient, tag, tmp_path)
    desk = at_the_desk(chromium, running)
    for address in pages_of(desk.page, running.address):
        for size in _SIZES:
            desk.page.set_viewport_size(size)
            desk.page.goto(address)
            looks_right(desk, address)
    for one in (patient, desk):
        one.close()


def tells_all(patient: Phone, tag: str, folder: Path) -> None:
    """The whole conversation, a disc and a report among it, each question looked at."""
    page = patient.page
    expect(patient.log("assistant")).to_have_count(1)
    disc = folder / "диск.zip"
    disc.write_bytes(phantom.head_disc())
    for said in (
        *(f"language:{tag}", "consent:yes", "role:patient", "Анна Ковальская", "03.02.1971"),
        *(
            "Казахстан",
            "Голова болит год.",
            "case_type:brain_spine",
            "case_kind:spine",
            "review_mode:remote",
        ),
    ):
        answers(patient, said)
        looks_right(patient, said)
    report = folder / "снимок.pdf"
    report.write_bytes(sent_file(folder, "mr_report_ru.pdf").read_bytes())
    for path in (disc, report):
        before = patient.log("assistant").count()
        page.locator("#files").set_input_files([path])
        expect(patient.log("assistant")).to_have_count(before + 1, timeout=60_000)
        looks_right(patient, path.name)
    while page.locator("#choices button[value^='review:yes']").count() == 0:
        choice = next(
            one
            for one in (
                "done",
                "skip",
                "none",
                "ru",
                "english",
                "no",
                "not_sure",
                "yes-machine_reading",
            )
            if page.locator(f"#choices button[value*=':{one}:']").count()
        )
        answers(patient, f":{choice}:")
        looks_right(patient, choice)
    answers(patient, "review:yes")
    looks_right(patient, "handed over")


def answers(patient: Phone, said: str) -> None:
    """Press the button of that choice, or write the words."""
    before = patient.log("assistant").count()
    if ":" in said:
        patient.page.locator(f"#choices button[value*='{said}']").first.click()
    else:
        patient.write(said)
    expect(patient.log("assistant")).to_have_count(before + 1)


def at_the_desk(chromium: Browser, running: Program) -> Phone:
    operator(running, "coordinators", "add", "Вера", "--role", "lead")
    link = operator(running, "coordinators", "link", "Вера")
    desk = Phone(chromium, link, viewport=_SIZES[1], bypass_csp=True)
    looks_right(desk, "sign-in")
    desk.page.locator("button[type=submit], form button").first.click()
    desk.page.wait_for_url("**/desk")
    return desk


def pages_of(page: Page, address: str) -> list[str]:
    """Each kind of page that can be reached from the list and the case by a link, once."""
    seen: dict[str, str] = {}
    waiting = [f"{address}/desk"]
    while waiting:
        url = waiting.pop(0)
        page.goto(url)
        seen[kind_of(url)] = url
        for href in page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
            url = href.partition("#")[0]
            known = kind_of(url) in seen or kind_of(url) in map(kind_of, waiting)
            if url.startswith(f"{address}/desk") and not known and is_page(url):
                waiting.append(url)
    assert len(seen) >= 8, sorted(seen)
    return list(seen.values())


def kind_of(url: str) -> str:
    """The address without the ids in it, and what is asked for."""
    return re.sub(r"[0-9a-f]{12,}|[0-9A-Z]{4}-?[0-9A-Z]{4}|(?<=/)\d+", "*", url.partition("?")[0])


def is_page(url: str) -> bool:
    return not re.search(
        r"\.(pdf|zip|png|jpg)|/files/|/opinion/|sign-out|/original|/preview|/sheet", url
    )


def looks_right(phone: Phone, where: str) -> None:
    texts = phone.page.evaluate(_TEXTS)
    words = [w for text in texts for w in re.findall(r"[A-Za-z]{2,}", _ISOLATED.sub("", text))]
    names = {"English", "Bahasa", "Indonesia", "Fran", "ais", "Espa", "ol", "Ti", "ng", "Vi"}
    left = {word for word in words if not _CODES.fullmatch(word)} - names
    # The months of the other are CLDR's, and in Latin letters.
    turned = phone.page.evaluate("document.documentElement.dir") == "rtl"
    assert not (turned and left), f"{where}: {left}"
    phone.check_access()
