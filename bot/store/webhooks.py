"""Webhooks: events on their way to other systems, and how each of these answers."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import event
from bot.store.schema import webhook_endpoint as endpoints
from bot.store.schema import webhook_send as sends

#: How long it is known of an event that it was sent.
KEPT_SECONDS = 30 * 86400.0


# ---- events on their way -----------------------------------------------------------------------


async def add(
    tx: AsyncConnection, *, endpoint: str, event_id: int, case_id: str, at: float
) -> None:
    """An event is to be sent to an endpoint."""
    values = {"endpoint": endpoint, "event_id": event_id, "case_id": case_id, "at": at}
    await tx.execute(sa.insert(sends).values(**values))


async def first_waiting(tx: AsyncConnection, endpoint: str, case_id: str) -> Row | None:
    """The oldest of a case: its `id`, `attempts`, `at`, and the event's `uid`, `type`, `body`, `event_at`."""
    query = (
        sa.select(
            sends.c.id,
            sends.c.attempts,
            sends.c.at,
            event.c.uid,
            event.c.type,
            event.c.body,
            event.c.at.label("event_at"),
        )
        .join(event, event.c.id == sends.c.event_id)
        .where(sends.c.endpoint == endpoint, sends.c.case_id == case_id, sends.c.state == "waiting")
        .order_by(sends.c.id)
        .limit(1)
    )
    return (await tx.execute(query)).first()


async def settle(tx: AsyncConnection, send_id: int, *, state: str, answer: str) -> None:
    """What came of one try: `state` is what it is now."""
    mine = sa.update(sends).where(sends.c.id == send_id)
    await tx.execute(mine.values(state=state, answer=answer, attempts=sends.c.attempts + 1))


async def drop(tx: AsyncConnection, endpoint: str, case_id: str) -> None:
    """Forget what was for an endpoint that is not set any more."""
    mine = sa.delete(sends).where(sends.c.endpoint == endpoint, sends.c.case_id == case_id)
    await tx.execute(mine.where(sends.c.state == "waiting"))


async def scrub(tx: AsyncConnection, case_id: str) -> None:
    """Forget what was to be said of a case."""
    await tx.execute(sa.delete(sends).where(sends.c.case_id == case_id))


async def given_up(tx: AsyncConnection, case_id: str = "") -> Sequence[Row]:
    """What was given up, of one case or of all: `endpoint`, `case_id`, `type`, `answer`, `at`."""
    query = sa.select(
        sends.c.endpoint, sends.c.case_id, sends.c.answer, sends.c.at, event.c.type
    ).join(event, event.c.id == sends.c.event_id)
    if case_id:
        query = query.where(sends.c.case_id == case_id)
    found = query.where(sends.c.state == "given_up").order_by(sends.c.id)
    return (await tx.execute(found)).all()


async def again(tx: AsyncConnection, now: float) -> Sequence[Row]:
    """Try everything again that waits or was given up: pairs of `endpoint` and `case_id`."""
    aside = sa.update(sends).where(sends.c.state == "given_up")
    # It is given up by its age.
    await tx.execute(aside.values(state="waiting", attempts=0, at=now))
    await tx.execute(sa.update(endpoints).values(next_at=0.0))
    query = sa.select(sends.c.endpoint, sends.c.case_id).where(sends.c.state == "waiting")
    return (await tx.execute(query.distinct())).all()


async def counts(tx: AsyncConnection) -> dict[tuple[str, str], int]:
    """How many events there are by endpoint and state."""
    query = sa.select(sends.c.endpoint, sends.c.state, sa.func.count().label("n"))
    rows = await tx.execute(query.group_by(sends.c.endpoint, sends.c.state))
    return {(row.endpoint, row.state): int(row.n) for row in rows}


async def forget_old(tx: AsyncConnection, now: float) -> None:
    """Forget what was settled long ago."""
    old = sends.c.at < now - KEPT_SECONDS
    await tx.execute(sa.delete(sends).where(sends.c.state != "waiting", old))


# ---- endpoints ---------------------------------------------------------------------------------


async def endpoint(tx: AsyncConnection, endpoint_id: str) -> Row | None:
    """How an endpoint has answered so far, or None where it was never asked."""
    query = sa.select(endpoints).where(endpoints.c.id == endpoint_id)
    return (await tx.execute(query)).first()


async def claim(tx: AsyncConnection, endpoint_id: str, now: float, until: float) -> bool:
    """Be the one who tries an endpoint that didn't answer; others leave it alone `until` then."""
    mine = sa.update(endpoints).where(endpoints.c.id == endpoint_id, endpoints.c.next_at <= now)
    return bool((await tx.execute(mine.values(next_at=until))).rowcount)


async def took(tx: AsyncConnection, endpoint_id: str, now: float, answer: str) -> None:
    """The endpoint took an event: it is well."""
    await _write(
        tx, endpoint_id, failures=0, next_at=0.0, failing_since=None, taken_at=now, answer=answer
    )


async def failed(
    tx: AsyncConnection, endpoint_id: str, *, failures: int, next_at: float, now: float, answer: str
) -> None:
    """The endpoint did not take an event, for the so-and-so-many-th time in a row."""
    row = await endpoint(tx, endpoint_id)
    since = now if row is None or row.failing_since is None else row.failing_since
    await _write(
        tx, endpoint_id, failures=failures, next_at=next_at, failing_since=since, answer=answer
    )


async def _write(tx: AsyncConnection, endpoint_id: str, **values: object) -> None:
    new = insert(endpoints).values(id=endpoint_id, **values)
    await tx.execute(new.on_conflict_do_update(index_elements=[endpoints.c.id], set_=values))
