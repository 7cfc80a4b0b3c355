"""Links: private ways to send files to one case, and the browsers that came by them.

Of a token and a code only the SHA-256 is stored here. A token has all its entropy, so the hash needs
no salt, and looking it up tells nothing by its time. The message that handed a link out keeps its
address, for the patient finds it again in the chat: who reads the messages can open it while it works.
The desk doesn't show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, codec
from bot.store.db import Row
from bot.store.schema import link, link_code, link_visit, upload
from bot.store.sealed import sealed
from handlers.effects import LinkPurpose

#: Codes of one link that work at a time, and the seconds for which one that was used works on.
_MOST_CODES = 5
_USED_LASTS = 30.0
#: Copies of a case that can be taken at a time: each is as large as all its files.
_MOST_COPIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that may be used. `name` says who sends by it, "" for the patient."""

    id: str
    case_id: str
    session_id: str
    name: str
    item: str | None
    expires_at: datetime
    purpose: LinkPurpose = "upload"


async def add(
    tx: AsyncConnection,
    *,
    link_id: str,
    token_hash: str,
    case_id: str,
    session_id: str,
    name: str,
    item: str | None,
    now: float,
    expires_at: float,
    purpose: LinkPurpose = "upload",
) -> None:
    """Make a link. What is sent by it is told to the chat `session_id`."""
    values = {
        "id": link_id,
        "case_id": case_id,
        "session_id": session_id,
        "token_hash": token_hash,
        "name": sealed(case_id, name),
        "item": item,
        "made_at": now,
        "expires_at": expires_at,
        "purpose": purpose,
    }
    await tx.execute(sa.insert(link), values)
    if purpose == "copy":
        await _end_earlier_copies(tx, case_id, now)


async def _end_earlier_copies(tx: AsyncConnection, case_id: str, now: float) -> None:
    """End all but the newest copies: who asks again and again fills no disk."""
    copies = (
        link.c.case_id == case_id, link.c.purpose == "copy", link.c.revoked_at.is_(None)
    )  # fmt: skip
    newest = sa.select(link.c.id).where(*copies).order_by(link.c.made_at.desc(), link.c.id)
    kept = newest.limit(_MOST_COPIES).scalar_subquery()
    await tx.execute(sa.update(link).where(*copies, link.c.id.not_in(kept)).values(revoked_at=now))


async def by_token(
    tx: AsyncConnection, token_hash: str, now: float, purpose: LinkPurpose = "upload"
) -> Link | None:
    """The link of a token, while it may be used; one for something else is none."""
    return await _usable(tx, link.c.token_hash == token_hash, now, purpose)


async def by_visit(
    tx: AsyncConnection, cookie_hash: str, now: float, purpose: LinkPurpose = "upload"
) -> Link | None:
    """The link by which a browser came, while both may be used."""
    came = sa.select(link_visit.c.link_id).where(
        link_visit.c.token_hash == cookie_hash, link_visit.c.expires_at > now
    )
    return await _usable(tx, link.c.id.in_(came), now, purpose)


async def visit(tx: AsyncConnection, found: Link, cookie_hash: str, now: float) -> None:
    """A browser has opened the link, and is known by this cookie until the link ends. It is on record."""
    ends = codec.seconds(found.expires_at)
    await tx.execute(
        sa.insert(link_visit),
        {"token_hash": cookie_hash, "link_id": found.id, "expires_at": ends},
    )
    opened = {"actor": "link", "action": "link.opened", "object": found.id}
    await audit.add(tx, case_id=found.case_id, at=now, **opened)


async def add_code(tx: AsyncConnection, link_id: str, code_hash: str, expires_at: float) -> None:
    """A short code that opens the link once.

    The newest earlier ones stay: of a button that was pressed twice the page that is shown may be
    either's, and two people may have one link.
    """
    mine = link_code.c.link_id == link_id
    newest = sa.select(link_code.c.code_hash).where(mine).order_by(link_code.c.expires_at.desc())
    kept = newest.limit(_MOST_CODES - 1).scalar_subquery()
    await tx.execute(sa.delete(link_code).where(mine, link_code.c.code_hash.not_in(kept)))
    values = {"code_hash": code_hash, "link_id": link_id, "expires_at": expires_at}
    await tx.execute(sa.insert(link_code), values)


