"""A file in which a virus was found: nothing of it is a record of the case any more."""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Case


def without_file(case: Case, file_id: str) -> Case:
    """The case without the records that this file held, studies too."""
    kept = tuple(record for record in case.records if record.file_id != file_id)
    return case if len(kept) == len(case.records) else replace(case, records=kept)
