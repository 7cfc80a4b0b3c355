"""schemathesis against the real program: every operation, every check, and what came of it.

`python -m tests.systems.conforming [EXAMPLES]` runs it for longer.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.running import Running
from tests.systems.seeded import seeded

_CONFIG = """\
[parameters]
"path.case_id" = "{case}"
"path.record_id" = "r1"

# What a condition says that doesn't hold is no fault of the request's.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 404, 409, 412, 416]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What schemathesis says: operations tried, requests made, and its whole output."""

    operations: int
    cases: int
    failed: int
    said: str


async def conforms(folder: Path, examples: int, *, seed: int = 1) -> Outcome:
    """Run all its checks against the program on a folder of its own."""
    case, token = await seeded(folder / "data")
    # It asks faster than a system should.
    running = Running(folder / "data", API_REQUESTS_PER_MINUTE="1000000")
    await running.start()
    try:
        return await asyncio.to_thread(_run, running.url, folder, case, token, examples, seed)
    finally:
        await running.kill()


def _run(url: str, folder: Path, case: str, token: str, examples: int, seed: int) -> Outcome:
    config, report = folder / "schemathesis.toml", folder / "report.ndjson"
    config.write_text(_CONFIG.format(case=case), encoding="utf-8")
    done = subprocess.run(
        (
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
            *(f"{url}/api/v1/openapi.json", "--url", f"{url}/api/v1"),
            *("--header", f"Authorization: Bearer {token}", "--checks", "all"),
            *("--max-examples", str(examples), "--seed", str(seed), "--no-color"),
            *("--report-ndjson-path", str(report), "--report", "ndjson"),
            # Threads of its own break ast.parse (CPython gh-106905); a busy machine is no failure.
            *("--continue-on-failure", "--workers", "1", "--request-timeout", "60"),
        ),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return _read(done.stdout + done.stderr, done.returncode)


def _read(said: str, code: int) -> Outcome:
    def figure(pattern: str) -> int:
        found = re.search(pattern, said)
        return int(found[1].replace(",", "")) if found else 0

    return Outcome(
        operations=figure(r"Tested: *(\d+)"),
        cases=figure(r"([\d,]+) generated"),
        failed=code,
        said=said,
    )


def main() -> None:
    """Run it and print the figures."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(conforms(Path(folder), examples))
    print(outcome.said)
    print(f"{outcome.operations} operations, {outcome.cases} cases, exit code {outcome.failed}")
    sys.exit(outcome.failed)


if __name__ == "__main__":
    main()
