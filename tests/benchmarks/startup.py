"""From nothing to listening: a new folder, a new process, until the health page answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from tests.ports import own_port

_RUNS = 5


def main() -> None:
    """Print the median time to listening beside the floor: Python starting and doing nothing."""
    _empty_python()
    floor = median(_empty_python() for _run in range(_RUNS))
    ours = median(_until_listening() for _run in range(_RUNS))
    print(f"from nothing to listening: {ours:.2f} s (aim: under 2 s)")
    print(f"  an empty python: {floor:.3f} s, so {ours / floor:.0f} times that")


def _empty_python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.perf_counter() - began


def _until_listening() -> float:
    with tempfile.TemporaryDirectory() as folder:
        port = own_port()
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(port)}
        program = Path(sys.executable).with_name("second-opinion")
        began = time.perf_counter()
        with subprocess.Popen(
            [str(program), "serve"], env=environment, stdout=subprocess.DEVNULL
        ) as process:
            try:
                while not _answers(port):
                    time.sleep(0.01)
                return time.perf_counter() - began
            finally:
                process.send_signal(signal.SIGTERM)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    main()
