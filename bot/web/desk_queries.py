"""What the coordinators' pages read of the store, and the audit rows that reading leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, cases, files, passwords, scans, schema
from bot.store.codec import load, moment, seconds
from bot.store.db import Database, Row
from bot.store.scans import Scanned
from bot.store.schema import message, session
from checklist.case import Case
from checklist.locked import LockedFile
from handlers.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One of a case's chats. `human` tells that a coordinator has taken it over.

    `blocked`: the patient has blocked the assistant there, and has not been heard of since.
    """

    session_id: str
    channel: str
    locale: str
    human: bool
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as it came. `blob_id` is None until it is fetched and after it was erased.

    `scanned` is what a virus scanner said, None where nobody has looked.
    """

    id: str
    name: str
    size: int | None
    state: str
    reason: str
    blob_id: str | None
    received_at: datetime
    scanned: Scanned | None = None

    @property
    def can_be_saved(self) -> bool:
        """Whether it is there, and no virus was found in it."""
        return self.blob_id is not None and self.reason != "infected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A locked file. `outcome` is what came of the last password and `at` when, "" and None for none."""

    file: LockedFile
    trying: bool
    outcome: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPackage:
    """The newest package of a case."""

    version: int
    blob_id: str
    size: int
    built_at: datetime
    cover_blob_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case with what the list shows beside it. `wanted` are reasons of handoffs still open."""

    case: Case
    chats: tuple[Chat, ...]
    last_at: datetime
    wanted: tuple[str, ...]


async def case_row(db: Database, case_id: str) -> CaseRow | None:
    """One case, or None."""

    async def read(tx: AsyncConnection) -> list[CaseRow]:
        case = await cases.load_case(tx, case_id)
        if case is None:
            return []
        query = sa.select(schema.cases.c.updated_at).where(schema.cases.c.id == case_id)
        updated_at = moment((await tx.execute(query)).scalar_one())
        return await _with_chats(tx, [cases.CaseRow(case=case, updated_at=updated_at)])

    return next(iter(await db.read(read)), None)


async def _with_chats(tx: AsyncConnection, found: Sequence[cases.CaseRow]) -> list[CaseRow]:
    ids = [row.case.id for row in found]

    def of_these(query: sa.Select[Any], column: sa.ColumnElement[str]) -> sa.Select[Any]:
        return query.where(column.in_(ids))

    chats: dict[str, list[Chat]] = defaultdict(list)
    query = sa.select(session).order_by(session.c.created_at)
    for row in await tx.execute(of_these(query, session.c.case_id)):
        chats[row.case_id].append(_chat(row))
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in await cases.open_handoffs(tx):
        wanted[row.case_id].append(row.reason)
    query = sa.select(message.c.case_id, sa.func.max(message.c.created_at).label("at"))
    spoken = await tx.execute(of_these(query.group_by(message.c.case_id), message.c.case_id))
    last = {row.case_id: moment(row.at) for row in spoken}
    return [
        CaseRow(
            case=row.case,
            chats=tuple(chats[row.case.id]),
            last_at=max(row.updated_at, last.get(row.case.id, row.updated_at)),
            wanted=tuple(dict.fromkeys(wanted[row.case.id])),
        )
        for row in found
    ]


def _chat(row: Row) -> Chat:
    human = bool(row.body) and load(Session, row.body).mode == "human"
    return Chat(
        session_id=row.id,
        channel=row.channel,
        locale=row.locale,
        human=human,
        blocked=row.reach == "blocked",
    )


async def files_of(db: Database, case_id: str) -> dict[str, StoredFile]:
    """The files of a case by id, in the order in which they came."""
    rows = await db.read(lambda tx: files.files_of(tx, case_id))
    scanned = await db.read(lambda tx: scans.of_case(tx, case_id))
    return {
        row.id: StoredFile(
            id=row.id,
            name=row.name,
            size=row.size,
            state=row.state,
            reason=row.reason,
            blob_id=row.blob_id,
            received_at=moment(row.received_at),
            scanned=scanned.get(row.id),
        )
        for row in rows
    }


async def locked_of(db: Database, case: Case) -> list[Locked]:
    """The locked files of a case, and what came of the passwords that were tried on them."""

    async def read(tx: AsyncConnection) -> list[Locked]:
        waiting = await passwords.waiting(tx, case.id)
        last: dict[str, tuple[str, datetime]] = {}
        for event in await audit.trail(tx, case.id):
            if event.action in _TRIED:
                last[event.object] = (event.action.removeprefix("password."), moment(event.at))
        return [
            Locked(
                file=file,
                trying=file.file_id in waiting,
                outcome=last[file.file_id][0] if file.file_id in last else "",
                at=last[file.file_id][1] if file.file_id in last else None,
            )
            for file in case.locked
        ]

    return await db.read(read)


_TRIED = ("password.wrong_password", "password.unreadable", "password.lapsed")


async def package_of(db: Database, case_id: str) -> StoredPackage | None:
    """The newest package of a case, or None."""
    row = await db.read(lambda tx: files.newest_package(tx, case_id))
    if row is None:
        return None
    return StoredPackage(
        version=row.version,
        blob_id=row.blob_id,
        size=row.size,
        built_at=moment(row.built_at),
        cover_blob_id=row.cover_blob_id,
    )


async def note(
    db: Database, *, case_id: str, at: datetime, actor: str, action: str, object_: str = ""
) -> None:
    """Put on record that a coordinator looked at something, or took it."""
    await audit.note(
        db, case_id=case_id, at=seconds(at), actor=actor, action=action, object=object_
    )
