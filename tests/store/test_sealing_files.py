"""Files that an older version has stored as they came are sealed in their place, whoever reads or writes.

In a folder, and in a bucket of a real S3-compatible store.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import obstore
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from typer.testing import CliRunner

from bot.app import App
from bot.cli import cli
from bot.doctor_finding import Look
from bot.doctor_sealing import look_at_files
from bot.sealing_progress import said_now_and_then
from bot.settings import Settings, TwilioSettings
from bot.store import cases, frames
from bot.store.blobs import RawBlobs, new_blob_id
from bot.store.blobs_bucket import BucketBlobs
from bot.store.blobs_folder import FolderBlobs
from bot.store.buckets import open_bucket
from bot.store.keyring import BrokenSeal
from bot.store.partials import RawPartials, Superseded
from bot.store.partials_bucket import BucketPartials
from bot.store.partials_folder import FolderPartials
from bot.store.schema import case_key, file, session, upload
from bot.store.schema import cases as cases_table
from bot.store.scratch import KEPT, Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.store.sealing_files import Progress, count_plain, seal_files
from tests.buckets import Buckets, set_environment
from tests.damaging import break_seal
from tests.doubles.case_keys import DerivedKeys
from tests.lying import blob_file, bytes_of
from tests.systems.seeded import seeded

ID = "0123456789abcdef" * 2
WORDS = b"what a patient sent "
DISC = random.Random(5).randbytes(3_000_000)


@dataclass
class Store:
    """The files as they lie, and as everybody sees them."""

    plain: RawBlobs
    coming: RawPartials
    blobs: SealedBlobs
    partials: SealedPartials

    async def head(self, blob_id: str) -> bytes:
        lies = await self.plain.raw(blob_id)
        lies.close()
        return lies.head

    async def coming_head(self, upload_id: str) -> bytes:
        lies = await self.coming.raw(upload_id)
        lies.close()
        return lies.head

    async def begun(self, *pieces: bytes) -> None:
        """An upload that an older version has taken in as it came."""
        partial = await self.coming.claim(ID, case_id="")
        for piece in pieces:
            await partial.add(piece)
        await partial.close()

    async def seal_upload(self) -> bool:
        later = time.time() + 60
        return await self.partials.seal_old(ID, case_id="case", idle_since=later)


def over(plain: RawBlobs, coming: RawPartials, scratch: Scratch) -> Store:
    keys = DerivedKeys()
    blobs, partials = SealedBlobs(plain, keys, scratch), SealedPartials(coming, keys, scratch)
    return Store(plain=plain, coming=coming, blobs=blobs, partials=partials)


@pytest.fixture(params=["folder", "bucket"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Store]:
    scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)
    if request.param == "folder":
        yield over(FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads"), scratch)
    else:
        made: Buckets = request.getfixturevalue("bucket_store")
        set_environment(monkeypatch, made)
        bucket = await open_bucket(made.fresh())
        aside = tmp_path / "aside"
        yield over(BucketBlobs(bucket, scratch), BucketPartials(bucket, aside), scratch)
    scratch.close()


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


# ---- what is stored ----------------------------------------------------------------------------


@pytest.mark.parametrize("content", [WORDS, DISC], ids=["short", "long"])
async def test_a_file_is_sealed_in_its_place_and_read_as_before(
    store: Store, content: bytes
) -> None:
    was = await store.plain.put(stream(content), case_id="")
    assert await store.blobs.seal_old(was.id, case_id="case")
    assert frames.is_sealed(await store.head(was.id))
    assert await bytes_of(store.blobs, was.id) == content
    assert await store.blobs.measure(was.id) == was
    assert await store.blobs.size(was.id) == was.size
    assert not await store.blobs.seal_old(was.id, case_id="case")
    with pytest.raises(FileNotFoundError):
        await store.blobs.seal_old(new_blob_id(), case_id="case")
    assert await store.plain.older_than(float("inf")) == {was.id}


async def test_a_file_that_is_not_what_its_row_says_is_not_sealed_as_if_it_was(
    store: Store,
) -> None:
    was = await store.plain.put(stream(DISC), case_id="")
    with pytest.raises(BrokenSeal):
        await store.blobs.seal_old(was.id, case_id="case", sha256="another")
    assert await store.plain.measure(was.id) == was
    assert await store.blobs.seal_old(was.id, case_id="case", sha256=was.sha256)


async def test_whoever_reads_it_meanwhile_reads_all_of_it(store: Store) -> None:
    was = await store.plain.put(stream(DISC), case_id="")
    reading = store.blobs.open(was.id)
    first = await anext(reading)
    async with store.blobs.local(was.id) as path:
        assert await store.blobs.seal_old(was.id, case_id="case")
        # By its name, as a child does, and once more.
        assert path.read_bytes() == DISC
    rest = b"".join([piece async for piece in reading])
    assert first + rest == DISC
    async with store.blobs.local(was.id) as path:
        assert path.read_bytes() == DISC


async def test_of_many_who_read_while_many_are_sealed_none_reads_anything_else(
    store: Store,
) -> None:
    content = {new_blob_id(): DISC[: 200_000 + number] for number in range(8)}
    for blob_id, data in content.items():
        await store.plain.put(stream(data), case_id="", blob_id=blob_id)

    async def read(blob_id: str) -> None:
        for _again in range(6):
            assert await bytes_of(store.blobs, blob_id) == content[blob_id]
            from_there = [piece async for piece in store.blobs.open(blob_id, 1000)]
            assert b"".join(from_there) == content[blob_id][1000:]
            async with store.blobs.local(blob_id) as path:
                assert await asyncio.to_thread(path.read_bytes) == content[blob_id]

    async def seal() -> None:
        for blob_id in content:
            assert await store.blobs.seal_old(blob_id, case_id="case")

    await asyncio.gather(*(read(blob_id) for blob_id in content), seal())


async def test_a_file_that_can_not_be_written_beside_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, at any piece."""
    scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)
    store = over(FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads"), scratch)
    was = await store.plain.put(stream(DISC), case_id="")

    def full(_file: object, _piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.blobs_folder._write_all", full)
        with pytest.raises(OSError, match="No space"):
            await store.blobs.seal_old(was.id, case_id="case")
    assert await bytes_of(store.plain, was.id) == DISC
    assert [path.name for path in (tmp_path / "files" / was.id[:2]).iterdir()] == [was.id]


# ---- what is on its way ------------------------------------------------------------------------


async def test_an_upload_is_sealed_in_its_place_and_goes_on(store: Store) -> None:
    await store.begun(DISC[:1_500_000], DISC[1_500_000:2_500_000])
    assert await store.seal_upload()
    assert frames.is_sealed(await store.coming_head(ID))
    assert await bytes_of(store.partials, ID) == DISC[:2_500_000]
    partial = await store.partials.claim(ID, case_id="case")
    assert partial.size == 2_500_000
    await partial.add(DISC[2_500_000:])
    await partial.keep()
    await partial.close()
    assert not await store.seal_upload()
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await bytes_of(store.blobs, ID) == DISC


async def test_an_upload_that_grows_is_left_to_its_sender(store: Store) -> None:
    await store.begun(WORDS)
    ago = time.time() - 600
    assert not await store.partials.seal_old(ID, case_id="case", idle_since=ago)
    assert await bytes_of(store.coming, ID) == WORDS


async def test_who_was_sending_is_told_and_goes_on_from_what_there_is(store: Store) -> None:
    sending = await store.coming.claim(ID, case_id="")
    await sending.add(DISC[:1_200_000])
    await sending.keep()
    assert await store.seal_upload()
    with pytest.raises(Superseded):
        await sending.add(DISC[1_200_000:2_400_000])
    await sending.close()
    assert await store.partials.size(ID) == 1_200_000


async def test_whoever_claims_it_in_that_moment_has_it_and_loses_nothing(tmp_path: Path) -> None:
    """Many claim one upload while it is sealed again and again: every byte that was kept is there."""
    scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)
    store = over(FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads"), scratch)
    for number in range(40):
        await store.partials.delete(ID)
        await store.begun(WORDS * 1000)

        async def go_on() -> None:
            partial = await store.partials.claim(ID, case_id="case")
            size = partial.size
            await partial.add(WORDS)
            await partial.keep()
            await partial.close()
            assert size in (20_000, 20_020)

        async def late(by: float) -> None:
            await asyncio.sleep(by)
            try:
                await go_on()
            except Superseded:
                await go_on()

        await asyncio.gather(store.seal_upload(), late(number / 8000))
        assert await bytes_of(store.partials, ID) == WORDS * 1001


async def test_what_a_killed_try_left_beside_an_upload_is_in_nobodys_way_and_goes(
    store: Store, tmp_path: Path
) -> None:
    """In a bucket pieces that are reached over; in a folder a file without a name that counts."""
    await store.begun(DISC[:1_500_000], DISC[1_500_000:2_500_000])
    assert await store.seal_upload()
    left = f"uploads/{ID}/{1_500_000:015d}"
    beside = tmp_path / "uploads" / f"{ID}.{'0' * 16}.beside"
    if isinstance(store.coming, BucketPartials):
        await obstore.put_async(store.coming._store, left, DISC[1_500_000:2_500_000])
    else:
        beside.write_bytes(WORDS)
        os.utime(beside, (1, 1))
    assert await bytes_of(store.partials, ID) == DISC[:2_500_000]
    assert await store.partials.ids() == {ID}
    assert not await store.seal_upload()
    if isinstance(store.coming, BucketPartials):
        with pytest.raises(FileNotFoundError):
            await obstore.head_async(store.coming._store, left)
    else:
        assert not beside.exists()
    assert await bytes_of(store.partials, ID) == DISC[:2_500_000]


# ---- killed ------------------------------------------------------------------------------------

_SEALS = """
import asyncio, sys, time
from pathlib import Path
from bot.store.blobs_folder import FolderBlobs
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import KEPT, Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from tests.doubles.case_keys import DerivedKeys

async def main():
    folder, upload_id = Path(sys.argv[1]), sys.argv[2]
    scratch, plain = Scratch(folder / "scratch", 1 << 30, KEPT), FolderBlobs(folder / "files")
    blobs = SealedBlobs(plain, DerivedKeys(), scratch)
    partials = SealedPartials(FolderPartials(folder / "uploads"), DerivedKeys(), scratch)
    print("begins", flush=True)
    for blob_id in sorted(await plain.older_than(float("inf"))):
        await blobs.seal_old(blob_id, case_id="case")
    await partials.seal_old(upload_id, case_id="case", idle_since=time.time() + 60)
    print("done", flush=True)

asyncio.run(main())
"""


async def test_killed_at_any_moment_every_file_is_whole_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)
    store = over(FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads"), scratch)
    kept = {new_blob_id(): DISC[: 1_000_000 + number] for number in range(16)}
    for blob_id, data in kept.items():
        await store.plain.put(stream(data), case_id="", blob_id=blob_id)
    await store.begun(DISC)
    kills, done = random.Random(7), False
    for number in range(20):
        command = [sys.executable, "-c", _SEALS, str(tmp_path), ID]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as sealing:
            assert sealing.stdout is not None
            await asyncio.to_thread(sealing.stdout.readline)
            if number < 4:
                await asyncio.sleep(kills.uniform(0, 0.04))
                sealing.kill()
            done = b"done" in await asyncio.to_thread(sealing.stdout.read)
        for blob_id, data in kept.items():
            assert await bytes_of(store.blobs, blob_id) == data
        assert await bytes_of(store.partials, ID) == DISC
        if done:
            break
    assert number >= 2, "it was done before it was killed"
    plain = await count_plain(store.plain, store.coming, 10)
    assert (plain.files, plain.coming, plain.whole) == (0, 0, True)
    assert await store.plain.older_than(float("inf")) == kept.keys()


# ---- the program -------------------------------------------------------------------------------


@pytest.fixture
async def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of a case whose files an older version has stored: two that lie, one on its way."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    case_id, _token = await seeded(folder)
    async with App.open(Settings(), alone=False) as app:
        lies = sorted(await app.files.blobs.older_than(float("inf")))
        for blob_id in lies:
            data = await bytes_of(app.blobs, blob_id)
            await app.files.blobs.delete(blob_id)
            await app.files.blobs.put(stream(data), case_id="", blob_id=blob_id)
        partial = await app.files.partials.claim(ID, case_id="")
        await partial.add(WORDS)
        await partial.close()

        async def begin(tx: AsyncConnection) -> None:
            await tx.execute(
                sa.insert(upload),
                {"id": ID, "batch_id": "b", "link_id": "l", "case_id": case_id, "name": "",
                 "media_type": "", "length": 100, "made_at": 0.0},
            )  # fmt: skip

        await app.db.write(begin)
    path = folder / "uploads" / ID
    os.utime(path, (1, 1))
    return folder


async def _found(folder: Path) -> tuple[str, str]:
    look = Look(settings=Settings(), twilio=TwilioSettings(), http=None)  # type: ignore[arg-type]  # nobody is asked
    (finding,) = await look_at_files(look)
    return finding.verdict, finding.what


async def test_the_command_seals_rows_and_files_and_the_doctor_says_what_is_left(
    old: Path,
) -> None:
    lies = [path for path in (old / "files").glob("*/*") if path.is_file()]
    verdict, what = await _found(old)
    assert verdict == "decide"
    assert what == f"Sealing: not sealed yet: {len(lies)} files, and 1 on their way"
    shown = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "show"])
    assert "on their way. Seal them: second-opinion keys seal" in shown.output
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert done.exit_code == 0, done.exception
    assert f"{len(lies) + 1} files were sealed, of {len(lies) + 1}." in done.output
    assert await _found(old) == ("ok", "Sealing: every file is sealed")
    async with App.open(Settings(), alone=False) as app:
        assert await bytes_of(app.partials, ID) == WORDS
        for path in lies:
            assert await bytes_of(app.blobs, path.name) == b"bytes of a file"
    again = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert f"0 files were sealed, of {len(lies) + 1}." in again.output


