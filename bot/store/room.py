"""Room: how much of a case's files is kept, and how much may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases
from bot.store.schema import file, upload

#: From this part of the room on it is said that it ends.
_SOON: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a case has and may have: files, and their bytes, with what is on its way by private links.

    `given` is how often a coordinator has allowed as much again.
    """

    files: int
    size: int
    most_files: int
    most_size: int
    given: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        return self.files >= self.most_files or self.size >= self.most_size

    @property
    def is_nearly_full(self) -> bool:
        """Whether it is time to say so."""
        return self.files >= self.most_files * _SOON or self.size >= self.most_size * _SOON

    def has_for(self, size: int) -> bool:
        """Whether one more file of so many bytes may come."""
        return self.files < self.most_files and self.size + size <= self.most_size


async def room_of(
    tx: AsyncConnection, case_id: str, *, files: int, size: int, coming: int = 0
) -> Room:
    """The room of a case; `files` and `size` are what every case may have to begin with.

    `coming` are the bytes that are to come: whether more was given is only looked up where it matters.
    """
    bytes_of = sa.func.coalesce(sa.func.sum(file.c.size), 0)
    stored = sa.select(sa.func.count(), bytes_of).where(
        file.c.case_id == case_id, file.c.blob_id.is_not(None), file.c.sha256.is_not(None)
    )
    count, there = (await tx.execute(stored)).one()
    on_the_way = sa.select(sa.func.coalesce(sa.func.sum(upload.c.length), 0)).where(
        upload.c.case_id == case_id, upload.c.state != "told"
    )
    there += (await tx.execute(on_the_way)).scalar_one()
    room = Room(files=int(count), size=int(there), most_files=files, most_size=size)
    if room.has_for(coming) and not room.is_nearly_full:
        return room
    case = await cases.load_case(tx, case_id)
    given = case.desk.more_room if case is not None else 0
    return replace(room, most_files=files * (1 + given), most_size=size * (1 + given), given=given)
