"""`make fuzz`: every target for its part of FUZZ_SECONDS, and what came of it.

`python -m tests.fuzz TARGET ...` runs some of them; `python -m tests.fuzz TARGET FILE` one input once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("build") / "fuzz"
DEFAULT_SECONDS = 300
NAMES = ("archive", "photo", "header", "document", "survey", "words")

_COUNTED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_SPEED = re.compile(r"stat::average_exec_per_sec:\s+(\d+)")
_COVERED = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one target: libFuzzer's figures, and the inputs that broke it."""

    name: str
    runs: int
    per_second: int
    branches: int
    features: int
    corpus: int
    broken: tuple[Path, ...]

    @property
    def line(self) -> str:
        """One line of the table."""
        kept = f"{self.branches:>9} {self.features:>9} {self.corpus:>7}"
        return f"{self.name:<9} {self.runs:>9} {self.per_second:>7}/s {kept} {len(self.broken):>7}"


def fuzz(name: str, seconds: int, folder: Path = FOLDER, *more: str) -> Outcome:
    """Run one target for so many seconds, in a process of its own."""
    where = folder / name
    before = set(where.glob("*-*"))
    command = (sys.executable, "-m", "tests.fuzz.run", name, str(folder))
    said = subprocess.run(
        (*command, f"-max_total_time={seconds}", *more), capture_output=True, text=True, check=False
    )
    broken = tuple(sorted(set(where.glob("*-*")) - before))
    if said.returncode and not broken:
        sys.exit(f"{name} did not run:\n{said.stderr[-3000:]}")
    if broken:
        print(said.stderr[-3000:], file=sys.stderr)
    covered = _COVERED.findall(said.stderr) or [("0", "0", "0")]
    branches, features, corpus = (int(figure) for figure in covered[-1])
    return Outcome(
        name=name,
        runs=_figure(_COUNTED, said.stderr),
        per_second=_figure(_SPEED, said.stderr),
        branches=branches,
        features=features,
        corpus=corpus,
        broken=broken,
    )


def _figure(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else 0


def main() -> None:
    """Fuzz what is asked for, and leave with 1 when something broke."""
    if len(sys.argv) == 3 and Path(sys.argv[2]).is_file():
        from tests.fuzz.targets import TARGETS, patient

        patient(TARGETS[sys.argv[1]])(Path(sys.argv[2]).read_bytes())
        return
    names = tuple(sys.argv[1:]) or NAMES
    each = max(5, int(os.environ.get("FUZZ_SECONDS", DEFAULT_SECONDS)) // len(names))
    print("target         runs     speed  branches  features  corpus  broken", flush=True)
    outcomes = []
    for name in names:
        outcomes.append(fuzz(name, each))
        print(outcomes[-1].line, flush=True)
    for outcome in outcomes:
        for path in outcome.broken:
            print(f"to see it: python -m tests.fuzz {outcome.name} {path}")
    sys.exit(any(outcome.broken for outcome in outcomes))


if __name__ == "__main__":
    main()
