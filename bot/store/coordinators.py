"""Coordinators: who may work at the desk, in which roles, and how each is reached and known."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import coordinator, desk_session, recovery_code, second_factor, sign_in
from checklist.folding import fold

#: `coordinator` works on cases; `translator` sees what is to be translated, and no more; `lead` does
#: what a coordinator does, and sees who is signed in.
Role = Literal["coordinator", "translator", "lead"]
ROLES: tuple[Role, ...] = get_args(Role)

#: Who works on cases: everything that changes one, or shows all of it.
WORK: Final[frozenset[Role]] = frozenset({"coordinator", "lead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works at the desk. A way that isn't set is ""."""

    id: str
    name: str
    roles: frozenset[Role]
    email: str = ""
    telegram_id: str = ""
    source: str = "cli"

    @property
    def can_be_written_to(self) -> bool:
        """Whether a link can reach them by itself."""
        return bool(self.email or self.telegram_id)

    @property
    def works(self) -> bool:
        """Whether they work on cases."""
        return bool(self.roles & WORK)


def roles_of(words: str) -> frozenset[Role]:
    """The roles in a text; what is no role is left out."""
    return frozenset(role for role in ROLES if role in words.split())


def _person(row: Row) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        roles=roles_of(row.roles),
        email=row.email,
        telegram_id=row.telegram_id,
        source=row.source,
    )


# ---- reading -----------------------------------------------------------------------------------


async def everybody(tx: AsyncConnection) -> list[Person]:
    """All who may come in, by name."""
    query = sa.select(coordinator).where(coordinator.c.removed_at.is_(None))
    return [_person(row) for row in await tx.execute(query.order_by(coordinator.c.name))]


async def by_id(tx: AsyncConnection, person_id: str) -> Person | None:
    """Who has this id and may come in, or None."""
    return next((one for one in await everybody(tx) if one.id == person_id), None)


async def known_as(tx: AsyncConnection, words: str) -> Person | None:
    """Who has this name, this e-mail address or this Telegram number; None for nobody."""
    wanted = fold(words)
    if not wanted:
        return None
    for one in await everybody(tx):
        if wanted in {fold(one.name), fold(one.email), one.telegram_id} - {""}:
            return one
    return None


async def by_telegram(tx: AsyncConnection, telegram_id: str) -> Person | None:
    """Who has this Telegram number; None for nobody."""
    return next(
        (one for one in await everybody(tx) if one.telegram_id and one.telegram_id == telegram_id),
        None,
    )


async def by_claims(
    tx: AsyncConnection, *, issuer: str, subject: str, verified_email: str
) -> Person | None:
    """Who an organisation's provider vouches for.

    By its own id of them, once that is known; else by an address that it has verified, and then the
    id is kept: an address can be given to somebody else later.
    """
    here = coordinator.c.removed_at.is_(None)
    known = sa.select(coordinator).where(
        here, coordinator.c.oidc_issuer == issuer, coordinator.c.oidc_subject == subject
    )
    if (row := (await tx.execute(known)).first()) is not None:
        return _person(row)
    wanted = fold(verified_email)
    free = sa.select(coordinator).where(here, coordinator.c.oidc_subject == "")
    for row in (await tx.execute(free)).all():
        if wanted and fold(row.email) == wanted:
            mine = sa.update(coordinator).where(coordinator.c.id == row.id)
            await tx.execute(mine.values(oidc_issuer=issuer, oidc_subject=subject))
            return _person(row)
    return None


# ---- changing ----------------------------------------------------------------------------------


async def put(
    tx: AsyncConnection,
    *,
    name: str,
    roles: Iterable[Role],
    email: str | None = None,
    telegram_id: str | None = None,
    source: str = "cli",
    now: float,
) -> Person:
    """Let somebody in, or change who is in already: whoever has this name. None keeps what is set.

    Raises ValueError where somebody else has the address or the number.
    """
    there = await everybody(tx)
    known = next((one for one in there if fold(one.name) == fold(name)), None)
    values: dict[str, Any] = {
        "name": name,
        "roles": " ".join(role for role in ROLES if role in set(roles)),
        "email": (known.email if known else "") if email is None else email,
        "telegram_id": (known.telegram_id if known else "") if telegram_id is None else telegram_id,
        "source": source,
    }
    for other in there:
        if known is None or other.id != known.id:
            _refuse_twice(other, values)
    if known is None:
        values |= {"id": secrets.token_hex(8), "added_at": now}
        await tx.execute(sa.insert(coordinator).values(**values))
    else:
        if email is not None and fold(email) != fold(known.email):
            # Another address may be another account at the organisation's provider.
            values |= {"oidc_issuer": "", "oidc_subject": ""}
        mine = sa.update(coordinator).where(coordinator.c.id == known.id)
        await tx.execute(mine.values(**values))
    found = await known_as(tx, name)
    assert found is not None
    return found


def _refuse_twice(other: Person, values: dict[str, Any]) -> None:
    same_email = values["email"] and fold(values["email"]) == fold(other.email)
    if same_email or (values["telegram_id"] and values["telegram_id"] == other.telegram_id):
        raise ValueError(f"{other.name} has this e-mail address or Telegram number already")


async def remove(tx: AsyncConnection, person_id: str, now: float) -> None:
    """Let somebody in no more: also where they are signed in, and by links that are under way."""
    mine = sa.update(coordinator).where(coordinator.c.id == person_id)
    await tx.execute(
        mine.values(
            removed_at=now, email="", telegram_id="", oidc_issuer="", oidc_subject="", source="cli"
        )
    )
    for table in (desk_session, sign_in, second_factor, recovery_code):
        await tx.execute(sa.delete(table).where(table.c.coordinator_id == person_id))


async def follow_setting(tx: AsyncConnection, named: Sequence[Person], now: float) -> None:
    """Let in whom the setting names, and nobody any more whom it named before.

    Raises ValueError where two would have the same address or number.
    """
    names = {fold(one.name): one for one in named}
    # What one of them gives up another may have, whoever comes first.
    for known in await everybody(tx):
        if known.source == "setting":
            await _give_up(tx, known, names.get(fold(known.name)), now)
    for one in named:
        await put(
            tx,
            name=one.name,
            roles=one.roles,
            email=one.email,
            telegram_id=one.telegram_id,
            source="setting",
            now=now,
        )


async def _give_up(tx: AsyncConnection, known: Person, wanted: Person | None, now: float) -> None:
    if wanted is None:
        return await remove(tx, known.id, now)
    values: dict[str, Any] = {}
    if fold(wanted.email) != fold(known.email):
        values |= {"email": "", "oidc_issuer": "", "oidc_subject": ""}
    if wanted.telegram_id != known.telegram_id:
        values |= {"telegram_id": ""}
    if values:
        mine = sa.update(coordinator).where(coordinator.c.id == known.id)
        await tx.execute(mine.values(**values))
