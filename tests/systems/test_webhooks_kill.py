"""kill -9 at any moment: every event reaches a system that is slow, refuses and hangs up, in order."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.doubles.receiver import SECRET, Receiver, receiving
from tests.running import Running
from tests.systems.seeded import seeded

pytestmark = pytest.mark.crash

#: Decides the moments of death; another number is another run.
SEED = 7
ASKS, DEATHS = 24, 4


async def test_every_event_arrives_through_deaths_and_a_bad_receiver(tmp_path: Path) -> None:
    case, token = await seeded(tmp_path / "data")
    luck = random.Random(SEED)

    refusals: dict[int, int | str] = {1: 500, 7: "cut"}

    def behave(number: int) -> int | str | float:
        # Slow enough for a death to come while it is being asked; each refusal costs five seconds.
        return refusals.get(number) or luck.uniform(0.02, 0.2)

    with receiving(behave=behave) as hospital:
        running = Running(tmp_path / "data", WEBHOOK_URLS=hospital.url, WEBHOOK_SECRET=SECRET)
        await running.start()
        try:
            asking = asyncio.create_task(_ask(running.url, case, token))
            for _ in range(DEATHS):
                await asyncio.sleep(luck.uniform(0.2, 1.5))
                await running.kill()
                await running.start()
            await asking
            await _all_taken(tmp_path / "data", hospital)
        finally:
            await running.kill()
    written = _events(tmp_path / "data")
    assert written.count("record.requested") == ASKS
    first = {event["id"]: event for event in reversed(hospital.taken)}
    assert [first[uid]["type"] for uid in hospital.ids()] == written


async def _ask(url: str, case: str, token: str) -> None:
    """Ask for records; a request that got no answer is sent again, under its key."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers) as client:
        for number in range(ASKS):
            key = {"idempotency-key": f"ask-number-{number}"}
            body = {"item": "labs", "reason": "newer"}
            while True:
                try:
                    answer = await client.post(f"/cases/{case}/requests", json=body, headers=key)
                    assert answer.status_code in (201, 202)
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


def _events(folder: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{folder}/second-opinion.db?mode=ro", uri=True)) as db:
        return [kind for (kind,) in db.execute("SELECT type FROM event ORDER BY id")]


async def _all_taken(folder: Path, hospital: Receiver) -> None:
    async with asyncio.timeout(60):
        while len(hospital.ids()) < len(_events(folder)):
            await asyncio.sleep(0.1)
