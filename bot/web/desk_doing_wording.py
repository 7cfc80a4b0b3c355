"""What the desk says where a coordinator does something with a case."""

from __future__ import annotations

from collections.abc import Mapping

from bot.web.desk_records_wording import RECORDS
from checklist.desk import Reason, RequestState
from checklist.text import Text, _, _c

DOING: Mapping[str, Text] = {
    **RECORDS,
    "case_of": _("Who has the case"),
    "nobody": _("Nobody yet"),
    "take": _c("button", "Take the case"),
    "give_to": _("Give it to"),
    "give_back": _("Nobody: give it back"),
    "give": _c("button", "Give"),
    "where": _("Where the case stands"),
    "where_hint": _("The patient reads it with “status”. Closing is told to them at once."),
    "set": _c("button", "Set"),
    "reopen": _c("button", "Open again"),
    "reopen_hint": _(
        "The patient is told. The next package is a new version and says what changed."
    ),
    "version": _("Version"),
    "notes": _("Notes for coordinators"),
    "notes_hint": _("Patients never see these."),
    "note": _("New note"),
    "note_add": _c("button", "Add the note"),
    "requests": _("Ask for one more record"),
    "asked": _("Questions for you"),
    "asked_hint": _(
        "The assistant does not know the answer. Yours goes to the chat, under your name."
    ),
    "asked_answer": _("Your answer"),
    "asked_send": _c("button", "Send the answer"),
    "asked_settled": _c("button", "No answer needed"),
    "asked_done": _("No answer was needed"),
    "request_item": _("For this part"),
    "request_about": _("About this record"),
    "request_none": _("None in particular"),
    "request_reason": _("Why"),
    "request_words": _("In your words (the patient sees them under your name)"),
    "request_send": _c("button", "Ask the patient"),
    "withdraw": _c("button", "Not needed any more"),
    "upload": _("Upload for the patient"),
    "upload_hint": _("What came by e-mail or post. The record says that you sent it."),
    "upload_files": _("Files"),
    "upload_send": _c("button", "Upload"),
    "links": _("Private links"),
    "links_hint": _(
        "Whoever has such a link can send records for this case, and sees nothing of it."
    ),
    "link_for": _("For whom"),
    "link_make": _c("button", "Make a link"),
    "link_chat": _c("button", "Link into the chat"),
    "link_own": _("The patient"),
    "link_until": _("works until"),
    "link_stop": _c("button", "Stop it"),
    "link_made": _("The link is made"),
    "link_once": _("Copy it now: it is shown only this once. It works for 7 days."),
    "label": _("Correct the label"),
    "label_kind": _("Kind"),
    "label_date": _("Date (2026, 2026-03 or 2026-03-14)"),
    "label_part": _("Body part"),
    "label_page_of": _("A further page of"),
    "label_alone": _("A record of its own"),
    "label_save": _c("button", "Save the label"),
    "cover_text": _("Words of the cover"),
    "cover_hint": _(
        "The patient's own words are kept. Locked words stay when the patient answers again."
    ),
    "cover_problem": _("Main problem"),
    "cover_questions": _("Key questions, one in each line"),
    "cover_timeline": _(
        "What happened, one event in each line, its date first: 2026-03 first seizure"
    ),
    "cover_lock": _("Lock"),
    "cover_own": _("The patient wrote"),
    "cover_save": _c("button", "Save the words"),
    "changes": _("Changes that can be undone"),
    "change_label": _("Label"),
    "change_split": _("Where a record begins"),
    "change_merge": _("Pages put together"),
    "change_cover": _("Words of the cover"),
    "change_pair": _("Report and pictures"),
    "undo": _c("button", "Undo"),
    "opinion": _("The specialist's opinion"),
    "opinion_none": _("It can be uploaded when the case was handed over."),
    "opinion_file": _("Document"),
    "opinion_part": _("It is"),
    "opinion_add": _c("button", "Upload it"),
    "opinion_remove": _c("button", "Take it out"),
    "opinion_approve": _c("button", "Approve it"),
    "opinion_send": _c("button", "Send to the patient"),
    "opinion_again": _c("button", "Send it again"),
    "opinion_another": _("Another person than who uploaded it has to approve it."),
    "opinion_lead": _("A lead has to approve it."),
    "opinion_approved": _("Approved"),
    "opinion_sent": _("Sent"),
    "opinion_read": _("The patient has read it"),
    "opinion_unread": _("The patient has not said yet that they have read it."),
    "opinion_questions": _("What the patient asks about it"),
    "opinion_asking": _("The patient is still writing questions."),
    "chats": _("Chats of the case"),
    "chats_hint": _("Whoever writes in one of them sees the case and can change it."),
    "chat_since": _("since"),
    "chat_remove": _c("button", "Take this chat out"),
    "chat_remove_why": _(
        "Nothing more of the case is said in this chat, and its links end. What was sent stays. "
        "Whoever writes there is told."
    ),
    "chat_last": _("It is the only one, so it stays."),
    "room": _(
        "This case has {files} of {most} files and {used} of {room}. Beyond that nothing is taken.",
        files="{files}",
        most="{most}",
        used="{used}",
        room="{room}",
    ),
    "room_more": _c("button", "Allow as much again"),
    "done": _("It is done."),
    "waits": _("It is on its way. Load this page again in a moment."),
    "conflict": _("Somebody was faster"),
    "conflict_why": _(
        "This was changed after your page was loaded. Nothing of yours is lost: compare, then decide."
    ),
    "conflict_undo": _("Something has been changed on top of it, or it was undone already."),
    "now": _("There now"),
    "yours": _("Yours"),
    "use_mine": _c("button", "Use mine"),
    "keep_theirs": _("Leave it as it is"),
    "status": _("Status"),
    "name": _("Name"),
    "nothing_chosen": _("No file was chosen, or it could not be taken."),
}

PARTS: Mapping[str, Text] = {
    "original": _("The specialist's own document"),
    "translation": _("A translation of it"),
}

REASONS: Mapping[Reason, Text] = {
    "images": _("Only the report came, the images are needed"),
    "report": _("Only the images came, the report is needed"),
    "unreadable": _("It can't be read well"),
    "pages": _("Pages are missing"),
    "newer": _("A newer one is needed"),
    "other_file": _("It is another record than it should be"),
    "more": _("It helps to answer the questions"),
}

REQUEST_STATE: Mapping[RequestState, Text] = {
    "asked": _("The patient was asked"),
    "promised": _("The patient can get it"),
    "answered": _("It has come"),
    "absent": _("The patient does not have it"),
    "withdrawn": _("Not needed any more"),
}
