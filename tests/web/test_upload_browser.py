"""The upload page in a real browser, on lines as patients have them."""

from __future__ import annotations

import hashlib
import io
import random
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.line import Line, line
from tests.web.phone import IN_EVERY_LIGHT, Phone
from tests.web.program import Program, program

pytestmark = pytest.mark.browser

SIZE = 24_000_000


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that takes some seconds on a slow line."""
    path = tmp_path / "disc.bin"
    path.write_bytes(random.Random(4).randbytes(SIZE))
    return path


@contextmanager
def over_a_line(folder: Path) -> Iterator[tuple[Program, Line]]:
    """The program, which knows itself by the address of the line."""
    running = Program(folder)
    with line(running.port) as between, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", between.address)
        running.start()
        try:
            yield running, between
        finally:
            running.kill()


def link_of(phone: Phone) -> str:
    """Begin a case, and ask for the page."""
    phone.begin()
    phone.press("I am the patient")
    phone.say("/upload")
    return link_in(phone.log("assistant").last.inner_text())


def link_in(words: str) -> str:
    """The address of the upload page in a message of any language."""
    found = re.search(r"http://[\w.:]+/u/\w+", words)
    assert found is not None, words
    return found[0]


def upload_page(phone: Phone) -> Page:
    """The upload page in the same browser."""
    link = link_of(phone)
    page = phone.context.new_page()
    page.set_default_timeout(20_000)
    page.goto(link)
    return page


def stored(running: Program) -> dict[str, str]:
    """Names and hashes of what has become a file of a case."""
    rows = running.rows(
        "SELECT unsealed('file.name', name), sha256 FROM file WHERE sha256 IS NOT NULL"
    )
    return {str(name): str(sha256) for name, sha256 in rows}


def wait_for_file(phone: Phone, name: str) -> None:
    expect(phone.log("assistant").filter(has_text=name)).to_have_count(1, timeout=60_000)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def under_way(page: Page, between: Line, large: Path, *, pace: int, part: int) -> int:
    """Begin to send, so many bytes a second, until a `part`-th of it left; what had left before that."""
    before = between.sent
    between.pace = pace
    page.locator("#files").set_input_files(large)
    while between.sent - before < SIZE // part:
        page.wait_for_timeout(50)
    return before


# ---- lines that break --------------------------------------------------------------------------


def test_an_upload_survives_the_death_of_the_server(
    chromium: Browser, tmp_path: Path, large: Path
) -> None:
    """Killed in the middle, started again; it goes on by itself, and hardly anything goes twice."""
    with over_a_line(tmp_path) as (running, between):
        phone = Phone(chromium, between.address)
        page = upload_page(phone)
        before = under_way(page, between, large, pace=6_000_000, part=2)
        running.kill()
        page.wait_for_timeout(500)
        running.start()
        expect(page.locator("#done")).to_be_visible(timeout=60_000)
        carried = between.sent - before
        wait_for_file(phone, "disc.bin")
        assert stored(running)["disc.bin"] == sha256(large)
        # What had left the browser and not reached the disk when the server died goes again.
        assert carried < SIZE * 1.02, carried / SIZE
        phone.complaints.clear()
        phone.close()


def test_an_upload_survives_a_line_that_is_cut_again_and_again(
    chromium: Browser, tmp_path: Path, large: Path
) -> None:
    """Each byte that has come stays; less than a fiftieth goes twice."""
    with over_a_line(tmp_path) as (running, between):
        phone = Phone(chromium, between.address)
        page = upload_page(phone)
        before = between.sent
        between.pace = 3_000_000
        page.locator("#files").set_input_files(large)
        for part in (1, 2, 3):
            while between.sent - before < SIZE * part // 4:
                page.wait_for_timeout(50)
            between.cut()
            page.wait_for_timeout(300)
            between.mend()
        expect(page.locator("#done")).to_be_visible(timeout=90_000)
        carried = between.sent - before
        wait_for_file(phone, "disc.bin")
        assert stored(running)["disc.bin"] == sha256(large)
        assert carried < SIZE * 1.02
        phone.complaints.clear()
        phone.close()


def test_a_page_that_was_closed_goes_on_when_the_same_file_is_chosen(
    chromium: Browser, tmp_path: Path, large: Path
) -> None:
    """A folder as well: what of it has come is not sent again."""
    folder = tmp_path / "CD"
    folder.mkdir()
    for number in range(12):
        (folder / f"IM{number:02}").write_bytes(random.Random(number).randbytes(400_000))
    with over_a_line(tmp_path) as (running, between):
        phone = Phone(chromium, between.address)
        page = upload_page(phone)
        before = under_way(page, between, large, pace=2_500_000, part=3)
        page.close(run_before_unload=False)
        page = phone.context.new_page()
        page.goto(f"{between.address}/upload")
        between.pace = 0
        page.locator("#files").set_input_files(large)
        expect(page.locator("#done")).to_be_visible(timeout=60_000)
        assert between.sent - before < SIZE * 1.02
        wait_for_file(phone, "disc.bin")

        before = between.sent
        between.pace = 1_000_000
        page.locator("#folder").set_input_files(folder)
        while between.sent - before < 2_500_000:
            page.wait_for_timeout(50)
        page.close(run_before_unload=False)
        page = phone.context.new_page()
        page.goto(f"{between.address}/upload")
        between.pace = 0
        page.locator("#folder").set_input_files(folder)
        expect(page.locator("#done")).to_be_visible(timeout=60_000)
        wait_for_file(phone, "CD.zip")
        # Up to six small files were under way.
        assert between.sent - before < 12 * 400_000 + 6 * 400_000
        (batch,) = running.rows(
            "SELECT files, state FROM batch WHERE unsealed('batch.folder', folder) = 'CD'"
        )
        assert batch == (12, "closed")
        phone.complaints.clear()
        phone.close()


def test_two_files_of_one_name_both_come_though_the_page_was_closed(
    chromium: Browser, tmp_path: Path
) -> None:
    """A phone's picker shows files of many folders beside each other."""
    paths = [tmp_path / folder / "letter.txt" for folder in ("first", "last")]
    paths[1:1] = [tmp_path / f"{number:02}.txt" for number in range(21)]
    bodies = [f"Dear colleague, {number:02}.\n".encode() * 10_000 for number in range(len(paths))]
    for path, body in zip(paths, bodies, strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    with over_a_line(tmp_path) as (running, between):
        phone = Phone(chromium, between.address)
        page = upload_page(phone)
        before = between.sent
        between.pace = 1_000_000
        page.locator("#files").set_input_files(paths)
        while between.sent - before < 2_000_000:
            page.wait_for_timeout(50)
        page.close(run_before_unload=False)
        page = phone.context.new_page()
        page.goto(f"{between.address}/upload")
        between.pace = 0
        page.locator("#files").set_input_files(paths)
        expect(page.locator("#done")).to_be_visible(timeout=60_000)
        wait_for_file(phone, "Files.zip")
        words = phone.log("assistant").all_inner_texts()
        assert not [text for text in words if "of the" in text and "have come" in text]
        (blob,) = running.rows(
            "SELECT blob_id FROM file WHERE unsealed('file.name', name) LIKE '%.zip'"
        )[0]
        with zipfile.ZipFile(io.BytesIO(running.bytes_of(str(blob)))) as made:
            assert sorted(made.read(one) for one in made.namelist()) == sorted(bodies)
        phone.complaints.clear()
        phone.close()


def test_a_server_that_stumbles_begins_no_second_batch(
    chromium: Browser, alive: Program, tmp_path: Path
) -> None:
    """The page asks again what has come, instead of sending all of it anew."""
    path = tmp_path / "disc.bin"
    path.write_bytes(b"x" * 3_000_000)
    phone = Phone(chromium, alive.address)
    page = upload_page(phone)
    page.route("**/upload/files", lambda route: route.abort())
    page.locator("#files").set_input_files(path)
    expect(page.locator("#list li")).to_have_count(1)
    page.wait_for_timeout(500)
    page.close(run_before_unload=False)
    page = phone.context.new_page()
    asked: list[str] = []

    def stumble(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) == 1:
            route.fulfill(status=502, body="")
        else:
            route.continue_()

    page.route(re.compile("/upload/batches"), stumble)
    page.goto(f"{alive.address}/upload")
    page.locator("#files").set_input_files(path)
    expect(page.locator("#done")).to_be_visible(timeout=30_000)
    assert asked[:2] == ["GET", "GET"]
    assert "POST" not in asked[:2]
    phone.complaints.clear()
    phone.close()


def test_a_full_disk_is_said_where_the_page_only_asked_how_far_it_is(
    chromium: Browser, alive: Program, tmp_path: Path
) -> None:
    path = tmp_path / "disc.bin"
    path.write_bytes(b"x" * 9_000_000)
    phone = Phone(chromium, alive.address)
    page = upload_page(phone)

    def full(route: Route) -> None:
        match route.request.method:
            case "PATCH":
                route.abort()
            case "HEAD":
                route.fulfill(status=507)
            case _:
                route.continue_()

    page.route("**/upload/files/*", full)
    page.locator("#files").set_input_files(path)
    expect(page.locator("#notice")).to_contain_text("not enough room", timeout=15_000)
    phone.complaints.clear()
    phone.close()


# ---- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "scheme"), IN_EVERY_LIGHT)
def test_the_page_is_open_to_everybody(
    chromium: Browser, alive: Program, tmp_path: Path, locale: str, scheme: str
) -> None:
    """axe in every language, light and dark, while a file is on its way; the code's page too."""
    path = tmp_path / "снимок مرحبا.bin"
    path.write_bytes(b"x" * 9_000_000)
    phone = Phone(chromium, alive.address, locale=locale, color_scheme=scheme, bypass_csp=True)
    expect(phone.log("assistant")).to_have_count(1)
    phone.page.locator(f"#choices button[value^='language:{locale}:']").click()
    expect(phone.log("assistant")).to_have_count(2)
    phone.page.locator("#choices button").first.click()
    expect(phone.log("assistant")).to_have_count(3)
    phone.say("/upload")
    phone.page.goto(link_in(phone.log("assistant").last.inner_text()))
    expect(phone.page.locator("html")).to_have_attribute("lang", locale)
    phone.check_access()
    phone.page.locator("#files").set_input_files(path)
    expect(phone.page.locator("#list li")).to_have_count(1)
    phone.check_access()
    expect(phone.page.locator("#done")).to_be_visible()
    phone.check_access()
    phone.page.locator("form[action='/upload/elsewhere'] button").click()
    expect(phone.page.locator(".code")).to_be_visible()
    phone.check_access()
    phone.page.goto(f"{alive.address}/c?code=ABCD")
    expect(phone.page.locator("#code")).to_have_value("ABCD")
    phone.check_access()
    phone.close()


def test_the_page_works_without_scripts(chromium: Browser, alive: Program, tmp_path: Path) -> None:
    """A plain form."""
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear colleague")
    phone = Phone(chromium, alive.address)
    link = link_of(phone)
    plain = Phone(chromium, link, java_script_enabled=False)
    plain.page.locator("#files").set_input_files(path)
    plain.page.get_by_role("button", name="Send", exact=True).click()
    expect(plain.page.get_by_role("status").first).to_contain_text("arrived")
    wait_for_file(phone, "letter.txt")
    plain.close()
    phone.close()


def test_the_page_is_light(chromium: Browser, alive: Program) -> None:
    """Everything that it loads, as it goes over the line: a slow phone pays for each byte."""
    phone = Phone(chromium, alive.address)
    link = link_of(phone)
    total = 0
    lock = threading.Lock()

    def count(event: dict[str, float]) -> None:
        nonlocal total
        with lock:
            total += int(event["encodedDataLength"])

    page = phone.context.new_page()
    wire = phone.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", count)
    page.goto(link)
    page.wait_for_load_state("networkidle")
    assert 20_000 < total < 100_000
    phone.close()


def test_a_computer_goes_on_with_the_code(chromium: Browser, alive: Program) -> None:
    """The phone shows a code, the computer types it."""
    phone = Phone(chromium, alive.address)
    phone.page.goto(link_of(phone))
    phone.page.get_by_role("button", name="Go on at a computer").click()
    code = phone.page.locator(".code").inner_text()
    computer = Phone(chromium, f"{alive.address}/c", viewport={"width": 1200, "height": 800})
    computer.page.get_by_label("The code from your phone").fill(code)
    computer.page.get_by_role("button", name="Go on").click()
    expect(computer.page.get_by_text("A whole CD folder")).to_be_visible()
    computer.close()
    phone.close()


def test_a_page_that_is_open_when_the_case_stops_says_so_and_takes_nothing_more(
    chromium: Browser, tmp_path: Path, large: Path
) -> None:
    with over_a_line(tmp_path) as (running, between):
        phone = Phone(chromium, between.address)
        page = upload_page(phone)
        under_way(page, between, large, pace=1_000_000, part=12)
        phone.say("withdraw")
        phone.press("Keep my records")
        phone.press("Stop the work")
        expect(page.locator("#notice")).to_contain_text("The work on this case has stopped")
        expect(page.locator("#done")).to_be_hidden()
        page.reload()
        expect(page.locator("h1")).to_have_text("Nothing can be sent here now")
        assert stored(running) == {}
        assert running.rows("SELECT id FROM upload") == []
        on_its_way = tmp_path / "data" / "uploads"
        for _ in range(200):
            if all(path.suffix == ".claim" for path in on_its_way.iterdir()):
                break
            page.wait_for_timeout(50)
        assert [path.name for path in on_its_way.iterdir() if path.suffix != ".claim"] == []


def test_the_kill_of_the_program_loses_nothing_that_was_whole(
    chromium: Browser, tmp_path: Path, large: Path
) -> None:
    """All bytes on the disk, and dead before anybody was told: it is found at the next start."""
    with program(tmp_path) as running:
        phone = Phone(chromium, running.address)
        page = upload_page(phone)
        page.locator("#files").set_input_files(large)
        expect(page.locator("#done")).to_be_visible(timeout=60_000)
        running.kill()
        running.start()
        wait_for_file(phone, "disc.bin")
        assert stored(running)["disc.bin"] == sha256(large)
        phone.complaints.clear()
        phone.close()
