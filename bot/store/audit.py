"""The audit trail: who did what to which object, and when; never what was said or sent.

The events of a case are a chain, and those of no case another one: `audit_chain.py` says what each hash
is over, `audit_check.py` finds what was changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.append_only import FORGOTTEN
from bot.store.audit_chain import Link, commitment, event_hash, kind_of
from bot.store.db import Database, Row
from bot.store.prepared import Prepared
from bot.store.schema import cases, session
from bot.store.schema_audit import audit, audit_head

#: What a start leaves by itself, or an operator before anybody came: it gives way to what is restored.
OF_STARTS: Final = ("desk_link.made", "coordinator.set", "coordinator.unset")

#: What is left in a chain that took in events of an older version; its object is their number.
ADOPTED: Final = "audit.adopted"

#: What is left of a case that ended by joining this one; its object is the number that it had.
JOINED: Final = "case.joined"

#: Who forgets the details of a case that is erased.
ERASING: Final = "system"

_SALT_BYTES = 16

# Also where nothing changes the row is locked by this until the transaction ends: on a PostgreSQL two
# who write to one chain wait for each other, and to two chains they don't.
_HEAD = Prepared(
    insert(audit_head)
    .on_conflict_do_update(index_elements=[audit_head.c.case_id], set_={"seq": audit_head.c.seq})
    .returning(audit_head.c.seq, audit_head.c.event_id, audit_head.c.hash),
    ("case_id",),
)
_ADD = Prepared(
    sa.insert(audit).returning(audit.c.id),
    ("case_id", "at", "actor", "action", "object", "seq", "salt", "details", "hash"),
)
_GO_ON = Prepared(
    sa.update(audit_head)
    .where(audit_head.c.case_id == sa.bindparam("chain"))
    .values(
        seq=sa.bindparam("new_seq"),
        event_id=sa.bindparam("new_event_id"),
        hash=sa.bindparam("new_hash"),
    )
)


async def add(
    tx: AsyncConnection, *, case_id: str, at: float, actor: str, action: str, object: str = ""
) -> None:
    """Put one event on record; `object` is an id. `case_id` is "" for what is of no case.

    The first word of `actor` is its kind: patient, helper, coordinator, api, operator, link (whoever
    holds a private link), assistant or system; a name may follow.
    """
    event = {"case_id": case_id, "at": at, "actor": actor, "action": action, "object": object}
    await add_many(tx, (event,))


async def add_many(tx: AsyncConnection, events: Sequence[dict[str, Any]]) -> None:
    """Put events on record: dictionaries of what `add` takes."""
    by_chain: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_chain.setdefault(_stored(event["case_id"]), []).append(event)
    # Always in the same order, so that two never wait for each other.
    for case_id, found in sorted(by_chain.items()):
        link = await _newest(tx, case_id)
        for event in found:
            link = await _append(tx, link, case_id, event)
        await _go_on(tx, case_id, link)


async def note(
    db: Database, *, case_id: str, at: float, actor: str, action: str, object: str = ""
) -> None:
    """Put one event on record in a transaction of its own: that something was looked at, or taken."""
    # A chain holds up whoever writes to it too, and nobody else.
    await db.write(
        lambda tx: add(tx, case_id=case_id, at=at, actor=actor, action=action, object=object),
        about=(),
    )


async def trail(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The events of a case, oldest first: at, actor, action, object.

    Of a case that was erased, what was before has only the kind of the actor, and no object.
    """
    query = sa.select(audit.c.at, audit.c.actor, audit.c.action, audit.c.object)
    return (await tx.execute(query.where(audit.c.case_id == case_id).order_by(audit.c.id))).all()


async def joined(tx: AsyncConnection, *, case_id: str, number: str, at: float) -> None:
    """Put on record that the case of this number ended by joining the case."""
    event = {"actor": "system", "action": JOINED, "object": number}
    await add(tx, case_id=case_id, at=at, **event)


async def forget(tx: AsyncConnection, *, case_id: str, at: float) -> None:
    """Take from a case's events who by name, and which object, and put on record that it was done.

    So for the cases that had joined it, too. Their rows stay, and their hashes; what was taken is nowhere
    any more, and can't be guessed.
    """
    # Always in the same order, so that two never wait for each other.
    for number in sorted(await _with_joined(tx, case_id)):
        await _forget(tx, number, at, ERASING)


async def _with_joined(tx: AsyncConnection, case_id: str) -> set[str]:
    """A case and all that ended by joining it, or one of those."""
    found, asked = {case_id}, {case_id}
    while asked:
        query = sa.select(audit.c.object).where(
            audit.c.case_id.in_(asked), audit.c.action == JOINED, audit.c.object != ""
        )
        asked = {*(await tx.execute(query)).scalars()} - found
        found |= asked
    return found


