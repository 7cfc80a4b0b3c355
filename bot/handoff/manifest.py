"""MANIFEST.csv: every file of the package, its hash, and how it came."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from bot.handoff.contents import Entry

COLUMNS: Final = (
    "name",
    "sha256",
    "bytes",
    "date",
    "type",
    "modality",
    "body_part",
    "language",
    "original_name",
    "received_at",
    "received_by",
    "translation_of",
    "virus_scan",
    "active_content",
    "as_sent",
)

#: A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def manifest(
    entries: Iterable[Entry],
    made: Iterable[tuple[str, str, int]],
    *,
    set_apart: int = 0,
    infected: int = 0,
) -> bytes:
    """The table as UTF-8 with a byte order mark, which spreadsheets need to read it as such.

    `made` are the files that the assistant itself wrote: name, sha256, size in bytes. `set_apart`
    studies and `infected` files were left out, which a row without a name says for each.
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for name, sha256, size in made:
        first = (name, sha256, size, "", "summary", "", "", "", "", "", "assistant")
        table.writerow((*first, *[""] * (len(COLUMNS) - len(first))))
    for entry in entries:
        row = (
            entry.path,
            entry.sha256,
            entry.size,
            entry.date.iso if entry.date else "",
            entry.type,
            entry.modality,
            entry.body_part,
            entry.language,
            entry.original_name,
            entry.received_at.isoformat(timespec="seconds"),
            entry.channel,
            entry.translation_of,
            entry.scan,
            " ".join(entry.active),
            entry.as_sent,
        )
        table.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    for left_out in (*("set_apart",) * set_apart, *("infected",) * infected):
        table.writerow(("", "", "", "", left_out, *[""] * (len(COLUMNS) - 5)))
    return out.getvalue().encode("utf-8-sig", "replace")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
