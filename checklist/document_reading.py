"""A document read as a whole: what it is, and of a scan's report, of which scan it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from checklist.dates import PartialDate
from checklist.examination import Examination
from checklist.kinds import DocumentKind, kind_of
from checklist.pairing_reading import examination_of
from checklist.part_words import TOGETHER


def document_of(
    text: str, *, caption: str = "", alone: bool = True, not_after: date
) -> tuple[DocumentKind, Examination | None]:
    """What the document is, and which scan it is of where it is, or may be, a scan's report.

    The head of a report says more surely than its words at large what was examined and when, so its
    kind, body part and day are those of the head where that says them. A caption on several documents,
    which are not `alone`, says of none of them which scan it is.
    """
    kind = kind_of(text, caption=caption, not_after=not_after)
    if kind.kind not in ("imaging_report", "other"):
        return kind, None
    found = examination_of(text, caption=caption if alone else "", not_after=not_after)
    if kind.kind == "other":
        return kind, found
    exactly = found.days[0] if len(found.days) == 1 else None
    return (
        replace(
            kind,
            modality=next(iter(found.modalities), kind.modality),
            body_part=_together(found.parts) or kind.body_part,
            date=exactly or (None if found.days else kind.date) or _in_common(found),
        ),
        found,
    )


def _together(parts: tuple[str, ...]) -> str:
    """The name of several parts together, or the first."""
    named = next((code for ones, code in TOGETHER.items() if ones <= set(parts)), "")
    return named or next(iter(parts), "")


def _in_common(found: Examination) -> PartialDate | None:
    """The year, where the days that a written one may be agree on it."""
    years = {day.year for day in found.days}
    return PartialDate(year=years.pop(), words=found.days[0].words) if len(years) == 1 else None
