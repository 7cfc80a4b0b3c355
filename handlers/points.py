"""Points: the consent is asked about again, by a coordinator's wish or once by itself, at a good moment.

A case that was past the question for a point when the service began to ask for it, or to have a use
for it, would else never hear of it: what was never asked is a no.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from checklist.case import Case
from checklist.consents import OPTIONAL, Point, PointAsked, answer_to, asked_of, newest, with_asked
from handlers.asides import password
from handlers.asides.advice import put_aside
from handlers.consenting import AGREE, offered, offered_by
from handlers.doorway import at_door
from handlers.effects import Effect, OpenHandoff, RecordAudit, SetTimer
from handlers.reminders import by_day
from handlers.service import Service
from handlers.step import Move, View
from handlers.steps.stopped import ID as STOPPED
from handlers.turn import reply_of
from handlers.updates import TimerFired

Heard = tuple[View, tuple[Effect, ...]]

#: After so long without a word another question in between does not stand in the way any more.
WAITS: Final = timedelta(minutes=30)
#: Where something stands that must, it is looked at again as seldom as this.
_LATER: Final = timedelta(hours=6)
#: A question that was shown and has no answer is not put again so soon.
_AGAIN: Final = timedelta(days=1)
#: After the help of an emergency nothing of this kind is asked for so long.
_AFTER_HELP: Final = timedelta(hours=1)
#: At these another question is asked first, and at the last nobody works on the case.
_BEFORE: Final = frozenset({"language", "consent", "declined", "joining", STOPPED})
#: What must keep standing, however long: what is written there is heard like nothing else.
_KEPT: Final = frozenset({"emergency", password.ID, "delete"})


def askable(case: Case, service: Service, now: datetime) -> tuple[Point, ...]:
    """What a coordinator can have asked: of use, not agreed to, and not asked already just now."""
    if not case.consented or case.erased:
        return ()
    return tuple(
        p for p in offered_by(service) if not case.agrees(p) and not _is_open(case, p, now)
    )


def wished(case: Case, point: Point, *, by: str, view: View) -> Case:
    """The case with a coordinator's wish that the point be put to the patient."""
    one = PointAsked(point=point, by=by, at=view.now)
    return replace(case, asked=with_asked(case.asked, one))


def noted_as_asked(view: View) -> View:
    """The view after a point was put: the case knows that, whatever comes of it."""
    point = next((p for p in OPTIONAL if p == view.session.draft.get(AGREE)), None)
    if view.session.aside != AGREE or point is None:
        return view
    one = asked_of(view.case.asked, point)
    if one is None or answer_to(one, view.case.consents) is not None:
        one = PointAsked(point=point, by="", at=view.now)
    if one.shown_at is not None:
        return view
    asked = with_asked(view.case.asked, replace(one, shown_at=view.now))
    return replace(view, case=replace(view.case, asked=asked))


def asked_when_quiet(view: View) -> Heard:
    """The view in which the next point is asked that a coordinator wished for; where nothing stands."""
    point = _next_wished(view)
    return _asking(view, point) if point is not None and _is_quiet(view) else (view, ())


def asked_after(view: View, before: View, move: Move, *, alone: bool) -> Heard:
    """The same after a patient's answer; and once by itself what they have never been asked.

    That is only after the hand-over, with the form behind them, and where they were answered `alone`:
    with no word of comfort, and no person called.
    """
    if before.session.aside == "emergency":
        return view, ()
    view, effects = asked_when_quiet(view)
    if effects or not _is_quiet(view):
        return view, effects
    called = any(isinstance(effect, OpenHandoff) for effect in move.effects)
    plain = alone and move.understood and not called and before.session.aside in ("", AGREE)
    handed_over = before.case.submitted_at is not None and view.case.status != "closed"
    if not plain or not handed_over or view.session.step != "done":
        return view, ()
    never = (p for p in offered(view) if _was_never_asked(view.case, p))
    point = next(never, None)
    return (view, ()) if point is None else _asking(view, point)


def asked_at_last(view: View, timer: TimerFired) -> Heard:
    """The timer of a point that waits has run out: ask, by day and after a silence; else look again."""
    point = _next_wished(view)
    if point is None:
        return view, ()
    last = view.session.last_inbound_at
    silent = last is None or view.now - last >= WAITS
    kept = view.session.aside in _KEPT or view.session.batch
    by_now = by_day(view.case, view.now) == view.now
    if not by_now or not silent or kept or not _may_be_asked(view):
        later = by_day(view.case, view.now + (_LATER if silent else WAITS))
        return view, (SetTimer(name=timer.name, key=timer.key, at=later),)
    view, said = put_aside(view)
    view, effects = _asking(view, point)
    return view, (*effects, *reply_of(view, said, ask=True))


def timer_key(case: Case) -> str:
    """The key of the timer that looks for a good moment."""
    return f"{case.id}:point"


def _asking(view: View, point: Point) -> Heard:
    draft = {**view.session.draft, AGREE: point}
    view = replace(view, session=replace(view.session, aside=AGREE, draft=draft))
    audit = RecordAudit(actor="assistant", action=f"consent.{point}.asked")
    return noted_as_asked(view), (audit,)


def _is_quiet(view: View) -> bool:
    """Whether nothing else is under way in this chat, and it is one in which this can be asked."""
    session = view.session
    stands = session.aside or session.phase or session.batch or session.overtaken
    return not stands and _may_be_asked(view)


def _may_be_asked(view: View) -> bool:
    case, session = view.case, view.session
    if session.mode == "human" or session.step in _BEFORE or at_door(view):
        return False
    if not case.consented or case.erased or password.is_trying(case):
        return False
    return not _help_was_near(view) and not _patient_writes_elsewhere(view)


def _help_was_near(view: View) -> bool:
    times = (view.session.last_help_at, view.session.told_help_at)
    return any(at is not None and view.now - at < _AFTER_HELP for at in times)


def _patient_writes_elsewhere(view: View) -> bool:
    """Whether this is the chat of a helper who has joined, and the patient has one of their own."""
    joined = view.session.joined_as == "helper"
    return joined and any(view.case.writer_in(chat) != "helper" for chat in view.case.chats)


def _waits(case: Case, point: Point) -> bool:
    one = asked_of(case.asked, point)
    return one is not None and one.shown_at is None and answer_to(one, case.consents) is None


def _is_open(case: Case, point: Point, now: datetime) -> bool:
    """Whether the point waits to be said, or was said today and has no answer yet."""
    one = asked_of(case.asked, point)
    if one is None or answer_to(one, case.consents) is not None:
        return False
    return one.shown_at is None or now - one.shown_at < _AGAIN


def _next_wished(view: View) -> Point | None:
    case = view.case
    waiting = (p for p in offered(view) if _waits(case, p) and not case.agrees(p))
    return next(waiting, None)


def _was_never_asked(case: Case, point: Point) -> bool:
    return newest(case.consents, point) is None and asked_of(case.asked, point) is None
