"""Jobs on PostgreSQL: Procrastinate's, behind the same protocol as the lease table.

A row of `job` says what is to be done, under which key, how often it was tried. Procrastinate says when,
and who: each row has one of its jobs standing for it, a note that only holds the row's number. It is
deferred in the transaction of whoever asks, wakes workers by NOTIFY, is fetched by one of them, and is
given to another when that one's heart has stopped. All of it is done with Procrastinate's own manager, on
the connection of the transaction at hand. Settling is not fenced there, so it is here: the row's lease is
taken, and with it the note, or nothing is written.

Each job that is run is a worker to Procrastinate, with a heart of its own: one that could not be settled,
because the database was away, is given to another although its process lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import NoResult
from procrastinate.jobs import Job as Note
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.lease_table import READY, LeaseTable, held_job
from bot.jobs.queue import Args, Job
from bot.store.schema import job as table

#: Workers that have not been heard of for so long are forgotten.
_FORGOTTEN_SECONDS = 86400.0

# Procrastinate asks what is due only when it fetches; we ask first, so that an idle worker writes nothing.
_NEXT = sa.text(
    "SELECT min(CASE WHEN note.status = 'todo'"
    " THEN greatest(extract(epoch FROM note.scheduled_at - now()), 0) ELSE 0 END)"
    " FROM procrastinate_jobs note LEFT JOIN procrastinate_workers worker"
    " ON worker.id = note.worker_id"
    " WHERE note.queue_name = ANY(:kinds) AND (note.status = 'todo' OR note.status = 'doing'"
    " AND coalesce(worker.last_heartbeat, '-infinity') < now() - make_interval(secs => :lease))"
)
# Only one worker takes a dead one's job over, and not while it is being settled after all.
_TAKE_OVER = sa.text(
    "SELECT id FROM procrastinate_jobs WHERE id = :note AND status = 'doing'"
    " AND worker_id IS NOT DISTINCT FROM :worker FOR UPDATE SKIP LOCKED"
)
_DROP_WAITING = sa.text("DELETE FROM procrastinate_jobs WHERE id = ANY(:notes) AND status = 'todo'")
_DROP_MINE = sa.text(
    "DELETE FROM procrastinate_jobs WHERE id = :note AND status = 'doing' AND worker_id = :worker"
)


class ProcrastinateQueue(LeaseTable):
    """The queue on PostgreSQL; see `bot.jobs.queue.Queue` for what its methods promise."""

    # ---- for those who want something done -----------------------------------------------------

    async def add(
        self,
        tx: AsyncConnection,
        kind: str,
        args: Args,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        priority: int = 0,
        case_id: str | None = None,
        move: bool = False,
    ) -> bool:
        """Add a job, or move the unfinished one of that key; False when it stands as it was."""
        row = await self.ask(
            tx, kind, args, key=key, run_at=run_at, priority=priority, case_id=case_id, move=move
        )
        if row is None:
            return False
        if row.note is not None:
            # One that is just being run has lost its lease, and drops its own note.
            await tx.execute(_DROP_WAITING, {"notes": [row.note]})
        wait = (run_at - self._clock()).total_seconds() if run_at else 0.0
        await self._defer(tx, row.id, kind, priority, wait)
        return True

    async def cancel(self, tx: AsyncConnection, key: str) -> bool:
        """Forget the unfinished job of that key; False where there is none."""
        return bool(await self._drop(tx, table.c.key == key))

    async def drop(self, tx: AsyncConnection, case_id: str, kinds: Sequence[str]) -> int:
        """Forget the unfinished jobs of a case; how many."""
        return await self._drop(tx, table.c.case_id == case_id, table.c.kind.in_(kinds))

    async def retry(self, tx: AsyncConnection, job_id: int) -> bool:
        """Try a job again that was given up; False where there is none, or one took its place."""
        if not await super().retry(tx, job_id):
            return False
        asked = sa.select(table.c.kind, table.c.priority).where(table.c.id == job_id)
        row = (await tx.execute(asked)).one()
        await self._defer(tx, job_id, row.kind, row.priority, 0.0)
        return True

    # ---- for workers ---------------------------------------------------------------------------

    async def next_due(self, kinds: Sequence[str]) -> float | None:
        """When the next job of these kinds is due, in seconds since 1970; None for never.

        It is the database's clock that decides: those of several machines never quite agree.
        """

        async def work(tx: AsyncConnection) -> float | None:
            asked = {"kinds": list(kinds), "lease": self.lease}
            wait: float | None = (await tx.execute(_NEXT, asked)).scalar()
            return None if wait is None else self._now() + float(wait)

        return await self._db.read(work)

    async def claim(self, kinds: Sequence[str], most: int) -> list[Job]:
        """Take the jobs that are due, the most urgent first, each with a lease of its own."""

        async def work(tx: AsyncConnection) -> list[Job]:
            manager = _manager(tx)
            await self._take_over(tx, manager)
            taken: list[Job] = []
            while len(taken) < most:
                worker = await manager.register_worker()
                note = await manager.fetch_job(queues=list(kinds), worker_id=worker)
                if note is None:
                    await manager.unregister_worker(worker)
                    break
                taken += await self._claim(tx, manager, note, worker)
            return taken

        return await self._db.write(work, about=())

    async def renew(self, held: Job) -> bool:
        """Hold a job for longer; False when it was taken away."""

        async def work(tx: AsyncConnection) -> bool:
            await _manager(tx).update_heartbeat(_worker_of(held))
            mine = sa.select(table.c.id).where(
                table.c.id == held.id, table.c.lease == held.lease, READY
            )
            return (await tx.execute(mine)).first() is not None

        return await self._db.write(work, about=())

    async def release_all(self) -> int:
        """Nothing: other workers may hold what is held, and the dead ones' is taken over in time."""
        return 0

    async def purge(self, older_than: float) -> None:
        """Forget the finished jobs that were asked for so many seconds ago, and hearts long still."""
        await super().purge(older_than)

        async def work(tx: AsyncConnection) -> None:
            await _manager(tx).prune_stalled_workers(_FORGOTTEN_SECONDS)

        await self._db.write(work, about=())

    async def _settled(self, tx: AsyncConnection, held: Job, values: dict[str, Any]) -> None:
        """Give the note back, or be done with it, as the row was."""
        manager = _manager(tx)
        note = _note_of(held)
        if values.get("state") in ("done", "dead"):
            await manager.finish_job_by_id_async(note, Status.SUCCEEDED, delete_job=True)
        else:
            wait = values["run_at"] - self._now()
            await manager.retry_job_by_id_async(note, await _moment(tx, wait))
        await manager.unregister_worker(_worker_of(held))

    async def _lost(self, tx: AsyncConnection, held: Job) -> None:
        """The row was moved or forgotten while it was run: its note is nobody's any more."""
        worker = _worker_of(held)
        await tx.execute(_DROP_MINE, {"note": _note_of(held), "worker": worker})
        await _manager(tx).unregister_worker(worker)

    async def stand_for_all(self, tx: AsyncConnection) -> None:
        """Give every job that waits and has no note its own: its rows came from another database."""
        bare = sa.select(table).where(READY, table.c.note.is_(None)).order_by(table.c.id)
        for row in (await tx.execute(bare)).all():
            await self._defer(tx, row.id, row.kind, row.priority, row.run_at - self._now())

    # ---- notes ---------------------------------------------------------------------------------

    async def _defer(
        self, tx: AsyncConnection, job_id: int, kind: str, priority: int, wait: float
    ) -> None:
        note = Note(
            id=None,
            queue=kind,
            lock=None,
            queueing_lock=None,
            task_name=kind,
            priority=priority,
            task_kwargs={"job": job_id},
            scheduled_at=await _moment(tx, wait) if wait > 0 else None,
        )
        made = await _manager(tx).defer_job_async(note)
        await tx.execute(sa.update(table).where(table.c.id == job_id).values(note=made.id))

    async def _drop(self, tx: AsyncConnection, *which: sa.ColumnElement[bool]) -> int:
        gone = sa.delete(table).where(*which, READY).returning(table.c.note)
        notes = list((await tx.execute(gone)).scalars())
        if notes:
            await tx.execute(_DROP_WAITING, {"notes": [n for n in notes if n is not None]})
        return len(notes)

    async def _claim(
        self, tx: AsyncConnection, manager: JobManager, note: Note, worker: int
    ) -> list[Job]:
        token = f"{note.id}:{worker}"
        mine = (table.c.id == note.task_kwargs["job"], table.c.note == note.id, READY)
        take = sa.update(table).where(*mine).values(self.taking(token)).returning(table)
        row = (await tx.execute(take)).first()
        if row is not None:
            return [held_job(row)]
        # What it stood for was moved or forgotten in this very moment.
        await manager.finish_job(note, Status.SUCCEEDED, delete_job=True)
        await manager.unregister_worker(worker)
        return []

    async def _take_over(self, tx: AsyncConnection, manager: JobManager) -> None:
        """Let anybody fetch what was being run by workers that are heard no more."""
        for note in await manager.get_stalled_jobs(seconds_since_heartbeat=self.lease):
            its = {"note": note.id, "worker": note.worker_id}
            if (await tx.execute(_TAKE_OVER, its)).first() is None:
                continue
            free = sa.update(table).where(table.c.note == note.id, READY)
            await tx.execute(free.values(lease=None, run_at=self._now()))
            await manager.retry_job(note, await _moment(tx, 0.0))
            if note.worker_id is not None:
                await manager.unregister_worker(note.worker_id)


