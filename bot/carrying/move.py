"""move: take all of it from one place to another, and compare every row and every byte.

The source stays as it was. The files come first and the rows last, all at once: what was interrupted is
begun again, and goes on where it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.arrival import Report, see_that_it_is_free, settle
from bot.carrying.blobs import (
    CarryError,
    carry,
    carry_partial,
    each,
    everything,
    is_damaged,
    uploads_in,
)
from bot.carrying.keys import get_a_key, see_that_keys_are_there, take_over
from bot.carrying.place import Place, alone_in
from bot.carrying.rows import Shape, Sheet, read, shapes
from bot.settings import Settings
from bot.store import migrations
from bot.store.blob_owners import hashes

Say = Callable[[str], None]


async def move(source: Settings, target: Settings, say: Say) -> Report:
    """Carry all from one place to another, neither of which may be in use. Raises CarryError."""
    if source.store == target.store:
        raise CarryError("both places are the same: give another one to move to")
    if isinstance(source.store, Path) and not source.store.exists():
        raise CarryError(f"there is no store in {source.data_dir}: give the folder of the data")
    async with alone_in(source) as here, alone_in(target) as there:
        with ExitStack() as stack:
            return await _move(here, there, stack, source.data_dir, say)


async def _move(here: Place, there: Place, stack: ExitStack, folder: Path, say: Say) -> Report:
    revision = migrations.newest() or ""
    if here.engine.shared and await here.revision() != revision:
        raise CarryError("the source is of another version: run `second-opinion migrate` there")
    await here.at(revision)
    is_sealed = await see_that_keys_are_there(here)
    sheets = await _written_out(here, stack, folder)
    fresh = await see_that_it_is_free(there, sheets)
    await get_a_key(there)
    report = Report(tables={sheet.shape.name: sheet.tally for sheet in sheets})
    say("files ...")
    await _files(here, there, report)
    say("rows ...")
    await settle(there, revision, sheets, fresh=fresh)
    if is_sealed:
        report.locked = (await take_over(there, here.keys)).left
    return report


async def _files(here: Place, there: Place, report: Report) -> None:
    promised = await here.engine.read(hashes)

    async def one(blob_id: str) -> None:
        blob = await carry(here.blobs, there.blobs, blob_id)
        report.files += 1
        report.size += blob.size
        file = await there.blobs.raw(blob_id)
        if await is_damaged(file, blob.sha256, promised.pop(blob_id, None)):
            report.damaged.append(blob_id)

    async def coming(upload_id: str) -> None:
        if await carry_partial(here.partials, there.partials, upload_id) is not None:
            report.uploads += 1

    await each(await everything(here.blobs), one)
    await each(await uploads_in(here.partials), coming)
    # What is left was promised, and lay nowhere.
    report.absent.extend(sorted(promised))


async def _written_out(here: Place, stack: ExitStack, folder: Path) -> list[Sheet]:
    """The rows in files without a name, so that nothing of them is left by whatever ends this."""

    def fresh(shape: Shape) -> IO[bytes]:
        return stack.enter_context(tempfile.TemporaryFile(dir=folder))

    async def work(tx: AsyncConnection) -> list[Sheet]:
        sheets = []
        for shape in shapes():
            to = fresh(shape)
            tally = await read(tx, shape, to)
            sheets.append(Sheet(shape=shape, tally=tally, lines=partial(_from_the_start, to)))
        return sheets

    return await here.engine.read(work)


def _from_the_start(file_: IO[bytes]) -> IO[bytes]:
    file_.seek(0)
    return file_
