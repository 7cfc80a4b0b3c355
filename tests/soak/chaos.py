"""Chaos: many patients at once, while the program is killed and all that it stands on gives way.

The real program as a process of its own, over the wire. Nothing may be lost, each message is
answered, and no answer comes twice without saying so.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running import Running
from tests.soak.ledger import Ledger
from tests.soak.line import Line
from tests.soak.lines import LINES
from tests.synthetic import pdf

#: So many messages ahead of the answers is a patient at most.
_AHEAD = 4
#: How a patient begins, so that files are taken.
_OPENING = ("/start", "English", "yes")
_SAYINGS = ("note {n}", "what is this", "status", "later", "I don't know", "help", "{n}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much comes in and how often what goes wrong; times are in seconds.

    `patients` send `messages` and `files` between them.
    """

    patients: int
    messages: int
    files: int
    seed: int = 1
    between_deaths: tuple[float, float] = (8.0, 25.0)
    full_for: float = 3.0
    locked_for: float = 4.0
    pace: tuple[float, float] = (0.0, 2.0)
    troubles: tuple[str, ...] = ("kill", "kill", "full", "locked")
    slow: bool = True


@dataclass
class Outcome:
    """What a run has shown; without `faults` all is well."""

    faults: list[str]
    seconds: float
    troubles: Counter[str]
    delivered: int
    doubted: int = 0
    given_up: int = 0

    def __str__(self) -> str:
        made = ", ".join(f"{kind} {count}" for kind, count in sorted(self.troubles.items()))
        said = "; ".join(self.faults) or "nothing lost, nothing doubled in silence, all answered"
        unsure = f"{self.doubted} sent again with an excuse, {self.given_up} given up in doubt"
        return f"{self.seconds:.0f} s, {self.delivered} messages out; {unsure}; {made}\n{said}"


@dataclass
class Chaos:
    """One run against one line."""

    plan: Plan
    line: Line
    program: Running
    dice: random.Random
    troubles: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    files: int = 0

    async def run(self) -> Outcome:
        """Play it, and see what came of it."""
        self.line.slow = self.plan.slow
        began = time.monotonic()
        await self._begin()
        troubles = asyncio.create_task(self._make_trouble())
        try:
            # A fault of the driver's own ends the run at once.
            patients = asyncio.gather(*(self._patient(n) for n in range(self.plan.patients)))
            done, _ = await asyncio.wait((patients, troubles), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            troubles.cancel()
            with suppress(asyncio.CancelledError):
                await troubles
            await self._mend()
            self.line.rough = False
            await self._comes_to_rest()
            return self._outcome(time.monotonic() - began)
        finally:
            troubles.cancel()
            await self._end()

    async def _begin(self) -> None:
        self.program.set(**self.line.settings(self.program.url))
        await self.program.start()

    async def _mend(self) -> None:
        if not self.program.is_started:  # The trouble was ended between a death and a start.
            await self.program.start()

    async def _end(self) -> None:
        await self.program.kill()

    def _outcome(self, seconds: float) -> Outcome:
        delivered = self.line.delivered()
        faults = self._ledger.faults(messages=self.sent, files=self.files, delivered=delivered)
        return Outcome(
            faults=faults + self.line.faults(),
            seconds=seconds,
            troubles=self.troubles + self.line.troubles,
            delivered=len(delivered),
            doubted=self._ledger.doubted,
            given_up=self._ledger.given_up,
        )

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.program.folder, self.line.channel)

    # ---- patients ------------------------------------------------------------------------------

    async def _patient(self, number: int) -> None:
        patient = 7_000_000 + number
        share = _share(self.plan.messages, self.plan.patients, number)
        files = _share(self.plan.files, self.plan.patients, number)
        with_file = set(self.dice.sample(range(len(_OPENING), share), files))
        await asyncio.sleep(self.dice.uniform(*self.plan.pace))
        words = 0
        for n in range(share):
            self.sent += 1
            if n in with_file:
                name = f"{patient}-{n}.pdf"
                body = pdf([f"Laboratory report {name}", "Collected: 3 March 2026"])
                self.files += 1
                await self.line.send_file(patient, n + 1, name, body)
            else:
                said = _OPENING[n] if n < len(_OPENING) else self.dice.choice(_SAYINGS)
                await self.line.say(patient, n + 1, said.format(n=n))
                words += 1
            if n < len(_OPENING):
                # In this order, or it would have been no consent.
                await self.line.flush(patient)
            await self._waits(patient, words - (_AHEAD if n >= len(_OPENING) else 0))
        await self.line.flush(patient)

    async def _waits(self, patient: int, answers: int) -> None:
        await asyncio.sleep(self.dice.uniform(*self.plan.pace))
        until = time.monotonic() + self.line.patience
        while self.line.heard(patient) < answers and time.monotonic() < until:
            await asyncio.sleep(0.05)

    # ---- trouble -------------------------------------------------------------------------------

    async def _make_trouble(self) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(*self.plan.between_deaths))
            await self._make(self.dice.choice(self.plan.troubles))

    async def _make(self, trouble: str) -> None:
        match trouble:
            case "full":
                await self._fills_the_disk()
            case "locked":
                await self._locks_the_store()
            case _:
                await self._dies()

    async def _dies(self) -> None:
        self.troubles["kill -9"] += 1
        await self.program.kill()
        await asyncio.sleep(self.dice.uniform(0.0, 0.5))
        await self.program.start()

    async def _fills_the_disk(self) -> None:
        """No file of the program's grows any more: each write is refused by the system.

        A limit is set on the running process, which meets it as it would a full disk, and no
        neighbour does. https://man7.org/linux/man-pages/man2/prlimit.2.html
        """
        self.troubles["disk full"] += 1
        pid, kind = self.program.pid, resource.RLIMIT_FSIZE
        with suppress(ProcessLookupError):
            before = resource.prlimit(pid, kind)
            resource.prlimit(pid, kind, (4096, before[1]))
            try:
                await asyncio.sleep(self.dice.uniform(0.5, self.plan.full_for))
            finally:
                resource.prlimit(pid, kind, before)

    async def _locks_the_store(self) -> None:
        """Somebody else holds the database, as a copying operator does."""
        self.troubles["store locked"] += 1
        path, long = self.program.folder / "second-opinion.db", self.plan.locked_for

        def hold() -> None:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
                db.execute("BEGIN IMMEDIATE")
                time.sleep(self.dice.uniform(long / 4, long))
                db.execute("ROLLBACK")

        await asyncio.to_thread(hold)

    # ---- the end -------------------------------------------------------------------------------

    async def _comes_to_rest(self) -> None:
        """Wait until nothing is left to do. Who waits in vain sees it in the ledger."""
        seen: Any = None
        until = time.monotonic() + self.line.patience
        while time.monotonic() < until:
            left = await asyncio.to_thread(self._ledger.unfinished)
            now = (left, self._ledger.kept, len(self.line.delivered()))
            # Twice the same: the rows are counted one kind after the other, while others change them.
            if not left and self._ledger.kept >= self.sent and now == seen:
                return
            if now != seen:
                seen, until = now, time.monotonic() + self.line.patience
            await asyncio.sleep(0.3)


def _share(whole: int, among: int, number: int) -> int:
    return whole // among + (number < whole % among)


async def run(name: str, plan: Plan, folder: Path) -> Outcome:
    """Run the plan on the line of this name; the program's folder and log are left in `folder`."""
    dice = random.Random(plan.seed)
    async with LINES[name](dice) as line:
        return await Chaos(plan, line, Running(folder / "data"), dice).run()
