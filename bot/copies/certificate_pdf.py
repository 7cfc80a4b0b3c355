"""The certificate as a PDF: one page, set by Typst; equal input gives equal bytes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from bot.handoff.cover_language import language_in_template
from bot.handoff.cover_words import sentence
from bot.typesetting import typeset

_FOLDER: Final = Path(str(files("bot.copies")))


def certificate_pdf(title: str, lines: Sequence[str], locale: str) -> bytes:
    """A title and its lines on A4. Takes some 0.1 s; not for the loop."""
    data = {
        "language": language_in_template(locale),
        "title": sentence(title),
        "lines": [sentence(line) for line in lines],
    }
    return typeset(_FOLDER / "certificate.typ", data)
