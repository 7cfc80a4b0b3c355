"""Contacts: who writes on a channel whose vendor changes, or keeps to itself, how people are reached.

WhatsApp tells of a person by a phone number, by an id of its own making, or by both. A number is
given up and handed to somebody else; the id changes with the number; either may be missing. So
neither is a key: a contact has an id of ours, and the two are what is known of it.
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/
"""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.db import Row
from bot.store.schema import contact


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
    values = {"reach": reach, "seen_at": codec.seconds(at)} | ({"name": name} if name else {})
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
    query = sa.select(contact).where(contact.c.channel == channel, contact.c.name == name)
    return (await tx.execute(query)).first()


async def _at(
    tx: AsyncConnection, channel: str, reach: str, *, unnamed: bool = False
) -> Row | None:
    query = sa.select(contact).where(contact.c.channel == channel, contact.c.reach == reach)
    if unnamed:
        query = query.where(contact.c.name == "")
    return (await tx.execute(query.order_by(contact.c.seen_at.desc()).limit(1))).first()


async def _part(tx: AsyncConnection, channel: str, reach: str, contact_id: str) -> None:
    """Who had this number before isn't reached by it any more: it would tell a stranger of a case."""
    others = sa.update(contact).where(
        contact.c.channel == channel, contact.c.reach == reach, contact.c.id != contact_id
    )
    await tx.execute(others.values(reach=contact.c.name))
