"""A record that comes once more: what was said and decided of the one before, and still holds."""

from __future__ import annotations

from dataclasses import replace

from checklist.findings import Finding
from checklist.identity import brings_a_stranger
from checklist.records import Record
from checklist.study import Study

#: What is said of a study without images, and holds no longer when its images have come.
_IN_PLACE_OF_IMAGES = frozenset(
    {"only_localizers", "only_secondary_capture", "film_photo", "viewer_without_images"}
)


def _holds(finding: Finding, study: Study) -> bool:
    """Whether what was said of a part of a study still holds of as much as has come."""
    return finding.code not in _IN_PLACE_OF_IMAGES or not study.image_count


def come_again(before: Record, record: Record) -> Record:
    """The record as it stands in the place of one with its id. More of a study joins it.

    What was said of its first part and no longer holds is taken back. Where it names somebody else,
    whose it is must be judged anew.
    """
    record = replace(record, chat=before.chat or record.chat)
    if before.study is not None and record.study is not None:
        study = before.study.joined(record.study)
        said = {finding.code for finding in record.findings}
        # What is said of a file that is read once more is said anew.
        earlier = before.findings if before.file_id != record.file_id else ()
        kept = (f for f in earlier if f.code not in said and _holds(f, study))
        # What was said and decided was of those whom it named by then.
        known = not brings_a_stranger(before.study, record.study)
        waits = before.patient_says == "asked"
        record = replace(
            record,
            file_id=before.file_id,
            study=study,
            findings=(*kept, *(f for f in record.findings if _holds(f, study))),
            set_apart=before.set_apart,
            decided_by=before.decided_by if known else "",
            patient_says=before.patient_says if known or waits else "",
            series_apart=before.series_apart,
        )
    if before.study is None and before.decided_by:
        record = replace(record, set_apart=before.set_apart, decided_by=before.decided_by)
    if before.pages == record.pages:
        record = replace(record, cut=before.cut)
    return record
