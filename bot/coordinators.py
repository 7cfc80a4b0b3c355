"""Coordinators as an operator names them: in the setting COORDINATORS, and on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypedDict, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, coordinators, desk_sessions, second_factors
from bot.store.coordinators import ROLES, Person, Role
from bot.store.db import Database
from bot.tokens import new_token
from checklist.folding import fold

#: A link that is handed over by somebody else may lie for a while; one that was asked for may not.
HANDED_OVER = timedelta(hours=24)

_MOST_LETTERS: Final = 80
_EMAIL: Final = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_TELEGRAM: Final = re.compile(r"\btg:(\d{3,20})\b")


def parse(setting: str) -> tuple[Person, ...]:
    """The coordinators of the setting: `Li Wei <li@clinic.example> lead; Ana tg:123456 translator`.

    Who has no role is a coordinator. Raises ValueError, with what is wrong in words.
    """
    found: list[Person] = []
    for entry in re.split(r"[;\n]", setting):
        if entry.strip():
            found.append(_one(entry))
    names = [fold(one.name) for one in found]
    if twice := next((one.name for one in found if names.count(fold(one.name)) > 1), ""):
        raise ValueError(f"{twice} is named twice")
    return tuple(found)


def _one(entry: str) -> Person:
    email, telegram = _EMAIL.search(entry), _TELEGRAM.search(entry)
    rest = _TELEGRAM.sub(" ", _EMAIL.sub(" ", entry)).split()
    roles: set[Role] = set()
    while rest and rest[-1].strip(",").lower() in ROLES:
        roles.add(cast(Role, rest.pop().strip(",").lower()))
    name = checked_name(" ".join(rest))
    return Person(
        id="",
        name=name,
        roles=frozenset(roles or {"coordinator"}),
        email=email[1] if email else "",
        telegram_id=telegram[1] if telegram else "",
        source="setting",
    )


def checked_name(words: str) -> str:
    """A name as patients will see it. Raises ValueError where it is none."""
    name = " ".join(words.split()).strip(" ,")
    if not name or len(name) > _MOST_LETTERS:
        raise ValueError(f"a coordinator needs a name of at most {_MOST_LETTERS} letters")
    if any(sign in name for sign in "<>@:"):
        raise ValueError(
            f"{name!r} is no name: write `Name <e-mail> tg:number role`, each but the name as needed"
        )
    return name


# ---- what the command line does ----------------------------------------------------------------


class PersonLine(TypedDict):
    """A coordinator in the list. `second_factor` tells that an app's codes are asked for."""

    name: str
    roles: list[str]
    email: str
    telegram_id: str
    second_factor: bool
    signed_in: int
    from_setting: bool


async def add(
    db: Database,
    *,
    name: str,
    roles: Sequence[str],
    email: str | None,
    telegram_id: str | None,
    now: float,
) -> Person:
    """Let somebody in, or change who is in. Raises ValueError, in words for the operator."""
    known = checked_name(name)
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise ValueError(f"no such role: {unknown[0]}; there are {', '.join(ROLES)}")
    if telegram_id and not telegram_id.isdigit():
        raise ValueError("a Telegram id is a number; @userinfobot tells it to whoever asks")
    if email and "@" not in email:
        raise ValueError(f"{email!r} is no e-mail address")

    async def work(tx: AsyncConnection) -> Person:
        person = await coordinators.put(
            tx,
            name=known,
            roles=[cast(Role, role) for role in roles or ("coordinator",)],
            email=email,
            telegram_id=telegram_id,
            now=now,
        )
        await _on_record(tx, "coordinator.added", person.id, now)
        return person

    return await db.write(work)


async def remove(db: Database, name: str, now: float) -> bool:
    """Let somebody in no more; False where nobody has the name."""

    async def work(tx: AsyncConnection) -> bool:
        person = await coordinators.known_as(tx, name)
        if person is None:
            return False
        await coordinators.remove(tx, person.id, now)
        await _on_record(tx, "coordinator.removed", person.id, now)
        return True

    return await db.write(work)


async def link(db: Database, name: str, base_url: str, now: float) -> str | None:
    """A new sign-in link of theirs, to be handed over; None where nobody has the name."""
    token = new_token()

    async def work(tx: AsyncConnection) -> bool:
        person = await coordinators.known_as(tx, name)
        if person is None:
            return False
        await desk_sessions.add_link(
            tx, token, coordinator_id=person.id, now=now, lasts=HANDED_OVER
        )
        await _on_record(tx, "coordinator.link_made", person.id, now)
        return True

    return f"{base_url}/desk/sign-in/{token}" if await db.write(work) else None


async def reset(db: Database, name: str, now: float) -> bool:
    """Forget the second factor of somebody who has lost it, and end their sessions."""

    async def work(tx: AsyncConnection) -> bool:
        person = await coordinators.known_as(tx, name)
        if person is None:
            return False
        await second_factors.forget(tx, person.id)
        await desk_sessions.end_of(tx, person.id)
        await _on_record(tx, "coordinator.reset", person.id, now)
        return True

    return await db.write(work)


async def lines(db: Database, now: float, idle: timedelta) -> list[PersonLine]:
    """Everybody, as the command line shows them."""

    async def read(tx: AsyncConnection) -> list[PersonLine]:
        sessions = await desk_sessions.of_everybody(tx, now, idle)
        return [
            PersonLine(
                name=one.name,
                roles=[role for role in ROLES if role in one.roles],
                email=one.email,
                telegram_id=one.telegram_id,
                second_factor=await second_factors.is_set(tx, one.id),
                signed_in=sum(known.coordinator_id == one.id for known in sessions),
                from_setting=one.source == "setting",
            )
            for one in await coordinators.everybody(tx)
        ]

    return await db.read(read)


async def follow_setting(db: Database, setting: str, now: float) -> None:
    """Let in whom COORDINATORS names, and nobody any more whom it named before.

    Raises ValueError, in words for the operator.
    """
    named = parse(setting)

    async def work(tx: AsyncConnection) -> None:
        before = {one.id: one for one in await coordinators.everybody(tx)}
        await coordinators.follow_setting(tx, named, now)
        after = {one.id: one for one in await coordinators.everybody(tx)}
        for person_id in sorted(before.keys() | after.keys()):
            if before.get(person_id) != after.get(person_id):
                action = "coordinator.set" if person_id in after else "coordinator.unset"
                await _on_record(tx, action, person_id, now)

    await db.write(work)


def to_text(found: Sequence[PersonLine]) -> str:
    """The list for a terminal."""
    if not found:
        return (
            "Nobody works at the desk yet. `second-opinion coordinators add NAME` lets somebody in."
        )
    return "\n".join(
        "  ".join(
            part
            for part in (
                one["name"],
                ",".join(one["roles"]),
                one["email"],
                f"tg:{one['telegram_id']}" if one["telegram_id"] else "",
                "second factor" if one["second_factor"] else "",
                "signed in" if one["signed_in"] else "",
                "(set by COORDINATORS)" if one["from_setting"] else "",
            )
            if part
        )
        for one in found
    )


def to_json(found: Sequence[PersonLine]) -> str:
    """The list for a program."""
    return json.dumps(list(found), indent=2, ensure_ascii=False)


async def _on_record(tx: AsyncConnection, action: str, person_id: str, now: float) -> None:
    await audit.add(tx, case_id="", at=now, actor="operator", action=action, object=person_id)
