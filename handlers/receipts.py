"""Receipts: every file is taken at once, and every batch is answered once, by what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from checklist.case import Case
from checklist.findings import Finding
from checklist.imaging import WITHOUT_IMAGES, imaging_findings
from checklist.infected import without_file
from checklist.locked import LockedFile
from checklist.progress import records_for
from checklist.records import ITEM_OF, Record
from checklist.text import Text, _, _n
from handlers.asides.whose import judged_anew
from handlers.effects import Actor, Effect, RecordAudit, SetTimer, TakeFile
from handlers.links import own_link
from handlers.receipt_words import LISTED, about_batch, lines_of, said_of_case
from handlers.records_step import RecordsStep
from handlers.registry import step_for
from handlers.requests import answered_by, has_come, thanks, with_files
from handlers.session import Received, ReceivedState, Session
from handlers.step import View
from handlers.steps.done import tell_of_news
from handlers.turn import OF_BATCH
from handlers.updates import Attachment, ReadingProgress, RecordIndexed

#: A batch is over when nothing more came for this long; files of an album come one by one.
_QUIET = timedelta(seconds=2)
#: Once all are read there is only the chance that another follows.
_SETTLED = timedelta(seconds=1)
#: After this long the patient is told that the reading goes on.
_PATIENCE = timedelta(seconds=12)
#: How far it is, is said again after this long.
_BETWEEN = timedelta(minutes=1)
#: After this long the receipt is given all the same; what comes later has one of its own.
_LONGEST = timedelta(hours=2)


def take_files(
    view: View,
    attachments: Sequence[Attachment],
    new_id: str,
    *,
    caption: str = "",
    item: str | None = None,
    sender: str = "",
    by_coordinator: bool = False,
) -> tuple[View, tuple[Effect, ...]]:
    """Take files into the batch. They are filed under `item`, or the one that is being asked for.

    `sender` is whoever sent them by a link of their own, or `by_coordinator` at the desk.
    """
    request = answered_by(view, item or _asked_item(view))
    asked = item or (request.item if request is not None else _asked_item(view))
    session = view.session
    batch = list(session.batch)
    effects: list[Effect] = []
    for number, attachment in enumerate(attachments):
        file_id = f"{new_id}-{number}"
        name = attachment.filename
        if attachment.too_large:
            refused, link = _too_large(view, name, asked)
            effects.extend(link)
            batch.append(Received(file_id=file_id, name=name, state="refused", findings=(refused,)))
            continue
        batch.append(Received(file_id=file_id, name=name))
        effects.append(
            TakeFile(
                file_id=file_id,
                attachment=attachment,
                item=asked,
                caption=caption,
                sender=sender,
                by_coordinator=by_coordinator,
            )
        )
    started = session.draft.get("batch_at") or view.now.isoformat()
    draft = {**session.draft, "batch_at": started}
    session = replace(session, batch=tuple(batch), draft=draft)
    effects.append(_receipt_timer(session, view.now + _QUIET))
    writer: Actor = "helper" if view.by_helper else "patient"
    actor: Actor = "coordinator" if by_coordinator else "sender" if sender else writer
    by = sender if by_coordinator else ""
    effects.append(RecordAudit(actor=actor, action="files.sent", object=new_id, by=by))
    view = replace(view, session=session)
    if request is not None:
        view = with_files(view, request, [e.file_id for e in effects if isinstance(e, TakeFile)])
    return view, tuple(effects)


def file_indexed(view: View, update: RecordIndexed) -> tuple[View, tuple[Effect, ...]]:
    """File what was found, and have the receipt given once the whole batch is read."""
    case, session = view.case, view.session
    if case.erased:
        return view, (RecordAudit(actor="system", action="file.erased", object=update.file_id),)
    if update.refusal is None:
        case = case.read_anew(update.file_id, {record.id for record in update.records})
    elif update.refusal.code == "infected":
        case = without_file(case, update.file_id)
    here = any(entry.file_id == update.file_id for entry in session.batch)
    for record in _with_findings(update):
        case = case.with_record(replace(filed(record), chat=session.id if here else ""))
    view, judged = judged_anew(replace(view, case=_locked(case, update)), view.case)
    case = view.case
    state = _state_of(update)
    findings = (*((update.refusal,) if update.refusal else ()), *update.findings)
    received = Received(
        file_id=update.file_id,
        name=update.original_name,
        state=state,
        record_ids=tuple(record.id for record in update.records),
        findings=findings,
        opened=any(entry.opened for entry in session.batch if entry.file_id == update.file_id),
    )
    known = {entry.file_id for entry in session.batch}
    batch = tuple(received if e.file_id == update.file_id else e for e in session.batch)
    if update.file_id not in known:
        batch = (*batch, received)
    view, came = has_come(replace(view, session=replace(session, batch=batch), case=case), update)
    effects: tuple[Effect, ...] = (
        RecordAudit(actor="system", action=f"file.{state}", object=update.file_id),
        *judged,
        *came,
    )
    if not _reading(view.session):
        effects = (*effects, _receipt_timer(view.session, view.now + _SETTLED))
    return view, effects


def _state_of(update: RecordIndexed) -> ReceivedState:
    if update.refusal is not None:
        return "locked" if update.locked and update.kept else "refused"
    return "duplicate" if update.duplicate_of else "read"


def _locked(case: Case, update: RecordIndexed) -> Case:
    """The case with what is locked in it. A locked file that is sent once more is asked about again."""
    again = case.locked_file(update.duplicate_of or "")
    if again is not None and again.state in ("later", "unknown"):
        return case.with_locked(replace(again, state="new"))
    if not update.locked or not update.kept:
        return case.without_locked(update.file_id)
    return case.with_locked(LockedFile(file_id=update.file_id, name=update.original_name))


def reopened(view: View, file: LockedFile) -> tuple[View, tuple[Effect, ...]]:
    """Take a file that could be opened into the batch: it is being read, and has a receipt again."""
    session = view.session
    entry = Received(file_id=file.file_id, name=file.name, opened=True)
    others = tuple(one for one in session.batch if one.file_id != file.file_id)
    draft = {**session.draft, "batch_at": session.draft.get("batch_at") or view.now.isoformat()}
    session = replace(session, batch=(*others, entry), draft=draft)
    timer = _receipt_timer(session, view.now + _QUIET)
    return replace(view, session=session), (timer,)


def filed(record: Record) -> Record:
    """The record under the item that its kind belongs to, else under the one that was asked for."""
    return replace(record, item=ITEM_OF[record.kind] or record.item)


def _with_findings(update: RecordIndexed) -> tuple[Record, ...]:
    """The records; the first keeps what a coordinator should know of the file.

    Documents keep which studies came with them: whose those are says whose they are.
    """
    lasting = tuple(
        finding
        for finding in update.findings
        if (finding.severity != "info" or finding.code in _FOR_COORDINATORS)
        and not said_of_case(finding, update.records)
    )
    studies = tuple(record.id for record in update.records if record.study is not None)
    records = tuple(r if r.study else replace(r, beside=studies) for r in update.records)
    if not records or not lasting:
        return records
    first, *others = records
    return (replace(first, findings=lasting), *others)


#: What a patient is not told, and a coordinator should know.
_FOR_COORDINATORS = ("lossy", "charset_guess")


def receipt(view: View) -> tuple[View, tuple[Text, ...], tuple[Effect, ...]]:
    """The receipt for the batch, or a word of patience while it is still being read."""
    session = view.session
    if not session.batch:
        return view, (), ()
    if _reading(session) and view.now - _began(view) < _LONGEST:
        return _patience(view)
    say = (
        *lines_of(view.case, session.batch),
        *about_batch(view.case, session.batch),
        *thanks(view.case, session.batch),
    )
    draft = {k: v for k, v in session.draft.items() if k not in OF_BATCH}
    after = replace(
        session, batch=(), batch_no=session.batch_no + 1, draft=draft, phase=_phase_after(view)
    )
    effects = tell_of_news(view) if view.case.submitted_at is not None else ()
    return replace(view, session=after), say, effects


def _patience(view: View) -> tuple[View, tuple[Text, ...], tuple[Effect, ...]]:
    session = view.session
    waited = view.now - _began(view)
    pause = _QUIET if waited < _PATIENCE else _PATIENCE
    again: tuple[Effect, ...] = (_receipt_timer(session, view.now + pause),)
    if "patience" in session.draft or waited < _PATIENCE:
        return view, (), again
    waiting = _(
        "I am reading your files. A whole CD can take a few minutes. I tell you when I am done."
    )
    return _patient(view), (waiting, *_progress_words(session)), again


def reading_progress(view: View, update: ReadingProgress) -> tuple[View, tuple[Text, ...]]:
    """How far the reading is: noted, and said once a minute at most. Nothing of it after the receipt.

    A second try begins anew; of it nothing is said until it is further than the first.
    """
    session = view.session
    entry = next((e for e in session.batch if e.file_id == update.file_id), None)
    if entry is None or entry.state != "reading" or update.read <= entry.members_read:
        return view, ()
    entry = replace(entry, members_read=update.read, members=update.total)
    batch = tuple(entry if e.file_id == entry.file_id else e for e in session.batch)
    view = replace(view, session=replace(session, batch=batch))
    said = session.draft.get("patience")
    if said is None or view.now - datetime.fromisoformat(said) < _BETWEEN:
        return view, ()
    return _patient(view), _progress_words(view.session)


def _patient(view: View) -> View:
    """The view in which a word of patience was said just now."""
    draft = {**view.session.draft, "patience": view.now.isoformat()}
    return replace(view, session=replace(view.session, draft=draft))


def _progress_words(session: Session) -> tuple[Text, ...]:
    return tuple(
        _n(
            "• {file}: {read} of {n} file is read.",
            "• {file}: {read} of {n} files are read.",
            entry.members,
            file=entry.name or entry.file_id,
            read=entry.members_read,
        )
        for entry in session.batch
        if entry.state == "reading" and entry.members
    )[:LISTED]


def _began(view: View) -> datetime:
    return datetime.fromisoformat(view.session.draft.get("batch_at") or view.now.isoformat())


def _receipt_timer(session: Session, at: datetime) -> SetTimer:
    return SetTimer(name="receipt", key=f"{session.id}:receipt:{session.batch_no}", at=at)


def _reading(session: Session) -> bool:
    return any(entry.state == "reading" for entry in session.batch)


def _asked_item(view: View) -> str | None:
    item = view.catalog.item(view.session.step)
    return item.id if item is not None else None


def _phase_after(view: View) -> str:
    """At an item's own question, files are an answer: from then on more of them are awaited."""
    session = view.session
    step = step_for(session.step, view.catalog)
    if isinstance(step, RecordsStep) and session.phase in ("", "files", "images", "lab_ranges"):
        if session.phase == "images" and _short(view.case):
            return "images"
        item = view.catalog.item(step.id)
        come = item is not None and records_for(view.case, item)
        return "files" if come else session.phase
    return session.phase


def _short(case: Case) -> bool:
    """Whether reports or photos of scans have come without their pictures."""
    return any(finding.code in WITHOUT_IMAGES for finding in imaging_findings(case))


def _too_large(view: View, name: str, item: str | None) -> tuple[Finding, tuple[Effect, ...]]:
    """Say of a file that this chat can't carry it, and hand out the link that can."""
    way, effects = own_link(view, item)
    message = _("this file is too big for this chat app. {way}", way=way)
    return Finding(code="too_large", severity="error", message=message, path=name), effects
