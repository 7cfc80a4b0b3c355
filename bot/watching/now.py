"""How things stand in the store, asked when somebody looks: what waits, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.shell import Shell
from bot.store import codec
from bot.store.desk_rows import UNREADABLE
from bot.store.schema import cases, desk_row, inbox, job, message, upload
from bot.watching.measures import HEARTS, REGISTRY


@dataclass(kw_only=True)
class Standing:
    """Numbers of one moment; ages are in seconds."""

    jobs: dict[tuple[str, str], int] = field(default_factory=dict)
    lags: dict[str, float] = field(default_factory=dict)
    inbox: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    uploads: int = 0
    unreadable: int = 0
    keys_missing: bool = False
    oldest_turn: float = 0.0
    oldest_message: float = 0.0


async def standing(shell: Shell) -> Standing:
    """How things stand now. All that is counted over is indexed, but for the cases by status."""
    now = codec.seconds(shell.clock())
    found = await shell.db.read(lambda tx: _read(tx, now))
    found.keys_missing = bool(shell.db.keys.ring.trouble)
    return found


async def _read(tx: AsyncConnection, now: float) -> Standing:
    found = Standing()
    count = sa.func.count()
    waits = job.c.state == "ready"
    asked = sa.select(job.c.kind, sa.func.count(job.c.lease), count, sa.func.min(job.c.run_at))
    for kind, running, ready, due in await tx.execute(asked.where(waits).group_by(job.c.kind)):
        found.jobs[kind, "running"] = running
        found.jobs[kind, "waiting"] = ready - running
        found.lags[kind] = max(now - due, 0.0)
    dead = sa.select(job.c.kind, count).where(job.c.state == "dead").group_by(job.c.kind)
    for kind, number in await tx.execute(dead):
        found.jobs[kind, "given_up"] = number
    new = sa.select(count, sa.func.min(inbox.c.received_at)).where(inbox.c.state == "new")
    waiting, oldest = (await tx.execute(new)).one()
    found.inbox["waiting"] = waiting
    found.oldest_turn = max(now - oldest, 0.0) if oldest else 0.0
    unsent = message.c.state.in_(("pending", "sending", "unknown"))
    due_at = sa.func.min(message.c.due_at)
    by_state = sa.select(message.c.state, count, due_at).where(unsent).group_by(message.c.state)
    for state, number, due in await tx.execute(by_state):
        found.messages[state] = number
        found.oldest_message = max(found.oldest_message, now - due)
    for status, number in await tx.execute(
        sa.select(cases.c.status, count).group_by(cases.c.status)
    ):
        found.cases[status] = number
    # As the desk's list has found them, at a start and whenever somebody looks.
    broken = sa.select(count).select_from(desk_row).where(desk_row.c.reasons == UNREADABLE)
    found.unreadable = (await tx.execute(broken)).scalar_one()
    coming = sa.select(count).select_from(upload).where(upload.c.state == "open")
    found.uploads = (await tx.execute(coming)).scalar_one()
    return found


def exposition(found: Standing) -> bytes:
    """What Prometheus reads: the numbers of now, and what this process has counted."""
    registry = CollectorRegistry()
    registry.register(_Now(found))
    return bytes(generate_latest(REGISTRY) + generate_latest(registry))


class _Now(Collector):
    def __init__(self, found: Standing) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._found
        jobs = _gauge("so_jobs_now", "Jobs by kind and state", "kind", "state")
        for (kind, state), number in found.jobs.items():
            jobs.add_metric([kind, state], number)
        yield jobs
        yield _by("so_job_lag_seconds", "Since the oldest job of a kind is due", "kind", found.lags)
        yield _by("so_inbox_now", "What arrived and has had no turn", "state", found.inbox)
        yield _one("so_inbox_lag_seconds", "Since the oldest of it has arrived", found.oldest_turn)
        yield _by("so_messages_now", "What is still to be sent", "state", found.messages)
        yield _one("so_message_lag_seconds", "Since the oldest of it is due", found.oldest_message)
        yield _by("so_cases_now", "Cases by status", "status", found.cases)
        yield _one("so_cases_unreadable_now", "Cases that can't be read", found.unreadable)
        yield _one("so_keys_missing_now", "1 without an operator's key", int(found.keys_missing))
        yield _one("so_uploads_now", "Files on their way", found.uploads)
        yield _by("so_heart_age_seconds", "Since a loop was seen", "loop", HEARTS.ages())


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=labels)


def _by(
    name: str, words: str, label: str, values: dict[str, float] | dict[str, int]
) -> GaugeMetricFamily:
    family = _gauge(name, words, label)
    for one, value in values.items():
        family.add_metric([one], value)
    return family


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
