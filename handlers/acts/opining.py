"""The specialist's opinion on its way to the patient: its files, its approval, its sending."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from checklist.marks import mark_of_opinion
from checklist.opinion import Opinion, OpinionFile, OpinionPart
from handlers.acts.outcome import Acted, refused, shown_on_card, stale, trail
from handlers.asides import opinion as aside
from handlers.asides.advice import put_aside
from handlers.effects import RevokeLink
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed


def add(view: View, act: CoordinatorActed) -> Acted:
    """One more file of the opinion, `file_id`; `values` have its `part` and `name`."""
    part = act.values.get("part", "")
    if stale(act, mark_of_opinion(view.case)):
        return refused(view, act)
    if part not in get_args(OpinionPart) or not act.file_id or view.case.submitted_at is None:
        return view, (trail(act, "opinion.not_taken", act.file_id),)
    known = view.case.desk.opinion or Opinion()
    if any(file.id == act.file_id for file in known.files):
        return view, ()
    file = OpinionFile(
        id=act.file_id,
        part=cast(OpinionPart, part),
        name=act.values.get("name", "")[:200],
        by=act.coordinator,
        at=view.now,
    )
    view = with_opinion(view, known.unsettled((*known.files, file)))
    return view, (trail(act, "opinion.added", file.id), shown_on_card(view))


def remove(view: View, act: CoordinatorActed) -> Acted:
    """Take a file out that was not sent yet."""
    known = view.case.desk.opinion
    if stale(act, mark_of_opinion(view.case)):
        return refused(view, act)
    if known is None or known.sent_at is not None:
        return view, ()
    files = tuple(file for file in known.files if file.id != act.file_id)
    if files == known.files:
        return view, ()
    view = with_opinion(view, known.unsettled(files))
    return view, (trail(act, "opinion.removed", act.file_id),)


def approve(view: View, act: CoordinatorActed) -> Acted:
    """Say that it may go to the patient. With `values` `another` nobody approves their own upload."""
    known = view.case.desk.opinion
    if stale(act, mark_of_opinion(view.case)):
        return refused(view, act)
    if known is None or not known.files or known.approved_at is not None:
        return view, ()
    if act.values.get("another") and act.coordinator in known.uploaders:
        return refused(view, act)
    view = with_opinion(view, replace(known, approved_by=act.coordinator, approved_at=view.now))
    return view, (trail(act, "opinion.approved"), shown_on_card(view))


def send(view: View, act: CoordinatorActed) -> Acted:
    """Send it: the patient gets a private link, and the case is ready. Again it is a new link."""
    known, case = view.case.desk.opinion, view.case
    if stale(act, mark_of_opinion(case)):
        return refused(view, act)
    if known is None or not known.files or known.approved_at is None:
        return refused(view, act)
    if view.session.aside != "emergency":
        view, _added = put_aside(view)
    words, link_id, effects = aside.opinion_link(view)
    sent = replace(known, sent_by=act.coordinator, sent_at=view.now, link_id=link_id)
    view = with_opinion(view, sent)
    session = view.session
    if session.aside != "emergency":
        session = replace(session, aside=aside.ASIDE.id)
    view = replace(view, case=replace(view.case, status="opinion_ready"), session=session)
    ended = (RevokeLink(link_id=known.link_id),) if known.link_id else ()
    said = reply_of(view, (aside.HERE, words), ask=session.aside == aside.ASIDE.id)
    return view, (*ended, *effects, trail(act, "opinion.sent"), shown_on_card(view), *said)


def with_opinion(view: View, opinion: Opinion) -> View:
    """The case with this opinion."""
    desk = replace(view.case.desk, opinion=opinion)
    return replace(view, case=replace(view.case, desk=desk))
