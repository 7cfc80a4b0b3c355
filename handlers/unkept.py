"""Unkept: before somebody agrees, what they write and send is read, answered, and let go of.

The buttons that they pressed stay, and how many files came. So it is too once the yes is taken back. What
is passed on to a person stays until that person is done: the words of an emergency, and all that is written
while a coordinator talks in the chat. Files and their names never stay.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from checklist.case import Case
from checklist.text import Text, _
from handlers.asides.advice import refusal
from handlers.asides.emergency import alarm
from handlers.effects import Effect, LetGo, OpenHandoff, RecordAudit
from handlers.moving import Heard, moved
from handlers.session import Session
from handlers.step import Move, View
from handlers.steps import joining
from handlers.updates import FilesUploaded, InboundMessage, Update

#: Of files that come in one breath it is said once: phones send an album as so many messages.
_ONCE: Final = timedelta(seconds=30)


def let_go(view: View, update: Update, effects: tuple[Effect, ...]) -> Heard:
    """The view and the effects of a turn whose message leaves no words, where nobody has agreed."""
    if view.case.consented and view.session.untaken:
        # They were asked for once more by the words after the yes.
        view = replace(view, session=replace(view.session, untaken=0, untaken_at=None))
    if isinstance(update, FilesUploaded) and not view.case.consented:
        return view, (LetGo(), *effects)
    if not isinstance(update, InboundMessage):
        return view, effects
    untaken = bool(update.attachments) and not takes_files(view)
    without_files = (LetGo(words=False), *effects) if untaken else effects
    if _may_keep(view):
        return view, without_files
    session = replace(view.session, words_from=None, draft=_without_words(view.session))
    view = replace(view, session=session, case=_without_text(view.case))
    if OpenHandoff(reason="emergency") in effects:
        return view, without_files
    return view, (LetGo(), *effects)


def left_of(message: InboundMessage, effect: LetGo) -> InboundMessage:
    """What is kept of a message that is let go of."""
    if message.text and not effect.words:
        return replace(message, attachments=())
    return replace(
        message,
        sender="",
        text="",
        attachments=(),
        reply_to=None,
        locale_hint="",
        unkept=True,
    )


def takes_files(view: View) -> bool:
    """Whether files that come in this chat are kept."""
    return view.case.consented and view.session.step != joining.STEP.id


def files_untaken(
    view: View, count: int, safety: str | None, unheard: tuple[Text, ...] = ()
) -> Heard:
    """Files that came too soon: it is said, and they are asked for once more after the yes.

    `unheard` is what must be said of voice messages, however many come.
    """
    said_at = view.session.untaken_at
    session = replace(view.session, untaken=view.session.untaken + count)
    if safety is None and not unheard and said_at is not None and view.now - said_at < _ONCE:
        noted = RecordAudit(actor="sender", action="files.not_taken")
        return replace(view, session=session), (noted,)
    view = replace(view, session=replace(session, untaken_at=view.now))
    words, talks = (*_why(view), *unheard), view.session.mode == "human"
    move = Move(case=view.case, phase=view.session.phase, aside=view.session.aside, ask=not talks)
    match safety:
        case "emergency" | "self_harm" | "danger":
            return moved(view, alarm(view, safety, held=""), first=words)
        case None | "distress":
            pass
        case _:
            return moved(view, replace(move, say=(*words, refusal(safety))))
    if view.session.step == "declined":
        # The question that has to be answered first is asked once more.
        move = replace(move, goto="consent")
    return moved(view, replace(move, say=words))


def _why(view: View) -> tuple[Text, ...]:
    if view.session.step == joining.STEP.id:
        # The case for which they are meant is not this chat's yet.
        return (_NOT_YET if joining.has_agreed(view.session) else _NOT_TAKEN,)
    return (_NOT_TAKEN_NOW,) if view.case.withdrawn else (_NOT_TAKEN, _AFTERWARDS)


def _may_keep(view: View) -> bool:
    passed_on = view.session.mode == "human"
    return view.case.consented or passed_on or joining.has_agreed(view.session)


def _without_words(session: Session) -> dict[str, str]:
    return {key: word for key, word in session.draft.items() if key != "held"}


def _without_text(case: Case) -> Case:
    """The answers as the buttons that they are; a case that was stopped keeps what it had."""
    if case.withdrawn:
        return case
    bare = {step: replace(answer, text="") for step, answer in case.answers.items()}
    return replace(case, answers=bare)


_NOT_TAKEN = _("I can't take files before you agree. I kept nothing.")
_NOT_TAKEN_NOW = _("I can't take files before you agree again. I kept nothing of them.")
_AFTERWARDS = _("As soon as you agree, I ask you to send them again.")
_NOT_YET = _("I can't take files before I know who you are. Please send them again then.")
