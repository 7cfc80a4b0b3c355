"""The upload protocol, line by line, and everything that a client can get wrong in it."""

from __future__ import annotations

import asyncio
import base64
import errno
import fcntl
import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from bot.store import codec, links, schema, uploads
from bot.store.partials_folder import FolderPartial
from bot.tokens import token_hash
from bot.web import upload_files
from handlers.updates import FilesUploaded
from tests.lying import bytes_of
from tests.web.conftest import House
from tests.web.sender import CASE, Sender, link_id, new_link, opened_case, sender

pytestmark = pytest.mark.usefixtures("both")


@pytest.fixture
async def token(house: House) -> str:
    await opened_case(house)
    return await new_link(house)


@pytest.fixture
async def by(house: House, token: str) -> AsyncIterator[Sender]:
    async with sender(house, token) as someone:
        await someone.pick()
        yield someone


def on_disk(house: House) -> list[str]:
    uploads = house.settings.data_dir / "uploads"
    return [p.name for p in uploads.iterdir() if not p.name.endswith(".claim")]


# ---- the way it goes ---------------------------------------------------------------------------


async def test_a_file_comes_in_pieces(by: Sender, house: House) -> None:
    path = await by.begin(10)
    first = await by.patch(path, b"01234", 0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "5")
    where = await by.head(path)
    assert (where.headers["upload-offset"], where.headers["upload-length"]) == ("5", "10")
    assert where.headers["cache-control"] == "no-store"
    last = await by.patch(path, b"56789", 5)
    assert last.headers["upload-offset"] == "10"
    (row,) = await house.rows(schema.upload)
    assert (row.state, row.name, row.length) == ("whole", "a.dcm", 10)
    assert await bytes_of(house.partials, row.id) == b"0123456789"
    (job,) = [job for job in await house.rows(schema.job) if job.kind == "uploaded"]
    assert job.case_id == CASE


async def test_a_small_file_comes_with_its_announcement(by: Sender, house: House) -> None:
    answer = await by.create(3, data=b"abc")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "3")
    (row,) = await house.rows(schema.upload)
    assert row.state == "whole"


async def test_an_empty_file_is_whole_at_once(by: Sender, house: House) -> None:
    answer = await by.create(0)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "0")
    assert [row.state for row in await house.rows(schema.upload)] == ["whole"]


async def test_the_location_is_the_configured_address(by: Sender, house: House) -> None:
    answer = await by.create(5, headers={"x-forwarded-host": "evil.example"})
    assert answer.headers["location"].startswith(f"{house.settings.base_url}/upload/files/")


async def test_a_client_asks_what_is_spoken(by: Sender, house: House) -> None:
    answer = await by.client.options("/upload/files")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(house.settings.max_file_bytes)
    for extension in ("creation", "creation-with-upload", "checksum", "expiration", "termination"):
        assert extension in answer.headers["tus-extension"].split(",")


async def test_what_is_given_up_is_gone(by: Sender, house: House) -> None:
    path = await by.begin(10)
    await by.patch(path, b"01234", 0)
    answer = await by.client.delete(path, headers={"tus-resumable": "1.0.0"})
    assert answer.status_code == 204
    assert on_disk(house) == []
    assert (await by.head(path)).status_code == 404


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
async def test_a_right_checksum_is_taken(by: Sender, algorithm: str) -> None:
    path = await by.begin(5)
    right = base64.b64encode(hashlib.new(algorithm, b"01234").digest()).decode()
    answer = await by.patch(path, b"01234", 0, headers={"upload-checksum": f"{algorithm} {right}"})
    assert answer.status_code == 204


async def test_bytes_with_a_wrong_checksum_are_taken_back(by: Sender, house: House) -> None:
    path = await by.begin(10)
    await by.patch(path, b"01234", 0)
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    answer = await by.patch(path, b"56789", 5, headers={"upload-checksum": f"sha256 {wrong}"})
    assert answer.status_code == 460
    assert (await by.head(path)).headers["upload-offset"] == "5"
    right = base64.b64encode(hashlib.sha256(b"56789").digest()).decode()
    again = await by.patch(path, b"56789", 5, headers={"upload-checksum": f"sha256 {right}"})
    assert again.headers["upload-offset"] == "10"


async def test_of_a_wrong_checksum_nothing_was_on_the_disk_at_any_time(
    by: Sender, house: House
) -> None:
    path = await by.begin(10)
    (row,) = await house.rows(schema.upload)
    seen: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x"
            seen.append(await house.partials.size(row.id))

    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    headers = {"upload-checksum": f"sha256 {wrong}"}
    assert (await by.patch(path, body(), 0, headers=headers)).status_code == 460
    assert set(seen) == {0}


