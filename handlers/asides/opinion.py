"""The specialist's opinion is here: read, asked about once, and confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from checklist.case import Case
from checklist.opinion import Asked, Opinion
from checklist.text import Text, _, _n
from handlers.effects import Effect, MakeLink, NotifyCoordinators, RecordAudit, RevokeLink
from handlers.office import when_answered
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, lines_of, pick

#: How long the link to the opinion works; another one is a button away.
LASTS = timedelta(days=30)
_MOST_QUESTIONS = 20

_READ = Choice(id="read", label=_("I have read it"))
_ASK = Choice(id="ask", label=_("I have questions"))
_LINK = Choice(id="link", label=_("Send the link again"))
_CHOICES = (_READ, _ASK, _LINK)
_DONE = Choice(id="done", label=_("Done"))
_NOT_NOW = Choice(id="not_now", label=_("Not now"))

HERE = _("The specialist's opinion is here.")
_NOT_HERE = _("The specialist's opinion is not here yet.")
_OPEN = _(
    "Open this private page to read it: {link} It works for 30 days. Please don't pass it on."
)
_NO_PAGE = _("A coordinator will tell you how you get it.")
_FOR_DOCTOR = _(
    "It is meant for the doctor who treats you. "
    "Please show it to them before you change anything in your treatment."
)
_FOR_THEIR_DOCTOR = _(
    "It is meant for the doctor who treats the patient. "
    "Please show it to them before anything in the treatment is changed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionAside:
    """The opinion was sent: what can be done with it."""

    id: str = "opinion"

    def prompt(self, view: View) -> Prompt:
        """Whom it is for, and that questions can be asked once."""
        opinion = opinion_of(view.case)
        if opinion is None:
            known = view.case.desk.opinion is not None
            return Prompt(text=(_WORKED_ON if known else _NOT_HERE,))
        text = [view.of(_FOR_DOCTOR, _FOR_THEIR_DOCTOR)]
        if opinion.read_at is None:
            text.append(_("When you have read it, please tell me."))
        if opinion.asked_at is None:
            text.append(_ASK_ONCE)
        return Prompt(text=tuple(text), choices=_choices(opinion), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons, once there is an opinion; also while it is changed."""
        choice = pick(view, _CHOICES, said) if view.case.desk.opinion is not None else None
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Note that it was read, open the round of questions, or hand out another link."""
        opinion = opinion_of(view.case)
        if opinion is None:
            # A document was added: the link has ended, and another comes when it is approved.
            return _stay(view, view.case, (_WORKED_ON,), aside=self.id)
        match said.choice:
            case "read":
                return self._read(view, opinion)
            case "ask" if opinion.asked_at is not None:
                return _stay(view, view.case, (_ASKED_ALREADY,), aside=_left(opinion))
            case "ask":
                case = with_opinion(view.case, replace(opinion, questions_open=True))
                return Move(case=case, phase=view.session.phase, aside=QUESTIONS.id)
            case _:
                words, link_id, effects = opinion_link(view)
                case = with_opinion(view.case, replace(opinion, link_id=link_id or opinion.link_id))
                ended = (RevokeLink(link_id=opinion.link_id),) if opinion.link_id else ()
                effects = (*ended, *effects)
                return _stay(view, case, (words,), effects=effects, aside=self.id)

    def _read(self, view: View, opinion: Opinion) -> Move:
        thanks = _("Thank you. I noted that you have read it.")
        if opinion.read_at is not None:
            return _stay(view, view.case, (thanks,), aside=_left(opinion))
        opinion = replace(opinion, read_at=view.now)
        case = with_opinion(view.case, opinion)
        effects: tuple[Effect, ...] = (
            RecordAudit(actor="patient", action="opinion.read"),
            NotifyCoordinators(reason="opinion_read", key=f"{case.id}:read:{view.session.version}"),
        )
        more = () if opinion.asked_at is not None else (_ASK_ONCE,)
        return _stay(view, case, (thanks, *more), effects=effects, aside=_left(opinion))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionQuestionsAside:
    """The one round of questions: words are questions until "Done"."""

    id: str = "opinion_questions"

    def prompt(self, view: View) -> Prompt:
        """Ask for them, or for more of them."""
        opinion = _asked_about(view.case)
        count = len(opinion.questions) if opinion else 0
        ask = (
            _n(
                "I have {n} question. Write the next one, or press Done.",
                "I have {n} questions. Write the next one, or press Done.",
                count,
            )
            if count
            else _(
                "What is not clear? Please write your questions, one in each line. "
                "When that is all, press Done."
            )
        )
        return Prompt(text=(ask,), choices=(_DONE, _NOT_NOW), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """A button, or any words."""
        if _asked_about(view.case) is None:
            return None
        choice = pick(view, (_DONE, _NOT_NOW), said, near=False)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and lines_of(said.text) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the questions, or pass them all on."""
        opinion = _asked_about(view.case)
        assert opinion is not None
        if opinion.asked_at is not None:
            return _stay(view, view.case, (_ASKED_ALREADY,), aside=_left(opinion))
        if said.choice == _NOT_NOW.id or (said.choice == _DONE.id and not opinion.questions):
            fine = _("That is all right. You can ask later: press “I have questions”.")
            return _stay(view, view.case, (fine,), aside=_left(opinion))
        if said.choice == _DONE.id:
            return self._passed_on(view, opinion)
        new = tuple(Asked(text=line, at=view.now) for line in lines_of(said.text))
        questions = (*opinion.questions, *new)[:_MOST_QUESTIONS]
        case = with_opinion(view.case, replace(opinion, questions=questions))
        return Move(case=case, phase=view.session.phase, aside=self.id)

    def _passed_on(self, view: View, opinion: Opinion) -> Move:
        opinion = replace(opinion, asked_at=view.now, questions_open=False)
        passed = _("Thank you. I passed your questions on. You will get the answers here.")
        effects: tuple[Effect, ...] = (
            RecordAudit(actor="patient", action="opinion.asked"),
            NotifyCoordinators(
                reason="questions", key=f"{view.case.id}:questions:{view.session.version}"
            ),
        )
        say = (passed, *when_answered(view.office))
        case = with_opinion(view.case, opinion)
        return _stay(view, case, say, effects=effects, aside=_left(opinion))


