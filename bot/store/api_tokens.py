"""API tokens: which systems may use the API, and for what."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import api_token as table
from bot.tokens import new_token, token_hash

Scope: TypeAlias = Literal["read", "write"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_PREFIX = "soa"
#: How exactly it is known when a token was last used: a look at a case is no reason to write each time.
_USED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A system that may use the API. By its name it is known in the audit trail and to coordinators."""

    id: str
    name: str
    scopes: frozenset[str]


async def add(tx: AsyncConnection, name: str, scopes: Sequence[Scope], now: float) -> str | None:
    """A new token, to be shown once; None where there is one of that name."""
    token_id, secret = secrets.token_hex(6), new_token()
    values = {
        "id": token_id,
        "name": name,
        "token_hash": token_hash(secret),
        "scopes": " ".join(scopes),
        "made_at": now,
    }
    new = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
    added = (await tx.execute(new)).scalar()
    return None if added is None else f"{_PREFIX}_{token_id}_{secret}"


async def all_of_them(tx: AsyncConnection) -> Sequence[Row]:
    """Every column of every token, oldest first."""
    return (await tx.execute(sa.select(table).order_by(table.c.made_at, table.c.id))).all()


async def remove(tx: AsyncConnection, name: str) -> bool:
    """End a token; False where there is none of that name."""
    return bool((await tx.execute(sa.delete(table).where(table.c.name == name))).rowcount)


async def find(tx: AsyncConnection, token: str) -> tuple[Caller, float | None] | None:
    """Whose token it is, and when it was last used; None for what is none."""
    prefix, _, rest = token.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not token_id.isascii() or not token_id.isalnum():
        return None
    row = (await tx.execute(sa.select(table).where(table.c.id == token_id))).first()
    # Compared in the same time whether there is such a token or not.
    known = "" if row is None else row.token_hash
    right = hmac.compare_digest(known.rjust(64), token_hash(secret))
    if row is None or not right:
        return None
    return Caller(id=row.id, name=row.name, scopes=frozenset(row.scopes.split())), row.used_at


def is_worth_noting(used_at: float | None, now: float) -> bool:
    """Whether its last use is to be written anew."""
    return used_at is None or now - used_at > _USED_SECONDS


async def used(tx: AsyncConnection, token_id: str, now: float) -> None:
    """It was used."""
    await tx.execute(sa.update(table).where(table.c.id == token_id).values(used_at=now))
