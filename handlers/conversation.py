"""Conversation: what is said next. One pure function, the same for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from checklist.case import Case
from checklist.catalog import Catalog
from checklist.faq import Faq
from handlers.access import found
from handlers.acts.asking import asked_again
from handlers.acts.talking import resumed
from handlers.asides import password
from handlers.asides.emergency import with_told
from handlers.asides.whose import asked_about
from handlers.chats import caught_up, code_tried, noted, stood
from handlers.coordinators import acted
from handlers.copy_ready import copy_made
from handlers.doorway import led
from handlers.effects import (
    BuildPackage,
    Effect,
    EraseCase,
    NotifyCoordinators,
    RecordAudit,
    SendReply,
    TryElsewhere,
)
from handlers.every_chat import news_came
from handlers.inbound import hear
from handlers.languages import Languages
from handlers.office import Office
from handlers.origins import remembered
from handlers.pictures import pictures_of
from handlers.points import asked_at_last
from handlers.receipts import file_indexed, reading_progress, receipt
from handlers.reminding import expected, letter_due, reminded
from handlers.requests import HAS_COME
from handlers.retention import retention_due
from handlers.service import Service
from handlers.session import Session
from handlers.step import View
from handlers.steps.stopped import halted
from handlers.taking import still_untaken
from handlers.turn import Turn, begun_anew, reply_of
from handlers.unkept import let_go
from handlers.unlocking import asked_when_due, unlock_tried
from handlers.updates import (
    AccessFound,
    CaseNews,
    ChatBlocked,
    CodeTried,
    CoordinatorActed,
    CopyMade,
    DeliveryFailed,
    FilesUploaded,
    InboundMessage,
    NoRoom,
    ReadingProgress,
    RecordIndexed,
    RetentionDue,
    TimerFired,
    UnlockTried,
    Update,
    UploadProgress,
)
from handlers.uploads import files_uploaded, no_room, upload_progress


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
    office: Office | None = None,
    faq: Faq | None = None,
    service: Service | None = None,
) -> Turn:
    """What an update leads to: the next session and case, and the effects.

    Never raises for any update at any step, and always either replies or records why not. `ids`
    gives a new id at each call; `web_address` is where files go that a chat app can't carry;
    `office` is when coordinators are there, None where nobody has said; `faq` are the usual
    questions, and `service` is what the operator has set. Without `health` no health details may be
    said in this chat: see `handlers/doorway.py`.
    """
    view = View(
        case=case,
        session=replace(session, version=session.version + 1),
        now=now,
        catalog=catalog,
        languages=languages,
        web_address=web_address,
        office=office,
        faq=faq or Faq(),
        service=service or Service(),
        ids=ids,
        health=health,
    )
    before = halted(caught_up(view))
    view, effects = _heard(before, update)
    view = remembered(view, before, update)
    view = with_told(noted(view, effects), effects)
    view, effects = let_go(view, update, effects)
    if not effects:
        effects = (RecordAudit(actor="assistant", action="nothing.due", object=update.kind),)
    if not view.health:
        effects = led(view, update, effects)
    if any(isinstance(effect, EraseCase) for effect in effects):
        view = replace(view, session=_emptied(view))
    spoke = any(isinstance(effect, SendReply) for effect in effects)
    view = stood(view, spoke=spoke or isinstance(update, InboundMessage))
    return Turn(session=view.session, case=view.case, effects=effects)


def _emptied(view: View) -> Session:
    """The chat after an erasure: no word and no name of a file waits in it."""
    if view.case.erased:
        return begun_anew(view.session)
    return replace(view.session, draft={}, batch=(), trail=(), words_from=None, return_to=None)


def _heard(view: View, update: Update) -> tuple[View, tuple[Effect, ...]]:
    match update:
        case InboundMessage():
            return hear(view, update, view.ids)
        case CodeTried():
            return code_tried(view, update)
        case CaseNews():
            return news_came(view, update)
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
            return acted(view, update)
        case FilesUploaded():
            return files_uploaded(view, update)
        case UploadProgress():
            return upload_progress(view, update)
        case NoRoom():
            return no_room(view, update)
        case CopyMade():
            return copy_made(view, update)
        case AccessFound():
            return found(view, update)
        case RetentionDue():
            return retention_due(view, update)
        case DeliveryFailed():
            return _undelivered(view, update)
        case ChatBlocked():
            return _blocked(view, update)
        case _:
            assert_never(update)


def _timer(view: View, timer: TimerFired) -> tuple[View, tuple[Effect, ...]]:
    if view.case.withdrawn and timer.name not in ("receipt", "resume"):
        # Nobody works on it. A person may have talked about it, and the assistant goes on after them.
        return view, ()
    match timer.name:
        case "expected" | "requested" | "letter" if view.case.status == "closed":
            # Nobody waits for it any more, and the patient was told so.
            return view, ()
        case "receipt":
            pictures = pictures_of(view.case, view.session.batch)
            view, say, effects = receipt(view)
            # Without an end of the batch these are words of patience.
            ended = bool(say) and not view.session.batch
            # What was asked for has come, and after the hand-over that is all there is to say.
            settled = HAS_COME in say and view.case.submitted_at is not None
            # The help of an emergency was shown when the files came; it stands, and so do its buttons.
            ask = ended and view.session.aside != "emergency" and not settled
            if ask and not password.is_trying(view.case):
                view = asked_when_due(view)
            elif view.session.aside == password.ID:
                # What is being tried was said, and what comes of it will be.
                ask = False
            view = asked_about(view) if ended else view
            shown = pictures if ended else ()
            return view, (*effects, *reply_of(view, say, ask=ask, pictures=shown))
        case "reminder":
            return reminded(view, timer)
        case "expected":
            return expected(view, timer)
        case "letter":
            return letter_due(view, timer)
        case "updated" if view.case.submitted_at is not None:
            key = f"{view.case.id}:updated:{view.session.version}"
            return view, (BuildPackage(), NotifyCoordinators(reason="updated", key=key))
        case "resume" if view.session.mode == "human":
            return resumed(view)
        case "untaken":
            return view, still_untaken(view, timer.key)
        case "point":
            return asked_at_last(view, timer)
        case "requested":
            return asked_again(view, timer)
        case _:
            return view, ()


def _undelivered(view: View, failed: DeliveryFailed) -> tuple[View, tuple[Effect, ...]]:
    key = f"{view.case.id}:delivery:{failed.message_id}"
    return view, (
        NotifyCoordinators(reason="delivery_failed", key=key),
        TryElsewhere(message_id=failed.message_id),
        RecordAudit(actor="system", action="delivery.failed", object=str(failed.message_id)),
    )


def _blocked(view: View, chat: ChatBlocked) -> tuple[View, tuple[Effect, ...]]:
    """Coordinators are told of a patient, not of somebody who looked in and left."""
    noted = RecordAudit(actor="sender", action="chat.blocked", object=chat.channel)
    if not view.case.consented or view.case.erased:
        return view, (noted,)
    key = f"{view.case.id}:blocked:{view.session.version}"
    return view, (NotifyCoordinators(reason="blocked", key=key), noted)
