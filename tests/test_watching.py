"""An operator sees from outside whether all is well, and nothing of any patient."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from prometheus_client.parser import text_string_to_metric_families

from bot import logs
from bot.jobs.queue import Later, Permanent
from bot.jobs.registry import Kind, Lane
from bot.store import desk_rows
from bot.store.schema import cases, inbox, job, message, session
from bot.traces import ARGUMENT
from bot.watching.now import exposition, standing
from bot.watching.pages import watching
from bot.watching.ready import Ready
from handlers.effects import SetTimer
from tests.damaging import break_seal
from tests.engine import Engine, catalog, opened
from tests.ports import own_port
from tests.running import Running

pytestmark = pytest.mark.usefixtures("both")


async def measured(engine: Engine) -> dict[tuple[str, ...], float]:
    """What Prometheus would read: a value by the name and the values of the labels."""
    found: Any = engine
    text = exposition(await standing(found)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_was_done_is_counted_and_what_waits_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        before = await measured(engine)
        for n in range(3):
            await engine.hear(f"word {n}", files=["scan"] if n == 2 else [])
        waiting = await measured(engine)
        assert waiting["so_inbox_now", "waiting"] == 3
        engine.clock.move(30)
        assert (await measured(engine))["so_inbox_lag_seconds",] == pytest.approx(30, abs=1)
        await engine.settle()
        after = await measured(engine)
        assert after["so_turns_total", "taken"] - before.get(("so_turns_total", "taken"), 0) == 3
        sent = ("so_messages_total", "wire", "sent")
        assert after[sent] - before.get(sent, 0) == 3
        assert after["so_inbox_now", "waiting"] == 0
        assert after["so_turn_wait_seconds_count",] >= 3


async def test_what_cannot_be_read_is_known_and_puts_nobody_off(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for sender in ("ann", "bob"):
            await engine.hear("hello", sender=sender)
        await engine.settle()
        bad = (await engine.rows(session))[0].case_id
        await break_seal(engine.db, cases.c.body, bad)
        await desk_rows.catch_up(engine.db, catalog(), desk_rows.stamp_of(catalog()))
        engine.db.keys.ring.needs("abcd1234")
        engine.db.keys.ring.ask_for("abcd1234")
        found = await measured(engine)
        assert found["so_cases_unreadable_now",] == found["so_keys_missing_now",] == 1
        program: Any = engine
        (keys,) = [one for one in await Ready(program).checks() if one.name == "keys"]
        assert keys.good
        assert "the operator's key abcd1234 is missing" in keys.said


async def test_jobs_are_counted_by_kind_and_by_how_they_ended(tmp_path: Path) -> None:
    ends: list[BaseException | None] = [None, Permanent("no"), Later(5.0), ValueError()]

    async def run(_shell: Any, _job: Any) -> Any:
        from bot.jobs.queue import NOTHING

        if (end := ends.pop(0)) is not None:
            raise end
        return NOTHING

    async with opened(tmp_path) as engine:
        before = await measured(engine)
        for n in range(4):
            await engine.db.write(lambda tx, n=n: engine.queue.add(tx, "timer", {"n": n}))  # type: ignore[misc]
        assert (await measured(engine))["so_jobs_now", "timer", "waiting"] == 4
        lanes = (Lane(name="all", kinds=("timer",), places=1),)
        await engine.worker(kinds={"timer": Kind(run=run)}, lanes=lanes).run_due()
        after = await measured(engine)
        for result in ("done", "given_up", "waits", "failed"):
            name = ("so_jobs_total", "timer", result)
            assert after[name] - before.get(name, 0) == 1, result
        assert after["so_jobs_now", "timer", "waiting"] == 2
        assert after["so_jobs_now", "timer", "given_up"] == 1
        engine.clock.move(100)
        assert (await measured(engine))["so_job_lag_seconds", "timer"] > 80


async def test_no_measure_holds_anything_of_a_patient(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        for n in range(5):
            await engine.hear(f"my secret {n}", sender=f"patient-{n}")
        await engine.settle()
        found = await measured(engine)
        assert not [name for name in found if "patient" in str(name) or "secret" in str(name)]
        # A label has as many values as there are kinds, however many patients there are.
        families = Counter(name[0] for name in found)
        assert max(families.values()) < 200


async def ready(engine: Engine) -> dict[str, str]:
    found: Any = engine
    return {check.name: check.said for check in await Ready(found).checks()}


async def test_what_is_in_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as engine:
        good = await ready(engine)
        assert set(good.values()) == {"ok"}
        older = sa.text("UPDATE alembic_version SET version_num = '0001'")
        await engine.db.write(lambda tx: tx.execute(older))
        assert "revision 0001" in (await ready(engine))["database"]
        newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
        await engine.db.write(lambda tx: tx.execute(newer))
        assert (await ready(engine))["database"] == "ok"
        full = shutil.disk_usage(tmp_path)._replace(free=5 << 20)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
        assert (await ready(engine))["room"] == "5 MB are left in DATA_DIR"


async def test_a_loop_that_stands_still_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as engine:
        loop = asyncio.create_task(engine.turns.run_forever())
        await asyncio.sleep(0.1)
        assert (await ready(engine))["loops"] == (await ready(engine))["keys"] == "ok"
        monkeypatch.setattr("bot.watching.ready._SILENT_SECONDS", -1.0)
        assert "turns" in (await ready(engine))["loops"]
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        # One that was ended isn't missed.
        assert "turns" not in (await ready(engine))["loops"]


async def test_what_the_outbox_can_not_deal_with_is_counted_and_tried_again_within_half_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent for longer, it would keep the program from being ready long after the trouble."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def quickly(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    async with opened(tmp_path) as engine:
        before = (await measured(engine)).get(("so_failures_total", "outbox"), 0.0)
        await engine.db.write(lambda tx: tx.execute(sa.text("ALTER TABLE message RENAME TO away")))
        monkeypatch.setattr(asyncio, "sleep", quickly)
        loop = asyncio.create_task(engine.outbox.run_forever())
        while len(pauses) < 10:
            await sleep(0.01)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        monkeypatch.undo()
        await engine.db.write(lambda tx: tx.execute(sa.text("ALTER TABLE away RENAME TO message")))
        assert max(pauses) == 30.0
        assert (await measured(engine))["so_failures_total", "outbox"] - before >= 10


async def test_the_pages_answer_and_say_when_something_is_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        found: Any = engine
        transport = httpx.ASGITransport(app=watching(found))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/healthz")).text == "ok"
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["database"]) == (200, "ok")
            assert "so_inbox_now" in (await client.get("/metrics")).text
        older = sa.text("UPDATE alembic_version SET version_num = '0001'")
        await engine.db.write(lambda tx: tx.execute(older))
        transport = httpx.ASGITransport(app=watching(found))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/readyz")).status_code == 503


# ---- traces ------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.set_up(level="DEBUG", stream=written, form="json")
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_one_trace_leads_from_what_arrived_to_all_that_came_of_it(
    tmp_path: Path, lines: io.StringIO
) -> None:
    async with opened(tmp_path) as engine:
        engine.script.effects = lambda update, session, case: (
            (SetTimer(name="later", key="later", at=engine.clock()),)
            if getattr(update, "text", "") == "set"
            else ()
        )
        await engine.hear("hello")
        row = await engine.hear("set")
        await engine.settle()
        (timer,) = await engine.rows(job, job.c.kind == "timer")
        trace = f"i{row}"
        assert json.loads(timer.args)[ARGUMENT] == trace
        said = [json.loads(line) for line in lines.getvalue().splitlines()]
        events = [line["event"] for line in said if line.get("trace") == trace]
        assert events == ["turn_taken", "update_added", "job_tried"]
        # What the timer told is a row of its own, and its line says which.
        (added,) = [line for line in said if line["event"] == "update_added"]
        (fired,) = await engine.rows(inbox, inbox.c.channel == "internal")
        assert added["row"] == fired.id
        assert f"i{fired.id}" in {line.get("trace") for line in said}
        (reply, *_) = await engine.rows(message, message.c.direction == "out")
        sent = [line for line in said if line["event"] == "message_sent"]
        assert {line["message"]: line["trace"] for line in sent}[reply.id] == f"i{reply.cause}"
        assert "hello" not in lines.getvalue()


# ---- the real program --------------------------------------------------------------------------


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[tuple[Running, str]]:
    port = own_port()
    running = Running(tmp_path / "data", METRICS_PORT=str(port))
    await running.start()
    yield running, f"http://127.0.0.1:{port}"
    await running.kill()


@pytest.mark.crash
async def test_the_program_is_watched_on_a_port_of_its_own(
    program: tuple[Running, str], request: pytest.FixtureRequest
) -> None:
    running, watched = program
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{watched}/metrics")).text
        assert 'so_heart_age_seconds{loop="turns"}' in text
        assert (await client.get(f"{watched}/readyz")).json()["loops"] == "ok"
        answer = await client.get(f"{running.url}/readyz")
        assert (answer.status_code, answer.text) == (200, "ready")
        # In public there is nothing to count patients by.
        assert (await client.get(f"{running.url}/metrics")).status_code == 404
    assert await running.stop() == 0