# ---- what is asked again, because an answer was lost -------------------------------------------


async def test_a_file_that_is_announced_twice_is_one_file(by: Sender, house: House) -> None:
    first = await by.create(10, key="1")
    again = await by.create(10, key="1")
    assert first.headers["location"] == again.headers["location"]
    assert len(await house.rows(schema.upload)) == 1


async def test_two_files_of_one_name_and_length_are_two(by: Sender, house: House) -> None:
    await by.create(3, data=b"abc", key="1")
    await by.create(3, data=b"xyz", key="2")
    assert len(await house.rows(schema.upload)) == 2


async def test_a_small_file_whose_answer_was_lost_is_done_when_it_comes_again(
    by: Sender, house: House
) -> None:
    await by.create(3, data=b"abc", key="1")
    again = await by.create(3, data=b"abc", key="1")
    assert (again.status_code, again.headers["upload-offset"]) == (201, "3")
    (row,) = await house.rows(schema.upload)
    assert await bytes_of(house.partials, row.id) == b"abc"


async def test_a_small_file_that_broke_off_starts_anew_with_its_announcement(
    by: Sender, house: House
) -> None:
    path = httpx.URL((await by.create(5, key="1")).headers["location"]).path
    assert (await by.patch(path, b"01", 0)).status_code == 204
    again = await by.create(5, data=b"01234", key="1")
    assert again.headers["upload-offset"] == "5"
    (row,) = await house.rows(schema.upload)
    assert await bytes_of(house.partials, row.id) == b"01234"


async def test_a_file_of_which_all_is_on_the_disk_is_not_begun_anew(
    by: Sender, house: House
) -> None:
    path = httpx.URL((await by.create(5, key="1")).headers["location"]).path
    (row,) = await house.rows(schema.upload)
    # The last bytes have come, and whoever brought them is about to write that down.
    claim = await house.partials.claim(row.id, case_id="case")
    await claim.add(b"01234")
    await claim.close()
    seen: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for byte in b"01234":
            yield bytes([byte])
            seen.append(await house.partials.size(row.id))

    again = await by.create(5, data=body(), key="1")
    assert (again.status_code, again.headers["upload-offset"]) == (201, "5")
    assert set(seen) == {5}
    assert [row.state for row in await house.rows(schema.upload)] == ["whole"]
    assert (await by.head(path)).headers["upload-offset"] == "5"


async def test_of_a_file_that_was_taken_away_it_is_said_that_it_is_here(
    by: Sender, house: House
) -> None:
    path = await by.begin(5)
    await by.patch(path, b"01234", 0)
    (row,) = await house.rows(schema.upload)
    await house.partials.become(row.id, house.blobs, case_id=CASE)
    await house.db.write(lambda tx: uploads.told(tx, [row.id]))
    where = await by.head(path)
    assert (where.status_code, where.headers["upload-offset"]) == (200, "5")
    assert (await by.patch(path, b"", 5)).status_code == 204
    assert (await by.patch(path, b"01234", 0)).status_code == 409
    assert await bytes_of(house.blobs, row.id) == b"01234"
    assert row.id not in on_disk(house)


@pytest.mark.parametrize("more", [b"", b"567"])
async def test_a_request_that_is_cut_off_while_it_writes_leaves_each_byte_once(
    by: Sender, house: House, more: bytes
) -> None:
    """As when the program is told to end: what was written just then was written once more."""
    path = await by.begin(100)
    (row,) = await house.rows(schema.upload)
    with (house.settings.data_dir / "uploads" / row.id).open("ab") as disk:

        async def body() -> AsyncIterator[bytes]:
            fcntl.flock(disk, fcntl.LOCK_EX)  # The disk is busy from now on.
            await asyncio.sleep(0.1)
            yield b"01234"
            await asyncio.sleep(0.1)
            yield more
            await asyncio.sleep(60)

        sending = asyncio.create_task(by.patch(path, body(), 0))
        await asyncio.sleep(0.4)
        sending.cancel()
        await asyncio.sleep(0.1)
        fcntl.flock(disk, fcntl.LOCK_UN)
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert await bytes_of(house.partials, row.id) in (b"01234", b"01234" + more)
    where = await by.head(path)
    assert int(where.headers["upload-offset"]) == await house.partials.size(row.id)


