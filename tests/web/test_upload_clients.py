"""Clients of the upload protocol that others have written, against the real program."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import random
import time
from collections.abc import AsyncIterator, Iterator

import aiotus
import httpx
import pytest
from tusclient.client import TusClient

from bot.tokens import new_token
from tests.web.program import Program, program

SIZE = 20_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with one case and a link to it."""
    with program(tmp_path_factory.mktemp("program")) as alive:
        yield alive


@pytest.fixture
def cookie(running: Program) -> str:
    """The cookie of somebody who has opened a link to a case that has agreed."""
    return open_link(running)


def open_link(running: Program) -> str:
    with httpx.Client(base_url=running.address) as patient:
        patient.get("/")
        for answer in ("English", "yes", "/upload"):
            patient.post("/send", files={"text": (None, answer), "key": (None, new_token())})
        page = patient.get("/").text
    link = next(word for word in page.split('"') if "/u/" in word)
    with httpx.Client(base_url=running.address) as sender:
        sender.get(link)
        return f"upload={sender.cookies['upload']}"


def new_batch(running: Program, cookie: str, *, files: int, size: int, folder: str = "") -> str:
    wish = {"files": files, "size": size, "folder": folder}
    answer = httpx.post(f"{running.address}/upload/batches", json=wish, headers={"cookie": cookie})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_AT_WORK = """
SELECT 1 FROM job WHERE state = 'ready' AND kind IN ('uploaded', 'fetch', 'index')
UNION SELECT 1 FROM inbox WHERE state = 'new'
"""


def hashes(running: Program) -> set[str]:
    """The hashes of what has become files, once all jobs are done."""
    for _ in range(400):
        if not running.rows(_AT_WORK):
            break
        time.sleep(0.05)
    return {str(row[0]) for row in running.rows("SELECT sha256 FROM file WHERE sha256 NOT NULL")}


def test_tuspy_sends_with_checksums(running: Program, cookie: str) -> None:
    data = random.Random(1).randbytes(SIZE)
    batch = new_batch(running, cookie, files=1, size=SIZE)
    client = TusClient(f"{running.address}/upload/files", headers={"cookie": cookie})
    uploader = client.uploader(
        file_stream=io.BytesIO(data),
        chunk_size=3_000_000,
        metadata={"filename": "снимок.bin", "batch": batch},
        upload_checksum=True,
    )
    uploader.upload()
    assert hashlib.sha256(data).hexdigest() in hashes(running)


async def test_aiotus_sends(running: Program, cookie: str) -> None:
    data = random.Random(2).randbytes(SIZE)
    batch = new_batch(running, cookie, files=1, size=SIZE)
    where = await aiotus.upload(
        f"{running.address}/upload/files",
        io.BytesIO(data),
        {"filename": b"scan.bin", "batch": batch.encode()},
        headers={"cookie": cookie},
        # aiohttp, below it, warns of larger pieces.
        chunksize=1_000_000,
    )
    assert str(where).startswith(f"{running.address}/upload/files/")
    found = await asyncio.to_thread(hashes, running)
    assert hashlib.sha256(data).hexdigest() in found


async def test_many_large_files_at_once_cost_no_memory(running: Program, cookie: str) -> None:
    """Twenty side by side: what is held of each does not grow with its size."""
    size, count = 40_000_000, 20
    piece = random.Random(3).randbytes(1_000_000)
    batch = new_batch(running, cookie, files=count, size=size * count)

    async def one(client: httpx.AsyncClient, number: int) -> None:
        name = base64_of(f"f{number}.bin")
        made = await client.post(
            "/upload/files",
            headers={
                "tus-resumable": "1.0.0",
                "upload-length": str(size),
                "upload-metadata": f"filename {name},batch {base64_of(batch)}",
            },
        )
        assert made.status_code == 201

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(size // len(piece)):
                yield piece

        sent = await client.patch(
            httpx.URL(made.headers["location"]).path,
            headers={
                "tus-resumable": "1.0.0",
                "upload-offset": "0",
                "content-type": "application/offset+octet-stream",
                "content-length": str(size),
            },
            content=pieces(),
        )
        assert sent.status_code == 204

    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(
        base_url=running.address, headers={"cookie": cookie}, limits=limits, timeout=120
    ) as client:
        await one(client, 99)
        before = running.peak_memory()
        await asyncio.gather(*(one(client, number) for number in range(count - 1)))
    assert running.peak_memory() - before < 64_000_000
