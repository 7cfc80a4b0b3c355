"""Answering: words are taken as the answer to the question in between, else to the one that stands."""

from __future__ import annotations

from dataclasses import replace

from checklist.text import Text, _
from handlers.asides.advice import put_aside
from handlers.asides.emergency import cooled
from handlers.chats import OVERTAKEN
from handlers.effects import Effect, NotifyCoordinators, OpenHandoff
from handlers.moving import HELP_IS_COMING, PATIENCE, Heard, moved, told
from handlers.office import when_answered
from handlers.registry import ASIDES
from handlers.step import Said, View
from handlers.steps.done import tell_of_news
from handlers.turn import active_step, reply_of
from handlers.unlocking import asked_when_due


def answered(view: View, said: Said, *, first: tuple[Text, ...] = ()) -> Heard:
    """Take the words as the answer to the question in between, else to the one that stands."""
    if view.session.aside:
        read = ASIDES[view.session.aside].read(view, said) if view.session.aside in ASIDES else None
        if read is not None:
            return aside_answered(view, read, first=first)
        view, noted = put_aside(view)
        first = (*noted, *first)
    if view.session.mode == "human":
        return _relayed(view)
    if view.session.overtaken:
        return view, reply_of(view, (*first, OVERTAKEN), ask=True)
    step = active_step(view)
    read = step.read(view, said)
    if read is None:
        return _not_understood(view, first)
    return moved(view, step.follow(view, read), first=first)


def aside_answered(view: View, said: Said, *, first: tuple[Text, ...] = ()) -> Heard:
    """After "it is not now" the words that had stopped the form are taken as the answer they were."""
    aside, held = view.session.aside, view.session.draft.get("held", "")
    safety = view.session.draft.get("safety", "")
    move = ASIDES[aside].follow(view, said)
    if aside == "language":
        # Another language, and the question that stood.
        move = replace(move, goto=None, phase=view.session.phase)
    draft = {k: v for k, v in view.session.draft.items() if k not in ("held", "safety")}
    move = replace(move, draft=draft if move.draft is None else move.draft)
    if aside == "emergency" and said.choice == "not_now" and held:
        # Somebody may be telling a history: for a while, what is an answer is taken as one.
        view = replace(view, session=replace(view.session, aside="", draft=draft))
        return heard_again(cooled(view, safety), held, move.say)
    return moved(view, move, first=first)


def heard_again(view: View, text: str, first: tuple[Text, ...]) -> Heard:
    """Words of pain, taken as the answer to the question that stands where they can be one.

    Else the question is asked once more: nobody is told that they were not understood, and nobody's
    name is "I can't go on".
    """
    passed_on = view.session.mode == "human" or view.session.overtaken
    step = active_step(view)
    if passed_on or (step.id not in _BARE and step.read(view, Said(text=text)) is not None):
        return answered(view, Said(text=text), first=first)
    view, noted = put_aside(view)
    return view, reply_of(view, (*noted, *first), ask=True)


def _not_understood(view: View, first: tuple[Text, ...]) -> Heard:
    tries = view.session.tries + 1
    # Whoever begins with words has said nothing wrong: they are greeted in their language.
    new = view.session.step == "language" and tries == 1
    say = first if new else (*first, _SORRY, _ASK_ME)
    effects: tuple[Effect, ...] = ()
    if tries >= PATIENCE:
        say = (*first, _SORRY, HELP_IS_COMING, *when_answered(view.office))
        effects = (
            OpenHandoff(reason="not_understood"),
            NotifyCoordinators(reason="human", key=f"{view.case.id}:stuck:{view.session.version}"),
        )
        tries = 0
    view = asked_when_due(replace(view, session=replace(view.session, tries=tries)))
    return view, (*effects, *reply_of(view, say, ask=True))


def _relayed(view: View) -> Heard:
    """While a person talks with the patient the assistant passes words on and stays out of the way."""
    effects = tell_of_news(view) if view.case.submitted_at is not None else (told(view),)
    return view, (*effects, *reply_of(view, (_PASSED_ON, *when_answered(view.office)), ask=False))


#: Where any words are an answer, and where these can't be the one that is asked for.
_BARE = ("name", "country")
_SORRY = _("I am sorry, I did not understand that.")
#: Where nothing was understood, a question may have been meant.
_ASK_ME = _("If you want to ask me something, write “?” and choose.")
_PASSED_ON = _("I passed it on. A person will answer you here.")
