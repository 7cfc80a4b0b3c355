"""The words of a receipt: what has come, file by file or by kind, and what is wrong or still lacking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from checklist.case import Case
from checklist.findings import Finding, FindingCode
from checklist.imaging import WITHOUT_IMAGES, exactly, imaging_findings, report_label
from checklist.names import kind_name
from checklist.pairing import pairing_of
from checklist.records import Record
from checklist.text import Text, _, _n
from handlers.session import Received
from handlers.unread import unread_words

#: More files than this are counted by kind instead of listed.
LISTED = 8

#: What is found anew from the records of a case whenever it is asked for.
_SAID_OF_CASES = (
    "reports_only",
    "report_without_images",
    "missing_instances",
    "truncated_instance",
)


def said_of_case(finding: Finding, records: Iterable[Record]) -> bool:
    """Whether the records themselves tell it: how much they lack, and what they lack it of."""
    if finding.code == "dicomdir_missing_files":
        return any(r.study and r.study.study_instance_uid == finding.path for r in records)
    return finding.code in _SAID_OF_CASES


def lines_of(case: Case, batch: tuple[Received, ...]) -> tuple[Text, ...]:
    """One line a file, or a count by kind where there are many; a refusal is always in words."""
    head = _n("I have received {n} file:", "I have received {n} files:", len(batch))
    if all(entry.opened for entry in batch):
        head = _n("I have read {n} file:", "I have read {n} files:", len(batch))
    records = {record.id: record for record in case.records}
    trouble = [entry for entry in batch if entry.state != "read"]
    good = [entry for entry in batch if entry.state == "read"]
    if len(batch) <= LISTED:
        lines = _listed(batch, records)
    else:
        lines = (*_counted(good, records), *(_line(entry, records) for entry in trouble))
    return (head, *lines)


def _listed(batch: tuple[Received, ...], records: dict[str, Record]) -> tuple[Text, ...]:
    """One line a file, but for the slices of a study: they are one thing and have one line."""
    files = Counter(entry.record_ids for entry in batch if _is_study(entry, records))
    lines: list[Text] = []
    said: set[tuple[str, ...]] = set()
    for entry in batch:
        if files[entry.record_ids] < 2 or not _is_study(entry, records):
            lines.append(_line(entry, records))
        elif entry.record_ids not in said:
            said.add(entry.record_ids)
            lines.append(_("• {what}", what=describe(records[entry.record_ids[0]])))
    return tuple(lines)


def _is_study(entry: Received, records: dict[str, Record]) -> bool:
    """Whether a file holds one study, or a part of it, and nothing else."""
    found = records.get(entry.record_ids[0]) if len(entry.record_ids) == 1 else None
    return entry.state == "read" and found is not None and found.study is not None


def _line(entry: Received, records: dict[str, Record]) -> Text:
    name = entry.name or entry.file_id
    match entry.state:
        case "refused":
            return _("• {file}: {problem}", file=name, problem=entry.findings[0].message)
        case "locked":
            return _("• {file}: it is locked with a password.", file=name)
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
    study = record.study
    if study is not None and not study.only_reports:
        label = report_label(record) or kind_name(record.kind)
        count = study.picture_count or study.instance_count
        return _n("{study}, {n} picture", "{study}, {n} pictures", count, study=label)
    label = kind_name("imaging_report" if study else record.kind)
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


def about_batch(case: Case, batch: tuple[Received, ...]) -> tuple[Text, ...]:
    """Findings of the files, and what the case lacks in pictures.

    Where both say the same, the file's own sentence is the nearer one.
    """
    ids = {record_id for entry in batch for record_id in entry.record_ids}
    touched = any(r.id in ids and r.kind in _OF_IMAGING for r in case.records)
    about = exactly(imaging_findings(case)) if touched else ()
    lacking = {finding.code for finding in about}
    own = [
        finding
        for entry in batch
        if entry.state == "read"
        for finding in entry.findings
        if finding.severity != "info" and _for_file(finding, case, lacking)
    ]
    if any(finding.code == "report_without_images" for finding in about):
        # The scans are named, which says more than the file's own sentence.
        own = [finding for finding in own if finding.code != "reports_only"]
    codes = {finding.code for finding in own}
    nearer = [f for f in about if f.code in _OF_ONE_SCAN or f.code not in codes]
    words: list[Text] = []
    for findings in (own, [f for f in nearer if f.code in _OF_CASES]):
        # Ten loose slices that are cut off are one sentence.
        new = [f.message for f in findings if f.message not in words]
        words += [message for at, message in enumerate(new) if message not in new[:at]][:4]
    locked = (
        _("A part of {file} is locked with a password.", file=entry.name or entry.file_id)
        for entry in batch
        if entry.state == "read" and case.locked_file(entry.file_id) is not None
    )
    return (*words, *_together_now(case, ids), *locked, *unread_words(case, ids))


def _together_now(case: Case, ids: set[str]) -> tuple[Text, ...]:
    """The reports whose pictures have come just now: what was said to be missing is answered."""
    if not any(r.id in ids and r.study is not None for r in case.records):
        return ()
    came = dict.fromkeys(
        pair.report_id
        for pair in pairing_of(case).pairs
        if pair.study_id in ids and pair.report_id not in ids
    )
    labels = (report_label(record) for record in case.records if record.id in came)
    return tuple(
        _("Thank you. These pictures belong to the report that I have: {scan}.", scan=label)
        for label in labels
        if label is not None
    )[:LISTED]


def _for_file(finding: Finding, case: Case, lacking: set[FindingCode]) -> bool:
    """Whether a file's own sentence is to be said: of reports, only while there are no images."""
    if finding.code == "encrypted":
        return False  # It is said of the file, in words of its own.
    if finding.code == "reports_only":
        return finding.code in lacking
    return not said_of_case(finding, case.records)


#: Findings of a case that a receipt tells, and those of them that name the scan they are about.
_OF_CASES = (*WITHOUT_IMAGES, "missing_instances", "truncated_instance")
_OF_ONE_SCAN = ("report_without_images", "missing_instances", "truncated_instance")
_OF_IMAGING = ("imaging_study", "imaging_report", "imaging_photo")
