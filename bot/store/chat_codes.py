"""Codes by which another chat joins a case, and how a chat comes to belong to another case.

Only the SHA-256 of a code is stored, and it is found by that: how long the look-up takes tells
nothing of a code. A short code has 35 bits, lasts minutes and works once; a chat has five wrong
tries in an hour, and all chats together sixty in a minute. Whoever used up all of these for a year,
with ten codes open at any time, would find one with a chance of one in a hundred.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import (
    case_key,
    cases,
    chat_code,
    chat_try,
    desk_row,
    file,
    handoff,
    inbox,
    link,
    message,
    session,
    upload,
)
from bot.store.sealed import Sealed, maybe_sealed, sealed

_PER_CHAT, _HOUR = 5, 3600.0
_OVERALL, _MINUTE = 60, 60.0


async def add(
    tx: AsyncConnection,
    *,
    code_hash: str,
    case_id: str,
    session_id: str,
    writer: str,
    expires_at: float,
) -> None:
    """Hand out a code in a chat; it takes the place of that chat's earlier one, if that is unused."""
    await revoke(tx, session_id, unused=True)
    values = {
        "code_hash": code_hash,
        "case_id": case_id,
        "session_id": session_id,
        "writer": writer,
        "expires_at": expires_at,
    }
    await tx.execute(sa.insert(chat_code), values)


async def revoke(tx: AsyncConnection, session_id: str, *, unused: bool = False) -> None:
    """End the codes that a chat has handed out; with `unused`, only those that nobody has used."""
    mine = sa.delete(chat_code).where(chat_code.c.session_id == session_id)
    await tx.execute(mine.where(chat_code.c.used_by == "") if unused else mine)


async def scrub(tx: AsyncConnection, case_id: str, session_id: str) -> None:
    """End the codes of a case, and the one that a chat of it has used for another case."""
    mine = sa.or_(chat_code.c.case_id == case_id, chat_code.c.used_by == session_id)
    await tx.execute(sa.delete(chat_code).where(mine))


async def forget(tx: AsyncConnection, now: float) -> None:
    """Forget the codes that have ended, and the wrong tries that count no more."""
    await tx.execute(sa.delete(chat_code).where(chat_code.c.expires_at <= now))
    await tx.execute(sa.delete(chat_try).where(chat_try.c.at < now - _HOUR))


_WRITER = sa.case((chat_code.c.writer != "", chat_code.c.writer), else_=session.c.writer)
_CODE = sa.select(
    chat_code.c.code_hash,
    chat_code.c.case_id,
    chat_code.c.session_id,
    _WRITER.label("writer"),
    (chat_code.c.writer == "").label("same"),
    # The same person speaks the same language.
    sa.case((chat_code.c.writer == "", session.c.locale), else_="").label("locale"),
).join(session, session.c.id == chat_code.c.session_id)


async def find(tx: AsyncConnection, code_hash: str, now: float) -> Row | None:
    """A code that works and is unused, with the chat that handed it out.

    Its case_id, session_id, writer, same (whoever writes there), locale.
    """
    mine = (chat_code.c.code_hash == code_hash, chat_code.c.used_by == "")
    return await _first(tx, *mine, chat_code.c.expires_at > now)


async def used_by(tx: AsyncConnection, session_id: str, now: float) -> Row | None:
    """The code that a chat has used and has yet to join by, as `find` gives it."""
    return await _first(tx, chat_code.c.used_by == session_id, chat_code.c.expires_at > now)


async def _first(tx: AsyncConnection, *which: sa.ColumnElement[bool]) -> Row | None:
    found: Row | None = (await tx.execute(_CODE.where(*which))).first()
    return found


async def use(tx: AsyncConnection, code_hash: str, session_id: str, until: float) -> bool:
    """Keep a code for this chat alone until then; False where another chat was faster.

    An earlier one that it has used ends.
    """
    await tx.execute(sa.delete(chat_code).where(chat_code.c.used_by == session_id))
    free = (chat_code.c.code_hash == code_hash, chat_code.c.used_by == "")
    mine = sa.update(chat_code).where(*free).values(used_by=session_id, expires_at=until)
    return bool((await tx.execute(mine)).rowcount)


