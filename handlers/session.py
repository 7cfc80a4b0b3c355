"""Session: what is kept of a conversation between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from checklist.findings import Finding
from checklist.origin import Origin

Mode = Literal["assistant", "human"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


ReceivedState = Literal["reading", "read", "refused", "locked", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file of the batch that is being received, and what became of it so far.

    `opened` says that it came earlier, locked, and could be opened. `members_read` of `members` are
    read so far, where that is known.
    """

    file_id: str
    name: str
    state: ReceivedState = "reading"
    record_ids: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    opened: bool = False
    members_read: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The state of one chat.

    `step` is where the conversation stands and `phase` a question within that step ("by_when"), ""
    for its own; `aside` is a question asked in between (an emergency, "add it as a question?"), ""
    for none; `draft` holds words given but not yet confirmed; `trail` the steps gone through,
    newest last, for `back`; `return_to` the step to go back to after a change. `batch` is the files
    of the batch that has no receipt yet. `tries` counts answers in a row that were not understood.
    `last_help_at` is when "it is not now" was said of help of the class `last_help`, `told_help_at`
    when coordinators were last told of help of the class `told_help`.
    `reminded_at` is when the newest reminder of any kind was said.
    `joined_as` says who writes here, in a chat that has joined a case by a code; else the case's own
    answer does. `stood` is what this chat knows of the question at which it stands, None before it
    was shown, and `overtaken` says that another chat answered it.
    `untaken` counts the files that came before somebody agreed, and were let go of; `untaken_at` is
    when that was last said.
    `words_from` is the message of the words in the draft. `version` rises by one with every
    turn.
    """

    id: str
    case_id: str
    channel: str
    address: str
    locale: str = ""
    step: str = "language"
    phase: str = ""
    aside: str = ""
    draft: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    trail: tuple[str, ...] = ()
    return_to: str | None = None
    batch: tuple[Received, ...] = ()
    batch_no: int = 0
    tries: int = 0
    reminders: int = 0
    reminded_at: datetime | None = None
    mode: Mode = "assistant"
    last_inbound_at: datetime | None = None
    last_help_at: datetime | None = None
    last_help: str = ""
    told_help_at: datetime | None = None
    told_help: str = ""
    joined_as: Literal["", "patient", "helper"] = ""
    stood: str | None = None
    words_from: Origin | None = None
    overtaken: bool = False
    untaken: int = 0
    untaken_at: datetime | None = None
    version: int = 0
