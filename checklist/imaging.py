"""Reports without images, images without reports: what the imaging of a case lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checklist.case import Case
from checklist.dates import PartialDate
from checklist.findings import Finding, FindingCode
from checklist.names import body_part_name, modality_name
from checklist.pairing import pairing_of
from checklist.records import Record
from checklist.text import Text, _

#: The findings that say that pictures are wanted, of which the patient is told at once and again.
WITHOUT_IMAGES: tuple[FindingCode, ...] = (
    "reports_only",
    "report_without_images",
    "film_photo",
    "exported_pictures",
)


def imaging_findings(case: Case) -> tuple[Finding, ...]:
    """What is to be said about the images and reports of a case, the gravest first."""
    records = case.own_records
    written = tuple(r for r in records if r.kind == "imaging_report" and not r.part_of)
    reports = (*written, *(r for r in records if r.study and r.study.only_reports))
    studies = tuple(r for r in records if r.kind == "imaging_study" and r.study)
    readable = tuple(r for r in studies if r.study and r.study.image_count > 0)
    if not reports and not readable and any(r.kind == "imaging_photo" for r in records):
        exported = any(f.code == "exported_pictures" for r in records for f in r.findings)
        return (_EXPORTED_ONLY if exported else _PHOTO_ONLY,)
    pairing = pairing_of(case)
    alone = [report for report in reports if report.id in pairing.reports_alone]
    missing = tuple(f for f in (_without_images(report, case) for report in alone) if f)
    if reports and not readable:
        return (_REPORTS_ONLY, *missing)
    return (
        *missing,
        *(_without_report(study) for study in readable if study.id in pairing.studies_alone),
        *(finding for study in studies for finding in _incomplete(study)),
    )


def report_label(record: Record) -> Text | None:
    """As much of modality, body part and date as was read, or None where nothing was."""
    return scan_label(record.modality, record.body_part, record.date)


def scan_label(modality: str, body_part: str, date: PartialDate | None) -> Text | None:
    """The same of these codes, which may be ""."""
    name = modality_name(modality) if modality else None
    part = body_part_name(body_part) if body_part else None
    match (name, part, date):
        case (Text() as kind, Text() as where, when) if when:
            return _(
                "{modality} ({body_part}) of {date}", modality=kind, body_part=where, date=when
            )
        case (Text() as kind, None, when) if when:
            return _("{modality} of {date}", modality=kind, date=when)
        case (Text() as kind, Text() as where, None):
            return _("{modality} ({body_part})", modality=kind, body_part=where)
        case (Text() as kind, None, None):
            return kind
        case _:
            return None


_REPORTS_ONLY = Finding(
    code="reports_only",
    severity="warning",
    message=_(
        "I have written reports of scans, but no pictures yet. "
        "The specialist needs the original picture files, called DICOM. "
        "The hospital that made the scan can give you these on a CD or USB."
    ),
)


_GET_PICTURES = Finding(
    code="reports_only",
    severity="warning",
    message=_(
        "The specialist needs the original picture files, called DICOM. "
        "The hospital that made the scan can give you these on a CD or USB."
    ),
)


_PHOTO_ONLY = Finding(
    code="film_photo",
    severity="warning",
    message=_(
        "I have a photo of a scan. A photo of a film or a screen is not enough. "
        "The specialist needs the original picture files, called DICOM. "
        "The hospital that made the scan can give you these on a CD or USB."
    ),
)


_EXPORTED_ONLY = Finding(
    code="exported_pictures",
    severity="warning",
    message=_(
        "I have pictures of a scan that a viewer saved. They lose much of the scan. "
        "The specialist needs the original picture files, called DICOM. "
        "The hospital that made the scan can give you these on a CD or USB."
    ),
)


def _without_images(report: Record, case: Case) -> Finding | None:
    label = report_label(report)
    if label is None or (not report.modality and report.date is None):
        return None
    words = _("We have the report of your {scan}, but not its pictures.", scan=label)
    if case.by_helper:
        words = _("We have the report of this scan, but not its pictures: {scan}.", scan=label)
    return Finding(code="report_without_images", severity="warning", message=words, path=report.id)


def exactly(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings to be told to a patient: what names the scans stands in place of the general one.

    That the specialist needs the pictures, and where they are to be had, is said once after them.
    """
    told = tuple(findings)
    named = [f for f in told if f.code == "report_without_images"]
    if not named or not any(f.code == "reports_only" for f in told):
        return told
    return (
        *named,
        _GET_PICTURES,
        *(f for f in told if f.code not in ("reports_only", "report_without_images")),
    )


def _without_report(study: Record) -> Finding:
    return Finding(
        code="images_without_report",
        severity="info",
        message=_(
            "I have the pictures of this scan, but not its written report: {scan}.",
            scan=report_label(study) or study.original_name,
        ),
        path=study.id,
    )


def _incomplete(record: Record) -> Iterator[Finding]:
    assert record.study is not None
    label = report_label(record) or record.original_name
    lost = sum(series.missing for series in record.study.series if series.missing_certain)
    if lost:
        yield Finding(
            code="missing_instances",
            severity="warning",
            message=_(
                "Some pictures of this scan are missing ({n}): {scan}. "
                "Please copy the whole CD once more and send it again.",
                n=lost,
                scan=label,
            ),
            path=record.id,
        )
    cut = sum(series.truncated for series in record.study.series)
    if cut:
        yield Finding(
            code="truncated_instance",
            severity="warning",
            message=_(
                "Some pictures of this scan are cut off ({n}): {scan}. "
                "Please copy the whole CD once more and send it again.",
                n=cut,
                scan=label,
            ),
            path=record.id,
        )
