"""A job is done in the end, its effect once, and one that can't be done is set aside."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from PIL import Image
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Rejected, Retry
from bot.handoff import notices
from bot.handoff.assembly import PackageError
from bot.handoff.notices import MAYBE_SEEN, NoticeFailed
from bot.jobs import children as children_module
from bot.jobs.children import ChildDied, Children, TookTooLong
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent
from bot.jobs.registry import KINDS, LANES, Kind, Lane
from bot.jobs.shell import Shell
from bot.store import codec
from bot.store.schema import audit, effect, file, handoff, instance, job, session
from bot.store.schema import inbox as inbox_table
from handlers.effects import Effect, TakeFile
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests.engine import Engine, opened
from tests.lying import blob_file, bytes_of

pytestmark = pytest.mark.usefixtures("both")

# What it is about never comes near a database.
once = pytest.mark.parametrize("both", ["sqlite"], indirect=True)

ONE = (Lane(name="one", kinds=("work",), places=3),)


async def add(engine: Engine, kind: str = "work", **how: Any) -> None:
    await engine.db.write(lambda tx: engine.queue.add(tx, kind, how.pop("args", {}), **how))


def note(what: str) -> Outcome:
    """An effect that a test can count."""
    values = {"case_id": "c", "at": 0.0, "actor": "system", "action": what}
    return Outcome(effect=lambda tx: tx.execute(sa.insert(audit).values(**values)))


async def noted(engine: Engine) -> list[str]:
    return [row.action for row in await engine.rows(audit)]


def kinds(run: Any, **how: Any) -> dict[str, Kind]:
    return {"work": Kind(run=run, **how)}


async def its_process_died(engine: Engine) -> None:
    """What was held is free again: on a file at the next start, on a server in time."""
    if engine.db.shared:
        engine.clock.move(engine.queue.lease + 1)
    else:
        await engine.worker().recover()


# ---- the queue ---------------------------------------------------------------------------------


async def test_a_job_is_as_durable_as_the_transaction_that_asks_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def ask_and_fail(tx: AsyncConnection) -> None:
            await engine.queue.add(tx, "work", {})
            raise LookupError

        with pytest.raises(LookupError):
            await engine.db.write(ask_and_fail)
        assert not await engine.queue.claim(["work"], 9)


async def test_an_unfinished_job_of_a_key_stands_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for n in range(2):
            await add(engine, key="k", args={"n": n})
        (held,) = await engine.queue.claim(["work"], 9)
        assert held.args == {"n": 0}
        await engine.queue.settle(held)
        await add(engine, key="k", args={"n": 2})
        assert [one.args for one in await engine.queue.claim(["work"], 9)] == [{"n": 2}]


async def test_a_job_that_is_moved_while_it_runs_leaves_no_effect_and_runs_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await add(engine, key="k")
        (held,) = await engine.queue.claim(["work"], 1)
        await add(engine, key="k", move=True)
        assert not await engine.queue.settle(held, note("old").effect)
        (again,) = await engine.queue.claim(["work"], 1)
        assert await engine.queue.settle(again, note("new").effect)
        assert await noted(engine) == ["new"]


async def test_a_job_that_is_cancelled_while_it_runs_leaves_no_effect(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await add(engine, key="k")
        (held,) = await engine.queue.claim(["work"], 1)
        assert await engine.db.write(lambda tx: engine.queue.cancel(tx, "k"))
        assert not await engine.queue.settle(held, note("late").effect)
        assert not await engine.db.write(lambda tx: engine.queue.cancel(tx, "k"))
        assert not await noted(engine)


async def test_the_urgent_goes_first_and_then_the_oldest(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for n, priority in enumerate((0, 0, 5)):
            await add(engine, args={"n": n}, priority=priority)
        assert [one.args["n"] for one in await engine.queue.claim(["work"], 2)] == [2, 0]


async def test_nobody_gets_a_job_that_is_held_until_its_lease_ends(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await add(engine)
        (dead,) = await engine.queue.claim(["work"], 9)
        assert not await engine.queue.claim(["work"], 9)
        engine.clock.move(engine.queue.lease / 2)
        assert await engine.queue.renew(dead)
        engine.clock.move(engine.queue.lease * 0.9)
        assert not await engine.queue.claim(["work"], 9)
        engine.clock.move(engine.queue.lease * 0.2)
        (taken,) = await engine.queue.claim(["work"], 9)
        assert taken.attempt == 2
        assert not await engine.queue.renew(dead)
        assert not await engine.queue.settle(dead, note("zombie").effect)
        assert await engine.queue.settle(taken, note("right").effect)
        assert await noted(engine) == ["right"]


async def test_once_is_once_even_when_it_was_rolled_back_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def count(tx: AsyncConnection) -> None:
            await tx.execute(
                sa.insert(audit).values(case_id="c", at=0.0, actor="system", action="done")
            )

        async def fail(tx: AsyncConnection) -> None:
            await engine.queue.once(tx, "key", count)
            raise LookupError

        with pytest.raises(LookupError):
            await engine.db.write(fail)
        done = [
            await engine.db.write(lambda tx: engine.queue.once(tx, "key", count)) for _ in range(3)
        ]
        assert done == [True, False, False]
        assert len(await noted(engine)) == len(await engine.rows(effect)) == 1


async def test_a_job_that_was_given_up_is_shown_and_can_be_tried_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await add(engine, key="k", case_id="c")
        (held,) = await engine.queue.claim(["work"], 1)
        await engine.queue.give_up(held, "ValueError")
        (failure,) = await engine.db.read(engine.queue.failed)
        assert (failure.kind, failure.case_id, failure.error) == ("work", "c", "ValueError")
        retry = partial(engine.queue.retry, job_id=failure.id)
        assert await engine.db.write(retry)
        assert not await engine.db.write(retry)
        assert [one.attempt for one in await engine.queue.claim(["work"], 1)] == [1]


async def test_a_job_whose_place_was_taken_is_not_tried_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await add(engine, key="k")
        (held,) = await engine.queue.claim(["work"], 1)
        await engine.queue.give_up(held, "ValueError")
        await add(engine, key="k")
        assert not await engine.db.write(partial(engine.queue.retry, job_id=held.id))


# ---- the worker --------------------------------------------------------------------------------


async def test_a_job_that_fails_is_tried_again_later_and_later_and_then_set_aside(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        given_up: list[str] = []

        async def fail(shell: Shell, held: Job) -> Outcome:
            raise ZeroDivisionError("with a patient's words")

        async def give_up(shell: Shell, held: Job, reason: str) -> Outcome:
            given_up.append(reason)
            return note("gave up")

        await add(engine)
        worker = engine.worker(kinds=kinds(fail, give_up=give_up, attempts=4), lanes=ONE)
        pauses = []
        while await worker.run_due():
            (row,) = await engine.rows(job)
            pauses.append(row.run_at - codec.seconds(engine.clock()))
            engine.clock.move(1000)
        assert [2**n * 2**n / 2 <= p <= 4**n for n, p in enumerate(pauses[:3], 1)] == [True] * 3
        (row,) = await engine.rows(job)
        assert (row.state, row.attempt, row.error) == ("dead", 4, "ZeroDivisionError")
        assert (given_up, await noted(engine)) == (["ZeroDivisionError"], ["gave up"])


async def test_a_job_that_can_not_succeed_is_not_tried_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def fail(shell: Shell, held: Job) -> Outcome:
            raise Permanent("gone")

        await add(engine)
        assert await engine.worker(kinds=kinds(fail), lanes=ONE).run_due() == 1
        (row,) = await engine.rows(job)
        assert (row.state, row.error) == ("dead", "gone")


async def test_a_pause_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def fail(shell: Shell, held: Job) -> Outcome:
            raise Later(500.0, "429")

        await add(engine)
        await engine.worker(kinds=kinds(fail), lanes=ONE).run_due()
        (row,) = await engine.rows(job)
        assert row.run_at - codec.seconds(engine.clock()) == 500


async def test_a_pause_is_no_failure_and_does_not_count(tmp_path: Path) -> None:
    """An outage of a day must not use up the tries of what waits for its end."""
    async with opened(tmp_path) as engine:
        trouble = ["wait"] * (30 if engine.db.shared else 600) + ["fail"] * 2

        async def fail(shell: Shell, held: Job) -> Outcome:
            match trouble.pop(0) if trouble else "":
                case "wait":
                    raise Later(0.0, "network")
                case "fail":
                    raise ValueError
            return note("done")

        await add(engine)
        worker = engine.worker(kinds=kinds(fail, attempts=3), lanes=ONE)
        while await worker.run_due():
            engine.clock.move(1000)
        assert await noted(engine) == ["done"]


async def test_a_job_of_a_kind_without_a_limit_is_never_given_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def fail(shell: Shell, held: Job) -> Outcome:
            raise ValueError

        await add(engine)
        worker = engine.worker(kinds=kinds(fail, attempts=None), lanes=ONE)
        for _ in range(30 if engine.db.shared else 600):
            assert await worker.run_due() == 1
            (row,) = await engine.rows(job)
            assert row.run_at - codec.seconds(engine.clock()) <= 900
            assert row.state == "ready"
            engine.clock.move(1000)
        assert KINDS["notify"].attempts is None


async def test_a_job_that_takes_its_worker_down_is_set_aside(tmp_path: Path) -> None:
    """Its attempts are counted before they are made, for afterwards nobody is there to count."""
    async with opened(tmp_path) as engine:
        await add(engine)
        for _ in range(8):
            assert await engine.queue.claim(["work"], 1)
            await its_process_died(engine)

        async def never(shell: Shell, held: Job) -> Outcome:
            raise AssertionError

        await engine.worker(kinds=kinds(never), lanes=ONE).run_due()
        (row,) = await engine.rows(job)
        assert (row.state, row.error) == ("dead", "worker_died")


async def test_what_a_job_that_was_taken_away_left_is_undone(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        undone: list[bool] = []

        async def lose(shell: Shell, held: Job) -> Outcome:
            await engine.db.write(lambda tx: engine.queue.cancel(tx, "k"))

            async def undo() -> None:
                undone.append(True)

            return Outcome(effect=note("late").effect, undo=undo)

        await add(engine, key="k")
        await engine.worker(kinds=kinds(lose), lanes=ONE).run_due()
        assert (undone, await noted(engine)) == ([True], [])


async def test_a_job_that_was_taken_away_is_stopped(tmp_path: Path) -> None:
    async with opened(tmp_path, lease=0.03) as engine:
        stopped = asyncio.Event()

        async def hang(shell: Shell, held: Job) -> Outcome:
            await engine.db.write(lambda tx: engine.queue.cancel(tx, "k"))
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()
            return NOTHING

        await add(engine, key="k")
        async with asyncio.timeout(10):
            await engine.worker(kinds=kinds(hang), lanes=ONE).run_due()
        assert stopped.is_set()


async def test_a_worker_that_is_stopped_hands_its_job_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        begun = asyncio.Event()

        async def hang(shell: Shell, held: Job) -> Outcome:
            begun.set()
            await asyncio.Event().wait()
            return NOTHING

        await add(engine)
        worker = asyncio.create_task(engine.worker(kinds=kinds(hang), lanes=ONE).run_forever())
        await begun.wait()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        (held,) = await engine.queue.claim(["work"], 1)
        assert held.attempt == 1
        assert held.doubtful, "it had begun, and nobody knows how far it got"


async def test_a_job_that_was_only_just_claimed_is_handed_back_without_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as engine:
        claimed, gate = asyncio.Event(), asyncio.Event()
        claim = engine.queue.claim

        async def slow(kinds: Any, most: int) -> list[Job]:
            jobs = await claim(kinds, most)
            claimed.set()
            await gate.wait()
            return jobs

        await add(engine)
        monkeypatch.setattr(engine.queue, "claim", slow)
        worker = asyncio.create_task(engine.worker(lanes=ONE).run_forever())
        await claimed.wait()
        worker.cancel()
        asyncio.get_running_loop().call_later(0.02, gate.set)
        await asyncio.gather(worker, return_exceptions=True)
        (held,) = await claim(["work"], 1)
        assert (held.attempt, held.doubtful) == (1, False)


async def test_slow_work_holds_up_no_other_lane(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        gate, quick_done = asyncio.Event(), asyncio.Event()

        async def slow(shell: Shell, held: Job) -> Outcome:
            await gate.wait()
            return note("slow")

        async def quick(shell: Shell, held: Job) -> Outcome:
            quick_done.set()
            return note("quick")

        lanes = [Lane(name=name, kinds=(name,), places=1) for name in ("slow", "quick")]
        worker = engine.worker(
            kinds={"slow": Kind(run=slow), "quick": Kind(run=quick)}, lanes=lanes
        )
        running = asyncio.create_task(worker.run_forever())
        for kind in ("slow", "slow", "quick"):
            await add(engine, kind)
        async with asyncio.timeout(10):
            await quick_done.wait()
            gate.set()
            while len(await noted(engine)) < 3:
                await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_new_process_takes_over_what_a_dead_one_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await add(engine)
        await engine.queue.claim(["work"], 1)
    async with opened(tmp_path) as engine:
        assert not await engine.queue.claim(["work"], 1)
        await its_process_died(engine)
        assert len(await engine.queue.claim(["work"], 1)) == 1


async def one_piece(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def test_a_job_whose_process_died_is_known_for_what_it_is(tmp_path: Path) -> None:
    """Its work may have been done; one that failed, or was handed back, was not."""
    async with opened(tmp_path) as engine:
        for key in ("died", "failed", "handed back"):
            await add(engine, key=key)
        held = {job.key: job for job in await engine.queue.claim(["work"], 3)}
        await engine.queue.postpone(held["failed"], 0, "no luck")
        await engine.queue.hand_back(held["handed back"])
    async with opened(tmp_path) as engine:
        await its_process_died(engine)
        again = await engine.queue.claim(["work"], 3)

    assert {job.key: job.doubtful for job in again} == {
        "died": True,
        "failed": False,
        "handed back": False,
    }


async def test_a_stored_file_that_nobody_names_is_deleted_in_time(tmp_path: Path) -> None:
    """Its process died between storing and committing; it is a patient's record all the same."""
    async with opened(tmp_path) as engine:
        orphan, young, named = [
            await engine.blobs.put(one_piece(b"records"), case_id="case") for _ in range(3)
        ]
        await send(engine, named.id)
        an_hour_ago = time.time() - 4000
        for blob in (orphan, named):
            os.utime(blob_file(tmp_path / "blobs", blob.id), (an_hour_ago, an_hour_ago))

        await engine.worker().recover()

        there = {blob.id: await engine.blobs.exists(blob.id) for blob in (orphan, young, named)}
        assert there == {orphan.id: False, young.id: True, named.id: True}


