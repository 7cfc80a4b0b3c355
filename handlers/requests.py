"""Requests of coordinators: which one a file answers, and what follows when it has come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from checklist.case import Case
from checklist.desk import Request
from checklist.pairing import pairing_of
from checklist.text import Text, _
from handlers.effects import Effect, NotifyCoordinators, RecordAudit
from handlers.session import Received
from handlers.step import View
from handlers.updates import RecordIndexed

HAS_COME = _("Thank you. I told the coordinator that it is here.")

#: The question in between that asks for a record, and what the draft calls the one that it is about.
ASIDE_ID, ASKED = "request", "request"


def changed(case: Case, request: Request) -> Case:
    """The case with this request in place of what was known of it."""
    requests = tuple(request if r.number == request.number else r for r in case.desk.requests)
    return replace(case, desk=replace(case.desk, requests=requests))


def standing(view: View) -> Request | None:
    """The request that the question in between is about, or else the newest open one."""
    wanted = view.case.open_requests
    named = view.session.draft.get(ASKED)
    return next((one for one in wanted if str(one.number) == named), wanted[-1] if wanted else None)


def answered_by(view: View, item: str | None) -> Request | None:
    """The request that files answer which come now: the one that was asked, or one for their item.

    After the hand-over nothing else is asked for, so then a single request is the one.
    """
    if view.session.aside == ASIDE_ID:
        return standing(view)
    if item is not None:
        return view.case.request_for(item)
    wanted = view.case.open_requests
    return wanted[0] if len(wanted) == 1 and view.case.submitted_at is not None else None


def with_files(view: View, request: Request, file_ids: Collection[str]) -> View:
    """The view in which these files were sent for a request."""
    request = replace(request, file_ids=(*request.file_ids, *file_ids))
    return replace(view, case=changed(view.case, request))


def has_come(view: View, update: RecordIndexed) -> tuple[View, tuple[Effect, ...]]:
    """A file that was sent for a request could be read: the coordinators are told.

    Pictures of a report, and a report of pictures, are the answer wherever they were sent.
    """
    wanted = (one for one in view.case.open_requests if update.file_id in one.file_ids)
    request = next(wanted, None) or _paired_now(view.case, update)
    if request is None or update.refusal is not None or not update.records:
        return view, ()
    case = changed(view.case, replace(request, state="answered"))
    session = view.session
    if session.aside == ASIDE_ID:
        session = replace(session, aside="")
    return replace(view, case=case, session=session), told(case, request)


def _paired_now(case: Case, update: RecordIndexed) -> Request | None:
    """The request for the other half of a pair that is here now."""
    halves = [r for r in case.open_requests if r.reason in ("images", "report") and r.record_id]
    if not halves or not update.records:
        return None
    new = {record.id for record in update.records}
    pairs = pairing_of(case).pairs
    together = {(p.report_id, p.study_id) for p in pairs} | {
        (p.study_id, p.report_id) for p in pairs
    }
    mine = (r for r in halves if any((r.record_id, one) in together for one in new))
    return next(mine, None)


def told(case: Case, request: Request) -> tuple[Effect, ...]:
    """The coordinators hear that a request is answered, one way or another."""
    return (
        NotifyCoordinators(reason="answered", key=f"{case.id}:answered:{request.number}"),
        RecordAudit(actor="patient", action="request.answered", object=request.item),
    )


def thanks(case: Case, batch: tuple[Received, ...]) -> tuple[Text, ...]:
    """What a receipt adds where its files were asked for."""
    ids = {entry.file_id for entry in batch}
    came = any(r.state == "answered" and ids & set(r.file_ids) for r in case.desk.requests)
    return (HAS_COME,) if came else ()
