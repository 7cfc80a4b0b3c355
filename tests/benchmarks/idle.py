"""The processor's time of a program with nothing to do, as a share of one core, and its memory.

One `serve` on a file of SQLite; `serve` and `work` beside each other on a PostgreSQL, whose own
processes are counted too. All children are counted, those that have ended as well.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks.inspect_zip import family, private
from tests.postgres import cluster
from tests.running import Running

#: A start leaves some work behind, which is not idleness.
SETTLE, SECONDS = 10.0, 60.0
AIM = 0.01

_TICKS = os.sysconf("SC_CLK_TCK")


def used(pid: int) -> float:
    """The seconds that a process, its living children, and those that it saw end have computed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        return 0.0  # It has ended meanwhile, and is counted by its parent.
    own = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return own + sum(used(int(child)) for child in children)


def private_mb(pid: int) -> float:
    """What a process and those below it have for themselves."""
    return sum(map(private, family(pid))) / 1e6


async def shares(**pids: int) -> dict[str, float]:
    """What each takes of one core, over some time; its memory is printed."""
    await asyncio.sleep(SETTLE)
    before = {name: used(pid) for name, pid in pids.items()}
    begun = time.monotonic()
    await asyncio.sleep(SECONDS)
    took = time.monotonic() - begun
    for name, pid in pids.items():
        print(f"  {name:22} {private_mb(pid):6.0f} MB of its own")
    return {name: (used(pid) - before[name]) / took for name, pid in pids.items()}


async def alone(folder: Path) -> dict[str, float]:
    """One process does everything, on a file."""
    program = Running(folder / "data")
    await program.start()
    try:
        return await shares(**{"serve, on SQLite": program.pid})
    finally:
        await program.stop()


async def grown(folder: Path, url: str, server: int) -> dict[str, float]:
    """One serves, one works, on a PostgreSQL, of which `server` is the first process."""
    settings = {"DATABASE_URL": url, "WORK_KINDS": "none"}
    serving = Running(folder / "data", **settings)
    working = Running(folder / "data", **settings)
    await serving.start()
    await working.work("--kinds", "all")
    try:
        names = {
            "serve, on PostgreSQL": serving.pid,
            "work beside it": working.pid,
            "PostgreSQL itself": server,
        }
        return await shares(**names)
    finally:
        await working.stop()
        await serving.stop()


def main() -> None:
    """Print each share in percent."""
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(alone(Path(name)))
        with cluster("-c max_connections=100") as made, made.database() as url:
            server = int((made.folder / "data" / "postmaster.pid").read_text().split()[0])
            found |= asyncio.run(grown(Path(name), url, server))
    for label, share in found.items():
        print(f"  {label:22} {share:6.2%} of a core")
    worst = max(share for label, share in found.items() if "itself" not in label)
    print(f"  the most of one process: {worst:.2%} (aim: at most {AIM:.0%})")
