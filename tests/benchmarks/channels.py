"""Turns end to end through each channel against its double: how many a second, and how long each takes.

The real program over HTTP, from a patient's message to the (first words of the) answer on the patient's
phone. Telegram lets nobody send more than thirty messages a second, and on WhatsApp we send no more than
ten, of which an answer with buttons may take two. Each line is written to at half of what it can answer;
beside that stands how fast the turns themselves are taken. The page of the web chat has no such bound.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks.turn_while_indexing import visitor
from tests.running import Running
from tests.soak.ledger import Ledger
from tests.soak.line import Line
from tests.soak.lines import LINES

#: Patients, and the messages that they send; then so many at once. Of the page, messages a second.
_PATIENTS, _STEADY, _BURST, _RATE = 200, 300, 300, 15.0
#: The pace of a bad line, bytes a second.
_PACE = 50_000.0

Turn = Callable[[int], Awaitable[float]]


async def through(name: str, folder: Path) -> dict[str, float]:
    """The figures of one line: seconds, and turns a second."""
    async with LINES[name](random.Random(1)) as line:
        line.rough = False
        program = Running(folder / "data")
        program.set(**line.settings(program.url))
        await program.start()
        try:
            talk = Talk(line)
            await asyncio.gather(*(talk.turn(patient) for patient in range(_PATIENTS)))
            await talk.rests()
            told = len(line.acknowledged())
            steady = await at_a_rate(talk.turn, rate=talk.rate, turns=_STEADY)
            acknowledged = line.acknowledged()[told:]
            taken, answered = await talk.burst(Ledger(program.folder, line.channel))
            await talk.rests()
            meanwhile = await talk.while_a_file_comes_slowly()
        finally:
            await program.kill()
    return {
        **spread(steady),
        "turns taken a second, of 300 at once": _BURST / taken,
        "turns answered a second, of 300 at once": _BURST / answered,
        "p95 of 200 others while one downloads at 50 kB/s, s": spread(meanwhile)["p95, s"],
        **{f"webhook answered, {of}": s for of, s in spread(acknowledged).items() if acknowledged},
    }


class Talk:
    """Patients on a line, each with one message under way at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._number = 0
        self.rate = line.a_second / 2

    async def rests(self) -> None:
        """Wait until nothing is said any more, nor the pace in arrears."""
        said = -1
        while said != (said := len(self._line.delivered())):
            await asyncio.sleep(2.0)

    async def turn(self, patient: int) -> float:
        """Seconds from a message to its answer."""
        chat = 7_100_000 + patient
        before, began = self._line.heard(chat), time.perf_counter()
        self._number += 1
        await self._line.say(chat, self._number, f"note {self._number}")
        async with asyncio.timeout(120):
            while self._line.heard(chat) == before:
                await asyncio.sleep(0.002)
        return time.perf_counter() - began

    async def burst(self, ledger: Ledger) -> tuple[float, float]:
        """Many messages at once, of as many patients: seconds until all turns are taken, and answered."""
        kept, began = ledger.kept, time.perf_counter()
        patients = range(1000, 1000 + _BURST)
        turns = asyncio.gather(*(self.turn(patient) for patient in patients))
        while ledger.kept < kept + _BURST or "to be read" in ledger.unfinished():
            await asyncio.sleep(0.02)
        taken = time.perf_counter() - began
        await turns
        return taken, time.perf_counter() - began

    async def while_a_file_comes_slowly(self) -> list[float]:
        """What others wait while one patient's file is on its way."""
        slow = 7_000_000
        for number, words in enumerate(("/start", "English", "yes"), 1):
            await self._line.say(slow, number, words)
            while self._line.heard(slow) < number:
                await asyncio.sleep(0.01)
        longer = 1.5 * _PATIENTS / self.rate
        await self._line.send_file(slow, 4, "slow.zip", bytes(int(longer * _PACE)), pace=_PACE)
        return await at_a_rate(self.turn, rate=self.rate, turns=_PATIENTS)


async def through_the_page(folder: Path) -> dict[str, float]:
    """The same of the web chat, by patients who have the page open."""
    program = Running(folder / "data")
    await program.start()
    try:
        async with AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(visitor(program.url)) for _ in range(40)]

            async def turn(patient: int) -> float:
                return await pages[patient % len(pages)].turn("hello")

            await asyncio.gather(*(turn(n) for n in range(len(pages))))
            steady = await at_a_rate(turn, rate=_RATE, turns=_STEADY, patients=len(pages))
            began = time.perf_counter()
            rounds = 10
            for _ in range(rounds):
                await asyncio.gather(*(turn(n) for n in range(len(pages))))
            took = time.perf_counter() - began
    finally:
        await program.kill()
    return {
        **spread(steady),
        "turns answered a second, 40 at once": rounds * len(pages) / took,
    }


async def at_a_rate(
    turn: Turn, *, rate: float, turns: int, patients: int = _PATIENTS
) -> list[float]:
    """What each of the turns took that begin at this rate, whether or not others are answered."""

    async def one(number: int) -> float:
        await asyncio.sleep(number / rate)
        return await turn(number % patients)

    return await asyncio.gather(*(one(n) for n in range(turns)))


def spread(seconds: list[float]) -> dict[str, float]:
    """The percentiles; of nothing, none."""
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50, s": cuts[49], "p95, s": cuts[94], "p99, s": cuts[98]}


async def _all(names: Sequence[str]) -> None:
    for name in names or (*LINES, "web"):
        with tempfile.TemporaryDirectory() as folder:
            figures = await (
                through_the_page(Path(folder)) if name == "web" else through(name, Path(folder))
            )
        print(f"  {name}")
        for what, figure in figures.items():
            print(f"    {what:<55} {figure:8.3f}", flush=True)


def main(names: Sequence[str] = ()) -> None:
    """Print the figures, of these lines or of all."""
    asyncio.run(_all(names))


if __name__ == "__main__":
    main(sys.argv[1:])
