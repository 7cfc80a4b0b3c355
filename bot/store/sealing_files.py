"""Sealing the files that an older version has stored as they came, one at a time.

Each is sealed under its own name: what lies sealed is written beside it, is on the disk, and takes the
name in one step (`RawBlobs.replace`). Whoever reads it tells one from the other by its first bytes. So
it may be killed at any moment, and goes on where it was: what is sealed is left alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, frames
from bot.store.blob_owners import hashes, owners
from bot.store.blobs import RawBlobs
from bot.store.db import Database
from bot.store.keyring import BrokenSeal
from bot.store.operator_key import OperatorKeyError
from bot.store.partials import RawPartials
from bot.store.schema import session, upload
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.store.unreadable import UNREADABLE

#: Seconds for which a file on its way must have rested: a phone that sends is not to be interrupted.
_RESTED: Final = 600.0
#: Heads of files that are looked at side by side: in a bucket each is a request.
_AT_ONCE: Final = 16


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far it is: `looked` at, `of` so many files; of these `sealed` now, and not to be read."""

    of: int = 0
    looked: int = 0
    sealed: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """How many files lie plain, and on their way; `whole` says whether all were looked at."""

    files: int
    coming: int
    whole: bool


async def seal_files(
    db: Database,
    blobs: SealedBlobs,
    partials: SealedPartials,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Seal all that lies plain, beside a running program. `tell` is called after each file.

    Raises OSError where the disk is full or the bucket is away; what was done until then stays.
    """
    whose = (await db.read(owners)).cases
    coming, promised = await db.read(_coming), await db.read(hashes)
    stored = sorted(await blobs.older_than(float("inf")))
    resting = sorted(await partials.ids() & coming.keys())
    done = Progress(of=len(stored) + len(resting))
    for blob_id in stored:
        # What nobody names is deleted within the day, and what is of no case has no key.
        if case_id := whose.get(blob_id):
            await _seal(db, blobs, blob_id, case_id, promised.get(blob_id), done)
        done.looked += 1
        tell(done)
    for upload_id in resting:
        if await _takes_files(db, coming[upload_id]):
            try:
                done.sealed += await partials.seal_old(
                    upload_id, case_id=coming[upload_id], idle_since=time.time() - _RESTED
                )
            except FileNotFoundError:
                # It was deleted meanwhile.
                pass
            except BrokenSeal:
                done.unreadable += 1
        done.looked += 1
        tell(done)
    return done


async def open_files(
    blobs: SealedBlobs,
    partials: SealedPartials,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Have all files lie plain, for a version that seals nothing. `sealed` says how many were.

    Nobody may be at work on them. Raises OSError as `seal_files` does.
    """
    stored, coming = sorted(await blobs.older_than(float("inf"))), sorted(await partials.ids())
    done = Progress(of=len(stored) + len(coming))
    for unseal, ids in ((blobs.unseal, stored), (partials.unseal, coming)):
        for one in ids:
            try:
                done.sealed += await unseal(one)
            except FileNotFoundError:
                # Its key was destroyed, with its case.
                pass
            except (BrokenSeal, OperatorKeyError):
                done.unreadable += 1
            done.looked += 1
            tell(done)
    return done


async def count_plain(blobs: RawBlobs, partials: RawPartials, seconds: float) -> Plain:
    """How many files lie plain, as far as it can be seen in so many seconds."""
    found = {"files": 0, "coming": 0}
    whole = True
    try:
        async with asyncio.timeout(seconds):
            for what, ids, head in (
                ("files", await blobs.older_than(float("inf")), partial(_head_of, blobs)),
                ("coming", await partials.ids(), partial(_head_of, partials)),
            ):
                async for first in _heads(ids, head):
                    found[what] += bool(first) and not frames.is_sealed(first)
    except TimeoutError:
        whole = False
    return Plain(files=found["files"], coming=found["coming"], whole=whole)


async def _seal(
    db: Database,
    blobs: SealedBlobs,
    blob_id: str,
    case_id: str,
    sha256: str | None,
    done: Progress,
) -> None:
    if not await _takes_files(db, case_id):
        return
    try:
        if not await blobs.seal_old(blob_id, case_id=case_id, sha256=sha256):
            return
    except FileNotFoundError:
        # It was deleted meanwhile, or its key was.
        return
    except BrokenSeal:
        done.unreadable += 1
        return
    if not await _takes_files(db, case_id, joined=True):
        # Its erasure came in between, and what it has deleted may be there again.
        await blobs.delete(blob_id)
        return
    done.sealed += 1


async def _takes_files(db: Database, case_id: str, *, joined: bool = False) -> bool:
    """Whether a case is not erased, and is there; `joined` says of one that is not.

    One that has joined another since has no key of its own any more, and gets none: no erasure would
    destroy it. What can't be read is of a case that is there.
    """

    async def work(tx: AsyncConnection) -> bool:
        case = await cases.load_case(tx, case_id)
        if case is not None:
            return not case.erased
        chat = sa.exists().where(session.c.case_id == case_id)
        return joined or bool((await tx.execute(sa.select(chat))).scalar())

    try:
        return await db.read(work)
    except UNREADABLE:
        return True


async def _coming(tx: AsyncConnection) -> dict[str, str]:
    """The files on their way, and their cases. What is whole becomes a blob, and is sealed then."""
    query = sa.select(upload.c.id, upload.c.case_id).where(upload.c.state == "open")
    return {upload_id: case_id for upload_id, case_id in await tx.execute(query) if case_id}


_Head = Callable[[str], Awaitable[bytes]]


async def _heads(ids: Iterable[str], head: _Head) -> AsyncIterator[bytes]:
    """The first bytes of each, a few side by side."""
    listed = sorted(ids)
    for start in range(0, len(listed), _AT_ONCE):
        some = listed[start : start + _AT_ONCE]
        for first in await asyncio.gather(*(head(one) for one in some)):
            yield first


async def _head_of(store: RawBlobs | RawPartials, file_id: str) -> bytes:
    try:
        file = await store.raw(file_id)
    except FileNotFoundError:
        return b""
    file.close()
    return file.head
