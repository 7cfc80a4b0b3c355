"""Sentences that more than one step says: where an item stands, what was answered to a step."""

from __future__ import annotations

from checklist.case import Answer, Case
from checklist.catalog import Catalog
from checklist.findings import FindingCode
from checklist.imaging import imaging_findings
from checklist.letters import sent_for
from checklist.progress import Gap, ItemProgress, lab_gaps, records_for
from checklist.text import Text, _, _c, _n

#: Short names of the steps that are not checklist items, for lists of what can be changed.
STEP_TITLES: dict[str, Text] = {
    "language": _("Language"),
    "role": _("Who is writing"),
    "name": _("Name"),
    "birth_date": _("Birth date"),
    "country": _("Country"),
    "problem": _("Main problem"),
    "case_type": _("Kind of illness"),
    "case_kind": _("Which one it is"),
    "review_mode": _("From afar or there"),
    "translation": _("Record languages"),
}


def step_title(step: str, catalog: Catalog) -> Text:
    """The short name of a step or item, at most 20 characters."""
    item = catalog.item(step)
    if item is not None:
        return item.short
    return STEP_TITLES.get(step, _("Your case"))


def item_line(case: Case, entry: ItemProgress) -> Text:
    """One line of a list: the item and where it stands."""
    return _("• {item}: {state}", item=entry.item.title, state=item_state(case, entry))


def item_state(case: Case, entry: ItemProgress) -> Text:
    """Where an item stands, in words."""
    item, answer = entry.item, case.answer(entry.item.id)
    records = len(records_for(case, item))
    match entry.status:
        case "have" if answer and answer.entries:
            return _lines(answer)
        case "have" if records:
            return _n("{n} record", "{n} records", records)
        case "have":
            return item.none or _("done")
        case "partial" if answer and answer.choice == "can_get":
            return _("some is here, more will come")
        case "partial" if lacking := _lacking(case, item.id):
            return _("we still need {what}", what=lacking)
        case "partial":
            return _("something is still missing")
        case "requested" if case.request_for(item.id) is not None:
            return _("a coordinator asks for it")
        case "requested" if (letter := sent_for(case.letters, item.id)) and letter.sent_on:
            return _("asked by letter on {date}", date=letter.sent_on)
        case "requested" if answer and answer.text:
            return _("you will get it ({when})", when=answer.text)
        case "requested":
            return _("you will get it")
        case "absent" if item.none:
            return item.none
        case "absent":
            return _("you don't have it")
        case "declined":
            return _("skipped")
        case "not_applicable":
            return _("not needed")
        case _ if item.id == "imaging" and any(f.state != "unreadable" for f in case.locked):
            return _("a file waits for its password")
        case _:
            return _("not answered yet")


def _lines(answer: Answer) -> Text:
    """How many lines there are; of medicines also that one has no dose."""
    count = _n("{n} line", "{n} lines", len(answer.entries))
    if answer.step == "medications" and not all(entry.dose for entry in answer.entries):
        return _("{lines}, a dose is missing", lines=count)
    return count


_PICTURES = _c("still needed", "the picture files")
_PARTS_OF_SCANS: dict[FindingCode, Text] = {
    "report_without_images": _c("still needed", "the picture files of some scans"),
    "missing_instances": _c("still needed", "the rest of the pictures"),
    "images_without_report": _c("still needed", "the written report"),
}
_PARTS_OF_SHEETS: dict[Gap, Text] = {
    "date": _c("still needed", "the date of the lab sheet"),
    "ranges": _c("still needed", "the normal ranges"),
}


def _lacking(case: Case, item_id: str) -> tuple[Text, ...]:
    """The parts of an item that are wanted still, in a few words; () where it isn't known which."""
    match item_id:
        case "imaging":
            codes = {finding.code for finding in imaging_findings(case)}
            if codes & {"reports_only", "film_photo"}:
                return (_PICTURES,)
            return tuple(words for code, words in _PARTS_OF_SCANS.items() if code in codes)
        case "labs":
            gaps = {gap for gap, _sheet in lab_gaps(case)}
            return tuple(words for gap, words in _PARTS_OF_SHEETS.items() if gap in gaps)
        case _:
            return ()
