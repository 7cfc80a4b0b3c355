"""What patients sent is saved under its name, in any script, and is never shown or run by a browser."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.web.downloads import _saved_as, download_headers
from tests.web.program import Program, operator

NAMES = [
    "ct.zip", "my disc (1).zip", "анализ крови.pdf", "脑部MRI报告.pdf", "تقرير الأشعة.pdf", "مریض.dcm",
    'a "quoted" name.pdf', "semi;colon=1.pdf", "100%.pdf", "it's.pdf", "ผลตรวจ.jpg", "éèà.pdf", "no ending",
]  # fmt: skip


def read(header: str) -> str:
    """The name as an independent reader understands it (RFC 2231 and RFC 6266)."""
    message = Message()
    message["content-disposition"] = header
    return message.get_filename("")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_arrives(name: str) -> None:
    header = download_headers(name)["content-disposition"]
    assert header.isascii()
    long = re.search(r"filename\*=utf-8''(\S+)$", header)
    assert (unquote(long[1]) if long else read(header)) == name
    # Who knows the short form only gets a name with the right ending.
    short = re.search(r'filename="([^"]*)"', header)
    assert short
    assert short[1].rpartition(".")[2] == name.rpartition(".")[2]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report_\u202efdp.exe", "report_fdp.exe"),
        ("a\r\nset-cookie: x=1.pdf", "aset-cookie: x=1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\x.pdf", "C:_temp_x.pdf"),
        ("\u200b\u2066", "file"),
        ("...", "file"),
    ],
)
def test_a_name_leads_nobody_astray(name: str, shown: str) -> None:
    header = download_headers(name)["content-disposition"]
    assert "\n" not in header
    long = re.search(r"filename\*=utf-8''(\S+)$", header)
    assert (unquote(long[1]) if long else read(header)) == shown


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "text/javascript", "text/xml", ""])
def test_nothing_that_a_browser_would_run_is_called_so(kind: str) -> None:
    assert _saved_as(kind) == "application/octet-stream"


HOSTILE = {
    "page.html": b"<script>document.title='owned';fetch('/desk?owned')</script>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload=\"top.owned=1\"/>",
    "script.js": b"self.owned = 1; document.title = 'owned'",
    "отчёт.pdf": b"%PDF-1.4\n<script>self.owned=1</script>",
}


@pytest.fixture
def desk(chromium: Browser, alive: Program) -> tuple[Page, str, list[str]]:
    """A coordinator's browser, with a case whose patient has sent hostile files; their addresses."""
    with httpx.Client(
        base_url=alive.address, headers={"origin": alive.address}, follow_redirects=True
    ) as patient:
        for choice in ("en", "yes"):
            wire = re.findall(rf'value="([a-z]+:{choice}:\d+)"', patient.get("/chat").text)[-1]
            patient.post("/send", files={"choice": (None, wire)})
        files = [("files", (name, body, "text/html")) for name, body in HOSTILE.items()]
        assert patient.post("/send", files=files).status_code == 200
    page = chromium.new_context(locale="en").new_page()
    page.goto(operator(alive, "desk-link").split()[-1])
    page.locator("input[name=name]").fill("Li Wei")
    page.locator("main button").first.click()
    expect(page.locator("#rows > tr")).not_to_have_count(0)
    rows = alive.rows("SELECT id, case_id FROM file ORDER BY received_at DESC, id LIMIT 4")
    return page, alive.address, [f"/desk/cases/{case}/files/{file}" for file, case in rows]


def test_a_browser_saves_what_was_sent_and_runs_none_of_it(
    desk: tuple[Page, str, list[str]], tmp_path: Path
) -> None:
    """Opened, framed, embedded, as a picture, a script or a style: nothing of it runs in our pages."""
    page, address, files = desk
    saved = set()
    for path in files:
        with page.expect_download() as download:
            page.evaluate("(path) => { location.href = path; }", path)
        saved.add(download.value.suggested_filename)
    assert saved == set(HOSTILE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in files:
        page.evaluate(
            """(path) => {
                for (const [tag, name] of [["iframe", "src"], ["img", "src"], ["script", "src"],
                    ["object", "data"], ["embed", "src"], ["link", "href"]]) {
                    const one = document.createElement(tag);
                    if (tag === "link") one.rel = "stylesheet";
                    one[name] = path;
                    document.body.append(one);
                }
            }""",
            path,
        )
    page.wait_for_timeout(500)
    assert page.evaluate("[window.owned, document.title]") == [None, page.title()]
    assert "owned" not in page.title()
    assert not [url for url in asked if "owned" in url]
    assert page.url.startswith(address)
    page.context.close()
