"""Updates into the store, whether they were asked for or sent to us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bot.channels.base import Raw
from bot.channels.telegram_cards import is_of_a_card, taken_by_button
from bot.channels.telegram_left import has_left, left
from bot.channels.telegram_message import CHANNEL, address_of, external_id, locale_hint
from bot.store import inbox
from bot.store.db import Database
from bot.store.inbox import Arrival


def arrival(raw: Raw, received_at: datetime) -> Arrival:
    """The row of an update that has an address."""
    return Arrival(
        channel=CHANNEL,
        external_id=external_id(raw),
        address=address_of(raw),
        raw=raw,
        received_at=received_at,
        locale_hint=locale_hint(raw),
    )


async def keep(db: Database, batch: Sequence[Raw], *, coordinators: str, at: datetime) -> None:
    """Keep updates, in their order; when this returns Telegram may forget them.

    `coordinators` is the chat of the cards. What is nobody's is not kept.
    """
    said: list[Arrival] = []
    for raw in batch:
        if is_of_a_card(raw):
            await db.write(partial(taken_by_button, raw=raw, chat=coordinators, at=at))
        elif has_left(raw):
            # Who comes back in the same batch must not be taken for gone.
            await _add(db, said)
            about = [f"{CHANNEL}:{address_of(raw)}"]
            await db.write(partial(left, raw=raw, at=at), about=about)
        elif address_of(raw):
            said.append(arrival(raw, at))
    await _add(db, said)


async def _add(db: Database, said: list[Arrival]) -> None:
    if said:
        await inbox.add_many(db, said)
        said.clear()
