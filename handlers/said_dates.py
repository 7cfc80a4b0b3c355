"""A date as the answer to a question, in the language of the chat or, as a whole, in another.

Many write in a chat of one language and say their dates in another: a Kazakh in the Russian one. So
what is no date as a whole in the chat's language is tried in every other whose words are known. To be
safe, the date must then be all that was written, and no two languages may read it differently.
Inside longer texts only the chat's own is read: there a word of another is too easily a date.
"""

from __future__ import annotations

from collections.abc import Callable

from checklist.date_reading import Reading, Toward
from checklist.date_words import parse_birth_date, parse_date, parse_only_date
from checklist.words import Words
from handlers.step import View

#: Shorter words mean too much in too many languages.
_SHORTEST = 4


def said_date(view: View, text: str, *, toward: Toward = "past") -> Reading:
    """The one date that an answer is or holds; `toward` as in `parse_date`."""
    whole = _whole(
        view, text, lambda words: parse_only_date(text, words, view.today, toward=toward)
    )
    return whole or parse_date(text, view.words, view.today, toward=toward)


def said_birth_date(view: View, text: str) -> Reading:
    """A full day that is not ahead, or nothing."""
    whole = _whole(view, text, lambda words: parse_only_date(text, words, view.today, birth=True))
    return whole or parse_birth_date(text, view.words, view.today)


def _whole(view: View, text: str, read: Callable[[Words], Reading]) -> Reading:
    """The date that all of the text is: in the chat's language, else in all others that read it."""
    own = read(view.words)
    if own is not None or len(text.strip()) < _SHORTEST:
        return own
    tags = (tag for tag in view.languages.understood if tag != view.locale)
    found = {reading for tag in tags if (reading := read(view.languages.words(tag))) is not None}
    return found.pop() if len(found) == 1 else None
