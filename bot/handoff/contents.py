"""Contents: which entries a package has, under which names, and where their bytes lie.

Nothing that was sent, read and kept is left out, but for what is set apart as another person's: it is
not this patient's to hand over. What intake understood lies in its item's folder; every other file lies
in `90_other/`. A translation lies beside its original, under the same name with `_translation_` and its
language; a machine's draft is none. An object that came twice is packed once; two that claim the same
UID and differ are both packed. Of a disc its images and documents are packed, not its viewer.
A file in which a virus was found is never packed.
Of a document that a coordinator cut its parts are packed, each made of the original's pages, and the
original beside them in `90_other/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from bot.handoff.stored import NOT_SCANNED, StoredFile, StoredTranslation
from bot.intake.previews import PHOTOS
from checklist import labels
from checklist.case import Case
from checklist.dates import PartialDate
from checklist.records import Record
from checklist.study import Instance, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedInstance:
    """A DICOM object of the index, and the record and file that it belongs to."""

    record_id: str
    file_id: str
    instance: Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One original in the package. `member` is its name in the stored archive, "" for the file.

    A translation names the path of its original in `translation_of`. `as_sent` says whether it is what
    came, bit for bit, some pages of it, a photo without its metadata, or one of which no copy without
    them could be made.
    """

    path: str
    blob_id: str
    member: str
    sha256: str
    size: int
    type: str
    date: PartialDate | None
    modality: str
    body_part: str
    language: str
    original_name: str
    received_at: datetime
    channel: str
    record_id: str = ""
    translation_of: str = ""
    scan: str = NOT_SCANNED
    active: tuple[str, ...] = ()
    as_sent: Literal["yes", "pages", "no_exif", "not_cleaned"] = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is packed in place of a document: its pages, or a photo without its metadata.

    `blob_id` is a name among the blobs for the time being.
    """

    blob_id: str
    sha256: str
    size: int


_NO_PARTS: Final[Mapping[str, Part]] = MappingProxyType({})


class MissingFile(Exception):
    """A record's stored file is gone."""


def entries_of(
    case: Case,
    files: Iterable[StoredFile],
    instances: Iterable[IndexedInstance],
    translations: Iterable[StoredTranslation] = (),
    parts: Mapping[str, Part] = _NO_PARTS,
) -> tuple[Entry, ...]:
    """The originals of a case in the order in which they are packed: by folder, then by name.

    `parts` are those of documents that were cut, by the ids of their records.
    """
    planned = _Plan({file.id: file for file in files}, instances, parts)
    translated = {one.record_id: one for one in translations}
    for record in case.records:
        if record.is_apart:
            planned.leave_out(record)
    for record in labels.in_date_order(case.own_records):
        if record.study is not None:
            planned.add_study(record)
            continue
        if case.record(record.part_of) is None:
            planned.add_document(record, case.pages_of(record.id))
        if (one := translated.get(record.id)) is not None:
            planned.add_translation(record, one)
    # The whole of a document holds what is somebody else's where a part of it is.
    strangers = {record.cut_from for record in case.records if record.is_apart}
    for record in case.records:
        if record.cut and not record.is_apart and record.id not in strangers:
            planned.add_whole(record)
    planned.add_leftovers()
    return tuple(sorted(planned.entries, key=lambda entry: entry.path))


def of_their_records(
    case: Case, instances: Iterable[IndexedInstance]
) -> tuple[IndexedInstance, ...]:
    """The objects by the records that they belong to: of a study that was divided there are two."""
    rest = {
        (record.cut_from, series.series_instance_uid): record.id
        for record in case.records
        if record.cut_from and record.study is not None
        for series in record.study.series
    }
    if not rest:
        return tuple(instances)
    return tuple(
        replace(
            one,
            record_id=rest.get((one.record_id, one.instance.series_instance_uid), one.record_id),
        )
        for one in instances
    )


