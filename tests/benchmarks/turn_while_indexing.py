"""A chat turn while another patient's CT is indexed, as a ratio of one while nothing else happens.

The real program, over HTTP: a turn is the time from a patient's message to the assistant's answer on the
chat page's stream. Meanwhile it reads a zip of 3200 slices in its child.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.ct_disc import write_ct
from tests.benchmarks.inspect_zip import children
from tests.running import Running

_SLICES = 3200
_IDLE = 300
_JSON = {"accept": "application/json"}


class Visitor:
    """One patient's chat page: it sends, and listens to the stream."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen(self) -> None:
        """Follow the stream until cancelled."""
        async with self._client.stream("GET", "/events") as stream:
            async for line in stream.aiter_lines():
                said = json.loads(line[6:]) if line.startswith("data: {") else {}
                if said.get("sender") == "assistant":
                    self._news.put_nowait(said)

    async def turn(self, text: str) -> float:
        """Seconds from a message to the next that the assistant says."""
        while not self._news.empty():
            self._news.get_nowait()
        begun = time.perf_counter()
        await self.say(text)
        await self.next()
        return time.perf_counter() - begun

    async def say(self, text: str) -> None:
        """Send a message."""
        await self._client.post("/send", files={"text": (None, text)}, headers=_JSON)

    async def next(self) -> dict[str, Any]:
        """The next thing that the assistant says."""
        return await asyncio.wait_for(self._news.get(), 60)

    async def press(self, choice: str) -> None:
        """Press the button as soon as it is offered."""
        while True:
            offered = [wire for wire, _ in (await self.next())["choices"]]
            for wire in (wire for wire in offered if wire.startswith(choice)):
                await self._client.post("/send", files={"choice": (None, wire)}, headers=_JSON)
                return

    async def send_file(self, path: Path) -> None:
        """Send a file, whose receipt will come by the stream."""
        with path.open("rb") as file:
            files = {"files": (path.name, file, "application/zip")}
            await self._client.post("/send", files=files, headers=_JSON, timeout=600)


@asynccontextmanager
async def visitor(url: str) -> AsyncIterator[Visitor]:
    """A patient with the page open."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        await client.get("/chat")
        page = Visitor(client)
        listening = asyncio.create_task(page.listen())
        try:
            yield page
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


async def measure(folder: Path, *, slices: int = _SLICES, idle: int = _IDLE) -> dict[str, float]:
    """The 95th percentile of a turn in seconds, idle and meanwhile, and how many were meanwhile."""
    disc = write_ct(folder / "ct.zip", slices=slices)
    running = Running(folder / "data")
    await running.start()
    try:
        async with visitor(running.url) as patient, visitor(running.url) as other:
            for _ in range(20):
                await patient.turn("warming up")
            alone = [await patient.turn(f"hello {n}") for n in range(idle)]
            await other.say("English")
            await other.press("consent:yes")
            await other.send_file(disc)
            meanwhile: list[float] = []
            async with asyncio.timeout(120):
                while not meanwhile or _reading(running.pid):
                    reading = _reading(running.pid)
                    took = await patient.turn("hello")
                    meanwhile += [took] * reading
    finally:
        await running.stop()
    return {
        "a turn, p95, ms": _p95(alone) * 1000,
        "a turn meanwhile, p95, ms": _p95(meanwhile) * 1000,
        "turns meanwhile": len(meanwhile),
        "meanwhile / alone (aim 2)": _p95(meanwhile) / _p95(alone),
    }


def _reading(pid: int) -> bool:
    """Whether a disc is being read: the child that reads has children of its own then."""
    return any(children(child) for child in children(pid))


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, figure in asyncio.run(measure(Path(folder))).items():
            print(f"{name:<45} {figure:8.2f}")


if __name__ == "__main__":
    main()
