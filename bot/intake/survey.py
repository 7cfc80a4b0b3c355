"""Going through a file, an archive within an archive, or a folder: everything in it, once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bot.intake.archives import AT_ONCE, NESTED, Entry, ZipReader
from bot.intake.both_cores import Lost, OutOfTime, cores, in_order
from bot.intake.contents import Content, file_chunks, take
from bot.intake.headers import Found
from bot.intake.limits import LIMITS, MIB, Budget, Limits, Reason, Refused
from bot.intake.opening import Members, opened
from bot.intake.parts import Document, Part, PartReader, Understood
from bot.intake.sniff import CONTAINERS, SNIFF_BYTES, Kind, office_kind, sniff
from bot.intake.surveyed import NOT_WHAT_IT_SAYS, Problem, Survey, called_archive

#: Called with how many parts were read, and how many there are as far as is known.
Progress = Callable[[int, int], None]

#: Names that systems leave behind; they hold nothing of anybody's.
_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "desktop.ini", "autorun.inf", ".localized"})

#: Less than this is read sooner than a process is started.
_WORTH_A_FORK = 16 * MIB


def survey_file(
    path: Path,
    *,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
    plain: Path | None = None,
) -> Survey:
    """Go through one file; nothing in it raises, an unusable file is `refused`.

    `plain` is where the plain copy goes of what can't be read in place; see `Survey.copied`.
    """
    survey = Survey()
    try:
        budget = Budget(path.stat().st_size, limits)
        with closing(_Reader(survey, _Counted(progress), plain)) as reader:
            reader.only_file(path, budget)
    except Refused as refused:
        survey.refuse(refused.reason)
    except MemoryError:
        survey.refuse("too_large")
    survey.settle()
    if survey.only_bombs:
        survey.refused = "bomb"
    return survey


def survey_folder(
    folder: Path, *, limits: Limits = LIMITS, progress: Progress | None = None
) -> Survey:
    """Go through a folder and all below it; links are not followed."""
    survey = Survey(archive=True)
    with closing(_Reader(survey, _Counted(progress))) as reader:
        reader.folder(folder, limits)
    survey.settle()
    return survey


class _Counted:
    """How many parts were read of how many; an inner archive adds its own."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._read = self._all = 0

    def expect(self, parts: int) -> None:
        self._all += parts

    def step(self) -> None:
        self._read += 1
        if self._progress:
            self._progress(self._read, self._all)


