"""A Bot API server of the operator's own: files of any size, taken over where they lie."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from bot.channels.base import LaysFiles, Rejected, Retry
from bot.channels.telegram import TelegramChannel
from bot.jobs import fetch
from bot.jobs.queue import Job, Later, Permanent
from bot.store import files
from bot.store.schema import file
from handlers.effects import Effect, TakeFile
from handlers.updates import InboundMessage
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.engine import Engine, Script, Wire, opened
from tests.lying import bytes_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TWO_GB = 2_000_000_000


@pytest.fixture
async def local(telegram: TelegramDouble, tmp_path: Path) -> AsyncIterator[TelegramChannel]:
    folder = tmp_path / "bot-api"
    folder.mkdir()
    telegram.local = folder
    channel = TelegramChannel(TOKEN, telegram.url, local_files=folder)
    yield channel
    await channel.close()


def document(size: int) -> dict[str, Any]:
    ana = {"id": 7001, "is_bot": False, "first_name": "Ana"}
    sent = {"file_id": "f1", "file_unique_id": "u1", "file_name": "CT.zip", "file_size": size}
    chat = {"id": 7001, "type": "private", "first_name": "Ana"}
    return {
        "update_id": 1,
        "message": {"message_id": 1, "date": 1, "chat": chat, "from": ana, "document": sent},
    }


def too_large(channel: TelegramChannel, size: int) -> bool:
    said = channel.parse(document(size), NOW)
    assert said is not None
    return said.attachments[0].too_large


async def test_the_largest_file_follows_the_mode(
    channel: TelegramChannel, local: TelegramChannel
) -> None:
    assert (channel.capabilities.max_file, local.capabilities.max_file) == (20_000_000, 2 * TWO_GB)
    assert [too_large(channel, size) for size in (20_000_000, 20_000_001)] == [False, True]
    assert [too_large(local, size) for size in (TWO_GB, 2 * TWO_GB + 1)] == [False, True]


async def test_a_file_lies_where_the_server_says(
    local: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.file("f1", b"of a patient")
    assert isinstance(local, LaysFiles)
    path = await local.lies_at("f1")
    assert path is not None
    assert path.read_bytes() == b"of a patient"
    assert b"".join([piece async for piece in local.fetch("f1")]) == b"of a patient"
    assert telegram.served == 0  # Nothing came over HTTP.


async def test_from_telegrams_own_servers_nothing_lies_here(channel: TelegramChannel) -> None:
    assert await channel.lies_at("f1") is None


@pytest.mark.parametrize("kind", ["outside", "traversal", "link", "folder", "missing", "secret"])
async def test_no_path_leads_out_of_the_folder(
    local: TelegramChannel, telegram: TelegramDouble, tmp_path: Path, kind: str
) -> None:
    """Whatever a server may name, nothing but what it was given to write in is read."""
    secret = tmp_path / "bot-api-secret"
    secret.write_bytes(b"a key")
    folder = tmp_path / "bot-api"
    (folder / "link").symlink_to(secret)
    named = {
        "outside": Path("/etc/passwd"),
        "traversal": folder / ".." / secret.name,
        "link": folder / "link",
        "folder": folder,
        "missing": folder / "none",
        "secret": secret,
    }[kind]
    telegram.file("f1", b"x", path=named)
    with structlog.testing.capture_logs() as logs, pytest.raises(Retry):
        await local.lies_at("f1")
    assert "TELEGRAM_LOCAL_FILES" in logs[0]["remedy"]
    assert "passwd" not in str(logs)
    assert secret.read_bytes() == b"a key"


# ---- the job -----------------------------------------------------------------------------------


def take(update: Any, session: Any, case: Any) -> tuple[Effect, ...]:
    if not isinstance(update, InboundMessage):
        return ()
    return tuple(
        TakeFile(file_id="file1", attachment=a, item="imaging") for a in update.attachments
    )


async def fetched(engine: Engine) -> tuple[Any, Job]:
    """A patient has sent a file, which is to be fetched."""
    await engine.hear("files", files=("f1",))
    await engine.take_turns()
    (job,) = await engine.queue.claim(("fetch",), 1)
    (row,) = await engine.rows(file)
    return row, job


@pytest.fixture
async def engine(
    tmp_path: Path, local: TelegramChannel, telegram: TelegramDouble
) -> AsyncIterator[Engine]:
    wire = cast(Wire, Taking(local))
    script = Script(effects=take)
    async with opened(tmp_path, script=script, wire=wire, max_file_bytes=TWO_GB) as engine:
        yield engine


class Taking(Wire):
    """The test's own wire, with the files of the channel under test."""

    def __init__(self, channel: TelegramChannel) -> None:
        super().__init__()
        self.lies_at = channel.lies_at


