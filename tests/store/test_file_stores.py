"""What both kinds of file store promise: a folder, and a bucket of a real S3-compatible store."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from bot.app import App, StartError
from bot.settings import Settings
from bot.store.blobs import Blobs, RawBlobs, new_blob_id
from bot.store.blobs_bucket import BucketBlobs
from bot.store.blobs_folder import FolderBlobs
from bot.store.buckets import open_bucket
from bot.store.partials import Partial, Partials, RawPartials, Superseded
from bot.store.partials_bucket import BucketPartials
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import KEPT, Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from tests.buckets import Buckets, set_environment
from tests.doubles.case_keys import DerivedKeys
from tests.doubles.shaky import shaky

ID = "0123456789abcdef" * 2
MB = 1_000_000


@dataclass
class Store:
    """One kind of store, its folder on this machine, and its address for another process."""

    blobs: Blobs
    partials: Partials
    folder: Path
    url: str

    sealed: bool


@pytest.fixture(params=["folder", "bucket", "sealed folder", "sealed bucket"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Store:
    sealed = request.param.startswith("sealed")
    scratch = Scratch(tmp_path / "scratch", 10 * MB)
    blobs: RawBlobs
    partials: RawPartials
    if request.param.endswith("folder"):
        url = ""
        blobs, partials = FolderBlobs(tmp_path / "files"), FolderPartials(tmp_path / "uploads")
    else:
        made: Buckets = request.getfixturevalue("bucket_store")
        set_environment(monkeypatch, made)
        url = made.fresh()
        bucket = await open_bucket(url)
        blobs, partials = BucketBlobs(bucket, scratch), BucketPartials(bucket, tmp_path / "aside")
    if not sealed:
        return Store(blobs, partials, tmp_path, url, sealed=False)
    keys = DerivedKeys()
    return Store(
        SealedBlobs(blobs, keys, scratch),
        SealedPartials(partials, keys, scratch),
        tmp_path,
        url,
        sealed=True,
    )


async def stream(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if error is not None:
        raise error


async def read(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


# ---- blobs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 7 * MB, 20 * MB])
async def test_bytes_come_back_with_their_hash_and_size(store: Store, size: int) -> None:
    data = random.Random(size).randbytes(size)
    pieces = [data[at : at + 700_000] for at in range(0, size, 700_000)]
    blob = await store.blobs.put(stream(*pieces), case_id="case")
    assert (blob.size, blob.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert await read(store.blobs.open(blob.id)) == data
    assert await read(store.blobs.open(blob.id, size // 2)) == data[size // 2 :]
    assert await store.blobs.size(blob.id) == size
    assert await store.blobs.measure(blob.id) == blob
    async with store.blobs.local(blob.id) as path:
        assert path.read_bytes() == data


async def test_a_stream_that_fails_leaves_nothing(store: Store) -> None:
    blob_id = new_blob_id()
    with pytest.raises(KeyError):
        await store.blobs.put(
            stream(bytes(7 * MB), bytes(7 * MB), error=KeyError("gone")),
            case_id="case",
            blob_id=blob_id,
        )
    assert not await store.blobs.exists(blob_id)


async def test_what_is_not_there_is_said_to_be_not_there(store: Store) -> None:
    nothing = new_blob_id()
    assert not await store.blobs.exists(nothing)
    assert not await store.blobs.delete(nothing)
    for ask in (store.blobs.size, store.blobs.measure):
        with pytest.raises(FileNotFoundError):
            await ask(nothing)
    with pytest.raises(FileNotFoundError):
        await read(store.blobs.open(nothing))
    with pytest.raises(FileNotFoundError):
        async with store.blobs.local(nothing):
            pass
    with pytest.raises(FileNotFoundError):
        await store.blobs.adopt(store.folder / "nowhere", nothing, case_id="case")


async def test_what_is_deleted_is_gone_everywhere(store: Store) -> None:
    blob = await store.blobs.put(stream(b"words of a patient"), case_id="case")
    async with store.blobs.local(blob.id):
        pass
    assert await store.blobs.delete(blob.id)
    assert not await store.blobs.exists(blob.id)
    left = [path for path in store.folder.rglob("*") if path.is_file()]
    assert not [path for path in left if b"patient" in path.read_bytes()]


async def test_a_draft_of_another_process_becomes_a_blob(store: Store) -> None:
    blob_id = new_blob_id()
    draft = store.blobs.draft(blob_id)
    write = "import sys; from pathlib import Path; Path(sys.argv[1]).write_bytes(b'made')"
    subprocess.run([sys.executable, "-c", write, str(draft)], check=True)
    await store.blobs.keep(blob_id, case_id="case")
    assert await read(store.blobs.open(blob_id)) == b"made"
    assert await store.blobs.older_than(time.time() + 60) == {blob_id}
    assert await store.blobs.older_than(time.time() - 60) == set()
    with pytest.raises(FileNotFoundError):
        await store.blobs.keep(new_blob_id(), case_id="case")


async def test_a_file_is_adopted_once(store: Store) -> None:
    blob_id, path = new_blob_id(), store.folder / "uploads-are-on-this-disk"
    path.write_bytes(b"whole")
    await store.blobs.adopt(path, blob_id, case_id="case")
    assert not path.exists()
    await store.blobs.adopt(path, blob_id, case_id="case")
    assert await read(store.blobs.open(blob_id)) == b"whole"


async def kept(partial: Partial, data: bytes) -> None:
    await partial.add(data)
    await partial.keep()


# ---- files on their way ------------------------------------------------------------------------


async def test_what_was_kept_is_there_for_whoever_comes_next(store: Store) -> None:
    data = random.Random(1).randbytes(5 * MB)
    first = await store.partials.claim(ID, case_id="case")
    await first.add(data[: 3 * MB])
    await first.keep()
    second = await store.partials.claim(ID, case_id="case")
    assert second.size == 3 * MB
    await second.add(memoryview(data)[3 * MB :])
    await second.close()
    assert await store.partials.size(ID) == 5 * MB
    assert await read(store.partials.open(ID)) == data
    assert await store.partials.ids() == {ID}
    await first.close()
    assert await store.partials.size(ID) == 5 * MB


async def test_a_later_claim_ends_the_earlier_one(store: Store) -> None:
    old = await store.partials.claim(ID, case_id="case")
    await old.add(b"abc")
    await old.keep()
    new = await store.partials.claim(ID, case_id="case")
    with pytest.raises(Superseded):
        await kept(old, b"late")
    with pytest.raises(Superseded):
        await old.cut(0)
    await new.add(b"def")
    await new.close()
    await old.close()
    assert await read(store.partials.open(ID)) == b"abcdef"


async def test_of_many_claims_at_once_no_two_write_at_one_place(store: Store) -> None:
    claims = await asyncio.gather(*(store.partials.claim(ID, case_id="case") for _ in range(8)))

    async def write(number: int) -> None:
        await claims[number].add(bytes([number]) * 10)
        await claims[number].keep()

    results = await asyncio.gather(*(write(n) for n in range(8)), return_exceptions=True)
    wrote = [number for number, result in enumerate(results) if result is None]
    data = await read(store.partials.open(ID))
    assert data == b"".join(bytes([number]) * 10 for number in wrote)
    assert len(wrote) <= 1
    for claim in claims:
        await claim.close()


async def test_what_nobody_can_vouch_for_is_cut_off(store: Store) -> None:
    claim = await store.partials.claim(ID, case_id="case")
    await claim.add(b"good")
    await claim.keep()
    await claim.add(b"bad")
    await claim.keep()
    await claim.cut(4)
    await claim.add(b"!")
    await claim.close()
    assert await read(store.partials.open(ID)) == b"good!"


async def test_deleting_leaves_nothing_and_ends_the_writer(store: Store) -> None:
    claim = await store.partials.claim(ID, case_id="case")
    await claim.add(b"abc")
    await claim.keep()
    await store.partials.delete(ID)
    with pytest.raises(Superseded):
        await kept(claim, b"d")
    await claim.close()
    assert await store.partials.ids() == set()
    assert await store.partials.size(ID) == 0
    with pytest.raises(FileNotFoundError):
        await read(store.partials.open(ID))


async def test_a_whole_file_becomes_a_blob_and_again_changes_nothing(store: Store) -> None:
    data = random.Random(2).randbytes(9 * MB)
    claim = await store.partials.claim(ID, case_id="case")
    await claim.add(data)
    await claim.close()
    before = time.time() - 60
    assert await store.partials.grew_after(ID, before)
    assert not await store.partials.grew_after(ID, time.time() + 60)
    await store.partials.become(ID, store.blobs, case_id="case")
    await store.partials.delete(ID)
    await store.partials.become(ID, store.blobs, case_id="case")
    assert await read(store.blobs.open(ID)) == data


_SERVER = """
import asyncio, os, random, sys
from pathlib import Path
from bot.store.buckets import open_bucket
from bot.store.partials_bucket import BucketPartials
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_partials import SealedPartials
from tests.doubles.case_keys import DerivedKeys

