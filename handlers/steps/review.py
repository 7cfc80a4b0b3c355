"""Read back what was understood, and hand the case over after a yes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Answer, Case
from checklist.findings import Finding
from checklist.imaging import WITHOUT_IMAGES, exactly, imaging_findings
from checklist.progress import case_type_name, checklist_for
from checklist.text import Text, _
from handlers.basis import ID as BASIS
from handlers.basis import is_open, is_wanted
from handlers.consenting import AGREE, unasked
from handlers.effects import (
    BuildPackage,
    CancelTimer,
    Effect,
    NoticeReason,
    NotifyCoordinators,
    RecordAudit,
)
from handlers.flow import changeable_steps
from handlers.parcel_words import line_of
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick
from handlers.taking import watched
from handlers.wording import item_line, step_title

_CHOICES = (
    Choice(id="yes", label=_("Yes, send it")),
    Choice(id="no", label=_("Change something")),
)
_WITHOUT_IMAGES = (
    Choice(id="yes", label=_("Send it anyway")),
    Choice(id="no", label=_("I get the pictures")),
)
_BACK = Choice(id="nothing", label=_("Nothing, go back"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """Phases: `change` lists what can be changed, `without_images` asks for an explicit choice."""

    id: str = "review"

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        match view.session.phase:
            case "change":
                return Prompt(
                    text=(_("What do you want to change?"),),
                    choices=_changes(view),
                    expects="choice",
                )
            case "without_images":
                ask = _("Do you want to send your case now, without these pictures?")
                said = tuple(f.message for f in _image_warnings(view.case))
                return Prompt(text=(*said, ask), choices=_WITHOUT_IMAGES, expects="choice")
            case _:
                return Prompt(text=_understood(view), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the phase's choices; a step's name opens that step at any phase."""
        match view.session.phase:
            case "change":
                choice = pick(view, _changes(view), said)
            case "without_images":
                choice = pick(view, _WITHOUT_IMAGES, said)
            case _:
                choice = pick(view, _CHOICES, said) or pick(view, _changes(view), said)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and any(c.isalpha() for c in said.text) else None

    def follow(self, view: View, said: Said) -> Move:
        """Submit, warn once more about missing pictures, or open a step to change it."""
        if said.choice is None:
            return self._noted(view, said)
        if said.choice == "yes" and (first := _asked_first(view)) is not None:
            return first
        match (view.session.phase, said.choice):
            case (_, "nothing"):
                return Move(case=view.case)
            case ("without_images", "no"):
                return Move(case=view.case, goto="imaging", phase="images")
            case ("without_images", "yes"):
                return self._submitted(view, choice="without_images")
            case ("", "yes") if _image_warnings(view.case):
                return Move(case=view.case, phase="without_images")
            case ("", "yes"):
                return self._submitted(view, choice="yes")
            case ("", "no"):
                return Move(case=view.case, phase="change")
            case (_, step):
                return Move(case=view.case, goto=step)

    def _noted(self, view: View, said: Said) -> Move:
        """Words that are no choice may be what was forgotten: they are kept, and it is asked again."""
        answer = view.case.answer(self.id) or Answer(step=self.id, at=view.now)
        words = "\n".join(filter(None, (answer.text, said.text.strip())))
        kept = _("I kept your note for the coordinator. Here is my question once more:")
        case = view.case.with_answer(replace(answer, at=view.now, text=words))
        return Move(case=case, phase=view.session.phase, say=(kept,))

    def _submitted(self, view: View, *, choice: str) -> Move:
        again = view.case.submitted_at is not None
        answer = view.case.answer(self.id) or Answer(step=self.id, at=view.now)
        answer = replace(answer, at=view.now, choice=choice)
        case = view.case.with_answer(answer).submitted(view.now)
        return Move(case=case, goto="done", effects=handed_over(view, again=again))


def _asked_first(view: View) -> Move | None:
    """What must be known before a case is handed over: who answers in what right, and where it may go."""
    phase = view.session.phase
    if view.case.submitted_at is not None:
        # A change reaches the coordinators in any case, but a birth date may have changed who must agree.
        return Move(case=view.case, phase=phase, aside=BASIS) if is_open(view) else None
    if is_wanted(view):
        return Move(case=view.case, phase=phase, aside=BASIS)
    if point := unasked(view, "abroad"):
        return Move(case=view.case, phase=phase, aside=AGREE, draft={AGREE: point})
    return None


def handed_over(view: View, *, again: bool) -> tuple[Effect, ...]:
    """What follows from a hand-over, the first or a later one."""
    case_id = view.case.id
    reason: NoticeReason = "updated" if again else "submitted"
    key = f"{case_id}:{reason}:{view.session.version}"
    return (
        BuildPackage(),
        NotifyCoordinators(reason=reason, key=key),
        CancelTimer(key=f"{case_id}:reminder"),
        *watched(view),
        RecordAudit(actor="patient", action=f"case.{reason}"),
    )


def _image_warnings(case: Case) -> tuple[Finding, ...]:
    return tuple(f for f in exactly(imaging_findings(case)) if f.code in WITHOUT_IMAGES)


def _changes(view: View) -> tuple[Choice, ...]:
    steps = changeable_steps(view.case, view.catalog)
    return (*(Choice(id=step, label=step_title(step, view.catalog)) for step in steps), _BACK)


def _understood(view: View) -> tuple[Text, ...]:
    case = view.case
    born = case.answer("birth_date")
    checklist = checklist_for(case, view.catalog)
    kind = case_type_name(case, view.catalog)
    facts = (
        _("• Name: {name}", name=case.text("name")) if case.text("name") else None,
        _("• Born: {date}", date=born.date) if born and born.date else None,
        _("• Country: {country}", country=case.text("country")) if case.text("country") else None,
        _("• Main problem: {problem}", problem=case.text("problem"))
        if case.text("problem")
        else None,
        _("• About: {kind}", kind=kind) if kind else None,
    )
    items = tuple(
        item_line(case, entry) for entry in checklist.items if entry.status != "not_applicable"
    )
    warnings = tuple(f.message for f in exactly(checklist.findings) if f.severity == "warning")
    return (
        _("This is what I understood. Please check it:"),
        *(fact for fact in facts if fact is not None),
        *items,
        *(line_of(parcel) for parcel in case.parcels),
        *warnings,
        _("Is this right? If yes, I send it to the coordinators."),
    )


STEP = ReviewStep()
