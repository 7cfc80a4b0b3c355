"""What a machine has read in scans: kept beside the texts of documents, and never mixed with them.

The rows lie in `document_text` under an id of their own, so that whoever asks for what a document says
can't be given a machine's guess; and they go with the case, as those do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import translations
from bot.store.schema import document_text
from bot.store.sealed import maybe_broken

_STATE: Final = "machine"
_MARK: Final = "machine:"


async def keep(
    tx: AsyncConnection, *, record_id: str, case_id: str, pages: int, words: str, now: float
) -> None:
    """Keep what a machine has read of a record, in place of what it read before."""
    await translations.keep_text(
        tx,
        document_id=f"{_MARK}{record_id}",
        case_id=case_id,
        state=_STATE,
        pages=pages,
        scanned=pages,
        words=words,
        now=now,
    )


async def forget(tx: AsyncConnection, case_id: str) -> None:
    """Forget what a machine has read of a case."""
    table = document_text.c
    await tx.execute(
        sa.delete(document_text).where(table.case_id == case_id, table.state == _STATE)
    )


async def of_case(tx: AsyncConnection, case_id: str) -> Mapping[str, str]:
    """What was read of a case, by the ids of its records."""
    table = document_text.c
    query = sa.select(table.id, table.words)
    query = query.where(table.case_id == case_id, table.state == _STATE)
    return {row.id.removeprefix(_MARK): row.words for row in await tx.execute(query)}


async def of_cases(tx: AsyncConnection, case_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """What was read of each of these cases, the oldest first."""
    table = document_text.c
    query = sa.select(table.case_id, maybe_broken(table.words)).order_by(table.made_at, table.id)
    query = query.where(table.case_id.in_(list(case_ids)), table.state == _STATE)
    found: dict[str, list[str]] = defaultdict(list)
    for row in await tx.execute(query):
        found[row.case_id].append(row.words)
    return {case_id: tuple(words) for case_id, words in found.items()}
