"""The chat, the upload page and the cover of every language that is offered, at 360 px, side by side.

`make pictures` leaves them in `build/languages/` to be looked at, and a sheet of each in
`docs/pictures/`. Debian's `fonts-noto-core` and `fonts-noto-cjk` have the letters of them all.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.handoff.cover import build_cover
from bot.paths import load_catalog, load_languages
from checklist.progress import checklist_for
from checklist.summary import summarize
from tests.handoff.cases import AT
from tests.handoff.test_every_language import OWN_WORDS, case_in
from tests.running import Running
from tests.sent_files import sent_file

_PHONE: ViewportSize = {"width": 360, "height": 740}
_COLUMNS = 6
#: The choices of the chat's picture; what is not a choice is written, "…" in its language.
_SCRIPT = (
    *("consent:yes", "role:patient", "Ana Petrova", "1980-04-12", "Georgia", "…"),
    *("case_type:brain_spine", "case_kind:spine", "review_mode:remote", "imaging:have"),
)


async def take_all(browser: Browser, folder: Path, docs: Path) -> None:
    """Play the beginning in each language, and take its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    program = Running(folder / "data")
    offered = load_languages().offered
    await program.start()
    try:
        for locale in offered:
            context = await browser.new_context(viewport=_PHONE, locale=locale)
            page = await context.new_page()
            await page.goto(program.url)
            await _play(page, locale, folder)
            await context.close()
    finally:
        await program.stop()
    for locale in offered:
        await asyncio.to_thread(_cover, locale, folder)
    for kind in ("chat", "upload", "cover"):
        pictures = [folder / f"{locale}_{kind}.png" for locale in offered]
        _sheet(pictures).save(docs / f"languages_{kind}.png", optimize=True)


async def _play(page: Page, locale: str, folder: Path) -> None:
    answers = page.locator("#log > ol > li.assistant")
    for number, said in enumerate((f"language:{locale}", *_SCRIPT), start=1):
        await expect(answers).to_have_count(number, timeout=30_000)
        if ":" in said:
            await page.locator(f"#choices button[value^='{said}:']").click()
        else:
            words = OWN_WORDS[locale][0] if said == "…" else said
            await page.locator("textarea").fill(words)
            await page.keyboard.press("Enter")
    before = len(_SCRIPT) + 2
    await expect(answers).to_have_count(before, timeout=30_000)
    await page.set_input_files("input[type=file]", [sent_file(folder / "sent", "mr_report.pdf")])
    await expect(answers).to_have_count(before + 1, timeout=30_000)
    await page.wait_for_timeout(400)
    await page.screenshot(path=folder / f"{locale}_chat.png")
    await page.locator("#choices button[value*=':upload:']").first.click()
    await page.locator("#log a[href*='/u/']").evaluate("link => location.assign(link.href)")
    await page.wait_for_url("**/upload")
    await page.screenshot(path=folder / f"{locale}_upload.png", full_page=True)


def _cover(locale: str, folder: Path) -> None:
    case, catalog = case_in(locale), load_catalog()
    summary = summarize(case, checklist_for(case, catalog), catalog)
    pdf = build_cover(summary, load_languages(), review_locale=locale, built_at=AT)
    with pypdfium2.PdfDocument(pdf) as document:
        document[0].render(scale=0.9).to_pil().save(folder / f"{locale}_cover.png")


def _sheet(paths: list[Path]) -> Image.Image:
    pictures = [Image.open(path) for path in paths]
    width, height = max(p.width for p in pictures), max(p.height for p in pictures)
    rows = -(-len(pictures) // _COLUMNS)
    sheet = Image.new("RGB", (width * min(_COLUMNS, len(pictures)), height * rows), "white")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number % _COLUMNS * width, number // _COLUMNS * height))
    return sheet.quantize(64)
