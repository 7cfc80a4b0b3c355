"""From bytes that came by a link to files of the case: told once, together, and never forgotten."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import time
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import uploaded
from bot.jobs.queue import Job
from bot.jobs.shell import Shell
from bot.store import codec, files, links, schema, uploads
from bot.store.db import Row
from bot.tokens import token_hash
from handlers.effects import Effect, EraseCase, TakeFile
from handlers.updates import Attachment, FilesUploaded, NoRoom, Update, UploadProgress
from tests.engine import Engine, opened, say
from tests.lying import bytes_of

pytestmark = pytest.mark.usefixtures("both")

LINK = "link-1"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The core with one chat, and a link to its case."""
    async with opened(tmp_path) as core:
        await core.hear("hello")
        await core.settle()
        (chat,) = await core.rows(schema.session)

        async def write(tx: AsyncConnection) -> None:
            await links.add(
                tx,
                link_id=LINK,
                token_hash=token_hash("secret"),
                case_id=chat.case_id,
                session_id=chat.id,
                name="City Hospital",
                item="imaging",
                now=codec.seconds(core.clock()),
                expires_at=codec.seconds(core.clock() + timedelta(days=7)),
            )

        await core.db.write(write)
        core.script.effects = taking
        yield core


def taking(update: Update, *_: object) -> tuple[Effect, ...]:
    """The conversation takes what came, or its bytes would be let go of."""
    files = update.attachments if isinstance(update, FilesUploaded) else ()
    return tuple(TakeFile(file_id=one.fetch_ref[-16:], attachment=one, item=None) for one in files)


async def case_id(engine: Engine) -> str:
    (chat,) = await engine.rows(schema.session)
    return str(chat.case_id)


async def pick(engine: Engine, *names: str, folder: str = "", size: int = 3) -> list[str]:
    """Files are picked: their ids. The first of them names the batch, too."""
    batch, case, now = f"{1:032x}", await case_id(engine), codec.seconds(engine.clock())
    ids = [f"{number:032x}" for number in range(2, 2 + len(names))]

    async def write(tx: AsyncConnection) -> None:
        await uploads.add_batch(
            tx,
            batch_id=batch,
            link_id=LINK,
            case_id=case,
            folder=folder,
            files=len(names),
            size=size * len(names),
            now=now,
        )
        for upload_id, name in zip(ids, names, strict=True):
            await uploads.add(
                tx,
                upload_id=upload_id,
                batch_id=batch,
                link_id=LINK,
                case_id=case,
                name=name,
                media_type="",
                length=size,
                now=now,
            )
        row = await uploads.find_batch(tx, batch)
        assert row is not None
        await uploaded.watch(tx, engine.queue, row, now)

    await engine.db.write(write)
    return ids


async def arrive(engine: Engine, upload_id: str, data: bytes = b"abc") -> None:
    """All of it comes."""
    await put(engine, upload_id, data)

    async def write(tx: AsyncConnection) -> None:
        row = await uploads.by_id(tx, upload_id)
        assert row is not None
        await uploaded.came(tx, engine.queue, row, codec.seconds(engine.clock()))

    await engine.db.write(write)


async def put(engine: Engine, upload_id: str, data: bytes) -> None:
    claim = await engine.partials.claim(upload_id, case_id=await case_id(engine))
    await claim.add(data)
    await claim.close()


def told(engine: Engine) -> list[FilesUploaded]:
    return [update for update in engine.script.heard if isinstance(update, FilesUploaded)]


async def later(engine: Engine, seconds: float) -> None:
    engine.clock.move(seconds)
    await engine.settle()


# ---- telling -----------------------------------------------------------------------------------


async def test_files_that_come_together_are_told_of_together_and_by_whom(engine: Engine) -> None:
    first, second = await pick(engine, "a.pdf", "b.pdf")
    await arrive(engine, first)
    await arrive(engine, second)
    await engine.settle()
    assert told(engine) == []
    await later(engine, 2)
    (update,) = told(engine)
    assert [one.filename for one in update.attachments] == ["a.pdf", "b.pdf"]
    assert (update.sender, update.item, update.announced) == ("City Hospital", "imaging", 0)
    assert await bytes_of(engine.blobs, first) == b"abc"
    assert await engine.partials.ids() == set()
    await later(engine, 3600)
    assert len(told(engine)) == 1


