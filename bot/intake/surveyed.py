"""Everything that was found in what was sent, before anybody asks what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date

from bot.intake.headers import Found
from bot.intake.limits import Reason
from bot.intake.parts import Document
from checklist.kinds import kind_of
from checklist.study import Listed

#: Names of archives and of copies of discs; they only choose the words for what is none.
_ARCHIVE_NAME = re.compile(r"(?i)\.(zip|iso|7z|rar|tar|tgz|t[bx]z2?|tar\.[a-z0-9]+)$")


def called_archive(name: str) -> bool:
    """Whether a name says that this is an archive or a copy of a disc."""
    return bool(_ARCHIVE_NAME.search(name))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that can't be used, and why; `n` is how many files of a cut archive were read."""

    reason: Reason
    path: str
    n: int = 0


#: Reasons that a file has which is called an archive and is none.
NOT_WHAT_IT_SAYS = frozenset({"unknown_kind", "web_page"})


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
    #: Whether all of it was read from the plain copy.
    copied: bool = False
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
            replace(one, path=f"{name}/{one.path}".rstrip("/")) for one in other.problems
        ]
        self.directories += other.directories
        self.ignored += other.ignored
        self.unreadable += other.unreadable
        self.programs += other.programs

    def problem(self, reason: Reason, label: str) -> None:
        """Note a part that can't be read."""
        self.problems.append(Problem(reason, label))
        self.unreadable += 1

    def refuse(self, reason: Reason) -> None:
        """Note that all of it can't be used."""
        self.refused = reason
        self.unreadable += 1

    def settle(self) -> None:
        """Decide about what is clutter on a disc and a record elsewhere, now that all is known."""
        for document in self.small:
            if self.disc and not _says_what_it_is(document):
                self.ignored += 1
            else:
                self.documents.append(document)
        for reason, label in self.strays:
            # An empty file among pictures may have been one; a viewer's own are of no interest.
            nothing_lost = not self.found if reason == "empty" else True
            if reason == "program" or (self.disc and nothing_lost):
                self.ignored += 1
            else:
                self.problem(reason, label)
        self.small.clear()
        self.strays.clear()

    @property
    def only_bombs(self) -> bool:
        """Whether there is nothing in it but what would unpack to far too much."""
        anything = self.found or self.listed or self.documents or self.ignored
        return not anything and {one.reason for one in self.problems} == {"bomb"}

    @property
    def disc(self) -> bool:
        """Whether it looks like a disc from a hospital, with pictures or with a viewer."""
        return bool(self.found or self.directories or self.programs)


def _says_what_it_is(document: Document) -> bool:
    """Whether a text on a disc is a record and not a viewer's notes."""
    return bool(document.facts.text) and kind_of(document.facts.text, not_after=date.max).certain