async def use_code(tx: AsyncConnection, code_hash: str, now: float) -> Link | None:
    """The link of a short code, which is used up by this.

    For a moment it works once more: of two presses a browser keeps the second one's answer, and on a
    bad line sends a request again whose answer was lost.
    """
    mine = (link_code.c.code_hash == code_hash, link_code.c.expires_at > now)
    soon = sa.case(
        (link_code.c.expires_at > now + _USED_LASTS, now + _USED_LASTS),
        else_=link_code.c.expires_at,
    )
    used = sa.update(link_code).where(*mine).values(expires_at=soon)
    link_id = (await tx.execute(used.returning(link_code.c.link_id))).scalar()
    return None if link_id is None else await _usable(tx, link.c.id == link_id, now, "upload")


async def renew(tx: AsyncConnection, link_id: str, token_hash: str) -> None:
    """Open a link by another token, and by the one that it had no more."""
    mine = sa.update(link).where(link.c.id == link_id)
    await tx.execute(mine.values(token_hash=token_hash))


async def find(tx: AsyncConnection, link_id: str) -> Link | None:
    """A link by its id, also one that has ended."""
    row = (await tx.execute(sa.select(link).where(link.c.id == link_id))).first()
    return None if row is None else _link(row)


async def lasts(tx: AsyncConnection, link_id: str, now: float) -> bool:
    """Whether a link, whatever it is for, has not ended."""
    query = sa.select(link.c.id).where(
        link.c.id == link_id, link.c.expires_at > now, link.c.revoked_at.is_(None)
    )
    return (await tx.execute(query)).first() is not None


async def revoke(tx: AsyncConnection, case_id: str, link_id: str, now: float) -> None:
    """End a link of the case, for those too who have opened it."""
    mine = sa.update(link).where(
        link.c.id == link_id, link.c.case_id == case_id, link.c.revoked_at.is_(None)
    )
    await tx.execute(mine.values(revoked_at=now))


async def scrub(tx: AsyncConnection, case_id: str) -> list[str]:
    """Forget the links of a case; the ids of the blobs to which they led, which are yet to be deleted."""
    copies = sa.select(link.c.item).where(link.c.case_id == case_id, link.c.purpose == "copy")
    blobs = [blob_id for blob_id in (await tx.execute(copies)).scalars() if blob_id]
    mine = sa.select(link.c.id).where(link.c.case_id == case_id)
    for table in (link_visit, link_code):
        await tx.execute(sa.delete(table).where(table.c.link_id.in_(mine)))
    await tx.execute(sa.delete(link).where(link.c.case_id == case_id))
    return blobs


async def forget_ended(tx: AsyncConnection, before: float) -> None:
    """Forget the links that had ended by then, and the browsers and codes of all that have."""
    for table in (link_visit, link_code):
        await tx.execute(sa.delete(table).where(table.c.expires_at < before))
    # Whoever sent what is yet to be told of must be known until then.
    untold = sa.select(upload.c.link_id).where(upload.c.state != "told")
    await tx.execute(sa.delete(link).where(link.c.expires_at < before, link.c.id.not_in(untold)))


async def of_case(tx: AsyncConnection, case_id: str, now: float) -> list[Link]:
    """The links of a case by which files may be sent now, the oldest first."""
    query = sa.select(link).where(
        link.c.case_id == case_id,
        link.c.purpose == "upload",
        link.c.expires_at > now,
        link.c.revoked_at.is_(None),
    )
    return [_link(row) for row in await tx.execute(query.order_by(link.c.made_at))]


async def _usable(
    tx: AsyncConnection, which: sa.ColumnElement[bool], now: float, purpose: LinkPurpose
) -> Link | None:
    query = sa.select(link).where(
        which,
        link.c.purpose == purpose,
        link.c.expires_at > now,
        link.c.revoked_at.is_(None),
    )
    row = (await tx.execute(query)).first()
    return None if row is None else _link(row)


def _link(row: Row) -> Link:
    return Link(
        id=row.id,
        case_id=row.case_id,
        session_id=row.session_id,
        name=row.name,
        item=row.item,
        expires_at=codec.moment(row.expires_at),
        purpose=row.purpose,
    )
