"""Chats: a case in several of them, and what one must know of what was said in another.

Each chat has a session of its own, and stands at a question of its own. A question that was answered
in another chat meanwhile is not asked for again, and words typed as its answer don't change it.
"""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Answer, Case, Chat
from checklist.consents import newest
from checklist.text import Text, _
from handlers.effects import Actor, Effect, RecordAudit, RemoveChat, SendReply, UseCode
from handlers.every_chat import was_stopped
from handlers.flow import is_answered, next_step
from handlers.replies import Reply
from handlers.step import Said, View, answered
from handlers.steps import joining, stopped
from handlers.turn import begun_anew, reply_of
from handlers.updates import CodeTried

Heard = tuple[View, tuple[Effect, ...]]

#: What a chat may hold that is not lost when it joins another case.
_TRIFLES = frozenset({"language", "consent", "role"})


def used_code(view: View, secret: str) -> Heard:
    """Try a code, unless this chat holds a case of its own: two cases are never mixed."""
    return view, (UseCode(secret=secret, only_own=_holds_its_own(view)),)


def _holds_its_own(view: View) -> bool:
    case = view.case
    answers = set(case.answers) - _TRIFLES
    return bool(answers or case.records or case.locked or view.session.batch)


def code_tried(view: View, tried: CodeTried) -> Heard:
    """What came of a code: in the chat that used it, or in the one that had handed it out."""
    match tried.outcome:
        case "found" if _holds_its_own(view):
            # It was said in the same breath as the code.
            return view, reply_of(view, (_REFUSED["own"],), ask=True)
        case "found":
            return _found(view, tried)
        case "joined":
            return _joined(view, tried)
        case "lapsed":
            view = _alone(view) if view.session.step == joining.STEP.id else view
            return view, reply_of(view, (_LAPSED,), ask=True)
        case "used":
            audit = RecordAudit(actor="system", action="code.used", object=tried.channel)
            return view, (audit, *reply_of(view, (_USED,), ask=False))
        case "removed" | "erased" as outcome:
            return _left(view, _GONE[outcome], tried.locale)
        case outcome:
            return view, reply_of(view, (_REFUSED[outcome],), ask=True)


def _found(view: View, tried: CodeTried) -> Heard:
    """The code works: who writes here, and their consent, come before anything of the case."""
    locale = tried.locale
    if locale:
        # The same person, in the language that they are spoken to in the other chat.
        view = replace(view, case=answered(view, "language", Said(choice=locale)))
    draft = {joining.INVITED: tried.writer, joining.SAME: "yes" if tried.same else ""}
    session = replace(
        begun_anew(view.session),
        locale=locale or view.session.locale,
        step=joining.STEP.id,
        phase=joining.first_phase(view, locale),
        draft=draft,
    )
    view = replace(view, session=session)
    return view, reply_of(view, (_FOUND,), ask=True)


def _alone(view: View) -> View:
    """The chat and its own case as before the code; of what was said meanwhile only the language."""
    case = view.case
    language = {k: v for k, v in case.answers.items() if k == "language"}
    case = Case(
        id=case.id, opened_at=case.opened_at, answers=language, locale=case.locale,
        version=case.version,
    )  # fmt: skip
    session = replace(begun_anew(view.session), step=next_step(case, view.catalog))
    return replace(view, case=case, session=session)


def _joined(view: View, tried: CodeTried) -> Heard:
    old, case = view.session, view.case
    chat = tried.chat
    if chat is None:
        return view, ()
    inviter = case.chat(tried.inviter)
    if chat.writer == "helper" and not chat.name and inviter is not None:
        # The same helper, in another chat of theirs.
        chat = replace(chat, name=inviter.name, relation=inviter.relation)
    if not is_answered(case, "role"):
        who = Answer(
            step="role", at=view.now, choice=chat.writer, note=chat.name, value=chat.relation
        )
        case = case.with_answer(who)
    case = case.with_chat(chat)
    session = replace(
        begun_anew(old),
        case_id=case.id,
        locale=old.locale or tried.locale or case.locale,
        step=stopped.ID if case.withdrawn else next_step(case, view.catalog),
        last_inbound_at=view.now,
        joined_as=chat.writer,
    )
    view = replace(view, session=session, case=case)
    actor: Actor = "helper" if chat.writer == "helper" else "patient"
    version = chat.consent.version if chat.consent is not None else ""
    return view, (
        RecordAudit(actor=actor, action="consent.yes", object=version),
        RecordAudit(actor=actor, action="chat.joined", object=chat.id),
        # It may have been stopped while somebody read what they agree to.
        *reply_of(view, (was_stopped(case) if case.withdrawn else _JOINED,), ask=True),
    )


def _left(view: View, words: Text, locale: str) -> Heard:
    """This chat is no part of that case any more. It is told so, and begins with nothing."""
    session = begun_anew(view.session)
    session = replace(session, locale=session.locale or locale)
    view = replace(view, session=session)
    reply = Reply(step=session.step, turn=session.version, text=(words,))
    audit = RecordAudit(actor="system", action="chat.left")
    return view, (audit, SendReply(reply=reply))


def noted(view: View, effects: tuple[Effect, ...]) -> View:
    """The view with this chat on the case's list of those that are part of it."""
    session, case = view.session, view.case
    leaves = any(isinstance(e, RemoveChat) and e.chat == session.id for e in effects)
    if not case.consented or leaves or session.step == joining.STEP.id:
        return view
    if case.chat(session.id) is not None:
        return view
    consent = newest(case.consents, "keep")
    if consent is None:
        return view
    since = view.now if case.chats else consent.at
    chat = Chat(
        id=session.id, channel=session.channel, since=since, writer=session.joined_as,
        consent=consent,
    )  # fmt: skip
    return replace(view, case=case.with_chat(chat))


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
_FOUND = _(
    "Your code works. I show nothing of the case yet. Please tell me first who writes here. Then I "
    "ask whether you agree."
)
_LAPSED = _(
    "The code has ended meanwhile, so this chat is no part of the case. Please ask for a new one: "
    "in the other chat, write “/continue”."
)
_USED = _(
    "Your code was used: another chat is now part of this case. To see all its chats, or to take "
    "one out, write “chats”."
)
_GONE: dict[str, Text] = {
    "removed": _(
        "This chat was taken out of its case. I say nothing more of that case here. What you write "
        "here does not reach it. What you sent before stays with it. Is this a mistake? Then please "
        "ask those who look after the case. To begin a case of your own, just write to me."
    ),
    "erased": _(
        "The case that this chat was part of is erased. Nothing of it is kept. "
        "Please delete the chat in your app too. If you need me again, just write."
    ),
}
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
