"""Passwords that are yet to be tried: the one place where they lie, for seconds.

They are deleted in the transaction that settles the try, and overwritten in the file by SQLite's
`secure_delete`; the write-ahead log is emptied right after it (`bot/jobs/erase.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import secret
from bot.store.sealed import sealed

#: No password is kept for longer, whatever became of its try.
KEPT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The passwords for one file. `session_id` is the chat they came from, None for the desk."""

    session_id: str | None
    words: tuple[str, ...] = field(repr=False)


async def hold(
    tx: AsyncConnection,
    *,
    file_id: str,
    case_id: str,
    session_id: str | None,
    words: Sequence[str],
    now: float,
) -> None:
    """Keep these for their try, after those that wait already. A chat that gave one is answered."""
    before = await held_for(tx, file_id)
    every = dict.fromkeys((*(before.words if before else ()), *words))
    answered = session_id or (before.session_id if before else None)
    kept = sealed(case_id, _dump(every))
    values = {"session_id": answered, "words": kept, "created_at": now}
    new = insert(secret).values(file_id=file_id, case_id=case_id, **values)
    await tx.execute(new.on_conflict_do_update(index_elements=["file_id"], set_=values))


async def held_for(tx: AsyncConnection, file_id: str) -> Held | None:
    """What waits to be tried on a file, or None."""
    query = sa.select(secret.c.session_id, secret.c.words).where(secret.c.file_id == file_id)
    row = (await tx.execute(query)).first()
    return row and Held(session_id=row.session_id, words=tuple(json.loads(row.words)))


async def waiting(tx: AsyncConnection, case_id: str) -> set[str]:
    """The files of a case for which a password waits."""
    query = sa.select(secret.c.file_id).where(secret.c.case_id == case_id)
    return set((await tx.execute(query)).scalars())


async def keep_only(
    tx: AsyncConnection, *, file_id: str, case_id: str, words: Sequence[str]
) -> None:
    """Forget all passwords for a file but these, of which there is at least one."""
    mine = sa.update(secret).where(secret.c.file_id == file_id)
    await tx.execute(mine.values(words=sealed(case_id, _dump(words))))


async def forget(tx: AsyncConnection, file_id: str) -> None:
    """Forget all passwords for a file."""
    await tx.execute(sa.delete(secret).where(secret.c.file_id == file_id))


async def forget_case(tx: AsyncConnection, case_id: str) -> None:
    """Forget every password of a case."""
    await tx.execute(sa.delete(secret).where(secret.c.case_id == case_id))


async def forget_old(tx: AsyncConnection, now: float) -> int:
    """Forget what has waited for too long; how many files it was for."""
    old = sa.delete(secret).where(secret.c.created_at < now - KEPT_SECONDS)
    return (await tx.execute(old)).rowcount


def _dump(words: Iterable[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)
