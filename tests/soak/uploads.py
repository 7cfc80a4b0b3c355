"""Uploads at their real size: twenty discs side by side, and a line that breaks every half minute.

Needs 25 GB of disk and a quarter of an hour. The same claims, smaller, are in `tests/web`.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.web.conftest import debians_browser
from tests.web.phone import Phone
from tests.web.program import Program, program
from tests.web.test_upload_browser import over_a_line, stored, upload_page, wait_for_file
from tests.web.test_upload_clients import new_batch, open_link, send_whole

_DISCS, _DISC = 20, 1_000_000_000
_PATIENCE = 1800.0
_FILE, _PACE, _EVERY, _FOR = 300_000_000, 2_000_000, 30.0, 5.0


async def twenty_discs(running: Program) -> tuple[float, float, int]:
    """Seconds, megabytes of growth, and how many of the files are stored with the right hash."""
    cookie = open_link(running)
    batch = new_batch(running, cookie, files=_DISCS, size=_DISCS * _DISC)
    async with httpx.AsyncClient(
        base_url=running.address, headers={"cookie": cookie}, timeout=600
    ) as client:
        before, began = running.peak_memory(), time.monotonic()
        sending = (send_whole(client, batch, number, _DISC) for number in range(_DISCS))
        sent = set(await asyncio.gather(*sending))
        took, grown = time.monotonic() - began, (running.peak_memory() - before) / 1e6
        (await client.post(f"/upload/batches/{batch}/done")).raise_for_status()
    end = time.monotonic() + _PATIENCE
    while (kept := len(sent & set(stored(running).values()))) < _DISCS and time.monotonic() < end:
        await asyncio.sleep(1)
    return took, grown, kept


def broken_line(folder: Path) -> tuple[int, float]:
    """How often the line was cut, and what left the browser as a share of the file."""
    path = folder / "disc.bin"
    noise = random.Random(4)
    with path.open("wb") as file:
        for _ in range(_FILE // 1_000_000):
            file.write(noise.randbytes(1_000_000))
    with debians_browser() as browser, over_a_line(folder) as (running, between):
        phone = Phone(browser, between.address)
        page = upload_page(phone)
        before, cuts, next_cut = between.sent, 0, time.monotonic() + _EVERY
        between.pace = _PACE
        page.locator("#files").set_input_files(path)
        while not page.locator("#done").is_visible():
            page.wait_for_timeout(200)
            if time.monotonic() > next_cut:
                between.cut()
                page.wait_for_timeout(_FOR * 1000)
                between.mend()
                cuts, next_cut = cuts + 1, time.monotonic() + _EVERY
        expect(page.locator("#done")).to_be_visible()
        carried = between.sent - before
        wait_for_file(phone, "disc.bin")
        assert stored(running)["disc.bin"] == hashlib.sha256(path.read_bytes()).hexdigest()
        phone.complaints.clear()
        phone.close()
    return cuts, carried / _FILE


def main() -> None:
    """Run both, and print what came of them."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        cuts, share = broken_line(Path(folder).resolve())
        print(
            f"line cut every {_EVERY:g} s for {_FOR:g} s, {cuts} times: right hash, {share:.4f} sent"
        )
    with tempfile.TemporaryDirectory(dir=".") as folder, program(Path(folder).resolve()) as running:
        took, grown, kept = asyncio.run(twenty_discs(running))
        print(f"{_DISCS} uploads of 1 GB at once: {kept} whole, {grown:.0f} MB more, {took:.0f} s")
