"""Who has the case, what coordinators tell each other, and where the case stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from checklist.case import CaseStatus
from checklist.desk import Note
from checklist.editions import edition_of
from checklist.marks import mark_of_assignee, mark_of_status
from checklist.text import _
from handlers.acts.outcome import Acted, rebuilt, refused, shown_on_card, stale, trail
from handlers.office import when_answered
from handlers.retention import after_closing
from handlers.step import View
from handlers.taking import watched
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed

#: Where a coordinator may put a case that was handed over. Sending the opinion makes it ready.
MOVES: Final[dict[str, CaseStatus]] = {
    "accepted": "accepted",
    "in_translation": "in_translation",
    "in_review": "in_review",
    "closed": "closed",
}
_LONGEST_NOTE = 4000


def take(view: View, act: CoordinatorActed) -> Acted:
    """The coordinator takes the case. One that was handed over is accepted by it."""
    return _given(view, act, act.coordinator)


def assign(view: View, act: CoordinatorActed) -> Acted:
    """The case is given to somebody, `values` `to`; to "" it is given back, and waits to be taken."""
    return _given(view, act, act.values.get("to", "").strip())


def _given(view: View, act: CoordinatorActed, to: str) -> Acted:
    case = view.case
    if stale(act, mark_of_assignee(case)):
        return refused(view, act)
    if to == case.desk.assignee:
        return view, ()
    before: CaseStatus = "submitted" if to else "accepted"
    after: CaseStatus = "accepted" if to else "submitted"
    status = after if case.status == before else case.status
    case = replace(case, status=status, desk=replace(case.desk, assignee=to))
    view = replace(view, case=case)
    action = "case.taken" if to == act.coordinator else "case.assigned" if to else "case.returned"
    # One that was given back is as one that has just come.
    called = watched(view) if status == "submitted" else ()
    return view, (trail(act, action, to), shown_on_card(view), *called)


def note(view: View, act: CoordinatorActed) -> Acted:
    """Words for the other coordinators; no patient ever sees them."""
    words = act.text.strip()[:_LONGEST_NOTE]
    if not words:
        return view, ()
    kept = Note(by=act.coordinator, at=view.now, text=words)
    desk = replace(view.case.desk, notes=(*view.case.desk.notes, kept))
    return replace(view, case=replace(view.case, desk=desk)), (trail(act, "note.added"),)


def move(view: View, act: CoordinatorActed) -> Acted:
    """Put the case where it is now (`values` `status`). The patient is told when it is closed."""
    case = view.case
    if stale(act, mark_of_status(case)):
        return refused(view, act)
    status = MOVES.get(act.values.get("status", ""))
    if status is None or case.status in ("collecting", status):
        return view, ()
    closed_at = view.now if status == "closed" else None
    view = replace(view, case=replace(case, status=status, closed_at=closed_at))
    effects = (trail(act, f"case.{status}"), shown_on_card(view))
    if status != "closed":
        return view, effects
    closed = _(
        "Your case is closed now. I keep your records, and you can still write to me. "
        "To erase everything, write “delete”."
    )
    return view, (*effects, *reply_of(view, (closed, *after_closing(view)), ask=False))


def reopen(view: View, act: CoordinatorActed) -> Acted:
    """Open the case again: what it holds now is kept in mind, and the next package says what changed."""
    case = view.case
    if stale(act, mark_of_status(case)):
        return refused(view, act)
    if case.submitted_at is None:
        return view, ()
    edition = edition_of(case, by=act.coordinator, at=view.now)
    desk = replace(case.desk, editions=(*case.desk.editions, edition))
    view = replace(view, case=replace(case, status="accepted", closed_at=None, desk=desk))
    opened = _(
        "Your case is open again. If you have new records or something has changed, "
        "please send it here. It goes to the specialist with the rest."
    )
    said = reply_of(view, (opened, *when_answered(view.office)), ask=False)
    done = trail(act, "case.reopened", str(edition.number + 1))
    return view, (done, shown_on_card(view), *rebuilt(view.case), *said)
