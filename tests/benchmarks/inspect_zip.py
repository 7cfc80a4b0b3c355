"""`second-opinion inspect` of a CT of 1600 slices beside others who read the same zip, in one run.

Ours is the time of a whole process: it checks, hashes and indexes all of it. The floor is one thread
that only inflates and checks, and its start isn't counted. All take turns, so that all see the same
machine. Memory is what the processes of ours together have for themselves alone.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.benchmarks.ct_disc import SLICES, write_ct

_ROUNDS = 5
#: What the installed script does.
_INSPECT = (sys.executable, "-c", "from bot.__main__ import main; main()", "inspect", "--json")
_FLOOR = """
import mmap, struct, sys, time, zipfile
from isal import isal_zlib
members = zipfile.ZipFile(sys.argv[1]).infolist()
begun = time.perf_counter()
with open(sys.argv[1], "rb") as file:
    view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
for one in members:
    name, extra = struct.unpack_from("<HH", view, one.header_offset + 26)
    start = one.header_offset + 30 + name + extra
    packed = view[start : start + one.compress_size]
    data = isal_zlib.decompress(packed, -15, one.file_size) if one.compress_type else packed
    assert isal_zlib.crc32(data) == one.CRC
print(time.perf_counter() - begun)
"""


def results(
    folder: Path, *, slices: int = SLICES, rounds: int = _ROUNDS
) -> Iterator[tuple[str, float]]:
    """Lines of name and figure: seconds, then the ratios that have an aim."""
    deflated = write_ct(folder / "deflated.zip", slices=slices)
    stored = write_ct(folder / "stored.zip", slices=slices, deflate=False)
    took: dict[str, list[float]] = {}

    def run(name: str, seconds: Callable[[], float]) -> None:
        took.setdefault(name, []).append(seconds())

    unzip = shutil.which("unzip")
    for _ in range(rounds):
        run("floor", lambda: _floor(deflated))
        run("inspect", lambda: _inspect(deflated, slices))
        run("inspect, stored", lambda: _inspect(stored, slices))
        if unzip:
            run("unzip -tqq", lambda: _seconds([unzip, "-tqq", str(deflated)]))
    orthanc = shutil.which("Orthanc")
    if orthanc:
        with _orthanc(orthanc, folder) as url:
            run("Orthanc", lambda: _posted(url, deflated))
    medians = {name: statistics.median(seconds) for name, seconds in took.items()}
    for name, seconds in medians.items():
        yield f"{name}, seconds", seconds
    yield "inspect / isal floor (aim 1.0)", medians["inspect"] / medians["floor"]
    for name, aim in (("unzip -tqq", 3), ("Orthanc", 8)):
        if name in medians:
            yield f"{name} / inspect (aim {aim})", medians[name] / medians["inspect"]
    yield "inspect, stored / deflated (aim 0.5)", medians["inspect, stored"] / medians["inspect"]
    yield "private memory, MB (aim 120)", private_memory([*_INSPECT, str(deflated)]) / 1e6


def _inspect(path: Path, slices: int) -> float:
    begun = time.perf_counter()
    said = subprocess.run([*_INSPECT, str(path)], check=True, capture_output=True).stdout
    took = time.perf_counter() - begun
    assert json.loads(said)["files"]["dicom"] == slices
    return took


def _floor(path: Path) -> float:
    command = [sys.executable, "-c", _FLOOR, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - begun


# ---- Orthanc -----------------------------------------------------------------------------------


@contextmanager
def _orthanc(program: str, folder: Path) -> Iterator[str]:
    """Debian's Orthanc on a new folder; it takes nothing from other machines."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = folder / "orthanc.json"
    kept = {"StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc")}
    closed = {"DicomServerEnabled": False, "RemoteAccessAllowed": False}
    settings.write_text(
        json.dumps({"HttpPort": port, "AuthenticationEnabled": False, **kept, **closed})
    )
    (folder / "orthanc").mkdir()
    quiet = subprocess.DEVNULL
    with subprocess.Popen([program, str(settings)], stdout=quiet, stderr=quiet) as process:
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _answering(url: str) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/system").raise_for_status()
            return url
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("Orthanc does not answer")


def _posted(url: str, path: Path) -> float:
    begun = time.perf_counter()
    with path.open("rb") as file:
        httpx.post(f"{url}/instances", content=file, timeout=600).raise_for_status()
    return time.perf_counter() - begun


# ---- memory ------------------------------------------------------------------------------------


def private_memory(command: list[str]) -> int:
    """The most bytes that a process and all below it had for themselves at one time (Linux)."""
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(map(private, family(process.pid))))
            time.sleep(0.01)
    return most


def children(pid: int) -> list[int]:
    """The processes that a process has started, with any of its threads (Linux)."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in thread.read_text().split()]
    return found


def family(pid: int) -> list[int]:
    """It and all below it."""
    return [pid, *(one for child in children(pid) for one in family(child))]


def private(pid: int) -> int:
    """Bytes of anonymous and changed pages: what is mapped from a file or shared costs nothing."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, figure in results(Path(folder)):
            print(f"{name:<45} {figure:8.2f}", flush=True)
    if not shutil.which("Orthanc"):
        print("Orthanc is not installed here, and so not beside it.")


if __name__ == "__main__":
    main()
