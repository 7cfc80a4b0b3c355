"""Join a case by a code: who writes here and their own consent, before anything of it is shown.

All this is said in the chat's own, empty case. The chat is moved into the other one only by the yes
at the end, so that until then nothing of that case can come here, whatever happens to it meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from checklist.case import Chat
from checklist.text import Text, _
from handlers.consenting import consent_of
from handlers.effects import EraseCase, JoinCase, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.session import Session
from handlers.step import ONWARD, Move, Said, View, pick
from handlers.steps import consent, language, role

#: Whoever joins agrees to the same points, and to them for this chat.
VERSION = f"{consent.VERSION}/join"
#: A helper says besides that they may write for the patient.
HELPER_VERSION = f"{consent.VERSION}/join-helper"

#: What is heard while somebody joins; all else needs a case.
COMMANDS = frozenset(
    {"start", "help", "ask", "language", "back", "human", "privacy", "delete", "emergency"}
)

#: What the draft holds: who is to write here, and whether that is who handed out the code.
INVITED, SAME = "invited", "same"
#: And when and in which language a helper has said yes, who is asked for more.
_AGREED = "agreed"
_LANGUAGE, _CONSENT = "language", "consent"

_CHOICES = (
    Choice(id="yes", label=_("Yes, I agree")),
    Choice(id="no", label=_("No")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningStep:
    """The language, and who writes here; then a yes or a no; and after a helper's yes who they are."""

    id: str = "joining"

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        match view.session.phase:
            case "language":
                return replace(language.STEP.prompt(view), text=(_WHICH,))
            case "consent":
                return Prompt(text=_points(view), choices=_CHOICES, expects="choice")
            case _:
                return role.STEP.prompt(view)

    def read(self, view: View, said: Said) -> Said | None:
        """As the steps for a first chat understand it."""
        match view.session.phase:
            case "language":
                return language.STEP.read(view, said)
            case "consent":
                choice = pick(view, _CHOICES, said)
                return None if choice is None else Said(text=said.text, choice=choice)
            case _:
                return role.STEP.read(view, said)

    def follow(self, view: View, said: Said) -> Move:
        """Ask the next thing; with the last one join, after a no forget all that was said here."""
        match view.session.phase:
            case "language":
                return replace(language.STEP.follow(view, said), goto=None)
            case "consent" if said.choice == "yes":
                return _agreed(view)
            case "consent":
                return _declined(view)
            case "" if said.choice == "patient" and view.session.draft.get(INVITED) == "helper":
                return Move(case=view.case, say=(_FOR_A_HELPER,), ask=True)
            case "":
                draft = {k: v for k, v in view.session.draft.items() if k != _AGREED}
                who = role.STEP.follow(view, said)
                return replace(who, goto=None, phase=_CONSENT, draft=draft)
        move = role.STEP.follow(view, said)
        return _joining(replace(view, case=move.case)) if move.goto == ONWARD else move


def _points(view: View) -> tuple[Text, ...]:
    """What whoever joins agrees to."""
    basis = (_BASIS,) if view.by_helper else ()
    return (*consent.POINTS[:-1], *basis, _ASK)


def first_phase(view: View, locale: str) -> str:
    """What is asked first: the language, where it isn't known."""
    return "" if locale or view.case.answer("language") is not None else _LANGUAGE


def has_agreed(session: Session) -> bool:
    """Whether whoever joins has said yes, and is asked who they are."""
    return _AGREED in session.draft


def _agreed(view: View) -> Move:
    """Ask a helper who they are, if that isn't known; join else."""
    draft = view.session.draft
    known = draft.get(INVITED) == "helper" and bool(draft.get(SAME))
    if view.by_helper and not known and not view.case.answers["role"].note:
        agreed = {**draft, _AGREED: f"{view.now.isoformat()} {view.locale}"}
        return Move(case=view.case, phase="helper_name", draft=agreed)
    return _joining(view)


def _then(view: View) -> View:
    """The view of the moment of the yes, in the language in which its words were shown."""
    at, _space, locale = view.session.draft.get(_AGREED, "").partition(" ")
    if not at:
        return view
    session = replace(view.session, locale=locale)
    return replace(view, now=datetime.fromisoformat(at), session=session)


def _joining(view: View) -> Move:
    said = view.case.answers["role"]
    helps = said.choice == "helper"
    version = HELPER_VERSION if helps else VERSION
    chat = Chat(
        id=view.session.id,
        channel=view.session.channel,
        since=view.now,
        writer="helper" if helps else "patient",
        name=said.note,
        relation=said.value,
        consent=consent_of(_then(view), "keep", given=True, shown=_points(view), version=version),
    )
    return Move(case=view.case, phase=_CONSENT, ask=False, effects=(JoinCase(chat=chat),))


def _declined(view: View) -> Move:
    refusal = consent_of(view, "keep", given=False, shown=_points(view), version=VERSION)
    audit = RecordAudit(actor="patient", action="join.declined", object=VERSION)
    return Move(
        case=view.case.refused(refusal),
        goto="declined",
        say=(_NOTHING_SHOWN,),
        effects=(EraseCase(), audit),
    )


STEP = JoiningStep()

_WHICH = _("Which language is best for you?")
_BASIS = _(
    "• You help a patient. Please go on only if the patient knows it and wants it. "
    "You may also go on if you decide for them, as parents do."
)
_ASK = _("Do you agree, so that we can go on with this case here?")
_FOR_A_HELPER: Text = _(
    "This code is for somebody who helps. If you are the patient, please ask for a code of your "
    "own. Whoever gave you this one can write “/continue” again for that."
)
_NOTHING_SHOWN = _("Nothing of the case was shown here, and this chat is no part of it.")
