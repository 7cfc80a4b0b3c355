"""What the upload page says."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.text import Text, _, _c

#: By the name under which templates and the script use them. Where a value is filled in by the
#: script, the place stands for itself.
UPLOAD: Mapping[str, Text] = {
    "title": _("Send your records"),
    "why": _(
        "What you send here goes to your case, and only there. "
        "You can close this page and come back: it goes on where it stopped."
    ),
    "sent_as": _("You send this as: {name}", name="{name}"),
    "files": _c("button", "Files or photos"),
    "folder": _c("button", "A whole CD folder"),
    "folder_hint": _("Choose the folder or the drive of the CD. Everything on it is needed."),
    "elsewhere": _c("button", "Go on at a computer"),
    "elsewhere_hint": _("Most phones can't read a CD. A computer with a CD drive can."),
    "plain_send": _c("button", "Send"),
    "limit": _("One file can be up to {limit}.", limit="{limit}"),
    "all": _("All files"),
    "state": _("{done} of {total}", done="{done}", total="{total}"),
    "left": _("About {time} left", time="{time}"),
    "waiting": _("Waiting"),
    "arrived": _("Received"),
    "again": _c("button", "Try again"),
    "pause": _c("button", "Pause"),
    "resume": _c("button", "Go on"),
    "offline": _("No connection just now. It goes on by itself when the connection is back."),
    "too_large": _(
        "This file is too large: {name}. One file can be up to {limit}.",
        name="{name}",
        limit="{limit}",
    ),
    "empty_file": _("This file is empty: {name}. Please choose it again.", name="{name}"),
    "no_room": _(
        "There is not enough room for this just now. We told the coordinators. "
        "Please try again later. What you sent before is safe."
    ),
    "link_full": _("This link can't take more. Please ask for a new one in the chat."),
    "link_ended": _("This link has ended. Please ask for a new one in the chat."),
    "stopped_title": _("Nothing can be sent here now"),
    "stopped": _(
        "The work on this case has stopped, so no files are taken. If you are the patient, please go "
        "back to the chat. If not, please ask the patient."
    ),
    "failed": _("This file could not be sent: {name}. Please try again.", name="{name}"),
    "done_title": _("Everything has arrived."),
    "done": _("Please go back to the chat now. There you read what we received."),
    "loose": _c("folder", "Files"),
    "thanks": _("Thank you. You can close this page."),
    "to_chat": _c("button", "Go to the chat"),
    "ended_title": _("This link does not work any more"),
    "ended": _("Please go back to the chat and write “upload”. You will get a new link."),
    "computer_title": _("Go on at a computer"),
    "computer_steps": _("Open this address on the computer, and type the code there:"),
    "computer_qr": _("Or let its camera read this picture:"),
    "computer_lasts": _("The code works once, for 20 minutes."),
    "back": _c("button", "Back"),
    "code_title": _("Type your code"),
    "code_label": _("The code from your phone"),
    "code_send": _c("button", "Go on"),
    "code_wrong": _("This code does not work. Please look at it once more, or ask for a new one."),
    "code_wait": _("Please wait a minute, and try again."),
}
