"""Taking in an upload (tus) against Starlette writing the same bytes to a file: aim at least 0.7."""

from __future__ import annotations

import asyncio
import base64
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx

from bot.tokens import new_token
from tests.web.conftest import cookie_in
from tests.web.program import program

_PIECE = random.Random(1).randbytes(1024 * 1024)
_SIZE = 512 * 1024 * 1024
_CHUNK = 8 * 1024 * 1024
_ROUNDS = 3
_TINY = 10_000

#: What the upload is held against: the same server, a loop and a file.
_BARE = """
import os, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def take(request):
    with open(os.path.join(sys.argv[2], "bare.bin"), "wb") as file:
        async for piece in request.stream():
            file.write(piece)
        file.flush()
        os.fdatasync(file.fileno())
    return Response(status_code=204)

uvicorn.run(Starlette(routes=[Route("/", take, methods=["PATCH"])]), port=int(sys.argv[1]),
            log_level="critical")
"""


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // len(_PIECE)):
        yield _PIECE


async def _bare(address: str) -> float:
    began = time.perf_counter()
    async with httpx.AsyncClient(timeout=120) as client:
        headers = {"content-length": str(_SIZE)}
        (await client.patch(address, content=_pieces(_SIZE), headers=headers)).raise_for_status()
    return time.perf_counter() - began


async def _tus(address: str, cookie: str, chunk: int) -> float:
    async with httpx.AsyncClient(
        base_url=address, timeout=120, headers={"cookie": cookie, "tus-resumable": "1.0.0"}
    ) as client:
        wish = {"files": 1, "size": _SIZE, "folder": "Disc"}
        batch = (await client.post("/upload/batches", json=wish)).json()["id"]
        metadata = f"filename {_base64('a.bin')},batch {_base64(batch)}"
        headers = {"upload-length": str(_SIZE), "upload-metadata": metadata}
        made = await client.post("/upload/files", headers=headers)
        path = httpx.URL(made.headers["location"]).path
        began, offset = time.perf_counter(), 0
        while offset < _SIZE:
            headers = {
                "upload-offset": str(offset),
                "content-type": "application/offset+octet-stream",
                "content-length": str(chunk),
            }
            answer = await client.patch(path, content=_pieces(chunk), headers=headers)
            offset = int(answer.headers["upload-offset"])
        took = time.perf_counter() - began
        # What was taken in is nobody's: the next round needs the room.
        await client.delete(path)
        return took


async def _tiny(address: str, cookie: str) -> float:
    """Many tiny files of a folder, as many side by side as the page sends."""
    async with httpx.AsyncClient(
        base_url=address, timeout=120, headers={"cookie": cookie, "tus-resumable": "1.0.0"}
    ) as client:
        wish = {"files": _TINY, "size": 100 * _TINY, "folder": "Tiny"}
        batch = (await client.post("/upload/batches", json=wish)).json()["id"]
        numbers = iter(range(_TINY))

        async def some() -> None:
            for number in numbers:
                metadata = f"filename {_base64(f'IM{number:05}')},batch {_base64(batch)}"
                headers = {
                    "upload-length": "100",
                    "upload-metadata": metadata,
                    "content-type": "application/offset+octet-stream",
                }
                made = await client.post("/upload/files", headers=headers, content=b"x" * 100)
                assert made.headers["upload-offset"] == "100"

        began = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(6)))
        took = time.perf_counter() - began
        (await client.post(f"/upload/batches/{batch}/done")).raise_for_status()
        return took


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def open_link(address: str) -> str:
    """The cookie of somebody who has opened the link of a new case."""
    with httpx.Client(base_url=address) as patient:
        patient.get("/chat")
        for answer in ("English", "yes", "/upload"):
            patient.post("/send", files={"text": (None, answer), "key": (None, new_token())})
        link = next(word for word in patient.get("/chat").text.split('"') if "/u/" in word)
    with httpx.Client(base_url=address) as sender:
        sender.get(link)
        return f"upload={cookie_in(sender, 'upload')}"


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, program(Path(folder)) as running:
        cookie = open_link(running.address)
        port = str(running.port + 1)
        bare = subprocess.Popen([sys.executable, "-c", _BARE, port, folder])
        try:
            _await(f"http://127.0.0.1:{port}/")
            ratios: dict[str, list[float]] = {"in one request": [], "in requests of 8 MB": []}
            floor = 0.0
            for _ in range(_ROUNDS):
                floor = asyncio.run(_bare(f"http://127.0.0.1:{port}/"))
                for label, chunk in (("in one request", _SIZE), ("in requests of 8 MB", _CHUNK)):
                    took = asyncio.run(_tus(running.address, cookie, chunk))
                    ratios[label].append(floor / took)
                (Path(folder) / "bare.bin").unlink(missing_ok=True)
            print(f"{'bare, MB/s':<40} {_SIZE / 1e6 / floor:8.0f}")
            for label, found in ratios.items():
                print(f"{label + ', ratio of throughput':<40} {statistics.median(found):8.2f}")
            took = asyncio.run(_tiny(running.address, cookie))
            print(f"{f'{_TINY} tiny files, files a second':<40} {_TINY / took:8.0f}")
        finally:
            bare.terminate()
            bare.wait()


def _await(address: str) -> None:
    for _ in range(200):
        with suppress(httpx.HTTPError):
            httpx.get(address)
            return
        time.sleep(0.05)
    raise RuntimeError("the bare server did not start")


if __name__ == "__main__":
    main()
