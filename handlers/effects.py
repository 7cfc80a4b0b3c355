"""Effect: what a turn wants done. The shell writes each as a row in the turn's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from checklist.case import Chat
from handlers.replies import Reply
from handlers.updates import Attachment, News

NoticeReason = Literal[
    "submitted", "updated", "human", "emergency", "delivery_failed", "failed", "erased", "no_room",
    "answered", "not_taken", "changed", "opinion_read", "questions", "blocked", "asked", "parcel",
    "withdrawn", "held", "case_full", "infected", "not_warned",
]  # fmt: skip

#: What a private link is for: to send files, to get the specialist's opinion, a letter to print, a copy
#: of all that is kept, or the certificate of its erasure.
LinkPurpose = Literal["upload", "opinion", "letter", "copy", "certificate"]


#: Who does things; a sender is somebody who sends by a link of their own.
Actor = Literal["patient", "helper", "sender", "assistant", "coordinator", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReply:
    """Say something to the chat of this session.

    `elsewhere`: this chat may not carry it; it is for another chat of the case, or for the next that
    joins it.
    """

    reply: Reply
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeFile:
    """Fetch a file from its channel, store it, read it, and come back with `RecordIndexed`.

    `sender` is who sent it by a link of their own, "" for whoever writes in this chat; with
    `by_coordinator` it was a coordinator, at the desk.
    """

    file_id: str
    attachment: Attachment
    item: str | None
    caption: str = ""
    sender: str = ""
    by_coordinator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeLink:
    """Make a private link to the upload page; what comes by it is told to this chat.

    `token` is the secret that this turn hands out, `name` whose link it is ("" for the patient's
    own), `item` what it is for. A link to the opinion, or to a letter (`item` is its number), opens
    another page, and nothing but that.
    """

    link_id: str
    token: str
    ends: datetime
    name: str = ""
    item: str | None = None
    purpose: LinkPurpose = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeLink:
    """End a link, for those too who have opened it."""

    link_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopUploads:
    """Let go of what is on its way by private links: what has come of it is erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    """Try these passwords on a locked file, come back with `UnlockTried`, and forget them.

    Without any, those that wait for it already are tried.
    """

    file_id: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HideWords:
    """The words of this turn's message are a password: keep no copy of them anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """Nobody has agreed yet: of this turn's message keep no more than that there was one.

    Where it is passed on to a person its `words` stay, and only its files and their names go.
    """

    words: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Come back with `TimerFired(name, key)` at this time; an unfired timer of that key is moved."""

    name: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    """Forget an unfired timer."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPackage:
    """Build the package of the case as it stands after this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyCoordinators:
    """Tell the coordinators, once for this `key`, by every way that is set up."""

    reason: NoticeReason
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHandoff:
    """A human is wanted for this conversation."""

    reason: Literal["asked", "not_understood", "emergency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCode:
    """Let another chat join this case, once, with this secret: a code, or what a link holds.

    It ends the earlier ones of this chat. `writer` is who will write there, "" for whoever writes
    here.
    """

    secret: str = field(repr=False)
    ends: datetime
    writer: Literal["", "patient", "helper"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCodes:
    """End the codes that this chat has handed out and nobody has used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCode:
    """Try a code, keep it for this chat, and come back with `CodeTried`; nothing is joined by it.

    `only_own`: this chat holds answers of its own, so it only joins where it is part of that case.
    """

    secret: str = field(repr=False)
    only_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCase:
    """Join the case of the code that is kept for this chat, and come back with `CodeTried`.

    `chat` is this chat, with who writes there and what they agreed to.
    """

    chat: Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveChat:
    """Take a chat out of this case: nothing of the case is said there, or reached from there."""

    chat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellChats:
    """Tell every other chat of this case at once: each comes back with `CaseNews`."""

    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class TryElsewhere:
    """Say what could not be delivered here in another chat of the case, once, where there is one."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAudit:
    """Put on record that something happened: who, what, to which object, never the content.

    `by` is the coordinator's name where one acted.
    """

    actor: Actor
    action: str
    object: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScans:
    """Have the scanned papers of the case read by a machine; without `on` forget what it has read."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCopy:
    """Put a copy together of all that is kept of the case, and come back with `CopyMade`."""

    copy_id: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpAccess:
    """Read who has looked at the case, and come back with `AccessFound`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCase:
    """Erase everything of this case: rows, files, queued messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetChat:
    """Forget whose chat this is: nothing was agreed to, and nobody is waiting."""


Effect: TypeAlias = (
    SendReply
    | TakeFile
    | Unlock
    | HideWords
    | LetGo
    | SetTimer
    | CancelTimer
    | MakeLink
    | RevokeLink
    | StopUploads
    | BuildPackage
    | NotifyCoordinators
    | OpenHandoff
    | MakeCode
    | RevokeCodes
    | UseCode
    | JoinCase
    | RemoveChat
    | TellChats
    | TryElsewhere
    | RecordAudit
    | ReadScans
    | MakeCopy
    | LookUpAccess
    | EraseCase
    | ForgetChat
)
