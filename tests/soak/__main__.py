"""`make soak`: 10,000 messages and 500 files through chaos on every line; the grown shape; uploads.

`python -m tests.soak telegram-webhook` runs this line alone, `uploads` these; SOAK_SEED is another run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.soak import grown, uploads
from tests.soak.chaos import Plan, run
from tests.soak.lines import LINES

PLAN = Plan(patients=200, messages=10_000, files=500, seed=int(os.environ.get("SOAK_SEED", "1")))

#: What dies more often is more than one process.
GROWN = replace(
    PLAN,
    patients=60,
    messages=3_000,
    files=150,
    between_deaths=(3.0, 10.0),
    troubles=("kill", "kill", "kill", "database"),
)

ALL = [*LINES, "grown", "uploads"]
wanted = sys.argv[1:] or ALL
unknown = [name for name in wanted if name not in ALL]
if unknown:
    sys.exit(f"no such line: {', '.join(unknown)}; there are {', '.join(ALL)}")
failed = False
for name in wanted:
    if name == "uploads":
        uploads.main()
        continue
    plan = GROWN if name == "grown" else PLAN
    print(f"\n{name}: {plan.messages} messages and {plan.files} files of {plan.patients} patients")
    with tempfile.TemporaryDirectory() as folder:
        outcome = (
            grown.main(plan, Path(folder))
            if name == "grown"
            else asyncio.run(run(name, plan, Path(folder)))
        )
        print(outcome, flush=True)
        if outcome.faults:
            failed = True
            for log in Path(folder).rglob("program.log"):
                print(log.read_text(errors="replace")[-4000:])
sys.exit(failed)