async def test_files_are_opened_for_a_version_that_knows_no_key(old: Path) -> None:
    """Its migration drops all keys: what is sealed then could be read by nobody any more."""
    lies = [path for path in (old / "files").glob("*/*") if path.is_file()]
    await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    opened = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "open"])
    assert opened.exit_code == 0, opened.exception
    assert f"{len(lies) + 1} files were opened, of {len(lies) + 1}." in opened.output
    assert {path.read_bytes() for path in lies} == {b"bytes of a file"}
    assert (old / "uploads" / ID).read_bytes() == WORDS
    again = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "open"])
    assert f"0 files were opened, of {len(lies) + 1}." in again.output


async def test_a_sealed_file_is_opened_in_its_place(store: Store) -> None:
    blob = await store.blobs.put(stream(DISC), case_id="case")
    partial = await store.partials.claim(ID, case_id="case")
    for piece in (WORDS, DISC, WORDS):
        await partial.add(piece)
    await partial.keep()
    await partial.close()
    assert (await store.blobs.unseal(blob.id), await store.partials.unseal(ID)) == (True, True)
    assert (await store.blobs.unseal(blob.id), await store.partials.unseal(ID)) == (False, False)
    assert await bytes_of(store.plain, blob.id) == DISC
    assert await bytes_of(store.coming, ID) == WORDS + DISC + WORDS