async def test_the_house_is_kept_while_the_worker_runs_too(tmp_path: Path) -> None:
    """A program that runs for months must not wait for its next start to forget."""
    async with opened(tmp_path) as engine:
        orphan = await engine.blobs.put(one_piece(b"records"), case_id="case")
        an_hour_ago = time.time() - 4000
        os.utime(blob_file(tmp_path / "blobs", orphan.id), (an_hour_ago, an_hour_ago))
        await add(engine)
        (held,) = await engine.queue.claim(["work"], 1)
        await engine.queue.settle(held)
        engine.clock.move(30 * 86400)

        worker = asyncio.create_task(engine.worker(tidy_every=0.01).run_forever())
        async with asyncio.timeout(10):
            while await engine.blobs.exists(orphan.id) or await engine.rows(job):
                await asyncio.sleep(0.005)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


@once
def test_every_kind_has_a_lane_and_every_lane_its_kinds() -> None:
    assert sorted(kind for lane in LANES for kind in lane.kinds) == sorted(KINDS)


# ---- children ----------------------------------------------------------------------------------


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang_for_ever() -> None:
    signal.pause()


@once
async def test_a_child_that_dies_or_hangs_is_replaced() -> None:
    children = Children()
    try:
        assert await children.run(60, divmod, 7, 2) == (3, 1)
        with pytest.raises(ChildDied):
            await children.run(60, die)
        with pytest.raises(TookTooLong):
            await children.run(0.5, hang_for_ever)
        with pytest.raises(ZeroDivisionError):
            await children.run(60, divmod, 1, 0)
    finally:
        children.close()


