"""What the list of cases says."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.text import Text, _, _c, _n
from checklist.waiting import Reason, Waits

LIST: Mapping[str, Text] = {
    "case_and_patient": _("Case and patient"),
    "waits": _("Waiting on"),
    "assignee": _("Taken by"),
    "nobody": _("nobody"),
    "no_name": _("name not given yet"),
    "search": _("Search"),
    "search_hint": _("Name in any script, case number, file, date"),
    "search_go": _c("button", "Search"),
    "filters": _("Filters"),
    "all": _c("filter", "All"),
    "any": _c("filter", "any"),
    "mine": _c("filter", "Mine"),
    "nobodys": _c("filter", "Taken by nobody"),
    "sort": _("Order"),
    "show": _c("button", "Show"),
    "clear": _("Clear search and filters"),
    "none_found": _("No case is like that."),
    "previous": _c("button", "Previous page"),
    "next": _c("button", "Next page"),
    "pages": _("Pages"),
    "of_pages": _("Page {page} of {pages}", page="{page}", pages="{pages}"),
    "keys": _("Keys"),
    "key_next": _("next case"),
    "key_previous": _("previous case"),
    "key_open": _("open the case"),
    "key_search": _("search"),
    "key_help": _("this list of keys"),
    "keys_on": _("Use these keys"),
    "close": _c("button", "Close"),
    "live": _("The list renews itself."),
    "not_live": _("No connection. The list renews itself when it is back."),
    "reload": _("Load the list anew"),
    "moved": _("The order has changed."),
    "reorder": _c("button", "Show the new order"),
    "came": _("New in the list: {cases}", cases="{cases}"),
    "urgent": _("Case {case} needs a person now.", case="{case}"),
    "to_translate": _("What is in translation, and what was given to you."),
    "skip": _("Go to the list"),
}


def cannot_be_read(count: int, cases: str) -> Text:
    """Which cases can't be read; all others go on."""
    return _n(
        "{n} case can't be read: {cases}. Tell whoever runs the program.",
        "{n} cases can't be read: {cases}. Tell whoever runs the program.",
        count,
        cases=cases,
    )


SORT: Mapping[str, Text] = {
    "first": _c("order", "Who needs help first"),
    "since": _c("order", "Waiting longest"),
    "-last": _c("order", "Newest activity"),
    "name": _c("order", "Name"),
    "case": _c("order", "Case number"),
    "status": _c("order", "Status"),
    "-complete": _c("order", "Most complete"),
    "complete": _c("order", "Least complete"),
    "assignee": _c("order", "Taken by"),
}

WAITS: Mapping[Waits, Text] = {
    "coordinator": _c("waiting on", "Us"),
    "patient": _c("waiting on", "Patient"),
    "translator": _c("waiting on", "Translator"),
    "specialist": _c("waiting on", "Specialist"),
    "nobody": _c("waiting on", "Nobody"),
}

REASON: Mapping[Reason, Text] = {
    "emergency": _("Emergency words were seen"),
    "unreadable": _("This case can't be read. Tell whoever runs the program."),
    "wanted": _("A person is wanted"),
    "wrote": _("The patient wrote to you"),
    "asked": _("The patient has asked a question"),
    "undecided": _("Whose is this scan?"),
    "locked": _("Help with a password"),
    "posted": _("Slides, blocks or films"),
    "handed_over": _("Handed over, to be checked"),
    "ready": _("The opinion is ready"),
}


def cases_found(count: int) -> Text:
    """How many cases there are."""
    return _n("{n} case", "{n} cases", count)
