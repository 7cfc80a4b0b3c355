"""Conversation: what is said next. One pure function, the same for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from checklist.belonging import asked, with_decision
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import awaited
from checklist.text import verbatim
from handlers.asides import password
from handlers.asides.advice import put_aside
from handlers.asides.whose import ASIDE as WHOSE_ASIDE
from handlers.asides.whose import asked_about
from handlers.chats import caught_up, code_tried, stood
from handlers.doorway import led
from handlers.effects import (
    BuildPackage,
    Effect,
    NotifyCoordinators,
    RecordAudit,
    SendReply,
    SetTimer,
    TryElsewhere,
    Unlock,
)
from handlers.inbound import hear
from handlers.languages import Languages
from handlers.pictures import pictures_of
from handlers.receipts import file_indexed, reading_progress, receipt
from handlers.reminders import expected_words, next_reminder, reminder_words
from handlers.replies import Reply
from handlers.session import Session
from handlers.step import View
from handlers.turn import Turn, reply_of
from handlers.unlocking import asked_when_due, unlock_tried
from handlers.updates import (
    CodeTried,
    CoordinatorActed,
    DeliveryFailed,
    FilesUploaded,
    InboundMessage,
    NoRoom,
    ReadingProgress,
    RecordIndexed,
    TimerFired,
    UnlockTried,
    Update,
    UploadProgress,
)
from handlers.uploads import files_uploaded, no_room, upload_progress

#: How long after a coordinator's last message the assistant stays out of the way.
_HUMAN_STAYS = timedelta(minutes=30)


def advance(
    session: Session,
    case: Case,
    update: Update,
    *,
    now: datetime,
    ids: Callable[[], str],
    catalog: Catalog,
    languages: Languages,
    web_address: str = "",
    health: bool = True,
) -> Turn:
    """What an update leads to: the next session and case, and the effects.

    Never raises for any update at any step, and always either replies or records why not. `ids`
    gives a new id at each call; `web_address` is where files go that a chat app can't carry. Without
    `health` no health details may be said in this chat: see `handlers/doorway.py`.
    """
    view = View(
        case=case,
        session=replace(session, version=session.version + 1),
        now=now,
        catalog=catalog,
        languages=languages,
        web_address=web_address,
        ids=ids,
        health=health,
    )
    view, effects = _heard(caught_up(view), update)
    if not effects:
        effects = (RecordAudit(actor="assistant", action="nothing.due", object=update.kind),)
    if not view.health:
        effects = led(view, update, effects)
    spoke = any(isinstance(effect, SendReply) for effect in effects)
    view = stood(view, spoke=spoke or isinstance(update, InboundMessage))
    return Turn(session=view.session, case=view.case, effects=effects)


def _heard(view: View, update: Update) -> tuple[View, tuple[Effect, ...]]:
    match update:
        case InboundMessage():
            return hear(view, update, view.ids)
        case CodeTried():
            return code_tried(view, update)
        case TimerFired():
            return _timer(view, update)
        case RecordIndexed():
            return file_indexed(view, update)
        case UnlockTried():
            return unlock_tried(view, update)
        case ReadingProgress():
            view, say = reading_progress(view, update)
            return view, reply_of(view, say, ask=False)
        case CoordinatorActed():
            return _coordinator(view, update)
        case FilesUploaded():
            return files_uploaded(view, update)
        case UploadProgress():
            return upload_progress(view, update)
        case NoRoom():
            return no_room(view, update)
        case DeliveryFailed():
            return _undelivered(view, update)
        case _:
            assert_never(update)


def _timer(view: View, timer: TimerFired) -> tuple[View, tuple[Effect, ...]]:
    match timer.name:
        case "receipt":
            pictures = pictures_of(view.case, view.session.batch)
            view, say, effects = receipt(view)
            # Without an end of the batch these are words of patience.
            ended = bool(say) and not view.session.batch
            # The help of an emergency was shown when the files came; it stands, and so do its buttons.
            ask = ended and view.session.aside != "emergency"
            if ask and not password.is_trying(view.case):
                view = asked_when_due(view)
            elif view.session.aside == password.ID:
                # What is being tried was said, and what comes of it will be.
                ask = False
            view = asked_about(view) if ended else view
            shown = pictures if ended else ()
            return view, (*effects, *reply_of(view, say, ask=ask, pictures=shown))
        case "reminder" if view.case.consented and view.case.submitted_at is None:
            ask = view.session.reminders < 3
            said = reply_of(view, reminder_words(view), ask=ask, nudge=True)
            session = replace(view.session, reminders=view.session.reminders + 1)
            again = next_reminder(view.case, session, view.now)
            return replace(view, session=session), (*said, *again)
        case "expected":
            return _expected(view, timer.key.rpartition(":")[2])
        case "updated" if view.case.submitted_at is not None:
            key = f"{view.case.id}:updated:{view.session.version}"
            return view, (BuildPackage(), NotifyCoordinators(reason="updated", key=key))
        case "resume" if view.session.mode == "human":
            return replace(view, session=replace(view.session, mode="assistant")), ()
        case _:
            return view, ()


def _expected(view: View, item_id: str) -> tuple[View, tuple[Effect, ...]]:
    """Ask again for an item that was to come, unless it has come or something else was said."""
    if not awaited(view.case, item_id):
        return view, ()
    return view, reply_of(view, expected_words(view, item_id), ask=True)


def _coordinator(view: View, act: CoordinatorActed) -> tuple[View, tuple[Effect, ...]]:
    match act.action:
        case "message":
            # What is answered to a person answers no question in between: a "yes" erases nothing.
            if view.session.aside != "emergency":
                view, _added = put_aside(view)
            session = replace(view.session, mode="human")
            reply = Reply(
                step=session.step,
                turn=session.version,
                text=(verbatim(act.text),),
                expects="text",
                human=act.coordinator,
            )
            audit = RecordAudit(actor="coordinator", action="message.sent", object=act.coordinator)
            resume = SetTimer(name="resume", key=f"{session.id}:resume", at=view.now + _HUMAN_STAYS)
            return replace(view, session=session), (SendReply(reply=reply), resume, audit)
        case "resume":
            session = replace(view.session, mode="assistant")
            view = replace(view, session=session)
            return view, reply_of(view, (), ask=True)
        case "unlock" if view.case.locked_file(act.file_id) is not None:
            return view, (Unlock(file_id=act.file_id, secrets=()),)
        case "unlock":
            return view, ()
        case "take_study" | "keep_apart":
            return _decided(view, act)
        case _:
            assert_never(act.action)


def _decided(view: View, act: CoordinatorActed) -> tuple[View, tuple[Effect, ...]]:
    """Whose a study is. The package of a case that was handed over is made anew."""
    mine = act.action == "take_study"
    study = next((r.study for r in view.case.records if r.id == act.record_id), None)
    if act.seen and study is not None and len(study.identities) != act.seen:
        # More of it has come since, of somebody whom the coordinator has not seen.
        late = RecordAudit(actor="system", action="study.decision_late", object=act.record_id)
        return view, (late,)
    case = with_decision(view.case, act.record_id, is_the_patients=mine)
    if case == view.case:
        return view, ()
    action = "study.taken" if mine else "study.kept_apart"
    effects: tuple[Effect, ...] = (
        RecordAudit(actor="coordinator", action=action, object=act.record_id),
    )
    if case.submitted_at is not None:
        effects = (*effects, BuildPackage())
    session = view.session
    if session.aside == WHOSE_ASIDE.id and not asked(case):
        session = replace(session, aside="")
    return replace(view, case=case, session=session), effects


def _undelivered(view: View, failed: DeliveryFailed) -> tuple[View, tuple[Effect, ...]]:
    key = f"{view.case.id}:delivery:{failed.message_id}"
    return view, (
        NotifyCoordinators(reason="delivery_failed", key=key),
        TryElsewhere(message_id=failed.message_id),
        RecordAudit(actor="system", action="delivery.failed", object=str(failed.message_id)),
    )
