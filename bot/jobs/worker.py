"""The worker: takes jobs as they fall due, holds them while they run, and settles them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import orphans, uploaded, webhook
from bot.jobs.erase import unerased
from bot.jobs.queue import Job, Later, Outcome, Permanent
from bot.jobs.registry import KINDS, LANES, Kind, Lane
from bot.jobs.shell import Shell
from bot.signals import JOBS, Watch
from bot.store import codec, passwords, set_aside
from bot.store.audit_checkpoints import checkpoint
from bot.traces import ARGUMENT, traced
from bot.watching import measures

_log = structlog.get_logger(__name__)

_GLANCE_SECONDS = 1.0
_LONGEST_PAUSE = 900.0
_FINISHED_KEPT_SECONDS = 7 * 86400.0
_TIDY_SECONDS = 86400.0
_PASSWORDS_SECONDS = 600.0
# Beyond this power the pause is the longest in any case, and in time the number too large a one.
_MOST_DOUBLINGS = 16


@dataclass(slots=True)
class _Hold:
    """Whether a job is still ours, and whether it has begun to do anything."""

    lost: bool = False
    begun: bool = False


class Worker:
    """Runs jobs."""

    def __init__(
        self,
        shell: Shell,
        *,
        kinds: Mapping[str, Kind] = KINDS,
        lanes: Sequence[Lane] = LANES,
        longest_pause: float = _LONGEST_PAUSE,
        tidy_every: float = _TIDY_SECONDS,
    ) -> None:
        """`longest_pause` is in seconds, between two tries of the same job."""
        self._shell = shell
        self._queue = shell.queue
        self._kinds = kinds
        self._lanes = lanes
        self._longest_pause = longest_pause
        self._tidy_every = tidy_every

    async def recover(self) -> None:
        """Take over what the last process left.

        To be called before `run_forever`, where this process is the only one on its database.
        """
        leases = await self._queue.release_all()
        leftovers = await self._tidy()
        if leases or leftovers:
            _log.info("work_taken_over", jobs=leases, unfinished_files=leftovers)

    async def run_forever(self) -> None:
        """Run jobs until cancelled; what is under way then is handed back."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(self._lane(lane), name=f"jobs-{lane.name}")
            for name, work in (("tidy", self._keep_tidy), ("passwords", self._every_ten_minutes)):
                group.create_task(self._shell.db.alone(name, work), name=f"jobs-{name}")

    async def run_due(self) -> int:
        """Run all jobs that are due, and those they lead to, until none is; how many."""
        count = 0
        kinds = [kind for lane in self._lanes for kind in lane.kinds]
        while jobs := await self._queue.claim(kinds, 1):
            for job in jobs:
                await self._run(job)
            count += len(jobs)
        return count

    # ---- housekeeping --------------------------------------------------------------------------

    async def _tidy(self) -> int:
        """Delete what is nobody's any more; how many files of those were never finished."""
        leftovers = await self._shell.blobs.sweep()
        await unerased(self._shell)
        await self._forget_old_passwords()
        await orphans.sweep(self._shell)
        await uploaded.sweep(self._shell)
        now = codec.seconds(self._shell.clock())
        await self._shell.db.write(partial(webhook.tidy, now=now))
        await self._shell.db.write(partial(set_aside.forget_unread, now=now))
        await self._queue.purge(_FINISHED_KEPT_SECONDS)
        return leftovers

    async def _keep_tidy(self) -> None:
        # Where nobody is alone at the start, nobody has tidied up yet.
        pause = 1.0 if self._shell.db.shared else self._tidy_every
        while True:
            await asyncio.sleep(pause)
            pause = self._tidy_every
            try:
                await self._tidy()
            except Exception as error:
                # The lanes go on; there is another day.
                _log.error("not_tidied", error=type(error).__name__)

    async def _every_ten_minutes(self) -> None:
        """Vouch for the audit trail, at once and then again; and forget passwords."""
        while True:
            try:
                await checkpoint(self._shell.db, self._shell.clock())
            except Exception as error:
                # What was written is chained all the same, and there is a next time.
                _log.error("audit_not_vouched_for", error=type(error).__name__)
            await asyncio.sleep(_PASSWORDS_SECONDS)
            try:
                await self._forget_old_passwords()
            except Exception as error:
                _log.error("passwords_not_forgotten", error=type(error).__name__)

    async def _forget_old_passwords(self) -> None:
        """Forget what nobody came to try; what they lay in is emptied by a job."""

        async def work(tx: AsyncConnection) -> None:
            now = codec.seconds(self._shell.clock())
            if await passwords.forget_old(tx, now):
                await self._queue.add(tx, "erase", {"blobs": [], "words": 1})

        await self._shell.db.write(work)

    # ---- lanes ---------------------------------------------------------------------------------

    async def _lane(self, lane: Lane) -> None:
        running: set[asyncio.Task[None]] = set()
        pause = _GLANCE_SECONDS
        with self._shell.db.signals.watch(JOBS) as watch:
            try:
                while True:
                    measures.HEARTS.beat(f"jobs-{lane.name}")
                    try:
                        idle = await self._start(lane, running, watch)
                        pause = _GLANCE_SECONDS
                    except Exception as error:
                        measures.interrupted("worker")
                        _log.error("worker_interrupted", lane=lane.name, error=type(error).__name__)
                        idle = pause
                        pause = min(pause * 2, 30.0)
                    await watch.wait(idle)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    async def _start(self, lane: Lane, running: set[asyncio.Task[None]], watch: Watch) -> float:
        """Start what is due and has a place; the seconds until it is worth looking again."""
        free = lane.places - len(running)
        if not free:
            return _GLANCE_SECONDS
        due = await self._queue.next_due(lane.kinds)
        wait = _GLANCE_SECONDS if due is None else due - codec.seconds(self._shell.clock())
        if wait > 0:
            return min(wait, _GLANCE_SECONDS)
        for job in await self._claim(lane, free):
            task = asyncio.create_task(self._run(job), name=f"job-{job.kind}-{job.id}")
            running.add(task)
            task.add_done_callback(running.discard)
            task.add_done_callback(lambda _task: watch.set())
        return 0.0 if len(running) < lane.places else _GLANCE_SECONDS

    async def _claim(self, lane: Lane, most: int) -> list[Job]:
        claiming = asyncio.ensure_future(self._queue.claim(lane.kinds, most))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # The claim is committed all the same; nothing of these jobs was begun.
            for job in await claiming:
                await self._queue.hand_back(job)
            raise

    # ---- one job -------------------------------------------------------------------------------

    async def _run(self, job: Job) -> None:
        hold = _Hold()
        try:
            with traced(str(job.args.get(ARGUMENT, ""))), measures.job(job.kind) as this:
                this.result = await self._attempt(job, hold)
                _log.debug("job_tried", job=job.id, kind=job.kind, result=this.result)
        except asyncio.CancelledError:
            if not hold.lost:
                await self._queue.hand_back(job, begun=hold.begun)
                raise
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            _log.warning("job_taken_away", job=job.id, kind=job.kind)
        except Exception as error:
            # Not even the failure could be written down: the lease ends, and it is tried again.
            _log.error("job_unsettled", job=job.id, kind=job.kind, error=type(error).__name__)

    async def _attempt(self, job: Job, hold: _Hold) -> str:
        """Do it, and settle it; how it ended, in a word."""
        kind = self._kinds[job.kind]
        async with self._held(job, hold):
            if kind.attempts is not None and job.failures > kind.attempts:
                # The attempts before it ended without a word: it takes its worker down.
                return await self._give_up(job, kind, "worker_died")
            try:
                hold.begun = True
                outcome = await kind.run(self._shell, job)
                return await self._settle(job, outcome)
            except Permanent as error:
                return await self._give_up(job, kind, error.reason or "permanent")
            except Later as error:
                return await self._wait(job, error)
            except Exception as error:
                return await self._again(job, kind, type(error).__name__)

    async def _settle(self, job: Job, outcome: Outcome) -> str:
        if await self._queue.settle(job, outcome.effect):
            return "done"
        _log.warning("job_taken_away", job=job.id, kind=job.kind)
        if outcome.undo is not None:
            await outcome.undo()
        return "taken_away"

    async def _wait(self, job: Job, later: Later) -> str:
        reason = later.reason or "later"
        pause = max(later.seconds, self._pause(job))
        _log.warning("job_waits", job=job.id, kind=job.kind, reason=reason, attempt=job.attempt)
        await self._queue.postpone(job, pause, reason, failed=False, doubtful=later.doubtful)
        return "waits"

    async def _again(self, job: Job, kind: Kind, error: str) -> str:
        if kind.attempts is not None and job.failures >= kind.attempts:
            return await self._give_up(job, kind, error)
        _log.warning("job_failed", job=job.id, kind=job.kind, error=error, attempt=job.attempt)
        await self._queue.postpone(job, self._pause(job), error)
        return "failed"

    def _pause(self, job: Job) -> float:
        longer = 4.0 ** min(job.attempt, _MOST_DOUBLINGS)
        return min(longer, self._longest_pause) * random.uniform(0.5, 1.0)

    async def _give_up(self, job: Job, kind: Kind, error: str) -> str:
        _log.error("job_given_up", job=job.id, kind=job.kind, error=error, attempt=job.attempt)
        outcome = await kind.give_up(self._shell, job, error)
        await self._queue.give_up(job, error, outcome.effect)
        return "given_up"

    @asynccontextmanager
    async def _held(self, job: Job, hold: _Hold) -> AsyncIterator[None]:
        """Renew the lease while the block runs; cancel the block when it was taken away."""
        worker = asyncio.current_task()
        assert worker is not None

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._queue.lease / 3)
                try:
                    held = await self._queue.renew(job)
                except Exception as error:
                    _log.error("lease_not_renewed", job=job.id, error=type(error).__name__)
                    continue
                if not held:
                    hold.lost = True
                    worker.cancel()
                    return

        heart = asyncio.create_task(renew(), name=f"lease-{job.id}")
        try:
            yield
        finally:
            heart.cancel()