async def test_a_folder_is_one_file_once_all_of_it_has_come(engine: Engine) -> None:
    ids = await pick(engine, "DICOMDIR", "DICOM/IM1", "DICOM/IM2", folder="CD")
    for upload_id in ids[:2]:
        await arrive(engine, upload_id)
    await later(engine, 60)
    assert told(engine) == []
    await arrive(engine, ids[2], b"xyz")
    await later(engine, 2)
    (update,) = told(engine)
    (disc,) = update.attachments
    assert (disc.filename, disc.media_type) == ("CD.zip", "application/zip")
    assert (update.came, update.announced) == (3, 3)
    packed = await bytes_of(engine.blobs, disc.fetch_ref.removeprefix("blob:"))
    with zipfile.ZipFile(io.BytesIO(packed)) as made:
        assert made.namelist() == ["DICOMDIR", "DICOM/IM1", "DICOM/IM2"]
        assert made.read("DICOM/IM2") == b"xyz"
        assert {entry.compress_type for entry in made.infolist()} == {zipfile.ZIP_STORED}
    assert await engine.partials.ids() == set()


async def test_half_a_folder_is_told_of_when_nothing_more_comes(engine: Engine) -> None:
    first, _second = await pick(engine, "a", "b", folder="CD")
    await arrive(engine, first)
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    (update,) = told(engine)
    assert (update.came, update.announced) == (1, 2)


async def test_a_folder_waits_as_long_as_something_comes(engine: Engine) -> None:
    ids = await pick(engine, "a", "b", "c", folder="CD")
    for upload_id in ids[:2]:
        await arrive(engine, upload_id)
        await later(engine, uploaded.QUIET.total_seconds() - 60)
    assert told(engine) == []


# ---- what a crash leaves -----------------------------------------------------------------------


async def test_what_was_whole_and_not_marked_is_found_at_the_start(engine: Engine) -> None:
    (upload_id,) = await pick(engine, "a.pdf")
    await put(engine, upload_id, b"abc")
    await engine.worker().recover()
    await later(engine, 2)
    assert [one.filename for one in told(engine)[0].attachments] == ["a.pdf"]


async def test_a_crash_after_the_move_tells_all_the_same(engine: Engine) -> None:
    (upload_id,) = await pick(engine, "a.pdf")
    await arrive(engine, upload_id)
    await engine.partials.become(upload_id, engine.blobs, case_id="case")
    await later(engine, 2)
    assert len(told(engine)) == 1


async def test_a_crash_after_packing_tells_all_the_same(engine: Engine) -> None:
    ids = await pick(engine, "a", "b", folder="CD")
    for upload_id in ids:
        await arrive(engine, upload_id)
    job = await claimed(engine)
    await uploaded.run(engine, job)  # Its effect is lost: the process ends here.
    engine.clock.move(3600)
    await engine.worker().recover()
    await later(engine, 2)
    (disc,) = told(engine)[0].attachments
    assert await unpacked(engine, disc) == {"a": b"abc", "b": b"abc"}


async def test_bytes_are_kept_until_the_row_says_that_they_are_told_of(engine: Engine) -> None:
    ids = await pick(engine, "a", "b", folder="CD")
    for upload_id in ids:
        await arrive(engine, upload_id)
    outcome = await uploaded.run(engine, await claimed(engine))
    assert [await engine.partials.size(upload_id) for upload_id in ids] == [3, 3]
    assert outcome.undo is not None
    await outcome.undo()
    assert [await engine.partials.size(upload_id) for upload_id in ids] == [3, 3]


async def test_a_try_that_was_taken_away_takes_nothing_from_the_one_that_told(
    engine: Engine,
) -> None:
    for upload_id in await pick(engine, "a", "b", folder="CD"):
        await arrive(engine, upload_id)
    job = await claimed(engine)
    # "That was all" came while the first try packed, and a second one took over with the same files.
    first, second = await uploaded.run(engine, job), await uploaded.run(engine, job)
    assert second.effect is not None
    assert first.undo is not None
    await engine.db.write(second.effect)
    await first.undo()
    await engine.settle()
    (disc,) = told(engine)[0].attachments
    assert await unpacked(engine, disc) == {"a": b"abc", "b": b"abc"}


