"""What the desk of the translators says."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.text import Text, _, _c
from checklist.translation import TranslationState
from checklist.translation_check import DifferenceKind, MentionKind

TRANSLATION: Mapping[str, Text] = {
    "translation": _("Translation"),
    "queue": _("Records to translate"),
    "queue_hint": _("What the specialist decides by comes first, and of that what waits longest."),
    "queue_empty": _("Nothing waits to be translated."),
    "ready": _("Translated or not needed"),
    "into": _("Into"),
    "original": _("Original"),
    "original_get": _("Download the original"),
    "translated_get": _("Download the translation"),
    "open": _c("button", "Open"),
    "language": _("Language"),
    "language_not_known": _("language not known"),
    "length": _("Length"),
    "since": _("Waiting since"),
    "taken_by": _("Taken by"),
    "take": _c("button", "Take it"),
    "return": _c("button", "Give it back"),
    "skip": _("No translation needed"),
    "need": _("It is needed after all"),
    "upload": _("Upload the translation"),
    "upload_hint": _("PDF, Word, a picture or text. A new version replaces the one before, which is kept."),
    "upload_send": _c("button", "Upload it"),
    "versions": _("Versions"),
    "approve": _("I have compared it: it is right"),
    "approve_hint": _("Then it goes into the package, beside its original."),
    "draft": _("Draft by a machine"),
    "draft_hint": _("It is marked as a draft on each page, and goes nowhere before you have approved it."),
    "draft_ask": _c("button", "Have a draft made"),
    "draft_waits": _("The machine is at it. Load this page again in a moment."),
    "draft_failed": _("The machine could not do it."),
    "draft_use": _("I have read the draft beside the original: use it"),
    "draft_mark": _("machine draft, not checked"),
    "approved": _("Confirmed"),
    "replaced": _("replaced"),
    "compare": _("Numbers, units, dates and medicines"),
    "compare_same": _("They are the same in both, as far as it can be told."),
    "compare_hint": _("Look at each. What is right stays; what is wrong, correct and upload again."),
    "compare_waits": _("The two are still being read. Load this page again in a moment."),
    "compare_scan": _(
        "One of the two is a scan or a picture, so they can't be compared here. "
        "Please compare them yourself."
    ),
    "compare_partly": _("Some pages are scans. These were not compared."),
    "in_original": _("In the original"),
    "in_translation": _("In the translation"),
    "what": _("What"),
    "nothing": _("nothing like it"),
    "conflict": _("Somebody was faster. Here is how it stands now."),
    "done": _("It is done."),
    "waits": _("It is on its way. Load this page again in a moment."),
    "refused": _(
        "No file was chosen, or it is of a kind that can't be used. "
        "PDF, Word, pictures and text can."
    ),
    "counting": _("being counted"),
    "scanned": _("scanned, not counted"),
    "no_text": _("no text in it, not counted"),
    "not_needed": _("No translation needed"),
    "opinion_compare": _("Opinion and translation: numbers, units, dates and medicines"),
}  # fmt: skip

STATE: Mapping[TranslationState, Text] = {
    "waiting": _("Waits"),
    "taken": _("In work"),
    "draft": _("A machine's draft, to be checked"),
    "unchecked": _("Uploaded, to be compared"),
    "done": _("Translated"),
    "not_needed": _("No translation needed"),
}

DIFFERENCE: Mapping[DifferenceKind, Text] = {
    "changed": _("Differs"),
    "unit": _("Another unit"),
    "missing": _("Only in the original"),
    "added": _("Only in the translation"),
}

OF: Mapping[MentionKind, Text] = {
    "number": _("Number"),
    "date": _("Date"),
    "drug": _("Medicine"),
}
