"""Opinion: the specialist's answer on its way back to the patient. Only values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

OpinionPart = Literal["original", "translation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionFile:
    """A document of the opinion; its bytes are a row of the store under the same id."""

    id: str
    part: OpinionPart
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that the patient has about the opinion."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The opinion of a case. `link_id` is the private link by which the patient gets it.

    `questions_open` while the patient's one round of questions goes on; `asked_at` is when it ended.
    """

    files: tuple[OpinionFile, ...] = ()
    approved_by: str = ""
    approved_at: datetime | None = None
    sent_by: str = ""
    sent_at: datetime | None = None
    link_id: str = ""
    read_at: datetime | None = None
    questions: tuple[Asked, ...] = ()
    questions_open: bool = False
    asked_at: datetime | None = None

    @property
    def uploaders(self) -> frozenset[str]:
        """Who uploaded its files."""
        return frozenset(file.by for file in self.files)

    def unsettled(self, files: tuple[OpinionFile, ...]) -> Opinion:
        """The opinion with these files: what changed is to be approved and sent anew."""
        return replace(
            self, files=files, approved_by="", approved_at=None, sent_by="", sent_at=None,
            read_at=None,
        )  # fmt: skip
