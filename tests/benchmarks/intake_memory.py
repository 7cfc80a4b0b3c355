"""Peak memory of a process that indexes a zip of 1 GB: aim under 200 MB."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.synthetic import SeriesPlan, StudyPlan, dataset, encoded

_GB = 1_000_000_000
_SIDE = 512

_INDEX = """
import datetime, pathlib, re, sys
from bot.intake.indexing import index_file
made = index_file(
    pathlib.Path(sys.argv[1]), file_id="f", name="ct.zip", item=None,
    received_at=datetime.datetime.now(datetime.timezone.utc),
)
status = pathlib.Path("/proc/self/status").read_text()
print(made.records[0].study.instance_count, re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""


def write_zip(path: Path, size: int) -> int:
    """A stored zip of about `size` bytes of CT slices; returns how many slices."""
    series = SeriesPlan()
    study = StudyPlan(series=(series,))
    pixels = bytes(_SIDE * _SIDE * 2)
    count = size // len(pixels)
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            made = dataset(study, series, index)
            made.ImagePositionPatient = [0, 0, index]
            made.Rows, made.Columns, made.PixelData = _SIDE, _SIDE, pixels
            archive.writestr(f"DICOM/IM{index + 1:06}", encoded(made))
    return count


def peak(path: Path) -> tuple[int, int]:
    """Instances found, and the peak resident memory of the process in bytes (Linux)."""
    run = [sys.executable, "-c", _INDEX, str(path)]
    count, kilobytes = subprocess.run(
        run, check=True, capture_output=True, text=True
    ).stdout.split()
    return int(count), int(kilobytes) * 1024


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ct.zip"
        made = write_zip(path, _GB)
        found, memory = peak(path)
        assert found == made, f"{found} of {made} slices were found"
        print(f"{'zip, MB':<40} {path.stat().st_size / 1e6:8.0f}")
        print(f"{'peak memory, MB':<40} {memory / 1e6:8.0f}")


if __name__ == "__main__":
    main()
