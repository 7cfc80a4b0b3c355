"""`make soak`: 10,000 messages and 500 files through chaos, on every line there is; then uploads.

`python -m tests.soak telegram-webhook` runs this line alone, `uploads` these; SOAK_SEED is another run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.soak import uploads
from tests.soak.chaos import Plan, run
from tests.soak.lines import LINES

PLAN = Plan(patients=200, messages=10_000, files=500, seed=int(os.environ.get("SOAK_SEED", "1")))

ALL = [*LINES, "uploads"]
wanted = sys.argv[1:] or ALL
unknown = [name for name in wanted if name not in ALL]
if unknown:
    sys.exit(f"no such line: {', '.join(unknown)}; there are {', '.join(ALL)}")
failed = False
for name in wanted:
    if name == "uploads":
        uploads.main()
        continue
    print(f"\n{name}: {PLAN.messages} messages and {PLAN.files} files of {PLAN.patients} patients")
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(run(name, PLAN, Path(folder)))
        print(outcome, flush=True)
        if outcome.faults:
            failed = True
            print((Path(folder) / "program.log").read_text(errors="replace")[-4000:])
sys.exit(failed)
