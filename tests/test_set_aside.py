"""What can't be dealt with is set aside: it holds up nobody, and the operator sees it and tries again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot import set_aside
from bot.app import App, StartError
from bot.settings import Settings
from bot.store.schema import audit, message
from bot.store.schema import inbox as inbox_table
from bot.store.sealed import sealed
from bot.store.set_aside import dead
from bot.turn import APOLOGY
from tests.engine import Engine, opened

pytestmark = pytest.mark.usefixtures("both")

SECRET = "my own words"


async def given_up(engine: Engine, **raw: Any) -> None:
    """A message arrives that nobody can deal with, and is tried until it is given up."""
    await engine.hear(**raw)
    for _ in range(6):
        await engine.take_turns()
        engine.clock.move(60)
    await engine.outbox.drain()


async def listed(engine: Engine) -> list[set_aside.SetAside]:
    return await set_aside.listed(engine)  # type: ignore[arg-type]  # it needs db and queue only


@pytest.mark.parametrize("bad", [{"text": "boom"}, {"malformed": True, "text": SECRET}])
async def test_the_list_says_what_why_and_since_when_and_no_words(
    tmp_path: Path, bad: dict[str, Any]
) -> None:
    async with opened(tmp_path) as engine:
        await given_up(engine, **bad)
        (row,) = await listed(engine)
        assert (row["id"], row["what"], row["tries"]) == ("m1", "message from wire", 5)
        assert row["why"].partition(" ")[0] in ("ZeroDivisionError", "KeyError")
        assert ".py:" in row["why"]
        assert row["arrived"] < row["given_up"]
        text = set_aside.to_text([row]) + json.dumps(row)
        assert SECRET not in text
        assert "boom" not in text.replace("ZeroDivisionError", "")


async def test_its_words_are_shown_where_they_are_asked_for_and_that_is_on_record(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        app: Any = engine
        await given_up(engine, malformed=True, text=SECRET)
        assert json.loads(await set_aside.shown(app, "m1"))["raw"]["text"] == SECRET
        trail = await engine.rows(audit)
        assert [(one.actor, one.action, one.object) for one in trail] == [
            ("operator", "set_aside.read", "m1")
        ]


async def test_taken_once_more_it_is_answered_when_its_fault_is_mended(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        app: Any = engine
        await given_up(engine, text="boom")
        apology = engine.languages.say(APOLOGY, "en")
        await engine.hear("meanwhile")
        await engine.take_turns()
        mended = json.dumps({"id": "m1", "from": "ann", "text": "mended"})
        (dead,) = await engine.rows(inbox_table, inbox_table.c.state == "dead")
        mine = inbox_table.update().where(inbox_table.c.id == dead.id)
        new = mine.values(raw=sealed(dead.case_id, mended))
        await engine.db.write(lambda tx: tx.execute(new))
        await set_aside.again(app, "m1")
        assert await listed(engine) == []
        await engine.take_turns()
        await engine.outbox.drain()
        assert engine.wire.texts() == [apology, "heard meanwhile", "heard mended"]


async def test_taken_once_more_it_is_tried_once_and_nobody_is_told_twice(tmp_path: Path) -> None:
    async with opened(tmp_path, destinations=("d",)) as engine:
        app: Any = engine
        await given_up(engine, text="boom")
        told = len(await engine.rows(message))
        for n in (1, 2, 3):
            (row,) = await listed(engine)
            await set_aside.again(app, row["id"])
            await engine.hear(f"after {n}")
            assert await engine.take_turns() == 2
            await engine.outbox.drain()
        assert engine.wire.texts()[1:] == ["heard after 1", "heard after 2", "heard after 3"]
        (row,) = await listed(engine)
        assert row["tries"] == 1
        assert len(await engine.rows(message)) == told + 6  # What was said after, and its answers.


@pytest.mark.parametrize("wanted", ["m9", "j9", "x", "", "m", "m1 OR 1=1"])
async def test_what_is_not_set_aside_is_said_so(tmp_path: Path, wanted: str) -> None:
    async with opened(tmp_path) as engine:
        app: Any = engine
        with pytest.raises(StartError, match="second-opinion set-aside"):
            await set_aside.again(app, wanted)
        with pytest.raises(StartError, match="second-opinion set-aside"):
            await set_aside.shown(app, wanted)


async def test_a_job_that_was_given_up_is_listed_and_tried_again(tmp_path: Path) -> None:
    async with App.open(Settings(data_dir=tmp_path)) as app:

        async def fail(tx: Any) -> None:
            await app.queue.add(tx, "fetch", {"file": "f1"}, case_id="CASE")
            await tx.exec_driver_sql("UPDATE job SET state = 'dead', error = 'OSError'")

        await app.db.write(fail)
        (row,) = await set_aside.listed(app)
        assert (row["what"], row["case"], row["why"]) == ("job fetch", "CASE", "OSError")
        assert json.loads(await set_aside.shown(app, row["id"]))["args"] == {"file": "f1"}
        await set_aside.again(app, row["id"])
        assert await set_aside.listed(app) == []
        assert await app.db.read(dead) == []
