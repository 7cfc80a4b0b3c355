"""Going through a file, an archive within an archive, or a folder: everything in it, once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from bot.intake.archives import NESTED, Entry, ZipReader
from bot.intake.contents import Content, file_chunks, take
from bot.intake.documents import DOCUMENT_KINDS, DocumentFacts, document_facts
from bot.intake.headers import Found, HeaderReader
from bot.intake.limits import LIMITS, Budget, Limits, Reason, Refused
from bot.intake.sniff import MEDIA_TYPES, SNIFF_BYTES, Kind, office_kind, sniff
from checklist.kinds import kind_of
from checklist.study import Listed

#: Names that systems leave behind; they hold nothing of anybody's.
_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "desktop.ini", "autorun.inf", ".localized"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document: where it lies, and what it shows. `member` is "" for the file itself."""

    member: str
    kind: Kind
    media_type: str
    size: int
    sha256: str
    facts: DocumentFacts


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that can't be used, and why."""

    reason: Reason
    path: str


@dataclass(slots=True)
class Survey:
    """Everything found so far. Paths are labels inside what was given, "" for the file itself."""

    found: list[Found] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    directories: int = 0
    ignored: int = 0
    unreadable: int = 0
    programs: int = 0
    archive: bool = False
    refused: Reason | None = None
    #: Files that are clutter on a disc and something to answer for elsewhere.
    strays: list[tuple[Reason, str]] = field(default_factory=list)
    small: list[Document] = field(default_factory=list)

    def add(self, other: Survey, name: str) -> None:
        """Take over what was found elsewhere, its paths below this name."""
        self.found += other.found
        self.listed += other.listed
        self.documents += [
            replace(one, member=f"{name}/{one.member}".rstrip("/")) for one in other.documents
        ]
        self.problems += [
            Problem(one.reason, f"{name}/{one.path}".rstrip("/")) for one in other.problems
        ]
        self.directories += other.directories
        self.ignored += other.ignored
        self.unreadable += other.unreadable
        self.programs += other.programs

    @property
    def disc(self) -> bool:
        """Whether it looks like a disc from a hospital, with pictures or with a viewer."""
        return bool(self.found or self.directories or self.programs)


def survey_file(path: Path, *, limits: Limits = LIMITS) -> Survey:
    """Go through one file; nothing in it raises, an unusable file is `refused`."""
    survey = Survey()
    try:
        reader = _Reader(survey, Budget(path.stat().st_size, limits))
        reader.file(path, "", top=True)
    except Refused as refused:
        survey.refused = refused.reason
        survey.unreadable += 1
    _settle(survey)
    return survey


def survey_folder(folder: Path, *, limits: Limits = LIMITS) -> Survey:
    """Go through a folder and all below it; links are not followed."""
    survey = Survey(archive=True)
    for path in _files_below(folder):
        label = path.relative_to(folder).as_posix()
        try:
            reader = _Reader(survey, Budget(path.stat().st_size, limits))
            reader.file(path, label, top=False)
        except (Refused, OSError) as error:
            reason = error.reason if isinstance(error, Refused) else "not_a_file"
            reader_problem(survey, reason, label)
    _settle(survey)
    return survey


def reader_problem(survey: Survey, reason: Reason, label: str) -> None:
    """Note a file that can't be read."""
    survey.problems.append(Problem(reason, label))
    survey.unreadable += 1


def _files_below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(where) / name
            if path.is_file() and not path.is_symlink():
                yield path


