"""The list of usual questions: topics, the questions of one, and after an answer where it leads.

It stands beside the form: “Go on”, or any answer to the question of the form, leads back to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from checklist.faq import Question
from checklist.text import Text, _
from handlers.command import Command
from handlers.commands import delete, emergency, human, privacy, status, upload
from handlers.effects import Effect
from handlers.flow import steps_of
from handlers.passing_on import with_passed_on
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick
from handlers.wording import step_title

ID = "faq"
#: What the draft holds: the topic that is open, or the question that was answered.
PAGE: Final = "faq"

_GO_ON = Choice(id="go_on", label=_("Go on"))
_MORE = Choice(id="more", label=_("More questions"))
_PERSON = Choice(id="human", label=_("Talk to a person"))

_LEADS: Final[Mapping[str, Command]] = {
    command.id: command
    for command in (
        delete.COMMAND,
        emergency.COMMAND,
        human.COMMAND,
        privacy.COMMAND,
        status.COMMAND,
        upload.COMMAND,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqAside:
    """Topics (`t-`), questions (`q-`), and where an answer leads (`l-`); each page has nine rows at most."""

    id: str = ID

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The rows of the page that is open."""
        kind, _dash, name = view.session.draft.get(PAGE, "").partition("-")
        question = view.faq.question(name) if kind == "q" else None
        if question is not None:
            return (*_lead_of(view, question), _MORE, _GO_ON)
        if kind == "t" and (questions := view.faq.about(name)):
            rows = (Choice(id=f"q-{q.id}", label=q.short, description=q.ask) for q in questions)
            return (*rows, _MORE, _GO_ON)
        topics = (Choice(id=f"t-{topic.id}", label=topic.label) for topic in view.faq.topics)
        return (*topics, _PERSON, _GO_ON)

    def prompt(self, view: View) -> Prompt:
        """What would you like to know; after an answer, whether there is more."""
        answered = view.session.draft.get(PAGE, "").startswith("q-")
        ask = _("You can ask more, or we go on.") if answered else _WHAT
        return Prompt(text=(ask,), choices=self.choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A row of this page, or of one that was shown before."""
        if said.choice is not None and said.choice[:2] in ("t-", "q-", "l-"):
            return said
        choice = pick(view, (*self.choices(view), _MORE, _PERSON, _GO_ON), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Open a page, answer, or go where the answer leads."""
        kind, _dash, name = (said.choice or "").partition("-")
        question = view.faq.question(name)
        if said.choice == _PERSON.id:
            return replace(human.COMMAND.run(view), draft=_without_page(view))
        if kind == "q" and question is not None:
            return answer_move(view, question)
        if kind == "l" and question is not None:
            return _led(view, question)
        if said.choice == _GO_ON.id:
            return Move(case=view.case, phase=view.session.phase, draft=_without_page(view))
        page = said.choice or "" if kind == "t" else ""
        return _on_page(view, page)


def answer_move(view: View, question: Question) -> Move:
    """Answer a question of the list; the list stays open. Whoever feels worse is shown help."""
    if question.leads == emergency.COMMAND.id:
        return replace(emergency.COMMAND.run(view), draft={**_without_page(view), **_ALARM})
    told, say, effects = answer_to(view, question)
    return replace(_on_page(told, f"q-{question.id}"), say=say, effects=effects)


def answer_to(
    view: View, question: Question, words: str = ""
) -> tuple[View, tuple[Text, ...], tuple[Effect, ...]]:
    """The answer. What only the operator knows, and has not said, is passed on and never made up."""
    answer = view.faq.answer(question, view.locale)
    if answer is not None:
        return view, answer, ()
    if not view.case.consented:
        # Nothing is kept before a yes, and so there is nothing to pass on.
        return view, (_UNKNOWN, _AFTER_CONSENT), ()
    asked = words or view.languages.say(question.ask, view.locale)
    case, say, effects = with_passed_on(view, asked, about=question.id)
    return replace(view, case=case), (_UNKNOWN, *say), effects


def _on_page(view: View, page: str) -> Move:
    draft = {**_without_page(view), **({PAGE: page} if page else {})}
    return Move(case=view.case, phase=view.session.phase, aside=ID, draft=draft)


def _without_page(view: View) -> dict[str, str]:
    return {key: value for key, value in view.session.draft.items() if key != PAGE}


def _lead_of(view: View, question: Question) -> tuple[Choice, ...]:
    """The button to where an answer leads; none for a step that this case doesn't have yet."""
    if question.button is not None and question.leads in _LEADS:
        return (Choice(id=f"l-{question.id}", label=question.button),)
    if view.case.consented and question.leads in steps_of(view.case, view.catalog):
        label = step_title(question.leads, view.catalog)
        return (Choice(id=f"l-{question.id}", label=label),)
    return ()


def _led(view: View, question: Question) -> Move:
    if not _lead_of(view, question):
        return _on_page(view, "")
    if question.leads in _LEADS:
        view = replace(view, session=replace(view.session, draft=_without_page(view), aside=""))
        return _LEADS[question.leads].run(view)
    return Move(case=view.case, goto=question.leads)


_ALARM: Final = {"safety": "emergency", "held": ""}
_WHAT = _("What would you like to know? Press it, or ask in your own words.")
_UNKNOWN = _("I don't know that.")
_AFTER_CONSENT = _(
    "When you have agreed to begin, ask me again. Then a coordinator can answer you."
)

ASIDE = FaqAside()
