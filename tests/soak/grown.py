"""Chaos in the grown shape: two that serve and three that work, on one PostgreSQL and one bucket.

Any of them is killed at any moment, PostgreSQL is restarted under load, of ten requests to the bucket one
is refused and of twenty one is cut off, and the clocks of two processes are minutes wrong.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.buckets import Buckets, buckets
from tests.doubles.shaky import Shaky, shaky
from tests.postgres import Cluster, cluster
from tests.running import Running
from tests.soak.chaos import Chaos, Outcome, Plan
from tests.soak.ledger import Ledger
from tests.soak.lines import LINES

_LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
SERVING, WORKING = 2, 3
#: So wrong are the clocks of one that serves and of one that works.
_SKEWED = {1: "+150s", 3: "-200s"}
#: The library that bends the clock doesn't get through the limits of those that read strangers' files.
_SKEWED_KINDS = "turns,messages,quick,vendors,uploads,fetch"
_PATIENCE_SECONDS = 60.0


class GrownLedger(Ledger):
    """The rows on a server, which may be away for a moment."""

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(Path(), channel)
        self._url = url

    def ask(self, query: str, *values: object) -> list[Any]:
        until = time.monotonic() + _PATIENCE_SECONDS
        asked = query.replace("%", "%%").replace("?", "%s").encode()
        while True:
            try:
                with psycopg.connect(self._url, connect_timeout=5) as connection:
                    return connection.execute(asked, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


@dataclass
class Grown(Chaos):
    """One run of the plan; `program` is the first that serves."""

    cluster: Cluster = field(kw_only=True)
    url: str = field(kw_only=True)
    programs: list[Running] = field(kw_only=True)

    @property
    def _ledger(self) -> Ledger:
        return GrownLedger(self.url, self.line.channel)

    async def _begin(self) -> None:
        for number, program in enumerate(self.programs):
            program.set(**self.line.settings(program.url))
            await self._start(number)

    async def _start(self, number: int) -> None:
        """As a supervisor would: one that ends, because the database is away, is started again."""
        program = self.programs[number]
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                if number < SERVING:
                    await program.start()
                else:
                    kinds = _SKEWED_KINDS if number in _SKEWED else "all"
                    await program.work("--kinds", kinds)
                return
            except AssertionError:
                await program.kill()
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)

    async def _mend(self) -> None:
        for number, program in enumerate(self.programs):
            if not program.is_running:
                await program.kill()
                await self._start(number)

    async def _end(self) -> None:
        for program in self.programs:
            await program.kill()

    async def _make(self, trouble: str) -> None:
        # In turn, so that a short run has each.
        trouble = self.plan.troubles[self.troubles["made"] % len(self.plan.troubles)]
        self.troubles["made"] += 1
        if trouble == "database":
            how = self.dice.choice(("fast", "immediate"))
            self.troubles[f"database restarted, {how}"] += 1
            await asyncio.to_thread(self.cluster.control, "restart", "-m", how)
            # Some end by that, and are started again.
            await self._mend()
            return
        number = self.dice.randrange(len(self.programs))
        self.troubles["kill -9"] += 1
        await self.programs[number].kill()
        await asyncio.sleep(self.dice.uniform(0.0, 1.0))
        await self._start(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a run needs: a cluster that may be restarted, an empty database with tables, a bucket."""

    cluster: Cluster
    url: str
    buckets: Buckets


async def run(name: str, plan: Plan, folder: Path, stage: Stage) -> tuple[Outcome, Shaky]:
    """Run the plan on the line of this name; what the bucket's line did is told as well."""
    dice = random.Random(plan.seed)
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(LINES[name](dice))
        bucket = await stack.enter_async_context(shaky(stage.buckets.endpoint))
        common = {
            **stage.buckets.environment,
            "AWS_ENDPOINT_URL": bucket.address,
            "FILES_URL": stage.buckets.fresh(),
            "DATABASE_URL": stage.url,
        }
        programs = []
        for number in range(SERVING + WORKING):
            own = {**common, "WORK_KINDS": "none" if number < SERVING else "all"}
            if skew := _SKEWED.get(number):
                # Only what the time of day is: how long something takes is the kernel's to say.
                own |= {
                    "LD_PRELOAD": _LIBRARY,
                    "FAKETIME": skew,
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                }
            programs.append(Running(folder / f"program{number}" / "data", **own))
        chaos = Grown(
            plan, line, programs[0], dice, cluster=stage.cluster, url=stage.url, programs=programs
        )
        return await chaos.run(), bucket


def main(plan: Plan, folder: Path) -> Outcome:
    """Run the plan on a cluster and a bucket of its own."""
    (folder / "bucket").mkdir()
    with cluster() as made, made.database() as url, buckets(folder / "bucket") as store:
        stage = Stage(cluster=made, url=url, buckets=store)
        outcome, bucket = asyncio.run(run("telegram-polling", plan, folder, stage))
    outcome.troubles.update({"bucket refused": bucket.refused, "bucket cut off": bucket.cut})
    return outcome