def wait_for(gate: Path) -> bool:
    while not gate.exists():
        time.sleep(0.005)
    return True


@once
async def test_time_in_the_queue_is_not_time_at_work(tmp_path: Path) -> None:
    children, gate = Children(1), tmp_path / "gate"
    try:
        first = asyncio.create_task(children.run(60, wait_for, gate))
        await asyncio.sleep(0)
        second = asyncio.create_task(children.run(1.0, divmod, 7, 2))
        await asyncio.wait({second}, timeout=1.3)
        gate.touch()
        assert await first
        assert await second == (3, 1)
    finally:
        children.close()


@once
async def test_a_file_that_kills_its_reader_fails_no_neighbour(tmp_path: Path) -> None:
    children, gate = Children(2), tmp_path / "gate"
    try:
        beside = asyncio.create_task(children.run(60, wait_for, gate))
        await asyncio.sleep(0)
        died, behind, also = await asyncio.gather(
            children.run(60, die),
            children.run(60, divmod, 7, 2),
            children.run(60, divmod, 9, 2),
            return_exceptions=True,
        )
        gate.touch()
        assert await beside
        assert isinstance(died, ChildDied)
        assert (behind, also) == ((3, 1), (4, 1))
    finally:
        children.close()


@once
async def test_a_call_that_is_cancelled_makes_room_for_the_next(tmp_path: Path) -> None:
    children = Children(1)
    try:
        hanging = asyncio.create_task(children.run(60, wait_for, tmp_path / "never"))
        waiting = asyncio.create_task(children.run(60, divmod, 1, 1))
        await asyncio.sleep(0.01)
        for task in (waiting, hanging):
            task.cancel()
        await asyncio.gather(waiting, hanging, return_exceptions=True)
        async with asyncio.timeout(30):
            assert await children.run(60, divmod, 7, 2) == (3, 1)
    finally:
        children.close()