def files_apart(
    case: Case, files: Iterable[StoredFile], held: Iterable[tuple[str, str]]
) -> frozenset[str]:
    """The files that hold nothing of the patient's, as far as is known.

    They hold only what is set apart, or nobody has judged them yet. `held` are pairs of a record and a
    file.
    """
    apart = {record.id for record in case.records if record.is_apart}
    pairs = {*held, *((record.id, record.file_id) for record in case.records)}
    others = {file_id for record_id, file_id in pairs if record_id not in apart}
    unknown = {file.id for file in files if not file.judged}
    return frozenset(unknown | {file_id for _record, file_id in pairs}) - others


class _Plan:
    def __init__(
        self,
        files: Mapping[str, StoredFile],
        instances: Iterable[IndexedInstance],
        parts: Mapping[str, Part],
    ) -> None:
        self.entries: list[Entry] = []
        self._files = files
        self._parts = parts
        self._used: set[str] = set()
        self._left_out: set[str] = set()
        self._names: dict[str, set[str]] = {}
        self._objects: set[tuple[str, str]] = set()
        self._studies: dict[str, str] = {}
        self._series: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self._instances: dict[str, list[IndexedInstance]] = {}
        for found in instances:
            self._instances.setdefault(found.record_id, []).append(found)

    def leave_out(self, record: Record) -> None:
        """Leave out a record, and the files that hold it: none of them is a leftover."""
        found = self._instances.get(record.id, ())
        for file_id in {record.file_id, *(one.file_id for one in found)}:
            self._used.add(file_id)
            if (file := self._files.get(file_id)) is not None:
                self._left_out.add(file.sha256)

    def add_document(self, record: Record, pages: Sequence[Record] = ()) -> None:
        """A document; with further pages that came apart, each is numbered under its name."""
        folder = labels.folder(record)
        if not pages:
            name = labels.file_name(record, self._taken(folder))
            self._add_one(folder, name, record)
            return
        # Nothing else has the name that they share, with a number or without.
        stem = self._new(folder, labels.file_name(record, self._taken(folder))).rpartition(".")[0]
        for number, page in enumerate((record, *pages), 1):
            ending = f".{labels.extension(page.media_type)}"
            name = f"{stem}_page_{number:0{len(str(len(pages) + 1))}d}"
            name = labels.free_name(name, self._taken(folder), ending=ending)
            self._add_one(folder, name, page)

    def add_whole(self, record: Record) -> None:
        """A document as it came, of which the parts are packed too."""
        ending = f".{labels.extension(record.media_type)}"
        stem = f"{labels.date_label(record.date)}_before_it_was_split"
        name = labels.free_name(stem, self._taken(labels.OTHER), ending=ending)
        self._add_one(labels.OTHER, name, record)

    def _add_one(self, folder: str, name: str, record: Record) -> None:
        file = self._file(record.file_id)
        part = self._parts.get(record.id)
        if record.span is not None and part is None:
            raise MissingFile(record.file_id)
        if part is not None:
            self._add(folder, name, record, file, member="", sha256=part.sha256, size=part.size)
            return
        whole = not record.member
        self._add(
            folder,
            name,
            record,
            file,
            member=record.member,
            sha256=record.sha256 or (file.sha256 if whole else ""),
            size=record.size,
        )

    def add_translation(self, record: Record, one: StoredTranslation) -> None:
        """Beside its original, the last that was added, and named like it."""
        original = self.entries[-1].path
        folder, _, name = original.rpartition("/")
        stem = f"{name.rpartition('.')[0]}_translation_{one.language}"
        name = labels.free_name(
            stem, self._taken(folder), ending=f".{labels.extension(one.media_type)}"
        )
        self.entries.append(
            Entry(
                path=f"{folder}/{self._new(folder, name)}",
                blob_id=one.blob_id,
                member="",
                sha256=one.sha256,
                size=one.size,
                type="translation",
                date=record.date,
                modality=record.modality,
                body_part=record.body_part,
                language=one.language,
                original_name=one.name,
                received_at=one.made_at,
                channel="desk",
                record_id=record.id,
                translation_of=original,
                scan=one.scan,
            )
        )

    def add_study(self, record: Record) -> None:
        assert record.study is not None
        by_uid = {series.series_instance_uid: series for series in record.study.series}
        for found in sorted(self._instances.get(record.id, ()), key=_reading_order):
            instance = found.instance
            self._used.add(found.file_id)
            if (key := (instance.sop_instance_uid, instance.sha256)) in self._objects:
                continue
            self._objects.add(key)
            folder = self._series_folder(record, instance, by_uid)
            number = self._numbers[folder] = self._numbers.get(folder, 0) + 1
            file = self._file(found.file_id)
            self._add(
                folder,
                f"{number:05d}.dcm",
                record,
                file,
                member=instance.member,
                sha256=instance.sha256,
                size=instance.size,
            )

    def add_leftovers(self) -> None:
        """What is in no record: not understood, or refused but kept.

        What is not judged yet may be a stranger's. Once it is, there is a package anew.
        """
        packed = {entry.sha256 for entry in self.entries} | self._left_out
        left = (
            f
            for f in self._files.values()
            if f.id not in self._used and f.blob_id and f.judged and not f.infected
        )
        for file in sorted(left, key=lambda f: (f.received_at, f.id)):
            if file.sha256 in packed:
                continue
            packed.add(file.sha256)
            ending = f".{labels.extension(file.media_type)}"
            stem = f"{labels.UNDATED}_not_read"
            name = labels.free_name(stem, self._taken(labels.OTHER), ending=ending)
            self._add(labels.OTHER, name, None, file, member="", sha256=file.sha256, size=file.size)

    # ---- pieces --------------------------------------------------------------------------------

    def _series_folder(
        self, record: Record, instance: Instance, by_uid: Mapping[str, Series]
    ) -> str:
        """A study that came in two files, or twice, is one folder all the same."""
        parent = labels.folder(record)
        study = self._studies.get(instance.study_instance_uid)
        if study is None:
            study = f"{parent}/{self._new(parent, labels.folder_name(record, self._taken(parent)))}"
            self._studies[instance.study_instance_uid] = study
        key = (study, instance.series_instance_uid)
        if key not in self._series:
            series = by_uid.get(instance.series_instance_uid)
            number, modality = (
                (series.series_number, series.modality) if series else (None, record.modality)
            )
            name = labels.series_name(number, modality, self._taken(study))
            self._series[key] = f"{study}/{self._new(study, name)}"
        return self._series[key]

    def _add(
        self,
        folder: str,
        name: str,
        record: Record | None,
        file: StoredFile,
        *,
        member: str,
        sha256: str,
        size: int,
    ) -> None:
        self._used.add(file.id)
        assert file.blob_id is not None
        part = self._parts.get(record.id) if record else None
        stored = (file.plain_blob_id if record else None) or file.blob_id
        self.entries.append(
            Entry(
                path=f"{folder}/{self._new(folder, name)}",
                blob_id=part.blob_id if part else stored,
                member=member,
                sha256=sha256,
                size=size,
                type=record.kind if record else file.reason or "not_read",
                date=record.date if record else None,
                modality=record.modality if record else "",
                body_part=record.body_part if record else "",
                language=record.language if record else "",
                original_name=member or (record.member if record else "") or file.name,
                received_at=file.received_at,
                channel=file.channel,
                record_id=record.id if record else "",
                scan=file.scan,
                active=record.active if record else (),
                as_sent=_as_sent(record, file, part),
            )
        )

    def _file(self, file_id: str) -> StoredFile:
        file = self._files.get(file_id)
        if file is None or file.blob_id is None:
            raise MissingFile(file_id)
        return file

    def _taken(self, folder: str) -> set[str]:
        return self._names.setdefault(folder, set())

    def _new(self, folder: str, name: str) -> str:
        self._taken(folder).add(name)
        return name


def _reading_order(found: IndexedInstance) -> tuple[str, bool, int, str, str]:
    instance = found.instance
    number = instance.instance_number
    return (
        instance.series_instance_uid,
        number is None,
        number or 0,
        instance.sop_instance_uid,
        instance.sha256,
    )


def _as_sent(
    record: Record | None, file: StoredFile, part: Part | None
) -> Literal["yes", "pages", "no_exif", "not_cleaned"]:
    """Whether it is what came, bit for bit, and whether that is a photo that may say where it was taken."""
    if part is not None and record is not None:
        return "pages" if record.span else "no_exif"
    kind = record.media_type if record is not None else file.media_type
    return "not_cleaned" if kind in PHOTOS else "yes"
