"""A letter as a PDF: in the hospital's language, and on its second page as the patient reads it.

Typst sets it from a fixed template; data comes in as JSON and is only shown, never evaluated. Equal
input gives equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from bot.handoff.cover import fonts
from bot.handoff.cover_language import language_in_template
from bot.handoff.cover_words import sentence
from checklist.letter_words import LetterWords, Line, letter_words, plain_parts
from checklist.letters import Letter
from checklist.text import Text, _
from handlers.languages import Languages

_FOLDER: Final = Path(str(files("bot.letters")))

OWN_COPY: Final = _("This page is for you, so that you know what you sign. It is not sent.")

Json = dict[str, Any]


class LetterError(Exception):
    """The letter could not be set; says what Typst said."""


def letter_pdf(letter: Letter, languages: Languages) -> bytes:
    """The letter on A4. Takes some 0.1 s; not for the loop. Raises `LetterError`."""
    words = letter_words(letter)
    pages = [_page(words, letter.locale, languages, note="")]
    if letter.own != letter.locale:
        note = languages.say(OWN_COPY, letter.own)
        pages.append(_page(words, letter.own, languages, note=note))
    data = {"title": languages.say(words.subject, letter.locale), "pages": pages}
    compiler = typst.Compiler(
        input=str(_FOLDER / "letter.typ"),
        root=str(_FOLDER),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, sort_keys=True)},
    )
    try:
        pdf = compiler.compile(format="pdf", timestamp=0)
    except typst.TypstError as error:
        raise LetterError(error.message) from error
    assert isinstance(pdf, bytes)
    return pdf


def letter_text(letter: Letter, locale: str, languages: Languages) -> str:
    """The letter as plain text, to be copied into an e-mail."""
    parts = plain_parts(letter_words(letter))
    said = ("\n".join(languages.say(line, locale) for line in part) for part in parts)
    return _plain("\n\n".join(said))


def _page(words: LetterWords, locale: str, languages: Languages, *, note: str) -> Json:
    def say(text: Text) -> str:
        return sentence(languages.say(text, locale))

    def said(texts: Iterable[Text]) -> list[str]:
        return [say(text) for text in texts]

    def lines(rows: Iterable[Line]) -> list[Json]:
        return [
            {"label": say(row.label), "value": say(row.value) if row.value else None}
            for row in rows
        ]

    return {
        "language": language_in_template(locale),
        "note": note,
        "to": say(words.to),
        "subject": say(words.subject),
        "who": lines(words.who),
        "opening": said(words.opening),
        "please": say(words.please),
        "wanted": said(words.wanted),
        "fill_in": lines(words.fill_in),
        "known_head": say(words.known_head) if words.known_head else "",
        "known": said(words.known),
        "closing": said(words.closing),
        "thanks": say(words.thanks),
        "sign": lines(words.sign),
        "enclosed": say(words.enclosed),
    }


def _plain(text: str) -> str:
    """Without the marks of direction: an e-mail program sets them itself, or shows them as boxes."""
    return text.translate({0x2068: None, 0x2069: None})
