"""The lease table: the queue as a table in the program's own database.

A job that runs holds a lease, and is due again when the lease ends: so a dead worker's jobs are
taken over without anybody noticing its death. To settle a job takes the lease it was given; whoever
has lost it (a process that was suspended, a timer that was moved meanwhile) leaves no effect.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Args, Failure, Job, Write
from bot.signals import JOBS
from bot.store import codec
from bot.store.db import Database, wake
from bot.store.prepared import Prepared
from bot.store.schema import effect
from bot.store.schema import job as table
from bot.traces import ARGUMENT, current, traced

READY = table.c.state == sa.literal_column("'ready'")
_MINE = (table.c.id == sa.bindparam("job"), table.c.lease == sa.bindparam("token"), READY)

_insert = insert(table)
# The partial index is only found when its condition is repeated word for word.
_SAME_KEY: dict[str, Any] = {
    "index_elements": [table.c.key],
    "index_where": sa.text("state = 'ready'"),
}
_TOLD = (table.c.id, table.c.note)
_ASKED = ("kind", "key", "args", "case_id", "priority", "run_at", "created_at")
_ADD = Prepared(_insert.on_conflict_do_nothing(**_SAME_KEY).returning(*_TOLD), _ASKED)
_MOVE = Prepared(
    _insert.on_conflict_do_update(
        **_SAME_KEY,
        set_={
            "run_at": _insert.excluded.run_at,
            "args": _insert.excluded.args,
            "lease": sa.null(),
            "attempt": 0,
            "waits": 0,
        },
    ).returning(*_TOLD),
    _ASKED,
)
_CANCEL = Prepared(sa.delete(table).where(table.c.key == sa.bindparam("key"), READY))
_ONCE = Prepared(insert(effect).on_conflict_do_nothing().returning(effect.c.key), ("key", "at"))

UNDER_WAY = "under way"


class LeaseTable:
    """The queue; see `bot.jobs.queue.Queue` for what its methods promise."""

    def __init__(self, db: Database, clock: Callable[[], datetime], *, lease: float = 60.0) -> None:
        """Keep jobs in this database. A lease lasts `lease` seconds, and is renewed in time."""
        self._db = db
        self._clock = clock
        self.lease = lease

    def _now(self) -> float:
        return codec.seconds(self._clock())

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
        return row is not None

    async def ask(
        self,
        tx: AsyncConnection,
        kind: str,
        args: Args,
        *,
        key: str | None,
        run_at: datetime | None,
        priority: int,
        case_id: str | None,
        move: bool,
    ) -> Any:
        """Write the row, or move it; its `id`, and the `note` it had before. None: it stands."""
        now = self._now()
        trace = {ARGUMENT: current()} if current() else {}
        values = {
            "kind": kind,
            "key": key,
            "args": json.dumps({**trace, **args}, separators=(",", ":")),
            "case_id": case_id,
            "priority": priority,
            "run_at": now if run_at is None else codec.seconds(run_at),
            "created_at": now,
        }
        wake(tx, JOBS)
        return await (_MOVE if move else _ADD).first(tx, values)

    async def cancel(self, tx: AsyncConnection, key: str) -> bool:
        """Forget the unfinished job of that key; False where there is none."""
        return bool(await _CANCEL.run(tx, {"key": key}))

    async def drop(self, tx: AsyncConnection, case_id: str, kinds: Sequence[str]) -> int:
        """Forget the unfinished jobs of a case; how many."""
        mine = (table.c.case_id == case_id, table.c.kind.in_(kinds), READY)
        return (await tx.execute(sa.delete(table).where(*mine))).rowcount

    async def once(self, tx: AsyncConnection, key: str, fn: Write) -> bool:
        """Do something unless it was ever done under this key; whether it was done now."""
        if await _ONCE.first(tx, {"key": key, "at": self._now()}) is None:
            return False
        await fn(tx)
        return True

    # ---- for operators -------------------------------------------------------------------------

    async def failed(self, tx: AsyncConnection) -> list[Failure]:
        """The jobs that were given up, oldest first."""
        query = sa.select(table).where(table.c.state == "dead").order_by(table.c.id)
        return [
            Failure(
                id=row.id,
                kind=row.kind,
                case_id=row.case_id,
                attempt=row.attempt,
                error=row.error,
                created_at=codec.moment(row.created_at),
                args=json.loads(row.args),
            )
            for row in await tx.execute(query)
        ]

    async def retry(self, tx: AsyncConnection, job_id: int) -> bool:
        """Try a job again that was given up; False where there is none, or one took its place."""
        rival = table.alias("rival")
        taken = sa.exists(
            sa.select(sa.literal(1)).where(rival.c.key == table.c.key, rival.c.state == "ready")
        )
        again = sa.update(table).where(table.c.id == job_id, table.c.state == "dead", ~taken)
        values = {"state": "ready", "attempt": 0, "waits": 0, "lease": None, "run_at": self._now()}
        wake(tx, JOBS)
        return bool((await tx.execute(again.values(**values))).rowcount)

    async def unfinished(
        self, tx: AsyncConnection, case_id: str, kinds: Sequence[str], until: datetime
    ) -> int:
        """How many jobs of a case are still to run by then; one under way counts."""
        due = sa.or_(table.c.run_at <= codec.seconds(until), table.c.lease.is_not(None))
        mine = (table.c.case_id == case_id, table.c.kind.in_(kinds), READY, due)
        query = sa.select(sa.func.count()).select_from(table).where(*mine)
        return int((await tx.execute(query)).scalar_one())

    # ---- for workers ---------------------------------------------------------------------------

    async def next_due(self, kinds: Sequence[str]) -> float | None:
        """When the next job of these kinds is due, in seconds since 1970; None for never."""
        query = sa.select(sa.func.min(table.c.run_at)).where(table.c.kind.in_(kinds), READY)

        async def work(tx: AsyncConnection) -> float | None:
            found: float | None = (await tx.execute(query)).scalar()
            return found

        return await self._db.read(work)

    async def claim(self, kinds: Sequence[str], most: int) -> list[Job]:
        """Take the jobs that are due, the most urgent first, each with a lease of its own."""
        now, token = self._now(), secrets.token_hex(8)
        due = (
            sa.select(table.c.id)
            .where(READY, table.c.kind.in_(kinds), table.c.run_at <= now)
            .order_by(table.c.priority.desc(), table.c.run_at, table.c.id)
            .limit(most)
        )
        take = (
            sa.update(table).where(table.c.id.in_(due)).values(self.taking(token)).returning(table)
        )
        rows = await self._db.write(lambda tx: _all(tx, take))
        return [held_job(row) for row in sorted(rows, key=lambda row: (-row.priority, row.id))]

    def taking(self, token: str) -> dict[str, Any]:
        """What changes in a row that is claimed."""
        return {
            "run_at": self._now() + self.lease,
            "lease": token,
            # The attempt is counted before it is made: a job that kills its worker is counted too.
            "attempt": table.c.attempt + 1,
            # Whoever ends an attempt writes how; what is still there was ended by nobody.
            "doubtful": sa.case((table.c.error == UNDER_WAY, 1), else_=table.c.doubtful),
            "error": UNDER_WAY,
        }

    async def renew(self, held: Job) -> bool:
        """Hold a job for another lease; False when it was taken away."""
        return await self._set(held, run_at=self._now() + self.lease)

    async def settle(self, held: Job, effect: Write | None = None) -> bool:
        """Write what a job led to and mark it done, both or neither; False when it was taken away."""
        return await self._set(held, effect, state="done", lease=None, error="")

    async def postpone(
        self, held: Job, seconds: float, error: str, *, failed: bool = True, doubtful: bool = False
    ) -> bool:
        """Try a job again after some seconds. Without `failed` this try is only a wait."""
        return await self._set(
            held,
            run_at=self._now() + seconds,
            lease=None,
            error=error,
            waits=held.waits + (not failed),
            doubtful=int(held.doubtful or doubtful),
        )

    async def give_up(self, held: Job, error: str, effect: Write | None = None) -> bool:
        """Set a job aside for the operator, and write what follows from that."""
        return await self._set(held, effect, state="dead", lease=None, error=error)

    async def hand_back(self, held: Job, *, begun: bool = False) -> bool:
        """Let somebody else run a job, as if it had not been claimed; with `begun`, it is doubtful."""
        return await self._set(
            held,
            lease=None,
            run_at=self._now(),
            attempt=sa.case((table.c.attempt > 0, table.c.attempt - 1), else_=0),
            error=UNDER_WAY if begun else "",
        )

    async def release_all(self) -> int:
        """End every lease; how many. Only for the start of the one process that works on the file."""
        held = sa.update(table).where(READY, table.c.lease.is_not(None))

        async def work(tx: AsyncConnection) -> int:
            return (await tx.execute(held.values(lease=None, run_at=self._now()))).rowcount

        return await self._db.write(work)

    async def stand_for_all(self, tx: AsyncConnection) -> None:
        """Nothing: a row that waits is all that there is of a job."""

    async def purge(self, older_than: float) -> None:
        """Forget the finished jobs that were asked for so many seconds ago."""
        old = sa.delete(table).where(
            table.c.state == "done", table.c.created_at < self._now() - older_than
        )
        await self._db.write(lambda tx: tx.execute(old))

    async def _set(self, held: Job, effect: Write | None = None, **values: Any) -> bool:
        change = sa.update(table).where(*_MINE).values(**values)

        async def work(tx: AsyncConnection) -> bool:
            if not (await tx.execute(change, {"job": held.id, "token": held.lease})).rowcount:
                await self._lost(tx, held)
                return False
            await self._settled(tx, held, values)
            if effect is not None:
                # SQLite's thread knows nothing of whose task this is.
                with traced(str(held.args.get(ARGUMENT, ""))):
                    await effect(tx)
            return True

        # What a job writes is about its case; without one, nobody knows.
        return await self._db.write(work, about=[held.case_id] if held.case_id else None)

    async def _settled(self, tx: AsyncConnection, held: Job, values: dict[str, Any]) -> None:
        """An engine may have more to say about a job that gets these values."""

    async def _lost(self, tx: AsyncConnection, held: Job) -> None:
        """An engine may have more to say about a job that was taken away."""


def held_job(row: sa.Row[*tuple[Any, ...]]) -> Job:
    """A row that was claimed, as a worker holds it."""
    return Job(
        id=row.id,
        kind=row.kind,
        args=json.loads(row.args),
        attempt=row.attempt,
        lease=row.lease,
        case_id=row.case_id,
        key=row.key,
        doubtful=bool(row.doubtful),
        waits=row.waits,
    )


async def _all(tx: AsyncConnection, statement: sa.UpdateBase) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    return (await tx.execute(statement)).all()
