"""Reports beside their studies, and what each of them lacks: what coordinators confirm, part, or ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from checklist.case import Case
from checklist.desk import Reason
from checklist.marks import mark_of_pairs
from checklist.pairing import Pair, PairReason, Sureness, pairing_of, reports_of, studies_of
from checklist.pairing_hints import suggested
from checklist.records import Record
from checklist.text import Text, _, _c
from handlers.receipt_words import describe

PAIRING: Mapping[str, Text] = {
    "pairing": _("Reports and their pictures"),
    "pairing_why": _(
        "What belongs together by what the reports and the pictures say of themselves."
    ),
    "pairs": _("Together"),
    "pairs_open": _("Not sure: please decide"),
    "reports_alone": _("Reports without pictures"),
    "studies_alone": _("Pictures without a report"),
    "untold": _("Reports that do not say which scan they are about"),
    "report": _("Report"),
    "study": _("Pictures"),
    "together": _c("button", "They belong together"),
    "apart": _c("button", "Not together"),
    "pair_with": _("Belongs to"),
    "pair": _c("button", "Pair them"),
    "ask_images": _c("button", "Ask for the pictures"),
    "ask_report": _c("button", "Ask for the report"),
    "asked": _("The patient was asked for it."),
    "scan_view": _("Look at the pictures"),
    "hints": _("Suggestions from scans"),
    "hints_why": _(
        "A machine read these scans and may be wrong. Nothing was done with it. Please look yourself."
    ),
    "may_belong": _("May belong together"),
    "machine": _("Read by a machine, may be wrong"),
}

SURENESS: Mapping[Sureness, Text] = {
    "sure": _c("pairing", "Sure"),
    "likely": _c("pairing", "Likely"),
    "unsure": _c("pairing", "Not sure"),
}

REASONS: Mapping[PairReason, Text] = {
    "coordinator": _c("pairing", "a coordinator said so"),
    "accession": _c("pairing", "the same accession number"),
    "same_day": _c("pairing", "the same day"),
    "near_day": _c("pairing", "days close together"),
    "same_part": _c("pairing", "the same body part"),
    "part_within": _c("pairing", "body parts that overlap"),
    "same_kind": _c("pairing", "the same kind of scan"),
    "only_one_left": _c("pairing", "the only one that is left"),
    "several_fit": _c("pairing", "more than one fits"),
    "no_day": _c("pairing", "a date is not known"),
    "no_part": _c("pairing", "a body part is not known"),
    "no_kind": _c("pairing", "the kind of scan is not known"),
    "two_readings": _c("pairing", "the date can be read in two ways"),
    "other_number": _c("pairing", "the accession numbers differ"),
}

Say = Callable[[Text], str]


def pairing_view(case: Case, say: Say, readings: Mapping[str, str], today: date) -> dict[str, Any]:
    """What the page of a case shows of its pairs; empty where it has neither reports nor studies.

    `readings` are a machine's words of scans, by the ids of records: of them come suggestions only.
    """
    found = pairing_of(case)
    records = {record.id: record for record in case.own_records}
    studies = [(record.id, say(describe(record))) for record in studies_of(case)]
    return {
        "some": any(
            (found.pairs, found.open, found.reports_alone, found.studies_alone, found.untold)
        ),
        "pairs": _pairs(case, found.pairs, records, say),
        "open": _pairs(case, found.open, records, say),
        "reports_alone": _alone(case, found.reports_alone, "images", say),
        "untold": _alone(case, found.untold, "images", say),
        "studies_alone": _alone(case, found.studies_alone, "report", say),
        "studies": studies,
        "hints": _hints(case, suggested(case, readings, today), records, say),
    }


def _pairs(
    case: Case, pairs: Iterable[Pair], records: Mapping[str, Record], say: Say
) -> list[dict[str, Any]]:
    return [
        {
            "report": _half(records[pair.report_id], say),
            "study": _half(records[pair.study_id], say),
            "seen": mark_of_pairs(case, pair.report_id),
            "sure": pair.sure,
            "sureness": say(SURENESS[pair.sure]),
            "reasons": [say(REASONS[reason]) for reason in pair.reasons],
            "by_hand": "coordinator" in pair.reasons,
        }
        for pair in pairs
    ]


def _hints(
    case: Case, found: Mapping[str, str], records: Mapping[str, Record], say: Say
) -> list[dict[str, Any]]:
    reports = {record.id for record in reports_of(case)}
    return [
        {
            "report": _half(records[report_id], say),
            "study": _half(records[study_id], say),
            "seen": mark_of_pairs(case, report_id),
            # What is no report of a scan yet has to be labelled as one first.
            "can_pair": report_id in reports,
        }
        for report_id, study_id in found.items()
    ]


def _half(record: Record, say: Say) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": say(describe(record)),
        "name": (record.study.study_description if record.study else "") or record.original_name,
        "viewer": record.id if record.study is not None and record.study.image_count else "",
    }


def _alone(case: Case, record_ids: Iterable[str], lacks: Reason, say: Say) -> list[dict[str, Any]]:
    asked = {r.record_id for r in case.open_requests if r.reason == lacks}
    return [
        {
            **_half(record, say),
            "seen": mark_of_pairs(case, record.id),
            "lacks": lacks,
            "asked": record.id in asked,
        }
        for record_id in record_ids
        if (record := case.record(record_id)) is not None
    ]
