"""What has come is shown with its receipt; a picture that can't be made or sent costs nothing else."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Capabilities, Rejected, Retry
from bot.jobs import orphans
from bot.jobs.children import Allowance, ChildDied, Children, TookTooLong
from bot.store import cases
from bot.store.schema import file, session
from bot.web.bubbles import Bubbles
from bot.web.chat_queries import lines_of
from checklist.case import Case
from checklist.records import Record
from checklist.text import verbatim
from handlers.effects import EraseCase, SendReply, TakeFile
from handlers.pictures import pictures_of
from handlers.replies import Reply
from handlers.session import Received, Session
from handlers.turn import Turn
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests import synthetic
from tests.engine import Engine, Wire, opened, say
from tests.lying import blob_file, bytes_of
from tests.synthetic import SeriesPlan, StudyPlan

MIB = 1 << 20


class Album:
    """Takes files, shows what they were, and forgets the case at the word "erase"."""

    def __init__(self) -> None:
        self.heard: list[RecordIndexed] = []

    def __call__(self, session: Session, case: Case, update: Update, **_: Any) -> Turn:
        session = replace(session, version=session.version + 1)
        if isinstance(update, RecordIndexed):
            self.heard.append(update)
            for record in update.records:
                case = case.with_record(record)
            ids = tuple(record.id for record in update.records)
            got = Received(file_id=update.file_id, name="", state="read", record_ids=ids)
            shown = Reply(
                step="t", turn=1, text=(verbatim("Read."),), pictures=pictures_of(case, (got,))
            )
            return Turn(session=session, case=case, effects=(SendReply(reply=shown),))
        if isinstance(update, InboundMessage) and update.text == "erase":
            effects = (EraseCase(), say("All is erased."))
            return Turn(session=session, case=case.forgotten(), effects=effects)
        files = update.attachments if isinstance(update, InboundMessage) else ()
        taken = tuple(
            TakeFile(file_id=f"file-{a.fetch_ref}", attachment=a, item="imaging") for a in files
        )
        return Turn(session=session, case=case, effects=(*taken, say("thanks")))


@dataclass
class Showing(Wire):
    """A wire that carries pictures too. `refused` is raised, in turn, by `show`."""

    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(pictures="studies", max_text=60)
    )
    refused: list[BaseException] = field(default_factory=list)

    async def show(self, address: str, jpeg: bytes, alt: str) -> None:
        if self.refused:
            raise self.refused.pop(0)
        assert jpeg.startswith(b"\xff\xd8")
        self.sent.append((address, f"picture: {alt}", ""))


async def stored(engine: Engine) -> set[str]:
    return await engine.blobs.older_than(float("inf"))


async def records(engine: Engine) -> tuple[Record, ...]:
    (row,) = await cases.list_cases(engine.db)
    return row.case.records


async def send(engine: Engine, name: str, data: bytes) -> None:
    engine.wire.files[name] = data
    await engine.hear("", files=[name])
    await engine.settle()


# ---- made with the records ---------------------------------------------------------------------


async def test_a_study_and_a_document_come_with_their_pictures(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Album()) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        await send(engine, "page", synthetic.pdf(synthetic.LAB_SHEET))
        study, page = await records(engine)
        assert (study.preview_size, page.preview_size) == ((664, 332), (452, 640))
        for record in (study, page):
            for blob_id in record.blob_ids:
                assert (await bytes_of(engine.blobs, blob_id)).startswith(b"\xff\xd8")
        assert len(await stored(engine)) == 2 + 4


async def test_a_study_that_grows_has_a_new_sheet_of_all_its_parts_and_the_old_is_deleted(
    tmp_path: Path,
) -> None:
    one, two = SeriesPlan(number=1), SeriesPlan(number=2, description="Lung")
    async with opened(tmp_path, script=Album()) as engine:
        await send(engine, "first", synthetic.disc(StudyPlan(series=(one,))))
        (before,) = await records(engine)
        await send(engine, "second", synthetic.disc(StudyPlan(series=(two,))))
        (after,) = await records(engine)
        assert before.preview_size == (664, 168)
        assert after.preview_size == (664, 332)
        files = {row.blob_id for row in await engine.rows(file)}
        assert await stored(engine) == files | set(after.blob_ids)


async def test_an_erasure_takes_the_pictures_too(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Album()) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        assert len(await stored(engine)) == 3
        await engine.hear("erase")
        await engine.settle()
        assert await stored(engine) == set()


@pytest.mark.usefixtures("both")
async def test_an_erasure_while_a_file_is_read_leaves_no_picture(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Album()) as engine:
        engine.wire.files["disc"] = synthetic.disc(synthetic.ct_study())
        await engine.hear("", files=["disc"])
        await engine.take_turns()
        worker = engine.worker()
        await worker.run_due()  # fetched, and read
        await engine.hear("erase")
        await engine.settle()
        assert await stored(engine) == set()


async def test_an_erasure_that_waits_while_a_file_is_read_leaves_no_picture(tmp_path: Path) -> None:
    """What was found in the file waits behind the wish, and is never heard."""
    async with opened(tmp_path, script=Album()) as engine:
        engine.wire.files["disc"] = synthetic.disc(synthetic.ct_study())
        await engine.hear("", files=["disc"])
        await engine.take_turns()
        worker = engine.worker()
        await engine.hear("erase")
        await worker.run_due()  # fetched, and read
        assert len(await stored(engine)) > 1
        await engine.settle()
        assert await stored(engine) == set()


@pytest.mark.usefixtures("both")
async def test_the_sweep_leaves_what_a_record_shows(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Album()) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        (record,) = await records(engine)
        long_ago = time.time() - 7200
        for blob_id in await stored(engine):
            os.utime(blob_file(tmp_path / "blobs", blob_id), (long_ago, long_ago))
        assert await orphans.sweep(engine) == 0
        assert set(record.blob_ids) < await stored(engine)


# ---- what a decoder may do ---------------------------------------------------------------------


def spin() -> None:
    """A decoder that never ends."""
    while True:
        pass


def devour() -> int:
    """A decoder that wants the whole machine."""
    return len(bytearray(8 << 30))


def flood(path: Path) -> int:
    """A decoder that fills the disk."""
    with path.open("wb") as out:
        return sum(out.write(bytes(MIB)) for _ in range(64))


async def test_a_decoder_is_killed_when_it_computes_too_long_and_stopped_when_it_takes_too_much(
    tmp_path: Path,
) -> None:
    limits = Allowance(memory=1 << 30, file=8 * MIB, seconds=1)
    children = Children(1, allowance=limits)
    try:
        with pytest.raises(ChildDied):
            await children.run(30.0, spin)
        with pytest.raises(MemoryError):
            await children.run(30.0, devour)
        with pytest.raises(OSError, match="File too large"):
            await children.run(30.0, flood, tmp_path / "flood")
        assert await children.run(30.0, len, "abc") == 3
    finally:
        children.close()


async def test_a_decoder_that_waits_for_ever_is_killed() -> None:
    children = Children(1, allowance=Allowance(memory=1 << 30, file=MIB, seconds=30))
    try:
        with pytest.raises(TookTooLong):
            await children.run(0.5, time.sleep, 60)
    finally:
        children.close()


@pytest.mark.parametrize("trouble", ["time", "memory"])
async def test_the_record_comes_without_a_picture_when_its_decoder_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    album = Album()
    async with opened(tmp_path, script=album) as engine:
        if trouble == "time":
            monkeypatch.setattr("bot.jobs.previews._OF_A_CALL", 0.001)
        else:
            engine.decoders.close()
            # Not even the decoders themselves fit into this.
            limits = Allowance(memory=100 * MIB, file=MIB, seconds=20)
            engine.decoders = Children(1, allowance=limits)
        try:
            await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        finally:
            engine.decoders.close()
        (record,) = await records(engine)
        assert record.study is not None
        assert record.blob_ids == ()
        assert engine.wire.texts() == ["thanks", "Read."]
        assert len(album.heard) == 1


# ---- carried by a channel ----------------------------------------------------------------------


async def test_a_channel_shows_the_sheet_before_the_words(tmp_path: Path) -> None:
    async with opened(tmp_path, script=Album(), wire=Showing()) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        assert engine.wire.texts() == [
            "thanks",
            "picture: This is what I received: CT (chest) of April 12, 2026, 10 pictures",
            "Read.",
        ]


async def test_a_page_is_not_shown_where_only_studies_may_be(tmp_path: Path) -> None:
    """Its words would leave the house."""
    async with opened(tmp_path, script=Album(), wire=Showing()) as engine:
        await send(engine, "page", synthetic.pdf(synthetic.LAB_SHEET))
        assert engine.wire.texts() == ["thanks", "Read."]


@pytest.mark.parametrize("trouble", [Rejected("no"), Retry("busy"), ValueError("a fault of ours")])
async def test_a_picture_that_fails_holds_up_no_words_and_doubles_none(
    tmp_path: Path, trouble: Exception
) -> None:
    wire = Showing(refused=[trouble])
    async with opened(tmp_path, script=Album(), wire=wire) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        assert wire.texts() == ["thanks", "Read."]


@pytest.mark.usefixtures("both")
async def test_words_that_are_sent_again_bring_no_second_picture(tmp_path: Path) -> None:
    wire = Showing(trouble=[None, Retry("flood", after=1.0)])
    async with opened(tmp_path, script=Album(), wire=wire) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        engine.clock.move(60)
        await engine.settle()
        assert [text[:7] for text in wire.texts()] == ["thanks", "picture", "Read."]


async def test_the_web_page_is_told_where_the_pictures_are(tmp_path: Path) -> None:
    """Each keeps its place by its size, and has words for whoever doesn't see it."""
    async with opened(tmp_path, script=Album()) as engine:
        await send(engine, "disc", synthetic.disc(synthetic.ct_study()))
        (record,) = await records(engine)
        (row,) = await cases.list_cases(engine.db)
        (chat,) = [one.id for one in await engine.rows(session)]
        lines = await lines_of(engine.db, chat, after=0)
        (shown,) = Bubbles(engine.languages, "en").show(lines)[-1].pictures
        assert row.case.records == (record,)
        assert shown.src == f"/pictures/{record.id}"
        assert (shown.width, shown.height) == record.preview_size
        assert shown.alt.startswith("This is what I received: CT")
