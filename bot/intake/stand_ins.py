"""What came in place of images: a viewer, a scout, screenshots, photos of film, saved pictures, reports.

Each is a kind of package that looks like a scan to the person who sends it, and is none to the one
who is to read it; so each has one sentence that says what it is and what to ask for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.intake import messages
from bot.intake.documents import PICTURE_KINDS
from bot.intake.grouping import StudyFound
from bot.intake.limits import Reason
from bot.intake.parts import Document
from bot.intake.surveyed import Survey
from checklist.findings import Finding
from checklist.kinds import DocumentKind

#: A scan is many pictures; fewer of one size are somebody's photos.
_MANY = 8
#: Slices are saved no larger than a screen; phones take larger pictures.
_SCREEN = 1280
#: So many of one size are a scan, however large.
_VERY_MANY = 24

_ENCAPSULATED = ("1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2")


def exported_pictures(documents: Sequence[Document]) -> frozenset[str]:
    """Members that are slices saved as ordinary pictures: dark, grey, of one size, numbered."""
    groups: dict[tuple[object, ...], list[Document]] = defaultdict(list)
    for document in documents:
        facts = document.facts
        if document.kind in PICTURE_KINDS and facts.width and not facts.icon:
            folder, _, name = document.member.rpartition("/")
            pattern = re.sub(r"\d+", "#", name)
            groups[(folder, pattern, facts.width, facts.height)].append(document)
    exported: set[str] = set()
    for (*_, width, height), ones in groups.items():
        small = max(int(str(width)), int(str(height))) <= _SCREEN
        dark = sum(one.facts.film for one in ones)
        if len(ones) >= (_MANY if small else _VERY_MANY) and 2 * dark >= len(ones):
            exported |= {one.member for one in ones}
    return frozenset(exported)


def instead_of_images(
    survey: Survey,
    studies: Sequence[StudyFound],
    documents: Sequence[tuple[Document, DocumentKind]],
    exported: frozenset[str],
) -> Iterator[Finding]:
    """What it is that came instead, where no images to read came; at most one finding."""
    if any(found.study.image_count for found in studies) or locked(survey):
        return
    if exported:
        yield messages.EXPORTED
    elif studies:
        yield from _of_objects(survey, studies)
    elif survey.listed:
        return  # its own table of contents says more: what is missing, and how much
    elif survey.disc and documents:
        yield messages.NO_IMAGES
    elif survey.archive and documents:
        yield from _of_documents(documents)


def _of_objects(survey: Survey, studies: Sequence[StudyFound]) -> Iterator[Finding]:
    kinds = {series.kind for found in studies for series in found.study.series if series.instances}
    classes = {one.sop_class_uid for found in studies for one in found.instances}
    if any(found.film for found in studies):
        yield messages.FILM_PHOTO
    elif "localizer" in kinds:
        yield messages.LOCALIZER_ONLY
    elif "secondary_capture" in kinds:
        yield messages.SECONDARY_CAPTURE_ONLY
    elif "report" in kinds:
        readable = any(sop_class in _ENCAPSULATED for sop_class in classes)
        yield messages.REPORTS_ONLY if readable else messages.STRUCTURED_ONLY
    elif survey.archive:
        yield messages.NO_IMAGES


def locked(survey: Survey) -> Reason | None:
    """Why a part of it is locked, None where none is: nobody knows yet what is in such a part."""
    reasons = (problem.reason for problem in survey.problems)
    return next((one for one in reasons if messages.code_of(one) == "encrypted"), None)


def _of_documents(documents: Sequence[tuple[Document, DocumentKind]]) -> Iterator[Finding]:
    kinds = {kind.kind for _, kind in documents}
    if "imaging_report" in kinds and kinds <= {"imaging_report", "other"}:
        yield messages.REPORTS_ONLY
    elif all(one.facts.film and kind.kind == "other" for one, kind in documents):
        yield messages.FILM_PHOTO
