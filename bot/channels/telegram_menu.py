"""Menu: the commands that Telegram keeps beside the writing line, the emergency first, in each language.

It is there at every step, and before anything was agreed to. Telegram shows it in the language of a
patient's app. https://core.telegram.org/bots/api#setmycommands
"""

from __future__ import annotations

from collections.abc import Iterator

from checklist.text import Text, _c
from handlers.languages import Languages
from handlers.turn import EMERGENCY

#: The commands, and the words for each; a command is of Latin letters in every language.
MENU: tuple[tuple[str, Text], ...] = (
    ("emergency", EMERGENCY.label),
    ("status", _c("button", "My progress")),
    ("help", _c("button", "Help")),
    ("human", _c("button", "Talk to a person")),
    ("language", _c("button", "Language")),
    ("privacy", _c("button", "Privacy")),
    ("withdraw", _c("button", "What I agreed to")),
    ("export", _c("button", "Get a copy")),
    ("delete", _c("button", "Erase everything")),
)


def menus(languages: Languages) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The menu by the code of a language, "" for every language that is not offered.

    Telegram knows languages by ISO 639-1: one code for Chinese, however it is written.
    """
    for tag in languages.offered:
        said = [(command, languages.say(words, tag)) for command, words in MENU]
        yield ("" if tag == "en" else tag.partition("-")[0]), said
