"""Reading: how far a child has come with a file, told to the conversation while it goes on.

The child writes two numbers into a small file, and the job looks at them from time to time: nothing
is sent, so nothing can be held up. The file goes with its job; a new try begins with a new one.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Job
from bot.jobs.shell import Shell
from bot.store import inbox
from bot.store.blobs import new_blob_id
from bot.store.db import Row
from handlers.updates import ReadingProgress

_log = structlog.get_logger(__name__)

#: The first is told just before the conversation runs out of patience (12 s), so that its words can
#: say it; the next ones once a minute.
_FIRST_SECONDS, _NEXT_SECONDS = 10.0, 60.0
_NUMBERS = struct.Struct("=qq")


class Counter:
    """What the child calls: members read, members in all. It goes to the child by its path."""

    def __init__(self, path: Path) -> None:
        """Count in this file, which is there."""
        self._path = path
        self._file = -1

    def __call__(self, read: int, total: int) -> None:
        """Note how far it is."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY)
        os.pwrite(self._file, _NUMBERS.pack(read, total), 0)

    def __reduce__(self) -> tuple[Callable[[Path], Counter], tuple[Path]]:
        """Only the path crosses to another process."""
        return Counter, (self._path,)

    def __del__(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)


@asynccontextmanager
async def told(
    shell: Shell,
    job: Job,
    row: Row,
    *,
    first: float = _FIRST_SECONDS,
    then: float = _NEXT_SECONDS,
) -> AsyncIterator[Counter]:
    """A counter for a child; while the block runs, the chat of the file hears how far it is."""
    # Among the half-written blobs: what a process that was killed leaves is swept with them.
    path = shell.blobs.draft(new_blob_id())
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        teller = asyncio.create_task(_tell(shell, job, row, handle, first, then))
        try:
            yield Counter(path)
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)
    finally:
        os.close(handle)
        path.unlink(missing_ok=True)


async def _tell(shell: Shell, job: Job, row: Row, handle: int, first: float, then: float) -> None:
    before, pause = (0, 0), first
    while True:
        await asyncio.sleep(pause)
        pause = then
        numbers = os.pread(handle, _NUMBERS.size, 0)
        if len(numbers) < _NUMBERS.size or (now := _NUMBERS.unpack(numbers)) == before:
            continue
        before = now
        try:
            await shell.db.write(partial(_add, shell=shell, job=job, row=row, numbers=now))
        except Exception as error:
            # It is only a word of patience: the reading goes on.
            _log.warning("progress_not_told", job=job.id, error=type(error).__name__)


async def _add(
    tx: AsyncConnection, *, shell: Shell, job: Job, row: Row, numbers: tuple[int, int]
) -> None:
    read, total = numbers
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=row.session_id,
        key=f"reading:{job.id}:{job.attempt}:{read}",
        update=ReadingProgress(file_id=row.id, read=read, total=total),
        at=shell.clock(),
    )
