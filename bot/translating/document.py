"""A translation by a machine as a PDF, which says on each of its pages what it is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from bot.handoff.cover_language import language_in_template
from bot.typesetting import typeset
from checklist.text import Text, _
from handlers.languages import Languages

DRAFT: Final = _("Machine draft, not checked")
CHECKED: Final = _("Machine translation, checked by {name}")

_FOLDER: Final = Path(str(files("bot.translating")))


def draft_pdf(
    lines: list[str], *, title: str, locale: str, mark: Text, languages: Languages
) -> bytes:
    """The document in the language `locale`. Takes some 0.1 s a page; not for the loop.

    Its `mark` stands at the head of each page, in that language and in English. Raises
    typst.TypstError.
    """
    marks = dict.fromkeys(_plain(languages.say(mark, tag)) for tag in (locale, "en"))
    data = {
        "title": title,
        "language": language_in_template(locale),
        "marks": list(marks),
        "warning": mark.msgid == DRAFT.msgid,
        "lines": lines,
    }
    return typeset(_FOLDER / "page.typ", data)


def _plain(text: str) -> str:
    """Without the marks of direction, for which the page has no need."""
    return text.translate({0x2068: None, 0x2069: None})
