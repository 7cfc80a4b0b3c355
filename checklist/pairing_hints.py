"""What a machine's reading of a scan suggests to a coordinator: of which study it may be the report.

A suggestion is never a pair: it is not in `Pairing`, nothing is told to a patient by it, and nothing
becomes of it unless a coordinator decides so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from checklist.case import Case
from checklist.pairing import paired, pairing_of, studies_of
from checklist.pairing_reading import examination_of
from checklist.pairing_records import said_by_study


def suggested(case: Case, readings: Mapping[str, str], today: date) -> dict[str, str]:
    """The study that a record may belong to, by the ids of both: where exactly one fits.

    `readings` are the words that a machine read, by the ids of records. Records that are paired, or
    that a coordinator has decided on, are not in it.
    """
    settled = {pair.report_id for pair in pairing_of(case).pairs}
    settled |= {word.report_id for word in case.desk.pairs}
    read = {
        record.id: examination_of(readings[record.id], not_after=today)
        for record in case.own_records
        if record.id in readings and record.study is None and record.id not in settled
    }
    if not read:
        return {}
    corrected = frozenset(c.label.record_id for c in case.desk.corrections)
    studies = {r.id: said_by_study(r, corrected=r.id in corrected) for r in studies_of(case)}
    found: dict[str, list[str]] = {}
    for pair in paired(read, studies).pairs:
        found.setdefault(pair.report_id, []).append(pair.study_id)
    return {report_id: ones[0] for report_id, ones in found.items() if len(ones) == 1}
