"""What the assistant makes of a text: its language, dates, medicines, danger, and which document it is.

It is the conversation's own reading, put together for whoever tunes or audits it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from checklist.date_words import DateSpan, date_spans, plainly
from checklist.dates import Ambiguous, PartialDate
from checklist.document_reading import document_of
from checklist.examination import Examination
from checklist.folding import fold
from checklist.kinds import language_of
from checklist.medications import Medication, without_taking
from checklist.medicine_mentions import medicines_in
from checklist.records import RecordKind
from checklist.words import SafetyClass, Words
from handlers.languages import Languages
from handlers.safety import safety_in

_LONGEST = 20_000
_PARAGRAPH = 400
#: Documents in which something with a dose is no medicine of the patient: contrast, values, stains.
_WITHOUT_MEDICINES: frozenset[RecordKind] = frozenset(
    {"lab", "imaging_report", "pathology_report", "operative"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date and the words that it was read from; `options` where it can be read in several ways."""

    date: PartialDate | None
    text: str
    options: tuple[PartialDate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """All of it. `language` is BCP 47 or ""; each medicine stands with the words that tell of it."""

    language: str
    dates: tuple[Dated, ...]
    medicines: tuple[tuple[str, Medication], ...]
    safety: SafetyClass | None
    kind: RecordKind
    modality: str
    body_part: str
    date: PartialDate | None


def understood(
    text: str, languages: Languages, today: date, *, locale: str = "", of_file: bool = False
) -> Understood:
    """What a message says, or with `of_file` a document. `locale` is the language of the chat, or ""."""
    text = unicodedata.normalize("NFC", text)[:_LONGEST]
    language = _language(text, languages, locale)
    likely = locale or languages.match_locale(language) or ""
    words = languages.words(languages.match_locale(language) or locale or "en")
    read, examination = document_of(
        text if of_file else "", caption="" if of_file else text, not_after=today
    )
    # A message that names a scan is not yet its report.
    kind = read.kind if of_file or read.certain else "other"
    scan = examination or Examination()
    dates = _with_scan(tuple(_dates(text, words, today)), scan, of_file=of_file)
    modality = read.modality or next(iter(scan.modalities), "")
    part = read.body_part or next(iter(scan.parts), "")
    return Understood(
        language=language,
        dates=dates,
        medicines=() if kind in _WITHOUT_MEDICINES else medicines_in(text, words, today),
        # A report is full of what is no emergency of now; a message in a file is a message.
        safety=None if of_file and kind != "other" else safety_in(text, languages, likely),
        kind=kind,
        modality=modality,
        body_part=part if modality or kind == "imaging_report" else "",
        date=read.date
        if of_file
        else _day_of(scan, dates)
        if modality or kind != "other"
        else None,
    )


def _with_scan(dates: tuple[Dated, ...], scan: Examination, *, of_file: bool) -> tuple[Dated, ...]:
    """The dates with the day of the scan that a message names without a year."""
    if of_file or len(scan.days) != 1:
        return dates
    words = scan.days[0].words
    known = any(fold(words) in fold(one.text) for one in dates)
    return dates if known else (Dated(date=scan.days[0], text=words), *dates)


def _day_of(scan: Examination, dates: tuple[Dated, ...]) -> PartialDate | None:
    """The day of the scan that a message is about, else the one day that it names."""
    if scan.modalities and len(scan.days) == 1:
        return replace(scan.days[0], words="")
    told = {one.date for one in dates}
    return next(iter(told)) if len(told) == 1 else None


def _dates(text: str, words: Words, today: date) -> Iterator[Dated]:
    for line in (piece for long in text.splitlines() for piece in _pieces(long)):
        for span in date_spans(without_taking(line, words), words, today):
            yield _dated(span, plainly(line[span.start : span.end], words))


def _pieces(line: str) -> Iterator[str]:
    """A line, or what it is cut into where it is very long, between words where there are any."""
    while len(line) > _PARAGRAPH:
        gap = line.rfind(" ", _PARAGRAPH // 2, _PARAGRAPH)
        end = gap if gap > 0 else _PARAGRAPH
        yield line[:end]
        line = line[end:]
    yield line


def _dated(span: DateSpan, told: str) -> Dated:
    if isinstance(span.date, Ambiguous):
        return Dated(date=span.date.in_common, text=told, options=span.date.options)
    return Dated(date=span.date, text=told)


def _language(text: str, languages: Languages, locale: str) -> str:
    """The language of a text; of a short one by its letters, or what the chat is held in."""
    known = language_of(text)
    if known:
        return known
    by_letters = languages.guess_locale(text)
    if by_letters or not any(map(str.isalpha, text)):
        return by_letters or locale
    latin = any(c.isascii() and c.isalpha() for c in text)
    # Of few Latin words nothing is sure; the chat's language is the likeliest, where it is one.
    return locale or ("en" if latin else "")
