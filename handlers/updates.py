"""Update: everything that can happen to a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from checklist.findings import Finding
from checklist.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message; bytes never enter the core.

    `fetch_ref` is the channel's handle (a Telegram file_id, a stored blob's id, a local path);
    `size` is in bytes, None where the channel doesn't say. `too_large` is set by a channel that
    cannot fetch it (Telegram over 20 MB), so that the patient is told at once.
    """

    fetch_ref: str
    filename: str = ""
    media_type: str = ""
    size: int | None = None
    too_large: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """What a patient sent, from any channel.

    `choice_id` is `<step>:<choice>:<turn>` when a button was pressed (see `Reply`), else None.
    `locale_hint` is the language of the client, BCP 47, or "". `opened` means that the chat was
    opened and nothing was said: it is answered with the greeting, or with the question that stands.
    `unsupported` names a kind of message that holds nothing we can read (`sticker`, `location` ...),
    or `edited` for a change of an earlier one, which must not answer the wrong question.
    """

    channel: str
    external_id: str
    sender: str
    received_at: datetime
    text: str = ""
    choice_id: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    locale_hint: str = ""
    opened: bool = False
    unsupported: str = ""
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer that a turn set has run out. `name` is `receipt`, `reminder` ..., `key` its job key."""

    name: str
    key: str
    kind: Literal["timer"] = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIndexed:
    """A file was stored and read: the records it holds, and what is to be said of it.

    With a `refusal` there are no records: the file could not be used, and the message says why and
    what to do. `kept` tells whether the original is kept all the same.
    """

    file_id: str
    original_name: str
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusal: Finding | None = None
    kept: bool = True
    duplicate_of: str | None = None
    kind: Literal["record_indexed"] = "record_indexed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorActed:
    """A coordinator did something to a case. `action` `message`: words for the patient in `text`.

    `take_study` and `keep_apart` say whose the study of `record_id` is: the patient's, or not.
    """

    action: Literal["message", "resume", "take_study", "keep_apart"]
    coordinator: str
    text: str = ""
    record_id: str = ""
    kind: Literal["coordinator"] = "coordinator"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """A reply could not be delivered, finally. `reason` is the channel's word for it."""

    message_id: int
    reason: str
    kind: Literal["delivery_failed"] = "delivery_failed"


Update: TypeAlias = InboundMessage | TimerFired | RecordIndexed | CoordinatorActed | DeliveryFailed
