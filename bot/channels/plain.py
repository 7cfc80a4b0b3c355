"""The raw form of a message on the channels that are our own: the web chat and the terminal.

It is JSON like a vendor's: what the inbox keeps, and what a turn parses again after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bot.channels.base import Raw
from handlers.updates import Attachment, InboundMessage


class PlainFile(BaseModel):
    """A file that was attached. `ref` is what the channel's `fetch` is called with."""

    model_config = ConfigDict(frozen=True)

    ref: str
    name: str = ""
    media_type: str = ""
    size: int | None = None


class PlainMessage(BaseModel):
    """A message as our own channels write it. `choice` is the wire id of the button pressed."""

    model_config = ConfigDict(frozen=True)

    external_id: str
    address: str
    text: str = ""
    choice: str | None = None
    files: tuple[PlainFile, ...] = ()
    opened: bool = False
    locale_hint: str = ""


def raw_message(
    *,
    external_id: str,
    address: str,
    text: str = "",
    choice: str | None = None,
    files: Iterable[PlainFile] = (),
    opened: bool = False,
    locale_hint: str = "",
) -> dict[str, Any]:
    """The raw form, to be given to the inbox. `external_id` is unique on its channel for ever."""
    message = PlainMessage(
        external_id=external_id,
        address=address,
        text=text,
        choice=choice,
        files=tuple(files),
        opened=opened,
        locale_hint=locale_hint,
    )
    return message.model_dump(mode="json")


def address_of(raw: Raw) -> str:
    """Where the answer goes."""
    return str(raw.get("address", ""))


def parse_plain(
    channel: Literal["web", "terminal"], raw: Raw, received_at: datetime
) -> InboundMessage:
    """The message that was written. Raises pydantic.ValidationError for what we never wrote."""
    message = PlainMessage.model_validate(dict(raw))
    return InboundMessage(
        channel=channel,
        external_id=message.external_id,
        sender=message.address,
        received_at=received_at,
        text=message.text,
        choice_id=message.choice,
        attachments=tuple(
            Attachment(
                fetch_ref=file.ref, filename=file.name, media_type=file.media_type, size=file.size
            )
            for file in message.files
        ),
        locale_hint=message.locale_hint,
        opened=message.opened,
    )
