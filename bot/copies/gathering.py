"""Gathering: everything that is kept of a case, read in one go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import access
from bot.handoff.contents import Entry
from bot.handoff.stored import StoredFile
from bot.store import cases, codec, files, opinions, scans, translations
from bot.store.db import Row
from bot.store.schema import message
from checklist.case import Case
from handlers.replies import Reply
from handlers.updates import Access, InboundMessage

_MOST_LETTERS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message: when, in which chat, and what the patient or we said."""

    at: datetime
    chat: str
    said: InboundMessage | None
    reply: Reply | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything of one case. `entries` are the files as they go into the copy."""

    case: Case
    lines: tuple[Line, ...]
    accesses: tuple[Access, ...]
    files: tuple[StoredFile, ...]
    entries: tuple[Entry, ...]


async def gather(tx: AsyncConnection, case_id: str) -> Kept | None:
    """Read it; None where there is no case, or it is erased."""
    case = await cases.load_case(tx, case_id)
    if case is None or case.erased:
        return None
    rows = [row for row in await files.files_of(tx, case_id) if row.state != "erased"]
    sent = case.desk.opinion is not None and case.desk.opinion.sent_at is not None
    made = [*(await opinions.of_case(tx, case_id) if sent else ())]
    made += await translations.of_case(tx, case_id)
    said = await scans.of_case(tx, case_id)
    # What came from the desk and is yet to be looked into is handed to nobody.
    made = [row for row in made if row.id not in said or said[row.id].state != "waiting"]
    taken = set[str]()
    entries = [
        *(_entry("files", row, row.received_at, taken) for row in rows if row.blob_id),
        *(_entry("opinion_and_translations", row, row.made_at, taken) for row in made),
    ]
    return Kept(
        case=case,
        lines=await _lines(tx, case_id),
        accesses=await access.of_case(tx, case_id),
        files=tuple(StoredFile.of(row) for row in rows),
        entries=tuple(entries),
    )


async def _lines(tx: AsyncConnection, case_id: str) -> tuple[Line, ...]:
    query = sa.select(message).where(message.c.case_id == case_id, message.c.body.is_not(None))
    return tuple(
        Line(
            at=codec.moment(row.created_at),
            chat=row.channel,
            said=codec.load(InboundMessage, row.body) if row.direction == "in" else None,
            reply=codec.load(Reply, row.body) if row.direction == "out" else None,
        )
        for row in await tx.execute(query.order_by(message.c.id))
    )


def _entry(folder: str, row: Row, at: float, taken: set[str]) -> Entry:
    """A file under its own name, made safe for any disk; of two that are alike the second has a number."""
    name = _safe(row.name) or row.id
    path, number = f"{folder}/{name}", 2
    while path.casefold() in taken:
        path, number = f"{folder}/{number}_{name}", number + 1
    taken.add(path.casefold())
    return Entry(
        path=path,
        blob_id=row.blob_id,
        member="",
        sha256=row.sha256,
        size=row.size,
        type="",
        date=None,
        modality="",
        body_part="",
        language="",
        original_name=row.name,
        received_at=codec.moment(at),
        channel="",
    )


def _safe(name: str) -> str:
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "_", name).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    short = stem[:_MOST_LETTERS] if dot else plain[:_MOST_LETTERS]
    return f"{short}{dot}{ending[:10]}" if dot else short
