"""Pictures of paper whose words the assistant can't read: said honestly, where nothing else tells of them."""

from __future__ import annotations

from collections.abc import Collection

from checklist.case import Case
from checklist.imaging import report_label
from checklist.records import Record
from checklist.text import Text, _n

#: What a picture is taken for where only the question that was asked tells.
_GUESSED = ("imaging_report", "other")
_PDF = "application/pdf"
#: So many are named.
_NAMED = 4


def unread_words(case: Case, ids: Collection[str]) -> tuple[Text, ...]:
    """One sentence for those of these records that say nothing, nor did their sender with them."""
    found = [record for record in case.records if record.id in ids and says_nothing(record)]
    if not found:
        return ()
    names = [record.original_name for record in found[:_NAMED]]
    return (
        _n(
            "I can't read the words in {files}. A person will look at it.",
            "I can't read the words in {files}. A person will look at them.",
            len(names),
            files=tuple(names),
        ),
    )


def says_nothing(record: Record) -> bool:
    """Whether it is a picture of paper of which neither text nor caption says what it is."""
    if record.study is not None or record.kind_certain or record.kind not in _GUESSED:
        return False
    if record.caption.strip() or report_label(record) is not None or record.date is not None:
        return False
    return record.media_type.startswith("image/") or (
        record.media_type == _PDF and not record.language
    )
