"""A label, taken off a record and put on it."""

from __future__ import annotations

from dataclasses import replace

from checklist.desk import Label
from checklist.records import Record


def label_of(record: Record) -> Label:
    """A record's label, as it stands."""
    return Label(
        record_id=record.id,
        kind=record.kind,
        item=record.item,
        kind_certain=record.kind_certain,
        date=record.date,
        body_part=record.body_part,
        part_of=record.part_of,
        place=record.place,
    )


def labelled(record: Record, label: Label) -> Record:
    """The record under this label."""
    return replace(
        record,
        kind=label.kind,
        item=label.item,
        kind_certain=label.kind_certain,
        date=label.date,
        body_part=label.body_part,
        part_of=label.part_of,
        place=label.place,
    )
