"""A case has room for so much; it is said before it ends, more can be given, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from bot.store.room import Room, room_of
from bot.store.schema import file, job
from checklist.marks import mark_of_room
from handlers.effects import RecordAudit
from handlers.updates import CoordinatorActed, NoRoom
from tests.engine import Engine, opened
from tests.player import Player
from tests.test_virus_scan import send, take

WORDS = b"Laboratory report, 12 April 2026. Haemoglobin 120 g/l (115-150)."


def with_room(engine: Engine, **most: int) -> None:
    engine.settings = Settings.model_construct(**(dict(engine.settings) | most))
    engine.script.effects = take


def said(engine: Engine) -> list[str]:
    return [update.of for update in engine.script.heard if isinstance(update, NoRoom)]


async def test_what_there_is_no_room_for_waits_where_it_is_and_comes_when_there_is(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        with_room(engine, case_max_files=5)
        for number in range(6):
            await send(engine, f"r{number}", WORDS + b"%d" % number)
        states = [row.state for row in await engine.rows(file)]
        assert states == ["indexed"] * 5 + ["wanted"]
        # Once before it ends, and once a day when it has.
        assert said(engine) == ["case_soon", "case"]
        assert "r5" not in engine.wire.fetched
        with_room(engine, case_max_files=10)
        engine.clock.move(3600)
        await engine.settle()
        assert [row.state for row in await engine.rows(file)] == ["indexed"] * 6
        assert not [row for row in await engine.rows(job) if row.state == "dead"]


async def test_bytes_count_as_files_do(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        with_room(engine, case_max_bytes=2 * len(WORDS))
        for name in ("a", "b", "c"):
            await send(engine, name, WORDS + name.encode())
        assert [row.state for row in await engine.rows(file)] == ["indexed", "indexed", "wanted"]


async def test_another_case_has_room_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        with_room(engine, case_max_files=1)
        await send(engine, "a", WORDS)
        engine.wire.files["b"] = WORDS + b"b"
        await engine.hear("", files=["b"], sender="bob")
        await engine.settle()
        assert [row.state for row in await engine.rows(file)] == ["indexed"] * 2
        (first, _second) = await engine.rows(file)
        found = await engine.db.read(lambda tx: room_of(tx, first.case_id, files=1, size=10**9))
        assert found == Room(files=1, size=len(WORDS), most_files=1, most_size=10**9)


def test_a_coordinator_gives_as_much_again_once_for_each_time_it_was_seen(player: Player) -> None:
    act = CoordinatorActed(action="more_room", coordinator="Li Wei", seen=mark_of_room(player.case))
    player.hear(act)
    assert player.case.desk.more_room == 1
    player.hear(act)
    assert player.case.desk.more_room == 1
    trail = [one.action for one in player.effects if isinstance(one, RecordAudit)]
    assert trail == ["case.more_room", "act.conflict"]