async def serve():
    url, folder, upload, end, sealed = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]
    data = random.Random(3).randbytes(12_000_000)
    store = BucketPartials(await open_bucket(url), folder) if url else FolderPartials(folder)
    if sealed:
        store = SealedPartials(store, DerivedKeys(), Scratch(folder.parent / "scratch", 0))
    claim = await store.claim(upload, case_id="case")
    print(claim.size, flush=True)
    await claim.add(data[claim.size : claim.size + 3_000_000])
    if end == "killed":
        os.kill(os.getpid(), 9)
    await claim.keep()
    await claim.close()

asyncio.run(serve())
"""


async def test_a_file_goes_on_at_another_server_and_after_a_kill(store: Store) -> None:
    """Each server is a process of its own; what each finds is what the ones before had stored."""
    folder = store.folder / ("aside" if store.url else "uploads")
    offsets = []
    for end in ("whole", "killed", "whole", "killed", "whole", "whole", "whole"):
        command = [
            sys.executable,
            "-c",
            _SERVER,
            store.url,
            str(folder),
            ID,
            end,
            store.sealed * "sealed",
        ]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        offsets.append(int(done.stdout))
    assert offsets == sorted(offsets)
    assert offsets[1] == 3 * MB
    # Of what the killed ones had received, what was stored counts: no more than a piece is lost.
    assert all(after > before or before == 12 * MB for before, after in pairwise(offsets[:6]))
    assert await read(store.partials.open(ID)) == random.Random(3).randbytes(12 * MB)


# ---- scratch, and a bucket that can't be used --------------------------------------------------


async def test_what_a_machine_keeps_of_a_bucket_is_bounded(
    tmp_path: Path, bucket_store: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, bucket_store)
    scratch = Scratch(tmp_path / "scratch", 5 * MB)
    blobs = BucketBlobs(await open_bucket(bucket_store.fresh()), scratch)
    made = [await blobs.put(stream(bytes([n]) * 2 * MB), case_id="case") for n in range(4)]
    async with blobs.local(made[0].id) as first:
        for blob in made[1:]:
            async with blobs.local(blob.id):
                pass
        assert first.stat().st_size == 2 * MB
    left = sum(path.stat().st_size for path in (tmp_path / "scratch").iterdir())
    assert left <= 5 * MB
    fetched = await asyncio.gather(*(_read_local(blobs, made[3].id) for _ in range(5)))
    assert set(fetched) == {b"\x03" * 2 * MB}


async def test_what_is_erased_elsewhere_does_not_stay_on_this_machine(tmp_path: Path) -> None:
    """An erasure deletes in the bucket and on its own machine; a copy here goes by its age."""

    async def fetch(to: Path) -> None:
        to.write_bytes(b"words of a patient")

    scratch = Scratch(tmp_path, 5 * MB)
    async with scratch.holding("old", fetch) as old:
        pass
    long_ago = time.time() - KEPT - 1
    os.utime(old, (long_ago, long_ago))
    async with scratch.holding("new", fetch) as new:
        assert old.exists()
    assert (old.exists(), new.exists()) == (False, True)
    os.utime(new, (long_ago, long_ago))
    Scratch(tmp_path, 5 * MB)
    assert not new.exists()


async def test_two_processes_that_fetch_one_file_at_once_both_get_all_of_it(tmp_path: Path) -> None:
    """Those of one machine share the folder: whoever is slower writes into nobody's file."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def slowly(to: Path) -> None:
        with to.open("wb") as file:
            file.write(b"first ")
            file.flush()
            begun.set()
            await over.wait()
            file.write(b"half")

    async def at_once(to: Path) -> None:
        to.write_bytes(b"first half")

    async def read(process: Scratch, fetch: Callable[[Path], Awaitable[None]]) -> bytes:
        async with process.holding("disc", fetch) as path:
            content = path.read_bytes()
            over.set()
            return content

    one, other = Scratch(tmp_path, 5 * MB), Scratch(tmp_path, 5 * MB)
    slow = asyncio.create_task(read(one, slowly))
    await begun.wait()
    assert await read(other, at_once) == b"first half"
    assert await slow == b"first half"


