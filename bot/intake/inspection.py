"""What a file, a zip or a folder holds, and what is wrong with it, without any case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.intake import messages
from bot.intake.grouping import StudyFound, group, people, whole_studies_absent
from bot.intake.limits import LIMITS, Limits, Reason
from bot.intake.parts import Document
from bot.intake.survey import Progress, survey_file, survey_folder
from bot.intake.surveyed import NOT_WHAT_IT_SAYS, Survey, called_archive
from checklist.findings import Finding
from checklist.kinds import DocumentKind, kind_of
from checklist.study import PatientIdentity

#: Parts that are named one by one for each reason; the rest of them are only counted.
_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """Files by what became of them; a zip is counted by what is in it."""

    dicom: int = 0
    documents: int = 0
    ignored: int = 0
    unreadable: int = 0

    @property
    def total(self) -> int:
        """All files."""
        return self.dicom + self.documents + self.ignored + self.unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFound:
    """A document, and what its text says that it is."""

    document: Document
    kind: DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found at a path. `patients` holds one tuple of identities for each person.

    `findings` says each thing once, with a count; `in_detail` names the parts one by one.
    """

    name: str
    files: FileCounts
    patients: tuple[tuple[PatientIdentity, ...], ...] = ()
    studies: tuple[StudyFound, ...] = ()
    documents: tuple[DocumentFound, ...] = ()
    findings: tuple[Finding, ...] = ()
    in_detail: tuple[Finding, ...] = ()
    refusal: Finding | None = None
    kept: bool = True

    @property
    def refused(self) -> bool:
        """Whether it could not be used at all."""
        return self.refusal is not None


def inspect_path(
    path: Path, *, limits: Limits = LIMITS, progress: Progress | None = None
) -> Inspection:
    """Inspect a file, a zip or a folder; nothing at the path raises, not even its absence."""
    return inspection_of(_survey(path, limits, progress), path.name, not_after=_tomorrow())


def inspect_paths(
    paths: Sequence[Path], *, limits: Limits = LIMITS, progress: Progress | None = None
) -> Inspection:
    """Inspect several as if they lay in one folder; it is refused when any of them is."""
    if len(paths) == 1:
        return inspect_path(paths[0], limits=limits, progress=progress)
    whole = Survey(archive=True)
    refusals: list[Finding] = []
    for path in paths:
        survey = _survey(path, limits, progress)
        refused = _refusal(survey, path.name)
        if refused:
            refusals.append(replace(refused, path=path.name))
        whole.add(survey, path.name)
    name = ", ".join(path.name for path in paths)
    merged = inspection_of(whole, name, not_after=_tomorrow())
    return replace(
        merged,
        refusal=next(iter(refusals), None),
        findings=(*refusals[1:], *merged.findings),
        in_detail=(*refusals[1:], *merged.in_detail),
    )


def _survey(path: Path, limits: Limits, progress: Progress | None) -> Survey:
    try:
        if path.is_dir():
            return survey_folder(path, limits=limits, progress=progress)
        if path.is_file():
            return survey_file(path, limits=limits, progress=progress)
    except OSError:
        pass
    return Survey(refused="not_a_file", unreadable=1)


def _tomorrow() -> date:
    # Clocks of scanners run ahead, and so do time zones.
    return datetime.now(UTC).date() + timedelta(days=1)


def inspection_of(survey: Survey, name: str, *, not_after: date, caption: str = "") -> Inspection:
    """What a survey comes to; a document dated later than `not_after` has no date."""
    studies = group(survey.found, survey.listed)
    persons = people(identity for study in studies for identity in study.patients)
    about = (
        *_about_images(survey, studies),
        *((messages.TWO_PATIENTS,) if len(persons) > 1 else ()),
        *_about_documents(survey),
    )
    return Inspection(
        name=name,
        files=FileCounts(
            dicom=len(survey.found) + survey.directories,
            documents=len(survey.documents),
            ignored=survey.ignored,
            unreadable=survey.unreadable,
        ),
        patients=persons,
        studies=studies,
        documents=tuple(
            DocumentFound(
                document=document,
                kind=kind_of(document.facts.text, caption=caption, not_after=not_after),
            )
            for document in survey.documents
        ),
        findings=(*_problems(survey, named=0), *about),
        in_detail=(*_problems(survey, named=_NAMED), *about),
        refusal=_refusal(survey, name),
        kept=survey.refused not in messages.NOT_KEPT,
    )


def _refusal(survey: Survey, name: str) -> Finding | None:
    if _misnamed(survey, name):
        return messages.refusal("not_an_archive")
    if survey.refused:
        return messages.refusal(survey.refused)
    if survey.found or survey.documents:
        return None
    if survey.locked:
        return messages.refusal("encrypted_archive")
    if survey.disc:
        return messages.NO_IMAGES
    reasons = [one.reason for one in survey.problems if one.reason not in messages.NOTES]
    return messages.refusal(reasons[0]) if reasons else messages.NOTHING_INSIDE


def _misnamed(survey: Survey, name: str) -> bool:
    """Whether a file that is called an archive turned out to be a web page, a text or nothing known."""
    if survey.archive or not called_archive(name):
        return False
    if survey.refused:
        return survey.refused in NOT_WHAT_IT_SAYS
    return [one.kind for one in survey.documents] == ["text"]


def _problems(survey: Survey, *, named: int) -> Iterator[Finding]:
    """One finding for each reason, after so many that name one part each."""
    paths: dict[Reason, list[str]] = defaultdict(list)
    yield from (messages.cut(one.n, one.path) for one in survey.problems if one.n)
    for problem in (one for one in survey.problems if not one.n):
        paths[problem.reason].append(problem.path)
    for reason, where in paths.items():
        yield from (messages.problem(reason, 1, path) for path in where[:named])
        if len(where) > named:
            yield messages.problem(reason, len(where) - named, where[named])


def _about_images(survey: Survey, studies: tuple[StudyFound, ...]) -> Iterator[Finding]:
    if studies and not any(found.study.image_count for found in studies):
        yield from _instead_of_images(survey, studies)
    elif survey.disc and not studies and survey.documents and not survey.locked:
        yield messages.NO_IMAGES
    absent = whole_studies_absent(survey.found, survey.listed)
    if absent:
        yield messages.not_sent(absent)
    for found in studies:
        uid = found.study.study_instance_uid
        series = found.study.series
        sure = sum(s.missing for s in series if s.missing_certain) + found.absent_from_disc
        unsure = sum(s.missing for s in series if not s.missing_certain)
        if sure:
            yield messages.missing(sure, uid, certain=True)
        if unsure:
            yield messages.missing(unsure, uid, certain=False)
        if found.duplicates:
            yield messages.duplicates(found.duplicates, uid)


def _instead_of_images(survey: Survey, studies: tuple[StudyFound, ...]) -> Iterator[Finding]:
    kinds = {series.kind for found in studies for series in found.study.series}
    if any(found.film for found in studies):
        yield messages.FILM_PHOTO
    elif "localizer" in kinds:
        yield messages.LOCALIZER_ONLY
    elif "secondary_capture" in kinds:
        yield messages.SECONDARY_CAPTURE_ONLY
    elif survey.archive and not survey.locked:
        yield messages.NO_IMAGES


def _about_documents(survey: Survey) -> Iterator[Finding]:
    for document in survey.documents:
        if document.facts.active:
            found = messages.ACTIVE_CONTENT
            yield Finding(
                code=found.code,
                severity=found.severity,
                message=found.message,
                path=document.member,
            )