async def forget_ended(tx: AsyncConnection, *, at: float) -> int:
    """Forget the details of cases that there are no more, where no record says which one they joined.

    A version that kept no such record has had them join. How many there were.
    """
    ended = sa.select(audit.c.case_id).where(
        audit.c.case_id != "",
        audit.c.salt.is_not(None),
        audit.c.action != FORGOTTEN,
        audit.c.case_id.not_in(sa.select(cases.c.id)),
        audit.c.case_id.not_in(sa.select(session.c.case_id)),
        audit.c.case_id.not_in(sa.select(audit.c.object).where(audit.c.action == JOINED)),
    )
    numbers = (await tx.execute(ended.distinct())).scalars().all()
    for number in sorted(numbers):
        await _forget(tx, number, at, "operator")
    return len(numbers)


async def _forget(tx: AsyncConnection, case_id: str, at: float, actor: str) -> None:
    await adopt(tx, at=at, case_id=case_id)
    await add(tx, case_id=case_id, at=at, actor=actor, action=FORGOTTEN)
    newest = await _newest(tx, _stored(case_id))
    known = (
        audit.c.case_id == case_id,
        audit.c.seq < newest.seq,
        audit.c.salt.is_not(None),
    )
    actors = sa.select(audit.c.actor).where(*known).distinct()
    for name in (await tx.execute(actors)).scalars().all():
        theirs = sa.update(audit).where(*known, audit.c.actor == name)
        await tx.execute(theirs.values(actor=kind_of(name), object="", salt=None))


async def adopt(tx: AsyncConnection, *, at: float, case_id: str | None = None) -> int:
    """Give the events a place that have none, of one case or of all; how many there were.

    A version that knew no chain wrote them, while processes were replaced one by one. That they were
    taken in is put on record.
    """
    query = sa.select(audit.c.id, audit.c.case_id, audit.c.at, audit.c.actor, audit.c.action)
    query = query.add_columns(audit.c.object).where(audit.c.seq.is_(None)).order_by(audit.c.id)
    if case_id is not None:
        query = query.where(audit.c.case_id == case_id)
    by_chain: dict[str, list[Row]] = {}
    for row in await tx.execute(query):
        by_chain.setdefault(row.case_id, []).append(row)
    for chain, rows in sorted(by_chain.items()):
        link = await _newest(tx, chain)
        for row in rows:
            values, link = _linked(link, chain, row._asdict(), row.id)
            mine = sa.update(audit).where(audit.c.id == row.id)
            await tx.execute(mine.values(**values))
        await _go_on(tx, chain, link)
        count = str(len(rows))
        await add(tx, case_id=chain, at=at, actor="operator", action=ADOPTED, object=count)
    return sum(map(len, by_chain.values()))


# ---- one chain ---------------------------------------------------------------------------------


async def _newest(tx: AsyncConnection, case_id: str) -> Link:
    head = await _HEAD.first(tx, {"case_id": case_id})
    return Link(seq=head.seq, event_id=head.event_id, hash=head.hash)


async def _append(tx: AsyncConnection, before: Link, case_id: str, event: dict[str, Any]) -> Link:
    values, link = _linked(before, case_id, event, 0)
    plain = {
        "case_id": case_id,
        "at": float(event["at"]),
        "actor": _stored(event["actor"]),
        "action": _stored(event["action"]),
        "object": _stored(event.get("object", "")),
    }
    row = await _ADD.first(tx, {**plain, **values})
    return Link(seq=link.seq, event_id=row.id, hash=link.hash)


def _linked(
    before: Link, case_id: str, event: dict[str, Any], event_id: int
) -> tuple[dict[str, Any], Link]:
    """The columns that link an event to the one before, and the link to the next."""
    salt, actor = secrets.token_hex(_SALT_BYTES), _stored(event["actor"])
    details = commitment(salt, actor, _stored(event.get("object", "")))
    hashed = event_hash(
        before,
        case_id=case_id,
        at=float(event["at"]),
        kind=kind_of(actor),
        action=_stored(event["action"]),
        details=details,
    )
    seq = before.seq + 1
    values = {"seq": seq, "salt": salt, "details": details, "hash": hashed}
    return values, Link(seq=seq, event_id=event_id, hash=hashed)


async def _go_on(tx: AsyncConnection, case_id: str, link: Link) -> None:
    new = {"new_seq": link.seq, "new_event_id": link.event_id, "new_hash": link.hash}
    await _GO_ON.run(tx, {"chain": case_id, **new})


def _stored(words: str) -> str:
    """The words as both databases keep them: PostgreSQL's text can't hold a NUL."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}")
