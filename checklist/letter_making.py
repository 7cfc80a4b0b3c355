"""Letter making: a letter from what is known of a case, and what an item asks of a hospital."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from checklist.case import Case
from checklist.imaging import report_label
from checklist.letters import Letter
from checklist.pairing import pairing_of
from checklist.record_laws import LetterKind, days_of
from checklist.records import Record
from checklist.text import Text, _

#: A letter names so many scans at most, or its page would be full of them.
_MOST_KNOWN: Final = 10

#: When to ask whether an answer came, where no law says it well enough.
USUAL_WAIT: Final = timedelta(days=14)

#: The letter to the department that has what an item needs; paper for any other item.
_KINDS: Final[dict[str, LetterKind]] = {"imaging": "images", "pathology": "pathology"}

#: The item that a letter of each kind is for, where none was asked about.
ITEM_FOR: Final[dict[LetterKind, str]] = {
    "images": "imaging",
    "pathology": "pathology",
    "papers": "reports",
}


def kind_for(item: str) -> LetterKind:
    """Which letter asks for what an item needs."""
    return _KINDS.get(item, "papers")


def letter_for(
    case: Case, item: str, *, locale: str, own: str, helper: str, now: datetime
) -> Letter:
    """The letter for an item, to a hospital that writes in `locale`, in a chat in the language `own`.

    `helper` is the name of whoever writes for the patient, "" where it is the patient.
    """
    born = case.answer("birth_date")
    country = case.answer("country")
    kind = kind_for(item)
    return Letter(
        number=len(case.letters) + 1,
        kind=kind,
        item=item,
        locale=locale,
        own=own,
        made_at=now,
        country=country.value if country else "",
        name=case.text("name"),
        birth_date=born.date if born else None,
        helper=helper,
        known=missing_scans(case) if kind == "images" else (),
    )


def missing_scans(case: Case) -> tuple[Text, ...]:
    """The scans whose pictures, or whose report, are not here, as far as it is known which."""
    pairing = pairing_of(case)
    lines = []
    for record in case.own_records:
        scan = report_label(record)
        if scan is None:
            continue
        if record.id in pairing.reports_alone and (record.modality or record.date):
            lines.append(_with_hospital(scan, record))
        elif record.id in pairing.studies_alone:
            report = _("{scan}: only the written report", scan=_with_hospital(scan, record))
            lines.append(report)
    return tuple(lines[:_MOST_KNOWN])


def _with_hospital(scan: Text, record: Record) -> Text:
    hospital = record.study.institution_name.strip() if record.study else ""
    return _("{scan}, made at: {hospital}", scan=scan, hospital=hospital) if hospital else scan


def asked_again_on(letter: Letter, sent: datetime) -> datetime:
    """When to ask whether the hospital has answered."""
    days = days_of(letter.country)
    return sent + (timedelta(days=days) if days else USUAL_WAIT)
