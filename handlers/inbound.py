"""Inbound: how a patient's message is heard, in the order in which its meanings are tried.

Erasure and a new start; files; safety; a button, new or old; a command; the question that stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from checklist.belonging import asked
from checklist.case import Case
from checklist.text import Text, _
from handlers.asides import password
from handlers.asides.advice import ADDED, refusal, with_question
from handlers.asides.emergency import alarm
from handlers.asides.whose import asked_about, judged_anew
from handlers.by_number import LONGEST, choice_by_number
from handlers.effects import (
    Effect,
    HideWords,
    NotifyCoordinators,
    OpenHandoff,
    RecordAudit,
)
from handlers.flow import BEFORE_ITEMS, is_answered
from handlers.receipts import take_files
from handlers.registry import ASIDES, COMMANDS, step_for
from handlers.reminders import next_reminder
from handlers.safety import classify
from handlers.session import Session
from handlers.step import Move, Said, View
from handlers.steps.done import tell_of_news
from handlers.turn import active_step, apply, begun_anew, reply_of, shown_choices
from handlers.unlocking import asked_when_due, reminded_at_review
from handlers.updates import InboundMessage

#: The help of an emergency is not shown again within this time, or a history could not be told.
_COOLDOWN = timedelta(minutes=10)
#: Answers in a row that were not understood before a person is asked to help.
_PATIENCE = 3

Heard = tuple[View, tuple[Effect, ...]]


def hear(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    """What a message leads to."""
    view = _greeted(view, message)
    heard, effects = _understood(view, message, ids)
    if not message.opened and not heard.case.erased:
        effects = (*effects, *next_reminder(heard.case, heard.session, heard.now))
    return heard, effects


def _greeted(view: View, message: InboundMessage) -> View:
    """The view with the message noted, a language guessed, and a fresh case after an erasure."""
    case, session = view.case, view.session
    if case.erased:
        case = Case(id=case.id, opened_at=view.now, locale=case.locale, version=case.version)
        session = begun_anew(session)
    if not case.answer("language"):
        guessed = view.languages.guess_locale(message.text) if message.text else None
        hinted = view.languages.match_locale(message.locale_hint) if message.locale_hint else None
        locale = guessed or session.locale or hinted or "en"
        session = replace(session, locale=locale)
        case = replace(case, locale=locale)
    if not message.opened:
        session = replace(session, last_inbound_at=view.now, reminders=0)
    return replace(view, case=case, session=session)


def _understood(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    if message.opened:
        return view, reply_of(view, (), ask=True)
    if message.attachments:
        return _with_files(view, message, ids)
    if message.choice_id is not None:
        return _pressed(view, message.choice_id, message.text)
    if message.text.strip():
        return _written(view, message.text)
    sorry = _EDITED if message.unsupported == "edited" else _UNREADABLE
    # What was changed just now may be the password.
    hidden = (HideWords(),) if view.session.aside == password.ID else ()
    return view, (*hidden, *reply_of(view, (sorry,), ask=True))


def _with_files(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    if view.session.step == "declined":
        # After a no nothing is kept: the files are let go of, and the question is asked once more.
        return _moved(view, Move(case=view.case, goto="consent", say=(_NOT_TAKEN,)))
    view, effects = take_files(view, message.attachments, ids(), caption=message.text)
    match _safety(view, message.text):
        case None | "distress":
            return view, effects
        case "emergency" | "self_harm" | "danger" as safety:
            view, more = _moved(view, alarm(view, safety, held=""))
        case safety:
            more = reply_of(view, (refusal(safety),), ask=False)
    return view, (*effects, *more)


# ---- words -------------------------------------------------------------------------------------


def _written(view: View, text: str) -> Heard:
    if (pressed := _by_number(view, text)) is not None:
        return _pressed(view, pressed, "")
    command = _command(view, text)
    if command is not None:
        move = COMMANDS[command].run(view)
        if view.session.aside == password.ID and command in ("help", "privacy"):
            # What only tells something leaves the question where it stands.
            move = replace(move, aside=password.ID)
        return _moved(view, move)
    safety = _safety(view, text)
    if safety is not None and view.session.aside == password.ID:
        return _instead_of_a_password(view, text, safety)
    match safety:
        case None:
            return _answered(view, Said(text=text))
        case "emergency" if _cooling(view) and _is_answer(view, text):
            return _answered(view, Said(text=text))
        case "emergency" | "self_harm" | "danger":
            view, noted = put_aside(view)
            return _moved(view, alarm(view, safety, held=text), first=noted)
        case "distress":
            return _answered(view, Said(text=text), first=(_COMFORT,))
        case _:
            return _asked_for_advice(view, text, safety)


def _by_number(view: View, text: str) -> str | None:
    """The button whose number was written, as `step:choice`; a number to a person is no button."""
    if view.session.mode == "human" or view.session.aside == password.ID or len(text) > LONGEST:
        return None
    step = active_step(view)
    prompt = step.prompt(view)
    choice = choice_by_number(view, shown_choices(step, prompt), prompt.expects, text)
    return None if choice is None else f"{step.id}:{choice.id}"


def _instead_of_a_password(view: View, text: str, safety: str) -> Heard:
    """Words of any safety class are words, and never tried as a password. None are held for later."""
    match safety:
        case "emergency" | "self_harm" | "danger":
            return _moved(view, alarm(view, safety, held=""))
        case "distress":
            return view, reply_of(view, (_COMFORT,), ask=True)
        case _:
            return _asked_for_advice(view, text, safety)


def _asked_for_advice(view: View, text: str, safety: str) -> Heard:
    """Where a question is what was asked for, it is an answer; elsewhere it is offered to be one."""
    if view.session.step in ("questions", "problem") and not view.session.aside:
        expected = view.session.step == "questions" and safety == "advice"
        return _answered(view, Said(text=text), first=() if expected else (refusal(safety),))
    if not view.case.consented:
        return view, reply_of(view, (refusal(safety),), ask=True)
    draft = {**view.session.draft, "safety": safety, "held": text}
    audit = RecordAudit(actor="assistant", action=f"safety.{safety}")
    move = Move(
        case=view.case, phase=view.session.phase, aside="advice", draft=draft, effects=(audit,)
    )
    return _moved(view, move)


def _command(view: View, text: str) -> str | None:
    """The command a whole message is. A word that answers the question that stands is an answer."""
    meant = next(
        (
            found
            for tag in dict.fromkeys((view.locale, *view.languages.offered))
            if (found := view.languages.words(tag).command(text)) is not None
        ),
        None,
    )
    if meant is None or text.strip().startswith("/"):
        return meant
    if meant == "done" and view.session.step in BEFORE_ITEMS:
        # A stray word must not hand over a case that has hardly begun.
        return None
    step = active_step(view)
    read = step.read(view, Said(text=text))
    return None if read is not None and read.choice is not None else meant


def _answered(view: View, said: Said, *, first: tuple[Text, ...] = ()) -> Heard:
    """Take the words as the answer to the question in between, else to the one that stands."""
    if view.session.aside:
        read = ASIDES[view.session.aside].read(view, said) if view.session.aside in ASIDES else None
        if read is not None:
            return _aside_answered(view, read)
        view, noted = put_aside(view)
        first = (*noted, *first)
    if view.session.mode == "human":
        return _relayed(view)
    step = active_step(view)
    read = step.read(view, said)
    if read is None:
        return _not_understood(view, first)
    return _moved(view, step.follow(view, read), first=first)


def put_aside(view: View) -> tuple[View, tuple[Text, ...]]:
    """Go on without an answer to the question in between; a question to a doctor is not lost by it."""
    held, offered = view.session.draft.get("held", ""), view.session.aside == "advice"
    view = replace(view, session=replace(view.session, aside=""))
    if not (offered and held):
        return view, ()
    return replace(view, case=with_question(view, held)), (ADDED,)


def _aside_answered(view: View, said: Said) -> Heard:
    """After "it is not now" the words that had stopped the form are taken as the answer they were."""
    aside, held = view.session.aside, view.session.draft.get("held", "")
    move = ASIDES[aside].follow(view, said)
    if aside == "language":
        # Another language, and the question that stood.
        move = replace(move, goto=None, phase=view.session.phase)
    draft = {k: v for k, v in view.session.draft.items() if k not in ("held", "safety")}
    move = replace(move, draft=draft if move.draft is None else move.draft)
    if aside == "emergency" and said.choice == "not_now" and held:
        # Somebody may be telling a history: for a while, what is an answer is taken as one.
        session = replace(view.session, aside="", draft=draft, last_help_at=view.now)
        return _answered(replace(view, session=session), Said(text=held), first=move.say)
    return _moved(view, move)


def _not_understood(view: View, first: tuple[Text, ...]) -> Heard:
    tries = view.session.tries + 1
    # Whoever begins with words has said nothing wrong: they are greeted in their language.
    new = view.session.step == "language" and tries == 1
    say = first if new else (*first, _SORRY)
    effects: tuple[Effect, ...] = ()
    if tries >= _PATIENCE:
        say = (*first, _SORRY, _HELP_IS_COMING)
        effects = (
            OpenHandoff(reason="not_understood"),
            NotifyCoordinators(reason="human", key=f"{view.case.id}:stuck:{view.session.version}"),
        )
        tries = 0
    view = asked_when_due(replace(view, session=replace(view.session, tries=tries)))
    return view, (*effects, *reply_of(view, say, ask=True))


def _relayed(view: View) -> Heard:
    """While a person talks with the patient the assistant passes words on and stays out of the way."""
    effects = tell_of_news(view) if view.case.submitted_at is not None else (_told(view),)
    return view, (*effects, *reply_of(view, (_PASSED_ON,), ask=False))


def _told(view: View) -> Effect:
    return NotifyCoordinators(reason="human", key=f"{view.case.id}:human:{view.session.version}")


# ---- buttons -----------------------------------------------------------------------------------


def _pressed(view: View, wire: str, text: str) -> Heard:
    """A button: of the question that stands, of an aside or command, or of an earlier question."""
    step_id, choice = (*wire.split(":"), "", "")[:2]
    if choice == "emergency" or (step_id == "emergency" and choice == "help"):
        view, noted = put_aside(view)
        return _moved(view, COMMANDS["emergency"].run(view), first=noted)
    if view.session.mode == "human":
        view = replace(view, session=replace(view.session, mode="assistant"))
    if step_id in ASIDES and step_id != view.session.step:
        read = ASIDES[step_id].read(view, Said(text=text, choice=choice))
        live = (
            step_id == view.session.aside
            or (step_id in ("status", "language", password.ID) and view.case.consented)
            # Nothing waits for this answer, and it is welcome whenever it comes.
            or (step_id == "whose" and bool(asked(view.case)))
        )
        if read is not None and live:
            return _aside_answered(
                replace(view, session=replace(view.session, aside=step_id)), read
            )
        return _too_late(view)
    if step_id in COMMANDS and step_for(step_id, view.catalog) is None:
        return _moved(view, COMMANDS[step_id].run(view))
    return _step_pressed(view, step_id, Said(text=text, choice=choice))


def _step_pressed(view: View, step_id: str, said: Said) -> Heard:
    step = step_for(step_id, view.catalog)
    if step is None:
        return _too_late(view)
    if step_id == view.session.step:
        current = replace(view, session=replace(view.session, aside=""))
        read = step.read(current, said)
        if read is not None:
            return _moved(current, step.follow(current, read))
        if said.choice is not None and said.choice in COMMANDS:
            return _moved(view, COMMANDS[said.choice].run(view))
        return _too_late(view)
    return _earlier(view, step_id, said)


def _earlier(view: View, step_id: str, said: Said) -> Heard:
    """A tap on an old button: the answer it gave already, a change of it, or one that is too late."""
    known = view.case.answer(step_id)
    if known is not None and known.choice == said.choice:
        return view, reply_of(view, (_ALREADY,), ask=False)
    fixed = step_id in ("consent", "review", "done", "declined", "language")
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
    went, _effects = _moved(view, Move(case=view.case, goto=step_id))
    read = step.read(went, said)
    if read is None:
        return _too_late(view)
    return _moved(went, step.follow(went, read), first=(_CHANGED,))


def _too_late(view: View) -> Heard:
    return view, reply_of(view, (_OLD_BUTTON,), ask=True)


# ---- shared ------------------------------------------------------------------------------------


def _moved(view: View, move: Move, *, first: tuple[Text, ...] = ()) -> Heard:
    before = view.case
    view, judged = judged_anew(apply(view, move), before)
    effects = (*move.effects, *judged)
    if move.ask:
        # A question in between may have stood when the file came.
        view = asked_when_due(view)
        if move.goto is not None and view.session.step == "review":
            view = reminded_at_review(view)
        view = asked_about(view)
    if not move.understood and view.session.tries >= _PATIENCE:
        view = replace(view, session=replace(view.session, tries=0))
        effects = (*effects, OpenHandoff(reason="not_understood"), _told(view))
        move = replace(move, say=(*move.say, _HELP_IS_COMING))
    return view, (*effects, *reply_of(view, (*first, *move.say), ask=move.ask))


def _safety(view: View, text: str) -> str | None:
    """The class of safety words in a text, in any language offered."""
    if not text.strip():
        return None
    tags = dict.fromkeys((view.locale, *view.languages.offered))
    found = (classify(text, view.languages.words(tag)) for tag in tags)
    return next((safety for safety in found if safety is not None), None)


def _is_answer(view: View, text: str) -> bool:
    """Whether the question that stands takes these words; if not, they are no history."""
    return not view.session.aside and active_step(view).read(view, Said(text=text)) is not None


def _cooling(view: View) -> bool:
    last = view.session.last_help_at
    return last is not None and view.now - last < _COOLDOWN


_UNREADABLE = _(
    "I can't read this kind of message. Please write it in words, or send it as a photo or a file."
)
_EDITED = _(
    "I see that you changed an earlier message. Please write it once more, "
    "or write “status” to change an answer."
)
_NOT_TAKEN = _("I can't take files before you agree. I kept nothing.")
_COMFORT = _("I am sorry. This is hard. You don't have to do it all today.")
_SORRY = _("I am sorry, I did not understand that.")
_HELP_IS_COMING = _("I asked a person to help you. They will write to you here.")
_OLD_BUTTON = _("This button belongs to an earlier question. This is where we are now:")
_ALREADY = _("I have noted that already.")
_CHANGED = _("I changed your answer.")
_PASSED_ON = _("I passed it on. A person will answer you here.")
