"""The list of cases for `second-opinion cases`: where each stands and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from bot.store import cases
from bot.store.db import Database
from checklist.catalog import Catalog
from checklist.progress import checklist_for


class CaseLine(TypedDict):
    """One case. `missing` are item ids, `warnings` finding codes, `completeness` is 0 to 100.

    Of `wanted` items `here` have come in full.
    """

    id: str
    status: str
    completeness: int
    here: int
    wanted: int
    missing: list[str]
    warnings: list[str]


async def list_cases(db: Database, catalog: Catalog) -> list[CaseLine]:
    """All cases in which something was said or sent, newest first."""
    lines: list[CaseLine] = []
    for row in await cases.list_cases(db):
        case = row.case
        if not case.begun:
            continue
        checklist = checklist_for(case, catalog)
        lines.append(
            CaseLine(
                id=case.id,
                status=case.status,
                completeness=checklist.completeness,
                here=checklist.here,
                wanted=checklist.wanted,
                missing=list(checklist.missing),
                warnings=list(checklist.warnings),
            )
        )
    return lines


def to_text(lines: Sequence[CaseLine]) -> str:
    """The list as a table for a terminal."""
    if not lines:
        return "There are no cases yet."
    head = ("case", "status", "answered", "here", "missing", "warnings")
    rows = [
        (
            line["id"],
            line["status"],
            f"{line['completeness']}%",
            f"{line['here']}/{line['wanted']}",
            " ".join(line["missing"]) or "-",
            " ".join(line["warnings"]) or "-",
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )
