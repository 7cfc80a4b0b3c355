"""Files sealed against files as they are, in one folder: storing, reading, ranges, copies."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from bot.jobs import index
from bot.jobs.queue import Job
from bot.store import files
from bot.store.blobs import Blobs, file_pieces, new_blob_id
from bot.store.blobs_folder import FolderBlobs
from bot.store.partials import Partials
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.web.bodies import take
from tests.benchmarks.ct_disc import write_ct
from tests.doubles.case_keys import DerivedKeys
from tests.engine import START, opened

_SIZE = 256 * 1024 * 1024
_PIECE = random.Random(1).randbytes(1024 * 1024)
_ROUNDS = 7
_RANGES = 200
_RANGE = 64 * 1024
#: Bytes that a server hands on at once.
_ON_LINE = 64 * 1024
_UPLOAD = "0123456789abcdef" * 2
_SLICES = 800

Work = Callable[[], Awaitable[object]]


async def _pieces(size: int = _SIZE) -> AsyncIterator[bytes]:
    for _ in range(size // len(_PIECE)):
        yield _PIECE


async def _timed(work: Work) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _put(blobs: Blobs) -> None:
    blob = await blobs.put(_pieces(), case_id="case")
    await blobs.delete(blob.id)


async def _read(blobs: Blobs, blob_id: str) -> None:
    size = 0
    async for piece in blobs.open(blob_id):
        size += len(piece)
    assert size == _SIZE


async def _ranges(blobs: Blobs, blob_id: str) -> None:
    places = random.Random(2)
    for _ in range(_RANGES):
        left = _RANGE
        pieces = blobs.open(blob_id, places.randrange(_SIZE - _RANGE))
        async for piece in pieces:
            left -= len(piece)
            if left <= 0:
                break


async def _copy(blobs: Blobs, blob_id: str) -> None:
    async with blobs.local(blob_id) as path:
        assert path.stat().st_size == _SIZE
        with path.open("rb") as file:
            while file.read(1024 * 1024):
                pass


async def _upload(partials: Partials) -> None:
    """What a request of tus does with its body, as a fast line brings it."""
    body = cast(Request, _Body())
    partial = await partials.claim(_UPLOAD, case_id="case")
    await take(body, partial, _SIZE)
    await partial.keep()
    await partial.close()
    await partials.delete(_UPLOAD)


class _Body:
    async def stream(self) -> AsyncIterator[bytes]:
        for _ in range(_SIZE // _ON_LINE):
            yield _PIECE[:_ON_LINE]
            await asyncio.sleep(0)


async def _compared(name: str, plain: Work, sealed: Work, *, rounds: int = _ROUNDS) -> None:
    """Both in turns; the median of the ratios."""
    ratios, took = [], []
    for _ in range(rounds):
        bare = await _timed(plain)
        took.append(await _timed(sealed))
        ratios.append(bare / took[-1])
    print(
        f"{name:<32} {statistics.median(took) * 1000:8.0f} ms sealed, "
        f"ratio {statistics.median(ratios):5.2f}",
        flush=True,
    )


async def _of_bytes(folder: Path) -> None:
    plain, coming = FolderBlobs(folder / "files"), FolderPartials(folder / "uploads")
    scratch, keys = Scratch(folder / "scratch", 0, 0), DerivedKeys()
    blobs: tuple[Blobs, Blobs] = (plain, SealedBlobs(plain, keys, scratch))
    one, other = [(await store.put(_pieces(), case_id="case")).id for store in blobs]
    partials: tuple[Partials, Partials] = (coming, SealedPartials(coming, keys, scratch))
    works: dict[str, Callable[[Blobs, str], Awaitable[object]]] = {
        "put of 256 MB": lambda store, _: _put(store),
        "open of it, from memory": _read,
        "measure of it": lambda store, blob_id: store.measure(blob_id),
        f"{_RANGES} ranges of 64 KB": _ranges,
        "a file of it to seek in": _copy,
    }
    for name, work in works.items():
        await _compared(name, partial(work, plain, one), partial(work, blobs[1], other))
    await _compared("256 MB of an upload", *(partial(_upload, store) for store in partials))
    scratch.close()


async def _of_a_disc(folder: Path) -> None:
    """The whole job: the file opened, read in a child, its pictures made and stored."""
    disc = await asyncio.to_thread(write_ct, folder / "ct.zip", slices=_SLICES)
    print(f"{'a disc of ' + str(_SLICES) + ' slices':<32} {disc.stat().st_size / 1e6:8.0f} MB")
    async with opened(folder, max_file_bytes=4 << 30) as engine:
        scratch = Scratch(folder / "copies", 0, 0)
        blobs = SealedBlobs(FolderBlobs(folder / "blobs"), engine.db.keys, scratch)
        shells: list[Work] = []
        stores: tuple[Any, ...] = (FolderBlobs(folder / "blobs"), blobs)
        for number, store in enumerate(stores):
            await store.put(file_pieces(disc), case_id="case", blob_id=(blob_id := new_blob_id()))
            want = partial(_wanted, file_id=f"f{number}", blob_id=blob_id)
            await engine.db.write(want)
            shell = replace(engine, blobs=store)
            job = Job(id=number, kind="index", args={"file": f"f{number}"}, attempt=1, lease="")
            shells.append(partial(index.run, shell, job))
        await _compared("its index job", *shells, rounds=3)
        scratch.close()


async def _wanted(tx: AsyncConnection, *, file_id: str, blob_id: str) -> None:
    await files.want(
        tx, file_id=file_id, case_id="case", session_id="s", channel="wire", sender="",
        fetch_ref=f"blob:{blob_id}", name="ct.zip", media_type="", size=None, caption="",
        item="imaging", received_at=START,
    )  # fmt: skip
    await files.change(tx, file_id, state="stored", blob_id=blob_id)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_of_bytes(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_of_a_disc(Path(folder)))


if __name__ == "__main__":
    main()
