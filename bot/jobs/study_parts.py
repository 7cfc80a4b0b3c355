"""A study may come in many files: loose slices one by one, or a disc and later what it lacked.

Its record is one. The id of a study's record follows from its case and its Study Instance UID, and
what is counted is counted over all files that have come, and against all that their DICOMDIRs name.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.indexing import Indexed
from bot.intake.series import counted, distinct_instances, listed_series
from bot.store import files
from checklist.records import Record
from checklist.study import Instance


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


async def counted_over_all_parts(tx: AsyncConnection, record: Record, case_id: str) -> Record:
    """The record with the counts of all files of its study; the index holds this one's already."""
    if record.study is None:
        return record
    uid = record.study.study_instance_uid
    if await files.files_of_study(tx, case_id, uid) <= {record.file_id}:
        return record  # it was counted when it was read
    parts = await files.instances_of(tx, record.id)
    named = await files.listed_of(tx, case_id, uid)
    instances = distinct_instances(instance for _file_id, instance in parts)
    by_series: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        by_series[instance.series_instance_uid].append(instance)
    have = {instance.sop_instance_uid for instance in instances}
    absent = [one for one in named if one.sop_instance_uid not in have]
    lacking = Counter(one.series_instance_uid for one in absent)
    series = {
        one.series_instance_uid: counted(
            one,
            by_series[one.series_instance_uid],
            listed_absent=lacking[one.series_instance_uid],
        )
        for one in record.study.series
        if one.series_instance_uid in by_series
    }
    for key in lacking.keys() - by_series.keys():
        series[key] = listed_series(key, [o for o in absent if o.series_instance_uid == key])
    study = replace(record.study, series=tuple(series.values()))
    in_order = replace(study, series=()).joined(study)
    size = sum({one.sha256: one.size for _file_id, one in parts}.values())
    return replace(record, size=size, study=in_order)


def _record_id(case_id: str, study_instance_uid: str) -> str:
    return f"{case_id}-{hashlib.sha256(study_instance_uid.encode()).hexdigest()[:16]}"
