"""An update as the inbox keeps it, whether it was asked for or sent to us."""

from __future__ import annotations

from datetime import datetime

from bot.channels.base import Raw
from bot.channels.telegram_message import CHANNEL, address_of, external_id, locale_hint
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
