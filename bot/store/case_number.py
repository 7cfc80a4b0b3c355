"""The number of a case, which people read to each other over the telephone."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import cases, session

# Crockford's base 32 has no I, L, O and U, so that a number is read over the phone without doubt.
# https://www.crockford.com/base32.html
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_case_id() -> str:
    """A case's number, like `7KQ4-M2XR`: 40 random bits in letters that are not mistaken."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


async def unused_case_id(tx: AsyncConnection, make: Callable[[], str] = new_case_id) -> str:
    """A number that no case has: of 100,000 two would be the same with a chance of 1 in 200.

    A chat that was given the number of another case would be part of that case.
    """
    while True:
        case_id = make()
        chats = sa.exists().where(session.c.case_id == case_id)
        stored = sa.exists().where(cases.c.id == case_id)
        if not (await tx.execute(sa.select(sa.or_(chats, stored)))).scalar():
            return case_id
