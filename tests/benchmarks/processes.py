"""Turns in a second: one process on a file of SQLite, and 1, 2 and 4 on one PostgreSQL that syncs.

A turn here is a message of one of a hundred patients, its answer sent, and two jobs that follow from it.
The processes and PostgreSQL share the cores of this machine: with two of them, the third process has
nowhere to run.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bot.store import inbox
from bot.store.db import Database
from tests.engine import START
from tests.postgres import cluster
from tests.test_many_processes import finished, running

CHATS, MESSAGES = 100, 4


async def turns_per_second(folder: Path, url: str, processes: int) -> float:
    """Let so many processes take all turns; a process that finds nothing left ends."""
    folder.mkdir()
    arrivals = [
        inbox.Arrival(
            channel="wire",
            external_id=f"{chat}-{n}",
            address=f"chat{chat}",
            raw={"id": f"{chat}-{n}", "from": f"chat{chat}", "text": f"{n}"},
            received_at=START,
        )
        for n in range(MESSAGES)
        for chat in range(CHATS)
    ]
    async with await Database.open(url or folder / "core.db") as db:
        await inbox.add_many(db, arrivals)
    with running(folder, url, processes) as started:
        begin = time.perf_counter()
        await finished(started, 600)
        return len(arrivals) / (time.perf_counter() - begin)


def main() -> None:
    """Print the turns in a second, and their ratio to one process on PostgreSQL."""
    with tempfile.TemporaryDirectory() as name, cluster("-c max_connections=300") as made:
        folder = Path(name)
        found = {"SQLite, 1 process": asyncio.run(turns_per_second(folder / "sqlite", "", 1))}
        for count in (1, 2, 4):
            with made.database() as url:
                speed = asyncio.run(turns_per_second(folder / f"pg{count}", url, count))
            found[f"PostgreSQL, {count} process{'es' if count > 1 else ''}"] = speed
    one = found["PostgreSQL, 1 process"]
    print(f"turns in a second, with their jobs and messages, on {os.cpu_count()} cores")
    for label, speed in found.items():
        print(f"  {label:30} {speed:7.0f}   {speed / one:4.2f}")
