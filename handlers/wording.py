"""Sentences that more than one step says: where an item stands, what was answered to a step."""

from __future__ import annotations

from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import ItemProgress
from checklist.text import Text, _, _n

#: Short names of the steps that are not checklist items, for lists of what can be changed.
STEP_TITLES: dict[str, Text] = {
    "language": _("Language"),
    "role": _("Who is writing"),
    "name": _("Name"),
    "birth_date": _("Birth date"),
    "country": _("Country"),
    "problem": _("Main problem"),
    "case_type": _("Kind of illness"),
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
    records = len(case.records_of(item.id))
    entries = len(answer.entries) if answer else 0
    match entry.status:
        case "have" if entries:
            return _n("{n} line", "{n} lines", entries)
        case "have" if records:
            return _n("{n} record", "{n} records", records)
        case "have":
            return item.none or _("done")
        case "partial" if answer and answer.choice == "can_get":
            return _("some is here, more will come")
        case "partial":
            return _("something is still missing")
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
        case _ if item.id == "imaging" and case.locked:
            return _("a file waits for its password")
        case _:
            return _("not answered yet")
