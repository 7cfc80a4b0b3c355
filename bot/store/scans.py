"""What a virus scanner said of the files of a case. What nobody has looked at is not clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import file, file_scan, opinion_file, translation_file

ScanState = Literal["waiting", "clean", "infected", "unscanned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What is known of one file. `what` is the name of what was found, or why nobody looked."""

    state: ScanState
    what: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether somebody looked and found nothing."""
        return self.state == "clean"


async def put(
    tx: AsyncConnection, *, file_id: str, case_id: str, said: Scanned, now: float
) -> None:
    """Keep what was said of a file, in place of what was said before."""
    await tx.execute(sa.delete(file_scan).where(file_scan.c.id == file_id))
    values = {"id": file_id, "case_id": case_id, "state": said.state, "what": said.what, "at": now}
    await tx.execute(sa.insert(file_scan), values)


async def of_case(tx: AsyncConnection, case_id: str) -> Mapping[str, Scanned]:
    """What was said of the files of a case, by their ids."""
    table = file_scan.c
    rows = await tx.execute(
        sa.select(table.id, table.state, table.what).where(table.case_id == case_id)
    )
    return {row.id: Scanned(state=cast(ScanState, row.state), what=row.what) for row in rows}


async def still_to_do(tx: AsyncConnection, case_id: str) -> list[str]:
    """The stored files of a case that nobody has looked at yet."""
    said = sa.select(file_scan.c.id).where(
        file_scan.c.case_id == case_id, file_scan.c.state != "waiting"
    )
    query = sa.select(file.c.id).where(
        file.c.case_id == case_id,
        file.c.blob_id.is_not(None),
        file.c.sha256.is_not(None),
        file.c.state != "erased",
        file.c.id.not_in(said),
    )
    return list((await tx.execute(query.order_by(file.c.received_at, file.c.id))).scalars())


async def documents_still_to_do(tx: AsyncConnection, case_id: str) -> list[str]:
    """The documents of a case that came from the desk and that nobody has looked at yet."""
    said = sa.select(file_scan.c.id).where(
        file_scan.c.case_id == case_id, file_scan.c.state != "waiting"
    )
    found = list[str]()
    for table in (opinion_file, translation_file):
        query = sa.select(table.c.id).where(table.c.case_id == case_id, table.c.id.not_in(said))
        found += (await tx.execute(query.order_by(table.c.made_at, table.c.id))).scalars()
    return found