async def test_a_file_that_comes_while_a_folder_is_packed_is_not_forgotten(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await pick(engine, "a", "b", folder="CD")
    await arrive(engine, first)
    pack = uploaded._zip

    async def meanwhile(shell: Shell, sources: dict[str, Row], target: Path) -> None:
        monkeypatch.setattr(uploaded, "_zip", pack)
        await arrive(engine, second, b"xyz")
        await pack(shell, sources, target)

    monkeypatch.setattr(uploaded, "_zip", meanwhile)
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    (update,) = told(engine)
    (disc,) = update.attachments
    assert await unpacked(engine, disc) == {"a": b"abc", "b": b"xyz"}
    assert update.came == 2
    # The first one, which is of no use any more, was thrown away.
    assert await engine.blobs.older_than(time.time() + 60) == {disc.fetch_ref.removeprefix("blob:")}


async def test_what_comes_after_a_folder_was_told_of_is_told_of_too(engine: Engine) -> None:
    first, second = await pick(engine, "a", "b", folder="CD")
    await arrive(engine, first)
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    assert [(update.came, update.announced) for update in told(engine)] == [(1, 2)]
    await arrive(engine, second, b"xyz")
    await later(engine, 2)
    discs = [await unpacked(engine, one) for update in told(engine) for one in update.attachments]
    assert discs == [{"a": b"abc"}, {"b": b"xyz"}]


async def test_packing_ends_when_it_was_given_up(engine: Engine, tmp_path: Path) -> None:
    """The program's end waits for it."""
    (large,) = await pick(engine, "large", size=4 << 30)
    with (tmp_path / "uploads" / large).open("wb") as file:
        file.truncate(4 << 30)
    row = await engine.db.read(lambda tx: uploads.by_id(tx, large))
    assert row is not None
    target = tmp_path / "target"
    packing = asyncio.create_task(uploaded._zip(engine, {"large": row}, target))
    while not target.exists() or not target.stat().st_size:
        await asyncio.sleep(0.01)
    packing.cancel()
    done, _still = await asyncio.wait([packing], timeout=2)
    assert done
    target.unlink()


async def test_two_files_of_one_name_are_both_in_the_folder(engine: Engine) -> None:
    first, second = await pick(engine, "IM1", "IM1", folder="Files")
    await arrive(engine, first)
    await arrive(engine, second, b"xyz")
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    (disc,) = told(engine)[0].attachments
    assert sorted((await unpacked(engine, disc)).values()) == [b"abc", b"xyz"]


async def test_a_full_disk_keeps_what_came_and_people_are_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await pick(engine, "a", "b", folder="CD")
    for upload_id in ids:
        await arrive(engine, upload_id)
    pack = uploaded._zip

    async def full(_shell: Shell, _sources: dict[str, Row], target: Path) -> None:
        target.write_bytes(b"PK half a zip")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploaded, "_zip", full)
    await later(engine, 2)
    await later(engine, 400)
    assert told(engine) == []
    assert sum(isinstance(update, NoRoom) for update in engine.script.heard) == 1
    assert await engine.partials.ids() == set(ids)
    monkeypatch.setattr(uploaded, "_zip", pack)
    await later(engine, 400)
    (disc,) = told(engine)[0].attachments
    assert await unpacked(engine, disc) == {"a": b"abc", "b": b"abc"}


async def test_a_file_that_is_lost_is_said_and_the_others_are_told_of(engine: Engine) -> None:
    first, second = await pick(engine, "a.pdf", "b.pdf")
    await arrive(engine, first)
    await arrive(engine, second)
    await engine.partials.delete(first)
    await later(engine, 2)
    (update,) = told(engine)
    assert ([one.filename for one in update.attachments], update.lost) == (["b.pdf"], 1)
    assert [row.id for row in await engine.rows(schema.upload)] == [second]


@pytest.mark.parametrize("left", [0, 1])
async def test_a_file_of_a_folder_that_is_lost_is_said_and_the_others_are_packed(
    engine: Engine, left: int
) -> None:
    ids = await pick(engine, "a", "b", folder="CD")
    for upload_id in ids:
        await arrive(engine, upload_id)
    for upload_id in ids[left:]:
        await engine.partials.delete(upload_id)
    await later(engine, 2)
    (update,) = told(engine)
    assert update.lost == 2 - left
    # What is sent once more is not taken for what was lost.
    assert [row.id for row in await engine.rows(schema.upload)] == ids[:left]
    assert [await unpacked(engine, disc) for disc in update.attachments] == [{"a": b"abc"}] * left
    assert await engine.partials.ids() == set()


