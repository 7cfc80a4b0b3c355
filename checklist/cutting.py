"""Cutting: one document that is several records, each from a page to a page.

The document stays what it was, and is not used itself while it is cut: its parts are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from checklist.case import Case
from checklist.desk import Cut
from checklist.labelling import label_of
from checklist.records import Record

#: Only of a PDF can a part be made that is a document too.
CAN_BE_CUT: Final = "application/pdf"


def parts_of(record: Record, at: Sequence[int]) -> tuple[Record, ...]:
    """The parts of a document in which a record begins at these pages too; () for none."""
    if not at:
        return ()
    firsts = (1, *at)
    lasts = (*(page - 1 for page in at), record.pages or at[-1])
    return tuple(
        replace(
            record,
            id=f"{record.id}.p{first}-{last}",
            pages=last - first + 1,
            span=(first, last),
            cut=(),
            cut_from=record.id,
            size=0,
            sha256="",
            findings=(),
            preview_blob_id="",
            preview_size=(0, 0),
            sheet_blob_id="",
        )
        for first, last in zip(firsts, lasts, strict=True)
    )


def cut_of(case: Case, record: Record) -> Cut:
    """How a document is cut now."""
    parts = (label_of(part) for part in case.records if part.cut_from == record.id)
    return Cut(at=record.cut, parts=tuple(parts))


def can_be_cut(case: Case, record: Record) -> bool:
    """Whether a document can be cut, or cut otherwise: where nothing else hangs on its pieces."""
    if record.media_type != CAN_BE_CUT or (record.pages or 0) < 2 or record.is_apart:
        return False
    if record.study is not None or record.cut_from:
        return False
    pieces = [record, *(part for part in case.records if part.cut_from == record.id)]
    ids = {piece.id for piece in pieces}
    return not any(piece.part_of for piece in pieces) and not any(
        one.part_of in ids for one in case.records
    )
