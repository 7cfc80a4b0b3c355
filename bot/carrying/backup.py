"""backup: a copy of all that is kept, made while the program runs.

A backup folder holds `files/`, each file once under its SHA-256, and a folder for each moment: its rows,
`files.jsonl`, which says which file is which, and `manifest.json`. Beside them lie the keys of all cases,
only as they are now: `keys.jsonl` (see keys.py). A moment bears its name only when all
of it is on the disk; what a process that died left begins with a dot.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.blobs import CarryError, come, each, is_damaged
from bot.carrying.keys_kept import KEYS, write_keys
from bot.carrying.moments import (
    FILES,
    FOLDER,
    MANIFEST,
    NAMED,
    UPLOADS,
    Stored,
    file_of,
    files_of,
    is_sealed,
    moments,
    newest_damaged,
    newest_files,
    sheet_file,
)
from bot.carrying.rows import Shape, Tally, read, shapes
from bot.store import frames, schema
from bot.store.audit_checkpoints import Checkpoint, newest
from bot.store.blob_owners import hashes, owners
from bot.store.blobs import RawBlobs
from bot.store.blobs_folder import FolderFile
from bot.store.db import Database
from bot.store.lock import FolderInUse, hold
from bot.store.partials import Partials
from bot.store.schema import file, opinion_file, package, translation_file, upload

#: A password is kept nowhere but for its try; the keys of cases lie apart (keys.py).
NOT_KEPT = ("secret", "case_key")
#: While files are copied some are erased: then it is looked again what is there.
_LOOKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was kept of one moment. `absent` and `damaged` files were so in the store already."""

    folder: Path
    rows: int
    files: int
    size: int
    copied: int
    copied_size: int
    absent: tuple[str, ...]
    damaged: tuple[str, ...]

    def lines(self) -> list[str]:
        """For an operator."""
        said = [
            f"{self.folder}: {self.rows:,} rows; {self.files:,} files, {self.size:,} bytes, of which "
            f"{self.copied:,} files, {self.copied_size:,} bytes, were not kept yet."
        ]
        for what, ids in (("not what its row says", self.damaged), ("not there", self.absent)):
            if ids:
                said.append(f"Wrong in the store: {len(ids)} files, {what}: {', '.join(ids)}")
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The rows of one moment, written out, and the files that they name."""

    tallies: dict[str, Tally]
    named: frozenset[str]
    needed: frozenset[str]
    uploads: frozenset[str]
    whole: frozenset[str]
    hashes: dict[str, str]
    checkpoint: Checkpoint | None
    keys: int


@dataclass(kw_only=True)
class _Copying:
    """Copying files into the folder; what an earlier moment has brought is there."""

    folder: Path
    known: dict[str, Stored]
    brought: dict[str, Stored]
    damaged: set[str]
    copied: int = 0
    copied_size: int = 0


async def backup(
    db: Database,
    blobs: RawBlobs,
    partials: Partials,
    folder: Path,
    now: Callable[[], datetime],
    *,
    keep: int = 0,
) -> Backup:
    """Keep all of it in a folder, beside earlier moments, or only so many of them.

    Raises CarryError.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with hold(folder):
            for left in folder.glob(".half-*"):
                shutil.rmtree(left)
            for piece in (folder / FOLDER).glob(".half-*"):
                piece.unlink()
            made = await _Moment(db, blobs, partials, folder).keep(now())
            if keep:
                _forget(folder, keep)
            return made
    except FolderInUse:
        raise CarryError(f"another backup is just being made in {folder}: wait for it") from None


