"""A turn beside a thousand cases in the store, and beside a hundred thousand, interleaved in one run.

The cases are what patients leave: a chat, twelve messages of both sides, eight rows of the inbox that
are done, three records and ten lines of the trail each. The turns are those of patients who answer, in
chats of their own.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bot.store.db import Database
from handlers import conversation
from tests.benchmarks.turn import _OPEN, answers, ours

FEW, MANY = 1_000, 100_000
TURNS, ROUNDS = 200, 15
AIM = 1.2

_BODY = "x" * 700
_FILL = (
    """INSERT INTO cases (id, body, status, version, opened_at, updated_at)
       SELECT 'old-' || n, '{"id":"old-' || n || '","opened_at":"2026-01-01T00:00:00Z"}', 'closed', 9,
              1e9 + n, 1e9 + n FROM numbers""",
    """INSERT INTO session (id, channel, address, case_id, version, created_at)
       SELECT 'old-' || n, 'telegram', 'old-' || n, 'old-' || n, 9, 1e9 + n FROM numbers""",
    f"""INSERT INTO message (case_id, session_id, channel, direction, cause, n, body, rendered, state,
                             due_at, created_at)
        SELECT 'old-' || n, 'old-' || n, 'telegram', CASE m % 2 WHEN 0 THEN 'in' ELSE 'out' END,
               -(n * 12 + m), 0, '{_BODY}', '{_BODY}', 'sent', 1e9, 1e9
        FROM numbers, (SELECT value AS m FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11]'))""",
    f"""INSERT INTO inbox (channel, external_id, session_id, case_id, raw, state, received_at)
        SELECT 'telegram', 'old-' || n || '-' || m, 'old-' || n, 'old-' || n, '{_BODY}', 'done', 1e9
        FROM numbers, (SELECT value AS m FROM json_each('[0,1,2,3,4,5,6,7]'))""",
    f"""INSERT INTO record (id, case_id, position, body)
        SELECT 'old-' || n || '-' || m, 'old-' || n, m, '{_BODY}'
        FROM numbers, (SELECT value AS m FROM json_each('[0,1,2]'))""",
    """INSERT INTO audit (case_id, at, actor, action)
       SELECT 'old-' || n, 1e9, 'patient', 'looked'
       FROM numbers, (SELECT value AS m FROM json_each('[0,1,2,3,4,5,6,7,8,9]'))""",
)


async def filled(folder: Path, cases: int) -> Path:
    """A store with so many cases of others."""
    folder.mkdir()
    path = folder / "core.db"
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path)) as store, store:
        upwards = f"(SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {cases})"
        numbers = f"WITH RECURSIVE c(n) AS {upwards} SELECT n FROM c"
        store.execute(f"CREATE TEMP TABLE numbers AS {numbers}")
        for statement in _FILL:
            store.execute(statement)
    return folder


async def measure() -> dict[int, list[float]]:
    """The turns beside so many cases, in seconds each."""
    with tempfile.TemporaryDirectory() as name:
        kinds = {}
        for cases in (FEW, MANY):
            folder = await filled(Path(name) / str(cases), cases)
            size = (folder / "core.db").stat().st_size
            print(f"  {cases:7,} cases: {size / 1e6:,.0f} MB", flush=True)
            kinds[cases] = await ours(folder, conversation.advance, answers)
        times: dict[int, list[float]] = {cases: [] for cases in kinds}
        for round_ in range(ROUNDS + 1):
            for cases, turn in kinds.items():
                for n in range(TURNS):
                    begun = time.perf_counter()
                    await turn(round_ * TURNS + n)
                    if round_:  # The first warms up.
                        times[cases].append(time.perf_counter() - begun)
        for close in _OPEN:
            await close()
        _OPEN.clear()
    return times


def main() -> None:
    """Print the medians, the slowest of twenty, and their ratios."""
    found = asyncio.run(measure())
    shown = {}
    for cases, taken in found.items():
        shown[cases] = (statistics.median(taken), statistics.quantiles(taken, n=20)[-1])
        median, slow = (round(value * 1e6) for value in shown[cases])
        print(f"  a turn beside {cases:7,} cases: median {median:,} us, p95 {slow:,} us")
    ratios = [many / few for many, few in zip(shown[MANY], shown[FEW], strict=True)]
    print(f"  ratio: median {ratios[0]:.2f}, p95 {ratios[1]:.2f} (aim: at most {AIM})")
