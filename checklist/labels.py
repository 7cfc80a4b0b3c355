"""Labels: file and folder names of the package, from what a record is and never from what it was called.

A name is `<date>_<what>`: `2026-04-12_CT_chest_report.pdf`, or a folder `2026-04-12_CT_chest` for a
study. Names are plain ASCII, because the package is opened on systems whose file names cannot carry
anything else, and hold nothing that a patient or a sender wrote, because names travel further than
contents. In name order the records of a folder are in date order; what is known less exactly comes
after what is known more exactly, `undated` last.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from checklist.dates import PartialDate
from checklist.records import ITEM_OF, Record, RecordKind

#: Where the records of an item lie, in the order in which a specialist reads them.
FOLDERS: Final[Mapping[str, str]] = {
    "imaging": "10_imaging",
    "pathology": "20_pathology",
    "labs": "30_labs",
    "reports": "40_reports",
    "medications": "50_medications",
}
#: Where everything else lies: other items' files, and what could not be understood.
OTHER: Final = "90_other"

UNDATED: Final = "undated"

#: A name with its extension and a number for a collision stays under this many bytes.
MAX_NAME: Final = 120

#: A part that headers name (a body part, a modality) is cut here.
_MAX_PART: Final = 24

_WHAT: Final[Mapping[RecordKind, str]] = {
    "pathology_report": "pathology_report",
    "lab": "labs",
    "discharge": "discharge_summary",
    "operative": "operation_report",
    "consultation": "consultation",
    "prescription": "prescription",
    "identity": "identity_document",
    "other": "document",
}

#: The usual ending of each type that intake knows; anything else is `.bin`.
_EXTENSIONS: Final[Mapping[str, str]] = {
    "application/dicom": "dcm",
    "application/gzip": "gz",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.rar": "rar",
    "application/x-7z-compressed": "7z",
    "application/x-iso9660-image": "iso",
    "application/x-rar-compressed": "rar",
    "application/x-tar": "tar",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rtf": "rtf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}


def folder(record: Record) -> str:
    """The package's folder for a record: its item's, else the one that its kind belongs to."""
    return FOLDERS.get(record.item or ITEM_OF[record.kind] or "", OTHER)


def label(record: Record) -> str:
    """The record's name without an extension: `2026-04-12_CT_chest_report`."""
    return "_".join(part for part in (date_label(record.date), *_what(record)) if part)


def date_label(date: PartialDate | None) -> str:
    """`2026-04-12`, `2026-04`, `2026`, or `undated`."""
    return date.iso if date else UNDATED


def extension(media_type: str) -> str:
    """The ending for a content type, without a dot; `bin` for one that is not known."""
    return _EXTENSIONS.get(media_type.split(";")[0].strip().lower(), "bin")


def file_name(record: Record, taken: Collection[str] = ()) -> str:
    """A document's file name that is not among `taken`."""
    return free_name(label(record), taken, ending=f".{extension(record.media_type)}")


def folder_name(record: Record, taken: Collection[str] = ()) -> str:
    """A study's folder name that is not among `taken`."""
    return free_name(label(record), taken)


def series_name(number: int | None, modality: str, taken: Collection[str] = ()) -> str:
    """A series' folder name within its study: `003_CT`."""
    known = number if number is not None and 0 <= number < 1_000_000 else 0
    return free_name(f"{known:03d}_{_code(modality) or 'series'}", taken)


def free_name(stem: str, taken: Collection[str], *, ending: str = "") -> str:
    """`stem` and `ending`, with `_2`, `_3` ... between them where the name is taken already.

    Names that differ only in case count as the same, since they are on many systems.
    """
    used = {name.lower() for name in taken}
    name, number = f"{stem}{ending}", 1
    while name.lower() in used:
        number += 1
        name = f"{stem}_{number}{ending}"
    return name


def in_date_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Records as they lie in a folder: by label, and those of one label as they came."""
    return tuple(sorted(records, key=lambda r: (label(r), r.received_at, r.id)))


# ---- the parts of a name -----------------------------------------------------------------------


def _what(record: Record) -> tuple[str, ...]:
    match record.kind:
        case "imaging_study":
            return (_modalities(record) or "images", _body_part(record))
        case "imaging_report":
            return (_code(record.modality) or "imaging", _body_part(record), "report")
        case "imaging_photo":
            return (_code(record.modality) or "imaging", _body_part(record), "photo")
        case _ if not record.kind_certain and record.item not in (None, ITEM_OF[record.kind]):
            # The patient filed it elsewhere than we would have: our guess has no place in its name.
            return ("document",)
        case _:
            return (_WHAT[record.kind],)


def _modalities(record: Record) -> str:
    study = record.study
    images = [s.modality for s in study.series if s.kind == "image"] if study else []
    codes = images or (study.modalities if study else ()) or (record.modality,)
    known = [code for code in map(_code, codes) if code]
    return "-".join(dict.fromkeys(known))[:_MAX_PART].rstrip("-")


def _code(modality: str) -> str:
    """A modality as DICOM writes it (CS): capitals and digits."""
    return re.sub(r"[^A-Z0-9]", "", modality.upper())[:16]


def _body_part(record: Record) -> str:
    words = _words(record.body_part)
    # Free text that a hospital typed into the wrong field may hold the patient's name.
    identities = record.study.identities if record.study else ()
    named = {word for who in identities for word in _words(who.name)}
    if any(len(word) > 1 and word in named for word in words):
        return ""
    return "-".join(words)[:_MAX_PART].rstrip("-")


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return tuple(re.findall(r"[a-z]+", plain))
