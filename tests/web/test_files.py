"""Files on their way in: streamed, kept once, refused kindly, and never half."""

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bot.store import schema
from bot.web.multipart import clean_name
from tests.doubles.cut import line_to
from tests.postgres import Cluster
from tests.web.conftest import House, browser, housed, served
from tests.web.held import held, until_it_writes
from tests.web.program import program

JSON = {"accept": "application/json"}
CHUNKED = {**JSON, "content-type": "multipart/form-data; boundary=b"}
KEY = ("key", (None, b"a1b2c3d4e5"))
START = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\n'


class Chunks:
    """The body of a form with one file, in so many pieces of 10 kB; counts those that were taken."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.count = 0

    async def body(self) -> AsyncIterator[bytes]:
        yield START
        for _ in range(self.pieces):
            self.count += 1
            yield b"x" * 10_000
        yield b"\r\n--b--\r\n"


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
    assert len(await house.rows(schema.inbox)) == 2  # The first opens the chat.
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


async def test_a_file_that_comes_first_is_sealed_for_the_case_that_it_opens(
    house: House, client: httpx.AsyncClient
) -> None:
    """With no other key: an erasure would leave it readable in every copy of before."""
    await client.post("/send", files=form(("a.bin", b"x" * 1000)), headers=JSON)
    (chat,) = await house.rows(schema.session)
    (key,) = await house.rows(schema.case_key)
    assert key.case_id == chat.case_id
    (path,) = house.stored()
    assert bytes.fromhex(key.key_id) in path.read_bytes()[:81]


async def test_files_sent_twice_with_one_key_are_kept_once(
    house: House, client: httpx.AsyncClient
) -> None:
    """The second copy is thrown away again."""
    for _ in range(2):
        await client.post("/send", files=form(("a.bin", b"x" * 1000)), headers=JSON)
    assert len(await attachments(house)) == 1
    assert len(house.stored()) == 1


async def test_files_are_kept_where_nobody_knows_whether_the_message_was(
    postgres: Cluster, tmp_path: Path
) -> None:
    """The server kept the message, and the line broke before it could say so. The page sends again."""
    with postgres.database() as url:
        async with line_to(url) as line, housed(tmp_path, line.url) as house:
            async with browser(house) as client:
                await client.get("/chat")
                line.cuts = True
                sent = form(("a.bin", b"x" * 1000))
                assert (await client.post("/send", files=sent, headers=JSON)).status_code == 500
                assert not line.cuts
                assert (await client.post("/send", files=sent, headers=JSON)).status_code == 200
            (kept,) = await attachments(house)
            assert await house.blobs.size(str(kept["ref"])) == 1000
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
    assert await attachments(house) == []


async def test_a_form_without_scripts_gets_its_refusal_as_a_page(
    house: House, client: httpx.AsyncClient
) -> None:
    """With the way back to the conversation."""
    response = await client.post("/send", files=form(("disc.iso", b"x" * 300_001)))
    assert response.status_code == 413
    assert "disc.iso" in response.text
    assert 'href="/chat"' in response.text


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


async def test_the_disk_is_watched_where_a_body_does_not_say_how_long_it_is(
    house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunked body may be of any length: there must be room at every point of it."""
    usage = shutil.disk_usage(house.settings.data_dir)
    little = usage._replace(free=256 * 1024 * 1024 + 100_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: little)
    monkeypatch.setattr("bot.web.files._LOOK_EACH_BYTES", 10_000)
    taken = Chunks(20)
    response = await client.post("/send", content=taken.body(), headers=CHUNKED)
    assert response.status_code == 507
    assert house.stored() == []
    assert await attachments(house) == []


async def test_a_refused_body_is_not_read_for_ever(
    house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read past is counted, whatever the header said; then the connection is closed."""
    monkeypatch.setattr("bot.web.files._READ_PAST_BYTES", 500_000)
    taken = Chunks(5000)
    response = await client.post("/send", content=taken.body(), headers=CHUNKED)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert taken.count < 100


async def test_a_refused_body_is_read_past_up_to_the_limit(
    house: House, client: httpx.AsyncClient
) -> None:
    """So that a browser shows our answer, and not its own error."""
    taken = Chunks(100)
    assert (await client.post("/send", content=taken.body(), headers=CHUNKED)).status_code == 413
    assert taken.count == 100


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
    assert await attachments(house) == []


async def test_what_is_no_form_is_refused(house: House, client: httpx.AsyncClient) -> None:
    """Only our page's own encoding is read."""
    response = await client.post("/send", json={"text": "x"}, headers=JSON)
    assert response.status_code == 400


async def test_a_lost_connection_leaves_nothing(house: House) -> None:
    """A phone that goes out of range in the middle of a file."""
    async with served(house) as address:
        _, writer = await half_an_upload(house, address)
        writer.transport.abort()
        async with asyncio.timeout(10):
            while house.stored():
                await asyncio.sleep(0.01)
    assert await attachments(house) == []


async def half_an_upload(
    house: House, address: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which most of a file has arrived, and nothing more comes."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        b"POST /send HTTP/1.1\r\nHost: "
        + parts.netloc.encode()
        + b"\r\nContent-Length: 250000\r\nAccept: application/json\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + START + b"x" * 200_000
    )
    await writer.drain()
    async with asyncio.timeout(10):
        while not house.stored():
            await asyncio.sleep(0.01)
    return reader, writer


async def test_an_upload_that_the_end_breaks_off_is_no_error(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The page is told to send it again, nothing is kept, and no trace alarms the operator."""
    with caplog.at_level(logging.INFO):
        async with served(house) as address:
            reader, writer = await half_an_upload(house, address)
        async with asyncio.timeout(10):
            answer = await reader.read()
            while house.stored():
                await asyncio.sleep(0.01)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert [record for record in caplog.records if record.exc_info] == []


async def test_an_upload_that_is_kept_keeps_its_bytes_when_the_request_is_cancelled(
    house: House, client: httpx.AsyncClient
) -> None:
    """A transaction outlives its caller: a row that names bytes which are gone is a lost file."""
    # Its chat and case are there before its bytes.
    await client.post("/send", files=[("text", (None, b"hello"))], headers=JSON)
    async with held(house.db):
        sending = asyncio.create_task(
            client.post("/send", files=form(("a.bin", b"x" * 1000)), headers=JSON)
        )
        await until_it_writes(sending)
        sending.cancel()
        await asyncio.wait([sending])
    kept = await attachments(house)
    pieces = [piece async for piece in house.blobs.open(str(kept[0]["ref"]))]
    assert b"".join(pieces) == b"x" * 1000


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
            await client.get("/chat")
            before = running.peak_memory()
            response = await client.post("/send", content=body(), headers=headers)
            assert response.json() == {"received": True}
        assert running.peak_memory() - before < 80_000_000
