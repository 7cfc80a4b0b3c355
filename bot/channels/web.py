"""The web chat as a channel. Its pages are in `bot/web`; they read the message table themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from bot.channels.base import Capabilities, Raw, Rejected, Rendered, Sent
from bot.channels.plain import address_of, parse_plain
from handlers.updates import InboundMessage


class StoredBytes(Protocol):
    """Where an upload lies before it belongs to a case."""

    def open(self, blob_id: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces."""
        ...


class WebChannel:
    """The page asks for what is new, so a message is delivered as soon as it is in the store."""

    name = "web"
    capabilities = Capabilities(shows_author=True, idempotent=True, pictures="all")

    def __init__(self, uploads: StoredBytes) -> None:
        """Take the store that the page's uploads were streamed into."""
        self._uploads = uploads

    def address(self, raw: Raw) -> str:
        """The chat's address."""
        return address_of(raw)

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage:
        """What was said in the page."""
        return parse_plain("web", raw, received_at)

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        """Nothing is left to do: the page reads the message table."""
        return Sent()

    async def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        """The bytes of an upload, `blob:` and its id. Raises Rejected where it has gone."""
        try:
            async for piece in self._uploads.open(fetch_ref.removeprefix("blob:")):
                yield piece
        except FileNotFoundError:
            raise Rejected("gone") from None

    async def unsay(self, address: str, external_id: str) -> None:
        """Nothing is left to do: the page shows what the message table holds."""

    async def close(self) -> None:
        """Nothing is held."""
