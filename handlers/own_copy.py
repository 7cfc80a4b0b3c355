"""What is kept of a case, in words for the patient: sections with a heading and their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checklist.case import Answer, Case
from checklist.catalog import Catalog
from checklist.letter_words import LETTER_NAMES
from checklist.text import Text, _, _c
from handlers.consenting import line_of
from handlers.receipt_words import describe
from handlers.step import View
from handlers.wording import step_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the copy."""

    title: Text
    lines: tuple[Text, ...]


def in_words(view: View) -> tuple[Text, ...]:
    """All sections, one after the other."""
    parts = sections(view.case, view.catalog)
    return tuple(text for part in parts for text in (part.title, *part.lines))


def sections(case: Case, catalog: Catalog) -> tuple[Section, ...]:
    """What a case holds, without what was said in its chats."""
    all_ = (
        Section(title=_("Your answers"), lines=tuple(_answers(case, catalog))),
        Section(title=_("Your records"), lines=tuple(_records(case))),
        Section(
            title=_("What you agreed to"),
            lines=tuple(line_of(one.point, one) for one in case.consents),
        ),
        Section(title=_("Letters to hospitals"), lines=tuple(_letters(case))),
    )
    return tuple(part for part in all_ if part.lines)


def _answers(case: Case, catalog: Catalog) -> Iterator[Text]:
    for step, answer in case.answers.items():
        words = _words(answer)
        if words and step not in ("language", "consent", "review"):
            yield _c("copy", "• {what}: {words}", what=step_title(step, catalog), words=words)


def _words(answer: Answer) -> str:
    lines = [entry.text for entry in answer.entries] or [answer.text or answer.value, answer.note]
    return "; ".join(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _records(case: Case) -> Iterator[Text]:
    for record in case.own_records:
        yield _("• {what}", what=describe(record))


def _letters(case: Case) -> Iterator[Text]:
    for letter in case.letters:
        yield _("• {what}", what=LETTER_NAMES[letter.kind])
