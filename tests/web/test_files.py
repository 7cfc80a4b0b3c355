"""Files on their way in: streamed, kept once, refused kindly, and never half."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bot.store import schema
from bot.web.multipart import clean_name
from tests.web.conftest import House, served
from tests.web.program import program

JSON = {"accept": "application/json"}
KEY = ("key", (None, b"a1b2c3d4e5"))


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str | None, bytes]]]:
    return [KEY, *(("files", (name, data)) for name, data in files)]


async def attachments(house: House) -> list[dict[str, object]]:
    rows = [json.loads(row.raw) for row in await house.rows(schema.inbox)]
    return [file for row in rows for file in row["files"]]


async def test_several_files_of_one_form_are_one_message(
    house: House, client: httpx.AsyncClient
) -> None:
    """So that there is one receipt; the bytes are those that were sent."""
    sent = {"CT.zip": b"PK" * 70_000, "отчёт.pdf": b"%PDF-1.7\r\n--x\r\n", "empty.txt": b""}
    response = await client.post("/send", files=form(*sent.items()), headers=JSON)
    assert response.status_code == 200
    assert len(await house.rows(schema.inbox)) == 1
    kept = await attachments(house)
    assert [file["name"] for file in kept] == list(sent)
    for file in kept:
        pieces = [piece async for piece in house.blobs.open(str(file["ref"]))]
        assert b"".join(pieces) == sent[str(file["name"])]
        assert file["size"] == len(sent[str(file["name"])])


async def test_a_form_without_a_chosen_file_holds_none(
    house: House, client: httpx.AsyncClient
) -> None:
    """Browsers then send one nameless, empty part."""
    await client.post("/send", files=[KEY, ("text", (None, b"hello")), ("files", ("", b""))])
    assert await attachments(house) == []
    assert house.stored() == []


async def test_files_sent_twice_with_one_key_are_kept_once(
    house: House, client: httpx.AsyncClient
) -> None:
    """The second copy is thrown away again."""
    for _ in range(2):
        await client.post("/send", files=form(("a.bin", b"x" * 1000)), headers=JSON)
    assert len(await attachments(house)) == 1
    assert len(house.stored()) == 1


async def test_a_file_that_is_too_large_is_refused_in_words_and_nothing_is_kept(
    house: House, client: httpx.AsyncClient
) -> None:
    """The patient reads which one, and how large one may be; the good one is not kept alone."""
    both = form(("good.pdf", b"x" * 1000), ("disc.iso", b"x" * 300_001))
    response = await client.post("/send", files=both, headers=JSON)
    assert response.status_code == 413
    assert "disc.iso" in response.json()["error"]
    assert "300" in response.json()["error"]
    assert house.stored() == []
    assert await house.rows(schema.inbox) == []


async def test_a_form_without_scripts_gets_its_refusal_as_a_page(
    house: House, client: httpx.AsyncClient
) -> None:
    """With the way back to the conversation."""
    response = await client.post("/send", files=form(("disc.iso", b"x" * 300_001)))
    assert response.status_code == 413
    assert "disc.iso" in response.text
    assert 'href="/"' in response.text


async def test_a_full_disk_is_said_before_anything_is_taken(
    house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for the file twice is asked for, since it is packed once more in the end."""
    usage = shutil.disk_usage(house.settings.data_dir)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000_000))
    response = await client.post("/send", files=form(("a.bin", b"x")), headers=JSON)
    assert response.status_code == 507
    assert response.json()["error"]
    assert house.stored() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\nabc',
    ],
)
async def test_a_body_that_breaks_off_leaves_nothing(
    house: House, client: httpx.AsyncClient, body: bytes
) -> None:
    """A form is taken whole or not at all."""
    headers = {**JSON, "content-type": "multipart/form-data; boundary=b"}
    response = await client.post("/send", content=body, headers=headers)
    assert response.status_code == 400
    assert house.stored() == []
    assert await house.rows(schema.inbox) == []


async def test_what_is_no_form_is_refused(house: House, client: httpx.AsyncClient) -> None:
    """Only our page's own encoding is read."""
    response = await client.post("/send", json={"text": "x"}, headers=JSON)
    assert response.status_code == 400


async def test_a_lost_connection_leaves_nothing(house: House) -> None:
    """A phone that goes out of range in the middle of a file."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\n'
        + b"x" * 200_000
    )
    async with served(house) as address:
        parts = urlsplit(address)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(
            b"POST /send HTTP/1.1\r\nHost: "
            + parts.netloc.encode()
            + b"\r\nContent-Length: 250000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + body
        )
        await writer.drain()
        async with asyncio.timeout(10):
            while not house.stored():
                await asyncio.sleep(0.01)
            writer.transport.abort()
            while house.stored():
                await asyncio.sleep(0.01)
    assert await house.rows(schema.inbox) == []


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\CT.zip", "CT.zip"),
        ("a\r\nb\x00c.pdf", "abc.pdf"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("тест.pdf", "тест.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_file_keeps_its_own_name_and_nothing_more(name: str, cleaned: str) -> None:
    """No folders, nothing that breaks or turns a line, not too long."""
    assert clean_name(name) == cleaned


async def test_a_large_upload_costs_no_memory(tmp_path: Path) -> None:
    """200 MB go to the disk as they come; the program is hardly larger afterwards."""
    size = 200_000_000
    start = b'--b\r\nContent-Disposition: form-data; name="files"; filename="disc.bin"\r\n\r\n'
    end = b"\r\n--b--\r\n"

    async def body() -> AsyncIterator[bytes]:
        yield start
        for _ in range(200):
            yield b"\0" * (size // 200)
        yield end

    headers = {
        **JSON,
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(len(start) + size + len(end)),
    }
    with program(tmp_path) as running:
        async with httpx.AsyncClient(base_url=running.address, timeout=120) as client:
            await client.get("/")
            before = running.peak_memory()
            response = await client.post("/send", content=body(), headers=headers)
            assert response.json() == {"received": True}
        assert running.peak_memory() - before < 80_000_000
