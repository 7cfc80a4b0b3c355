"""Erase everything, after one clear question."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.dates import PartialDate
from checklist.text import Text, _
from handlers.consenting import actor_of
from handlers.effects import (
    Effect,
    EraseCase,
    MakeLink,
    NotifyCoordinators,
    OpenHandoff,
    RecordAudit,
)
from handlers.links import LASTS
from handlers.office import when_answered
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_CHOICES = (
    Choice(id="yes", label=_("Yes, erase it all")),
    Choice(id="no", label=_("No, keep it")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAside:
    """The question, and what a yes does."""

    id: str = "delete"

    def prompt(self, view: View) -> Prompt:
        """Say what would be erased, and that it can't be undone."""
        ask = _(
            "Shall I erase everything you wrote and sent here? This can't be undone. "
            "What was already sent to a hospital can't be called back by me."
        )
        return Prompt(text=(ask,), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no. What can't be undone is never guessed."""
        choice = pick(view, _CHOICES, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Erase, or go on."""
        if said.choice == "no":
            return Move(case=view.case, phase=view.session.phase, say=(_("I keep everything."),))
        if view.case.desk.hold is not None:
            return _held(view)
        gone = _(
            "Everything is erased: your answers, your files and this chat on our side. "
            "Please delete the chat in your app too. If you need me again, just write."
        )
        proof, link = _certificate(view)
        effects = (
            EraseCase(),
            *link,
            RecordAudit(actor=actor_of(view), action="case.erased"),
            NotifyCoordinators(
                reason="erased", key=f"{view.case.id}:erased:{view.session.version + 1}"
            ),
        )
        return Move(case=view.case.forgotten(), say=(gone, proof), ask=False, effects=effects)


def _certificate(view: View) -> tuple[Text, tuple[Effect, ...]]:
    """A paper that says what was erased and when, without a name; or the same in one sentence."""
    case = view.case
    if not view.web_address:
        day = PartialDate.of(view.now.date())
        return _("Case {case} was erased on {date}.", case=case.id, date=day), ()
    token = f"{view.ids()}{view.ids()}"
    counted = f"{len(case.answers)}.{len({record.file_id for record in case.records})}"
    link = MakeLink(
        link_id=view.ids(), token=token, ends=view.now + LASTS, item=counted, purpose="certificate"
    )
    return _PROOF.with_(link=f"{view.web_address}/e/{token}"), (link,)


def _held(view: View) -> Move:
    """A dispute is open: a person answers, and that an erasure is wished is kept."""
    case, held = view.case, view.case.desk.hold
    assert held is not None
    case = replace(case, desk=replace(case.desk, hold=replace(held, erasure_wished=True)))
    key = f"{case.id}:held:{view.session.version}"
    effects = (
        OpenHandoff(reason="asked"),
        NotifyCoordinators(reason="held", key=key),
        RecordAudit(actor=actor_of(view), action="erasure.wished"),
    )
    say = (_HELD, *when_answered(view.office))
    return Move(case=case, phase=view.session.phase, say=say, effects=effects)


_PROOF = _("A paper that says so: {link} It has no name on it, and works for 7 days.", link="")
_HELD = _(
    "There is an open question about your case. Until it is settled I may not erase it. "
    "I noted your wish, and a person will write to you here."
)

ASIDE = ErasureAside()