@once
async def test_a_child_that_has_read_many_files_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while calls are waiting, where the standard library's own way can hang."""
    monkeypatch.setattr(children_module, "_CALLS_EACH", 2)
    children = Children(1)
    try:
        pids = await asyncio.gather(*(children.run(60, os.getpid) for _ in range(5)))
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [2, 2, 1]
    finally:
        children.close()


@once
async def test_there_is_a_child_for_each_place_of_the_lanes_that_use_them(tmp_path: Path) -> None:
    """A patient's password needn't wait for another patient's disc."""
    places = sum(
        lane.places for lane in LANES if lane.name in ("index", "unlock", "package", "scans")
    )
    children, gate = Children(), tmp_path / "gate"
    try:
        full = [asyncio.create_task(children.run(60, wait_for, gate)) for _ in range(places)]
        one_more = asyncio.create_task(children.run(60, divmod, 7, 2))
        done, _waiting = await asyncio.wait({*full, one_more}, timeout=0.5)
        assert not done
        gate.touch()
        await asyncio.gather(*full, one_more)
    finally:
        children.close()


# ---- files -------------------------------------------------------------------------------------


def a_pdf() -> bytes:
    made = io.BytesIO()
    Image.new("L", (60, 80), 255).save(made, "PDF")
    return made.getvalue()


