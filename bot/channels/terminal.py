"""The terminal as a channel: the same conversation, for trying things out and for scripts.

Its loop, in `terminal_chat`, reads the message table, as the web page does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from bot.channels.base import Capabilities, Raw, Rejected, Rendered, Sent
from bot.channels.plain import address_of, parse_plain
from handlers.updates import InboundMessage

_PIECE = 1024 * 1024


class TerminalChannel:
    """The chat of whoever runs the program. Attachments are paths on this machine."""

    name = "terminal"
    capabilities = Capabilities(idempotent=True, pictures="all")

    def address(self, raw: Raw) -> str:
        """The chat's address."""
        return address_of(raw)

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage:
        """What was typed."""
        return parse_plain("terminal", raw, received_at)

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        """Nothing is left to do: the loop reads the message table."""
        return Sent()

    async def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file; `fetch_ref` is its path. Raises Rejected where it has gone."""
        try:
            file = await asyncio.to_thread(Path(fetch_ref).open, "rb")
        except OSError:
            raise Rejected("gone") from None
        try:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
        finally:
            file.close()

    async def unsay(self, address: str, external_id: str) -> None:
        """Nothing can be done: what was typed on a screen stays there."""

    async def close(self) -> None:
        """Nothing is held."""
