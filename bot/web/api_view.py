"""Cases as the API shows them: states and metadata. Who the patient is stands in the package only."""

from __future__ import annotations

from bot.store.cases import CaseRow
from bot.store.codec import moment
from bot.store.db import Row
from bot.web.api_types import (
    CaseLine,
    CaseOut,
    Document,
    Item,
    OpinionOut,
    PackageOut,
    ParcelOut,
    RecordOut,
    RequestOut,
    Requests,
    SeriesOut,
    StudyOut,
)
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.opinion import Opinion
from checklist.physical import Parcel
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.study import Series, Study


def line_of(row: CaseRow, catalog: Catalog, base: str) -> CaseLine:
    """A case in the list."""
    case, checklist = row.case, checklist_for(row.case, catalog)
    return CaseLine(
        id=case.id,
        href=href(base, case.id),
        status=case.status,
        opened_at=case.opened_at,
        updated_at=row.updated_at,
        submitted_at=case.submitted_at,
        completeness=checklist.completeness,
        missing=checklist.missing,
        warnings=checklist.warnings,
        assignee=case.desk.assignee,
        records=len(case.own_records),
    )


def case_of(row: CaseRow, package: Row | None, catalog: Catalog, base: str) -> CaseOut:
    """A case with its records."""
    case, checklist = row.case, checklist_for(row.case, catalog)
    own = case.own_records
    return CaseOut(
        id=case.id,
        version=case.version,
        status=case.status,
        opened_at=case.opened_at,
        updated_at=row.updated_at,
        submitted_at=case.submitted_at,
        locale=case.locale,
        assignee=case.desk.assignee,
        completeness=checklist.completeness,
        items=tuple(Item(id=one.item.id, status=one.status) for one in checklist.items),
        missing=checklist.missing,
        warnings=checklist.warnings,
        records=tuple(_record(record, href(base, case.id)) for record in own),
        set_apart=sum(record.is_apart for record in case.records),
        locked=len(case.locked),
        parcels=tuple(_parcel(parcel) for parcel in case.parcels),
        package=None if package is None else _package(package, href(base, case.id)),
    )


def _parcel(parcel: Parcel) -> ParcelOut:
    return ParcelOut(
        number=parcel.number,
        kind=parcel.kind,
        state=parcel.state,
        since=parcel.since,
        count=parcel.count,
        courier=parcel.courier,
        tracking=parcel.tracking,
    )


def href(base: str, case_id: str) -> str:
    """Where a case is in the API."""
    return f"{base}/api/v1/cases/{case_id}"


def _package(row: Row, case_href: str) -> PackageOut:
    return PackageOut(
        version=row.version,
        size=row.size,
        sha256=row.sha256,
        built_at=moment(row.built_at),
        href=f"{case_href}/package",
    )


def _record(record: Record, case_href: str) -> RecordOut:
    return RecordOut(
        id=record.id,
        kind=record.kind,
        kind_certain=record.kind_certain,
        item=record.item,
        date=record.date.iso if record.date else None,
        body_part=record.body_part,
        language=record.language,
        title=record.title,
        pages=record.pages,
        original_name=record.original_name,
        media_type=record.media_type,
        size=record.size,
        sha256=record.sha256,
        received_at=record.received_at,
        received_by=record.channel,
        file=record.file_id,
        href=f"{case_href}/records/{record.id}/file",
        study=None if record.study is None else _study(record.study),
    )


def _study(study: Study) -> StudyOut:
    return StudyOut(
        study_instance_uid=study.study_instance_uid,
        date=study.study_date.iso if study.study_date else None,
        description=study.study_description,
        accession_number=study.accession_number,
        institution_name=study.institution_name,
        modalities=study.modalities,
        images=study.image_count,
        series=tuple(_series(series) for series in study.series),
    )


def _series(series: Series) -> SeriesOut:
    return SeriesOut(
        series_instance_uid=series.series_instance_uid,
        series_number=series.series_number,
        series_description=series.series_description,
        modality=series.modality,
        kind=series.kind,
        body_part_examined=series.body_part_examined,
        instances=series.instances,
        missing=series.missing,
        missing_certain=series.missing_certain,
    )


def requests_of(case: Case) -> Requests:
    """What was asked for."""
    return Requests(
        requests=tuple(
            RequestOut(
                number=one.number,
                item=one.item,
                reason=one.reason,
                words=one.words,
                state=one.state,
                by=one.by,
                at=one.at,
            )
            for one in case.desk.requests
        )
    )


def opinion_of(case: Case) -> OpinionOut:
    """How far the opinion is; without one, all is empty."""
    opinion = case.desk.opinion or Opinion()
    return OpinionOut(
        documents=tuple(
            Document(id=one.id, part=one.part, name=one.name, by=one.by, at=one.at)
            for one in opinion.files
        ),
        approved_at=opinion.approved_at,
        sent_at=opinion.sent_at,
        received_confirmed_at=opinion.read_at,
        questions=len(opinion.questions),
    )
