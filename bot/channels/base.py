"""Channel: what the shell asks of Telegram, the web chat, the terminal and those to come.

A channel translates and carries, and decides nothing. It never sees a case.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from bot.render import WIRE_BYTES, Rendered
from handlers.updates import InboundMessage

__all__ = [
    "WIRE_BYTES",
    "Blocked",
    "Capabilities",
    "Channel",
    "ChannelError",
    "Knocks",
    "LaysFiles",
    "Named",
    "Raw",
    "Rejected",
    "Releases",
    "Rendered",
    "Retry",
    "Sent",
    "ShowsPictures",
    "Unknown",
]

#: A channel's own form of what arrived, JSON as it came, which is what the inbox keeps.
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can carry. None means that it sets no limit.

    `max_text` and `max_label` count UTF-16 code units, which is never fewer than what a vendor
    counts; `max_file` is in bytes and is for what patients send. With `shows_author` the channel
    itself shows who wrote a message. With `idempotent` a message may be sent again without harm:
    the patient reads it where it already stands, in the message table. `pictures` says which it
    shows: none, contact sheets of studies only, or first pages of documents too, which bear all that
    is written on them and so are only for a channel that is ours from end to end. `window` is how long
    after a patient's last message free words may be sent, None for always; a vendor that has one also
    reports what becomes of each message. `health` says whether health details may be written here.
    """

    max_text: int | None = None
    max_buttons: int | None = None
    max_label: int | None = None
    max_items: int = 0
    max_item: int | None = None
    max_question: int | None = None
    max_file: int | None = None
    shows_author: bool = False
    idempotent: bool = False
    pictures: Literal["none", "studies", "all"] = "none"
    window: timedelta | None = None
    health: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message was taken over by the channel, which knows it by `external_id` ("" for none)."""

    external_id: str = ""


class ChannelError(Exception):
    """What came of a message, or of a file that was asked for, when it went wrong.

    `reason` is a short code or the vendor's own words; never a patient's words, and no token.
    """

    def __init__(self, reason: str = "") -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Retry(ChannelError):
    """Not done, and it may be tried again, after `after` seconds at the earliest."""

    def __init__(self, reason: str = "", *, after: float = 0.0) -> None:
        """Keep the reason and the pause."""
        super().__init__(reason)
        self.after = after


class Blocked(ChannelError):
    """Not done: the patient has blocked the assistant or left. Nothing will get through."""


class Rejected(ChannelError):
    """Not done, and it never will be as it is.

    The reasons of a file that cannot be fetched are `too_large` and `gone`; `outside_window` means
    that free words may not be sent until the patient writes again.
    """


class Unknown(ChannelError):
    """It left, and no answer came: it may have arrived."""


class Channel(Protocol):
    """One way to reach patients."""

    @property
    def name(self) -> str:
        """The channel's name in the store, the logs and the registry."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can carry."""
        ...

    def address(self, raw: Raw) -> str:
        """Where an answer goes; "" for what no patient sent, which isn't kept. Never raises."""
        ...

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage | None:
        """What was said, or None where nothing was said to the assistant."""
        ...

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        """Carry one message, which `fit` has made to fit; `key` is the same when it is repeated.

        Raises Retry, Blocked, Rejected or Unknown.
        """
        ...

    def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        """The bytes of an attachment, in pieces. Raises Retry or Rejected while it is read."""
        ...

    async def unsay(self, address: str, external_id: str) -> None:
        """Take a patient's own message out of the chat, where the channel can. Raises Retry."""
        ...

    async def close(self) -> None:
        """Let go of connections. A closed channel is not used again."""
        ...


@runtime_checkable
class ShowsPictures(Protocol):
    """A channel that is handed the pictures of a reply, one by one, before its words."""

    async def show(self, address: str, jpeg: bytes, alt: str) -> None:
        """Show one picture, with words for it and without a sound. Raises a ChannelError."""
        ...


@runtime_checkable
class ShowsRecords(Protocol):
    """A channel whose vendor fetches a picture from us, and is told where."""

    async def show_record(self, address: str, record_id: str, alt: str) -> str:
        """Show a record's picture, with words for it. Raises a ChannelError.

        What is to be released once the vendor has fetched it (see `Releases`).
        """
        ...


@runtime_checkable
class Paced(Protocol):
    """A channel on which a message may have to wait before it leaves."""

    async def ready(self, address: str) -> None:
        """Wait until a message may leave; `send` then lets it go at once. Raises Retry.

        So that what waits is known not to have left, whatever ends the process.
        """
        ...

    def share_pace(self, among: int) -> None:
        """So many processes send for this program: keep to an equal part of what it may send."""
        ...


@runtime_checkable
class Knocks(Protocol):
    """A channel that can say, outside the window, that there is news, and nothing else."""

    async def knock(self, address: str, locale: str, key: str) -> Sent:
        """Send the approved words in that language. Raises a ChannelError, as `send` does."""
        ...


@runtime_checkable
class Releases(Protocol):
    """A channel whose vendor keeps files, patients' and ours, until it is asked to delete them."""

    async def release(self, fetch_ref: str) -> None:
        """Have a file deleted there, also one that is deleted already. Raises Retry."""
        ...


@runtime_checkable
class Named(Protocol):
    """The bytes of an attachment whose name is only known once they come."""

    @property
    def name(self) -> str:
        """The file's name, "" where it has none."""
        ...


@runtime_checkable
class LaysFiles(Protocol):
    """A channel whose files may lie on a disk of ours already, to be taken over from there."""

    async def lies_at(self, fetch_ref: str) -> Path | None:
        """Where the file lies, or None where `fetch` brings it. Raises Retry or Rejected."""
        ...
