"""Files sealed against files as they are, in one folder: storing, reading, ranges, copies."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from bot.store.blobs import Blobs, new_blob_id
from bot.store.blobs_folder import FolderBlobs
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import SealedBlobs
from tests.doubles.case_keys import DerivedKeys

_SIZE = 256 * 1024 * 1024
_PIECE = random.Random(1).randbytes(1024 * 1024)
_ROUNDS = 7
_RANGES = 200
_RANGE = 64 * 1024


async def _pieces(size: int = _SIZE) -> AsyncIterator[bytes]:
    for _ in range(size // len(_PIECE)):
        yield _PIECE


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
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


async def _run(folder: Path) -> None:
    plain = FolderBlobs(folder / "files")
    scratch = Scratch(folder / "scratch", 0, 0)
    sealed = SealedBlobs(plain, DerivedKeys(), scratch)
    ids = {
        id(store): (await store.put(_pieces(), case_id="case", blob_id=new_blob_id())).id
        for store in (plain, sealed)
    }
    works: dict[str, Callable[[Blobs], Awaitable[None]]] = {
        "put of 256 MB": _put,
        "open of it": lambda blobs: _read(blobs, ids[id(blobs)]),
        "measure of it": lambda blobs: blobs.measure(ids[id(blobs)]),  # type: ignore[return-value, dict-item]
        f"{_RANGES} ranges of 64 KB": lambda blobs: _ranges(blobs, ids[id(blobs)]),
        "a file to seek in": lambda blobs: _copy(blobs, ids[id(blobs)]),
    }
    for name, work in works.items():
        ratios, took = [], []
        for _ in range(_ROUNDS):
            bare = await _timed(lambda work=work: work(plain))  # type: ignore[misc]
            took.append(await _timed(lambda work=work: work(sealed)))  # type: ignore[misc]
            ratios.append(bare / took[-1])
        print(
            f"{name:<30} {statistics.median(took) * 1000:8.0f} ms sealed, "
            f"ratio {statistics.median(ratios):5.2f}"
        )
    scratch.close()


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder)))


if __name__ == "__main__":
    main()
