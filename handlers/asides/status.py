"""Where the case stands, item by item; any of them can be opened from here."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.progress import checklist_for
from checklist.text import _
from handlers.asides import password
from handlers.asides.opinion import opinion_of
from handlers.flow import changeable_steps
from handlers.office import when_answered
from handlers.parcel_words import line_of
from handlers.replies import Choice, Prompt
from handlers.stages import stage_line
from handlers.step import Move, Said, View, pick
from handlers.wording import item_line, step_title

_GO_ON = Choice(id="go_on", label=_("Go on"))
_PASSWORD = Choice(id=password.ID, label=_("Give a password"))
_REQUEST = Choice(id="request", label=_("What is asked for"))
_OPINION = Choice(id="opinion", label=_("The opinion"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAside:
    """The list, and the way into each item."""

    id: str = "status"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """What can be opened."""
        steps = changeable_steps(view.case, view.catalog)
        wanted = (_REQUEST,) if view.case.open_requests else ()
        ready = (_OPINION,) if opinion_of(view.case) is not None else ()
        return (
            _GO_ON,
            *wanted,
            *ready,
            *((_PASSWORD,) if view.case.locked else ()),
            *(Choice(id=step, label=step_title(step, view.catalog)) for step in steps),
        )

    def prompt(self, view: View) -> Prompt:
        """The items with their state."""
        checklist = checklist_for(view.case, view.catalog)
        lines = tuple(
            item_line(view.case, entry)
            for entry in checklist.items
            if entry.status != "not_applicable"
        )
        done = _(
            "Your case {case} is ready to {percent}%.",
            case=view.case.id,
            percent=checklist.completeness,
        )
        ask = _("To change something, press its name.")
        posted = tuple(line_of(parcel) for parcel in view.case.parcels)
        lines = (*lines, *posted, *password.waiting_lines(view.case))
        if view.case.submitted_at is not None:
            waits = when_answered(view.office) if view.case.status == "submitted" else ()
            done = stage_line(view.case)
            lines = (*waits, *lines)
        apart = tuple(f.message for f in checklist.findings if f.code == "other_patient")
        text = (done, *lines, *apart, ask)
        return Prompt(text=text, choices=self.choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A step's name, or to go on."""
        choice = pick(view, self.choices(view), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Open the step that was picked."""
        if said.choice == _GO_ON.id:
            return Move(case=view.case, phase=view.session.phase)
        if said.choice in (_REQUEST.id, _OPINION.id):
            return Move(case=view.case, phase=view.session.phase, aside=said.choice)
        if said.choice == _PASSWORD.id and view.case.locked:
            case = password.asking(view.case, password.next_asked(view.case))
            return Move(case=case, phase=view.session.phase, aside=password.ID)
        return Move(case=view.case, goto=said.choice)


ASIDE = StatusAside()
