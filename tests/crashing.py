"""The durable core as a process that is killed: `python -m tests.crashing FOLDER [DATABASE_URL]`.

It answers what is in the inbox, and writes each message that it sends to a file, as a network would
have it: what was sent is sent, whatever becomes of the sender.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs
from bot.channels.base import Rendered, Sent
from bot.jobs.engines import queue_for
from bot.jobs.lease_table import LeaseTable
from bot.jobs.queue import Job, Outcome
from bot.jobs.registry import Kind, Lane
from bot.jobs.shell import Shell
from bot.jobs.worker import Worker
from bot.outbox import Outbox
from bot.store import audit
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import TROUBLE, Database
from bot.store.lock import hold
from bot.store.partials_folder import FolderPartials
from bot.store.schema import inbox, job, message
from bot.turn import Turns
from handlers.effects import Effect, SetTimer
from handlers.updates import InboundMessage, Update
from tests.engine import START, Script, Wire, catalog, languages, say

#: How soon others take over from a process that is heard no more, in seconds.
LEASE = 2.0


@dataclass
class Spool(Wire):
    """A wire that ends in a file."""

    path: Path = Path()

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        with self.path.open("a", encoding="utf-8") as spool:
            spool.write(f"{address}\t{rendered.text!r}\n")
            spool.flush()
            os.fsync(spool.fileno())
        await asyncio.sleep(0.002)
        return Sent(external_id="x")


def effects(update: Update, session: Any, case: Any) -> tuple[Effect, ...]:
    if isinstance(update, InboundMessage):
        key = f"{session.id}:{update.text}"
        return say(f"heard {update.text}"), SetTimer(name="t", key=key, at=START)
    return ()


async def chain(shell: Shell, held: Job) -> Outcome:
    """A timer's work: an effect that is counted, and a job that follows from it."""
    await asyncio.sleep(0.002)

    async def write(tx: AsyncConnection) -> None:
        await audit.add(
            tx,
            case_id=held.case_id or "",
            at=0.0,
            actor="system",
            action=held.kind,
            object=str(held.args["timer"]),
        )
        if held.kind == "timer":
            await shell.queue.add(tx, "erase", held.args, case_id=held.case_id)

    return Outcome(effect=write)


@dataclass
class Small:
    """What the worker needs of the program."""

    db: Database
    blobs: FolderBlobs
    partials: FolderPartials
    queue: LeaseTable
    clock: Any

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


async def nothing_left(db: Database) -> bool:
    async def count(tx: AsyncConnection) -> int:
        left = [
            sa.select(sa.func.count()).where(inbox.c.state == "new"),
            sa.select(sa.func.count()).where(job.c.state == "ready"),
            sa.select(sa.func.count()).where(
                message.c.state.in_(("pending", "sending", "unknown"))
            ),
        ]
        return sum([(await tx.execute(query)).scalar_one() for query in left])

    return await db.read(count) == 0


async def run(folder: Path, url: str = "") -> None:
    with nullcontext() if url else hold(folder):
        async with await Database.open(url or folder / "core.db") as db:
            await _work(folder, db)


async def _work(folder: Path, db: Database) -> None:
    from bot.app import utc_now

    queue = queue_for(db, utc_now, lease=LEASE if db.shared else 60)
    blobs, partials = FolderBlobs(folder / "blobs"), FolderPartials(folder / "uploads")
    shell: Any = Small(db, blobs, partials, queue, utc_now)
    channels: dict[str, Any] = {"wire": Spool(path=folder / "sent.txt")}
    turns = Turns(db, channels, catalog(), languages(), utc_now, queue, advance=Script(effects))
    outbox = Outbox(db, channels, languages(), utc_now, lease=LEASE)
    kinds = {kind: Kind(run=chain) for kind in ("timer", "erase")}
    worker = Worker(shell, kinds=kinds, lanes=(Lane(name="all", kinds=tuple(kinds), places=4),))
    if not db.shared:
        await outbox.recover()
        await worker.recover()
    loops = [asyncio.create_task(loop.run_forever()) for loop in (turns, outbox, worker)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not await _over(db):
        await asyncio.sleep(0.1 if db.shared else 0.02)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def _over(db: Database) -> bool:
    try:
        return await nothing_left(db)
    except TROUBLE:
        return False


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(run(Path(sys.argv[1]), *sys.argv[2:]))
