"""Limits of what one sender may ask, and of how long each body may be: all of them, in one place.

| what | how much | counted where |
|---|---|---|
| messages of one chat | 120 a minute, then held, never dropped | the store (`store/holding_back.py`) |
| cries for help that let a chat's messages go | 3 a minute | this process (`bot/cries.py`) |
| private links opened, codes typed | 60 a minute from one address | this process |
| tries to sign in | 60 a minute from one address | this process |
| batches of uploads begun | 60 a minute from one address | this process |
| files and batches of one private link | 200 unfinished, 200 batches, 64 GB | the store (`upload_files.py`) |
| wrong codes of a second factor | 5, then another link | the store (`bot/store/second_factors.py`) |
| sign-in links that wait | 3 of one coordinator | the store (`bot/jobs/sign_in.py`) |
| requests of one API token | API_REQUESTS_PER_MINUTE | this process (`api_doors.py`) |

What is counted in a process is there against load alone: a secret has 128 bits at least, and what is short
(a code) is limited by the store too. So behind several processes each gives that much. A sender is the
address that uvicorn knows: behind a proxy on this machine the one that it names, behind another where
FORWARDED_ALLOW_IPS says that it is believed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Refuse: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]

_KB: Final = 1024
#: What is about a form with words in it.
SHORT: Final = 64 * _KB
#: Forms in which each page or record has a field, and what Twilio and Telegram post.
LONG: Final = 2 * 1024 * _KB
#: Bytes around a file in a form.
_AROUND: Final = 1024 * _KB

#: The addresses that take files; the others take short forms. A file's own limit is MAX_FILE_BYTES.
_FILES: Final = ("/send", "/upload/form", "/upload/files")
_FILES_OF_DESK: Final = ("/upload", "/opinion")
_LONG: Final = ("/hooks/", "/desk/cases/", "/desk/translation/")

#: How many senders are remembered; who comes then makes those who are done forgotten.
_MOST_SENDERS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests a minute of one sender, to the addresses that begin so.

    One without a slash at its end is itself: `/c` is where a code is typed, and no `/copy`.
    """

    name: str
    per_minute: int
    methods: frozenset[str]
    begins: tuple[str, ...]

    def counts(self, method: str, path: str) -> bool:
        """Whether a request is one of these."""
        return method in self.methods and any(
            path.startswith(one) if one.endswith("/") else path == one for one in self.begins
        )


_ANY: Final = frozenset({"GET", "POST"})
RATES: Final = (
    Rate(
        name="sign-in",
        per_minute=60,
        methods=frozenset({"POST"}),
        begins=("/desk/sign-in", "/desk/sign-in/"),
    ),
    Rate(
        name="links",
        per_minute=60,
        methods=_ANY,
        begins=("/u/", "/j/", "/o/", "/l/", "/k/", "/e/", "/c", "/desk/sign-in/"),
    ),
    Rate(
        name="uploads",
        per_minute=60,
        methods=frozenset({"POST"}),
        begins=("/upload/batches",),
    ),
)


def longest_body(path: str, max_file: int) -> int:
    """The most bytes that a body sent to this address may have; of a form with files, of all of them."""
    if path in _FILES or path.startswith("/upload/files/"):
        # Each file of a form has its own limit there, and all of them the room on the disk.
        return max(max_file, 64 * 1024**3) + _AROUND
    if path.startswith(("/desk/", "/api/v1/")) and path.endswith(_FILES_OF_DESK):
        return max_file + _AROUND
    return LONG if path.startswith(_LONG) else SHORT


@dataclass(slots=True)
class _Counted:
    since: float
    count: int = 0


@dataclass(slots=True)
class Counter:
    """How often each sender came in this minute."""

    clock: Callable[[], float] = time.monotonic
    _seen: dict[tuple[str, str], _Counted] = field(default_factory=dict)

    def wait(self, rate: Rate, sender: str) -> float:
        """Seconds until the next request is taken; 0 where this one is, and it is counted."""
        now, key = self.clock(), (rate.name, sender)
        counted = self._seen.get(key)
        if counted is None or now - counted.since >= 60:
            if len(self._seen) >= _MOST_SENDERS:
                self._seen = {k: c for k, c in self._seen.items() if now - c.since < 60}
            counted = self._seen[key] = _Counted(since=now)
        if counted.count >= rate.per_minute:
            return counted.since + 60 - now
        counted.count += 1
        return 0.0


class Limits:
    """Middleware that asks who comes too often to wait, and stops reading what is too long.

    Both end in the page that says so kindly, in the language of the one who sees it.
    """

    def __init__(
        self, app: ASGIApp, max_file: int, refuse: Refuse, counter: Counter | None = None
    ) -> None:
        """Wrap an application. `max_file` is in bytes, `refuse` makes the page for an HTTPException."""
        self._app = app
        self._refuse = refuse
        self._max_file = max_file
        self._counter = counter or Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a body that can't be longer than it may be."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if wait := self._wait(scope):
            often = HTTPException(429, headers={"retry-after": str(int(wait) + 1)})
            page = await self._refuse(Request(scope), often)
            await page(scope, receive, send)
            return
        most, taken = longest_body(scope["path"], self._max_file), 0
        declared = Headers(scope=scope).get("content-length", "")
        too_long = declared.isascii() and declared.isdigit() and int(declared) > most

        async def counted() -> Message:
            nonlocal taken
            if too_long:
                raise HTTPException(413, headers={"connection": "close"})
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, headers={"connection": "close"})
            return message

        await self._app(scope, counted, send)

    def _wait(self, scope: Scope) -> float:
        sender = (scope.get("client") or ("", 0))[0]
        waits = [
            self._counter.wait(rate, sender)
            for rate in RATES
            if rate.counts(scope["method"], scope["path"])
        ]
        return max(waits, default=0.0)
