"""Pictures: what a receipt shows of what has come."""

from __future__ import annotations

from checklist.case import Case
from checklist.text import _
from handlers.receipt_words import describe
from handlers.replies import Picture
from handlers.session import Received

#: More would push the receipt's words out of sight.
_MOST = 3


def pictures_of(case: Case, batch: tuple[Received, ...]) -> tuple[Picture, ...]:
    """The pictures of a batch, studies first. Whether one may be shown, its record says."""
    ids = {record_id for entry in batch for record_id in entry.record_ids}
    found = [one for one in case.records if one.id in ids and one.may_be_shown]
    found.sort(key=lambda record: record.study is None)
    return tuple(
        Picture(
            record_id=record.id,
            alt=_("This is what I received: {what}", what=describe(record)),
            size=record.preview_size,
            study=record.study is not None,
        )
        for record in found[:_MOST]
    )
