"""Record: one thing a specialist will read, a document or a study, and its label.

A *file* is what arrived (a PDF, a photo, a zip of a disc); a file holds one or more *records*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checklist.dates import PartialDate
from checklist.findings import Finding
from checklist.study import Study

#: What a record is. `imaging_study` is the DICOM images; the rest are documents.
RecordKind = Literal[
    "imaging_study",
    "imaging_report",
    "imaging_photo",
    "pathology_report",
    "lab",
    "discharge",
    "operative",
    "consultation",
    "prescription",
    "identity",
    "other",
]

#: The checklist item under which each kind is filed; None: the item that was being asked.
ITEM_OF: dict[RecordKind, str | None] = {
    "imaging_study": "imaging",
    "imaging_report": "imaging",
    "imaging_photo": "imaging",
    "pathology_report": "pathology",
    "lab": "labs",
    "discharge": "reports",
    "operative": "reports",
    "consultation": "reports",
    "prescription": "medications",
    "identity": None,
    "other": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of the case.

    `kind_certain` is False where the kind is a guess (then the item that was asked decides the
    folder). `modality` is DICOM's code ("MR") for imaging studies and, where it could be read, for
    their reports. `language` is a BCP 47 tag or "". `file_id` names the stored file it came in,
    `sha256` and `size` are of that record's own bytes (of a study: "" and the sum of its instances).
    `findings` are the warnings about the file it came in, on the first record of the file.
    `member` is the document's name inside the stored archive, "" when the stored file is the record.

    `preview_blob_id` is a small picture of it, a study's contact sheet or a document's first page,
    of `preview_size` in pixels, and `sheet_blob_id` a larger one; "" where there is none.
    """

    id: str
    file_id: str
    kind: RecordKind
    received_at: datetime
    original_name: str
    media_type: str
    size: int
    item: str | None = None
    kind_certain: bool = False
    date: PartialDate | None = None
    modality: str = ""
    body_part: str = ""
    language: str = ""
    title: str = ""
    pages: int | None = None
    sha256: str = ""
    channel: str = ""
    sender: str = ""
    caption: str = ""
    has_reference_ranges: bool | None = None
    findings: tuple[Finding, ...] = ()
    study: Study | None = None
    member: str = ""
    preview_blob_id: str = ""
    preview_size: tuple[int, int] = (0, 0)
    sheet_blob_id: str = ""

    @property
    def blob_ids(self) -> tuple[str, ...]:
        """The stored pictures that belong to the record, and to nothing else."""
        return tuple(one for one in (self.preview_blob_id, self.sheet_blob_id) if one)

    @property
    def may_be_shown(self) -> bool:
        """Whether its picture may be shown in the patient's chat: the one place that decides it."""
        return bool(self.preview_blob_id)
