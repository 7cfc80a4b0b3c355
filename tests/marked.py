"""Marks: words of a patient that can be told from all others, and everything that was seen outside.

A whole run of the program is watched: what it logs, prints, tells, measures, answers; which addresses its
pages lead to; what its files and processes are called. Whatever a mark is found in has leaked it.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx

_LED = re.compile(r'(?:href|action|src|formaction)="([^"]*)"')
#: A form whose words become part of an address. A dialog's form sends nothing.
_INTO_ADDRESS = re.compile(r'<form(?![^>]*method="(?:post|dialog)")[^>]*>.*?</form>', re.S)
_TYPED = re.compile(r'<textarea|<input(?![^>]*type="(?:hidden|checkbox|radio|submit)")')


@dataclass(kw_only=True)
class Marks:
    """The marks by what they are. More may be learned on the way: a link, a cookie."""

    words: dict[str, str]

    def learn(self, kind: str, word: str) -> None:
        """A secret that the program itself has made."""
        assert len(word) >= 8, kind
        self.words[kind] = word

    def of(self, *kinds: str) -> dict[str, str]:
        """Some of them."""
        return {kind: self.words[kind] for kind in kinds}

    def found_in(self, text: str, *, but: Iterable[str] = ()) -> set[str]:
        """The kinds of marks in a text, however it is written: quoted, escaped, in base 64."""
        forms = _forms(text)
        return {
            kind
            for kind, word in self.words.items()
            if kind not in but and any(one in form for form in forms for one in _shapes(word))
        }


def _forms(text: str) -> list[str]:
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    forms = {text, unescaped, unquote_plus(text), html.unescape(text)}
    return [form.casefold() for form in forms]


def _shapes(word: str) -> set[str]:
    plain = word.casefold()
    packed = base64.b64encode(word.encode()).decode().rstrip("=")
    return {plain, packed[: len(packed) - len(packed) % 4].casefold()}


@dataclass(kw_only=True)
class Outside:
    """What was seen from outside, as pairs of where and what."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, where: str, what: str) -> None:
        """Something was seen."""
        with self.lock:
            self.seen.append((where, what))

    def at(self, where: str) -> list[str]:
        """All that was seen at such a place."""
        return [what for place, what in self.seen if place == where]

    def leaks(self, marks: Marks, but: Mapping[str, Iterable[str]]) -> list[tuple[str, str, str]]:
        """Each mark that was found: which, where, and in what. `but` are exceptions by the place."""
        return sorted(
            (kind, where, what[:300])
            for where, what in set(self.seen)
            for kind in marks.found_in(what, but=but.get(where, ()))
        )


# ---- browsers ----------------------------------------------------------------------------------


class Behind(httpx.AsyncBaseTransport):
    """The proxy before the program: what is asked of the public address is asked of this one."""

    def __init__(self, url: str) -> None:
        self._at = httpx.URL(url)
        self._way = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        to = {"scheme": self._at.scheme, "host": self._at.host, "port": self._at.port}
        passed_on = httpx.Request(
            request.method,
            request.url.copy_with(**to),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._way.handle_async_request(passed_on)

    async def aclose(self) -> None:
        await self._way.aclose()


def watched_browser(url: str, public: str, outside: Outside, **headers: str) -> httpx.AsyncClient:
    """A browser that notes where pages lead to, and the pages that say what went wrong."""

    async def note(response: httpx.Response) -> None:
        if "text/event-stream" in response.headers.get("content-type", ""):
            return
        await response.aread()
        if "location" in response.headers:
            outside.note("address", response.headers["location"])
        kind = response.headers.get("content-type", "")
        text = response.text if kind.startswith(("text/", "application/json")) else ""
        if response.status_code >= 400 or "problem+json" in kind:
            outside.note("error page", text or response.text)
        if kind.startswith("text/html"):
            for address in _LED.findall(text):
                outside.note("address", html.unescape(address))
            for form in _INTO_ADDRESS.findall(text):
                assert not _TYPED.search(form), f"what is typed becomes an address: {form[:200]}"

    return httpx.AsyncClient(
        transport=Behind(url),
        base_url=public,
        headers={"origin": public, **headers},
        event_hooks={"response": [note]},
        follow_redirects=True,
        timeout=30,
    )


# ---- where notices go --------------------------------------------------------------------------


@contextmanager
def notice_board(outside: Outside) -> Iterator[str]:
    """A server that takes notices, every second one not at first; its address for NOTIFY_URLS."""
    count = iter(range(1 << 30))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            outside.note("notice", json.dumps(json.loads(body), ensure_ascii=False))
            outside.note("address", self.path)
            self.send_response(500 if next(count) % 2 else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/told"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ---- processes and files -----------------------------------------------------------------------


@contextmanager
def watched_processes(pid: int, folders: list[Path], outside: Outside) -> Iterator[None]:
    """Note how the program's processes are called, and the files that they make and hold open."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            _look(pid, outside)
            _look_at_files(folders, outside)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _look(pid: int, outside: Outside) -> None:
    for one in _family(pid):
        at = Path(f"/proc/{one}")
        # It may end while it is looked at.
        with suppress(OSError):
            outside.note("process", (at / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            outside.note("process", (at / "comm").read_text())
        with suppress(OSError):
            for descriptor in (at / "fd").iterdir():
                with suppress(OSError):
                    outside.note("file name", str(descriptor.readlink()))


def _look_at_files(folders: list[Path], outside: Outside) -> None:
    for folder in folders:
        with suppress(OSError):
            for path in folder.rglob("*"):
                outside.note("file name", str(path.relative_to(folder)))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(word) for word in (task / "children").read_text().split()]
    return found
