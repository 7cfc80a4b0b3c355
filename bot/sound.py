"""A message whose parts are what they are said to be, before anything of it is kept.

A vendor's library takes JSON as it comes: a file's name may be a number. Kept in a session, it would be
read by nobody any more, and the chat would be dead.
"""

from __future__ import annotations

from bot.store import codec
from handlers.updates import InboundMessage


def sound(said: InboundMessage) -> InboundMessage:
    """The message itself; or, where it could not be read again, that it can't be read."""
    try:
        codec.load(InboundMessage, codec.dump(said))
    except Exception:  # Whatever the serializer says to what is of no kind that it knows.
        return InboundMessage(
            channel=said.channel,
            external_id=said.external_id,
            sender=said.sender,
            received_at=said.received_at,
            unsupported="unreadable",
        )
    return said
