"""What could not be dealt with, for `second-opinion set-aside`: messages and jobs that were given up.

They hold up nobody. The list says what, why and since when, and nothing of what a patient wrote; a
message's own words are shown only where they are asked for, and that is put on record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App, StartError
from bot.store import audit, codec, inbox, set_aside
from bot.store.codec import BROKEN
from bot.store.db import Row


class SetAside(TypedDict):
    """One of them. `id` is `m` or `j` and a number; times are ISO 8601, UTC; `tries` so far."""

    id: str
    what: str
    case: str
    arrived: str
    given_up: str
    tries: int
    why: str


async def listed(app: App) -> list[SetAside]:
    """All of them, messages first, the oldest first."""
    rows = await app.db.read(set_aside.dead)
    jobs = await app.db.read(app.queue.failed)
    return [_message(row) for row in rows] + [
        SetAside(
            id=f"j{job.id}",
            what=f"job {job.kind}",
            case=job.case_id or "",
            arrived=job.created_at.isoformat(timespec="seconds"),
            given_up="",
            tries=job.attempt,
            why=job.error,
        )
        for job in jobs
    ]


def _message(row: Row) -> SetAside:
    what = "update" if row.channel == inbox.INTERNAL else f"message from {row.channel}"
    return SetAside(
        id=f"m{row.id}",
        what=what,
        case=row.case_id,
        arrived=codec.moment(row.received_at).isoformat(timespec="seconds"),
        given_up=codec.moment(row.at).isoformat(timespec="seconds") if row.at else "",
        tries=row.attempts,
        why=row.reason or "unknown",
    )


def to_text(rows: Sequence[SetAside]) -> str:
    """The list for a terminal."""
    if not rows:
        return "Nothing was set aside."
    return "\n".join(
        f"{row['id']}  {row['what']}, case {row['case'] or '-'}: {row['why']}\n"
        f"    arrived {row['arrived']}, given up {row['given_up'] or '-'}, tries {row['tries']}"
        for row in rows
    )


async def shown(app: App, wanted: str) -> str:
    """All that is kept of one, as JSON. For a message these are a patient's own words."""
    message, number = _number(wanted, "m"), _number(wanted, "j")
    row = None if message is None else await app.db.write(partial(_read, app, message))
    if row is not None:
        return _pretty({**_message(row), "raw": json.loads(row.raw)})
    for job in await app.db.read(app.queue.failed):
        if job.id == number:
            return _pretty({"id": wanted, "kind": job.kind, "args": job.args, "why": job.error})
    raise StartError(f"{wanted} is not set aside: `second-opinion set-aside` lists what is")


async def _read(app: App, row_id: int, tx: AsyncConnection) -> Row | None:
    row = _whole(await set_aside.dead_row(tx, row_id))
    if row is not None:
        await _on_record(app, tx, row, "set_aside.read")
    return row


async def again(app: App, wanted: str) -> None:
    """Have one taken once more, by the program that runs or at its next start."""
    message, job = _number(wanted, "m"), _number(wanted, "j")
    taken = False
    if message is not None:
        taken = await app.db.write(partial(_revive, app, message))
    elif job is not None:
        taken = await app.db.write(lambda tx: app.queue.retry(tx, job))
    if not taken:
        raise StartError(f"{wanted} is not set aside: `second-opinion set-aside` lists what is")


async def _revive(app: App, row_id: int, tx: AsyncConnection) -> bool:
    row = _whole(await set_aside.dead_row(tx, row_id))
    if row is None or await set_aside.revive(tx, row_id) is None:
        return False
    await _on_record(app, tx, row, "set_aside.again")
    return True


def _whole(row: Row | None) -> Row | None:
    if row is not None and row.raw == BROKEN:
        raise StartError(
            "its words are damaged, or need a key that isn't here: second-opinion doctor"
        )
    return row


async def _on_record(app: App, tx: AsyncConnection, row: Row, action: str) -> None:
    await audit.add(
        tx,
        case_id=row.case_id,
        at=codec.seconds(app.clock()),
        actor="operator",
        action=action,
        object=f"m{row.id}",
    )


def _number(wanted: str, letter: str) -> int | None:
    number = wanted.removeprefix(letter)
    return int(number) if number != wanted and number.isascii() and number.isdigit() else None


def _pretty(what: dict[str, Any]) -> str:
    return json.dumps(what, ensure_ascii=False, indent=2)
