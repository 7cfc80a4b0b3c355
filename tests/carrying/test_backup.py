"""What is kept while the program runs is whole, comes back as it was, and is never half a backup."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.app import Files, open_files, sealed, utc_now
from bot.carrying.backup import Backup, backup
from bot.carrying.blobs import CarryError
from bot.carrying.moments import file_of, files_of, moments
from bot.carrying.place import Place, alone_in
from bot.carrying.restore import restore
from bot.carrying.rows import shapes
from bot.coordinators import add, follow_setting
from bot.key_source import key_source
from bot.settings import Settings
from bot.store.db import Database
from bot.store.keyring import BrokenSeal
from bot.store.migrate import migrate
from bot.store.schema import case_key, file, secret
from tests.buckets import Buckets, set_environment
from tests.carrying.filled import (
    add_file,
    add_translation,
    contents,
    fill,
    rows_of,
    sealing,
    tallies,
)
from tests.lying import bytes_of
from tests.postgres import Cluster
from tests.running import PROGRAM


def silent(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture(params=["small", "grown"])
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A place of either kind."""
    if request.param == "small":
        yield Settings(data_dir=tmp_path / "kept")
        return
    postgres: Cluster = request.getfixturevalue("postgres")
    made: Buckets = request.getfixturevalue("bucket_store")
    set_environment(monkeypatch, made)
    with postgres.database() as url:
        yield Settings(
            data_dir=tmp_path / "kept", database_url=SecretStr(url), files_url=made.fresh()
        )


@asynccontextmanager
async def in_use(settings: Settings) -> AsyncIterator[tuple[Database, Place]]:
    """The place as a program has it open that runs."""
    async with await Database.open(settings.store) as db:
        files = await open_files(settings)
        yield (
            db,
            Place(
                where=settings.store,
                engine=db.engine,
                blobs=files.blobs,
                partials=files.partials,
                keys=key_source(settings),
            ),
        )


async def filled(settings: Settings) -> None:
    async with in_use(settings) as (_db, place):
        await fill(settings.store, place)


async def backed_up(settings: Settings, folder: Path, *, keep: int = 0) -> Backup:
    async with in_use(settings) as (db, place):
        return await backup(db, place.blobs, place.partials, folder, utc_now, keep=keep)


def without_passwords(found: dict[str, object]) -> dict[str, object]:
    return {name: tally for name, tally in found.items() if name != secret.name}


async def test_what_was_kept_comes_back_as_it_was(kept: Settings, tmp_path: Path) -> None:
    await filled(kept)
    made = await backed_up(kept, tmp_path / "backups")
    assert (made.absent, made.damaged) == ((), ())
    empty = Settings(data_dir=tmp_path / "empty")
    report = await restore(tmp_path / "backups", empty, silent)
    assert report.files == made.files == 10
    there = await tallies(empty)
    assert without_passwords(dict(there)) == without_passwords(dict(await tallies(kept)))
    assert there[secret.name].rows == 0
    assert await contents(empty) == await contents(kept)


async def test_a_translation_that_is_gone_or_rotten_is_told_of(tmp_path: Path) -> None:
    kept = Settings(data_dir=tmp_path / "kept")
    async with in_use(kept) as (db, place):
        gone = await add_translation(db, place, "gone", b"nowhere")
        rotten = await add_translation(db, place, "rotten", b"as it was made")
        await place.blobs.delete(gone)
        path = next(kept.data_dir.rglob(rotten))
        path.chmod(0o600)
        path.write_bytes(b"as it rots")
    made = await backed_up(kept, tmp_path / "backups")
    assert (made.absent, made.damaged) == ((gone,), (rotten,))


async def test_a_place_that_was_only_started_gives_way_with_coordinators_in_its_settings_too(
    tmp_path: Path,
) -> None:
    """Each start writes anew whom COORDINATORS names; whom an operator has let in stays."""
    kept, begun = Settings(data_dir=tmp_path / "kept"), Settings(data_dir=tmp_path / "begun")
    await filled(kept)
    await backed_up(kept, tmp_path / "backups")
    async with in_use(begun) as (db, _place):
        await follow_setting(db, "Li Wei <li@clinic.example>", 1.8e9)
    await restore(tmp_path / "backups", begun, silent)
    assert (await tallies(begun))["coordinator"] == (await tallies(kept))["coordinator"]
    other = Settings(data_dir=tmp_path / "other")
    async with in_use(other) as (db, _place):
        await add(db, name="Ana", roles=(), email=None, telegram_id=None, now=1.8e9)
    with pytest.raises(CarryError, match=r"not empty.*coordinator"):
        await restore(tmp_path / "backups", other, silent)


