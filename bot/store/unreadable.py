"""Cases that can't be read: passed over by whatever is done for all cases, and named.

A seal that doesn't open, or a text of no known shape, is that of one case, and must not keep the others
from a sweep, a list or another system. Who reads many rows takes their sealed columns by `maybe_broken`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.db import Database
from bot.store.keyring import BrokenSeal
from bot.store.operator_key import OperatorKeyError
from bot.store.schema import cases, record, session
from bot.store.sealed import maybe_broken
from checklist.case import Case
from checklist.records import Record
from handlers.session import Session

_log = structlog.get_logger(__name__)

_AT_ONCE: Final = 200

#: What is raised where one case is asked for that can't be read.
UNREADABLE: Final = (codec.Unreadable, BrokenSeal, OperatorKeyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many cases were looked at, and the numbers of those that can't be read."""

    looked_at: int
    ids: tuple[str, ...]


def case_of(case_id: str, body: str, records: Iterable[str] = ()) -> Case | None:
    """The case that these texts hold; None, and a line in the log, where it can't be read."""
    try:
        known = tuple(codec.load(Record, text) for text in records)
        return replace(codec.load(Case, body), records=known)
    except codec.Unreadable as error:
        tell(case_id, error)
        return None


def tell(case_id: str, error: Exception) -> None:
    """Put it into the log, without a word of what stands there: none of `UNREADABLE` says one."""
    _log.error("case_unreadable", case=case_id, why=str(error))


async def find(db: Database, *, most: int | None = None) -> Found:
    """Look at every case, or so many, a few at a time: its own text, its records and its chats."""
    looked_at, ids, after = 0, list[str](), ""
    while page := await db.read(partial(_page, after=after)):
        looked_at, after = looked_at + len(page), page[-1]
        ids += await db.read(partial(_unreadable, ids=page))
        if most is not None and looked_at >= most:
            break
    return Found(looked_at=looked_at, ids=tuple(ids))


async def _page(tx: AsyncConnection, after: str) -> Sequence[str]:
    query = sa.select(cases.c.id).where(cases.c.id > after).order_by(cases.c.id).limit(_AT_ONCE)
    return (await tx.execute(query)).scalars().all()


async def _unreadable(tx: AsyncConnection, ids: Sequence[str]) -> list[str]:
    whole = set(ids)
    kinds: tuple[tuple[sa.Column[Any], sa.Column[Any], type[object]], ...] = (
        (cases.c.id, cases.c.body, Case),
        (record.c.case_id, record.c.body, Record),
        (session.c.case_id, session.c.body, Session),
    )
    for whose, words, type_ in kinds:
        for case_id, body in await tx.execute(
            sa.select(whose, maybe_broken(words)).where(whose.in_(ids), words.is_not(None))
        ):
            with suppress(codec.Unreadable):
                codec.load(type_, body)
                continue
            whole.discard(case_id)
    return [case_id for case_id in ids if case_id not in whole]
