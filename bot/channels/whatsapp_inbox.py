"""Into the inbox: one message on WhatsApp, whether its webhook or the list has told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import whatsapp_message
from bot.store import contacts, deliveries, inbox
from bot.store.db import Database


class StoredContacts:
    """The contacts in the store."""

    def __init__(self, db: Database) -> None:
        """Take the database."""
        self._db = db

    async def reach(self, contact_id: str) -> str:
        """Where an answer to this contact goes; "" where nobody knows."""
        return await self._db.read(lambda tx: contacts.reach_of(tx, contact_id))

    async def was_sent(self, external_id: str) -> bool:
        """Whether a message of ours is known to have this id of Twilio's."""
        channel = whatsapp_message.CHANNEL
        return await self._db.read(lambda tx: deliveries.is_sent(tx, channel, external_id))


async def take(tx: AsyncConnection, form: Mapping[str, str], at: datetime) -> inbox.InboxId | None:
    """Keep a message; None for one that is kept already, which changes nothing, and for none at all."""
    channel = whatsapp_message.CHANNEL
    own, reach = whatsapp_message.external_id(form), whatsapp_message.reach_of(form)
    if not own or not reach or await inbox.is_known(tx, channel, own):
        return None
    contact = await contacts.recognise(
        tx, channel=channel, reach=reach, name=whatsapp_message.name_of(form), at=at
    )
    arrival = inbox.Arrival(
        channel=channel,
        external_id=own,
        address=contact,
        raw=whatsapp_message.raw_message(contact, form),
        received_at=at,
    )
    return await inbox.add_in(tx, arrival)
