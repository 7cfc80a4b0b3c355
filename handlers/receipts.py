"""Receipts: every file is taken at once, and every batch is answered once, by what was found in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from checklist.case import Case
from checklist.findings import Finding
from checklist.imaging import WITHOUT_IMAGES, imaging_findings, report_label
from checklist.names import kind_name
from checklist.records import ITEM_OF, Record
from checklist.text import Text, _, _n
from handlers.asides.whose import judged_anew
from handlers.effects import Effect, RecordAudit, SetTimer, TakeFile
from handlers.records_step import RecordsStep
from handlers.registry import step_for
from handlers.session import Received, ReceivedState, Session
from handlers.step import View
from handlers.steps.done import tell_of_news
from handlers.updates import InboundMessage, RecordIndexed

#: A batch is over when nothing more came for this long; files of an album come one by one.
_QUIET = timedelta(seconds=2)
#: Once all are read there is only the chance that another follows.
_SETTLED = timedelta(seconds=1)
#: After this long the patient is told that the reading goes on.
_PATIENCE = timedelta(seconds=12)
#: After this long the receipt is given all the same; what comes later has one of its own.
_LONGEST = timedelta(hours=2)
#: More files than this are counted by kind instead of listed.
_LISTED = 8


def take_files(view: View, message: InboundMessage, new_id: str) -> tuple[View, tuple[Effect, ...]]:
    """Take the files of a message into the batch. They are filed under the item that is asked for."""
    session, asked = view.session, _asked_item(view)
    batch = list(session.batch)
    effects: list[Effect] = []
    for number, attachment in enumerate(message.attachments):
        file_id = f"{new_id}-{number}"
        name = attachment.filename
        if attachment.too_large:
            refused = _too_large(view, name)
            batch.append(Received(file_id=file_id, name=name, state="refused", findings=(refused,)))
            continue
        batch.append(Received(file_id=file_id, name=name))
        effects.append(
            TakeFile(file_id=file_id, attachment=attachment, item=asked, caption=message.text)
        )
    started = session.draft.get("batch_at") or view.now.isoformat()
    draft = {**session.draft, "batch_at": started}
    session = replace(session, batch=tuple(batch), draft=draft)
    effects.append(_receipt_timer(session, view.now + _QUIET))
    effects.append(RecordAudit(actor="patient", action="files.sent", object=new_id))
    return replace(view, session=session), tuple(effects)


def file_indexed(view: View, update: RecordIndexed) -> tuple[View, tuple[Effect, ...]]:
    """File what was found, and have the receipt given once the whole batch is read."""
    case, session = view.case, view.session
    if case.erased:
        return view, (RecordAudit(actor="system", action="file.erased", object=update.file_id),)
    for record in _with_findings(update):
        case = case.with_record(filed(record))
    view, judged = judged_anew(replace(view, case=case), view.case)
    case = view.case
    state: ReceivedState = (
        "refused" if update.refusal else "duplicate" if update.duplicate_of else "read"
    )
    findings = (*((update.refusal,) if update.refusal else ()), *update.findings)
    received = Received(
        file_id=update.file_id,
        name=update.original_name,
        state=state,
        record_ids=tuple(record.id for record in update.records),
        findings=findings,
    )
    known = {entry.file_id for entry in session.batch}
    batch = tuple(received if e.file_id == update.file_id else e for e in session.batch)
    if update.file_id not in known:
        batch = (*batch, received)
    session = replace(session, batch=batch)
    effects: tuple[Effect, ...] = (
        RecordAudit(actor="system", action=f"file.{state}", object=update.file_id),
        *judged,
    )
    if not _reading(session):
        effects = (*effects, _receipt_timer(session, view.now + _SETTLED))
    return replace(view, session=session, case=case), effects


def filed(record: Record) -> Record:
    """The record under the item that its kind belongs to, else under the one that was asked for."""
    return replace(record, item=ITEM_OF[record.kind] or record.item)


def _with_findings(update: RecordIndexed) -> tuple[Record, ...]:
    """The records; the first keeps what a coordinator should know of the file."""
    lasting = tuple(
        finding
        for finding in update.findings
        if finding.severity != "info" and finding.code not in _SAID_OF_CASES
    )
    if not update.records or not lasting:
        return update.records
    first, *others = update.records
    return (replace(first, findings=lasting), *others)


#: What is found anew from the records of a case whenever it is asked for.
_SAID_OF_CASES = (*WITHOUT_IMAGES, "missing_instances")


def receipt(view: View) -> tuple[View, tuple[Text, ...], tuple[Effect, ...]]:
    """The receipt for the batch, or a word of patience while it is still being read."""
    session = view.session
    if not session.batch:
        return view, (), ()
    if _reading(session) and view.now - _began(view) < _LONGEST:
        return _patience(view)
    say = (*_lines(view.case, session.batch), *_about_batch(view.case, session.batch))
    draft = {k: v for k, v in session.draft.items() if k not in ("batch_at", "patience")}
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
    draft = {**session.draft, "patience": "said"}
    return replace(view, session=replace(session, draft=draft)), (waiting,), again


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
        return "files" if view.case.records_of(step.id) else session.phase
    return session.phase


def _short(case: Case) -> bool:
    """Whether reports or photos of scans have come without their pictures."""
    return any(finding.code in WITHOUT_IMAGES for finding in imaging_findings(case))


# ---- words -------------------------------------------------------------------------------------


def _lines(case: Case, batch: tuple[Received, ...]) -> tuple[Text, ...]:
    """One line a file, or a count by kind where there are many; a refusal is always in words."""
    head = _n("I have received {n} file:", "I have received {n} files:", len(batch))
    records = {record.id: record for record in case.records}
    trouble = [entry for entry in batch if entry.state != "read"]
    good = [entry for entry in batch if entry.state == "read"]
    if len(batch) <= _LISTED:
        lines = tuple(_line(entry, records) for entry in batch)
    else:
        lines = (*_counted(good, records), *(_line(entry, records) for entry in trouble))
    return (head, *lines)


def _line(entry: Received, records: dict[str, Record]) -> Text:
    name = entry.name or entry.file_id
    match entry.state:
        case "refused":
            return _("• {file}: {problem}", file=name, problem=entry.findings[0].message)
        case "duplicate":
            return _("• {file}: I have this one already.", file=name)
    found = tuple(records[i] for i in entry.record_ids if i in records)
    if not found:
        return _("• {file}: it is kept.", file=name)
    if len(found) == 1:
        return _("• {file}: {what}", file=name, what=describe(found[0]))
    return _("• {file}: {what}", file=name, what=tuple(_kinds(found)))


def describe(record: Record) -> Text:
    """A record in a few words: "CT (chest) of 12 April 2026, 120 pictures"."""
    if record.study is not None:
        label = report_label(record) or kind_name(record.kind)
        count = record.study.image_count or record.study.instance_count
        return _n("{study}, {n} picture", "{study}, {n} pictures", count, study=label)
    label = kind_name(record.kind)
    about = report_label(record)
    if about is not None:
        return _("{kind}: {scan}", kind=label, scan=about)
    if record.date is not None:
        return _("{kind}, {date}", kind=label, date=record.date)
    return label


def _kinds(records: tuple[Record, ...]) -> list[Text]:
    studies = [describe(record) for record in records if record.study is not None][:4]
    others = Counter(record.kind for record in records if record.study is None)
    counted = [_("{kind} ({n})", kind=kind_name(kind), n=n) for kind, n in others.items()]
    return [*studies, *counted]


def _counted(entries: list[Received], records: dict[str, Record]) -> tuple[Text, ...]:
    ids = dict.fromkeys(i for entry in entries for i in entry.record_ids if i in records)
    found = [records[record_id] for record_id in ids]
    studies = tuple(
        _("• {what}", what=describe(record)) for record in found if record.study is not None
    )
    kinds = Counter(record.kind for record in found if record.study is None)
    return (*studies, *(_("• {kind} ({n})", kind=kind_name(k), n=n) for k, n in kinds.items()))


def _about_batch(case: Case, batch: tuple[Received, ...]) -> tuple[Text, ...]:
    """Findings of the files, and the warning that reports came without their pictures."""
    own = tuple(
        finding.message
        for entry in batch
        if entry.state == "read"
        for finding in entry.findings
        if finding.severity != "info" and finding.code not in _SAID_OF_CASES
    )
    ids = {record_id for entry in batch for record_id in entry.record_ids}
    touched = any(r.id in ids and r.kind in _OF_IMAGING for r in case.records)
    about = _imaging_words(case) if touched else ()
    return (*own[:4], *(words for words in about if words not in own))


_OF_IMAGING = ("imaging_study", "imaging_report", "imaging_photo")


def _imaging_words(case: Case) -> tuple[Text, ...]:
    return tuple(f.message for f in imaging_findings(case) if f.code in _SAID_OF_CASES)[:4]


def _too_large(view: View, name: str) -> Finding:
    message = (
        _(
            "this file is too big for this chat app. Please send it here instead: {address}",
            address=view.web_address,
        )
        if view.web_address
        else _("this file is too big for this chat app. A coordinator will tell you another way.")
    )
    return Finding(code="too_large", severity="error", message=message, path=name)
