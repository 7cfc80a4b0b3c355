"""Files that lie sealed: nobody reads them without their key, and a crash takes nothing of them."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App, StartError
from bot.settings import Settings
from bot.store.blobs import new_blob_id
from bot.store.blobs_folder import FolderBlobs
from bot.store.frames import FRAME, HEADER
from bot.store.keyring import BrokenSeal
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import KEPT, SealedBlobs
from bot.store.sealed_partials import SealedPartials
from tests.doubles.case_keys import DerivedKeys
from tests.lying import blob_file, bytes_of

ID = "0123456789abcdef" * 2
WORDS = b"what a patient sent "


@dataclass
class Store:
    folder: Path
    plain: FolderBlobs
    coming: FolderPartials
    keys: DerivedKeys
    scratch: Scratch
    blobs: SealedBlobs
    partials: SealedPartials

    def lies(self, blob_id: str) -> Path:
        return blob_file(self.folder / "files", blob_id)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


def store_in(folder: Path) -> Store:
    plain, coming = FolderBlobs(folder / "files"), FolderPartials(folder / "uploads")
    keys, scratch = DerivedKeys(), Scratch(folder / "scratch", 1 << 30, KEPT)
    return Store(
        folder=folder,
        plain=plain,
        coming=coming,
        keys=keys,
        scratch=scratch,
        blobs=SealedBlobs(plain, keys, scratch),
        partials=SealedPartials(coming, keys, scratch),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = store_in(tmp_path)
    yield made
    made.scratch.close()


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def sent(store: Store, *pieces: bytes, upload_id: str = ID) -> None:
    """An upload of which these pieces came, each in a request of its own."""
    for piece in pieces:
        partial = await store.partials.claim(upload_id, case_id="case")
        await partial.add(piece)
        await partial.keep()
        await partial.close()


# ---- nobody reads them -------------------------------------------------------------------------


async def test_nothing_of_a_file_can_be_read_on_the_disk(store: Store) -> None:
    await sent(store, WORDS * 10, WORDS * 90_000)
    await store.partials.become(ID, store.blobs, case_id="case")
    await store.blobs.put(stream(WORDS), case_id="case")
    draft = store.blobs.draft(kept := new_blob_id())
    draft.write_bytes(WORDS)
    await store.blobs.keep(kept, case_id="case")
    async with store.blobs.local(ID) as path:
        assert path.read_bytes() == WORDS * 90_010
    store.scratch.close()
    assert len(store.files()) == 4
    assert not [path for path in store.files() if WORDS in path.read_bytes()]


async def test_with_its_key_a_file_is_gone_wherever_it_lies(store: Store) -> None:
    blob = await store.blobs.put(stream(WORDS), case_id="case")
    await sent(store, WORDS)
    other = await store.blobs.put(stream(WORDS), case_id="another")
    await store.keys.destroy("case")
    for ask in (store.blobs.size, store.blobs.measure):
        with pytest.raises(FileNotFoundError):
            await ask(blob.id)
    with pytest.raises(FileNotFoundError):
        await bytes_of(store.blobs, blob.id)
    with pytest.raises(FileNotFoundError):
        await bytes_of(store.partials, ID)
    with pytest.raises(FileNotFoundError):
        async with store.blobs.local(blob.id):
            pass
    assert await bytes_of(store.blobs, other.id) == WORDS
    assert await store.blobs.delete(blob.id)


@pytest.mark.parametrize("place", [0, 3, 20, HEADER + 3, HEADER + 40, -1, -30])
async def test_a_file_that_was_changed_is_refused_and_leaves_no_copy(
    store: Store, place: int
) -> None:
    blob = await store.blobs.put(stream(bytes(3 * FRAME)), case_id="case")
    broken = bytearray(store.lies(blob.id).read_bytes())
    broken[place] ^= 1
    store.lies(blob.id).chmod(0o600)
    store.lies(blob.id).write_bytes(broken)
    if place != -1:  # The end says its length twice, and is read by the first.
        for ask in (store.blobs.measure, lambda one: bytes_of(store.blobs, one)):
            with pytest.raises(BrokenSeal):
                await ask(blob.id)
        with pytest.raises(BrokenSeal):
            async with store.blobs.local(blob.id):
                pass
    assert not [path for path in (store.folder / "scratch").rglob("*") if path.is_file()]


async def test_a_blob_under_another_blobs_name_is_refused(store: Store) -> None:
    one, other = [await store.blobs.put(stream(WORDS), case_id="case") for _ in range(2)]
    store.lies(one.id).replace(store.lies(other.id))
    with pytest.raises(BrokenSeal):
        await bytes_of(store.blobs, other.id)


# ---- any place of them -------------------------------------------------------------------------


async def test_a_range_is_had_of_a_file_that_came_in_small_pieces(store: Store) -> None:
    """Its frames are of all sizes: none of them can be computed."""
    sizes = random.Random(7)
    data = sizes.randbytes(3 * FRAME)
    pieces, at = [], 0
    while at < len(data):
        pieces.append(data[at : (at := at + sizes.choice((1, 700, 60_000, FRAME, FRAME + 5)))])
    await sent(store, *pieces)
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await store.blobs.size(ID) == len(data)
    for start in [0, 1, FRAME, len(data) - 1, len(data), *sizes.sample(range(len(data)), 20)]:
        found = [piece async for piece in store.blobs.open(ID, start)]
        assert b"".join(found) == data[start:]


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


async def test_who_needs_no_more_of_a_file_lets_go_of_it(store: Store) -> None:
    blob = await store.blobs.put(stream(bytes(9 * FRAME)), case_id="case")
    before = open_files()
    for start in (0, 5, FRAME * 8):
        async for _piece in store.blobs.open(blob.id, start):
            break
    async with asyncio.timeout(5):
        while open_files() > before:
            await asyncio.sleep(0.01)


# ---- what was there before ---------------------------------------------------------------------


async def test_what_was_stored_before_there_were_keys_is_read_as_it_is(store: Store) -> None:
    blob = await store.plain.put(stream(WORDS), case_id="case")
    assert await store.blobs.size(blob.id) == len(WORDS)
    assert await store.blobs.measure(blob.id) == blob
    assert await bytes_of(store.blobs, blob.id) == WORDS
    assert b"".join([piece async for piece in store.blobs.open(blob.id, 5)]) == WORDS[5:]
    async with store.blobs.local(blob.id) as path:
        assert path.samefile(store.lies(blob.id))
    assert await store.blobs.settle(blob.id, case_id="case") == blob


async def test_an_upload_that_began_before_there_were_keys_goes_on_and_is_sealed_at_its_end(
    store: Store,
) -> None:
    partial = await store.coming.claim(ID, case_id="case")
    await partial.add(WORDS)
    await partial.close()
    assert await store.partials.size(ID) == len(WORDS)
    await sent(store, WORDS)
    assert await bytes_of(store.partials, ID) == WORDS * 2
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await bytes_of(store.blobs, ID) == WORDS * 2
    assert not [path for path in store.files() if WORDS in path.read_bytes()]


async def test_what_came_for_a_case_that_its_chat_has_left_is_sealed_for_the_one_of_now(
    store: Store,
) -> None:
    """Else the erasure of the one would take it away, and that of the other would not reach it."""
    first = await store.blobs.put(stream(WORDS), case_id="before")
    settled = await store.blobs.settle(first.id, case_id="case")
    assert settled.id != first.id
    assert (settled.sha256, settled.size) == (first.sha256, first.size)
    assert await store.blobs.settle(settled.id, case_id="case") == settled
    await store.keys.destroy("case")
    with pytest.raises(FileNotFoundError):
        await bytes_of(store.blobs, settled.id)


# ---- the scratch -------------------------------------------------------------------------------

_DIES = """
import asyncio, os, sys
from pathlib import Path
from tests.store.test_sealed_files import WORDS, store_in, stream