PDF = a_pdf()


def take(update: Update, session: Any, case: Any) -> tuple[Effect, ...]:
    if not isinstance(update, InboundMessage):
        return ()
    return tuple(
        TakeFile(file_id=f"{update.external_id}-{a.fetch_ref}", attachment=a, item="labs")
        for a in update.attachments
    )


async def send(engine: Engine, *refs: str) -> None:
    engine.script.effects = take
    await engine.hear("", files=refs)
    await engine.take_turns()


def heard(engine: Engine) -> list[RecordIndexed]:
    return [update for update in engine.script.heard if isinstance(update, RecordIndexed)]


async def test_a_file_is_fetched_stored_read_and_told_of(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.files["scan"] = PDF
        await send(engine, "scan")
        await engine.settle()
        (row,) = await engine.rows(file)
        assert await bytes_of(engine.blobs, row.blob_id) == PDF
        (told,) = heard(engine)
        assert told.file_id == row.id
        assert row.state == "indexed"
        assert [record.file_id for record in told.records] == [row.id]
        assert not [one.error for one in await engine.rows(job) if one.error]


async def test_a_file_that_was_sent_before_is_known_and_not_kept_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.files |= {"one": PDF, "two": PDF}
        await send(engine, "one")
        await engine.settle()
        await send(engine, "two")
        await engine.settle()
        first, second = heard(engine)
        assert second.duplicate_of == first.file_id
        kept = await engine.blobs.older_than(float("inf"))
        assert [await bytes_of(engine.blobs, one) for one in kept].count(PDF) == 1


async def test_a_file_that_lies_in_the_store_is_not_copied(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:

        async def content() -> Any:
            yield PDF

        await engine.hear("hello")
        await engine.settle()
        (chat,) = await engine.rows(session)
        blob = await engine.blobs.put(content(), case_id=chat.case_id)
        await send(engine, f"blob:{blob.id}")
        await engine.settle()
        assert engine.wire.fetched == []
        (row,) = await engine.rows(file)
        assert (row.blob_id, row.sha256) == (blob.id, blob.sha256)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (Rejected("gone"), "not_arrived", "send it once more"),
        (b"x" * 2_000_000, "too_large", "smaller parts"),
    ],
)
async def test_a_file_that_does_not_arrive_is_told_of(
    tmp_path: Path, content: bytes | Exception, code: str, words: str
) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.files["scan"] = content
        await send(engine, "scan")
        await engine.settle()
        (told,) = heard(engine)
        assert told.refusal is not None
        assert (told.refusal.code, told.kept) == (code, False)
        assert words in told.refusal.message.msgid
        assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