def opinion_of(case: Case) -> Opinion | None:
    """The opinion that was sent to the patient, or None."""
    opinion = case.desk.opinion
    return opinion if opinion is not None and opinion.sent_at is not None else None


def _asked_about(case: Case) -> Opinion | None:
    """The same also while it is changed, for whoever has begun to ask."""
    opinion = case.desk.opinion
    return opinion if opinion is not None and opinion.questions_open else opinion_of(case)


def with_opinion(case: Case, opinion: Opinion) -> Case:
    """The case with the opinion as it stands now."""
    return replace(case, desk=replace(case.desk, opinion=opinion))


def opinion_link(view: View) -> tuple[Text, str, tuple[Effect, ...]]:
    """The words that hand out a link to the opinion, the link's id, and what makes it."""
    if not view.web_address:
        return _NO_PAGE, "", ()
    # Two ids together are 128 random bits; the address is the only place where they stand.
    link_id, token = view.ids(), f"{view.ids()}{view.ids()}"
    effect = MakeLink(link_id=link_id, token=token, ends=view.now + LASTS, purpose="opinion")
    return _OPEN.with_(link=f"{view.web_address}/o/{token}"), link_id, (effect,)


def _choices(opinion: Opinion) -> tuple[Choice, ...]:
    """What can still be done with it."""
    done = ((_READ, opinion.read_at), (_ASK, opinion.asked_at), (_LINK, None))
    return tuple(choice for choice, at in done if at is None)


def _left(opinion: Opinion) -> str:
    """The question in between that stays open: until it is read, and asked about if they want to."""
    return ASIDE.id if opinion.read_at is None or opinion.asked_at is None else ""


def _stay(
    view: View,
    case: Case,
    say: tuple[Text, ...],
    *,
    effects: tuple[Effect, ...] = (),
    aside: str = "",
) -> Move:
    return Move(
        case=case, phase=view.session.phase, say=say, effects=effects, aside=aside, ask=False
    )


_WORKED_ON = _(
    "The coordinators are working on the opinion just now. "
    "You will get a new link here as soon as it is ready."
)
_ASK_ONCE = _(
    "If something is not clear, you can ask questions one time, all together. I pass them on."
)
_ASKED_ALREADY = _("Your questions are with the coordinators already. They answer you here.")

ASIDE = OpinionAside()
QUESTIONS = OpinionQuestionsAside()
