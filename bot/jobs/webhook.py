"""webhook: send the events of one case to one endpoint, in their order.

The job never fails: what came of a try is written at once, and it asks for itself again at the time of
the next. So the pauses are its own, and a crash only means that an event is sent twice, under one id.
"""

from __future__ import annotations

from functools import partial

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Job, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import codec, events, webhooks
from bot.store.db import Row
from bot.webhooks import sending
from bot.webhooks.endpoints import Endpoint, job_key
from bot.webhooks.events import shaped

_log = structlog.get_logger(__name__)

#: Seconds until the next try, by how many have failed; the last for all that follow.
PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
#: So often in a row, and the endpoint itself is taken for ill: then one job tries it, and no other.
_ILL = 3


async def run(shell: Shell, job: Job) -> Outcome:
    """Send what waits. With an endpoint that is not set any more goes what was for it."""
    case_id = job.text("case")
    endpoint = next(
        (one for one in shell.settings.webhook_endpoints if one.id == job.text("endpoint")), None
    )
    if endpoint is None:
        gone = job.text("endpoint")
        return Outcome(effect=lambda tx: webhooks.drop(tx, gone, case_id))
    again_at = 0.0
    async with sending.client() as http:
        while row := await shell.db.read(
            partial(webhooks.first_waiting, endpoint=endpoint.id, case_id=case_id)
        ):
            again_at = await _try(shell, http, endpoint, case_id, row)
            if again_at:
                break
    return Outcome(effect=partial(_go_on, shell, endpoint, case_id, again_at))


async def _go_on(
    shell: Shell, endpoint: Endpoint, case_id: str, again_at: float, tx: AsyncConnection
) -> None:
    """Whatever has come to wait since the last look is sent too, or what waits for its time."""
    if await webhooks.first_waiting(tx, endpoint.id, case_id) is not None:
        await shell.queue.add(
            tx,
            "webhook",
            {"endpoint": endpoint.id, "case": case_id},
            key=job_key(endpoint.id, case_id),
            run_at=codec.moment(again_at) if again_at else None,
            case_id=case_id,
        )


async def _try(
    shell: Shell, http: httpx.AsyncClient, endpoint: Endpoint, case_id: str, row: Row
) -> float:
    """Send one event; when to try it again, 0 where that is settled."""
    now = codec.seconds(shell.clock())
    too_old = now - row.at > shell.settings.webhook_give_up_hours * 3600.0
    health = await shell.db.read(partial(webhooks.endpoint, endpoint_id=endpoint.id))
    if health is not None and not await _may_try(shell, health, now):
        if not too_old:
            return max(float(health.next_at), now + PAUSES[0])
        gone = partial(webhooks.settle, send_id=row.id, state="given_up", answer=health.answer)
        await shell.db.write(gone, about=[case_id])
        return 0.0
    event = shaped(row.uid, row.type, row.event_at, row.body, shell.settings.base_url)
    answer = await sending.post(http, endpoint, shell.settings.webhook_secrets, event)
    now = codec.seconds(shell.clock())
    pause = max(_pause(row.attempts), answer.wait)
    state = "sent" if answer.taken else "given_up" if too_old else "waiting"

    async def write(tx: AsyncConnection) -> None:
        await webhooks.settle(tx, row.id, state=state, answer=answer.code)
        if answer.taken:
            return await webhooks.took(tx, endpoint.id, now, answer.code)
        known = await webhooks.endpoint(tx, endpoint.id)
        failures = 1 if known is None else known.failures + 1
        ill = _pause(failures - _ILL) if failures >= _ILL else 0.0
        await webhooks.failed(
            tx,
            endpoint.id,
            failures=failures,
            next_at=now + max(ill, answer.wait),
            now=now,
            answer=answer.code,
        )

    await shell.db.write(write, about=[case_id, f"webhook:{endpoint.id}"])
    if not answer.taken:
        _log.warning(
            "webhook_not_taken",
            host=endpoint.host,
            what=row.uid,
            answer=answer.code,
            given_up=too_old,
            tries=row.attempts + 1,
        )
    return now + pause if state == "waiting" else 0.0


def _pause(failed: int) -> float:
    return PAUSES[min(max(failed, 0), len(PAUSES) - 1)]


async def _may_try(shell: Shell, health: Row, now: float) -> bool:
    """Whether an endpoint may be asked: of an ill one this job sees whether it is well again."""
    if health.next_at > now:
        return False
    if health.failures < _ILL:
        return True
    until = now + 2 * sending.SECONDS
    claim = partial(webhooks.claim, endpoint_id=health.id, now=now, until=until)
    return await shell.db.write(claim, about=[f"webhook:{health.id}"])


async def again(tx: AsyncConnection, queue: Queue, now: float) -> int:
    """Send at once what waits or was given up; for how many cases."""
    waiting = await webhooks.again(tx, now)
    for row in waiting:
        await queue.add(
            tx,
            "webhook",
            {"endpoint": row.endpoint, "case": row.case_id},
            key=job_key(row.endpoint, row.case_id),
            case_id=row.case_id,
            move=True,
        )
    return len({row.case_id for row in waiting})


async def tidy(tx: AsyncConnection, now: float) -> None:
    """Forget what was settled long ago, and events that nobody can ask for any more."""
    await webhooks.forget_old(tx, now)
    await events.forget_old(tx, now)
