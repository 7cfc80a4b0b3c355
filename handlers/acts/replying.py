"""A coordinator answers a question that was passed on: the answer goes to the chat, and the form goes on."""

from __future__ import annotations

from dataclasses import replace

from checklist.text import _, verbatim
from handlers.acts.outcome import Acted, shown_on_card, trail
from handlers.effects import SendReply
from handlers.replies import Reply
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed

_BACK = _("This is the automated assistant again.")


def answer(view: View, act: CoordinatorActed) -> Acted:
    """The words of an answer (`values` `question`); without words it is settled, and nothing is said.

    The chat is not taken over: whoever wants to talk writes a message.
    """
    number, words = act.values.get("question", ""), act.text.strip()
    desk = view.case.desk
    one = next((o for o in desk.passed_on if str(o.number) == number and o.is_open), None)
    if one is None:
        return view, ()
    done = replace(one, answer=words, by=act.coordinator, answered_at=view.now)
    kept = tuple(done if known is one else known for known in desk.passed_on)
    case = replace(view.case, desk=replace(desk, passed_on=kept))
    view = replace(view, case=case)
    if not words:
        return view, (trail(act, "question.settled", number), shown_on_card(view))
    session = view.session
    head = _(
        "{name}, a coordinator, answers your question: “{question}”",
        name=act.coordinator,
        question=one.words,
    )
    reply = Reply(step=session.step, turn=session.version, text=(head,), expects="nothing")
    own = replace(reply, text=(verbatim(words),), expects="text", human=act.coordinator)
    talks = session.mode == "human"
    back = () if talks else reply_of(view, (_BACK,), ask=case.submitted_at is None)
    return view, (
        SendReply(reply=reply),
        SendReply(reply=own),
        *back,
        trail(act, "question.answered", number),
        shown_on_card(view),
    )