async def test_what_a_process_uses_no_other_of_the_machine_deletes(tmp_path: Path) -> None:
    """Nor is it ever empty: a file that is deleted in the moment in which it is found is fetched."""
    ended = threading.Event()

    async def fetch(to: Path) -> None:
        to.write_bytes(b"a slice")

    def tidy() -> None:
        while not ended.is_set():
            Scratch(tmp_path, 0)

    used = Scratch(tmp_path, 5 * MB)
    other = asyncio.create_task(asyncio.to_thread(tidy))
    try:
        for _ in range(200):
            async with used.holding("ct", fetch) as path:
                assert path.read_bytes() == b"a slice"
    finally:
        ended.set()
        await other


async def _read_local(blobs: Blobs, blob_id: str) -> bytes:
    async with blobs.local(blob_id) as path:
        return path.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS_ENDPOINT_URL"),
        ({"FILES_URL": "https://example.org/bucket"}, "s3://bucket/prefix"),
    ],
)
async def test_a_bucket_that_cannot_be_used_is_said_with_what_to_change(
    tmp_path: Path,
    bucket_store: Buckets,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    said: str,
) -> None:
    set_environment(monkeypatch, bucket_store)
    monkeypatch.setattr("bot.store.buckets.RETRIES", {"max_retries": 0})
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    url = change.get("FILES_URL", bucket_store.fresh())
    settings = Settings.model_validate({"data_dir": tmp_path, "files_url": url})
    with pytest.raises(StartError, match=said):
        async with App.open(settings):
            pass


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_bucket_that_fails_now_and_then_loses_nothing(
    tmp_path: Path, bucket_store: Buckets, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    """One request in ten is refused, one in twenty is carried out and cut off."""
    set_environment(monkeypatch, bucket_store)
    data = random.Random(5).randbytes(40 * MB)
    async with shaky(bucket_store.endpoint) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.address)
        bucket = await open_bucket(bucket_store.fresh())
        scratch = Scratch(tmp_path / "scratch", 10 * MB)
        partials: Partials = BucketPartials(bucket, tmp_path / "aside")
        blobs: Blobs = BucketBlobs(bucket, scratch)
        if sealed:
            keys = DerivedKeys()
            partials = SealedPartials(cast(RawPartials, partials), keys, scratch)
            blobs = SealedBlobs(cast(RawBlobs, blobs), keys, scratch)
        while (size := await partials.size(ID)) < len(data):
            claim = await partials.claim(ID, case_id="case")
            with suppress(Superseded):
                # Who can't know whether a piece has come asks how far it is, and goes on from there.
                await kept(claim, data[claim.size : claim.size + 10 * MB])
            await claim.close()
            assert await partials.size(ID) >= size
        assert await read(partials.open(ID)) == data
        await partials.become(ID, blobs, case_id="case")
        assert (await blobs.measure(ID)).sha256 == hashlib.sha256(data).hexdigest()
        async with blobs.local(ID) as path:
            assert path.read_bytes() == data
        for _ in range(30):
            assert await blobs.exists(ID)
        await partials.delete(ID)
        assert await blobs.delete(ID)
        assert line.refused > 3
        assert line.cut > 1
