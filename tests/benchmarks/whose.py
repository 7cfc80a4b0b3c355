"""Whose images: a thousand discs, five of another patient and five mixed, in four scripts with noise.

All ten must be set apart, and fewer than ten of the patients' own. `python -m tests.benchmarks.whose
SEED ...` makes other thousands.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.strangers import discs
from tests.test_strangers import counted

DISCS = 1000
SEED = 4711


def results(folder: Path, *, count: int = DISCS, seed: int = SEED) -> Iterator[tuple[str, float]]:
    """Lines of name and figure, from the bytes of the discs to the verdict."""
    start = time.process_time()
    made = discs(count, wrong=5, mixed=5, seed=seed)
    caught, alarms, doubts = counted(made, folder)
    yield f"strangers' studies set apart, of 10 on {count} discs", caught
    yield "patients' own studies set apart", alarms
    yield "patients' own studies asked about, and used", doubts
    yield "CPU seconds, the making of the discs included", time.process_time() - start


def main(seeds: Sequence[int] = (SEED,)) -> None:
    """Print the figures for each seed."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            for name, figure in results(Path(folder), seed=seed):
                print(f"{name:<52} {figure:8.1f}")


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or (SEED,))