async def test_a_file_of_an_erased_case_gets_no_key_and_a_damaged_one_is_counted(
    old: Path,
) -> None:
    async with App.open(Settings(), alone=False) as app:
        (row,) = {row.case_id for row in await app.db.read(_files)}
        case = await app.db.read(lambda tx: cases.load_case(tx, row))
        assert case is not None
        erased = replace(case, erased=True, version=case.version + 1)
        await app.db.write(lambda tx: cases.save_case(tx, erased, case, now=0.0))
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert "0 files were sealed" in done.output
    async with App.open(Settings(), alone=False) as app:
        await app.db.write(lambda tx: cases.save_case(
            tx, replace(case, version=case.version + 2), erased, now=0.0))  # fmt: skip
    for path in (old / "files").glob("*/*"):
        path.write_bytes(frames.MAGIC[:5])
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert "files are damaged, and stay as they are" in done.output


async def test_a_damaged_case_keeps_no_file_from_being_sealed(old: Path) -> None:
    async with App.open(Settings(), alone=False) as app:
        (case_id,) = {row.case_id for row in await app.db.read(_files)}
        await break_seal(app.db, cases_table.c.body, case_id)
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert done.exit_code == 0, done.exception
    assert await _found(old) == ("ok", "Sealing: every file is sealed")


