"""What the desk says of records: where they came from, their pages, splitting and merging."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.text import Text, _, _c

RECORDS: Mapping[str, Text] = {
    "merge": _("Put pages together"),
    "merge_hint": _(
        "Several photos are often one record. Number them in their order: 1, 2, 3. The first one "
        "gives the record its kind and date. The files themselves stay as they are."
    ),
    "merge_place": _("Page number"),
    "merge_save": _c("desk", "Make one record"),
    "merge_two": _("Please number at least two of them, each with another number."),
    "merge_more": _("All pages of one record"),
    "pages": _("Pages"),
    "page": _("Page"),
    "look_pages": _("Look at the pages or split them"),
    "split": _("Where a record begins"),
    "split_hint": _(
        "One scan may hold several records. Tick each page on which a new one begins. "
        "Without a tick all of it is one record. The file itself stays as it is."
    ),
    "split_here": _("A new record begins here"),
    "split_save": _c("desk", "Save where records begin"),
    "split_held": _(
        "This can't be split now: it, or a part of it, is a page of another record. "
        "Take that back first."
    ),
    "not_theirs": _("It is somebody else's"),
    "not_theirs_why": _(
        "Then it is in no package. It stays here, and you can take it back below the records."
    ),
    "not_theirs_save": _c("desk", "Keep it apart"),
    "theirs_save": _c("desk", "It is this patient's"),
    "documents_apart": _("Documents kept apart as somebody else's"),
    "back_case": _("Back to the case"),
    "split_too_long": _("Only the first {n} pages are shown.", n=200),
    "look_again": _(
        "This was changed after your page was loaded. Below is what is there now, with what you had "
        "chosen. Please look, then save again."
    ),
}

DIVIDED_BY_OTHER = _(
    "Somebody else has changed it since you opened the page. Please compare once more."
)

#: By what way a record came; a channel that isn't here has a name of its own.
WAYS: Mapping[str, Text] = {
    "web": _("chat on the web"),
    "upload": _("private link"),
    "desk": _("the desk"),
}

BY_PATIENT = _c("sender", "Patient")
BY_HELPER = _("Helper: {name}")
BY_COORDINATOR = _("Coordinator: {name}")
SPAN = _("Pages {first} to {last} of {count}")
ONE_OF = _("Page {n} of {count}")
