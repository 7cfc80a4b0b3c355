"""What every act leaves: a line in the trail, and no change where somebody else was first."""

from __future__ import annotations

from typing import TypeAlias

from checklist.case import Case
from handlers.effects import BuildPackage, Effect, NotifyCoordinators, RecordAudit
from handlers.step import View
from handlers.updates import CoordinatorActed

Acted: TypeAlias = tuple[View, tuple[Effect, ...]]

#: In the trail, with the key of the form: what it showed was changed by somebody else meanwhile.
CONFLICT = "act.conflict"
#: In the trail, with the act: there was nothing to be done by it.
NOTHING = "act.nothing"


def stale(act: CoordinatorActed, mark: str) -> bool:
    """Whether the form showed something else than what is there now."""
    return bool(act.seen) and act.seen != mark


def refused(view: View, act: CoordinatorActed) -> Acted:
    """Nothing is changed: the coordinator is shown what is there now, and keeps their words."""
    return view, (trail(act, CONFLICT, act.key),)


def trail(act: CoordinatorActed, action: str, object: str = "") -> RecordAudit:
    """That this coordinator did it."""
    return RecordAudit(actor="coordinator", action=action, object=object, by=act.coordinator)


def rebuilt(case: Case) -> tuple[Effect, ...]:
    """The package of a case that was handed over is made anew."""
    return (BuildPackage(),) if case.submitted_at is not None else ()


def shown_on_card(view: View) -> Effect:
    """The notice of the case shows how it stands now, and nobody is called by it."""
    return NotifyCoordinators(
        reason="changed", key=f"{view.case.id}:changed:{view.session.version}"
    )
