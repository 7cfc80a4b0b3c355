"""Moving: a move of a step, command or aside carried out, with the questions that it leads to."""

from __future__ import annotations

from dataclasses import replace

from checklist.text import Text, _
from handlers.asides.whose import asked_about, judged_anew
from handlers.effects import Effect, NotifyCoordinators, OpenHandoff
from handlers.points import asked_after, noted_as_asked
from handlers.step import Move, View
from handlers.turn import apply, reply_of
from handlers.unlocking import asked_when_due, reminded_at_review

#: Answers in a row that were not understood before a person is asked to help.
PATIENCE = 3

Heard = tuple[View, tuple[Effect, ...]]


def moved(view: View, move: Move, *, first: tuple[Text, ...] = ()) -> Heard:
    """The move, applied and put into words: `first`, then its own, then the question that stands."""
    before = view
    view, judged = judged_anew(apply(view, move), before.case)
    effects = (*move.effects, *judged)
    if move.ask:
        # A question in between may have stood when the file came.
        view = asked_when_due(view)
        if move.goto is not None and view.session.step == "review":
            view = reminded_at_review(view)
        view = asked_about(view)
    if not move.understood and view.session.tries >= PATIENCE:
        view = replace(view, session=replace(view.session, tries=0))
        effects = (*effects, OpenHandoff(reason="not_understood"), told(view))
        move = replace(move, say=(*move.say, HELP_IS_COMING))
    view, asked = asked_after(noted_as_asked(view), before, move, alone=not first)
    said = reply_of(view, (*first, *move.say), ask=move.ask or bool(asked))
    return view, (*effects, *asked, *said)


def told(view: View) -> Effect:
    """Coordinators hear that a person is wanted."""
    return NotifyCoordinators(reason="human", key=f"{view.case.id}:human:{view.session.version}")


HELP_IS_COMING = _("I asked a person to help you. They will write to you here.")