async def main():
    store = store_in(Path(sys.argv[1]))
    blob = await store.blobs.put(stream(WORDS), case_id="case")
    store.blobs.draft("0" * 32).write_bytes(WORDS)
    async with store.blobs.local(blob.id):
        print("there", flush=True)
        if sys.argv[2] == "killed":
            os.kill(os.getpid(), 9)
        sys.stdin.read()

asyncio.run(main())
"""


def plain_files(store: Store) -> list[Path]:
    return [path for path in store.files() if WORDS in path.read_bytes()]


async def test_what_a_killed_process_left_plain_is_gone_with_the_next_start(store: Store) -> None:
    command = [sys.executable, "-c", _DIES, str(store.folder), "killed"]
    await asyncio.to_thread(subprocess.run, command, capture_output=True)
    assert len(plain_files(store)) == 2
    Scratch(store.folder / "scratch", 1 << 30, KEPT).clear()
    assert plain_files(store) == []


async def test_what_another_process_is_at_stays_when_one_starts(store: Store) -> None:
    command = [sys.executable, "-c", _DIES, str(store.folder), "lives"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        await asyncio.to_thread(other.stdout.readline)
        Scratch(store.folder / "scratch", 1 << 30, KEPT).clear()
        assert len(plain_files(store)) == 2


async def test_a_copy_goes_some_minutes_after_its_last_use(store: Store) -> None:
    blob = await store.blobs.put(stream(WORDS), case_id="case")
    async with store.blobs.local(blob.id) as path:
        pass
    async with store.blobs.local(blob.id) as again:
        assert again == path
    long_ago = path.stat().st_mtime - KEPT - 1
    os.utime(path, (long_ago, long_ago))
    other = await store.blobs.put(stream(WORDS), case_id="case")
    async with store.blobs.local(other.id):
        assert path.exists(), "it is looked after when somebody else is done"
    assert not path.exists()


def test_a_scratch_that_can_not_be_used_is_said_with_what_to_change(tmp_path: Path) -> None:
    """The folder that is set is never emptied itself: it may be one that others use too."""
    (tmp_path / "no folder").write_bytes(b"")
    settings = Settings(data_dir=tmp_path / "data", scratch_dir=tmp_path / "no folder")
    assert settings.scratch.parent == settings.scratch_dir

    async def open_it() -> None:
        async with App.open(settings):
            pass

    with pytest.raises(StartError, match="SCRATCH_DIR"):
        asyncio.run(open_it())


# ---- crashes -----------------------------------------------------------------------------------

_WRITES = """
import asyncio, random, sys
from pathlib import Path
from tests.store.test_sealed_files import ID, TOTAL, content, store_in

