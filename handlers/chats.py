"""Chats: a case in several of them, and what one must know of what was said in another.

Each chat has a session of its own, and stands at a question of its own. A question that was answered
in another chat meanwhile is not asked for again, and words typed as its answer don't change it.
"""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Case
from checklist.text import Text, _
from handlers.effects import Effect, RecordAudit, UseCode
from handlers.flow import is_answered, next_step
from handlers.session import Session
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CodeTried

Heard = tuple[View, tuple[Effect, ...]]

#: What a chat may hold that is not lost when it joins another case.
_TRIFLES = frozenset({"language", "consent", "role"})


def used_code(view: View, secret: str) -> Heard:
    """Try a code, unless this chat holds a case of its own: two cases are never mixed."""
    case = view.case
    own = set(case.answers) - _TRIFLES or case.records or case.locked or view.session.batch
    if own:
        return view, (UseCode(secret=secret, only_own=True),)
    return view, (UseCode(secret=secret),)


def code_tried(view: View, tried: CodeTried) -> Heard:
    """What came of a code: in the chat that used it, or in the one that had handed it out."""
    match tried.outcome:
        case "joined":
            return _joined(view, tried)
        case "used":
            audit = RecordAudit(actor="system", action="code.used", object=tried.channel)
            return view, (audit, *reply_of(view, (_USED,), ask=False))
        case outcome:
            return view, reply_of(view, (_REFUSED[outcome],), ask=True)


def _joined(view: View, tried: CodeTried) -> Heard:
    old = view.session
    session = Session(
        id=old.id,
        case_id=view.case.id,
        channel=old.channel,
        address=old.address,
        locale=tried.locale or old.locale or view.case.locale,
        step=next_step(view.case, view.catalog),
        batch_no=old.batch_no,
        last_inbound_at=view.now,
        joined_as=tried.writer,
        version=old.version,
    )
    view = replace(view, session=session)
    audit = RecordAudit(actor=session.joined_as or "patient", action="chat.joined", object=old.id)
    return view, (audit, *reply_of(view, (_JOINED,), ask=True))


# ---- what was answered in another chat ---------------------------------------------------------


def standing(case: Case, step: str) -> str:
    """What a chat knows of the question at which it stands: changes with each answer to it."""
    if step == "review":
        newest = max((answer.at for answer in case.answers.values()), default=None)
        return f"{newest}:{len(case.records)}:{case.submitted_at}"
    answer = case.answer(step)
    return "" if answer is None else str(answer.at)


def caught_up(view: View) -> View:
    """The view at the question that is next now, where another chat has answered this one's."""
    session, case = view.session, view.case
    if session.stood is None or standing(case, session.step) == session.stood:
        return view
    if session.step == "review" or is_answered(case, session.step):
        step = next_step(case, view.catalog)
        session = replace(session, step=step, phase="", return_to=None, overtaken=True)
    return replace(view, session=session)


def stood(view: View, *, spoke: bool) -> View:
    """The view with what this chat knows now: all that its own turns have changed.

    `spoke` says that the question was shown; until then it stays overtaken.
    """
    session = view.session
    known = standing(view.case, session.step)
    overtaken = session.overtaken and not spoke
    return replace(view, session=replace(session, stood=known, overtaken=overtaken))


OVERTAKEN = _("This was answered in another chat of this case meanwhile. This is where we are now:")
_JOINED = _(
    "You are now in this case, and we go on here. What you write and send here is kept with it. "
    "“status” shows what is there, “delete” erases all of it."
)
_USED = _("Your code was used: another chat is now part of this case.")
_REFUSED: dict[str, Text] = {
    "wrong": _(
        "This code does not work. Please look at it once more. "
        "It works once, and for 15 minutes: write “/continue” in the other chat for a new one."
    ),
    "wait": _("There were too many wrong codes. Please wait, and try again in an hour."),
    "same": _("This chat is part of that case already."),
    "own": _(
        "This chat holds a case of its own, with answers or files. I don't mix two cases. "
        "You can write “/continue” here and use the code in the other chat. "
        "Or write “delete” to erase what is here. Then send the code again."
    ),
}
