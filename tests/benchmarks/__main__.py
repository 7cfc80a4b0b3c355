"""`make bench`: every benchmark, one after the other, each a ratio measured in one run.

`python -m tests.benchmarks inspect_zip turn` runs these two alone.
"""

from __future__ import annotations

import sys

from bot import logs
from tests.benchmarks import (
    audit,
    channels,
    desk,
    idle,
    inspect_zip,
    intake_memory,
    model,
    processes,
    sealed,
    startup,
    store_size,
    turn,
    turn_while_indexing,
    upload,
    whose,
)

BENCHMARKS = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        turn,
        channels,
        turn_while_indexing,
        inspect_zip,
        intake_memory,
        upload,
        sealed,
        startup,
        whose,
        processes,
        store_size,
        desk,
        idle,
        model,
        audit,
    )
}

# What a program in use logs, and no more.
logs.set_up()
wanted = sys.argv[1:] or list(BENCHMARKS)
unknown = [name for name in wanted if name not in BENCHMARKS]
if unknown:
    sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
for name in wanted:
    title = (BENCHMARKS[name].__doc__ or "").partition("\n")[0]
    print(f"\n{name}: {title}", flush=True)
    BENCHMARKS[name].main()
