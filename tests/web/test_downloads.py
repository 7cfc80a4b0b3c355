"""What patients sent is saved under its name, in any script, and is never shown or run by a browser."""

from __future__ import annotations

import re
import subprocess
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import Browser, Download, Page, expect

from bot.web.downloads import _saved_as, download_headers
from tests.conftest import require_tool
from tests.web.conftest import cookie_in
from tests.web.line import line
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
    "تقرير الأشعة.html": b"<html><script>self.owned = 2</script>",
    "脑部MRI报告.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='top.owned=2'/>",
}


@pytest.fixture(scope="module")
def sent(alive: Program) -> tuple[str, list[str]]:
    """A patient has sent hostile files: the value of their cookie, and the addresses at the desk."""
    with httpx.Client(
        base_url=alive.address, headers={"origin": alive.address}, follow_redirects=True
    ) as patient:
        for choice in ("en", "yes"):
            wire = re.findall(rf'value="([a-z]+:{choice}:\d+)"', patient.get("/chat").text)[-1]
            patient.post("/send", files={"choice": (None, wire)})
        files = [("files", (name, body, "text/html")) for name, body in HOSTILE.items()]
        assert patient.post("/send", files=files).status_code == 200
        cookie = cookie_in(patient)
    rows = alive.rows(
        f"SELECT id, case_id FROM file ORDER BY received_at DESC, id LIMIT {len(HOSTILE)}"
    )
    return cookie, [f"/desk/cases/{case}/files/{file}" for file, case in rows]


def at_desk(chromium: Browser, alive: Program, address: str) -> Page:
    """A coordinator's browser, which comes by this address."""
    page = chromium.new_context(locale="en").new_page()
    link = operator(alive, "desk-link").split()[-1]
    page.goto(link.replace(alive.address, address))
    page.locator("input[name=name]").fill("Li Wei")
    page.locator("main button").first.click()
    expect(page.locator("#rows > tr")).not_to_have_count(0)
    return page


def save(page: Page, path: str, to: Path) -> Download:
    """Have the browser go to an address and save what comes."""
    with page.expect_download() as download:
        page.evaluate("(path) => { location.href = path; }", path)
    download.value.save_as(to)
    return download.value


def test_the_request_for_the_bytes_carries_no_cookie(
    chromium: Browser, alive: Program, sent: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Over the wire: not the desk's, nor a chat's of before, which was for every address."""
    cookie, files = sent
    with line(alive.port) as wire:
        page = at_desk(chromium, alive, wire.address)
        before = {"name": "chat", "value": cookie, "domain": "127.0.0.1", "path": "/"}
        page.context.add_cookies([before])  # type: ignore[list-item]  # a dict of its own
        saved = {save(page, path, tmp_path / "one").suggested_filename for path in files}
        assert saved == set(HOSTILE)
        fetched = [head for head in wire.heads if head.startswith("GET /saved/")]
        assert len(fetched) == len(HOSTILE)
        for head in fetched:
            names = {one.partition(":")[0].lower() for one in head.split("\r\n")[1:]}
            assert "host" in names
            assert not names & {"cookie", "authorization", "referer"}
        # Whoever has a chat by such a cookie has it still.
        page.goto(f"{wire.address}/")
        expect(page.locator("#log")).to_contain_text("отчёт.pdf")
        assert "/" not in {one["path"] for one in page.context.cookies()}
        page.context.close()


def test_a_download_that_broke_off_is_resumed_and_ends_with_its_session(
    chromium: Browser, alive: Program, sent: tuple[str, list[str]], tmp_path: Path
) -> None:
    """By curl, which is not the browser that was let in."""
    curl = require_tool("curl")
    page = at_desk(chromium, alive, alive.address)
    download = save(page, sent[1][0], tmp_path / "whole")
    whole, part = (tmp_path / "whole").read_bytes(), tmp_path / "part"
    part.write_bytes(whole[:20])
    command = [curl, "-fsS", "-C", "-", "-o", str(part), "-w", "%{http_code}", download.url]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"206"
    assert part.read_bytes() == whole
    page.goto(f"{alive.address}/desk")
    page.get_by_role("button", name="Sign out").click()
    page.goto(download.url)
    expect(page.locator("h1")).to_have_text("This link does not work any more")
    expect(page.locator("main")).to_contain_text("Please go back and try again.")
    page.context.close()


def test_a_browser_saves_what_was_sent_and_runs_none_of_it(
    chromium: Browser, alive: Program, sent: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Opened, framed, embedded, as a picture, a script or a style: nothing of it runs in our pages."""
    address, files = alive.address, sent[1]
    page = at_desk(chromium, alive, address)
    for number, path in enumerate(files):
        save(page, path, tmp_path / str(number))
    bodies = {(tmp_path / str(number)).read_bytes() for number in range(len(files))}
    assert bodies == set(HOSTILE.values())
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
