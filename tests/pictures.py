"""`make pictures`: the README's pictures and words, made by the program itself.

The chat is a real browser on the real program; the cover page and the list of files are what
`second-opinion demo` leaves. The README's demo section is written anew between its two marks.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pypdfium2
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from tests.picture_languages import take_all
from tests.running import PROGRAM, Running
from tests.sent_files import sent_file

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
_PHONE: ViewportSize = {"width": 360, "height": 740}
_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

#: Bytes of the disc that is sent, and the seconds that it takes.
_DISC, _SECONDS = 48_000_000, 8

#: What is said up to each picture: words, [button], or @files.
_TO_IMAGING = (
    "[English]",
    "[Yes, I agree]",
    "[I am the patient]",
    "Ana Petrova",
    "12 April 1980",
    "Georgia",
    "My back has hurt for a year, and a doctor advises an operation.",
    "[Brain or spine]",
    "[Spine]",
    "[From afar]",
    "[I have it]",
)
_SCRIPT = {
    "chat": (*_TO_IMAGING, "@mr_report.pdf"),
    "receipt": (*_TO_IMAGING, "@head_disc.zip"),
}


async def main() -> None:
    """Make them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        await _chats(Path(folder))
        _demo(Path(folder) / "demo")


async def _chats(folder: Path) -> None:
    program = Running(folder / "data")
    await program.start()
    try:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path="/usr/bin/chromium", args=_CHROMIUM
            )
            for name, script in _SCRIPT.items():
                context = await browser.new_context(
                    viewport=_PHONE, device_scale_factor=2, locale="en"
                )
                page = await context.new_page()
                await page.goto(program.url)
                await _play(page, script, folder)
                await _taken(page, name)
                if name == "receipt":
                    await _upload(page, folder / "disc.iso")
            await take_all(browser, ROOT / "build" / "languages", PICTURES)
            await browser.close()
    finally:
        await program.stop()


async def _play(page: Page, script: tuple[str, ...], folder: Path) -> None:
    answers = page.locator("#log > ol > li:not(.you)")
    for number, line in enumerate(script, start=1):
        await expect(answers).to_have_count(number, timeout=30_000)
        if line.startswith("["):
            await page.get_by_role("button", name=line.strip("[]"), exact=True).last.click()
        elif line.startswith("@"):
            paths = [sent_file(folder / "sent", name) for name in line[1:].split()]
            await page.set_input_files("input[type=file]", paths)
        else:
            await page.locator("textarea").fill(line)
            await page.keyboard.press("Enter")
    await expect(answers).to_have_count(len(script) + 1, timeout=30_000)
    await page.wait_for_timeout(500)
    if not await page.locator("img.seen").count():
        await page.mouse.wheel(0, 10_000)
    await page.wait_for_timeout(300)


async def _upload(page: Page, disc: Path) -> None:
    """The private page while a large file is on its way."""
    disc.write_bytes(bytes(_DISC))
    await page.get_by_role("button", name="A whole CD", exact=True).last.click()
    await page.locator("#log a[href*='/u/']").evaluate("link => location.assign(link.href)")
    await page.wait_for_url("**/upload")
    wire = await page.context.new_cdp_session(page)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1}
    await wire.send("Network.enable")
    await wire.send(
        "Network.emulateNetworkConditions", {**line, "uploadThroughput": _DISC / _SECONDS}
    )
    await page.set_input_files("#files", disc)
    await expect(page.locator("#state")).to_contain_text(re.compile(r"^\W*2\d MB"), timeout=30_000)
    await page.locator("#state").scroll_into_view_if_needed()
    await page.mouse.wheel(0, 10_000)
    await page.wait_for_timeout(300)
    await _taken(page, "upload")


async def _taken(page: Page, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")


def _demo(folder: Path) -> None:
    subprocess.run([str(PROGRAM), "demo", str(folder)], check=True, stdout=subprocess.DEVNULL)
    page = pypdfium2.PdfDocument(folder / "package" / "00_cover.pdf")[0]
    page.render(scale=2).to_pil().save(PICTURES / "cover.png", optimize=True)
    print(PICTURES / "cover.png")
    with zipfile.ZipFile(folder / "package.zip") as package:
        listed = "\n".join(f"{info.file_size:>9,}  {info.filename}" for info in package.infolist())
    readme = ROOT / "README.md"
    marked = re.compile(r"(?<=<!-- demo -->\n).*?(?=<!-- /demo -->)", re.DOTALL)
    text = marked.sub(lambda _found: f"```\n{listed}\n```\n", readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
