"""A question of the patient's own, in the middle of the form: answered, or offered to a coordinator.

What answers the question that stands is an answer. Where questions for the specialist are asked for,
what reads like one is an answer too.
"""

from __future__ import annotations

from dataclasses import replace

from checklist.faq import Question
from checklist.words import SafetyClass
from handlers import pass_on
from handlers.answering import answered
from handlers.asides.advice import is_changing
from handlers.asides.emergency import alarm
from handlers.doorway import at_door
from handlers.faq import asked_in, is_foreign, is_question, says_more, titled
from handlers.faq_menu import ID, answer_move, answer_to
from handlers.moving import Heard, moved
from handlers.step import Move, Said, View
from handlers.turn import active_step

#: A question in a sentence of these classes is for nobody here, or for a doctor.
_GRAVE = frozenset({"emergency", "self_harm", "danger", "dosing"})
#: Where a question is what was asked for.
_FOR_THE_SPECIALIST = frozenset({"opinion_questions"})
#: Where every word is taken anyway, and coordinators read it.
_TAKEN = frozenset({"questions", "problem", "done", "joining", "declined", "language", "consent"})


def question_heard(view: View, text: str, safety: SafetyClass | None) -> Heard | None:
    """What a question leads to; None where the words are none that the assistant should take up."""
    session = view.session
    if session.mode == "human" or safety in _GRAVE or session.aside in _FOR_THE_SPECIALIST:
        return None
    if (session.step == "questions" and not session.aside) or is_changing(view):
        return None
    read = active_step(view).read(view, Said(text=text))
    if read is not None and read.choice is not None:
        return None
    question = _usual(view, text)
    if question is not None:
        return _answered(view, text, question)
    return _offered(view, text) if safety is None else None


def _usual(view: View, text: str) -> Question | None:
    if (copied := titled(text, view.faq, view.languages, view.locale)) is not None:
        return copied
    others = (view.languages.words(tag) for tag in view.languages.offered)
    words = (view.words, *(one for one in others if not is_foreign(text, one)))
    found = (asked_in(text, view.faq, one) for one in words)
    return next((question for question in found if question is not None), None)


def _answered(view: View, text: str, question: Question) -> Heard:
    """Answer, and ask again what stood. What was said beside the question is taken as an answer."""
    if question.leads == "emergency":
        return moved(view, alarm(view, "emergency", held=""))
    if view.session.aside == ID:
        return moved(view, answer_move(view, question))
    view, say, effects = answer_to(view, question, text)
    words = view.languages.words(view.locale)
    if not view.session.aside and view.case.consented and says_more(text, view.faq, words):
        heard, more = answered(view, Said(text=text), first=say)
        return heard, (*effects, *more)
    move = Move(
        case=view.case,
        phase=view.session.phase,
        aside=view.session.aside,
        draft=view.session.draft,
        say=say,
        effects=effects,
    )
    return moved(view, move)


def _offered(view: View, text: str) -> Heard | None:
    """Offer to pass on what is clearly a question; before the consent nothing is kept."""
    session = view.session
    if not view.case.consented or session.step in _TAKEN or at_door(view):
        return None
    if session.aside not in ("", ID, pass_on.ID):
        return None
    expects = active_step(replace(view, session=replace(session, aside=""))).prompt(view).expects
    tags = dict.fromkeys((view.locale, *view.languages.offered))
    words = (view.languages.words(tag) for tag in tags)
    if not any(is_question(text, one, strictly=expects in ("text", "date")) for one in words):
        return None
    draft = {**{k: v for k, v in session.draft.items() if k != ID}, pass_on.HELD: text}
    move = Move(case=view.case, phase=session.phase, aside=pass_on.ID, draft=draft)
    return moved(view, move)
