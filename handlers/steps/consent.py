"""Ask for consent to keep the records. The answer carries the version of the words that were shown."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import Text, _, _n
from handlers.consenting import AGREE, actor_of, consent_of, may_agree_again, unasked
from handlers.effects import (
    BuildPackage,
    Effect,
    EraseCase,
    NotifyCoordinators,
    RecordAudit,
    StopUploads,
    TellChats,
)
from handlers.replies import Choice, Prompt
from handlers.session import Session
from handlers.step import ONWARD, Move, Said, View, answered, pick

#: Rises with every change to the words below, in any language.
VERSION = "2026-11-24"

#: What a patient agrees to. A lawyer must still review these words; see README, "What is not reviewed".
POINTS: tuple[Text, ...] = (
    _("Before we begin, please read this:"),
    _("• I am an automated assistant, not a doctor. I give no medical advice."),
    _(
        "• I keep what you write and send here: your answers, your files, and the address of this chat."
    ),
    _(
        "• I share it with the coordinators of this service. They share it with the specialist "
        "and, if needed, with a translator. They may be in another country."
    ),
    _("• The company that runs this chat app may see that you write here."),
    _("• You can stop at any time. Write “delete” and everything you sent is erased."),
    _("• This is not for emergencies. Nobody watches this chat day and night."),
    _("May I keep your records to prepare your case?"),
)

_CHOICES = (
    Choice(id="yes", label=_("Yes, I agree")),
    Choice(id="no", label=_("No")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStep:
    """A yes or a no to a version of words."""

    id: str = "consent"

    def prompt(self, view: View) -> Prompt:
        """The points, and the question."""
        return Prompt(text=POINTS, choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no."""
        choice = pick(view, _CHOICES, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Go on after a yes, with the next point; after a no erase what had come before it.

        What was there when an earlier yes was taken back stays: its erasure is a question of its own. Who
        has gone back to this question takes their yes back by a no.
        """
        if said.choice == "no" and view.case.consented:
            return stopped(view)
        if not may_agree_again(view):
            return Move(case=view.case, goto="stopped")
        given = said.choice == "yes"
        consent = consent_of(view, "keep", given=given, shown=POINTS, version=VERSION)
        audit = RecordAudit(actor=actor_of(view), action=f"consent.{said.choice}", object=VERSION)
        if given:
            case = answered(view, self.id, said).with_consent(consent)
            more = unasked(view, "abroad")
            draft = {AGREE: more} if more else None
            aside = AGREE if more else ""
            again = (TellChats(news="goes_on"),) if view.case.withdrawn else ()
            effects = (audit, *again, *_goes_on(view))
            say = _asked_for_again(view.session)
            return Move(case=case, goto=ONWARD, aside=aside, draft=draft, say=say, effects=effects)
        if view.case.withdrawn:
            return Move(case=view.case.with_consent(consent), goto="stopped", effects=(audit,))
        case = view.case.refused(consent)
        return Move(case=case, goto="declined", effects=(EraseCase(), audit))


def _asked_for_again(session: Session) -> tuple[Text, ...]:
    """What is said after the yes of files that came before it; () where none did."""
    if not session.untaken:
        return ()
    return (
        _n(
            "Before you agreed you sent {n} file. I did not keep it. Please send it again now.",
            "Before you agreed you sent {n} files. I did not keep them. Please send them again now.",
            session.untaken,
        ),
    )


def _goes_on(view: View) -> tuple[Effect, ...]:
    """A case that was handed over and stopped goes on: who works on it is told, and has it as it is now."""
    if not view.case.withdrawn or view.case.submitted_at is None:
        return ()
    key = f"{view.case.id}:updated:{view.session.version}"
    return BuildPackage(), NotifyCoordinators(reason="updated", key=key)


def stopped(view: View) -> Move:
    """The yes is taken back: nobody works on the case any more, and everything is there."""
    no = consent_of(view, "keep", given=False, shown=POINTS, version=VERSION)
    effects = (
        RecordAudit(actor=actor_of(view), action="consent.withdrawn", object=VERSION),
        NotifyCoordinators(
            reason="withdrawn", key=f"{view.case.id}:withdrawn:{view.session.version}"
        ),
        StopUploads(),
        TellChats(news="stopped"),
    )
    return Move(case=view.case.with_consent(no), goto="stopped", draft={}, effects=effects)


STEP = ConsentStep()
