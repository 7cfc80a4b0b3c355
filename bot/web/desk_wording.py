"""What the coordinators' pages say."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.locked import LockState
from checklist.text import Text, _, _c, verbatim

DESK: Mapping[str, Text] = {
    "desk": _("Coordinators' desk"),
    "translation": _("Records to translate"),
    "cases": _("Cases"),
    "sign_out": _c("button", "Sign out"),
    "sign_in": _c("button", "Sign in"),
    "sign_in_title": _("Sign in to the desk"),
    "your_name": _("Your name, as patients will see it"),
    "sign_in_why": _("Patients see this name on what you write to them."),
    "no_link": _(
        "The first link is shown when the assistant starts. It works once and for one day. "
        "For a new one, run: {command}",
        command="second-opinion desk-link",
    ),
    "used_link_title": _("This link does not work any more"),
    "elsewhere_title": _("This page was sent from another address"),
    "elsewhere": _(
        "Your browser sent this from an address that is not the assistant's own, so it was not "
        "taken. Open the desk by its own address and try again. If a proxy stands in between, the "
        "person who runs the assistant must set PUBLIC_URL to the address that you see in your "
        "browser. A sign-in link is not used up by this."
    ),
    "empty_title": _("No cases yet"),
    "empty": _(
        "A case appears here as soon as somebody opens the chat. "
        "Give patients this address, or try it yourself:"
    ),
    "case": _("Case"),
    "status": _("Status"),
    "complete": _("Answered"),
    "here": _("Here in full"),
    "missing": _("Missing"),
    "warnings": _("Warnings"),
    "language": _("Language"),
    "channel": _("Channel"),
    "not_reviewed": _(
        "No native speaker has checked the assistant's words in this language yet: {language}",
        language="{language}",
    ),
    "last": _("Last activity"),
    "wanted": _("A person is wanted"),
    "emergency": _("Emergency words were seen"),
    "nothing_missing": _("Nothing"),
    "cover": _("Cover page"),
    "cover_open": _("Open the cover page (PDF)"),
    "look": _("Open the pictures"),
    "package": _("Package"),
    "package_get": _("Download the package"),
    "package_note": _(
        "Photos in it are copies without the time and place where they were taken. All else is as it "
        "came. MANIFEST.csv says so of each file, and whether it was scanned for viruses."
    ),
    "package_none": _("The package is made when the patient has submitted the case."),
    "transcript": _("Conversation"),
    "transcript_open": _("Read the whole conversation"),
    "checklist": _("Checklist"),
    "needs": _("What this kind of case needs"),
    "people": _("Patient"),
    "name": _("Name"),
    "birth_date": _("Date of birth"),
    "sex": _("Sex"),
    "country": _("Country"),
    "case_type": _("Kind of case"),
    "review": _("Review"),
    "helper": _("Written by"),
    "relation": _("Relation to the patient"),
    "opened": _("Opened"),
    "submitted": _("Submitted"),
    "problem": _("Main problem, in the patient's words"),
    "questions": _("Key questions"),
    "other_questions": _("Other questions"),
    "timeline": _("What happened"),
    "medicines": _("Medicines"),
    "allergies": _("Allergies"),
    "none_known": _("None known"),
    "takes_none": _("Takes none"),
    "none_given": _("None given"),
    "not_asked": _("Not answered yet"),
    "studies": _("Imaging studies"),
    "series": _("Series"),
    "images": _("Images"),
    "kind": _("Kind"),
    "description": _("Description"),
    "records": _("Records, in date order"),
    "no_records": _("No record has come yet."),
    "undated": _("No date"),
    "download": _c("button", "Download"),
    "unusable": _("Files that could not be used"),
    "why": _("Why"),
    "reading": _("Files that are being read"),
    "locked": _("Files that are locked with a password"),
    "password": _("Password"),
    "password_hint": _(
        "It is tried once and not kept. Ask for it by telephone rather than in the chat, "
        "where what is written to a person is kept."
    ),
    "password_try": _c("button", "Try the password"),
    "password_trying": _("A password is being tried. Load this page again in a moment."),
    "write": _("Write to the patient"),
    "write_hint": _(
        "The patient sees your name and that a person writes. Write in their language."
    ),
    "write_send": _c("button", "Send to the patient"),
    "resume": _c("button", "Assistant goes on"),
    "resume_why": _(
        "You are talking with the patient, and the assistant is silent. When you are done, let it go on."
    ),
    "sent": _("Your message is on its way."),
    "no_chat": _("There is no chat to write to in this case."),
    "from_patient": _("Patient"),
    "from_assistant": _("Assistant"),
    "erased": _("The patient has deleted everything of this case."),
    "back": _("Go to the desk"),
    "nav": _("Desk"),
    "nav_account": _("My account"),
    "nav_people": _("People"),
    "not_your_role_title": _("This is not for your role"),
    "not_your_role": _(
        "You are signed in, but what you do at this desk does not include this page. "
        "Ask your lead if it should."
    ),
}

TRANSLATOR: Mapping[str, Text] = {
    "translate_what": _(
        "This case is to be translated. You see its records and the patient's words, "
        "and not the conversation or how to reach the patient."
    ),
}

CASE_STATUS: Mapping[str, Text] = {
    "collecting": _("Collecting"),
    # "Submitted" beside a time is another word in some languages.
    "submitted": _c("case status", "Submitted"),
    "accepted": _("Accepted"),
    "in_translation": _("In translation"),
    "in_review": _("In review"),
    "opinion_ready": _("Opinion ready"),
    "closed": _("Closed"),
}

ITEM_STATUS: Mapping[str, Text] = {
    "open": _("Not answered yet"),
    "have": _c("item", "Here"),
    "partial": _c("item", "Partly here"),
    "requested": _c("item", "To come"),
    "absent": _c("item", "Does not have it"),
    "declined": _c("item", "Skipped"),
    "not_applicable": _c("item", "Not needed"),
}

SERIES_KIND: Mapping[str, Text] = {
    "image": _("Images"),
    "localizer": _("Scout image"),
    "secondary_capture": _("Screenshots"),
    "report": _("Report"),
    "other": _c("series", "Other"),
}

#: Where the asking for a password stands.
LOCK_STATE: Mapping[LockState, Text] = {
    "new": _("The patient was not asked for the password yet"),
    "asked": _("The patient was asked for the password"),
    "later": _("The patient will give the password later"),
    "unknown": _("The patient does not know the password"),
    "given_up": _("The patient wants help with the password"),
    "unreadable": _("The file could not be opened"),
}

LOCK_OUTCOME: Mapping[str, Text] = {
    "wrong_password": _("The last password was wrong"),
    "lapsed": _("The last password was forgotten before it could be tried"),
}

FINDING: Mapping[str, Text] = {
    "reports_only": _("Only written reports came, no DICOM images"),
    "report_without_images": _("Not every report came with its DICOM images"),
    "images_without_report": _("Images came without a report"),
    "other_patient": _("Images may be of another person"),
    "viewer_without_images": _("No images on the disc"),
    "only_localizers": _("Only scout images"),
    "only_secondary_capture": _("Only screenshots of images"),
    "film_photo": _("A photo of a film, not the images"),
    "exported_pictures": _("Pictures saved from a viewer, not the images"),
    "missing_instances": _("Some images of a series are missing"),
    "dicomdir_missing_files": _("The disc lists images that did not come"),
    "several_patients": _("More than one person on one disc"),
    "truncated_instance": _("Images break off"),
    "unreadable_instance": _("Images are damaged"),
    "lossy": _("Images are compressed with a loss"),
    "duplicates": _("Some images were in it more than once"),
    "charset_guess": _("The name was in an unknown character set"),
    "encrypted": _("The file has a password"),
    "damaged_archive": _("The file is damaged"),
    "unsafe_archive": _("The file unpacks to far too much"),
    "unsafe_names": _("The archive holds unsafe names"),
    "nested_archive": _("Archives within archives, too deep to read"),
    "not_an_archive": _("The file is not what its name says"),
    "too_large": _("The file is too large"),
    "empty": _("The file is empty"),
    "unreadable_document": _("The document is damaged"),
    "unsupported": _("This kind of file cannot be read"),
    "active_content": _("The file holds active content"),
    "infected": _("A virus was found in it: nobody can open it here, and it is in no package"),
    "not_arrived": _("The file did not arrive"),
    # Not what was found in a file, but why it was not kept.
    "duplicate": _("It had come before"),
    "not_read": _("The file could not be looked into"),
}

_CHANNELS: Mapping[str, Text] = {
    "web": _("Web chat"),
    "telegram": verbatim("Telegram"),
    "whatsapp": verbatim("WhatsApp"),
    "terminal": _("Terminal"),
}


def channel_name(channel: str) -> Text:
    """What a channel is called at the desk."""
    return _CHANNELS.get(channel) or verbatim(channel)