class _Reader:
    """Sorts what it reads into a survey, within one budget."""

    def __init__(self, survey: Survey, budget: Budget) -> None:
        self._survey = survey
        self._budget = budget
        self._headers = HeaderReader()

    def file(self, path: Path, label: str, *, top: bool) -> None:
        """A file on disk; `top` when it is what was sent, so that it answers for itself."""
        if not top and _left_behind(label):
            self._survey.ignored += 1
            return
        with path.open("rb") as file:
            if sniff(file.read(SNIFF_BYTES)) == "zip" and self._zip(file, label, 1):
                self._survey.archive = True
                return
        content = take(file_chunks(path))
        try:
            self._content(content, label, 1, top=top)
        finally:
            content.close()

    def _zip(self, file: BinaryIO, label: str, depth: int) -> bool:
        """Go through a zip; False when it is an office file, which is a document."""
        reader = ZipReader(file, self._budget)
        if office_kind(reader.names):
            return False
        if "META-INF/MANIFEST.MF" in reader.names and label:
            self._survey.ignored += 1  # a program in Java
            return True
        reader.check_budget()
        prefix = label + NESTED if label else ""
        wanted = [entry for entry in reader.files if not _left_behind(prefix + entry.name)]
        self._survey.ignored += len(reader.files) - len(wanted)
        for entry, content in _read_ahead(reader, wanted):
            self._entry(content, prefix + entry.name, depth)
        return True

    def _entry(self, reading: Future[Content], label: str, depth: int) -> None:
        try:
            content = reading.result()
        except Refused as refused:
            if refused.reason == "bomb":
                raise
            reader_problem(self._survey, refused.reason, label)
            return
        try:
            self._content(content, label, depth, top=False)
        except Refused as refused:
            reader_problem(self._survey, refused.reason, label)
        finally:
            content.close()

    def _content(self, content: Content, label: str, depth: int, *, top: bool) -> None:
        kind = content.kind
        if kind == "zip":
            if not top and depth > self._budget.limits.depth - 1:
                raise Refused("too_deep")
            if not top and self._zip(content.open(), label, depth + 1):
                return
            content.kind = _office(content, self._budget) or "zip"
            kind = content.kind
        if kind == "dicom":
            self._dicom(content, label)
        elif kind in DOCUMENT_KINDS and not (kind in ("gif", "bmp") and not top):
            self._document(content, label, top=top)
        else:
            self._stray(kind, label, top=top)

    def _dicom(self, content: Content, label: str) -> None:
        header = self._headers.read(content, label)
        if isinstance(header, tuple):
            self._survey.listed.extend(header)
            self._survey.directories += 1
            return
        self._survey.found.append(header)
        if header.truncated:
            self._survey.problems.append(Problem("truncated_instance", label))

    def _document(self, content: Content, label: str, *, top: bool) -> None:
        facts = document_facts(content)
        document = Document(
            member=label,
            kind=content.kind,
            media_type=MEDIA_TYPES[content.kind],
            size=content.size,
            sha256=content.sha256,
            facts=facts,
        )
        if not top and (content.kind == "text" or facts.icon):
            self._survey.small.append(document)
        else:
            self._survey.documents.append(document)

    def _stray(self, kind: Kind, label: str, *, top: bool) -> None:
        reason = _REASONS.get(kind, "unknown_kind")
        if top:
            raise Refused(reason)
        if kind == "executable":
            self._survey.programs += 1
        if reason in ("other_archive", "media"):
            raise Refused(reason)
        self._survey.strays.append((reason, label))


#: Members that are inflated and hashed while the ones before them are understood, and by how many
#: threads; what is held in memory grows with it.
_AHEAD = 3
_THREADS = 2


def _read_ahead(
    reader: ZipReader, entries: Sequence[Entry]
) -> Iterator[tuple[Entry, Future[Content]]]:
    """The members in order; threads inflate and hash, which happens outside Python's lock."""
    waiting: deque[tuple[Entry, Future[Content]]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for entry in entries:
                waiting.append((entry, pool.submit(_take_member, reader, entry)))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        finally:
            for _, left in waiting:
                if not left.cancel() and left.exception() is None:
                    left.result().close()


def _take_member(reader: ZipReader, entry: Entry) -> Content:
    return take(reader.chunks(entry))


_REASONS: dict[Kind, Reason] = {
    "empty": "empty",
    "archive": "other_archive",
    "zip": "damaged_archive",
    "executable": "program",
    "media": "media",
    "html": "web_page",
    "xml": "web_page",
}


def _office(content: Content, budget: Budget) -> Kind | None:
    return office_kind(ZipReader(content.open(), budget).names)


def _left_behind(label: str) -> bool:
    """Whether a name is one that a system leaves on a disc by itself."""
    parts = label.lower().replace(NESTED, "/").split("/")
    return parts[-1] in _LEFT_BEHIND or parts[-1].startswith("._") or "__macosx" in parts


def _says_what_it_is(document: Document) -> bool:
    """Whether a text on a disc is a record and not a viewer's notes."""
    return bool(document.facts.text) and kind_of(document.facts.text, not_after=date.max).certain


def _settle(survey: Survey) -> None:
    """Decide about what is clutter on a disc and a record elsewhere, now that all is known."""
    for document in survey.small:
        if survey.disc and not _says_what_it_is(document):
            survey.ignored += 1
        else:
            survey.documents.append(document)
    for reason, label in survey.strays:
        # An empty file among pictures may have been one; a viewer's own are of no interest.
        nothing_lost = not survey.found if reason == "empty" else True
        if reason == "program" or (survey.disc and nothing_lost):
            survey.ignored += 1
        else:
            reader_problem(survey, reason, label)
    survey.small.clear()
    survey.strays.clear()
