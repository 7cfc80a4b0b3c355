"""How far the reading of a long file is: told while it goes on, seldom, and never after its end."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.intake.indexing import index_file
from bot.intake.survey import Progress, survey_file
from bot.jobs import reading
from bot.jobs.children import ChildDied
from bot.jobs.reading import Counter, told
from bot.store import codec, files
from bot.store.schema import inbox as inbox_table
from handlers.effects import TakeFile
from handlers.updates import ReadingProgress, RecordIndexed
from tests import synthetic
from tests.engine import START, Engine, opened, say
from tests.player import Player
from tests.sent_files import sent_file

pytestmark = pytest.mark.usefixtures("both")

# ---- the conversation --------------------------------------------------------------------------


@pytest.fixture
def reading_disc(player: Player) -> Player:
    """A disc was sent, and is being read for as long as the test wants."""
    player.reads = False
    player.open()
    player.press("en")
    player.press("yes")
    player.send("brain_mr_disc.zip")
    return player


def file_of(player: Player) -> str:
    (entry,) = player.session.batch
    return entry.file_id


def progress(player: Player, read: int, total: int = 540) -> list[str]:
    update = ReadingProgress(file_id=file_of(player), read=read, total=total)
    return player.shown(player.hear(update))


def waits(player: Player, seconds: int) -> list[str]:
    end, said = player.now + timedelta(seconds=seconds), list[str]()
    while player.now < end:
        said += player.shown(player.wait(timedelta(seconds=2), only="receipt"))
        player.now += timedelta(seconds=1)
    return said


def test_the_word_of_patience_says_how_far_it_is(reading_disc: Player) -> None:
    """It is one message, and the numbers are in it."""
    assert progress(reading_disc, 80) == []
    said = waits(reading_disc, 20)
    assert said[:2] == [
        "I am reading your files. A whole CD can take a few minutes. I tell you when I am done.",
        "• brain_mr_disc.zip: 80 of 540 files are read.",
    ]


def test_it_is_said_once_a_minute_at_most(reading_disc: Player) -> None:
    waits(reading_disc, 20)
    assert progress(reading_disc, 100) == []
    waits(reading_disc, 60)
    assert progress(reading_disc, 312)[0] == "• brain_mr_disc.zip: 312 of 540 files are read."
    assert progress(reading_disc, 320) == []


def test_it_is_said_wherever_the_conversation_goes_meanwhile(reading_disc: Player) -> None:
    reading_disc.press("patient")
    assert progress(reading_disc, 80) == []
    assert "• brain_mr_disc.zip: 80 of 540 files are read." in waits(reading_disc, 20)


def test_a_second_try_says_nothing_until_it_is_further_than_the_first(
    reading_disc: Player,
) -> None:
    """A child died, or the program was started again: nobody is told that less is read now."""
    waits(reading_disc, 20)
    progress(reading_disc, 312)
    waits(reading_disc, 70)
    assert progress(reading_disc, 40) == []
    assert progress(reading_disc, 400)[0] == "• brain_mr_disc.zip: 400 of 540 files are read."


def test_nothing_of_it_is_said_after_the_receipt(reading_disc: Player) -> None:
    """Whenever it was written down."""
    waits(reading_disc, 20)
    progress(reading_disc, 312)
    file_id = file_of(reading_disc)
    reading_disc.hear(RecordIndexed(file_id=file_id, original_name="brain_mr_disc.zip"))
    late = ReadingProgress(file_id=file_id, read=500, total=540)
    reading_disc.now += timedelta(minutes=2)
    assert reading_disc.hear(late) == []
    assert "brain_mr_disc.zip" in "".join(waits(reading_disc, 5))
    assert reading_disc.hear(late) == []


# ---- what is counted ---------------------------------------------------------------------------


def test_every_member_of_an_archive_is_counted_and_the_last_is_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    survey_file(
        sent_file(tmp_path, "brain_mr_disc.zip"), progress=lambda *numbers: seen.append(numbers)
    )
    totals = {total for _read, total in seen}
    assert totals == {seen[-1][0]}
    assert [read for read, _total in seen] == sorted({read for read, _total in seen})


def slowly(numbers: list[tuple[int, int]], progress: Progress, *, die: bool = False) -> None:
    """Work in a child that tells how far it is."""
    for read, total in numbers:
        progress(read, total)
        time.sleep(0.3)
    if die:
        raise SystemExit(3)


async def stored(engine: Engine) -> Any:
    """A file, and the job that reads it."""
    engine.wire.files["ct"] = synthetic.disc(synthetic.mr_study())
    await engine.hear("", files=["ct"])
    await engine.take_turns()
    (held,) = await engine.queue.claim(["fetch"], 1)
    row = await engine.db.read(lambda tx: files.find(tx, held.text("file")))
    assert row is not None
    return held, row


def taking(update: Any, _session: Any, _case: Any) -> tuple[Any, ...]:
    attachments = getattr(update, "attachments", ())
    return tuple(TakeFile(file_id="f", attachment=a, item=None) for a in attachments) or (say("-"),)


async def heard(engine: Engine) -> list[tuple[int, int]]:
    rows = [row for row in await engine.rows(inbox_table) if row.channel == "internal"]
    updates = [codec.load_update(row.raw) for row in rows]
    return [(u.read, u.total) for u in updates if isinstance(u, ReadingProgress)]


async def test_the_chat_hears_what_a_child_counts(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.script.effects = taking
        held, row = await stored(engine)
        async with told(engine, held, row, first=0.2, then=0.2) as counter:
            await engine.children.run(60, slowly, [(1, 3), (2, 3), (2, 3), (3, 3)], counter)
        seen = await heard(engine)
        assert seen == sorted(set(seen))
        assert set(seen) & {(1, 3), (2, 3), (3, 3)}
        assert not list(engine.blobs.draft("0" * 32).parent.iterdir())


async def test_a_child_that_dies_leaves_nothing_that_goes_on_telling(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        engine.script.effects = taking
        held, row = await stored(engine)
        with pytest.raises((ChildDied, SystemExit)):
            async with told(engine, held, row, first=0.05, then=0.05) as counter:
                await engine.children.run(60, slowly, [(1, 3)], counter, die=True)
        before = await heard(engine)
        await asyncio.sleep(0.3)
        assert await heard(engine) == before
        assert not list(engine.blobs.draft("0" * 32).parent.iterdir())


async def test_a_short_reading_says_nothing(tmp_path: Path) -> None:
    """Nobody waits for it."""
    assert reading._FIRST_SECONDS >= 10
    async with opened(tmp_path) as engine:
        engine.script.effects = taking
        await stored(engine)
        engine.clock.move(100)
        await engine.settle()
        assert await heard(engine) == []


def test_a_counter_counts_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.touch()
    index_file(
        sent_file(tmp_path, "brain_mr_disc.zip"),
        file_id="f",
        name="x",
        item=None,
        received_at=START,
        progress=Counter(path),
    )
    read, total = reading._NUMBERS.unpack(path.read_bytes())
    assert read == total > 8
