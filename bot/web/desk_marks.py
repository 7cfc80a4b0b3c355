"""Marks: what a coordinator should know of a record's file before opening it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.store.scans import Scanned
from bot.web.desk_queries import StoredFile
from checklist.records import Record
from checklist.text import Text, _

#: What it holds is said in the words of the file's own standard.
_ACTIVE: Final = _(
    "It holds more than a text: {what}. Open it only in a program that runs nothing.", what="{what}"
)
_CLEAN: Final = _("Virus scan: nothing found")
_NOT_SCANNED: Final = _("Not scanned for viruses")
_WAITING: Final = _("Not scanned for viruses yet. The package waits for it.")
_TOO_LARGE: Final = _("Not scanned for viruses: too large for the scanner")
_FAILED: Final = _("Not scanned for viruses: the scanner could not read it")

_WHY: Mapping[str, Text] = {"too_large": _TOO_LARGE, "error": _FAILED}


def marks_of(record: Record, stored: StoredFile | None) -> Iterator[Text]:
    """One line each."""
    if record.active:
        yield _ACTIVE.with_(what=", ".join(record.active))
    if stored is not None and stored.blob_id is not None:
        yield scan_words(stored.scanned)


def scan_words(scanned: Scanned | None) -> Text:
    """Whether a virus scanner has looked, in words. What nobody looked at is not clean."""
    if scanned is None:
        return _NOT_SCANNED
    match scanned.state:
        case "clean":
            return _CLEAN
        case "waiting":
            return _WAITING
    return _WHY.get(scanned.what, _NOT_SCANNED)
