"""Retention: a case is erased when its time is over, after a warning, and never while it is held.

The warning is said in every chat of the case. It counts from when it arrived in one of them; where it
arrives in none coordinators are told, and have long enough to reach somebody, or to hold the case.

When is the operator's word (`Service`). The job that finds what is due only adds an update; here it is
looked at again, for somebody may have written meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from checklist.case import Case
from checklist.consents import newest
from checklist.text import Text, _, _n
from handlers.effects import (
    EraseCase,
    ForgetChat,
    NotifyCoordinators,
    RecordAudit,
    SendReply,
    TellChats,
)
from handlers.moving import Heard
from handlers.replies import Reply
from handlers.service import Service
from handlers.step import View
from handlers.turn import EMERGENCY, reply_of
from handlers.updates import DueReason, RetentionDue

#: So long before an erasure it is said, or half the time where that is less.
WARNING: Final = timedelta(days=7)
#: What came before any consent is kept no longer than this.
UNASKED: Final = timedelta(days=1)
#: So much longer where a person was asked for and nobody has answered: "Somebody will write to you here".
AWAITED: Final = timedelta(days=14)
#: After this time it is known whether a warning has arrived anywhere.
SETTLED: Final = timedelta(days=1)
#: So long coordinators have where it has not.
UNREACHED: Final = timedelta(days=30)
#: Since then it is kept when a case was closed, and the patient is told that it is erased. To those before
#: it was said that their records are kept: their days are counted from here.
_SAID_SINCE: Final = datetime(2026, 11, 27, tzinfo=UTC)


def due_at(case: Case, service: Service, last_at: datetime) -> tuple[DueReason, datetime] | None:
    """Why and when a case is erased, counted from the last word or file; None for never."""
    if case.erased or case.desk.hold is not None:
        return None
    if case.withdrawn:
        said = newest(case.consents, "keep")
        since = max(said.at, last_at) if said is not None else last_at
        days = service.of_silence
        return ("withdrawn", since + timedelta(days=days)) if days else None
    if not case.consented:
        return "unasked", last_at + UNASKED
    if case.status == "closed":
        since = max(case.closed_at or _SAID_SINCE, last_at)
        days = service.after_closing
        return ("closed", since + timedelta(days=days)) if days else None
    if case.submitted_at is None and service.of_silence:
        return "silent", last_at + timedelta(days=service.of_silence)
    return None


def after_closing(view: View) -> tuple[Text, ...]:
    """When a closed case is erased; () where it is kept."""
    days = view.service.after_closing
    if not days:
        return ()
    return (
        _n(
            "It is erased {n} day after your case is closed.",
            "It is erased {n} days after your case is closed.",
            days,
        ),
    )


def warns_for(reason: DueReason, service: Service) -> timedelta:
    """How long before its erasure a case is warned of; nothing where nobody is to be told."""
    if reason == "unasked":
        return timedelta()
    days = service.after_closing if reason == "closed" else service.of_silence
    return min(WARNING, timedelta(days=days) / 2)


def retention_due(view: View, update: RetentionDue) -> Heard:
    """Warn, or erase what was warned of; nothing where it is not due any more."""
    last = max(update.last_at, view.session.last_inbound_at or update.last_at)
    if view.case.erased:
        gone = RecordAudit(actor="system", action="chat.forgotten")
        return view, (ForgetChat(), gone) if view.now >= last + UNASKED else ()
    due = due_at(view.case, view.service, last)
    if due is None or due[0] != update.reason:
        return view, ()
    reason, at = due
    if reason == "unasked":
        return _forgotten(view) if view.now >= at else (view, ())
    ahead = warns_for(reason, view.service)
    if view.now < at - ahead:
        return view, ()
    warned_at = warned_since(view.case, last)
    if warned_at is None:
        return _warned(view)
    if update.what == "warn":
        return view, ()
    over = over_at(view.case, at, ahead, update.reached_at)
    if over is None:
        return _unreached(view) if view.now >= warned_at + SETTLED else (view, ())
    return _erased(view, reason) if view.now >= over else (view, ())


def warned_since(case: Case, last_at: datetime) -> datetime | None:
    """When it was warned of the end of a silence that began then; None where it was not yet."""
    warned = case.warned_at
    return warned if warned is not None and warned >= last_at else None


def over_at(
    case: Case, at: datetime, ahead: timedelta, reached_at: datetime | None
) -> datetime | None:
    """When a case that was warned of is erased, which is due at `at`.

    None while the warning has reached nobody, and coordinators have not been told that.
    """
    if reached_at is not None:
        return max(at, reached_at + ahead)
    told = case.unreached_at
    return None if told is None else max(at, told + UNREACHED)


def warning(view: View) -> Text:
    """What is said before an erasure, in every chat of the case."""
    due = due_at(view.case, view.service, view.now)
    ahead = warns_for(due[0], view.service) if due is not None else WARNING
    days = max(1, ahead.days)
    return _n(
        "Nothing has happened in your case for a long time. In {n} day I erase it. "
        "To keep it, just write to me. For a copy, write “export”.",
        "Nothing has happened in your case for a long time. In {n} days I erase it. "
        "To keep it, just write to me. For a copy, write “export”.",
        days,
    )


def _warned(view: View) -> Heard:
    view = replace(view, case=replace(view.case, warned_at=view.now, unreached_at=None))
    audit = RecordAudit(actor="system", action="retention.warned")
    said = reply_of(view, (warning(view),), ask=False, everywhere=True)
    return view, (audit, *said, TellChats(news="warned"))


def _unreached(view: View) -> Heard:
    """Nobody has read that the case is erased: coordinators may know another way to reach them."""
    view = replace(view, case=replace(view.case, unreached_at=view.now))
    key = f"{view.case.id}:not_warned:{view.session.version}"
    audit = RecordAudit(actor="system", action="retention.unreached")
    return view, (audit, NotifyCoordinators(reason="not_warned", key=key))


def _erased(view: View, reason: DueReason) -> Heard:
    key = f"{view.case.id}:erased:{view.session.version}"
    effects = (
        EraseCase(),
        RecordAudit(actor="system", action=f"case.erased.{reason}"),
        NotifyCoordinators(reason="erased", key=key),
    )
    # Of the question that stood nothing is left, so none of its buttons either.
    said = Reply(
        step="declined", turn=view.session.version, text=(_GONE,), choices=(EMERGENCY,),
        expects="text",
    )  # fmt: skip
    return replace(view, case=view.case.forgotten()), (*effects, SendReply(reply=said))


def _forgotten(view: View) -> Heard:
    """Nobody agreed to anything, and nobody is told: not even whose chat it was is kept."""
    audit = RecordAudit(actor="system", action="chat.forgotten")
    return replace(view, case=view.case.forgotten()), (EraseCase(), ForgetChat(), audit)


_GONE: Text = _("Your case is erased, as I wrote to you before. If you need me again, just write.")