async def use_up(tx: AsyncConnection, code_hash: str) -> None:
    """A code has done its work, and works no more."""
    await tx.execute(sa.delete(chat_code).where(chat_code.c.code_hash == code_hash))


# ---- wrong ones --------------------------------------------------------------------------------


async def tried_too_often(tx: AsyncConnection, session_id: str, now: float) -> bool:
    """Whether no more codes are looked at for this chat for a while."""
    lately = sa.select(sa.func.count()).select_from(chat_try)
    mine = lately.where(chat_try.c.session_id == session_id, chat_try.c.at > now - _HOUR)
    everybody = lately.where(chat_try.c.at > now - _MINUTE)
    return (await tx.execute(mine)).scalar_one() >= _PER_CHAT or (
        await tx.execute(everybody)
    ).scalar_one() >= _OVERALL


async def note_wrong(tx: AsyncConnection, session_id: str, now: float) -> None:
    """Count a wrong code."""
    await forget(tx, now)
    await tx.execute(sa.insert(chat_try), {"session_id": session_id, "at": now})


# ---- another case ------------------------------------------------------------------------------


async def holds_files(tx: AsyncConnection, case_id: str) -> bool:
    """Whether files came, or are coming, to a case."""
    there = sa.or_(
        sa.exists().where(file.c.case_id == case_id, file.c.state != "erased"),
        sa.exists().where(upload.c.case_id == case_id),
    )
    return bool((await tx.execute(sa.select(there))).scalar())


async def sealed_for(
    tx: AsyncConnection, session_id: str, case_id: str
) -> dict[str, Sealed | None]:
    """Where a chat is and what state it is in, sealed for this case: its columns."""
    query = sa.select(session.c.address, session.c.body).where(session.c.id == session_id)
    row = (await tx.execute(query)).one()
    return {"address": sealed(case_id, row.address), "body": maybe_sealed(case_id, row.body)}


async def seal_again(tx: AsyncConnection, case_id: str) -> None:
    """Seal the chats of a case with its newest key."""
    chats = await tx.execute(sa.select(session.c.id).where(session.c.case_id == case_id))
    for session_id in chats.scalars().all():
        again = await sealed_for(tx, session_id, case_id)
        await tx.execute(sa.update(session).where(session.c.id == session_id).values(**again))


#: What goes with a chat, and which words of it are sealed: they are the other case's from then on.
_MOVED: tuple[tuple[sa.Table, tuple[str, ...]], ...] = (
    (inbox, ("raw",)),
    (message, ("body", "rendered")),
    (link, ("name",)),
)


async def move_chat(tx: AsyncConnection, session_id: str, old: str, new: str) -> bool:
    """Have a chat belong to another case, with all that was said in it and is yet to be read.

    What it leaves is deleted where no other chat is part of it; whether it was.
    """
    for table, words in _MOVED:
        mine = (table.c.session_id == session_id, table.c.case_id == old)
        for row in (await tx.execute(sa.select(table).where(*mine))).all():
            again = {name: maybe_sealed(new, row._mapping[name]) for name in words}
            this = sa.update(table).where(table.c.id == row.id)
            await tx.execute(this.values(case_id=new, **again))
    moved = sa.update(session).where(session.c.id == session_id)
    again = await sealed_for(tx, session_id, new)
    await tx.execute(moved.values(case_id=new, **again))
    if (await tx.execute(sa.select(sa.exists().where(session.c.case_id == old)))).scalar():
        return False
    await tx.execute(sa.update(handoff).where(handoff.c.case_id == old).values(case_id=new))
    await tx.execute(sa.delete(cases).where(cases.c.id == old))
    # What was said before is in backups by the key of then: it ends with the case that it is in now.
    theirs = sa.update(case_key).where(case_key.c.case_id == old)
    await tx.execute(theirs.values(case_id=new))
    # The list makes its lines from the cases that there are: of one that is gone it would keep it.
    await tx.execute(sa.delete(desk_row).where(desk_row.c.case_id == old))
    return True