async def test_a_damaged_upload_does_not_end_the_command(old: Path) -> None:
    path = old / "uploads" / ID
    path.write_bytes(frames.MAGIC + bytes(frames.HEADER))
    os.utime(path, (1, 1))
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["keys", "seal"])
    assert done.exit_code == 0, done.exception
    assert "1 files are damaged, and stay as they are" in done.output


async def test_a_number_that_has_joined_another_case_gets_no_key_anew(old: Path) -> None:
    """No erasure would destroy it. Its files are sealed when it is known whose they are now."""
    async with App.open(Settings(), alone=False) as app:
        (case_id,) = {row.case_id for row in await app.db.read(_files)}

        async def end(tx: AsyncConnection) -> None:
            for table in (session, cases_table, case_key):
                await tx.execute(sa.delete(table))

        await app.db.write(end)
        await seal_files(app.db, app.blobs, app.partials)
        assert case_id not in await app.db.read(_owners)


async def _owners(tx: AsyncConnection) -> list[str]:
    return list((await tx.execute(sa.select(case_key.c.case_id))).scalars())


async def _files(tx: AsyncConnection) -> list[sa.Row[tuple[str]]]:
    return list(await tx.execute(sa.select(file.c.case_id)))


def test_who_waits_before_the_terminal_hears_now_and_then_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    times = iter((0.0, 1.0, 2.5, 2.5, 3.0))
    tell = said_now_and_then(lambda: next(times))
    for looked in (1, 1200, 1300):
        tell(Progress(of=5000, looked=looked, sealed=300))
    assert capsys.readouterr().err == "1,200 of 5,000 files looked at, 300 sealed\n"


def test_a_file_lies_where_it_lay(tmp_path: Path) -> None:
    """Also its time stays, by which what is old is told from what is new."""
    scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)

    async def work() -> None:
        store = over(FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "up"), scratch)
        was = await store.plain.put(stream(WORDS), case_id="")
        path = blob_file(tmp_path / "files", was.id)
        os.utime(path, (1000, 1000))
        await store.blobs.seal_old(was.id, case_id="case")
        assert path.stat().st_mtime == 1000

    asyncio.run(work())
