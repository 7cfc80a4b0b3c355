"""Record: one thing a specialist will read, a document or a study, and its label.

A *file* is what arrived (a PDF, a photo, a zip of a disc); a file holds one or more *records*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checklist.dates import PartialDate
from checklist.examination import Examination
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

#: Whose a record is. "": the patient's, as far as is known. `doubtful`: perhaps somebody else's; it is
#: used like any other, and asked about. `apart`: it seems to be somebody else's, and is used for
#: nothing until a coordinator has decided. `kept_apart`: somebody said that it is somebody else's.
#: `taken`: a coordinator said that it is the patient's.
SetApart = Literal["", "doubtful", "apart", "kept_apart", "taken"]

#: What the patient says of a study that was asked about; `asked` until there is an answer.
PatientSays = Literal["", "asked", "yes", "no", "not_known"]

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
    `beside` are the ids of the studies that came in one file with a document.
    `examination` is what a scan's report says of its scan, None for anything else.
    `part_of` is the record whose further page it is, as a coordinator said, "" for none; `place` puts
    the pages of one record in order.
    `cut` are the pages at which a coordinator had a new record begin: then its parts are used, and it
    is not. Of a part `cut_from` is the record that it was cut from, and `span` its first and last page.
    Of a study `series_apart` are the series that a coordinator said are somebody else's: they are a
    record of their own, `cut_from` this one.
    `chat` is the chat in which it was sent, "" where that isn't known or it came another way.
    `decided_by` is who said whose it is, "" while only the headers did: what a coordinator decided
    stands until a coordinator decides otherwise.

    `active` names what in a document could run, open or hide something, as its standard calls it.

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
    beside: tuple[str, ...] = ()
    preview_blob_id: str = ""
    preview_size: tuple[int, int] = (0, 0)
    sheet_blob_id: str = ""
    set_apart: SetApart = ""
    decided_by: Literal["", "patient", "coordinator"] = ""
    patient_says: PatientSays = ""
    part_of: str = ""
    examination: Examination | None = None
    chat: str = ""
    place: int = 0
    cut: tuple[int, ...] = ()
    cut_from: str = ""
    span: tuple[int, int] | None = None
    series_apart: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    @property
    def sent_by(self) -> str:
        """Who sent it by a private link or at the desk; "" for the patient."""
        return self.sender if self.channel in ("upload", "desk") else ""

    @property
    def by_coordinator(self) -> bool:
        """Whether a coordinator sent it for the patient."""
        return self.channel == "desk"

    @property
    def is_apart(self) -> bool:
        """Whether it is stored and shown to coordinators, and used for nothing."""
        return self.set_apart in ("apart", "kept_apart")

    @property
    def is_used(self) -> bool:
        """Whether it is the patient's, as far as is known, and not shown by its parts instead."""
        return not self.is_apart and not self.cut

    @property
    def blob_ids(self) -> tuple[str, ...]:
        """The stored pictures that belong to the record, and to nothing else."""
        return tuple(one for one in (self.preview_blob_id, self.sheet_blob_id) if one)

    @property
    def may_be_shown(self) -> bool:
        """Whether its picture may be shown in the patient's chat: the one place that decides it."""
        return bool(self.preview_blob_id) and not self.is_apart
