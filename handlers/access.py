"""Access: who has opened or taken what of a case, as the patient reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.dates import PartialDate
from checklist.text import Text, _, _c, verbatim
from handlers.moving import Heard
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import Access, AccessFound

#: So many of the newest are shown in a chat; the copy has all.
MOST: Final = 12

#: What was done, by the action of the audit trail. All that opens or takes something is here.
WHAT: Final[Mapping[str, Text]] = {
    "looked": _c("access", "opened your case"),
    "read_transcript": _c("access", "read your messages"),
    "saw_pictures": _c("access", "looked at a record"),
    "saw_images": _c("access", "looked at a record"),
    "saw_translation": _c("access", "looked at a record"),
    "took_file": _c("access", "downloaded a file"),
    "took_file_as_sent": _c("access", "downloaded a file"),
    "took_original": _c("access", "downloaded a file"),
    "took_original_as_sent": _c("access", "downloaded a file"),
    "took_translation": _c("access", "downloaded a file"),
    "took_letter": _c("access", "downloaded a file"),
    "letter.taken": _c("access", "downloaded a file"),
    "took_cover": _c("access", "downloaded the whole case"),
    "took_package": _c("access", "downloaded the whole case"),
    "took_opinion": _c("access", "downloaded a file"),
    "opinion.taken": _c("access", "downloaded a file"),
    "copy.taken": _c("access", "downloaded the whole case"),
}

_WHO: Final[Mapping[str, Text]] = {
    "coordinator": _("{name}, a coordinator"),
    "translator": _("{name}, a translator"),
    "api": _("another program ({name})"),
    "operator": _("who runs this service"),
    "patient": _c("access", "you, or who has your link"),
    "system": _("this program"),
}


def found(view: View, update: AccessFound) -> Heard:
    """Say the newest first; () of them means that nobody has looked."""
    if not update.entries:
        return view, reply_of(view, (_NOBODY,), ask=False)
    shown = tuple(line_of(one) for one in update.entries[:MOST])
    more = (_MORE,) if len(update.entries) > MOST else ()
    return view, reply_of(view, (HEAD, *shown, *more), ask=False)


def line_of(entry: Access) -> Text:
    """One line: when, who, and what."""
    return _c(
        "access",
        "• {date}, {who}: {what}",
        date=PartialDate.of(entry.at.date()),
        who=who_of(entry),
        what=WHAT.get(entry.action, verbatim(entry.action)),
    )


def who_of(entry: Access) -> Text:
    """Who it was: by role, and by name where they have one here."""
    who = _WHO.get(entry.role, _WHO["system"])
    return who.with_(name=entry.name) if "{name}" in who.msgid else who


HEAD: Final = _("Who has looked at your case or taken something from it, the newest first:")
_NOBODY = _("Nobody has looked at your case yet.")
_MORE = _("There is more. “export” gives you all of it.")
