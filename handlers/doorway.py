"""Doorway: a chat on a channel that may carry no health details, and so only leads to the web page.

Language and consent are asked for there, and an emergency is answered; then it hands out a link by
which the same case goes on in the web chat. What the patient sends here all the same is kept, and
what there is to say of it is said on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checklist.text import _
from handlers.codes import LINK_LASTS, new_secret
from handlers.effects import Effect, MakeCode, SendReply
from handlers.replies import Prompt, Reply
from handlers.session import Session
from handlers.step import Move, Said, View
from handlers.updates import (
    CaseNews,
    CodeTried,
    CopyMade,
    FilesUploaded,
    InboundMessage,
    NoRoom,
    ReadingProgress,
    RecordIndexed,
    RetentionDue,
    TimerFired,
    UnlockTried,
    Update,
    UploadProgress,
)

ID = "doorway"

#: The steps and questions in between whose words hold nothing of a patient's health.
NEUTRAL = frozenset(
    {"language", "consent", "declined", "joining", "emergency", "delete", "apology", "knock", ID}
    | {"faq", "reminder", "reminders", "agree", "withdraw", "privacy", "stopped"}
)
#: The commands whose words do.
COMMANDS = frozenset(
    {"start", "help", "privacy", "language", "human", "delete", "emergency", "upload"}
    | {"ask", "reminders", "withdraw", "export"}
)
_ASIDES = frozenset(
    {"language", "emergency", "delete", "faq", "reminder", "reminders"}
    | {"agree", "withdraw", "privacy"}
)
_OF_FILES = (RecordIndexed, ReadingProgress, UploadProgress, FilesUploaded, UnlockTried, NoRoom)


def is_neutral(step: str, human: str) -> bool:
    """Whether a message may be said on a channel that may carry no health details."""
    return step in NEUTRAL and not human


def at_door(view: View) -> bool:
    """Whether this chat only leads to the page: consent was given, and it may carry no more."""
    joining = view.session.step == "joining"
    return not view.health and view.case.consented and not joining


def without_asides(session: Session) -> Session:
    """The chat without a question in between that belongs on the page."""
    return session if session.aside in _ASIDES else replace(session, aside="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """What stands in place of every question."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """Where it goes on; the link itself is added when all is said (`led`)."""
        return Prompt(text=(_ON,), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """Whatever is written is heard."""
        return Said(text=said.text)

    def follow(self, view: View, said: Said) -> Move:
        """It is kept as it was written, for a person to read; it answers no question."""
        return Move(
            case=view.case, phase=view.session.phase, draft=view.session.draft, say=(_KEPT,)
        )


STEP = Doorway()


def led(view: View, update: Update, effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """The effects of a turn, their words replaced by the way to the page where they are not neutral.

    What is replaced is to be read on the page: it is said in another chat of the case, or kept for
    the first that joins.
    """
    done: list[Effect] = []
    for effect in effects:
        if not isinstance(effect, SendReply) or _is_neutral(view, update, effect.reply):
            done.append(effect)
            continue
        reply = effect.reply
        if not view.case.consented:
            # The words of a coordinator to somebody who has not agreed yet.
            done += [replace(effect, elsewhere=True), replace(effect, reply=_bare(reply))]
            continue
        words = reply.text[:-1] if reply.text[-1:] == (_ON,) else reply.text
        if words and not _is_said_here(update, reply):
            done.append(SendReply(reply=replace(reply, text=words), elsewhere=True))
            reply = _bare(reply)
        done += _with_link(view, reply)
    return tuple(done)


def _is_said_here(update: Update, reply: Reply) -> bool:
    match update:
        case InboundMessage():
            return reply.step == ID and not update.attachments
        case TimerFired(name="reminder") | CodeTried() | CopyMade() | RetentionDue() | CaseNews():
            return reply.step == ID
        case _:
            return False


def _is_neutral(view: View, update: Update, reply: Reply) -> bool:
    """Whether a reply holds nothing but fixed words, and no more is to be said."""
    if reply.human or reply.step not in NEUTRAL - {ID} or _tells_of_files(update, reply):
        return False
    return view.case.consented or isinstance(update, _FIXED)


#: What is said to these before a consent, or after it was taken back, is fixed words.
_FIXED = InboundMessage | CodeTried | CopyMade | CaseNews | RetentionDue


def _tells_of_files(update: Update, reply: Reply) -> bool:
    """Whether a receipt, or what is found in a file, may stand above a question that is neutral itself."""
    match update:
        case InboundMessage():
            # The words of an emergency, of a refusal and of the consent stand alone.
            return bool(update.attachments) and reply.step in _ASIDES - {"emergency"}
        case TimerFired():
            return update.name == "receipt"
        case _:
            return isinstance(update, _OF_FILES)


def _bare(reply: Reply) -> Reply:
    """A reply of which only that there is one is left."""
    news = _WROTE if reply.human else _NEWS
    return replace(reply, text=(news,), human="", pictures=())


def _with_link(view: View, reply: Reply) -> list[Effect]:
    text = tuple(line for line in reply.text if line != _ON)
    plain = replace(reply, step=ID, expects="text", human="", pictures=())
    if not view.web_address:
        return [SendReply(reply=replace(plain, text=(*text, _NO_PAGE)))]
    secret = new_secret(view.ids)
    link = _ON.with_(link=f"{view.web_address}/j/{secret}")
    make = MakeCode(secret=secret, ends=view.now + LINK_LASTS)
    return [SendReply(reply=replace(plain, text=(*text, link))), make]


_ON = _(
    "Please go on at your private page: {link} There I ask my questions and take your records. "
    "The link works once, for 24 hours. Write here at any time, and I give you a new one.",
    link="",
)
_NO_PAGE = _("A coordinator will tell you where to go on.")
_KEPT = _(
    "I keep what you write here, and a coordinator can read it. But I can't talk about your health "
    "in this app."
)
_NEWS = _("There is something new in your case.")
_WROTE = _("A person wrote to you about your case.")
