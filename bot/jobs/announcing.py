"""Announcing: what happened, as rows in the transaction in which it happened, and who is to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Queue
from bot.store import events, webhooks
from bot.webhooks.endpoints import job_key
from checklist.case import Case
from handlers.happenings import Happening


async def announce(
    tx: AsyncConnection,
    queue: Queue,
    endpoints: Sequence[str],
    case: Case,
    told: Sequence[Happening],
    now: float,
    **more: int,
) -> None:
    """Write what happened to a case, last of all in its transaction, and have the endpoints told.

    `endpoints` are their ids; `more` is what else the events are about. With a case everything that
    was told of it is forgotten, but that it was.
    """
    if any(one.kind == "case.erased" for one in told):
        await events.scrub(tx, case.id)
        await webhooks.scrub(tx, case.id)
    for one in told:
        about = {name: value for name, value in asdict(one).items() if value and name != "kind"}
        body = {"case": case.id, "status": case.status, "version": case.version, **about, **more}
        event_id = await events.add(tx, case_id=case.id, type=one.kind, body=body, at=now)
        for endpoint in endpoints:
            await webhooks.add(tx, endpoint=endpoint, event_id=event_id, case_id=case.id, at=now)
    for endpoint in endpoints if told else ():
        await queue.add(
            tx,
            "webhook",
            {"endpoint": endpoint, "case": case.id},
            key=job_key(endpoint, case.id),
            case_id=case.id,
        )
