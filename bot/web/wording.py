"""What the patient's pages say beside the conversation itself."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.text import Text, _, _c
from handlers.languages import Languages

#: Words of the chat page by the name under which templates and the script use them. Where a value
#: is filled in by the script, the place stands for itself.
CHAT: Mapping[str, Text] = {
    "title": _("Second opinion"),
    "subtitle": _("Automated assistant"),
    "skip": _("Go to the newest message"),
    "emergency": _c("button", "Emergency"),
    "menu": _c("button", "Menu"),
    "status": _c("button", "My progress"),
    "ask": _c("button", "Usual questions"),
    "help": _c("button", "Help"),
    "language": _c("button", "Language"),
    "human": _c("button", "Talk to a person"),
    "privacy": _c("button", "Privacy"),
    "chats": _c("button", "Chats"),
    "conversation": _("Conversation"),
    "answers": _("Answers to choose from"),
    "from_you": _("You wrote"),
    "from_assistant": _("The assistant wrote"),
    "writing": _("The assistant is writing"),
    "reading": _("We are looking at your files"),
    "message": _("Your message"),
    "hint_text": _("Write your answer"),
    "hint_choice": _("Choose, or write here"),
    "hint_files": _("Add files, or write here"),
    "attach": _c("button", "Files or photos"),
    "send": _c("button", "Send"),
    "sending": _("Sending"),
    "saved": _("Received"),
    "waiting": _("Not sent yet. We keep it and send it as soon as we can."),
    "offline": _("No connection just now. You can go on writing. Nothing will be lost."),
    "urgent_offline": _(
        "If you feel very ill now, call your local emergency number. "
        "112 works on many mobile phones."
    ),
    "newest": _c("button", "New message"),
    "uploading": _("Sending your files: {percent}", percent="{percent}"),
    "upload_done": _("Your files have arrived."),
    "upload_lost": _("The connection was lost, so these files did not arrive. Please try again."),
    "upload_stopped": _("Stopped. These files were not sent."),
    "again": _c("button", "Try again"),
    "stop": _c("button", "Stop"),
    "remove": _c("button", "Remove"),
    "more_files": _("and {count} more", count="{count}"),
    "drop": _("Drop your files here"),
    "after_yes": _("Your files wait here. I take them as soon as you agree."),
    "reload": _("See new messages"),
    "empty_file": _("This file is empty: {name}. Please choose it again.", name="{name}"),
    "too_large": _(
        "This file is too large: {name}. One file can be up to {limit}.",
        name="{name}",
        limit="{limit}",
    ),
    "refused": _("This could not be sent. Please try again."),
}

TOO_LARGE = CHAT["too_large"]
NO_ROOM = _("We cannot take files at the moment. Please try again later. Nothing else is lost.")
INTERRUPTED = CHAT["upload_lost"]
TOO_LONG = _("This message is too long. Please send it in two or more parts.")
NOT_FROM_HERE = _("This page was open for too long. Please go back and try again.")

#: What stands in a transcript for a password, which is not kept.
HIDDEN = _("•••• (password)")
#: What stands there for what came before somebody agreed to its being kept.
UNKEPT = _("•••• (not kept)")
#: What stands there for a code that was typed.
CODE = _("•••• (code)")

#: The page of a link by which a case goes on in this browser.
JOIN: Mapping[str, Text] = {
    "title": _("Go on here"),
    "why": _(
        "This opens the case in this browser. First I ask who writes here, and whether you agree."
    ),
    "care": _(
        "Only go on if this is your own phone or computer: whoever uses it can read your answers."
    ),
    "go_on": _c("button", "Go on here"),
    "ended_title": _("This link does not work any more"),
    "ended": _(
        "It works once, and only for a short time. Where you found it, write to the assistant and "
        "it gives you a new one. Or ask whoever gave it to you."
    ),
}

FROM_A_PERSON = _("From a person: {name}", name="")

ERROR_TITLE = _("Something went wrong")
ERROR_TEXT = _("We are sorry. What you sent before is safe. Please try again in a minute.")
MISSING_TITLE = _("There is nothing here")
MISSING_TEXT = _("This page does not exist. Your conversation is still there.")
BACK_TO_CHAT = _("Go to the conversation")

#: The menu of the chat page: the word, and the command that it stands for.
MENU: tuple[tuple[str, str], ...] = (
    ("status", "/status"),
    ("ask", "/ask"),
    ("help", "/help"),
    ("language", "/language"),
    ("human", "/human"),
    ("privacy", "/privacy"),
    ("chats", "/chats"),
)

_URGENT = _("Very ill now? Call {number}", number="")
_URGENT_ANYWHERE = _("Very ill now? Call your local emergency number. 112 works on many phones.")
#: Reached from most mobile phones where the country's own number isn't known.
_ANYWHERE = "112"

#: What the emergency button sends: a choice that belongs to no step, known at every one.
EMERGENCY_CHOICE = "emergency:help:0"


def urgent(languages: Languages, locale: str, number: str = "") -> dict[str, str]:
    """The line for somebody who is very ill, and the number that a tap on it calls.

    `number` is that of the patient's country, "" where it isn't known; `urgent_known` is the same,
    and tells the stream which one the page shows.
    """
    line = _URGENT.with_(number=number) if number else _URGENT_ANYWHERE
    return {
        "urgent": languages.say(line, locale),
        "urgent_number": number or _ANYWHERE,
        "urgent_known": number,
    }


def chat_words(languages: Languages, locale: str, number: str) -> dict[str, str]:
    """Every word of the chat page, with the emergency number of the patient's country."""
    said = say_all(CHAT, languages, locale) | urgent(languages, locale, number)
    if number:
        # Without a connection nobody can be asked, and the page says it by itself.
        said["urgent_offline"] = said["urgent"]
    return said


def say_all(words: Mapping[str, Text], languages: Languages, locale: str) -> dict[str, str]:
    """Every word of a mapping in a locale."""
    return {name: languages.say(text, locale) for name, text in words.items()}
