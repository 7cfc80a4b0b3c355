"""Translation: what was done to translate a record. Only values.

What is to be translated is told by `to_translate.py`, what differs by `translation_check.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: `draft`: there is a machine's, and nobody has approved it. `unchecked`: somebody's, not confirmed.
TranslationState = Literal["waiting", "taken", "draft", "unchecked", "done", "not_needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationFile:
    """A translation as it was uploaded, or made by a machine; its bytes are a row of the store.

    A `draft` is a machine's. What nobody has approved is no translation yet.
    """

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    by: str
    at: datetime
    draft: bool = False
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What was done to translate a record. `files` are all versions, the oldest first."""

    record_id: str
    taken_by: str = ""
    taken_at: datetime | None = None
    files: tuple[TranslationFile, ...] = ()
    not_needed_by: str = ""

    @property
    def approved(self) -> TranslationFile | None:
        """The version that goes into the package: the newest that somebody approved."""
        return next((file for file in reversed(self.files) if file.approved_at), None)

    @property
    def newest(self) -> TranslationFile | None:
        """The version that is worked on: a person's before any machine's."""
        own = next((file for file in reversed(self.files) if not file.draft), None)
        return own or (self.files[-1] if self.files else None)

    @property
    def state(self) -> TranslationState:
        """How far it is."""
        newest = self.newest
        if self.not_needed_by:
            return "not_needed"
        if newest is not None and newest.approved_at:
            return "done"
        if newest is not None:
            return "draft" if newest.draft else "unchecked"
        return "taken" if self.taken_by else "waiting"

    @property
    def in_work(self) -> bool:
        """Whether somebody is at it."""
        return self.state == "unchecked" or (
            bool(self.taken_by) and self.state not in ("done", "not_needed")
        )
