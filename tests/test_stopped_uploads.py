"""What comes by a private link of a case on which nobody works: nothing of it stays stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import uploaded
from bot.store import codec, inbox, links, schema, uploads
from bot.tokens import token_hash
from handlers.conversation import advance
from handlers.updates import Attachment, FilesUploaded
from tests.engine import Engine, opened

pytestmark = pytest.mark.usefixtures("both")

LINK = "link-1"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The whole conversation with a patient who has agreed, and a link to their case."""
    async with opened(tmp_path, script=advance) as core:
        await hear(core, "English", "yes", "I am the patient", "Ana Petrova")
        (chat,) = await core.rows(schema.session)

        async def write(tx: AsyncConnection) -> None:
            await links.add(
                tx, link_id=LINK, token_hash=token_hash("secret"), case_id=chat.case_id,
                session_id=chat.id, name="City Hospital", item=None,
                now=codec.seconds(core.clock()),
                expires_at=codec.seconds(core.clock() + timedelta(days=7)),
            )  # fmt: skip

        await core.db.write(write)
        yield core


async def hear(engine: Engine, *words: str) -> None:
    for text in words:
        await engine.hear(text)
        await engine.settle()


async def stop(engine: Engine) -> None:
    await hear(engine, "withdraw", "Keep my records", "Stop the work")


async def case_of(engine: Engine) -> str:
    (chat,) = await engine.rows(schema.session)
    return str(chat.case_id)


async def begun(engine: Engine, *, whole: bool) -> str:
    """Half of a file, or all of it, has come by the link, and nobody was told yet."""
    batch, upload_id, case_id = f"{1:032x}", f"{2:032x}", await case_of(engine)
    now = codec.seconds(engine.clock())

    async def write(tx: AsyncConnection) -> None:
        await uploads.add_batch(
            tx, batch_id=batch, link_id=LINK, case_id=case_id, folder="", files=1, size=3, now=now
        )
        await uploads.add(
            tx, upload_id=upload_id, batch_id=batch, link_id=LINK, case_id=case_id, name="a.pdf",
            media_type="", length=3, now=now,
        )  # fmt: skip

    await engine.db.write(write)
    claim = await engine.partials.claim(upload_id, case_id=case_id)
    await claim.add(b"abc" if whole else b"ab")
    await claim.close()
    if whole:
        await engine.db.write(lambda tx: _came(tx, engine, upload_id, now))
    return upload_id


async def _came(tx: AsyncConnection, engine: Engine, upload_id: str, now: float) -> None:
    row = await uploads.by_id(tx, upload_id)
    assert row is not None
    await uploaded.came(tx, engine.queue, row, now)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def bring(engine: Engine, *, by_coordinator: bool = False) -> str:
    """A file that is stored is told of: its blob."""
    case_id = await case_of(engine)
    blob = await engine.blobs.put(_pieces(b"%PDF-1.4 a letter"), case_id=case_id)
    update = FilesUploaded(
        attachments=(Attachment(fetch_ref=f"blob:{blob.id}", filename="letter.pdf"),),
        sender="City Hospital", by_coordinator=by_coordinator,
    )  # fmt: skip
    await engine.db.write(
        lambda tx: inbox.add_update(tx, case_id=case_id, key=f"u:{blob.id}", update=update)
    )
    await engine.settle()
    return blob.id


async def test_files_that_the_conversation_does_not_take_are_erased(engine: Engine) -> None:
    await stop(engine)
    blob_id = await bring(engine)
    assert not await engine.blobs.exists(blob_id)
    assert await engine.rows(schema.file) == []


async def test_no_name_of_a_file_that_is_not_taken_stays(engine: Engine) -> None:
    await stop(engine)
    await bring(engine)
    dump = await engine.dump()
    assert [name for name, rows in dump.items() if "letter.pdf" in repr(rows)] == []
    assert [name for name, rows in dump.items() if "City Hospital" in repr(rows)] == ["link"]


async def test_files_that_it_takes_stay(engine: Engine) -> None:
    assert await engine.blobs.exists(await bring(engine))


async def test_of_a_coordinator_s_own_files_the_patient_is_told_nothing(engine: Engine) -> None:
    """They read that they can't send before they agree again, and have sent nothing."""
    await stop(engine)
    said = len(engine.wire.texts())
    blob_id = await bring(engine, by_coordinator=True)
    assert not await engine.blobs.exists(blob_id)
    assert len(engine.wire.texts()) == said


@pytest.mark.parametrize("whole", [False, True])
async def test_what_was_on_its_way_when_the_case_stopped_leaves_no_bytes(
    engine: Engine, whole: bool
) -> None:
    upload_id = await begun(engine, whole=whole)
    await stop(engine)
    engine.clock.move(3600)
    await engine.settle()
    assert await engine.partials.ids() == set()
    assert not await engine.blobs.exists(upload_id)
    assert await engine.rows(schema.upload) == []
    assert "City Hospital" not in engine.wire.texts()[-1]


async def test_what_had_come_before_the_stop_stays(engine: Engine) -> None:
    upload_id = await begun(engine, whole=True)
    engine.clock.move(60)
    await engine.settle()
    assert [row.state for row in await engine.rows(schema.file)] != []
    await stop(engine)
    engine.clock.move(60)
    await engine.settle()
    assert await engine.blobs.exists(upload_id)
