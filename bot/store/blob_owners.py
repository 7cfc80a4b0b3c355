"""Whose each blob is: every row that names one, and the case of that row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.blobs import named_in
from bot.store.codec import BROKEN
from bot.store.db import Row
from bot.store.schema import (
    file,
    inbox,
    link,
    opinion_file,
    package,
    record,
    translation_file,
    upload,
)
from bot.store.sealed import maybe_broken


@dataclass(slots=True, kw_only=True)
class Owners:
    """The case of each blob, "" for nobody's. Where not `whole`, texts that can't be read name others."""

    cases: dict[str, str] = field(default_factory=dict)
    whole: bool = True


async def owners(tx: AsyncConnection, now: float = 0.0) -> Owners:
    """The case of every blob that a row names, or a message that is yet to be read.

    A copy for a patient is somebody's while its link has not ended at `now`.
    """
    found = Owners()
    for query in _texts():
        _add_texts(found, await tx.execute(query))
    for query in _columns(now):
        for row in await tx.execute(query):
            if row[0]:
                found.cases[row[0]] = row[1] or ""
    return found


async def awaited(tx: AsyncConnection) -> Owners:
    """Blobs that came with a message, and are yet to be read or fetched."""
    found = Owners()
    for query in _unread():
        _add_texts(found, await tx.execute(query))
    return found


def _add_texts(found: Owners, rows: Iterable[Row]) -> None:
    for row in rows:
        found.whole = found.whole and row[0] != BROKEN
        found.cases |= dict.fromkeys(named_in(row[0]), row[1] or "")


async def hashes(tx: AsyncConnection) -> dict[str, str]:
    """The SHA-256 that its row gives of each file, package and translation, by the id of its blob."""
    stored = sa.select(file.c.blob_id, file.c.sha256).where(
        file.c.state.in_(("stored", "indexed")), file.c.sha256.is_not(None)
    )
    rows = [
        *await tx.execute(stored),
        *await tx.execute(sa.select(package.c.blob_id, package.c.sha256)),
        *await tx.execute(sa.select(translation_file.c.blob_id, translation_file.c.sha256)),
    ]
    return {blob_id: sha256 for blob_id, sha256 in rows if blob_id}


def _columns(now: float) -> Iterable[sa.Select[Any]]:
    """What names one blob."""
    for column in (
        file.c.blob_id,
        file.c.plain_blob_id,
        package.c.blob_id,
        package.c.cover_blob_id,
        opinion_file.c.blob_id,
        translation_file.c.blob_id,
    ):
        yield sa.select(column, column.table.c.case_id)
    # Those that may be blobs which no file's row names yet.
    yield sa.select(upload.c.id, upload.c.case_id).where(upload.c.state == "whole")
    copies = (link.c.purpose == "copy", link.c.expires_at > now, link.c.revoked_at.is_(None))
    yield sa.select(link.c.item, link.c.case_id).where(*copies)


def _texts() -> Iterable[sa.Select[Any]]:
    """What may name some in words of its own."""
    yield from _unread()
    yield sa.select(maybe_broken(record.c.body), record.c.case_id)


def _unread() -> Iterable[sa.Select[Any]]:
    """What came with a message that is yet to be read, or whose file is yet to be fetched."""
    yield sa.select(file.c.fetch_ref, file.c.case_id).where(file.c.state == "wanted")
    yield sa.select(maybe_broken(inbox.c.raw), inbox.c.case_id).where(inbox.c.state != "done")
