"""A study may come in many files: loose slices one by one, or a disc and later what it lacked.

Its record is one. The id of a study's record follows from its case and its Study Instance UID, and
what is counted is counted over all files that have come.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.indexing import Indexed
from bot.store import files
from checklist.completeness import missing_among
from checklist.records import Record
from checklist.study import Instance, Series


def with_lasting_ids(indexed: Indexed, case_id: str) -> Indexed:
    """The same, with each study's record under the id that all parts of the study share."""
    ids = {
        record.id: _record_id(case_id, record.study.study_instance_uid)
        for record in indexed.records
        if record.study is not None
    }
    return replace(
        indexed,
        records=tuple(replace(r, id=ids.get(r.id, r.id)) for r in indexed.records),
        instances={ids.get(key, key): found for key, found in indexed.instances.items()},
    )


async def counted_over_all_parts(tx: AsyncConnection, record: Record) -> Record:
    """The record with the counts of all files of its study; the index holds this one's already."""
    if record.study is None:
        return record
    parts = await files.instances_of(tx, record.id)
    if {file_id for file_id, _instance in parts} <= {record.file_id}:
        return record
    distinct = {instance.sop_instance_uid: instance for _file_id, instance in parts}
    by_series: dict[str, list[Instance]] = defaultdict(list)
    for instance in distinct.values():
        by_series[instance.series_instance_uid].append(instance)
    series = tuple(_counted(one, by_series) for one in record.study.series)
    size = sum(instance.size for instance in distinct.values())
    return replace(record, size=size, study=replace(record.study, series=series))


def _counted(series: Series, by_series: Mapping[str, list[Instance]]) -> Series:
    found = by_series[series.series_instance_uid]
    gap = missing_among(found, series.modality) if series.kind == "image" else None
    return replace(
        series,
        instances=len(found),
        missing=gap.missing if gap else series.missing,
        missing_certain=gap.certain if gap else series.missing_certain,
    )


def _record_id(case_id: str, study_instance_uid: str) -> str:
    return f"{case_id}-{hashlib.sha256(study_instance_uid.encode()).hexdigest()[:16]}"
