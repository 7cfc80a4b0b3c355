"""restore: put a moment of a backup into an empty place, and compare every row and every byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from bot.carrying.arrival import Report, see_that_it_is_free, settle
from bot.carrying.backup import hash_of
from bot.carrying.blobs import CarryError, bring, bring_partial, come, each
from bot.carrying.erased import drop_erased, erased_since
from bot.carrying.keys import operators_of, see_that_they_are_there
from bot.carrying.keys_kept import KeptKeys, kept_keys
from bot.carrying.moments import (
    UPLOADS,
    Stored,
    file_of,
    files_of,
    manifest_of,
    moments,
    sheet_file,
)
from bot.carrying.place import Place, alone_in
from bot.carrying.rows import Shape, Sheet, Tally
from bot.key_source import key_source
from bot.settings import Settings
from bot.store.blobs import PIECE, Blob


async def restore(
    folder: Path,
    target: Settings,
    say: Callable[[str], None],
    at: str = "",
    *,
    without_damaged: bool = False,
) -> Report:
    """Put the newest moment, or the one called `at`, into an empty place. Raises CarryError.

    With `without_damaged` cases whose key is damaged in the backup are left out.
    """
    moment = _chosen(folder, at)
    manifest = await asyncio.to_thread(_read, moment)
    sheets = [_sheet(moment, name, told) for name, told in sorted(manifest["tables"].items())]
    say(f"{moment.name}, revision {manifest['revision']}")
    lost = 0
    if (house := next((one for one in sheets if one.shape.name == "house_key"), None)) is not None:
        kept = kept_keys(folder)
        lost = await asyncio.to_thread(_see_to_keys, kept, house, target, manifest.get("keys"))
        if lost and not without_damaged:
            raise CarryError(
                f"{kept.path}: {lost} keys of cases or contacts are damaged or missing. Bring the file "
                "from another copy of the backup; or leave these out, with --without-damaged"
            )
        sheets.append(kept.sheet())
    async with alone_in(target) as there:
        fresh = await see_that_it_is_free(there, sheets)
        report = Report(tables={sheet.shape.name: sheet.tally for sheet in sheets})
        say("files ...")
        await _files(folder, moment, there, report)
        say("rows ...")
        await settle(there, manifest["revision"], sheets, fresh=fresh)
        since = await asyncio.to_thread(erased_since, folder, moment)
        report.erased, report.lost = await drop_erased(there, since), lost
    return report


def _see_to_keys(kept: KeptKeys, house: Sheet, target: Settings, least: int | None) -> int:
    """How many keys can't be brought back. Raises CarryError where none of them can."""
    source, wanted = key_source(target), operators_of(house.lines(), house.shape)
    # The keys are as they were last, and may have been wrapped anew since that moment.
    by = {kept.operator} if kept.operator else operators_of(kept.rows(), kept.sheet().shape)
    return kept.check(see_that_they_are_there(source, wanted | by), least=least)


def _chosen(folder: Path, at: str) -> Path:
    there = moments(folder)
    if not there:
        raise CarryError(f"there is no whole backup in {folder}")
    names = [moment.name for moment in there]
    if at and at not in names:
        raise CarryError(f"there is no backup {at} in {folder}: there are {', '.join(names)}")
    return there[names.index(at)] if at else there[-1]


def _read(moment: Path) -> dict[str, Any]:
    """The manifest, after all that it vouches for was found as it was."""
    manifest = manifest_of(moment)
    if manifest["format"] != 1:
        raise CarryError("the backup was made by a newer version: restore it with that one")
    kept = {sheet_file(moment, name): told["sha256"] for name, told in manifest["tables"].items()}
    kept |= {moment / name: sha256 for name, sha256 in manifest["lists"].items()}
    for path, sha256 in kept.items():
        if not path.is_file() or hash_of(path) != sha256:
            raise CarryError(f"{path} is damaged: restore another moment with --at")
    return manifest


def _sheet(moment: Path, name: str, told: dict[str, Any]) -> Sheet:
    shape = Shape(
        name=name,
        columns=tuple((column, kind) for column, kind in told["columns"]),
        key=tuple(told["key"]),
        serial=told["serial"],
    )
    tally = Tally(rows=told["rows"], digest=told["digest"], last=told["last"])
    return Sheet(shape=shape, tally=tally, lines=partial(_lines, sheet_file(moment, name)))


def _lines(path: Path) -> Iterable[bytes]:
    with path.open("rb") as lines:
        yield from lines


async def _files(folder: Path, moment: Path, there: Place, report: Report) -> None:
    kept, coming = files_of(moment), files_of(moment, UPLOADS)

    async def one(blob_id: str) -> None:
        promised = _promised(blob_id, kept[blob_id])
        if not (
            await there.blobs.exists(blob_id) and await there.blobs.measure(blob_id) == promised
        ):
            await there.blobs.delete(blob_id)
            stream = _bytes(file_of(folder, promised.sha256))
            if await bring(stream, there.blobs, blob_id, size=promised.size) != promised:
                await there.blobs.delete(blob_id)
                raise _damaged(promised.sha256)
        report.files += 1
        report.size += promised.size

    async def partly(upload_id: str) -> None:
        promised = _promised(upload_id, coming[upload_id])
        if await come(there.partials, upload_id) != promised:
            stream = _bytes(file_of(folder, promised.sha256))
            await bring_partial(stream, there.partials, promised)
        report.uploads += 1

    await each(kept, one)
    await each(coming, partly)


def _promised(blob_id: str, stored: Stored) -> Blob:
    return Blob(id=blob_id, sha256=stored.sha256, size=stored.size)


def _damaged(sha256: str) -> CarryError:
    return CarryError(
        f"the file {sha256} of the backup is damaged: restore another moment with --at"
    )


async def _bytes(path: Path) -> AsyncIterator[bytes]:
    try:
        source = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        raise _damaged(path.name) from None
    with source:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece
