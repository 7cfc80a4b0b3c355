"""What a file, a zip or a folder holds, and what is wrong with it, without any case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.intake import messages
from bot.intake.grouping import StudyFound, group, named_pictures, people, studies_absent
from bot.intake.limits import LIMITS, Limits, Reason
from bot.intake.parts import Document
from bot.intake.stand_ins import exported_pictures, instead_of_images, locked
from bot.intake.survey import Progress, survey_file, survey_folder
from bot.intake.surveyed import NOT_WHAT_IT_SAYS, Survey, called_archive
from checklist.document_reading import document_of
from checklist.examination import Examination
from checklist.findings import Finding
from checklist.kinds import DocumentKind
from checklist.study import Listed, PatientIdentity

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
    """A document, what its text says that it is, and of which scan a report tells."""

    document: Document
    kind: DocumentKind
    examination: Examination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found at a path. `patients` holds one tuple of identities for each person.

    `exported` are the members of documents that are slices saved as pictures, `listed` the pictures
    that DICOMDIRs name. `findings` says each thing once, with a count; `in_detail` names the parts
    one by one.
    """

    name: str
    files: FileCounts
    patients: tuple[tuple[PatientIdentity, ...], ...] = ()
    studies: tuple[StudyFound, ...] = ()
    documents: tuple[DocumentFound, ...] = ()
    exported: frozenset[str] = frozenset()
    listed: tuple[Listed, ...] = ()
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
    documents = tuple(
        _document_found(document, caption, not_after, alone=len(survey.documents) == 1)
        for document in survey.documents
    )
    exported = exported_pictures(survey.documents)
    said = [(one.document, one.kind) for one in documents]
    about = (
        *instead_of_images(survey, studies, said, exported),
        *_absent_studies(survey),
        *(finding for found in studies for finding in _about_study(found)),
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
        documents=documents,
        exported=exported,
        listed=tuple(one for named in _listed(survey) for one in named),
        findings=(*_problems(survey, named=0), *about),
        in_detail=(*_problems(survey, named=_NAMED), *about),
        refusal=_refusal(survey, name),
        kept=survey.refused not in messages.NOT_KEPT,
    )


def _document_found(
    document: Document, caption: str, not_after: date, *, alone: bool
) -> DocumentFound:
    kind, examination = document_of(
        document.facts.text, caption=caption, alone=alone, not_after=not_after
    )
    return DocumentFound(document=document, kind=kind, examination=examination)


def _listed(survey: Survey) -> Iterable[Sequence[Listed]]:
    return named_pictures(survey.found, survey.listed).values()


def _refusal(survey: Survey, name: str) -> Finding | None:
    if _misnamed(survey, name):
        return messages.refusal("not_an_archive")
    if survey.refused:
        return messages.refusal(survey.refused)
    if survey.found or survey.documents:
        return None
    if reason := locked(survey):
        return messages.refusal(reason)
    if absent := sum(studies_absent((), survey.listed).values()):
        return messages.none_of_the_listed(absent)
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


def _absent_studies(survey: Survey) -> Iterator[Finding]:
    """Studies that a DICOMDIR names, and of which nothing is there."""
    absent = studies_absent(survey.found, survey.listed)
    if survey.found:
        yield from (messages.not_sent(n, uid) for uid, n in absent.items())
    elif absent and survey.documents:
        yield messages.none_of_the_listed(sum(absent.values()))


def _about_study(found: StudyFound) -> Iterator[Finding]:
    """What is wrong with a study; the path of each finding is its Study Instance UID."""
    uid, series = found.study.study_instance_uid, found.study.series
    if found.listed_absent:
        yield messages.listed_absent(found.listed_absent, uid)
    sure = sum(s.missing for s in series if s.missing_certain) - found.listed_absent
    unsure = sum(s.missing for s in series if not s.missing_certain)
    if sure > 0:
        yield messages.missing(sure, uid, certain=True)
    if unsure:
        yield messages.missing(unsure, uid, certain=False)
    if found.duplicates > found.differing:
        yield messages.duplicates(found.duplicates - found.differing, uid)
    if found.differing:
        yield messages.differing(found.differing, uid)
    if any(s.lossy for s in series if s.kind == "image"):
        yield replace(messages.LOSSY, path=uid)
    if found.charset_guessed:
        yield replace(messages.CHARSET_GUESS, path=uid)


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
