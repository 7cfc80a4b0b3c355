"""From a stored file to the records it holds: the work of the `index` job.

The arguments and the answer cross a process boundary, so both can be pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.intake.grouping import StudyFound
from bot.intake.inspection import DocumentFound, Inspection, inspection_of
from bot.intake.limits import LIMITS, Limits
from bot.intake.survey import Progress, survey_file
from bot.intake.surveyed import Survey
from checklist.findings import Finding
from checklist.kinds import body_part_in
from checklist.records import ITEM_OF, Record, RecordKind
from checklist.study import Instance, Listed

#: Modalities that say what an object is, and not of what examination.
_OF_NOTES = frozenset({"SR", "KO", "DOC", "PR", "SMR", "RWV", "REG", "SEG"})

#: What a document without a word to go by most likely is, by the item that was being asked.
_GUESSES: dict[str, RecordKind] = {
    "imaging": "imaging_report",
    "pathology": "pathology_report",
    "labs": "lab",
    "reports": "consultation",
    "medications": "prescription",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What a stored file holds.

    `instances` are the DICOM objects of each study, by the id of its record, `listed` what a
    DICOMDIR names, whether it came or not. With a `refusal` there are no records; `kept` says whether
    the original is worth keeping all the same. `copied` says that the members named here are those
    of the plain copy.
    """

    records: tuple[Record, ...] = ()
    instances: dict[str, tuple[Instance, ...]]
    listed: tuple[Listed, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusal: Finding | None = None
    kept: bool = True
    copied: bool = False

    @property
    def locked(self) -> bool:
        """Whether something in the file is locked with a password."""
        said = (*self.findings, *((self.refusal,) if self.refusal else ()))
        return any(finding.code == "encrypted" for finding in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """How a file came; every record of it carries this."""

    file_id: str
    name: str
    item: str | None
    received_at: datetime
    caption: str
    channel: str
    sender: str


def index_file(
    path: Path,
    *,
    file_id: str,
    name: str,
    item: str | None,
    received_at: datetime,
    caption: str = "",
    channel: str = "",
    sender: str = "",
    limits: Limits = LIMITS,
    progress: Progress | None = None,
    plain: Path | None = None,
) -> Indexed:
    """Read a stored file; no bytes in it raise. `name` is what the sender called it.

    `progress` is called with the members read so far and the members in all. `plain` is where the
    plain copy goes of what can't be read in place; see `Indexed.copied`. Nothing is left there
    otherwise.
    """
    try:
        survey = survey_file(path, limits=limits, progress=progress, plain=plain)
    except OSError:
        survey = Survey(refused="not_a_file", unreadable=1)
    not_after = received_at.date() + timedelta(days=1)
    inspection = inspection_of(survey, name, not_after=not_after, caption=caption)
    origin = _Origin(
        file_id=file_id,
        name=name,
        item=item,
        received_at=received_at,
        caption=caption,
        channel=channel,
        sender=sender,
    )
    indexed = _indexed(inspection, origin)
    indexed = replace(indexed, copied=survey.copied and not indexed.refusal)
    if plain is not None and not indexed.copied:
        plain.unlink(missing_ok=True)
    return indexed


def _indexed(inspection: Inspection, origin: _Origin) -> Indexed:
    if inspection.refusal:
        return Indexed(instances={}, refusal=inspection.refusal, kept=inspection.kept)
    records: list[Record] = []
    instances: dict[str, tuple[Instance, ...]] = {}
    for study in inspection.studies:
        record_id = f"{origin.file_id}-{len(records) + 1}"
        records.append(_study_record(study, record_id, origin))
        instances[record_id] = study.instances
    for document in inspection.documents:
        record_id = f"{origin.file_id}-{len(records) + 1}"
        exported = document.document.member in inspection.exported
        records.append(_document_record(document, record_id, origin, exported=exported))
    return Indexed(
        records=tuple(records),
        instances=instances,
        listed=inspection.listed,
        findings=inspection.findings,
    )


def _study_record(found: StudyFound, record_id: str, origin: _Origin) -> Record:
    study = found.study
    part = study.body_part_examined
    return Record(
        id=record_id,
        file_id=origin.file_id,
        kind="imaging_study",
        received_at=origin.received_at,
        original_name=origin.name,
        media_type="application/dicom",
        size=sum(instance.size for instance in found.instances),
        item="imaging",
        kind_certain=True,
        date=study.study_date,
        modality=next((code for code in study.modalities if code not in _OF_NOTES), ""),
        body_part=body_part_in(part) or part,
        title=study.study_description,
        channel=origin.channel,
        sender=origin.sender,
        caption=origin.caption,
        study=study,
    )


def _document_record(
    found: DocumentFound, record_id: str, origin: _Origin, *, exported: bool
) -> Record:
    document, said = found.document, found.kind
    kind, certain = said.kind, said.certain
    if exported:
        kind, certain = "imaging_photo", True
    elif kind == "other":
        kind = "imaging_photo" if document.facts.film else _GUESSES.get(origin.item or "", "other")
    elif document.facts.film and not certain:
        kind = "imaging_photo"
    own = ITEM_OF[kind]
    return Record(
        id=record_id,
        file_id=origin.file_id,
        kind=kind,
        received_at=origin.received_at,
        original_name=document.member.rsplit("/", 1)[-1] or origin.name,
        media_type=document.media_type,
        size=document.size,
        item=(own or origin.item) if certain else (origin.item or own),
        kind_certain=certain,
        date=said.date,
        modality=said.modality,
        body_part=said.body_part,
        language=said.language,
        pages=document.facts.pages,
        sha256=document.sha256,
        channel=origin.channel,
        sender=origin.sender,
        caption=origin.caption,
        has_reference_ranges=said.has_reference_ranges if kind == "lab" else None,
        member=document.member,
        active=document.facts.active,
        examination=found.examination if kind == "imaging_report" else None,
    )
