"""Contacts: who writes on a channel whose vendor changes, or keeps to itself, how people are reached.

WhatsApp tells of a person by a phone number, by an id of its own making, or by both. A number is
given up and handed to somebody else; the id changes with the number; either may be missing. So
neither is a key: a contact has an id of ours, and the two are what is known of it. They are sealed with a
key of the contact's own, since a contact is there before a case, and stays when its case is erased.
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import case_keys, codec
from bot.store.codec import BROKEN
from bot.store.db import Row
from bot.store.keyring import look_up
from bot.store.own_keys import of_contact
from bot.store.schema import contact, session
from bot.store.sealed import maybe_broken, readable, sealed

#: No number has fewer digits, nor a name of a vendor's fewer letters.
_SHORTEST = 6


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
    if found is None:
        # Not when it is missed: a transaction that is begun again finds another id.
        await case_keys.make(tx, of_contact(contact_id))
    values = {**_reached(channel, contact_id, reach), "seen_at": codec.seconds(at)}
    # One that is known is written again, too: an older version has sealed it with another key.
    known = name or (found.name if found is not None else "")
    if known not in ("", BROKEN):
        values |= {
            "name": sealed(of_contact(contact_id), known),
            "name_hash": look_up(channel, known),
        }
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


async def in_case(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The contacts whose chats are in a case, locked: id, name, reach; `BROKEN` for what is damaged."""
    chats = await tx.execute(sa.select(session.c.address).where(session.c.case_id == case_id))
    theirs = contact.c.id.in_(chats.scalars().all())
    names = (maybe_broken(contact.c.name), maybe_broken(contact.c.reach))
    query = sa.select(contact.c.id, *names).where(theirs)
    # Locked before their keys, as whoever writes to one does.
    return (await tx.execute(query.order_by(contact.c.id).with_for_update())).all()


async def names_in_case(tx: AsyncConnection, case_id: str) -> list[str]:
    """By what the people of a case are known to vendors: numbers, bare ones too, and other names."""
    said = (word for row in await in_case(tx, case_id) for word in (row.name, row.reach))
    bare = (word.rpartition(":")[2].removeprefix("+") for word in said)
    # A shorter one is nobody's, and stands in everything.
    return [word for word in bare if len(word) >= _SHORTEST]


async def seal_again(tx: AsyncConnection, case_id: str) -> None:
    """Seal the contacts of a case with new keys, and destroy those of before.

    Their chats go on; how these people were reached until now is gone from every backup.
    """
    for row in await in_case(tx, case_id):
        owner = of_contact(row.id)
        await case_keys.lock_earlier(tx, owner)
        await case_keys.make(tx, owner)
        known = {"name": row.name, "reach": row.reach}
        again = {name: sealed(owner, words) for name, words in known.items() if words != BROKEN}
        if again:
            await tx.execute(sa.update(contact).where(contact.c.id == row.id).values(**again))
        await case_keys.destroy_earlier(tx, owner)


async def forget(tx: AsyncConnection, contact_id: str) -> None:
    """Forget a contact, and destroy its key. Does nothing where there is none."""
    await tx.execute(sa.delete(contact).where(contact.c.id == contact_id))
    await case_keys.destroy(tx, [of_contact(contact_id)])


async def _named(tx: AsyncConnection, channel: str, name: str) -> Row | None:
    known = contact.c.name_hash == look_up(channel, name)
    query = sa.select(*readable(contact)).where(contact.c.channel == channel, known)
    return (await tx.execute(query)).first()


async def _at(
    tx: AsyncConnection, channel: str, reach: str, *, unnamed: bool = False
) -> Row | None:
    here = contact.c.reach_hash == look_up(channel, reach)
    query = sa.select(*readable(contact)).where(contact.c.channel == channel, here)
    if unnamed:
        query = query.where(contact.c.name == "")
    return (await tx.execute(query.order_by(contact.c.seen_at.desc()).limit(1))).first()


async def _part(tx: AsyncConnection, channel: str, reach: str, contact_id: str) -> None:
    """Who had this number before isn't reached by it any more: it would tell a stranger of a case."""
    here = (contact.c.channel == channel, contact.c.reach_hash == look_up(channel, reach))
    theirs = sa.select(contact.c.id, maybe_broken(contact.c.name))
    others = theirs.where(*here, contact.c.id != contact_id)
    for row in (await tx.execute(others)).all():
        mine = sa.update(contact).where(contact.c.id == row.id)
        name = "" if row.name == BROKEN else row.name
        await tx.execute(mine.values(_reached(channel, row.id, name)))


def _reached(channel: str, contact_id: str, reach: str) -> dict[str, Any]:
    found = look_up(channel, reach) if reach else ""
    return {"reach": sealed(of_contact(contact_id), reach), "reach_hash": found}
