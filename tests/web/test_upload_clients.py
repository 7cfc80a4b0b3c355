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
from tests.buckets import Buckets, set_environment
from tests.web.conftest import cookie_in
from tests.web.program import Program, program

SIZE = 20_000_000


@pytest.fixture(scope="module", params=["folder", "bucket"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """The program with one case and a link to it, on either kind of file store."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "bucket":
            made: Buckets = request.getfixturevalue("bucket_store")
            set_environment(patch, made)
            patch.setenv("FILES_URL", made.fresh())
        with program(tmp_path_factory.mktemp("program")) as alive:
            alive.settings = {"FILES_URL": request.param} if request.param == "bucket" else {}
            yield alive


@pytest.fixture
def cookie(running: Program) -> str:
    """The cookie of somebody who has opened a link to a case that has agreed."""
    return open_link(running)


def open_link(running: Program) -> str:
    with httpx.Client(base_url=running.address) as patient:
        patient.get("/chat")
        for answer in ("English", "yes", "/upload"):
            patient.post("/send", files={"text": (None, answer), "key": (None, new_token())})
        page = patient.get("/chat").text
    link = next(word for word in page.split('"') if "/u/" in word)
    with httpx.Client(base_url=running.address) as sender:
        sender.get(link)
        return f"upload={cookie_in(sender, 'upload')}"


def new_batch(running: Program, cookie: str, *, files: int, size: int, folder: str = "") -> str:
    wish = {"files": files, "size": size, "folder": folder}
    answer = httpx.post(f"{running.address}/upload/batches", json=wish, headers={"cookie": cookie})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def send_whole(client: httpx.AsyncClient, batch: str, number: int, size: int) -> str:
    """Send a file of so many million bytes, of its own, in one request; the hash of it."""
    piece, digest = random.Random(number).randbytes(1_000_000), hashlib.sha256()
    metadata = f"filename {base64_of(f'f{number}.bin')},batch {base64_of(batch)}"
    headers = {"tus-resumable": "1.0.0", "upload-length": str(size), "upload-metadata": metadata}
    made = await client.post("/upload/files", headers=headers)
    assert made.status_code == 201

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // len(piece)):
            digest.update(piece)
            yield piece

    headers = {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
        "content-length": str(size),
    }
    path = httpx.URL(made.headers["location"]).path
    assert (await client.patch(path, headers=headers, content=pieces())).status_code == 204
    return digest.hexdigest()


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
    batch = new_batch(running, cookie, files=20, size=20 * 40_000_000)
    client = httpx.AsyncClient(base_url=running.address, headers={"cookie": cookie}, timeout=120)
    async with client:
        await send_whole(client, batch, 99, 40_000_000)
        before = running.peak_memory()
        await asyncio.gather(*(send_whole(client, batch, n, 40_000_000) for n in range(19)))
    # What is on its way to a bucket is held in pieces, whatever the files' size.
    most = 256_000_000 if "FILES_URL" in running.settings else 64_000_000
    assert running.peak_memory() - before < most
