"""A plain copy is kept beside what was sent, read in its place, and goes with it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.handoff.contents import entries_of
from bot.handoff.sources import Sources
from bot.handoff.stored import StoredFile
from bot.jobs import orphans
from bot.store import files
from bot.store.schema import file, instance
from checklist.case import Case
from handlers.effects import Effect, EraseCase, TakeFile
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests.engine import Engine, opened
from tests.handoff.cases import AT, day, record, russian
from tests.intake import containers
from tests.lying import bytes_of

pytestmark = pytest.mark.usefixtures("both")


def take(update: Update, session: Any, case: Case) -> tuple[Effect, ...]:
    if not isinstance(update, InboundMessage):
        return ()
    if update.text == "erase":
        return (EraseCase(),)
    return tuple(
        TakeFile(file_id=f"{update.external_id}-{one.fetch_ref}", attachment=one, item="imaging")
        for one in update.attachments
    )


async def send(engine: Engine, data: bytes) -> None:
    engine.script.effects = take
    engine.wire.files["disc"] = data
    await engine.hear("", files=["disc"])
    await engine.take_turns()


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


def kept(engine: Engine, folder: Path) -> set[str]:
    """The ids of what is stored, but for the pictures of records, which this script files nowhere."""
    told = [update for update in engine.script.heard if isinstance(update, RecordIndexed)]
    pictures = {one for update in told for record in update.records for one in record.blob_ids}
    return {path.name for path in stored(folder)} - pictures


def packed(kind: str, folder: Path) -> bytes:
    disc = containers.laid_out(containers.study(), folder / "disc")
    return containers.MAKERS[kind](disc, folder / f"made.{kind}")


async def read_as_indexed(engine: Engine, blob_id: str) -> None:
    async with engine.blobs.local(blob_id) as path:
        with Sources(lambda _: path) as sources:
            for one in await engine.rows(instance):
                data = b"".join(sources.read(blob_id, one.member))
                assert hashlib.sha256(data).hexdigest() == one.sha256


async def test_what_must_be_unpacked_is_unpacked_once_and_kept(tmp_path: Path) -> None:
    sent = packed("7z", tmp_path)
    async with opened(tmp_path) as engine:
        await send(engine, sent)
        await engine.settle()
        (row,) = await engine.rows(file)
        assert row.state == "indexed"
        assert await bytes_of(engine.blobs, row.blob_id) == sent
        assert kept(engine, tmp_path) == {row.blob_id, row.plain_blob_id}
        assert await engine.rows(instance)
        await read_as_indexed(engine, row.plain_blob_id)


async def test_an_image_of_a_disc_is_read_in_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, packed("iso_joliet", tmp_path))
        await engine.settle()
        (row,) = await engine.rows(file)
        assert (row.state, row.plain_blob_id) == ("indexed", None)
        assert await engine.rows(instance)
        await read_as_indexed(engine, row.blob_id)


async def test_what_is_refused_leaves_no_plain_copy(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, packed("7z", tmp_path)[:-200])
        await engine.settle()
        (row,) = await engine.rows(file)
        assert (row.state, row.plain_blob_id) == ("refused", None)
        assert [path.name for path in stored(tmp_path)] == [row.blob_id]


async def test_an_erasure_takes_the_plain_copy_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, packed("tar_gz", tmp_path))
        await engine.settle()
        assert len(kept(engine, tmp_path)) == 2
        await engine.hear("erase")
        await engine.take_turns()
        await engine.settle()
        assert kept(engine, tmp_path) == set()
        (row,) = await engine.rows(file)
        assert (row.blob_id, row.plain_blob_id) == (None, None)


async def test_what_is_unpacked_while_its_case_is_erased_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, packed("7z", tmp_path))
        run = engine.children.run

        async def erased_meanwhile(*args: Any, **kwargs: Any) -> Any:
            result = await run(*args, **kwargs)
            (row,) = await engine.rows(file)
            await engine.db.write(lambda tx: files.scrub(tx, row.case_id))
            return result

        engine.children.run = erased_meanwhile  # type: ignore[method-assign]
        await engine.settle()
        (row,) = await engine.rows(file)
        assert row.plain_blob_id is None
        # This test's erasure deletes no bytes by itself.
        assert [path.name for path in stored(tmp_path)] == [row.blob_id]


async def test_a_plain_copy_is_nobodys_orphan(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await send(engine, packed("7z", tmp_path))
        await engine.settle()
        pictures = {path.name for path in stored(tmp_path)} - kept(engine, tmp_path)
        draft = engine.blobs.draft("0" * 32)
        draft.write_bytes(b"half-written by a process that died")
        long_ago = time.time() - 100_000
        for path in [*stored(tmp_path), draft]:
            os.utime(path, (long_ago, long_ago))
        assert await orphans.sweep(engine) == len(pictures)
        assert await engine.blobs.sweep() == 1
        assert len(kept(engine, tmp_path)) == 2


def a_file(**values: Any) -> StoredFile:
    known: dict[str, Any] = {
        "id": "f-l1",
        "name": "labs.pdf",
        "media_type": "application/pdf",
        "state": "indexed",
        "reason": "",
        "blob_id": "original",
        "plain_blob_id": "plain",
        "sha256": "of the original",
        "size": 5,
        "channel": "web",
        "received_at": AT,
    }
    return StoredFile(**(known | values))


def test_a_record_is_packed_from_the_plain_copy_and_what_is_not_understood_as_it_came() -> None:
    labs = replace(
        record("l1", "lab", item="labs", date=day(2026, 10, 1)),
        file_id="f-l1",
        sha256="of the plain copy",
        size=9,
    )
    other = a_file(id="f-2", state="refused", reason="encrypted", sha256="other")
    case = replace(russian(), records=(labs,))
    found, left = entries_of(case, (a_file(), other), ())
    assert (found.blob_id, found.sha256, found.size) == ("plain", "of the plain copy", 9)
    assert (left.blob_id, left.sha256) == ("original", "other")
