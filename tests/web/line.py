"""A line between a browser and the program that can be slow, be cut, and counts what it carries."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_REQUEST = re.compile(rb"[A-Z]+ /\S* HTTP/1\.1\r\n")


class Line:
    """A TCP relay in a thread of its own. `sent` counts the bytes from the browser's side."""

    def __init__(self, target: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.sent = 0
        #: The heads of all requests, as they came over the wire.
        self.heads: list[str] = []
        #: Bytes a second in the direction of the program; 0 for as fast as it is.
        self.pace = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._down = False

    def cut(self) -> None:
        """End every connection at once, and refuse new ones."""
        self._loop.call_soon_threadsafe(self._cut)

    def mend(self) -> None:
        """Let connections through again."""
        self._down = False

    def run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        start = asyncio.start_server(self._carry, "127.0.0.1", self.port)
        server = self._loop.run_until_complete(start)
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _cut(self) -> None:
        self._down = True
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._down:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pump(reader, far_writer, counted=True),
                self._pump(far_reader, writer, counted=False),
            )
        self._writers -= {writer, far_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while piece := await reader.read(16_384):
                writer.write(piece)
                await writer.drain()
                if counted:
                    self.sent += len(piece)
                    if _REQUEST.match(piece):
                        self.heads.append(piece.partition(b"\r\n\r\n")[0].decode("latin-1"))
                    if self.pace:
                        await asyncio.sleep(len(piece) / self.pace)
        with suppress(OSError):
            writer.close()


@contextmanager
def line(target: int) -> Iterator[Line]:
    """A line to a port of this machine, for as long as the block runs."""
    made, ready = Line(target), threading.Event()
    thread = threading.Thread(target=made.run, args=(ready,), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield made
    finally:
        made.stop()
        thread.join(10)
