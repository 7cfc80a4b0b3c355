"""`make bench`: every benchmark, one after the other, each a ratio measured in one run."""

from __future__ import annotations

from tests.benchmarks import inspect_zip, intake_memory, startup, turn, whose

for benchmark in (turn, inspect_zip, intake_memory, startup, whose):
    title = (benchmark.__doc__ or "").partition("\n")[0]
    print(f"\n{title}")
    benchmark.main()
