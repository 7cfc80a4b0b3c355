"""Contacts: who writes on a channel whose vendor changes, or keeps to itself, how people are reached.

WhatsApp tells of a person by a phone number, by an id of its own making, or by both. A number is
given up and handed to somebody else; the id changes with the number; either may be missing. So
neither is a key: a contact has an id of ours, and the two are what is known of it.
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.db import Row
from bot.store.keyring import look_up
from bot.store.schema import contact
from bot.store.sealed import HOUSE, sealed


async def recognise(
    tx: AsyncConnection, *, channel: str, reach: str, name: str, at: datetime
) -> str:
    """The id of the contact who wrote, a new one where nobody fits.

    `reach` is where an answer goes; `name` is the vendor's own id of the person, "" where it gave
    none. A name is worth more than a number: with another name, the same number is somebody else.
    """
    found = await _named(tx, channel, name) if name else await _at(tx, channel, reach)
    if found is None and name:
        found = await _at(tx, channel, reach, unnamed=True)
    contact_id = found.id if found is not None else secrets.token_hex(16)
    values = {**_reached(channel, reach), "seen_at": codec.seconds(at)}
    if name:
        values |= {"name": sealed(HOUSE, name), "name_hash": look_up(channel, name)}
    if found is None:
        await tx.execute(sa.insert(contact).values(id=contact_id, channel=channel, **values))
    else:
        await tx.execute(sa.update(contact).where(contact.c.id == contact_id).values(values))
    await _part(tx, channel, reach, contact_id)
    return contact_id


async def reach_of(tx: AsyncConnection, contact_id: str) -> str:
    """Where an answer to this contact goes, "" where there is no such contact."""
    query = sa.select(contact.c.reach).where(contact.c.id == contact_id)
    return (await tx.execute(query)).scalar() or ""


async def _named(tx: AsyncConnection, channel: str, name: str) -> Row | None:
    known = contact.c.name_hash == look_up(channel, name)
    query = sa.select(contact).where(contact.c.channel == channel, known)
    return (await tx.execute(query)).first()


async def _at(
    tx: AsyncConnection, channel: str, reach: str, *, unnamed: bool = False
) -> Row | None:
    here = contact.c.reach_hash == look_up(channel, reach)
    query = sa.select(contact).where(contact.c.channel == channel, here)
    if unnamed:
        query = query.where(contact.c.name == "")
    return (await tx.execute(query.order_by(contact.c.seen_at.desc()).limit(1))).first()


async def _part(tx: AsyncConnection, channel: str, reach: str, contact_id: str) -> None:
    """Who had this number before isn't reached by it any more: it would tell a stranger of a case."""
    here = (contact.c.channel == channel, contact.c.reach_hash == look_up(channel, reach))
    others = sa.select(contact.c.id, contact.c.name).where(*here, contact.c.id != contact_id)
    for row in (await tx.execute(others)).all():
        mine = sa.update(contact).where(contact.c.id == row.id)
        await tx.execute(mine.values(_reached(channel, row.name)))


def _reached(channel: str, reach: str) -> dict[str, Any]:
    found = look_up(channel, reach) if reach else ""
    return {"reach": sealed(HOUSE, reach), "reach_hash": found}
