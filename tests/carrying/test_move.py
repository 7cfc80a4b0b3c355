"""An operator who outgrows one machine takes everything along, and finds the way back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.app import utc_now
from bot.carrying.blobs import CarryError
from bot.carrying.move import move
from bot.carrying.place import alone_in, settings_of
from bot.jobs.engines import queue_for
from bot.settings import Settings
from bot.store.db import Database, SchemaError
from bot.store.lock import hold
from bot.store.schema import cases, inbox, job
from tests.buckets import Buckets, set_environment
from tests.carrying.filled import add_file, contents, fill, row_of, rows_of, sealing, tallies
from tests.postgres import Cluster

ROOT = Path(__file__).parents[2]
MOVE = [sys.executable, "-m", "bot", "move", "--from"]


def silent(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "small")


@pytest.fixture
def grown(
    postgres: Cluster,
    bucket_store: Buckets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    set_environment(monkeypatch, bucket_store)
    with postgres.database(empty=True) as url:
        yield Settings(
            data_dir=tmp_path / "grown",
            database_url=SecretStr(url),
            files_url=bucket_store.fresh(),
        )


async def filled(settings: Settings) -> None:
    async with alone_in(settings) as place:
        await fill(settings.store, place)


async def test_all_that_was_moved_to_a_server_and_a_bucket_and_back_is_the_same(
    small: Settings, grown: Settings, tmp_path: Path
) -> None:
    await filled(small)
    rows, files = await tallies(small), await contents(small)
    report = await move(small, grown, silent)
    assert (report.damaged, report.absent) == ([], [])
    assert report.tables == rows == await tallies(grown)
    assert all(tally.rows for tally in rows.values())
    assert await contents(grown) == files
    assert report.files == 10
    back = Settings(data_dir=tmp_path / "back")
    assert (await move(grown, back, silent)).tables == rows
    assert await tallies(back) == rows
    assert await contents(back) == files
    # Not only by the program's own digest: each value of each row.
    for table in (cases, inbox, job):
        assert await rows_of(back.store, table) == await rows_of(small.store, table)


async def test_jobs_that_waited_run_at_the_other_place(small: Settings, grown: Settings) -> None:
    await filled(small)
    await move(small, grown, silent)
    async with await Database.open(grown.store) as db:
        queue = queue_for(db, utc_now)
        held = await queue.claim(["timer"], 9)
        assert {one.args["timer"] for one in held} == {"t0", "t1", "t2"}
        for one in held:
            assert await queue.settle(one)
        assert await queue.next_due(["timer"]) is None


async def test_a_job_that_was_under_way_is_taken_up_at_the_other_place_and_is_doubtful(
    small: Settings, grown: Settings, tmp_path: Path
) -> None:
    """Whoever held it was killed. It waits for what its lease would have lasted, and no longer."""
    await filled(small)
    await move(small, grown, silent)
    async with await Database.open(grown.store) as db:
        assert len(await queue_for(db, utc_now).claim(["timer"], 1)) == 1
    back = Settings(data_dir=tmp_path / "back")
    await move(grown, back, silent)
    async with await Database.open(back.store) as db:
        queue = queue_for(db, lambda: utc_now() + timedelta(seconds=61))
        held = await queue.claim(["timer"], 9)
    assert sorted(one.doubtful for one in held) == [False, False, True]


async def test_an_id_that_was_given_once_is_not_given_again(
    small: Settings, grown: Settings
) -> None:
    await filled(small)
    await move(small, grown, silent)
    last = max(row.id for row in await rows_of(small.store, inbox))
    new = {**row_of(inbox, 99), "external_id": "new"}
    del new["id"]
    async with await Database.open(grown.store) as db:
        made = await db.write(lambda tx: tx.execute(sa.insert(inbox).returning(inbox.c.id), new))
        assert made.scalar_one() == last + 1


def blobs_in(folder: Path) -> dict[str, int]:
    """The finished files of a folder, with what tells one that was written anew."""
    found = {}
    for path in folder.glob("files/*/*"):
        with suppress(FileNotFoundError):
            if "#" not in path.name:
                found[path.name] = path.stat().st_ino
    return found


@pytest.mark.crash
async def test_a_move_that_is_killed_goes_on_where_it_was(small: Settings, tmp_path: Path) -> None:
    await filled(small)
    async with alone_in(small) as place, await Database.open(small.store) as db:
        for n in range(40):
            await add_file(db, place, 100 + n, bytes([n]) * 1_000_000)
    other = Settings(data_dir=tmp_path / "other")
    process = subprocess.Popen([*MOVE, str(small.data_dir), "--to", str(other.data_dir)], cwd=ROOT)
    while len(blobs_in(other.data_dir)) < 5:
        assert process.poll() is None
        await asyncio.sleep(0.01)
    process.kill()
    process.wait()
    brought = blobs_in(other.data_dir)
    async with alone_in(other) as half:
        assert await half.occupied() == []
    await move(small, other, silent)
    assert blobs_in(other.data_dir).items() >= brought.items()
    # And once more: all is there, and is only compared.
    whole = blobs_in(other.data_dir)
    await move(small, other, silent)
    assert blobs_in(other.data_dir) == whole
    assert await tallies(other) == await tallies(small)
    assert await contents(other) == await contents(small)


async def test_neither_side_may_be_in_use(small: Settings, grown: Settings) -> None:
    await filled(small)
    with hold(small.data_dir), pytest.raises(CarryError, match="in use by another running"):
        await move(small, grown, silent)
    await move(small, grown, silent)
    async with await Database.open(grown.store):
        with pytest.raises(CarryError, match="stop every `serve` and `work`"):
            await move(grown, Settings(data_dir=small.data_dir / "other"), silent)
    async with alone_in(grown):
        with pytest.raises(SchemaError, match="just being carried"):
            await Database.open(grown.store)


async def test_nothing_is_written_over(small: Settings, grown: Settings) -> None:
    await filled(small)
    await move(small, grown, silent)
    async with alone_in(small) as place, await Database.open(small.store) as db:
        await add_file(db, place, 50, b"later")
    before = await tallies(grown)
    with pytest.raises(CarryError, match="not empty"):
        await move(small, grown, silent)
    assert await tallies(grown) == before


async def test_a_file_that_is_not_what_its_row_says_is_carried_and_named(
    small: Settings, tmp_path: Path
) -> None:
    await filled(small)
    async with alone_in(small) as place, await Database.open(small.store) as db:
        rotten = await add_file(db, place, 20, b"as it came")
        gone = await add_file(db, place, 21, b"gone")
        path = next(small.data_dir.rglob(rotten))
        path.chmod(0o600)
        path.write_bytes(b"as it rots")
        await place.blobs.delete(gone)
    report = await move(small, Settings(data_dir=tmp_path / "other"), silent)
    assert report.damaged == [rotten]
    assert report.absent == [gone]
    assert any(rotten in line for line in report.lines())


def test_a_place_is_a_folder_an_address_or_what_the_settings_say(tmp_path: Path) -> None:
    assert settings_of(str(tmp_path)).store == tmp_path / "second-opinion.db"
    both = settings_of("postgresql://a:b@c/d+s3://bucket/prefix")
    assert (both.store, both.files_url) == ("postgresql://a:b@c/d", "s3://bucket/prefix")
    with pytest.raises(CarryError, match="a place is"):
        settings_of("mysql://a/b")


async def test_the_command_says_what_it_compared(
    small: Settings, postgres: Cluster, tmp_path: Path
) -> None:
    await filled(small)
    with postgres.database(empty=True) as url:
        command = [*MOVE, str(small.data_dir), "--to", url]
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={"DATA_DIR": str(tmp_path / "files"), "PATH": "/usr/bin:/bin", **sealing()},
        )
        assert done.returncode == 0, done.stderr
        assert "each is the same on both sides" in done.stdout
        with psycopg.connect(url) as connection:
            (count,) = connection.execute("SELECT count(*) FROM cases").fetchone() or (0,)
        assert count == 7