class _Reader:
    """Sorts what it reads into a survey."""

    def __init__(self, survey: Survey, counted: _Counted, plain: Path | None = None) -> None:
        self._survey = survey
        self._plain = plain
        self._counted = counted
        self._parts = PartReader()

    def close(self) -> None:
        self._parts.close()

    # ---- what was given ------------------------------------------------------------------------

    def only_file(self, path: Path, budget: Budget) -> None:
        """The file that was sent, which answers for itself; raises `Refused`."""
        with path.open("rb") as file:
            kind = sniff(file.read(SNIFF_BYTES))
            if kind in CONTAINERS and self._container(file, kind, "", 1, budget):
                self._survey.archive = True
                return
        self._counted.expect(1)
        content = take(file_chunks(path))
        try:
            if content.kind == "zip":
                content.kind = _office(content) or "zip"
            found = self._parts.understand(content, "", top=True)
            if isinstance(found, str):
                raise Refused(_REASONS.get(found, "unknown_kind"))
            self._sort(found, "")
        finally:
            content.close()
        self._counted.step()

    def folder(self, folder: Path, limits: Limits) -> None:
        """Every file below a folder."""
        labelled = [(path, path.relative_to(folder).as_posix()) for path in _files_below(folder)]
        wanted = [(path, label) for path, label in labelled if not _left_behind(label)]
        self._survey.ignored += len(labelled) - len(wanted)
        self._counted.expect(len(wanted))
        sizes = [_size(path) for path, _ in wanted]
        short = [
            Part(label, partial(file_chunks, path))
            for (path, label), size in zip(wanted, sizes, strict=True)
            if size <= AT_ONCE
        ]
        read = self._in_order(short, sum(size for size in sizes if size <= AT_ONCE), float("inf"))
        for (path, label), size in zip(wanted, sizes, strict=True):
            budget = Budget(size, limits)
            part = Part(label, partial(file_chunks, path))
            if size <= AT_ONCE:
                self._result(next(read), part, 0, budget)
            elif not self._large_container(path, label, budget):
                self._result(self._parts.read(part), part, 0, budget)
            self._counted.step()

    def _large_container(self, path: Path, label: str, budget: Budget) -> bool:
        """Whether it holds files; if so, it has been read where it lies."""
        try:
            with path.open("rb") as file:
                kind = sniff(file.read(SNIFF_BYTES))
                return kind in CONTAINERS and self._container(file, kind, label, 1, budget)
        except Refused as refused:
            self._survey.problem(refused.reason, label)
            return True
        except OSError:
            return False

    # ---- archives ------------------------------------------------------------------------------

    def _container(
        self, file: BinaryIO, kind: Kind, label: str, depth: int, budget: Budget
    ) -> bool:
        """Go through what holds files; False when it is an office file, which is a document."""
        to = self._plain if depth == 1 else None
        with opened(file, kind, budget, to=to) as found:
            reader = found.members
            if kind == "zip" and office_kind(reader.names):
                return False
            if "META-INF/MANIFEST.MF" in reader.names and label:
                self._survey.ignored += 1  # a program in Java
                return True
            self._survey.copied |= found.copied and to is not None
            reader.check()
            if found.links:
                self._survey.problems.append(Problem("unsafe_names", label))
            if found.cut:
                self._survey.problems.append(Problem("cut_off", label))
            self._all_of(reader, label, depth, budget)
        return True

    def _all_of(self, reader: Members, label: str, depth: int, budget: Budget) -> None:
        prefix = label + NESTED if label else ""
        wanted = [entry for entry in reader.files if not _left_behind(prefix + entry.name)]
        self._survey.ignored += len(reader.files) - len(wanted)
        before = self._survey.unreadable
        self._members(reader, wanted, prefix, depth, budget)
        if reader.salvaged:
            whole = len(wanted) - (self._survey.unreadable - before)
            if whole < 1:
                raise Refused("no_directory")
            self._survey.problems.append(Problem("cut_archive", label, whole))

    def _members(
        self, reader: Members, wanted: Sequence[Entry], prefix: str, depth: int, budget: Budget
    ) -> None:
        refused = {entry.name: reason for entry, reason in _not_admitted(reader, wanted)}
        short = [e for e in wanted if e.name not in refused and e.size <= AT_ONCE]
        self._counted.expect(len(wanted))
        parts = [Part(prefix + e.name, partial(reader.chunks, e)) for e in short]
        read = self._in_order(parts, sum(e.size for e in short), budget.seconds_left)
        for entry in wanted:
            part = Part(prefix + entry.name, partial(reader.chunks, entry))
            if entry.unsafe:
                self._survey.problems.append(Problem("unsafe_name", part.label))
            if entry.name in refused:
                self._survey.problem(refused[entry.name], part.label)
            elif entry.size <= AT_ONCE:
                self._result(next(read), part, depth, budget)
            elif budget.seconds_left:
                self._long(part, depth, budget)
            else:
                self._survey.problem("too_slow", part.label)
            self._counted.step()

    def _long(self, part: Part, depth: int, budget: Budget) -> None:
        """A member that is too long for memory, or an archive; it is spooled where need be."""
        try:
            content = take(_in_time(part.chunks(), budget))
        except (Refused, OSError, MemoryError) as error:
            self._survey.problem(_why(error), part.label)
            return
        self._taken(content, part.label, depth, budget)

    def _in_order(
        self, parts: Sequence[Part], size: int, seconds: float
    ) -> Iterator[Understood | Lost | OutOfTime]:
        processes = cores() if size >= _WORTH_A_FORK else 1
        return in_order(
            parts,
            self._parts.read,
            seconds=seconds,
            processes=processes,
            ending=self._parts.close,
        )

    # ---- what came of it -----------------------------------------------------------------------

    def _result(
        self, found: Understood | Lost | OutOfTime, part: Part, depth: int, budget: Budget
    ) -> None:
        """Sort what was read; an archive within is read now, from its beginning."""
        if isinstance(found, str) and found in CONTAINERS:
            self._long(part, depth, budget)
        elif isinstance(found, Lost | OutOfTime):
            self._survey.problem(_why(found), part.label)
        else:
            self._sort(found, part.label)

    def _taken(self, content: Content, label: str, depth: int, budget: Budget) -> None:
        """Sort what may be an archive; whatever is wrong with it costs only itself."""
        try:
            if content.kind in CONTAINERS:
                if depth >= budget.limits.depth:
                    raise Refused("too_deep")
                inner = budget.inner(content.size)
                if self._container(content.open(), content.kind, label, depth + 1, inner):
                    return
                content.kind = _office(content) or "zip"
            self._sort(self._parts.understand(content, label, top=False), label)
        except (Refused, MemoryError) as error:
            self._survey.problem(_why(error), label)
        finally:
            content.close()

    def _sort(self, found: Understood, label: str) -> None:
        if isinstance(found, Refused):
            self._survey.problem(found.reason, label)
        elif isinstance(found, Found):
            self._survey.found.append(found)
            if found.truncated:
                self._survey.problems.append(Problem("truncated_instance", label))
        elif isinstance(found, tuple):
            self._survey.listed.extend(found)
            self._survey.directories += 1
        elif isinstance(found, Document):
            small = label and (found.kind == "text" or found.facts.icon)
            (self._survey.small if small else self._survey.documents).append(found)
        else:
            self._stray(found, label)

    def _stray(self, kind: Kind, label: str) -> None:
        reason = _REASONS.get(kind, "unknown_kind")
        self._survey.programs += kind == "executable"
        if reason in NOT_WHAT_IT_SAYS and called_archive(label):
            reason = "not_an_archive"
        if reason in ("other_archive", "media", "damaged_archive", "not_an_archive"):
            self._survey.problem(reason, label)
        else:
            self._survey.strays.append((reason, label))


def _not_admitted(reader: Members, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Reason]]:
    for entry in entries:
        try:
            reader.admit(entry)
        except Refused as refused:
            yield entry, refused.reason


def _why(error: Exception) -> Reason:
    if isinstance(error, Refused):
        return error.reason
    if isinstance(error, OutOfTime):
        return "too_slow"
    if isinstance(error, MemoryError):
        return "too_large"
    return "not_a_file" if isinstance(error, OSError) else "damaged_member"


def _in_time(chunks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    """The same bytes, as long as there is time."""
    for chunk in chunks:
        if not budget.seconds_left:
            raise Refused("too_slow")
        yield chunk


def _files_below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(where) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


_REASONS: dict[Kind, Reason] = {
    "empty": "empty",
    "zip": "damaged_archive",
    "executable": "program",
    "media": "media",
    "html": "web_page",
    "xml": "web_page",
}


def _office(content: Content) -> Kind | None:
    return office_kind(ZipReader(content.open(), Budget(content.size), damaged=True).names)


def _left_behind(label: str) -> bool:
    """Whether a name is one that a system leaves on a disc by itself."""
    parts = label.lower().replace(NESTED, "/").split("/")
    return parts[-1] in _LEFT_BEHIND or parts[-1].startswith("._") or "__macosx" in parts
