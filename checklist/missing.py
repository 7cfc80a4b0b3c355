"""What is missing from a case, and why: absent, to come, skipped, put off and never asked differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checklist.case import Answer, Case
from checklist.findings import FindingCode
from checklist.letters import sent_for
from checklist.progress import Checklist, ItemProgress, lab_gaps
from checklist.text import Text, _, _n


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An item that is not, or not fully, in the package, and why. `words` are the patient's."""

    item: str
    title: Text
    reasons: tuple[Text, ...]
    words: str = ""


#: Stands for no item of the checklist: studies that were left out, because they may be another's.
SET_APART: Final = "set_apart"
#: Stands for none either: files that nobody could look into.
LOCKED: Final = "locked"

_IMAGING_GAPS: Final[Mapping[FindingCode, Text]] = {
    "reports_only": _("Only written reports came, no DICOM images"),
    "report_without_images": _("Not every report came with its DICOM images"),
    "missing_instances": _("Some images of a series are missing"),
    "dicomdir_missing_files": _("The disc lists images that did not come"),
    "truncated_instance": _("Images break off"),
    "film_photo": _("A photo of a film, not the images"),
    "exported_pictures": _("Pictures saved from a viewer, not the images"),
    "only_localizers": _("Only scout images"),
    "only_secondary_capture": _("Only screenshots of images"),
}

_LAB_GAPS: Final[Mapping[str, Text]] = {
    "date": _("Not every sheet shows a date"),
    "ranges": _("Not every sheet shows reference ranges"),
}


def what_is_missing(case: Case, checklist: Checklist) -> tuple[Missing, ...]:
    """The items that a specialist will not, or not fully, find, in the order of the checklist."""
    lacking = tuple(
        _missing(case, checklist, entry)
        for entry in checklist.items
        if entry.status not in ("have", "not_applicable")
    )
    return (*lacking, *_locked(case), *_set_apart(case))


def _locked(case: Case) -> tuple[Missing, ...]:
    if not case.locked:
        return ()
    reason = _n(
        "{n} file is locked with a password, and nobody could open it yet",
        "{n} files are locked with a password, and nobody could open them yet",
        len(case.locked),
    )
    return (Missing(item=LOCKED, title=_("Locked files"), reasons=(reason,)),)


def _set_apart(case: Case) -> tuple[Missing, ...]:
    waiting = sum(1 for r in case.records if r.study is not None and r.set_apart == "apart")
    if not waiting:
        return ()
    reason = _n(
        "{n} study may be another person's: a coordinator decides",
        "{n} studies may be another person's: a coordinator decides",
        waiting,
    )
    return (Missing(item=SET_APART, title=_("Set apart"), reasons=(reason,)),)


def _missing(case: Case, checklist: Checklist, entry: ItemProgress) -> Missing:
    item, answer = entry.item, case.answer(entry.item.id)
    return Missing(
        item=item.id,
        title=item.title,
        reasons=(*_reasons(case, checklist, entry, answer), *_needed(entry)),
        words=answer.note.strip() if answer and entry.status == "absent" else "",
    )


def _needed(entry: ItemProgress) -> tuple[Text, ...]:
    """What this kind of case can't do without, of an item of which nothing came."""
    must = tuple(need.text for need, level in entry.needs if level == "mandatory")
    if not must or entry.status == "partial":
        return ()
    return (_("Needed for this kind of case: {needs}", needs=must),)


def _reasons(
    case: Case, checklist: Checklist, entry: ItemProgress, answer: Answer | None
) -> tuple[Text, ...]:
    match entry.status:
        case "partial":
            return (*_gaps(case, checklist, entry.item.id), *_rest_is_coming(answer))
        case "requested" if case.request_for(entry.item.id) is not None:
            return (_("A coordinator has asked the patient for it"),)
        case "requested":
            letter = sent_for(case.letters, entry.item.id)
            if letter is not None and letter.sent_on is not None:
                return (_("Asked of the hospital by letter on {date}", date=letter.sent_on),)
            return (_coming(answer),)
        case "absent":
            return (_("The patient does not have it"),)
        case "declined":
            return (_("The patient skipped this question"),)
        case _ if entry.item.id == "imaging" and case.locked:
            return (_("A file is locked with a password"),)
        case _:
            return (_open_reason(answer),)


def _coming(answer: Answer | None) -> Text:
    if answer and answer.date:
        return _("The patient can get it by {date}", date=answer.date)
    if answer and answer.text.strip():
        return _("The patient can get it: {when}", when=answer.text.strip())
    return _("The patient can get it, no date given")


def _rest_is_coming(answer: Answer | None) -> tuple[Text, ...]:
    if answer is None or answer.choice != "can_get":
        return ()
    if answer.date:
        return (_("More is to come by {date}", date=answer.date),)
    return (_("More is to come"),)


def _open_reason(answer: Answer | None) -> Text:
    match answer.choice if answer else None:
        case None if answer is None:
            return _("Not asked yet")
        case "later":
            return _("Put off until later")
        case "have":
            return _("The patient has it, nothing came yet")
        case _:
            return _("No answer yet")


def _gaps(case: Case, checklist: Checklist, item_id: str) -> tuple[Text, ...]:
    if item_id == "labs":
        return tuple(_LAB_GAPS[gap] for gap in dict.fromkeys(gap for gap, _sheet in lab_gaps(case)))
    if item_id != "imaging":
        return ()
    codes = dict.fromkeys(finding.code for finding in checklist.findings)
    if "reports_only" in codes:
        return (_IMAGING_GAPS["reports_only"],)
    gaps = [_IMAGING_GAPS[code] for code in codes if code in _IMAGING_GAPS]
    if not any(record.kind == "imaging_report" for record in case.own_records):
        gaps.append(_("Images came without a written report"))
    return tuple(gaps)