async def test_what_was_kept_comes_back_on_a_server_too(
    tmp_path: Path, postgres: Cluster, bucket_store: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, bucket_store)
    small = Settings(data_dir=tmp_path / "small")
    await filled(small)
    await backed_up(small, tmp_path / "backups")
    with postgres.database(empty=True) as url:
        grown = Settings(
            data_dir=tmp_path / "grown",
            database_url=SecretStr(url),
            files_url=bucket_store.fresh(),
        )
        await restore(tmp_path / "backups", grown, silent)
        assert await contents(grown) == await contents(small)
        async with in_use(grown) as (db, place):
            await add_file(db, place, 99, b"later")
        with pytest.raises(CarryError, match="not empty"):
            await restore(tmp_path / "backups", grown, silent)


async def test_what_was_kept_before_is_not_copied_again_and_what_nobody_needs_goes(
    kept: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await filled(kept)
    first = await backed_up(kept, folder)
    async with in_use(kept) as (db, place):
        # Not the empty one: what has come of an upload may be nothing too.
        old = next(row for row in await rows_of(kept.store, file) if row.size)
        new = await add_file(db, place, 77, b"one more")
        await place.blobs.delete(old.blob_id)
        await db.write(lambda tx: tx.execute(sa.delete(file).where(file.c.id == old.id)))
    second = await backed_up(kept, folder)
    assert (first.copied, second.copied) == (10, 1)
    assert len(moments(folder)) == 2
    gone = files_of(first.folder)[old.blob_id]
    assert file_of(folder, gone.sha256).exists()
    await backed_up(kept, folder, keep=1)
    # What a patient has had erased is kept for as long as the moments are in which it was there.
    assert not file_of(folder, gone.sha256).exists()
    assert new in files_of(moments(folder)[0])


async def test_a_backup_made_while_patients_write_is_of_one_moment(
    kept: Settings, tmp_path: Path
) -> None:
    """Files come and are erased all the while; each that a kept row names is there."""
    await filled(kept)
    stop = asyncio.Event()
    dice = random.Random(4)

    async def busy(db: Database, place: Place) -> int:
        mine: list[tuple[str, str]] = []
        count = 0
        while not stop.is_set():
            count += 1
            blob_id = await add_file(db, place, 1000 + count, os.urandom(20_000))
            mine.append((f"file-{blob_id}", blob_id))
            # A file that is erased has been there for a while: seconds here, days in the world.
            if len(mine) > 10:
                file_id, gone = mine.pop(dice.randrange(2))
                await db.write(
                    lambda tx, file_id=file_id: tx.execute(  # type: ignore[misc]
                        sa.delete(file).where(file.c.id == file_id)
                    )
                )
                await place.blobs.delete(gone)
            await asyncio.sleep(dice.uniform(0.0, 0.05))
        return count

    async with in_use(kept) as (db, place):
        writing = asyncio.create_task(busy(db, place))
        await asyncio.sleep(0.5)
        made = [
            await backup(db, place.blobs, place.partials, tmp_path / "backups", utc_now)
            for _ in range(3)
        ]
        stop.set()
        assert await writing > 3
    assert not any(one.absent or one.damaged for one in made)
    for number, one in enumerate(made):
        empty = Settings(data_dir=tmp_path / f"empty{number}")
        report = await restore(tmp_path / "backups", empty, silent, one.folder.name)
        assert not report.absent
        rows = await rows_of(empty.store, file)
        there = await contents(empty)
        assert {row.blob_id for row in rows if row.state == "stored"} <= there.keys()


@pytest.mark.crash
async def test_a_backup_that_is_killed_leaves_none_that_looks_whole(tmp_path: Path) -> None:
    kept, folder = Settings(data_dir=tmp_path / "kept"), tmp_path / "backups"
    await filled(kept)
    async with in_use(kept) as (db, place):
        for n in range(40):
            await add_file(db, place, 100 + n, bytes([n]) * 500_000)
    # A first one, that is whole.
    whole = await backed_up(kept, folder)
    async with in_use(kept) as (db, place):
        for n in range(40):
            await add_file(db, place, 200 + n, bytes([n + 100]) * 500_000)
    dice = random.Random(8)
    ended = []
    for _ in range(4):
        process = subprocess.Popen(
            [str(PROGRAM), "backup", str(folder)],
            env={**os.environ, "DATA_DIR": str(kept.data_dir)},
            stdout=subprocess.DEVNULL,
        )
        while not list(folder.glob(".half-*")) and process.poll() is None:
            await asyncio.sleep(0.005)
        await asyncio.sleep(dice.uniform(0.0, 0.2))
        process.kill()
        ended.append(process.wait())
    assert -9 in ended
    assert len(moments(folder)) == 1 + ended.count(0)
    for moment in moments(folder):
        empty = Settings(data_dir=tmp_path / moment.name)
        assert not (await restore(folder, empty, silent, moment.name)).absent
    # What was half made is swept by the next, and what had come of it is not copied again.
    last = await backed_up(kept, folder)
    assert not list(folder.glob(".half-*"))
    assert last.files == whole.files + 40
    assert len(list(folder.glob("files/*/*"))) <= last.files + 7


async def test_damage_in_a_backup_is_found_before_it_is_believed(
    tmp_path: Path,
) -> None:
    kept, folder = Settings(data_dir=tmp_path / "kept"), tmp_path / "backups"
    await filled(kept)
    made = await backed_up(kept, folder)
    rows = made.folder / "rows-cases.jsonl"
    before = rows.read_bytes()
    rows.write_bytes(before.replace(b"7", b"8", 1))
    with pytest.raises(CarryError, match=r"rows-cases\.jsonl is damaged"):
        await restore(folder, Settings(data_dir=tmp_path / "a"), silent)
    rows.write_bytes(before)
    blob_id, stored = max(files_of(made.folder).items(), key=lambda one: one[1].size)
    path = file_of(folder, stored.sha256)
    path.write_bytes(b"x" * stored.size)
    other = Settings(data_dir=tmp_path / "b")
    with pytest.raises(CarryError, match=f"{stored.sha256} of the backup is damaged"):
        await restore(folder, other, silent)
    async with alone_in(other) as place:
        assert await place.occupied() == []
        assert not await place.blobs.exists(blob_id)
    with pytest.raises(CarryError, match="there is no whole backup"):
        await restore(tmp_path, Settings(data_dir=tmp_path / "c"), silent)


async def test_a_backup_of_an_older_version_is_restored_and_brought_up_to_date(
    tmp_path: Path,
) -> None:
    """Made by a program one migration back: its tables are made as they were, then brought forward."""
    kept, folder = Settings(data_dir=tmp_path / "kept"), tmp_path / "backups"
    await filled(kept)
    made = await backed_up(kept, folder)
    manifest = json.loads((made.folder / "manifest.json").read_text())
    known = [shape.name for shape in shapes()]
    assert manifest["tables"].keys() == {*known} - {secret.name, case_key.name}
    # Tables that were the same then; others have got columns since.
    old = {name: manifest["tables"][name] for name in ("effect", "handoff")}
    (made.folder / "manifest.json").write_text(
        json.dumps({**manifest, "tables": old, "revision": "0008"})
    )
    empty = Settings(data_dir=tmp_path / "empty")
    await migrate(empty.store)
    await restore(folder, empty, silent)
    there, before = await tallies(empty), await tallies(kept)
    assert (there["effect"], there["handoff"]) == (before["effect"], before["handoff"])
    assert there["cases"].rows == 0


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    kept = Settings(data_dir=tmp_path / "kept")
    asyncio.run(filled(kept))
    for command, folder in (("backup", "kept"), ("restore", "other")):
        done = subprocess.run(
            [sys.executable, "-m", "bot", command, str(tmp_path / "backups")],
            cwd=Path(__file__).parents[2],
            env={"DATA_DIR": str(tmp_path / folder), "PATH": "/usr/bin:/bin", **sealing()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "10 files" in done.stdout


async def test_a_sealed_file_is_kept_as_it_lies_and_its_damage_is_found_without_a_key(
    tmp_path: Path,
) -> None:
    kept, other = Settings(data_dir=tmp_path / "kept"), Settings(data_dir=tmp_path / "other")
    data = b"of a patient" * 50_000
    async with in_use(kept) as (db, place), AsyncExitStack() as stack:
        files = Files(blobs=place.blobs, partials=place.partials)
        blobs, _partials = sealed(files, db.keys, kept, stack)
        sealing = replace(place, blobs=cast(Any, blobs))
        whole = await add_file(db, sealing, 1, data)
        rotten = await add_file(db, sealing, 2, data)
    path = next(kept.data_dir.rglob(rotten))
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(broken)
    for copied in (2, 1):
        made = await backed_up(kept, tmp_path / "backups")
        assert (made.absent, made.damaged, made.copied) == ((), (rotten,), copied)
    assert not [
        one
        for one in (tmp_path / "backups").rglob("*")
        if one.is_file() and data[:99] in one.read_bytes()
    ]
    await restore(tmp_path / "backups", other, silent)
    async with in_use(other) as (db, place), AsyncExitStack() as stack:
        files = Files(blobs=place.blobs, partials=place.partials)
        blobs, _partials = sealed(files, db.keys, other, stack)
        assert await bytes_of(blobs, whole) == data
        with pytest.raises(BrokenSeal):
            await bytes_of(blobs, rotten)