def _note_of(held: Job) -> int:
    return int(held.lease.partition(":")[0])


def _worker_of(held: Job) -> int:
    return int(held.lease.partition(":")[2])


async def _moment(tx: AsyncConnection, wait: float) -> datetime:
    """So many seconds from now, by the database's clock."""
    now: datetime = (await tx.execute(sa.text("SELECT now()"))).scalar_one()
    return now.astimezone(UTC) + timedelta(seconds=wait)


def _manager(tx: AsyncConnection) -> JobManager:
    return JobManager(_OnTransaction(tx))


class _OnTransaction(BaseAsyncConnector):
    """Procrastinate's way to the database: the transaction that is under way."""

    def __init__(self, tx: AsyncConnection) -> None:
        assert tx.sync_connection is not None
        self._driver: Any = tx.sync_connection.connection.driver_connection

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await self._run(query, arguments)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        rows = await self._run(query, arguments)
        if not rows:
            raise NoResult
        return rows[0]

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return await self._run(query, arguments)

    async def _run(self, query: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        async with self._driver.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                query, {name: _wrapped(value) for name, value in arguments.items()}
            )
            return list(await cursor.fetchall()) if cursor.description else []


def _wrapped(value: Any) -> Any:
    """Objects as JSON, wherever they are; a named tuple as a plain one, which is a row."""
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, list | tuple):
        wrapped = [_wrapped(one) for one in value]
        return tuple(wrapped) if isinstance(value, tuple) else wrapped
    return value
