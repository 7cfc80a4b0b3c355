"""Inbound: how a patient's message is heard, in the order in which its meanings are tried.

Erasure and a new start; files; safety; a button, new or old; a command; the question that stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checklist.case import Case
from checklist.text import _
from handlers import doorway
from handlers.answering import answered, heard_again
from handlers.asides import password
from handlers.asides.advice import is_changing, offered, put_aside, refusal
from handlers.asides.emergency import alarm, if_now, is_cooling
from handlers.by_number import LONGEST, choice_by_number
from handlers.chats import used_code
from handlers.codes import read_code
from handlers.command import too_early
from handlers.doorway import at_door, without_asides
from handlers.effects import (
    Effect,
    HideWords,
    RecordAudit,
)
from handlers.faq_heard import question_heard
from handlers.flow import BEFORE_ITEMS
from handlers.moving import Heard, moved
from handlers.pressed import pressed
from handlers.receipts import take_files
from handlers.registry import COMMANDS
from handlers.reminders import next_reminder
from handlers.safety import safety_of
from handlers.step import Move, Said, View
from handlers.steps import joining
from handlers.turn import active_step, begun_anew, reply_of, shown_choices
from handlers.unkept import files_untaken, takes_files
from handlers.updates import InboundMessage

#: So many words in reply to a knock are no answer yet.
_A_WORD = 2


def hear(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    """What a message leads to."""
    view = _greeted(view, message)
    hidden: tuple[Effect, ...] = ()
    if at_door(view):
        # A password may have been asked for before the operator chose that nothing is asked here.
        hidden = (HideWords(),) if view.session.aside == password.ID and message.text else ()
        view = replace(view, session=without_asides(view.session))
    heard, effects = _understood(view, message, ids)
    effects = (*hidden, *effects)
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
        if case.warned_at is not None:
            case = replace(case, warned_at=None, unreached_at=None)
        session = replace(session, last_inbound_at=view.now, reminders=0)
    return replace(view, case=case, session=session)


def _understood(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    if message.opened:
        return view, reply_of(view, (), ask=True)
    waits = view.session.aside == password.ID
    secret = read_code(message.text) if message.choice_id is None else ""
    if secret and not message.attachments and (not waits or message.text.lstrip().startswith("/")):
        return used_code(view, secret)
    if message.attachments:
        return _with_files(view, message, ids)
    if message.choice_id is not None:
        return pressed(view, message.choice_id, message.text)
    if message.text.strip():
        if message.to_knock and _only_knocks_back(view, message.text):
            return view, reply_of(view, (_HERE_WE_ARE,), ask=True)
        return _written(view, message.text)
    sorry = _EDITED if message.unsupported == "edited" else _UNREADABLE
    # What was changed just now may be the password.
    hidden = (HideWords(),) if view.session.aside == password.ID else ()
    return view, (*hidden, *reply_of(view, (sorry,), ask=True))


def _only_knocks_back(view: View, text: str) -> bool:
    """Whether a word only answers "please reply": a yes to that erases and hands over nothing."""
    other = view.session.mode == "human" or view.session.aside == password.ID
    short = len(text.split()) <= _A_WORD
    return short and not other and _command(view, text) is None and safety_of(view, text) is None


def _with_files(view: View, message: InboundMessage, ids: Callable[[], str]) -> Heard:
    safety = safety_of(view, message.text)
    spoken = any(file.media_type.startswith("audio/") for file in message.attachments)
    unheard = (_NOT_HEARD, if_now(view)) if spoken else ()
    if not takes_files(view):
        return files_untaken(view, len(message.attachments), safety, unheard)
    # What is written beside a file while a password is asked for may be the password.
    hidden = safety is None and view.session.aside == password.ID and bool(message.text.strip())
    caption = "" if hidden else message.text
    view, effects = take_files(view, message.attachments, ids(), caption=caption)
    match safety:
        case None if hidden:
            more = (HideWords(), *reply_of(view, (_NOT_BESIDE_A_FILE,), ask=False))
        case None | "distress":
            more = reply_of(view, unheard, ask=False)
        case "emergency" | "self_harm" | "danger" as safety:
            view, more = moved(view, alarm(view, safety, held=""))
        case safety:
            more = reply_of(view, (refusal(safety),), ask=False)
    return view, (*effects, *more)


# ---- words -------------------------------------------------------------------------------------


def _written(view: View, text: str) -> Heard:
    if (button := _by_number(view, text)) is not None:
        return pressed(view, button, "")
    command = _command(view, text)
    if at_door(view) and command not in doorway.COMMANDS:
        command = None
    here = joining.COMMANDS if view.session.step == joining.STEP.id else COMMANDS
    if command is not None and command not in here:
        # There is no case here yet to look at, or to send to.
        return moved(view, too_early(view))
    if command is not None:
        move = COMMANDS[command].run(view)
        if view.session.aside == password.ID and command in ("help", "privacy"):
            # What only tells something leaves the question where it stands.
            move = replace(move, aside=password.ID)
        return moved(view, move)
    safety = safety_of(view, text)
    if safety is not None and view.session.aside == password.ID:
        return _instead_of_a_password(view, text, safety)
    if view.session.aside != password.ID:
        heard = question_heard(view, text, safety)
        if heard is not None:
            return heard
    match safety:
        case None:
            return answered(view, Said(text=text))
        case "emergency" | "self_harm" | "danger" if is_cooling(view, safety):
            # A history goes on being told. The help does not stop it once more, but one line names
            # the number: it may be of now all the same.
            return heard_again(view, text, (if_now(view),))
        case "emergency" | "self_harm" | "danger":
            view, noted = put_aside(view)
            return moved(view, alarm(view, safety, held=text), first=noted)
        case "distress":
            return heard_again(view, text, COMFORT)
        case _ if at_door(view):
            return answered(view, Said(text=text), first=(refusal(safety),))
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
            return moved(view, alarm(view, safety, held=""))
        case "distress":
            return view, reply_of(view, COMFORT, ask=True)
        case _:
            return _asked_for_advice(view, text, safety)


def _asked_for_advice(view: View, text: str, safety: str) -> Heard:
    """Where a question is what was asked for, it is an answer; elsewhere it is offered to be one."""
    if is_changing(view):
        return answered(view, Said(text=text))
    if view.session.aside == "opinion_questions":
        # It goes to the specialist, who is the one to answer it.
        return answered(
            view, Said(text=text), first=() if safety == "advice" else (refusal(safety),)
        )
    if view.session.step in ("questions", "problem") and not view.session.aside:
        expected = view.session.step == "questions" and safety == "advice"
        return answered(view, Said(text=text), first=() if expected else (refusal(safety),))
    if not view.case.consented:
        return view, reply_of(view, (refusal(safety),), ask=True)
    held = offered(view, text) if safety == "advice" else text
    draft = {**view.session.draft, "safety": safety, "held": held}
    audit = RecordAudit(actor="assistant", action=f"safety.{safety}")
    move = Move(
        case=view.case, phase=view.session.phase, aside="advice", draft=draft, effects=(audit,)
    )
    return moved(view, move)


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


_UNREADABLE = _(
    "I can't read this kind of message. Please write it in words, or send it as a photo or a file."
)
_EDITED = _(
    "I see that you changed an earlier message. Please write it once more, "
    "or write “status” to change an answer."
)
_NOT_HEARD = _("I can't listen to voice messages. Please write the words too.")
_NOT_BESIDE_A_FILE = _(
    "I did not keep the words beside your file, because they may be a password. "
    "If they are the password, please write it alone, in one line."
)
COMFORT = (
    _("I am sorry. This is hard. You don't have to do it all today."),
    _("If you want to talk to a person, write “human”."),
)
_HERE_WE_ARE = _("Thank you for your reply. This is where we are:")