async def test_what_comes_behind_bytes_that_could_not_be_written_is_not_written_in_their_place(
    by: Sender, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await by.begin(100)
    add, tries = FolderPartial.add_each, []

    async def full_once(partial: FolderPartial, pieces: Iterable[bytes]) -> None:
        tries.append(pieces)
        if len(tries) == 1:
            await asyncio.sleep(0.2)
            raise OSError(errno.ENOSPC, "No space left on device")
        await add(partial, pieces)

    async def body() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.1)
        yield b"01234"
        yield b"567"
        await asyncio.sleep(60)

    monkeypatch.setattr(FolderPartial, "add_each", full_once)
    sending = asyncio.create_task(by.patch(path, body(), 0))
    await asyncio.sleep(0.2)
    sending.cancel()
    with pytest.raises((asyncio.CancelledError, OSError)):
        await sending
    (row,) = await house.rows(schema.upload)
    assert (len(tries), await house.partials.size(row.id)) == (1, 0)


async def test_a_disk_that_is_full_in_the_midst_is_said_and_what_came_stays(
    by: Sender, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await by.begin(10)
    await by.patch(path, b"01234", 0)

    async def full(_self: FolderPartial, _pieces: Iterable[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(FolderPartial, "add_each", full)
        assert (await by.patch(path, b"56789", 5)).status_code == 507
    (told,) = [row for row in await house.rows(schema.inbox) if "no_room" in row.raw]
    assert told.case_id == CASE
    assert (await by.patch(path, b"56789", 5)).headers["upload-offset"] == "10"


async def test_a_full_disk_is_said_to_whoever_asks_how_far_it_is(
    by: Sender, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await by.begin(10)

    def full(_self: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert (await by.head(path)).status_code == 507
    assert [row for row in await house.rows(schema.inbox) if "no_room" in row.raw]
    assert (await by.head(path)).headers["upload-offset"] == "0"


# ---- what a client can get wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "status"),
    [("-5", 400), ("", 400), ("1e3", 400), ("10000000000000000000", 400), (10**15, 413)],
)
async def test_a_length_that_is_none_is_refused(
    by: Sender, house: House, length: object, status: int
) -> None:
    assert (await by.create(length)).status_code == status
    assert await house.rows(schema.upload) == []


@pytest.mark.parametrize("offset", ["4", "6", "-1", "x", ""])
async def test_bytes_for_another_place_are_refused(by: Sender, house: House, offset: str) -> None:
    path = await by.begin(10)
    await by.patch(path, b"01234", 0)
    answer = await by.patch(path, b"abc", offset)
    assert answer.status_code in (400, 409)
    assert (await by.head(path)).headers["upload-offset"] == "5"


async def test_more_bytes_than_announced_are_refused_before_they_are_read(by: Sender) -> None:
    path = await by.begin(5)
    assert (await by.patch(path, b"0123456789", 0)).status_code == 413
    assert (await by.head(path)).headers["upload-offset"] == "0"


async def test_a_body_that_hides_its_length_is_cut_off_and_taken_back(by: Sender) -> None:
    path = await by.begin(5)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"0123456789" * 100

    assert (await by.patch(path, endless(), 0)).status_code == 413
    assert (await by.head(path)).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    "headers",
    [{"upload-metadata": "filename ***"}, {"upload-metadata": "a YQ==,a YQ=="},
     {"upload-defer-length": "1"}, {"upload-concat": "partial"},
     {"upload-metadata": f"filename {'QUFB' * 4000}"}],
)  # fmt: skip
async def test_an_announcement_that_is_no_good_is_refused(
    by: Sender, headers: dict[str, str]
) -> None:
    assert (await by.create(5, headers=headers)).status_code == 400


async def test_another_version_of_the_protocol_is_refused(by: Sender) -> None:
    answer = await by.create(5, headers={"tus-resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")


async def test_another_kind_of_body_is_refused(by: Sender) -> None:
    path = await by.begin(5)
    answer = await by.patch(path, b"01234", 0, headers={"content-type": "text/plain"})
    assert answer.status_code == 415


async def test_a_name_is_only_a_label(by: Sender, house: House) -> None:
    await by.create(5, "../../etc/./passwd\n\x00")
    (row,) = await house.rows(schema.upload)
    assert row.name == "etc/passwd"


# ---- who may -----------------------------------------------------------------------------------


async def test_without_a_link_not_one_byte_is_written(house: House, token: str, by: Sender) -> None:
    path = await by.begin(10)
    async with sender(house) as stranger:
        stranger.batch = by.batch
        assert (await stranger.create(10, data=b"0123456789")).status_code == 401
        assert (await stranger.patch(path, b"0123456789", 0)).status_code == 401
        assert (await stranger.head(path)).status_code == 401
    assert not any([await house.partials.size(name) for name in on_disk(house)])


async def test_another_link_can_do_nothing_with_it(house: House, by: Sender) -> None:
    path = await by.begin(10)
    async with sender(house, await new_link(house)) as other:
        await other.pick()
        assert (await other.head(path)).status_code == 404
        assert (await other.patch(path, b"01234", 0)).status_code == 404
        other.batch = by.batch
        assert (await other.create(5)).status_code == 400
        batch = await other.client.get(f"/upload/batches/{by.batch}")
        assert batch.status_code == 404


async def test_a_link_ends_when_it_is_stopped(house: House, token: str, by: Sender) -> None:
    path = await by.begin(10)
    now = codec.seconds(house.clock())
    await house.db.write(lambda tx: links.revoke(tx, CASE, link_id(token), now))
    assert (await by.patch(path, b"01234", 0)).status_code == 401
    assert (await by.client.get("/upload")).status_code == 404
    async with sender(house) as someone:
        assert (await someone.client.get(f"/u/{token}")).status_code == 404


async def test_a_link_ends_with_its_time(house: House, token: str, by: Sender) -> None:
    house.clock.move(timedelta(days=8))
    assert (await by.create(5)).status_code == 401


async def test_a_page_of_another_site_can_send_nothing(house: House, by: Sender) -> None:
    answer = await by.create(5, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    answer = await by.client.post(
        "/upload/batches", json={"files": 1, "size": 1}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


async def test_the_secret_leaves_the_address_at_once(house: House, token: str) -> None:
    async with sender(house) as someone:
        answer = await someone.client.get(f"/u/{token}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/upload")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert token not in cookie
        page = await someone.client.get("/upload")
        assert page.status_code == 200
        assert token not in page.text


async def test_a_stolen_link_shows_nothing_of_what_was_sent(
    house: House, token: str, by: Sender
) -> None:
    await by.create(5, "secret-name.dcm", data=b"01234")
    async with sender(house, token) as thief:
        page = await thief.client.get("/upload")
        assert page.status_code == 200
        assert "secret-name" not in page.text


# ---- how much ----------------------------------------------------------------------------------


async def test_unfinished_files_are_limited(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._LINK_OPEN", 3)
    for _ in range(3):
        await by.begin(5)
    assert (await by.create(5)).status_code == 429


async def test_a_link_takes_only_so_much(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._LINK_BYTES", 12)
    await by.begin(10)
    assert (await by.create(5)).status_code == 413


@pytest.mark.parametrize(
    "wish",
    [
        '{"files": 1e999, "size": 1}',
        '{"files": 1, "size": 1e999}',
        '{"files": 1, "size": -1}',
        '{"files": 1, "size": 1000000000000000000000000000000}',
        '{"files": "x", "size": 1}',
        "[1]",
        "null",
        '"files"',
        "[" * 20_000,
        "\xff",
    ],
)
async def test_a_wish_that_is_no_good_is_refused(by: Sender, house: House, wish: str) -> None:
    answer = await by.client.post("/upload/batches", content=wish.encode("latin-1"))
    assert answer.status_code in (400, 413)
    assert len(await house.rows(schema.batch)) == 1


async def test_a_folder_with_half_a_letter_in_its_name_is_taken(by: Sender, house: House) -> None:
    wish = '{"files": 1, "size": 1, "folder": "CD \\ud800"}'
    assert (await by.client.post("/upload/batches", content=wish)).status_code == 201
    assert [row.folder for row in await house.rows(schema.batch) if row.folder] == ["CD ?"]


async def test_what_was_picked_at_once_is_limited(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._LINK_BATCHES", 2)
    await by.pick()
    answer = await by.client.post("/upload/batches", json={"files": 1, "size": 1})
    assert answer.status_code == 429


async def test_what_is_on_its_way_needs_its_room_too(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = upload_files._SPARE_BYTES + 25
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=left))
    await by.begin(10)
    assert (await by.create(10)).status_code == 507


async def test_a_plain_form_counts_too(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._LINK_BYTES", 2000)
    files = [("files", ("a.txt", b"x" * 1200, "text/plain"))]
    assert (await by.client.post("/upload/form", files=files)).status_code == 303
    answer = await by.client.post("/upload/form", files=files)
    assert answer.status_code == 413
    assert "take more" in answer.text
    assert len([row for row in await house.rows(schema.inbox) if "files_uploaded" in row.raw]) == 1


async def test_a_plain_form_without_room_tells_people(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._SPARE_BYTES", 1 << 60)
    answer = await by.client.post("/upload/form", files=[("files", ("a.txt", b"x", "text/plain"))])
    assert answer.status_code == 507
    assert len([row for row in await house.rows(schema.inbox) if "no_room" in row.raw]) == 1


async def test_a_full_disk_is_said_before_and_people_are_told_once_a_day(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_files._SPARE_BYTES", 1 << 60)
    for _ in range(2):
        answer = await by.client.post("/upload/batches", json={"files": 1, "size": 10})
        assert answer.status_code == 507
    assert (await by.create(5)).status_code == 507
    (told,) = [row for row in await house.rows(schema.inbox) if "no_room" in row.raw]
    assert told.case_id == CASE


# ---- a code for the computer -------------------------------------------------------------------


async def fresh_code(by: Sender) -> str:
    page = (await by.client.post("/upload/elsewhere")).text
    return page.split('class="code" dir="ltr"><bdi>')[1].split("<")[0]


async def test_a_code_opens_the_link_elsewhere_once(house: House, by: Sender) -> None:
    code = await fresh_code(by)
    async with sender(house) as computer:
        answer = await computer.client.post("/c", data={"code": code.lower()})
        assert (answer.status_code, answer.headers["location"]) == (303, "/upload")
        assert (await computer.client.get("/upload")).status_code == 200
        await computer.pick()
    house.clock.move(timedelta(seconds=31))
    async with sender(house) as other:
        assert (await other.client.post("/c", data={"code": code})).status_code == 404


async def test_a_code_that_is_sent_twice_at_once_opens_the_link_all_the_same(
    house: House, by: Sender
) -> None:
    """A second press of the button: the browser only keeps the second answer."""
    code = await fresh_code(by)
    async with sender(house) as computer:
        both = [computer.client.post("/c", data={"code": code}) for _ in range(2)]
        assert [answer.status_code for answer in await asyncio.gather(*both)] == [303, 303]


async def test_every_fresh_code_opens_the_link(house: House, by: Sender) -> None:
    """Asked for twice at once, as by a second press: which of the two is shown, nobody knows."""
    for _ in range(50):
        codes = await asyncio.gather(fresh_code(by), fresh_code(by))
        async with sender(house) as computer:
            for code in codes:
                answer = await computer.client.post("/c", data={"code": code})
                assert answer.status_code == 303
    assert len(await house.rows(schema.link_code)) <= 5


@pytest.mark.parametrize(
    ("typed", "keyboard"),
    [
        ("ＡＣＤＥ ３４７９", "ACDE 3479"),
        ("АСЕН КМРТ", "ACEH KMPT"),
        ("ху РТ 3479", "XYPT 3479"),
        ("ACDE ٣٤٧٩", "ACDE 3479"),
        ("acde-۳۴۷۹", "ACDE 3479"),
    ],
)
async def test_a_code_may_be_typed_on_any_keyboard(
    house: House, token: str, by: Sender, typed: str, keyboard: str
) -> None:
    hashed = token_hash(keyboard.replace(" ", ""))
    ends = codec.seconds(house.clock()) + 60
    await house.db.write(lambda tx: links.add_code(tx, link_id(token), hashed, ends))
    async with sender(house) as computer:
        assert (await computer.client.post("/c", data={"code": typed})).status_code == 303


async def test_a_code_in_the_address_is_filled_in_whole(house: House) -> None:
    async with sender(house) as computer:
        page = (await computer.client.get("/c?code=acde+3479")).text
    assert 'value="ACDE3479"' in page


async def test_a_code_ends_soon_and_guessing_is_slowed_down(
    house: House, by: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.upload_links._MAX_WRONG", 3)
    code = await fresh_code(by)
    house.clock.move(timedelta(minutes=21))
    async with sender(house) as other:
        answers = [await other.client.post("/c", data={"code": code}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]


# ---- without scripts ---------------------------------------------------------------------------


async def test_a_plain_form_sends_files_too(house: House, by: Sender) -> None:
    answer = await by.client.post(
        "/upload/form", files=[("files", ("letter.txt", b"Dear colleague", "text/plain"))]
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/upload?received=1")
    (row,) = [row for row in await house.rows(schema.inbox) if "files_uploaded" in row.raw]
    update = codec.load_update(row.raw)
    assert isinstance(update, FilesUploaded)
    assert [one.filename for one in update.attachments] == ["letter.txt"]


async def test_a_case_that_is_full_takes_nothing_more_and_its_people_are_told(
    by: Sender, house: House
) -> None:
    """What has come and what is on its way count together."""
    house.settings = house.settings.model_copy(update={"case_max_bytes": 25})
    assert (await by.create(10, data=b"0123456789")).status_code == 201
    assert (await by.create(10)).status_code == 201
    assert (await by.create(10)).status_code == 507
    (told,) = [row for row in await house.rows(schema.inbox) if "case_full" in row.raw]
    assert told.case_id == CASE
