"""Who is signed in at the desk, and by what they came in. Of links and cookies only hashes are stored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.coordinators import Role, roles_of
from bot.store.db import Row
from bot.store.schema import coordinator, desk_session, oidc_login, sign_in
from bot.tokens import new_token, token_hash

#: How somebody came in: by the operator's link, by a link of their own, by an organisation's provider.
Way = Literal["operator", "link", "oidc"]

#: Until the second factor is given. It takes a phone out of a pocket.
HALF_LASTS = timedelta(minutes=10)
#: Wrong codes until the session is taken away, and a new link is needed.
MOST_TRIES = 5
#: More often than that nobody has to know when somebody was here last.
_SEEN_EVERY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSession:
    """Somebody who is signed in. `coordinator_id` is "" for who came by the operator's link."""

    id: str
    coordinator_id: str
    name: str
    roles: frozenset[Role]
    whole: bool
    way: Way
    agent: str
    started_at: datetime
    seen_at: datetime
    listed_at: datetime | None


# ---- links -------------------------------------------------------------------------------------


async def add_link(
    tx: AsyncConnection, token: str, *, coordinator_id: str, now: float, lasts: timedelta
) -> None:
    """Make a link that works once."""
    await tx.execute(sa.delete(sign_in).where(sign_in.c.expires_at < now))
    values = {
        "token_hash": token_hash(token),
        "coordinator_id": coordinator_id,
        "expires_at": now + lasts.total_seconds(),
    }
    await tx.execute(sa.insert(sign_in).values(**values))


async def open_links(tx: AsyncConnection, coordinator_id: str, now: float) -> int:
    """How many links of theirs wait to be used."""
    query = sa.select(sa.func.count()).where(
        sign_in.c.coordinator_id == coordinator_id,
        sign_in.c.expires_at > now,
        sign_in.c.used_at.is_(None),
    )
    return int((await tx.execute(query)).scalar_one())


async def whose_link(tx: AsyncConnection, token: str, now: float) -> tuple[str, str] | None:
    """Whose a link is that can be used: their id and name, both "" for the operator's; else None."""
    query = (
        sa.select(sign_in.c.coordinator_id, coordinator.c.name)
        .outerjoin(coordinator, coordinator.c.id == sign_in.c.coordinator_id)
        .where(
            *_usable(token, now),
            sa.or_(
                sign_in.c.coordinator_id == "",
                sa.and_(coordinator.c.id.is_not(None), coordinator.c.removed_at.is_(None)),
            ),
        )
    )
    row = (await tx.execute(query)).first()
    return None if row is None else (row.coordinator_id, row.name or "")


async def use_link(tx: AsyncConnection, token: str, now: float) -> bool:
    """Use a link up; False where it can't be used any more."""
    used = sa.update(sign_in).where(*_usable(token, now)).values(used_at=now)
    return (await tx.execute(used)).rowcount == 1


def _usable(token: str, now: float) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sign_in.c.token_hash == token_hash(token),
        sign_in.c.expires_at > now,
        sign_in.c.used_at.is_(None),
    )


# ---- sessions ----------------------------------------------------------------------------------


async def open_session(
    tx: AsyncConnection,
    *,
    coordinator_id: str,
    name: str,
    way: Way,
    agent: str,
    whole: bool,
    now: float,
    lasts: timedelta,
) -> str:
    """Begin a session; the token of its cookie."""
    token = new_token()
    await tx.execute(sa.delete(desk_session).where(desk_session.c.expires_at < now))
    values = {
        "token_hash": token_hash(token),
        "id": secrets.token_hex(8),
        "coordinator_id": coordinator_id,
        "name": name,
        "state": "whole" if whole else "half",
        "way": way,
        "agent": agent,
        "started_at": now,
        "seen_at": now,
        "expires_at": now + (lasts if whole else HALF_LASTS).total_seconds(),
    }
    await tx.execute(sa.insert(desk_session).values(**values))
    return token


async def by_token(
    tx: AsyncConnection, token: str, now: float, idle: timedelta
) -> DeskSession | None:
    """The session of a cookie, while it lasts and its owner may come in."""
    query = _open(now, idle).where(desk_session.c.token_hash == token_hash(token))
    row = (await tx.execute(query)).first()
    return None if row is None else _session(row)


async def by_id(tx: AsyncConnection, session_id: str, now: float) -> DeskSession | None:
    """A whole session by its id, also one in which nothing has been done for long."""
    query = _open(now, timedelta.max).where(
        desk_session.c.id == session_id, desk_session.c.state == "whole"
    )
    row = (await tx.execute(query)).first()
    return None if row is None else _session(row)


