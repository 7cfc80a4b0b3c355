"""The package: everything that is handed over of a case, in one zip.

What goes into it is settled here, and so is the row that says that it is there; a child writes it from
the stored originals (`assembly.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import (
    AsyncIterator,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.assembly import PackageError, Plan, assemble
from bot.handoff.case_json import case_json
from bot.handoff.contents import (
    IndexedInstance,
    MissingFile,
    Part,
    entries_of,
    files_apart,
    of_their_records,
)
from bot.handoff.cover import build_cover
from bot.handoff.cover_data import changes_title
from bot.handoff.manifest import manifest
from bot.handoff.parts import InChild, made_parts
from bot.handoff.references import SOURCES, References, places_of
from bot.handoff.stored import NOT_SCANNED, StoredFile, StoredTranslation
from bot.store import codec, scans, translations
from bot.store.blobs import Blob, Blobs, new_blob_id
from bot.store.cases import load_case
from bot.store.db import Database
from bot.store.files import add_package, files_of, newest_package
from bot.store.inbox import unheard_files
from bot.store.schema import instance as instance_table
from bot.store.schema import package as package_table
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.editions import Changes
from checklist.progress import checklist_for
from checklist.study import Instance
from checklist.summary import summarize
from checklist.to_translate import translated
from handlers.languages import Languages

COVER: Final = "00_cover.pdf"
CASE: Final = "case.json"
MANIFEST: Final = "MANIFEST.csv"
CHANGES: Final = "CHANGES.txt"

_BUFFER: Final = 1024 * 1024
#: A case of a hundred gigabytes is written in half of it.
_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRow:
    """A package that was built of one version of a case. `size` is in bytes."""

    id: str
    case_id: str
    version: int
    blob_id: str
    sha256: str
    size: int
    built_at: datetime
    cover_blob_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    case: Case
    files: tuple[StoredFile, ...]
    instances: tuple[tuple[str, str, str], ...]
    translations: tuple[sa.Row[tuple[object, ...]], ...]
    clean: frozenset[str]
    built: PackageRow | None


async def build(
    db: Database,
    blobs: Blobs,
    languages: Languages,
    catalog: Catalog,
    in_child: InChild,
    case_id: str,
    *,
    review_locale: str,
    built_at: datetime,
) -> PackageRow:
    """Build the package of a case as it stands, or return the one of this version.

    Raises `PackageError`, and what `in_child` raises when its child dies.
    """
    loaded = await db.read(partial(_load, case_id=case_id))
    if loaded.built is not None and await _is_whole(blobs, loaded.built):
        return loaded.built
    written: list[str] = []
    try:
        async with made_parts(blobs, in_child, loaded.case, loaded.files) as (parts, paths):
            cover, plan = await asyncio.to_thread(
                _prepare, loaded, parts, languages, catalog, review_locale, built_at
            )
            page = await blobs.put(_once(cover), case_id=case_id)
            written.append(page.id)
            package = await assembled(blobs, case_id, plan, paths, in_child)
        written.append(package.id)
        row = PackageRow(
            id=f"{case_id}-{loaded.case.version}",
            case_id=case_id,
            version=loaded.case.version,
            blob_id=package.id,
            sha256=package.sha256,
            size=package.size,
            built_at=built_at,
            cover_blob_id=page.id,
        )
        kept, unneeded = await db.write(partial(_keep, row=row, lost=loaded.built))
    except Exception:
        # Not when this is cancelled: the row may be written all the same. Blobs that no row names
        # then are swept later, as are those of older packages when the process dies right here.
        await _forget(blobs, written)
        raise
    await _forget(blobs, unneeded)
    return kept


async def export(db: Database, blobs: Blobs, case_id: str, path: Path) -> PackageRow:
    """Copy the newest package of a case to `path`, whole or not at all; raises `PackageError`."""
    row = await newest(db, case_id)
    if row is None:
        raise PackageError(f"case {case_id} has no package yet: it is built when it is submitted")
    async with blobs.local(row.blob_id) as stored:
        await asyncio.to_thread(_copy, stored, path)
    return row


async def newest(db: Database, case_id: str) -> PackageRow | None:
    """The newest package of a case, or None."""
    found = await db.read(lambda tx: newest_package(tx, case_id))
    return None if found is None else _row(found)


# ---- rows --------------------------------------------------------------------------------------


async def _load(tx: AsyncConnection, *, case_id: str) -> _Loaded:
    case = await load_case(tx, case_id)
    if case is None or case.erased:
        raise PackageError(f"there is no case {case_id}")
    built = await newest_package(tx, case_id)
    unheard = await unheard_files(tx, case_id)
    scanned = await scans.of_case(tx, case_id)
    clean = frozenset(one for one, said in scanned.items() if said.is_clean)
    return _Loaded(
        case=case,
        files=tuple(
            StoredFile.of(
                row,
                judged=row.state in ("indexed", "refused") and row.id not in unheard,
                scan="clean" if row.id in clean else NOT_SCANNED,
            )
            for row in await files_of(tx, case_id)
            if row.state != "erased"
        ),
        instances=await _instances(tx, case_id, unheard),
        translations=tuple(await translations.of_case(tx, case_id)),
        clean=clean,
        built=_row(built) if built is not None and built.version == case.version else None,
    )


async def _instances(
    tx: AsyncConnection, case_id: str, unheard: Collection[str]
) -> tuple[tuple[str, str, str], ...]:
    """Record id, file id and body; a disc has thousands, so they are read in a thread.

    The index has a stranger's images before anybody has judged whose they are: of the files that
    are `unheard` there are none.
    """
    table = instance_table.c
    query = sa.select(table.record_id, table.file_id, table.body)
    rows = await tx.execute(query.where(table.case_id == case_id).order_by(table.id))
    return tuple((record, file, body) for record, file, body in rows if file not in unheard)


async def _keep(
    tx: AsyncConnection, *, row: PackageRow, lost: PackageRow | None
) -> tuple[PackageRow, list[str]]:
    """The one row that is kept of a case, and the blobs that nobody needs any more.

    It is that of the newest version, and of two that were built of the same version the first,
    unless that is `lost`, whose bytes are gone.
    """
    case = await load_case(tx, row.case_id)
    if case is None or case.erased:
        raise PackageError(f"case {row.case_id} was erased")
    others = [_row(found) for found in await _packages(tx, row.case_id)]
    stands = [
        other
        for other in others
        if other.version >= row.version and (lost is None or other.blob_id != lost.blob_id)
    ]
    kept = max(stands, key=lambda other: other.version, default=row)
    unneeded = [other for other in (*others, row) if other is not kept]
    # By their blobs: two that were built of one version have one id.
    old = package_table.c.blob_id.in_([other.blob_id for other in unneeded])
    await tx.execute(sa.delete(package_table).where(old))
    if kept is row:
        await add_package(
            tx,
            package_id=row.id,
            case_id=row.case_id,
            version=row.version,
            blob_id=row.blob_id,
            sha256=row.sha256,
            size=row.size,
            built_at=row.built_at,
            cover_blob_id=row.cover_blob_id,
        )
    return kept, [blob_id for other in unneeded for blob_id in _blobs_of(other)]


async def _packages(tx: AsyncConnection, case_id: str) -> Sequence[sa.Row[tuple[object, ...]]]:
    query = sa.select(package_table).where(package_table.c.case_id == case_id)
    return (await tx.execute(query)).all()


def _blobs_of(row: PackageRow) -> list[str]:
    return [row.blob_id] if row.cover_blob_id is None else [row.blob_id, row.cover_blob_id]


async def _is_whole(blobs: Blobs, row: PackageRow) -> bool:
    return all([await blobs.exists(blob_id) for blob_id in _blobs_of(row)])


def _row(found: sa.Row[tuple[object, ...]]) -> PackageRow:
    values = dict(found._mapping)
    return PackageRow(**{**values, "built_at": codec.moment(values["built_at"])})


# ---- writing -----------------------------------------------------------------------------------


def _prepare(
    loaded: _Loaded,
    parts: Mapping[str, Part],
    languages: Languages,
    catalog: Catalog,
    review_locale: str,
    built_at: datetime,
) -> tuple[bytes, Plan]:
    case = loaded.case
    checklist = checklist_for(case, catalog)
    summary = summarize(case, checklist, catalog)
    instances = of_their_records(
        case,
        (
            IndexedInstance(record_id=record, file_id=file, instance=codec.load(Instance, body))
            for record, file, body in loaded.instances
        ),
    )
    try:
        translated = _translations(loaded, review_locale)
        entries = entries_of(case, loaded.files, instances, translated, parts)
    except MissingFile as error:
        raise PackageError(f"the stored file of record file {error} is gone") from error
    references = References(summary, places_of(entries))
    cover = build_cover(
        summary,
        languages,
        review_locale=review_locale,
        built_at=built_at,
        references=references,
    )
    listed = references.listed(languages, review_locale)
    document = case_json(
        case,
        checklist,
        summary,
        entries,
        loaded.files,
        apart=files_apart(case, loaded.files, ((one.record_id, one.file_id) for one in instances)),
        languages=languages,
        review_locale=review_locale,
        built_at=built_at,
    )
    made: tuple[tuple[str, bytes], ...] = ((COVER, cover), (CASE, document), (SOURCES, listed))
    if summary.changes is not None:
        made = (*made, (CHANGES, _changes(summary.changes, languages, review_locale)))
    hashes = [(name, hashlib.sha256(body).hexdigest(), len(body)) for name, body in made]
    apart = sum(1 for record in case.records if record.is_apart and record.study is not None)
    infected = sum(1 for file in loaded.files if file.infected)
    table = manifest(entries, hashes, set_apart=apart, infected=infected)
    files = (made[0], (MANIFEST, table), *made[1:])
    return cover, Plan(made=files, entries=entries, built_at=built_at)


def _translations(loaded: _Loaded, language: str) -> list[StoredTranslation]:
    """The approved ones, of which the bytes are kept."""
    stored = {row.id: row for row in loaded.translations}
    return [
        StoredTranslation(
            record_id=record.id,
            language=language,
            name=file.name,
            media_type=file.media_type,
            blob_id=row.blob_id,
            sha256=row.sha256,
            size=row.size,
            made_at=codec.moment(row.made_at),
            scan="clean" if row.id in loaded.clean else NOT_SCANNED,
        )
        for record, file in translated(loaded.case)
        if (row := stored.get(file.id)) is not None
    ]


def _changes(changes: Changes, languages: Languages, locale: str) -> bytes:
    """What has changed since the version before, a line each."""
    lines = (changes_title(changes), *changes.lines)
    said = [re.sub("[\u2066-\u2069]", "", languages.say(line, locale)) for line in lines]
    return ("\n".join((said[0], "", *(f"- {line}" for line in said[1:]))) + "\n").encode()


async def assembled(
    blobs: Blobs, case_id: str, plan: Plan, made: Mapping[str, Path], in_child: InChild
) -> Blob:
    """Write a zip by its plan into the store; `made` are files that are no blobs. Raises `PackageError`."""
    blob_id = new_blob_id()
    draft = blobs.draft(blob_id)
    try:
        async with AsyncExitStack() as stack:
            paths = {
                stored: await stack.enter_async_context(blobs.local(stored))
                for stored in dict.fromkeys(entry.blob_id for entry in plan.entries)
                if stored not in made
            }
            paths = {**paths, **made}
            sha256, size = await in_child(_SECONDS, assemble, plan, paths, draft)
        await blobs.keep(blob_id, case_id=case_id)
    finally:
        draft.unlink(missing_ok=True)
    return Blob(id=blob_id, sha256=sha256, size=size)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _forget(blobs: Blobs, written: Iterable[str]) -> None:
    for blob_id in written:
        await blobs.delete(blob_id)


def _copy(source: Path, path: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out, source.open("rb") as stored:
            shutil.copyfileobj(stored, out, _BUFFER)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
