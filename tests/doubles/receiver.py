"""A hospital's system that takes webhooks, over real HTTP, and checks them as its own library does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjAmqk2gWmB3x1c="
OTHER_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl5iMyo2rUqzXBRgjfLzY="


@dataclass
class Receiver:
    """`behave` is asked for each request what to do: a status, `cut`, or seconds to sleep first."""

    secret: str = SECRET
    port: int = 0
    behave: Callable[[int], int | str | float] = lambda _n: 204
    #: What was understood, whatever was answered; and of these what was answered with a yes.
    heard: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    location: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def ids(self) -> list[str]:
        """The ids of what was taken, each once, in the order in which they came first."""
        return list(dict.fromkeys(event["id"] for event in self.taken))


def _handler(receiver: Receiver, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = dict(self.headers.items())
            event = Webhook(receiver.secret).verify(body, headers)
            assert event["id"] == headers["webhook-id"]
            with lock:
                number = len(receiver.heard)
                receiver.heard.append(event)
                receiver.headers.append(headers)
            what = receiver.behave(number)
            if isinstance(what, float):
                time.sleep(what)
                what = 204
            if what == "cut":
                self.close_connection = True
                return
            status = int(what)
            if 200 <= status < 300:
                with lock:
                    receiver.taken.append(event)
            try:
                self._answer(status)
            except OSError:
                # Who asked is gone, or was killed.
                self.close_connection = True

        def _answer(self, status: int) -> None:
            self.send_response(status)
            if receiver.location:
                self.send_header("location", receiver.location)
            if status == 429:
                self.send_header("retry-after", "400")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def receiving(**how: Any) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver(**how)
    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), _handler(receiver, threading.Lock()))
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
