"""Passing on: a question that the assistant can't answer, kept in the case for a coordinator to answer."""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Case
from checklist.desk import PassedOn
from checklist.text import Text, _
from checklist.words import bare
from handlers.effects import Effect, NotifyCoordinators, RecordAudit
from handlers.office import when_answered
from handlers.step import View, writer_of

_LONGEST = 1000


def with_passed_on(
    view: View, words: str, *, about: str = ""
) -> tuple[Case, tuple[Text, ...], tuple[Effect, ...]]:
    """The case with the question, what is said of it, and that the coordinators hear of it.

    `about` is the usual question that it is. One that waits already is not passed on again.
    """
    desk = view.case.desk
    waits = any(
        one.is_open and (one.about == about if about else bare(one.words) == bare(words))
        for one in desk.passed_on
    )
    if waits:
        return view.case, (_WAITS, *when_answered(view.office)), ()
    number = len(desk.passed_on) + 1
    one = PassedOn(
        number=number,
        words=words[:_LONGEST],
        at=view.now,
        about=about,
        locale=view.locale,
    )
    case = replace(view.case, desk=replace(desk, passed_on=(*desk.passed_on, one)))
    writer = "helper" if writer_of(view.session, view.case) == "helper" else "patient"
    effects: tuple[Effect, ...] = (
        NotifyCoordinators(reason="asked", key=f"{case.id}:asked:{number}"),
        RecordAudit(
            actor="helper" if writer == "helper" else "patient",
            action="question.passed_on",
            object=str(number),
        ),
    )
    return case, (_PASSED, *when_answered(view.office)), effects


_PASSED = _("I passed your question to a coordinator. They will answer you here.")
_WAITS = _("I passed this question on before. A coordinator will answer you here.")