async def test_a_file_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.wire.files["scan"] = Retry("busy", after=7)
        await send(engine, "scan")
        await engine.settle()
        assert heard(engine) == []
        engine.wire.files["scan"] = PDF
        engine.clock.move(30)
        await engine.settle()
        assert len(heard(engine)) == 1
        kept = await engine.blobs.older_than(float("inf"))
        assert [await bytes_of(engine.blobs, one) for one in kept].count(PDF) == 1


async def test_a_file_that_kills_its_reader_is_kept_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as engine:

        async def dies(*_: Any, **__: Any) -> None:
            raise ChildDied

        monkeypatch.setattr(engine.children, "run", dies)
        engine.wire.files["scan"] = PDF
        await send(engine, "scan")
        for _ in range(4):
            await engine.settle()
            engine.clock.move(1000)
        (told,) = heard(engine)
        assert told.refusal is not None
        assert told.kept
        assert "a person will look at it" in told.refusal.message.msgid
        (row,) = await engine.rows(file)
        assert await engine.blobs.exists(row.blob_id)
        assert not await engine.rows(instance)


async def test_a_download_that_ends_after_the_erasure_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, "scan")
        engine.wire.files["scan"] = PDF
        fetch = engine.wire.fetch

        async def erased_meanwhile(fetch_ref: str) -> Any:
            await engine.db.write(
                lambda tx: tx.execute(file.update().values(state="erased", fetch_ref=""))
            )
            async for piece in fetch(fetch_ref):
                yield piece

        engine.wire.fetch = erased_meanwhile  # type: ignore[method-assign]
        await engine.settle()
        assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
        assert not await engine.rows(inbox_table, inbox_table.c.state == "new")


# ---- packages and notices ----------------------------------------------------------------------


async def test_a_package_that_can_not_be_built_is_told_to_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise PackageError("no font")

    monkeypatch.setattr("bot.jobs.package.build", broken)
    async with opened(tmp_path) as engine:
        engine.settings = engine.settings.model_copy(
            update={"notify_urls": SecretStr("json://127.0.0.1:1/x")}
        )
        await engine.hear("hello")
        await engine.take_turns()
        (chat,) = await engine.rows(session)
        await add(engine, "package", args={"case": chat.case_id}, case_id=chat.case_id)
        await engine.worker(lanes=[Lane(name="p", kinds=("package",), places=1)]).run_due()
        assert [row.reason for row in await engine.rows(handoff)] == ["failed"]
        (told,) = await engine.rows(job, job.c.kind == "notify")
        args = json.loads(told.args)
        assert (args["case"], args["reason"]) == (chat.case_id, "failed")
        assert args["destination"] == notices.destinations(engine.settings)[0].id


@pytest.mark.parametrize("maybe_arrived", [True, False])
async def test_a_notice_that_may_have_arrived_says_so_when_it_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maybe_arrived: bool
) -> None:
    texts: list[str] = []

    async def send(_destination: str, text: str, **_: Any) -> None:
        texts.append(text)
        if len(texts) == 1:
            raise NoticeFailed("Telegram answered 400: chat", maybe_arrived=maybe_arrived)

    monkeypatch.setattr("bot.jobs.notify.send", send)
    async with opened(tmp_path) as engine:
        args = {"case": "7KQ4-M2XR", "reason": "human", "notice": "h", "destination": "d"}
        await add(engine, "notify", args=args)
        with structlog.testing.capture_logs() as lines:
            await engine.worker().run_due()
        engine.clock.move(1000)
        await engine.worker().run_due()
    mark = engine.languages.say(MAYBE_SEEN, "en")
    assert [text.startswith(mark) for text in texts] == [False, maybe_arrived]
    (line,) = (line for line in lines if line["event"] == "notice_failed")
    assert (line["why"], line["destination"]) == ("Telegram answered 400: chat", "d")
