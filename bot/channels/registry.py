"""The channels there are. A new one is a module of its own and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.terminal import TerminalChannel
from bot.channels.web import StoredBytes, WebChannel

if TYPE_CHECKING:
    from bot.channels.twilio_account import Account, Contacts

#: The names of all channels, in the order in which they are shown.
NAMES = ("web", "telegram", "whatsapp", "terminal")


def open_channels(
    *,
    uploads: StoredBytes,
    telegram_token: str = "",
    telegram_api_url: str = "",
    whatsapp: Account | None = None,
    contacts: Contacts | None = None,
    telegram_local_files: Path | None = None,
) -> Mapping[str, Channel]:
    """The channels that are set up, by name.

    `uploads` is where the web page's files lie, `contacts` who is reached where on WhatsApp.
    """
    channels: list[Channel] = [WebChannel(uploads), TerminalChannel()]
    if telegram_token:
        channels.append(
            TelegramChannel(telegram_token, telegram_api_url, local_files=telegram_local_files)
        )
    if whatsapp is not None and contacts is not None:
        # Nobody else pays for Twilio's library.
        from bot.channels.whatsapp import WhatsAppChannel

        channels.append(WhatsAppChannel(whatsapp, contacts))
    return MappingProxyType({channel.name: channel for channel in channels})
