"""Update: everything that can happen to a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeAlias

from checklist.case import Chat
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
    `hidden` means that the words were a password and were not kept. `to_knock` means that it is the
    first word after we had asked to write, since there was news (see bot/store/reach.py).
    `unkept` means that it came before somebody agreed, and that what was in it was let go of.
    `number` is its place in the inbox, 0 where it has none.
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
    hidden: bool = False
    unkept: bool = False
    to_knock: bool = False
    number: int = 0
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
    what to do. `kept` tells whether the original is kept all the same, `locked` that it, or
    something in it, is locked with a password.
    """

    file_id: str
    original_name: str
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusal: Finding | None = None
    kept: bool = True
    duplicate_of: str | None = None
    locked: bool = False
    kind: Literal["record_indexed"] = "record_indexed"


#: What came of trying passwords on a locked file. `lapsed`: they were forgotten before their turn.
UnlockOutcome = Literal["unlocked", "wrong_password", "unreadable", "lapsed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockTried:
    """Passwords were tried on a locked file; `by_coordinator` where the patient gave none of them."""

    file_id: str
    outcome: UnlockOutcome
    by_coordinator: bool = False
    kind: Literal["unlock_tried"] = "unlock_tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingProgress:
    """A file is still being read: `read` of its `total` members so far."""

    file_id: str
    read: int
    total: int
    kind: Literal["reading_progress"] = "reading_progress"


#: What a coordinator can do. The modules of `handlers/acts/` say what each needs and leads to.
Action = Literal[
    "message", "resume", "unlock", "take_study", "keep_apart", "divide_study",
    "take", "assign", "note", "move", "reopen",
    "request", "withdraw", "send_link", "link_made", "revoke_link",
    "label", "split", "merge", "cover", "undo", "pair", "say_again", "remove_chat",
    "answer", "opinion_add", "opinion_remove", "opinion_approve", "opinion_send",
    "translation_take", "translation_return", "translation_skip", "translation_add",
    "translation_approve", "more_room", "parcel_open", "parcel_wish", "parcel_step", "parcel_back",
    "hold", "lift", "document_infected", "ask_point",
]  # fmt: skip

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorActed:
    """A coordinator did something to a case. `action` `message`: words for the patient in `text`.

    `unlock`: a password for `file_id` waits in the store to be tried; it is not part of this.
    `take_study` and `keep_apart` say whose the study of `record_id` is: the patient's, or not; `people`
    is of how many identities the coordinator was shown, 0 where that is not known.
    `values` are further fields of the form. `seen` marks what the form showed of what it changes
    (`checklist/marks.py`): where that is not what is there any more, nothing is changed, and the
    trail has an `act.conflict` for `key`. "" is not compared.
    """

    action: Action
    coordinator: str
    text: str = ""
    file_id: str = ""
    record_id: str = ""
    people: int = 0
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    seen: str = ""
    key: str = ""
    kind: Literal["coordinator"] = "coordinator"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesUploaded:
    """Files have come by a private link. `sender` says by whose, "" for the patient's own.

    With `by_coordinator` a coordinator of that name sent them at the desk, for the patient.
    `item` is the checklist item that the link was handed out for. Of a folder `announced` says how
    many files it holds, and `came` how many of these have come so far; both are 0 for files without
    a folder. `lost` counts files that came and could not be stored.
    """

    attachments: tuple[Attachment, ...]
    sender: str = ""
    item: str | None = None
    by_coordinator: bool = False
    announced: int = 0
    came: int = 0
    lost: int = 0
    kind: Literal["files_uploaded"] = "files_uploaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProgress:
    """An upload by a private link goes on: so many bytes of so many have come."""

    received: int
    total: int
    kind: Literal["upload_progress"] = "upload_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """There is no room for a file, on the disk or in the case; or there soon is none in the case.

    `key` is the same for all of one day.
    """

    key: str
    of: Literal["disk", "case", "case_soon"] = "disk"
    kind: Literal["no_room"] = "no_room"


#: What came of a code, or of a chat that was part of a case. To the chat that tried the code: `found`
#: says that it works, `wrong` that it does not, `wait` that there were too many wrong ones, `same` that
#: this chat is part of that case already, `own` that it holds a case of its own, and `lapsed` that the
#: code has ended before its consent came. `joined` is told to the chat that is part of this case now,
#: `used` to the one that had handed the code out, `removed` and `erased` to one that is no part of it
#: any more.
ChatOutcome = Literal[
    "found", "wrong", "wait", "same", "own", "lapsed", "joined", "used", "removed", "erased"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTried:
    """What came of a code for another chat, or of being part of a case by one.

    `writer` is who is to write where a code was `found`, "" where nobody has said, and `same` that
    it is whoever handed it out; `locale` is the language that they are known to speak, or "". `chat`
    is the chat that has `joined`, with its consent, and `inviter` the one that handed out its code.
    """

    outcome: ChatOutcome
    writer: Literal["", "patient", "helper"] = ""
    same: bool = False
    locale: str = ""
    channel: str = ""
    chat: Chat | None = None
    inviter: str = ""
    kind: Literal["code_tried"] = "code_tried"


#: What all chats of a case are told at once: that the consent was taken back, that somebody agreed again,
#: or that the case is erased soon.
News = Literal["stopped", "goes_on", "warned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNews:
    """Something happened in another chat of the case that holds for this one too."""

    news: News
    kind: Literal["case_news"] = "case_news"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMade:
    """The copy that was asked for is there: its blob and its bytes; "" and 0 where none could be made."""

    copy_id: str
    blob_id: str = ""
    size: int = 0
    kind: Literal["copy_made"] = "copy_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody opened or took something: when, who, and the action of the audit trail.

    `role` is coordinator, translator, api, operator, patient or system; `name` is theirs, or "".
    """

    at: datetime
    role: str
    action: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFound:
    """Who has looked at the case, the newest first."""

    entries: tuple[Access, ...] = ()
    kind: Literal["access_found"] = "access_found"


#: Why a case is due: it was closed long ago, nobody has written for long, the consent was taken back
#: and nothing chosen since, or none was ever given.
DueReason = Literal["closed", "silent", "withdrawn", "unasked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDue:
    """By the operator's settings it is time to warn of an erasure, or to erase.

    The turn looks again whether that still holds: somebody may just have written. `last_at` is when
    anything was last heard or received in any chat of the case, `reached_at` when the warning arrived in
    one where somebody is rung for it; None where it has arrived in none. It is `unreached` where that
    is not to be expected any more.
    """

    what: Literal["warn", "unreached", "erase"]
    reason: DueReason
    last_at: datetime
    reached_at: datetime | None = None
    kind: Literal["retention_due"] = "retention_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """A reply could not be delivered, finally. `reason` is the channel's word for it."""

    message_id: int
    reason: str
    kind: Literal["delivery_failed"] = "delivery_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBlocked:
    """The patient has blocked the assistant in this chat, which is on that channel."""

    channel: str
    kind: Literal["chat_blocked"] = "chat_blocked"


Update: TypeAlias = (
    InboundMessage
    | TimerFired
    | RecordIndexed
    | UnlockTried
    | ReadingProgress
    | CoordinatorActed
    | FilesUploaded
    | UploadProgress
    | NoRoom
    | CodeTried
    | CaseNews
    | CopyMade
    | AccessFound
    | RetentionDue
    | DeliveryFailed
    | ChatBlocked
)
