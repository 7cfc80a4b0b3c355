"""`inspect` of a zip of 300 CT slices, as a ratio of `unzip -tqq`, which only checks it."""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.intake.inspection import inspect_path
from tests.synthetic import SeriesPlan, StudyPlan, dataset, encoded, zipped

SLICES = 300
_SIDE = 512
_ROUNDS = 5


def results(
    folder: Path, *, slices: int = SLICES, rounds: int = _ROUNDS
) -> Iterator[tuple[str, float]]:
    """Lines of name and figure; the two are run in turns, so that both see the same machine."""
    path = folder / "ct.zip"
    path.write_bytes(zipped(ct_members(slices)))
    unzip = shutil.which("unzip")
    inspect, check = [], []
    for _ in range(rounds):
        inspect.append(_seconds(lambda: inspect_path(path)))
        if unzip:
            check.append(_seconds(lambda: subprocess.run([unzip, "-tqq", path], check=True)))
    yield "inspect, seconds", statistics.median(inspect)
    if check:
        yield "unzip -tqq, seconds", statistics.median(check)
        yield "inspect / unzip -tqq", statistics.median(inspect) / statistics.median(check)


def ct_members(slices: int) -> dict[str, bytes]:
    """Files of a CT as large as a real one, with noise that deflates to a third as real noise does.

    All have the same pixels: nothing here looks across members, and making them is slow.
    """
    small = SeriesPlan(slices=slices)
    study = StudyPlan(series=(small,))
    noise = random.Random(1).randbytes(_SIDE * _SIDE)
    pixels = b"".join(bytes((value & 31, 3)) for value in noise)
    members = {}
    for index in range(slices):
        made = dataset(study, small, index)
        made.Rows, made.Columns, made.PixelData = _SIDE, _SIDE, pixels
        for element in range(0x10, 0x90):
            made.private_block(0x0019, "NOBODY", create=True).add_new(element, "LO", "a value")
        members[f"DICOM/IM{index + 1:06}"] = encoded(made)
    return members


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, figure in results(Path(folder)):
            print(f"{name:<40} {figure:8.3f}")


if __name__ == "__main__":
    main()
