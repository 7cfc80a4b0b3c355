"""A coordinator asks for one more record: the patient reads why, and what is sent then is the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from checklist.desk import Reason, Request
from checklist.marks import mark_of_requests
from checklist.text import _
from handlers.acts.outcome import Acted, refused, shown_on_card, stale, trail
from handlers.asides import request as aside
from handlers.asides.advice import put_aside
from handlers.effects import CancelTimer, Effect, SetTimer
from handlers.reminders import HAVE_YOU, by_day
from handlers.requests import ASIDE_ID, ASKED, changed
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed, TimerFired

_LONGEST = 1000


def ask(view: View, act: CoordinatorActed) -> Acted:
    """Ask for a record of an item (`values` `item`, `reason`), in the coordinator's words too."""
    item, reason = act.values.get("item", ""), act.values.get("reason", "")
    case = view.case
    if stale(act, mark_of_requests(case)):
        return refused(view, act)
    if view.catalog.item(item) is None or reason not in get_args(Reason) or not case.consented:
        return view, ()
    wanted = Request(
        number=len(case.desk.requests) + 1,
        item=item,
        reason=cast(Reason, reason),
        by=act.coordinator,
        at=view.now,
        words=act.text.strip()[:_LONGEST],
        record_id=act.record_id if case.record(act.record_id) is not None else "",
    )
    desk = replace(case.desk, requests=(*case.desk.requests, wanted))
    view = replace(view, case=replace(case, desk=desk))
    effects = (trail(act, "record.requested", item), shown_on_card(view))
    if view.session.aside == "emergency":
        # Help stands; the question is found under "status", and on the next turn's list.
        return view, (*effects, *reply_of(view, aside.words_of(view, wanted), ask=False))
    view, said = put_aside(view)
    draft = {**view.session.draft, ASKED: str(wanted.number)}
    view = replace(view, session=replace(view.session, aside=aside.ASIDE.id, draft=draft))
    return view, (*effects, *reply_of(view, said, ask=True))


def withdraw(view: View, act: CoordinatorActed) -> Acted:
    """The record is not needed any more (`values` `request`)."""
    number = act.values.get("request", "")
    known = next((one for one in view.case.open_requests if str(one.number) == number), None)
    if known is None:
        return view, ()
    case = changed(view.case, replace(known, state="withdrawn"))
    session = view.session
    if session.aside == aside.ASIDE.id and not case.open_requests:
        session = replace(session, aside="")
    view = replace(view, case=case, session=session)
    return view, (
        trail(act, "request.withdrawn", known.item),
        CancelTimer(key=aside.timer_key(view, known)),
        shown_on_card(view),
        *reply_of(view, (aside.not_needed(view, known),), ask=False),
    )


def asked_again(view: View, timer: TimerFired) -> tuple[View, tuple[Effect, ...]]:
    """Ask again for what the patient could get, once, unless it has come or something else stands.

    What it is is not said: it may be read on a locked screen.
    """
    number = timer.key.rpartition(":")[2]
    mine = (one for one in view.case.open_requests if str(one.number) == number)
    request = next(mine, None)
    if request is None or view.session.aside or view.session.mode == "human":
        return view, ()
    at = by_day(view.case, view.now)
    if at != view.now:
        return view, (SetTimer(name=timer.name, key=timer.key, at=at),)
    draft = {**view.session.draft, ASKED: number}
    view = replace(view, session=replace(view.session, aside=ASIDE_ID, draft=draft))
    return view, reply_of(view, (HAVE_YOU, _TO_SEE), ask=False)


_TO_SEE = _("To see what it is, write “status”.")