async def main():
    store = store_in(Path(sys.argv[1]))
    chance = random.Random(int(sys.argv[2]))
    partial = await store.partials.claim(ID, case_id="case")
    print(partial.size, flush=True)
    while partial.size < TOTAL:
        count = chance.choice((1, 3_000, 70_000, 400_000))
        await partial.add(content(partial.size, count))
        if chance.random() < 0.5:
            await partial.keep()
            print(partial.size, flush=True)
    await partial.keep()
    print(partial.size, flush=True)
    await partial.close()

asyncio.run(main())
"""
TOTAL = 40_000_000
_CONTENT = random.Random(3).randbytes(TOTAL)


def content(at: int, count: int) -> bytes:
    return _CONTENT[at : at + count]


async def test_of_an_upload_whose_writers_are_killed_nothing_acknowledged_is_lost(
    store: Store,
) -> None:
    acknowledged, kills = 0, random.Random(11)
    for number in range(30):
        command = [sys.executable, "-c", _WRITES, str(store.folder), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            found = int(await asyncio.to_thread(writer.stdout.readline))
            assert found >= acknowledged
            await asyncio.sleep(kills.uniform(0, 0.02))
            if number < 7:
                writer.kill()
            rest = await asyncio.to_thread(writer.stdout.read)
            # A line may have been cut off.
            acknowledged = max([found, *map(int, rest.split(b"\n")[:-1])])
        assert await bytes_of(store.partials, ID) == content(0, await store.partials.size(ID))
        if acknowledged == TOTAL:
            break
    assert number > 3
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await store.blobs.measure(ID) == store_measure()


def store_measure() -> object:
    from bot.store.blobs import Blob

    return Blob(id=ID, sha256=hashlib.sha256(_CONTENT).hexdigest(), size=TOTAL)


async def test_a_frame_that_was_torn_is_cut_off_wherever_it_was(store: Store) -> None:
    await sent(store, b"good")
    whole = (store.folder / "uploads" / ID).read_bytes()
    await sent(store, b"and more")
    more = (store.folder / "uploads" / ID).read_bytes()
    for size in range(len(whole), len(more)):
        (store.folder / "uploads" / ID).write_bytes(more[:size])
        assert await store.partials.size(ID) == 4
        assert await bytes_of(store.partials, ID) == b"good"
        await sent(store, b" again")
        assert await bytes_of(store.partials, ID) == b"good again"
    for size in range(HEADER):
        (store.folder / "uploads" / ID).write_bytes(more[:size])
        await sent(store, b"anew")
        assert await bytes_of(store.partials, ID) == b"anew"


async def test_what_a_full_disk_took_of_a_frame_stands_in_nobodys_way(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = await store.partials.claim(ID, case_id="case")
    await partial.add(b"good")
    write, left = os.pwrite, [FRAME + 1000]

    def nearly_full(descriptor: int, data: memoryview, at: int) -> int:
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(descriptor, data[: left[0]], at)
        left[0] -= written
        return written

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", nearly_full)
        with pytest.raises(OSError, match="No space"):
            await partial.add(bytes(3 * FRAME))
    assert partial.size == 4 + FRAME
    await partial.add(b"!")
    await partial.close()
    assert await bytes_of(store.partials, ID) == b"good" + bytes(FRAME) + b"!"


async def test_what_becomes_a_blob_may_die_between_its_end_and_its_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(store, WORDS)

    async def dies(*_: object, **__: object) -> None:
        raise KeyError("died")

    with monkeypatch.context() as patched:
        patched.setattr(FolderBlobs, "adopt", dies)
        with pytest.raises(KeyError):
            await store.partials.become(ID, store.blobs, case_id="case")
    # Nobody has been told that it is whole: its size is what it was, and it may even go on.
    assert await store.partials.size(ID) == len(WORDS)
    claim = await store.partials.claim(ID, case_id="case")
    assert claim.size == len(WORDS)
    await claim.close()
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await bytes_of(store.blobs, ID) == WORDS


@pytest.mark.parametrize("size", [1, 5, FRAME, FRAME + 7])
async def test_what_is_taken_back_may_end_within_a_frame(store: Store, size: int) -> None:
    data = random.Random(5).randbytes(2 * FRAME)
    partial = await store.partials.claim(ID, case_id="case")
    await partial.add(data)
    await partial.cut(size)
    assert partial.size == size
    await partial.add(b"!")
    await partial.close()
    assert await bytes_of(store.partials, ID) == data[:size] + b"!"
