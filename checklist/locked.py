"""Locked files: what came under a password, and how far the asking for it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checklist.findings import Finding
from checklist.text import _

#: `new` was not asked about yet, `asked` is the file whose password was asked for last. `later` and
#: `unknown` are the patient's answers. `given_up` waits for a coordinator; `unreadable` can't be
#: opened by us with any password.
LockState = Literal["new", "asked", "later", "unknown", "given_up", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A file that is locked, or that holds something locked. No password is ever part of it.

    `tries` counts wrong passwords, `trying` says that one is being tried just now, `born_tried` that
    the date of birth was, and `reminded` that the patient was asked once more before the hand-over.
    """

    file_id: str
    name: str
    state: LockState = "new"
    tries: int = 0
    trying: bool = False
    born_tried: bool = False
    reminded: bool = False


def locked_finding(file: LockedFile) -> Finding:
    """What a coordinator is told of it."""
    return Finding(
        code="encrypted",
        severity="warning",
        message=_("The file {file} is locked with a password.", file=file.name or file.file_id),
        path=file.file_id,
    )
