"""Second factors: the keys of authenticator apps, and the codes for who has lost the app.

The key has to be stored as it is, for codes are made of it. Of recovery codes only the hash is.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import totp
from bot.store.schema import recovery_code, second_factor
from bot.tokens import token_hash

_RECOVERY_CODES = 8
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_SIGNS_OF_A_CODE = 12


async def is_set(tx: AsyncConnection, coordinator_id: str) -> bool:
    """Whether somebody has a second factor that counts."""
    query = sa.select(second_factor.c.confirmed_at).where(
        second_factor.c.coordinator_id == coordinator_id
    )
    return (await tx.execute(query)).scalar() is not None


async def offer(tx: AsyncConnection, coordinator_id: str, now: float) -> str:
    """A key for somebody who has none that counts: the one that was offered, or a new one."""
    query = sa.select(second_factor).where(second_factor.c.coordinator_id == coordinator_id)
    row = (await tx.execute(query)).first()
    if row is not None:
        if row.confirmed_at is not None:
            raise ValueError("there is a second factor already")
        return str(row.secret)
    secret = totp.new_secret()
    values = {"coordinator_id": coordinator_id, "secret": secret, "made_at": now}
    await tx.execute(sa.insert(second_factor).values(**values))
    return secret


async def confirm(
    tx: AsyncConnection, coordinator_id: str, code: str, now: float
) -> list[str] | None:
    """Let the offered key count, by a code of it; the recovery codes, or None for a wrong code."""
    mine = sa.select(second_factor).where(
        second_factor.c.coordinator_id == coordinator_id, second_factor.c.confirmed_at.is_(None)
    )
    row = (await tx.execute(mine)).first()
    step = None if row is None else totp.step_of(row.secret, _plain(code), now)
    if step is None:
        return None
    change = sa.update(second_factor).where(second_factor.c.coordinator_id == coordinator_id)
    await tx.execute(change.values(confirmed_at=now, last_step=step))
    await tx.execute(
        sa.delete(recovery_code).where(recovery_code.c.coordinator_id == coordinator_id)
    )
    codes = [_new_code() for _ in range(_RECOVERY_CODES)]
    rows = [
        {"code_hash": _hash(coordinator_id, one), "coordinator_id": coordinator_id} for one in codes
    ]
    await tx.execute(sa.insert(recovery_code), rows)
    return codes


async def check(tx: AsyncConnection, coordinator_id: str, code: str, now: float) -> bool:
    """Whether it is a code of the app, or a recovery code; either is taken once."""
    query = sa.select(second_factor).where(
        second_factor.c.coordinator_id == coordinator_id, second_factor.c.confirmed_at.is_not(None)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return False
    step = totp.step_of(row.secret, _plain(code), now, after=row.last_step)
    if step is not None:
        mine = sa.update(second_factor).where(second_factor.c.coordinator_id == coordinator_id)
        await tx.execute(mine.values(last_step=step))
        return True
    used = sa.update(recovery_code).where(
        recovery_code.c.code_hash == _hash(coordinator_id, _plain(code).lower()),
        recovery_code.c.used_at.is_(None),
    )
    return (await tx.execute(used.values(used_at=now))).rowcount == 1


async def recovery_left(tx: AsyncConnection, coordinator_id: str) -> int:
    """How many recovery codes are left."""
    query = sa.select(sa.func.count()).where(
        recovery_code.c.coordinator_id == coordinator_id, recovery_code.c.used_at.is_(None)
    )
    return int((await tx.execute(query)).scalar_one())


async def forget(tx: AsyncConnection, coordinator_id: str) -> None:
    """Forget the key and the recovery codes."""
    for table in (second_factor, recovery_code):
        await tx.execute(sa.delete(table).where(table.c.coordinator_id == coordinator_id))


def _new_code() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_SIGNS_OF_A_CODE))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "")


def _hash(coordinator_id: str, code: str) -> str:
    return token_hash(f"{coordinator_id}:{code}")
