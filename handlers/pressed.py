"""Pressed: a button of the question that stands, of an aside or command, or of an earlier question."""

from __future__ import annotations

from dataclasses import replace

from checklist.belonging import asked
from checklist.text import _
from handlers.answering import aside_answered
from handlers.asides import password
from handlers.asides.advice import put_aside
from handlers.asides.parcel import ID as PARCEL
from handlers.chats import OVERTAKEN
from handlers.consenting import AGREE
from handlers.crying import is_alarm
from handlers.flow import is_answered
from handlers.letters import ID as LETTER
from handlers.moving import Heard, moved
from handlers.registry import ASIDES, COMMANDS, step_for
from handlers.reminders import REMINDER
from handlers.session import Session
from handlers.step import Move, Said, View
from handlers.turn import reply_of


def pressed(view: View, wire: str, text: str) -> Heard:
    """A button: of the question that stands, of an aside or command, or of an earlier question."""
    step_id, choice = (*wire.split(":"), "", "")[:2]
    if is_alarm(wire):
        view, noted = put_aside(view)
        return moved(view, COMMANDS["emergency"].run(view), first=noted)
    if view.session.mode == "human":
        view = replace(view, session=replace(view.session, mode="assistant"))
    if step_id in ASIDES and step_id != view.session.step:
        read = ASIDES[step_id].read(view, Said(text=text, choice=choice))
        live = (
            step_id == view.session.aside
            or (step_id in ("status", "language", password.ID) and view.case.consented)
            # Nothing waits for this answer, and it is welcome whenever it comes.
            or (step_id == "whose" and bool(asked(view.case)))
            or step_id in ("request", "opinion", "faq")
            # A reminder, a letter or a parcel is answered long after it was said.
            or (step_id in (LETTER, PARCEL, REMINDER, AGREE) and view.case.consented)
        )
        if read is not None and live:
            return aside_answered(replace(view, session=replace(view.session, aside=step_id)), read)
        return _too_late(view)
    if step_id in COMMANDS and step_for(step_id, view.catalog) is None:
        return moved(view, COMMANDS[step_id].run(view))
    return _step_pressed(view, step_id, Said(text=text, choice=choice))


def _step_pressed(view: View, step_id: str, said: Said) -> Heard:
    step = step_for(step_id, view.catalog)
    if step is None:
        return _too_late(view)
    if step_id == view.session.step:
        current = replace(view, session=replace(view.session, aside=""))
        if view.session.overtaken and step_id == "review":
            return current, reply_of(current, (OVERTAKEN,), ask=True)
        read = step.read(current, said)
        if read is not None:
            return moved(current, step.follow(current, read))
        if said.choice is not None and said.choice in COMMANDS:
            return moved(view, COMMANDS[said.choice].run(view))
        return _too_late(view)
    return _earlier(view, step_id, said)


def _earlier(view: View, step_id: str, said: Said) -> Heard:
    """A tap on an old button: the answer it gave already, a change of it, or one that is too late."""
    known = view.case.answer(step_id)
    if known is not None and known.choice == said.choice:
        return view, reply_of(view, (_ALREADY,), ask=False)
    fixed = step_id in ("consent", "review", "done", "declined", "stopped", "language")
    if fixed or not is_answered(view.case, step_id):
        return _too_late(view)
    there = Session(
        id=view.session.id,
        case_id=view.session.case_id,
        channel=view.session.channel,
        address=view.session.address,
        locale=view.session.locale,
        step=step_id,
    )
    step = step_for(step_id, view.catalog)
    if step is None or step.read(replace(view, session=there), said) is None:
        return _too_late(view)
    went, _effects = moved(view, Move(case=view.case, goto=step_id))
    read = step.read(went, said)
    if read is None:
        return _too_late(view)
    return moved(went, step.follow(went, read), first=(_CHANGED,))


def _too_late(view: View) -> Heard:
    return view, reply_of(view, (_OLD_BUTTON,), ask=True)


_OLD_BUTTON = _("This button belongs to an earlier question. This is where we are now:")
_ALREADY = _("I have noted that already.")
_CHANGED = _("I changed your answer.")
