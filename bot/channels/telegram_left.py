"""A patient blocks the assistant: Telegram says so at once, before anything could not be sent.

https://core.telegram.org/bots/api#chatmemberupdated
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Raw
from bot.channels.telegram_message import CHANNEL, address_of, external_id
from bot.store import inbox, reach
from handlers.updates import ChatBlocked

# In a private chat: the bot was blocked. Unblocked, it is a `member` again.
_GONE = ("kicked", "left")


def has_left(raw: Raw) -> bool:
    """Whether the patient has blocked the assistant in a private chat."""
    return bool(address_of(raw)) and _status(raw) in _GONE


async def left(tx: AsyncConnection, raw: Raw, at: datetime) -> None:
    """Mark the chat as blocked and tell the conversation, once for each such update.

    Somebody who never wrote has no chat, and nothing to be told of.
    """
    chat = await reach.chat_at(tx, CHANNEL, address_of(raw))
    if chat is None:
        return
    key = f"left:{external_id(raw)}"
    update = ChatBlocked(channel=CHANNEL)
    added = await inbox.add_update(
        tx, case_id=chat.case_id, session_id=chat.id, key=key, update=update, at=at
    )
    # Delivered again it says nothing new, and the patient may have come back since.
    if added is not None:
        await reach.blocked(tx, chat.id)


def _status(raw: Raw) -> object:
    changed = _mapping(raw.get("my_chat_member"))
    return _mapping(changed.get("new_chat_member")).get("status")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
