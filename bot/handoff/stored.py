"""What is stored of a case, as far as a package needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.store import codec
from bot.store.db import Row

#: What nobody has looked into is not clean.
NOT_SCANNED: Final = "not_scanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that a patient sent, as far as a package needs it. `blob_id` None: it was not kept.

    `plain_blob_id` is its copy without a password, in which its records are found. One is `judged` when
    it was read and the conversation knows what is in it, and whose that is. `scan` is `clean` where a
    virus scanner has looked and found nothing.
    """

    id: str
    name: str
    media_type: str
    state: str
    reason: str
    blob_id: str | None
    sha256: str
    size: int
    channel: str
    received_at: datetime
    plain_blob_id: str | None = None
    judged: bool = True
    scan: str = NOT_SCANNED

    @classmethod
    def of(cls, row: Row, *, judged: bool = True, scan: str = NOT_SCANNED) -> StoredFile:
        """The same of a row of the table `file`."""
        return cls(
            id=row.id,
            name=row.name,
            media_type=row.media_type,
            state=row.state,
            reason=row.reason,
            blob_id=row.blob_id,
            plain_blob_id=row.plain_blob_id,
            sha256=row.sha256 or "",
            size=row.size or 0,
            channel=row.channel,
            received_at=codec.moment(row.received_at),
            judged=judged,
            scan=scan,
        )

    @property
    def infected(self) -> bool:
        """Whether a virus scanner found something in it: then it is in no package."""
        return self.state == "refused" and self.reason == "infected"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTranslation:
    """A translation of a record that somebody has approved, in `language` (BCP 47)."""

    record_id: str
    language: str
    name: str
    media_type: str
    blob_id: str
    sha256: str
    size: int
    made_at: datetime
    scan: str = NOT_SCANNED
