"""What the chain of the audit trail costs a turn that leaves events, and how fast it is verified.

The turn is an echo with one event, and with three, with plain rows and with chained ones, round by
round. What is verified is 100,000 events in 1,000 chains.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit
from bot.store.audit_check import check
from bot.store.audit_checkpoints import checkpoint
from bot.store.db import Database
from bot.store.prepared import Prepared
from bot.store.schema_audit import audit as table
from handlers.effects import RecordAudit
from tests.benchmarks import turn

TURNS, ROUNDS = 200, 15
EVENTS, CHAINS = 100_000, 1000

_PLAIN = Prepared(sa.insert(table), ("case_id", "at", "actor", "action", "object"))
_CHAINED = audit.add_many


async def plain(tx: AsyncConnection, events: Sequence[dict[str, Any]]) -> None:
    """As it was before there was a chain."""
    await _PLAIN.run_many(tx, events)


def with_events(count: int) -> Any:
    """An echo that leaves so many events."""
    events = tuple(RecordAudit(actor="patient", action="said", object=str(n)) for n in range(count))

    def advance(*words: Any, **more: Any) -> Any:
        echoed = turn.echo(*words, **more)
        return replace(echoed, effects=(*echoed.effects, *events))

    return advance


async def turns() -> dict[str, float]:
    """What the processor did for a turn of each kind, in microseconds: the median of the rounds."""
    with tempfile.TemporaryDirectory() as name:
        kinds = {}
        for count in (1, 3):
            for label, add in (("plain", plain), ("chained", _CHAINED)):
                folder = Path(name) / f"{label}{count}"
                folder.mkdir()
                kinds[f"{count} {label}"] = (await turn.ours(folder, with_events(count)), add)
        worked: dict[str, list[float]] = {kind: [] for kind in kinds}
        number = 0
        try:
            for round_ in range(ROUNDS + 1):
                for kind, (take, add) in kinds.items():
                    audit.add_many = add
                    before = time.process_time()
                    for n in range(TURNS):
                        await take(number + n)
                    if round_:  # The first warms up.
                        worked[kind].append((time.process_time() - before) / TURNS * 1e6)
                number += TURNS
        finally:
            audit.add_many = _CHAINED
            for close in turn._OPEN:
                await close()
            turn._OPEN.clear()
    return {kind: statistics.median(rounds) for kind, rounds in worked.items()}


async def verified() -> tuple[float, float]:
    """Seconds to vouch for all chains, and to verify all events."""
    with tempfile.TemporaryDirectory() as name:
        async with await Database.open(Path(name) / "core.db") as db:

            async def fill(tx: AsyncConnection) -> None:
                for n in range(EVENTS):
                    await audit.add(
                        tx,
                        case_id=f"c{n % CHAINS}",
                        at=1.8e9 + n,
                        actor="coordinator Li Wei",
                        action="looked",
                        object=f"{n:016x}",
                    )

            await db.write(fill)
            begun = time.perf_counter()
            await checkpoint(db, datetime.now(UTC))
            vouched = time.perf_counter()
            report = await db.read(check)
            assert report.faults == []
            return vouched - begun, time.perf_counter() - vouched


def main() -> None:
    """Print both."""
    found = asyncio.run(turns())
    print("what the processor does for an echo that leaves events, median of", ROUNDS, "rounds")
    for count in (1, 3):
        before, now = found[f"{count} plain"], found[f"{count} chained"]
        print(f"  {count}: {before:6.0f} us plain  {now:6.0f} us chained  {now / before:5.2f}")
    vouched, checked = asyncio.run(verified())
    print(f"  a checkpoint of {CHAINS:,} chains {vouched * 1000:.0f} ms", end="")
    print(f", {EVENTS:,} events verified in {checked:.1f} s")
