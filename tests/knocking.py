"""An outbox as a process that is killed: `python -m tests.knocking FOLDER`.

Its channel has a window. What it sends is written to a file, as a network would have it: what was
knocked is knocked, whatever becomes of the one who did.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import logs
from bot.channels.base import Capabilities, Rendered, Sent
from bot.outbox import Outbox
from bot.store.db import Database
from tests.engine import START, Wire, languages

WINDOW = Capabilities(window=timedelta(hours=24))


@dataclass
class Spool(Wire):
    """A wire with a window that ends in a file, and takes its time to answer."""

    capabilities: Capabilities = WINDOW
    path: Path = Path()

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        return await self._write(rendered.text)

    async def knock(self, address: str, locale: str, key: str) -> Sent:
        return await self._write("KNOCK")

    async def _write(self, text: str) -> Sent:
        with self.path.open("a", encoding="utf-8") as spool:
            spool.write(f"{text!r}\n")
            spool.flush()
            os.fsync(spool.fileno())
        await asyncio.sleep(0.2)
        return Sent(external_id="x")


async def run(folder: Path, days: int) -> None:
    async with await Database.open(folder / "core.db") as db:
        channels: dict[str, Any] = {"wire": Spool(path=folder / "sent.txt")}
        outbox = Outbox(db, channels, languages(), lambda: START + timedelta(days=days))
        await outbox.recover()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in range(3):
            await outbox.drain()


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