async def test_a_folder_waits_while_a_large_file_of_it_is_coming(
    engine: Engine, tmp_path: Path
) -> None:
    first, second = await pick(engine, "a", "b", folder="CD")
    await arrive(engine, first)
    await put(engine, second, b"x")
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    assert told(engine) == []
    old = time.time() - 3600
    os.utime(tmp_path / "uploads" / second, (old, old))
    await later(engine, uploaded.QUIET.total_seconds() + 1)
    assert [(update.came, update.announced) for update in told(engine)] == [(1, 2)]


async def claimed(engine: Engine) -> Job:
    """The job that tells of what came, as a worker would have it."""
    engine.clock.move(2)
    (row,) = [row for row in await engine.rows(schema.job) if row.kind == "uploaded"]
    return Job(id=row.id, kind=row.kind, args=json.loads(row.args), attempt=1, lease="")


async def unpacked(engine: Engine, disc: Attachment) -> dict[str, bytes]:
    packed = await bytes_of(engine.blobs, disc.fetch_ref.removeprefix("blob:"))
    with zipfile.ZipFile(io.BytesIO(packed)) as made:
        assert made.testzip() is None
        return {name: made.read(name) for name in made.namelist()}


async def test_what_never_comes_is_forgotten_after_a_week(engine: Engine) -> None:
    (upload_id,) = await pick(engine, "a.pdf")
    await put(engine, upload_id, b"ab")
    engine.clock.move(timedelta(days=8).total_seconds())
    await engine.worker().recover()
    assert await engine.partials.ids() == set()
    assert await engine.rows(schema.upload) == []


async def test_an_erased_case_leaves_no_bytes_behind(engine: Engine) -> None:
    first, second = await pick(engine, "a.pdf", "b.pdf")
    await arrive(engine, first)
    await put(engine, second, b"ab")
    engine.script.effects = lambda *_: (EraseCase(), say("gone"))
    await engine.hear("delete")
    await later(engine, 3600)
    assert await engine.partials.ids() == set()
    for table in (schema.upload, schema.batch, schema.link):
        assert await engine.rows(table) == []
    assert not await engine.blobs.exists(first)
    assert told(engine) == []
    assert [row for row in await engine.rows(schema.file) if row.state != "erased"] == []


async def test_the_record_says_who_sent_it(engine: Engine) -> None:
    (upload_id,) = await pick(engine, "a.pdf")
    await arrive(engine, upload_id)
    engine.script.effects = lambda update, *_: (
        tuple(
            TakeFile(file_id="f1", attachment=one, item=update.item, sender=update.sender)
            for one in update.attachments
        )
        if isinstance(update, FilesUploaded)
        else ()
    )
    await later(engine, 2)
    row = await engine.db.read(lambda tx: files.find(tx, "f1"))
    assert row is not None
    assert (row.sender, row.channel, row.name) == ("City Hospital", "upload", "a.pdf")
    assert (row.state, row.size) == ("indexed", 3)


# ---- how far it is -----------------------------------------------------------------------------


async def test_the_chat_hears_how_far_it_is_after_a_minute_and_then_less_often(
    engine: Engine,
) -> None:
    (upload_id,) = await pick(engine, "big.zip", size=10)
    moments: list[float] = []
    start = engine.clock()
    for minute in range(12):
        await put(engine, upload_id, b"x" if minute < 9 else b"")
        await later(engine, 60)
        heard = [u for u in engine.script.heard if isinstance(u, UploadProgress)]
        if len(heard) > len(moments):
            moments.append((engine.clock() - start).total_seconds() // 60)
            assert (heard[-1].received, heard[-1].total) == (minute + 1, 10)
    assert moments == [1, 3, 7]


async def test_nothing_is_said_of_an_upload_that_stands_still(engine: Engine) -> None:
    (upload_id,) = await pick(engine, "big.zip", size=10)
    await put(engine, upload_id, b"x")
    for _ in range(30):
        await later(engine, 3600)
    heard = [u for u in engine.script.heard if isinstance(u, UploadProgress)]
    assert [update.received for update in heard] == [1]
    left = [row for row in await engine.rows(schema.job) if row.kind == "upload_progress"]
    assert {row.state for row in left} == {"done"}
