"""Forgetting: whose chat it was, where nothing was agreed to or everything is erased.

The address goes, and with it what a vendor calls the person; the row stays, under its own id, so that
what was delivered before is known for what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import chat
from bot.store import codec, contacts
from bot.store.db import wake
from bot.store.messages import WAITING
from bot.store.reach import EVERYWHERE, KNOCK
from bot.store.schema import cases, file, handoff, message, session
from bot.store.sealed import maybe_broken, sealed
from bot.store.unreadable import case_of
from checklist.case import Case

#: What `session.reach` says of a chat of which nobody knows any more where it was.
FORGOTTEN: Final = "forgotten"

_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A case in which nothing was said or sent since `last_at`, seconds since 1970; without its records.

    `asked_at` is when a person was last asked for who has not answered yet, `seen_to_at` when a person was
    done; 0 for never. `reached_at` is when the warning before its erasure first arrived in a chat that
    rings, or there the word that there is news; None for nowhere yet.
    """

    case: Case
    last_at: float
    asked_at: float = 0.0
    seen_to_at: float = 0.0
    reached_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietPage:
    """Some of them, by id, and up to which case they were looked for; what can't be read is left out."""

    cases: Sequence[Quiet]
    last_id: str


async def forget_chats(tx: AsyncConnection, case_id: str) -> None:
    """Forget where the chats of a case are. Nothing more can be said there; who writes begins anew."""
    rows = (await tx.execute(sa.select(session).where(session.c.case_id == case_id))).all()
    for row in rows:
        unsaid = sa.update(message).where(
            message.c.session_id == row.id, message.c.state.in_((*WAITING, "held", "kept"))
        )
        await tx.execute(unsaid.values(state="withheld"))
        await tx.execute(
            sa.update(session)
            .where(session.c.id == row.id)
            .values(
                address=sealed(case_id, f"{FORGOTTEN}:{row.id}"),
                address_hash="",
                body=None,
                locale="",
                reach=FORGOTTEN,
            )
        )
        await contacts.forget(tx, row.address)
        wake(tx, chat(row.id))


async def quiet(
    tx: AsyncConnection, before: float, after_id: str, ringing: Collection[str]
) -> QuietPage | None:
    """Cases in whose chats nothing was heard since `before`, by id after `after_id`, not all at once.

    Those of which not even the address is kept any more are left out. None where none is left: a page
    may be empty, for a chat has a case of which nothing is written yet. `ringing` are the channels where
    somebody hears that something was said.
    """
    last = sa.func.max(sa.func.coalesce(session.c.last_inbound_at, session.c.created_at))
    found = (
        sa.select(session.c.case_id, last.label("last_at"))
        .where(session.c.reach != FORGOTTEN, session.c.case_id > after_id)
        .group_by(session.c.case_id)
        .having(last < before)
        .order_by(session.c.case_id)
        .limit(_MOST)
    )
    ids = {row.case_id: row.last_at for row in await tx.execute(found)}
    if not ids:
        return None
    sent = sa.select(file.c.case_id, sa.func.max(file.c.received_at).label("at"))
    sent = sent.where(file.c.case_id.in_(list(ids))).group_by(file.c.case_id)
    files = {row.case_id: row.at for row in await tx.execute(sent)}
    people = await _people(tx, list(ids))
    bodies = sa.select(cases.c.id, maybe_broken(cases.c.body)).where(cases.c.id.in_(list(ids)))
    rows = await tx.execute(bodies.order_by(cases.c.id))
    known = [case for row in rows if (case := case_of(row.id, row.body)) is not None]
    reached = await _reached(tx, known, ringing)
    found_cases = [
        Quiet(
            case=case,
            last_at=max(ids[case.id], files.get(case.id, 0.0)),
            asked_at=people.get(case.id, (0.0, 0.0))[0],
            seen_to_at=people.get(case.id, (0.0, 0.0))[1],
            reached_at=reached.get(case.id),
        )
        for case in known
    ]
    return QuietPage(cases=found_cases, last_id=list(ids)[-1])


async def _reached(
    tx: AsyncConnection, found: Iterable[Case], ringing: Collection[str]
) -> Mapping[str, float]:
    """When a warning first arrived in a chat that rings, or the knock for it, by case."""
    warned = {case.id: codec.seconds(case.warned_at) for case in found if case.warned_at}
    said = sa.select(message.c.case_id, message.c.sent_at).where(
        message.c.case_id.in_(list(warned)),
        message.c.direction == "out",
        message.c.state == "sent",
        message.c.kind.in_((EVERYWHERE, KNOCK)),
        message.c.channel.in_(ringing),
    )
    first: dict[str, float] = {}
    for row in await tx.execute(said) if warned else ():
        if row.sent_at is not None and row.sent_at >= warned[row.case_id]:
            first[row.case_id] = min(row.sent_at, first.get(row.case_id, row.sent_at))
    return first


async def _people(
    tx: AsyncConnection, case_ids: Sequence[str]
) -> Mapping[str, tuple[float, float]]:
    """When a person was last asked for who has not answered, and when one was done, by case; 0 for never."""
    open_ = sa.case((handoff.c.closed_at.is_(None), handoff.c.opened_at), else_=0.0)
    found = (
        sa.select(
            handoff.c.case_id,
            sa.func.max(open_).label("asked"),
            sa.func.coalesce(sa.func.max(handoff.c.closed_at), 0.0).label("done"),
        )
        .where(handoff.c.case_id.in_(case_ids))
        .group_by(handoff.c.case_id)
    )
    return {row.case_id: (row.asked, row.done) for row in await tx.execute(found)}