async def of_everybody(tx: AsyncConnection, now: float, idle: timedelta) -> list[DeskSession]:
    """All whole sessions that last, the last seen first."""
    query = _open(now, idle).where(desk_session.c.state == "whole")
    rows: Sequence[Row] = (await tx.execute(query.order_by(desk_session.c.seen_at.desc()))).all()
    return [_session(row) for row in rows]


def _open(now: float, idle: timedelta) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            desk_session,
            coordinator.c.roles.label("roles"),
            coordinator.c.name.label("known_as"),
        )
        .outerjoin(coordinator, coordinator.c.id == desk_session.c.coordinator_id)
        .where(
            desk_session.c.expires_at > now,
            desk_session.c.seen_at > now - idle.total_seconds(),
            # Who was removed, or has no role any more, is out at once.
            sa.or_(
                desk_session.c.coordinator_id == "",
                sa.and_(coordinator.c.id.is_not(None), coordinator.c.removed_at.is_(None)),
            ),
        )
    )


def _session(row: Row) -> DeskSession:
    operator = not row.coordinator_id
    return DeskSession(
        id=row.id,
        coordinator_id=row.coordinator_id,
        name=row.name if operator else row.known_as,
        roles=frozenset({"lead"}) if operator else roles_of(row.roles),
        whole=row.state == "whole",
        way=row.way,
        agent=row.agent,
        started_at=codec.moment(row.started_at),
        seen_at=codec.moment(row.seen_at),
        listed_at=None if row.listed_at is None else codec.moment(row.listed_at),
    )


def is_to_be_seen(session: DeskSession, now: float) -> bool:
    """Whether it is long enough ago that somebody was seen, to write it down again."""
    return now - codec.seconds(session.seen_at) >= _SEEN_EVERY


async def seen(tx: AsyncConnection, session_id: str, now: float) -> None:
    """Somebody has done something: the session isn't idle."""
    mine = sa.update(desk_session).where(desk_session.c.id == session_id)
    await tx.execute(mine.values(seen_at=now))


async def listed(tx: AsyncConnection, session_id: str, now: float) -> None:
    """It was put on record that they look at the list."""
    mine = sa.update(desk_session).where(desk_session.c.id == session_id)
    await tx.execute(mine.values(listed_at=now))


async def make_whole(
    tx: AsyncConnection, session_id: str, now: float, lasts: timedelta
) -> str | None:
    """The second factor was given: the session under a new token, for the old one was worth less."""
    token = new_token()
    mine = sa.update(desk_session).where(
        desk_session.c.id == session_id, desk_session.c.state == "half"
    )
    values = {
        "token_hash": token_hash(token),
        "state": "whole",
        "seen_at": now,
        "expires_at": now + lasts.total_seconds(),
    }
    return token if (await tx.execute(mine.values(**values))).rowcount == 1 else None


async def wrong_code(tx: AsyncConnection, session_id: str) -> None:
    """Count a wrong code; the session is gone with the last one."""
    mine = desk_session.c.id == session_id
    more = desk_session.c.tries + 1
    await tx.execute(sa.update(desk_session).where(mine).values(tries=more))
    await tx.execute(sa.delete(desk_session).where(mine, desk_session.c.tries >= MOST_TRIES))


async def end(tx: AsyncConnection, session_id: str) -> bool:
    """End a session; False where there was none."""
    gone = sa.delete(desk_session).where(desk_session.c.id == session_id)
    return (await tx.execute(gone)).rowcount == 1


async def end_of(tx: AsyncConnection, coordinator_id: str, *, but: str = "") -> int:
    """End the sessions of a coordinator, but for one; how many."""
    gone = sa.delete(desk_session).where(
        desk_session.c.coordinator_id == coordinator_id, desk_session.c.id != but
    )
    return (await tx.execute(gone)).rowcount


# ---- at an organisation's provider -------------------------------------------------------------


async def add_login(
    tx: AsyncConnection, state: str, *, nonce: str, verifier: str, now: float, lasts: timedelta
) -> None:
    """Somebody was sent to the provider; `state` comes back with them."""
    await tx.execute(sa.delete(oidc_login).where(oidc_login.c.expires_at < now))
    values = {
        "state_hash": token_hash(state),
        "nonce": nonce,
        "verifier": verifier,
        "expires_at": now + lasts.total_seconds(),
    }
    await tx.execute(sa.insert(oidc_login).values(**values))


async def use_login(tx: AsyncConnection, state: str, now: float) -> tuple[str, str] | None:
    """The nonce and the verifier of who comes back, once."""
    mine = sa.delete(oidc_login).where(
        oidc_login.c.state_hash == token_hash(state), oidc_login.c.expires_at > now
    )
    row = (await tx.execute(mine.returning(oidc_login.c.nonce, oidc_login.c.verifier))).first()
    return None if row is None else (row.nonce, row.verifier)
