"""What one patient costs, and by that what one small machine carries, and ten; the arithmetic is printed.

Measured in this run: the demonstration's whole conversation (a disc, reports, labs, every question), played
by the program, and a CT that is indexed. Assumed, and printed as such: how large a case is, how the day's
patients come, how long cases are kept, and what is left free. What other benchmarks measure is named.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.ct_disc import write_ct
from tests.running import PROGRAM

SLICES = 400
#: A case: a disc of so many GB, in so many slices; and how much of a day's patients the busiest hour has.
CASE_GB, CASE_SLICES, PEAK = 0.5, 1000, 0.1
#: A small machine, and how much of its cores and its disk the program may have.
CORES, DISK_GB, SHARE = 2, 200, 0.5
DISK_SHARE = 0.8
KEPT_DAYS = 60
#: Telegram's own limit for a bot; and turns in a second that one PostgreSQL took (`processes`).
TELEGRAM, POSTGRES_TURNS = 30.0, 108.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What one conversation costs."""

    turns: int
    said: int
    jobs: int
    row_bytes: int
    seconds: float


def _computed(command: list[str]) -> float:
    """The processor's seconds of a command and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "COLUMNS": "80"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def patient(folder: Path) -> Patient:
    """Play the demonstration, and count what it left. Its material is made by it, and counted too."""
    seconds = _computed([str(PROGRAM), "demo", str(folder)])
    with closing(sqlite3.connect(folder / "data" / "second-opinion.db")) as store:

        def count(query: str) -> int:
            return int(store.execute(query).fetchone()[0])

        return Patient(
            turns=count("SELECT count(*) FROM inbox"),
            said=count("SELECT count(*) FROM message WHERE direction = 'out'"),
            jobs=count("SELECT count(*) FROM job"),
            row_bytes=count("SELECT sum(payload) FROM dbstat WHERE name <> 'sqlite_schema'"),
            seconds=seconds,
        )


def indexing(folder: Path) -> tuple[float, float]:
    """The processor's seconds that a GB of a deflated CT takes, and the GB of 1,000 slices of it."""
    disc = write_ct(folder / "ct.zip", slices=SLICES)
    start = _computed([str(PROGRAM), "--help"])
    code = "from bot.__main__ import main; main()"
    took = _computed([sys.executable, "-c", code, "inspect", "--json", str(disc)]) - start
    size = disc.stat().st_size / 1e9
    return took / size, size / SLICES * 1000


def main() -> None:
    """Print what was measured, and what follows from it."""
    with tempfile.TemporaryDirectory() as name:
        one = patient(Path(name) / "demo")
        per_gb, gb_of_1000 = indexing(Path(name))
    # A row of the index of a disc's objects, with its share of the tree (store/schema.py, `instance`).
    rows_kb = one.row_bytes / 1e3 * 1.5 + CASE_SLICES * 1.5
    print(f"  a whole conversation: {one.turns} turns, {one.said} messages out, {one.jobs} jobs")
    print(f"  its rows: {one.row_bytes / 1e3:.0f} KB; its processor time: {one.seconds:.1f} s")
    print(f"  indexing: {per_gb:.1f} s of the processor a GB; 1,000 slices are {gb_of_1000:.2f} GB")
    print(
        f"assumed: {CASE_GB} GB and {CASE_SLICES} slices a case, {PEAK:.0%} of a day in its busiest"
    )
    print(
        f"  hour, {SHARE:.0%} of the cores and {DISK_SHARE:.0%} of the disk, kept {KEPT_DAYS} days"
    )
    # Read once to be indexed, once for its previews, once into the package.
    work = one.seconds + 3 * CASE_GB * per_gb
    by_cores = CORES * SHARE * 3600 / work / PEAK
    # The files, and the package that holds them once more.
    disk = 2 * CASE_GB + rows_kb / 1e6
    kept = DISK_GB * DISK_SHARE / disk
    by_telegram = TELEGRAM * 3600 / one.said / PEAK
    by_postgres = POSTGRES_TURNS * 3600 / one.turns / PEAK
    print("one small machine:")
    print(
        f"  cores: {one.seconds:.1f} s + 3 x {CASE_GB} GB x {per_gb:.1f} s/GB = {work:.1f} s a case"
    )
    print(f"    {CORES} x {SHARE} x 3,600 s / {work:.1f} s / {PEAK} = {by_cores:,.0f} cases a day")
    print(f"  disk: 2 x {CASE_GB} GB + {rows_kb / 1e3:.1f} MB of rows = {disk:.2f} GB a case")
    print(f"    {DISK_GB} GB x {DISK_SHARE} / {disk:.2f} GB = {kept:,.0f} cases kept")
    print(f"    / {KEPT_DAYS} days = {kept / KEPT_DAYS:,.1f} cases a day")
    print("ten of them, one PostgreSQL, a bucket:")
    print(f"  cores: 10 x {by_cores:,.0f} = {10 * by_cores:,.0f} cases a day")
    print(f"  Telegram: {TELEGRAM:.0f} x 3,600 / {one.said} / {PEAK} = {by_telegram:,.0f} a day")
    print(
        f"  PostgreSQL: {POSTGRES_TURNS:.0f} x 3,600 / {one.turns} / {PEAK} = {by_postgres:,.0f} a day"
    )
    print(f"  the bucket: {CASE_GB * 10 * by_cores / 1e3:,.1f} TB a day at that many")


if __name__ == "__main__":
    main()