async def test_a_large_file_is_taken_over_from_where_it_lies(
    engine: Engine, telegram: TelegramDouble, tmp_path: Path
) -> None:
    telegram.file("f1", size=600_000_000)
    _row, job = await fetched(engine)
    laid = tmp_path / "bot-api" / TOKEN / "documents" / "f1"
    telegram._laid("f1", telegram.files["f1"])
    outcome = await fetch.run(cast(Any, engine), job)
    assert outcome.effect is not None
    await engine.db.write(outcome.effect)
    (row,) = await engine.rows(file)
    assert (row.state, row.size) == ("stored", 600_000_000)
    assert await engine.blobs.size(row.blob_id) == 600_000_000
    # The server keeps none of its own that an erasure wouldn't find.
    assert not laid.exists()


@pytest.mark.parametrize("kind", ["other disk", "may not delete"])
async def test_a_file_that_lies_elsewhere_is_read_there(
    engine: Engine,
    telegram: TelegramDouble,
    tmp_path: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        path = Path(elsewhere) / "f1"
        path.write_bytes(b"of a patient" * 100_000)
        if kind == "other disk":
            assert path.stat().st_dev != tmp_path.stat().st_dev
        else:

            def refused(*_: Any) -> None:
                raise PermissionError

            # The system's refusal: root, as whom tests may run, is refused nothing.
            monkeypatch.setattr(Path, "unlink", refused)
        blob = await fetch._taken_over(cast(Any, engine), "case", path, "a" * 32, TWO_GB)
        monkeypatch.undo()
        assert blob.size == 1_200_000
        assert await bytes_of(engine.blobs, "a" * 32) == b"of a patient" * 100_000
        assert path.exists() == (kind == "may not delete")


async def test_a_file_that_is_larger_than_the_operator_takes_stays_where_it_is(
    engine: Engine, telegram: TelegramDouble, tmp_path: Path
) -> None:
    telegram.file("f1", size=TWO_GB + 1)
    _row, job = await fetched(engine)
    with pytest.raises(Permanent, match="too_large"):
        await fetch.run(cast(Any, engine), job)
    assert (tmp_path / "bot-api" / TOKEN / "documents" / "f1").exists()


async def test_a_file_that_was_taken_over_just_now_for_another_is_brought_again(
    engine: Engine, telegram: TelegramDouble, tmp_path: Path
) -> None:
    with pytest.raises(Retry, match="moved"):
        await fetch._taken_over(cast(Any, engine), "case", tmp_path / "gone", "a" * 32, TWO_GB)
    telegram.file("f1", path=tmp_path / "bot-api" / "not yet")
    _row, job = await fetched(engine)
    with pytest.raises(Later):
        await fetch.run(cast(Any, engine), job)
    telegram.file("f1", b"%PDF")
    outcome = await fetch.run(cast(Any, engine), job)
    assert outcome.effect is not None
    await engine.db.write(outcome.effect)
    assert (await engine.db.read(lambda tx: files.find(tx, "file1"))).state == "stored"  # type: ignore[union-attr]


async def test_a_server_that_does_not_know_the_file_says_that_it_is_gone(
    local: TelegramChannel, telegram: TelegramDouble
) -> None:
    with pytest.raises(Rejected, match="gone"):
        await local.lies_at("unknown")
    telegram.files["f1"] = replace(telegram.files.get("f1") or _empty(), size=5)
    telegram.fail("getFile", 502)
    with pytest.raises(Retry):
        await local.lies_at("f1")


def _empty() -> Any:
    from tests.doubles.telegram import Upload

    return Upload(size=0)
