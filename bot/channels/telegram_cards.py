"""The buttons of the coordinators' cards: who presses "take" takes the case.

They are pressed in the coordinators' chat, whose members are coordinators; anywhere else they do nothing.
Whoever the desk knows by their Telegram number takes it under their name there, if their role allows it.
https://core.telegram.org/bots/api#callbackquery
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Raw
from bot.store import coordinators, inbox
from checklist.marks import mark
from handlers.updates import CoordinatorActed

#: What the button carries before the case's number.
TAKE: Final = "card:take:"
_MAX_NAME: Final = 80


def is_of_a_card(raw: Raw) -> bool:
    """Whether a card's button was pressed: no patient ever sees one."""
    data = _mapping(raw.get("callback_query")).get("data")
    return isinstance(data, str) and data.startswith("card:")


async def taken_by_button(tx: AsyncConnection, raw: Raw, *, chat: str, at: datetime) -> bool:
    """Have the case taken by who pressed; False where they may not, or not there."""
    query = _mapping(raw.get("callback_query"))
    data, key = str(query.get("data", "")), str(query.get("id", ""))
    here = _mapping(_mapping(query.get("message")).get("chat")).get("id")
    who = _mapping(query.get("from"))
    parts = (str(who.get(part, "")).strip() for part in ("first_name", "last_name"))
    name = " ".join(part for part in parts if part)[:_MAX_NAME]
    if not chat or str(here) != chat or not data.startswith(TAKE) or not name or not key:
        return False
    person = await coordinators.by_telegram(tx, str(who.get("id", "")))
    if person is not None:
        if not person.works:
            return False
        name = person.name
    # Who pressed second sees on the card who was first.
    acted = CoordinatorActed(action="take", coordinator=name, seen=mark(""), key=f"card:{key}")
    case_id = data.removeprefix(TAKE)
    await inbox.add_update(tx, case_id=case_id, key=f"card:{key}", update=acted, at=at)
    return True


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
