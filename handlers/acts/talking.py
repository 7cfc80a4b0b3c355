"""A coordinator writes to the patient: the assistant says so, and stays out of the way for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from checklist.text import _, verbatim
from handlers.acts.outcome import Acted, trail
from handlers.asides.advice import put_aside
from handlers.effects import CancelTimer, SendReply, SetTimer
from handlers.points import asked_when_quiet
from handlers.replies import Reply
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed

#: How long after a coordinator's last message the assistant stays out of the way.
_HUMAN_STAYS = timedelta(minutes=30)

_BACK = _("This is the automated assistant again.")


def write(view: View, act: CoordinatorActed) -> Acted:
    """The coordinator's words, headed by word of who is here where the assistant spoke until now."""
    # What is answered to a person answers no question in between: a "yes" erases nothing.
    if view.session.aside != "emergency":
        view, _added = put_aside(view)
    before = view.session
    session = replace(before, mode="human")
    here = _(
        "{name}, a coordinator, writes to you now. That is a person. "
        "Until they are done I am silent, and what you write goes to them.",
        name=act.coordinator,
    )
    reply = Reply(
        step=session.step,
        turn=session.version,
        text=(verbatim(act.text),),
        expects="text",
        human=act.coordinator,
    )
    view = replace(view, session=session)
    announced = replace(reply, text=(here,), expects="nothing", human="")
    head = (SendReply(reply=announced),) if before.mode == "assistant" else ()
    resume = SetTimer(name="resume", key=_key(view), at=view.now + _HUMAN_STAYS)
    sent = trail(act, "message.sent", act.coordinator)
    return view, (*head, SendReply(reply=reply), resume, sent)


def resume(view: View, act: CoordinatorActed) -> Acted:
    """The coordinator is done: the assistant goes on where it stopped."""
    view, effects = resumed(view)
    return view, (CancelTimer(key=_key(view)), trail(act, "assistant.resumed"), *effects)


def resumed(view: View) -> Acted:
    """The assistant speaks again; where it had a question, it asks it once more."""
    said = (_BACK,) if view.session.mode == "human" else ()
    view = replace(view, session=replace(view.session, mode="assistant"))
    view, asked = asked_when_quiet(view)
    ask = bool(asked) or view.case.submitted_at is None
    return view, (*asked, *reply_of(view, said, ask=ask))


def _key(view: View) -> str:
    return f"{view.session.id}:resume"