class _Moment:
    """One moment, on its way into the folder."""

    def __init__(self, db: Database, blobs: RawBlobs, partials: Partials, folder: Path) -> None:
        self._db, self._blobs, self._partials = db, blobs, partials
        self._folder = folder
        (folder / FOLDER).mkdir(exist_ok=True)
        # What was damaged is copied and looked at anew.
        rotten = newest_damaged(folder)
        known = {
            blob_id: stored
            for blob_id, stored in newest_files(folder).items()
            if blob_id not in rotten
        }
        self._files = _Copying(folder=folder, known=known, brought={}, damaged=set())
        self._coming: dict[str, Stored] = {}

    async def keep(self, at: datetime) -> Backup:
        name = at.strftime(NAMED)
        half, done = self._folder / f".half-{name}", self._folder / name
        half.mkdir()
        seen = await self._look(half)
        absent = await self._copy(seen)
        for _ in range(_LOOKS if absent else 0):
            # Was it erased meanwhile? Then the rows of now don't name it.
            seen = await self._look(half)
            if not (absent := await self._copy(seen)):
                break
        brought = self._files.brought
        files = {one: brought[one] for one in seen.named if one in brought}
        damaged = [
            one for one in files if one in self._files.damaged or self._is_another(seen, one)
        ]
        self._write(half, at, seen, files, damaged)
        # Before the moment has its name: there is none without the keys of its cases.
        (half / KEYS).replace(self._folder / KEYS)
        half.rename(done)
        _sync(self._folder)
        return Backup(
            folder=done,
            rows=sum(tally.rows for tally in seen.tallies.values()),
            files=len(files),
            size=sum(stored.size for stored in files.values()),
            copied=self._files.copied,
            copied_size=self._files.copied_size,
            absent=tuple(sorted(absent)),
            damaged=tuple(sorted(damaged)),
        )

    def _is_another(self, seen: _Seen, blob_id: str) -> bool:
        """Whether plain bytes have another hash than their row; of sealed ones no row has one."""
        stored = self._files.brought[blob_id]
        if seen.hashes.get(blob_id, stored.sha256) == stored.sha256:
            return False
        return not is_sealed(self._folder, stored)

    async def _look(self, half: Path) -> _Seen:
        """Write the rows of this moment out; what they name belongs to the same moment."""

        async def work(tx: AsyncConnection) -> tuple[_Seen, bool]:
            tallies = {}
            keys = await write_keys(tx, half / KEYS, self._db.keys.ring.operator)
            for shape in shapes():
                if shape.name not in NOT_KEPT:
                    with sheet_file(half, shape.name).open("wb") as to:
                        tallies[shape.name] = await read(tx, shape, to)
            named = await owners(tx)
            rows = (await tx.execute(sa.select(upload.c.id, upload.c.state))).all()
            seen = _Seen(
                tallies=tallies,
                named=frozenset(named.cases),
                needed=frozenset(await _needed(tx)),
                uploads=frozenset(row.id for row in rows if row.state != "told"),
                whole=frozenset(row.id for row in rows if row.state == "whole"),
                hashes=await hashes(tx),
                checkpoint=await newest(tx),
                keys=keys,
            )
            return seen, named.whole

        seen, whole = await self._db.read(work)
        if whole:
            return seen
        # What can't be read names blobs too, and may be read again: all that are there are kept.
        return replace(seen, named=seen.named | await self._blobs.older_than(float("inf")))

    async def _copy(self, seen: _Seen) -> set[str]:
        """Copy what is named and not yet there; what is needed and is nowhere."""
        await each(seen.uploads, self._copy_partial)
        await each(seen.named - self._files.brought.keys(), self._copy_blob)
        lost = seen.whole - self._coming.keys() - self._files.brought.keys()
        return {*(seen.needed - self._files.brought.keys()), *lost}

    async def _copy_blob(self, blob_id: str) -> None:
        known = self._files.known.get(blob_id)
        if known is not None and _is_kept(self._folder, known):
            done = await asyncio.to_thread(is_sealed, self._folder, known)
            try:
                # A blob is never changed but once, when it is sealed: what had this hash has it still.
                if done or not await self._lies_sealed(blob_id):
                    if await self._blobs.exists(blob_id):
                        self._files.brought[blob_id] = known
                    return
            except FileNotFoundError:
                return
        try:
            stored = await _store(self._folder, self._blobs.open(blob_id))
        except FileNotFoundError:
            return
        self._files.brought[blob_id] = stored
        kept = FolderFile(file_of(self._folder, stored.sha256))
        if await is_damaged(kept, stored.sha256, None):
            self._files.damaged.add(blob_id)
        self._files.copied += 1
        self._files.copied_size += stored.size

    async def _lies_sealed(self, blob_id: str) -> bool:
        """Whether it lies sealed by now. Raises FileNotFoundError."""
        file = await self._blobs.raw(blob_id)
        file.close()
        return frames.is_sealed(file.head)

    async def _copy_partial(self, upload_id: str) -> None:
        self._coming.pop(upload_id, None)
        if await come(self._partials, upload_id) is None:
            return
        try:
            self._coming[upload_id] = await _store(self._folder, self._partials.open(upload_id))
        except FileNotFoundError:
            return

    def _write(
        self,
        half: Path,
        at: datetime,
        seen: _Seen,
        files: dict[str, Stored],
        damaged: list[str],
    ) -> None:
        coming = {one: self._coming[one] for one in seen.uploads if one in self._coming}
        listed = {
            FILES: _write_list(half / FILES, files),
            UPLOADS: _write_list(half / UPLOADS, coming),
        }
        tables = {
            shape.name: _described(shape, seen.tallies[shape.name], half)
            for shape in shapes()
            if shape.name in seen.tallies
        }
        manifest = {
            "format": 1,
            "made_at": at.isoformat(),
            "revision": schema.REVISION,
            "tables": tables,
            "lists": listed,
            "damaged": sorted(damaged),
            # How far the keys beside the moments go at least.
            "keys": seen.keys,
            # With this copy elsewhere it can be told whether the audit trail was written anew.
            "audit": seen.checkpoint.line() if seen.checkpoint else "",
        }
        (half / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        for path in [*half.iterdir(), half]:
            _sync(path)


async def _needed(tx: AsyncConnection) -> set[str]:
    """The blobs without which a patient's case would not be whole."""
    kept = sa.select(file.c.blob_id).where(file.c.state.in_(("stored", "indexed")))
    found = [
        *(await tx.execute(kept)).scalars(),
        *(await tx.execute(sa.select(package.c.blob_id))).scalars(),
        *(await tx.execute(sa.select(opinion_file.c.blob_id))).scalars(),
        *(await tx.execute(sa.select(translation_file.c.blob_id))).scalars(),
    ]
    return {blob_id for blob_id in found if blob_id}


def _described(shape: Shape, tally: Tally, half: Path) -> dict[str, Any]:
    return {
        "columns": list(shape.columns),
        "key": list(shape.key),
        "serial": shape.serial,
        "rows": tally.rows,
        "digest": tally.digest,
        "last": tally.last,
        "sha256": hash_of(sheet_file(half, shape.name)),
    }


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _write_list(path: Path, files: dict[str, Stored]) -> str:
    with path.open("w", encoding="utf-8") as to:
        for blob_id, stored in sorted(files.items()):
            to.write(json.dumps([blob_id, stored.sha256, stored.size]) + "\n")
    return hash_of(path)


def _is_kept(folder: Path, stored: Stored) -> bool:
    path = file_of(folder, stored.sha256)
    return path.is_file() and path.stat().st_size == stored.size


async def _store(folder: Path, stream: Any) -> Stored:
    """Keep a stream under its hash; it is synced before the moment is."""
    half = folder / FOLDER / f".half-{os.urandom(8).hex()}"
    digest, size = hashlib.sha256(), 0
    try:
        with half.open("wb") as to:
            async for piece in stream:
                to.write(piece)
                digest.update(piece)
                size += len(piece)
            to.flush()
            os.fsync(to.fileno())
        path = file_of(folder, digest.hexdigest())
        path.parent.mkdir(exist_ok=True)
        half.replace(path)
        for named_in in (path.parent, path.parent.parent):
            _sync(named_in)
    finally:
        half.unlink(missing_ok=True)
    return Stored(sha256=digest.hexdigest(), size=size)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(folder: Path, keep: int) -> None:
    """Delete all moments but the newest `keep`, and the files that only they had."""
    old = moments(folder)[:-keep]
    for moment in old:
        # It loses its name first: half a moment is none.
        gone = moment.with_name(f".half-{moment.name}")
        moment.rename(gone)
        shutil.rmtree(gone)
    if old:
        _drop_files(folder)


def _drop_files(folder: Path) -> None:
    used = {
        stored.sha256
        for moment in moments(folder)
        for kind in (FILES, UPLOADS)
        for stored in files_of(moment, kind).values()
    }
    for path in (folder / FOLDER).glob("*/*"):
        if path.name not in used:
            path.unlink()
