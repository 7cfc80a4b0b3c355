"""The real program in a process of its own, to be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from bot.app import App
from bot.settings import Settings
from tests.lying import bytes_of
from tests.ports import own_port
from tests.unsealing import looking_into

_PATIENCE = 60.0


class Program:
    """`second-opinion serve` on a folder and a port that stay the same."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port()
        self.folder = folder
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = folder / "output.txt"
        #: What it was given besides, for tests that ask.
        self.settings: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        env = {"PORT": str(self.port), "DATA_DIR": str(self.folder / "data")}
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from bot.cli import main; main()", "serve"],
                env={**os.environ, **env},
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        end = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() < end, self.output.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut would, with the processes that it has started."""
        if self._process is not None:
            # It may have ended by itself, and then its output says why.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def peak_memory(self) -> int:
        """The most bytes that it has held in memory so far."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def sign_in_link(self) -> str:
        """The newest sign-in link that it has printed; it answers a moment before it prints one."""
        end = time.monotonic() + _PATIENCE
        while not (links := self._links()):
            assert time.monotonic() < end, self.output.read_text()
            time.sleep(0.02)
        return links[-1]

    def _links(self) -> list[str]:
        words = self.output.read_text().split()
        return [word for word in words if "/desk/sign-in/" in word]

    def bytes_of(self, blob_id: str) -> bytes:
        """What it has stored, opened beside it: what lies in its folder is sealed."""
        settings = Settings.model_validate({"data_dir": self.folder / "data"})

        async def read() -> bytes:
            async with App.open(settings, alone=False) as app:
                return await bytes_of(app.blobs, blob_id)

        # A browser's test has a loop running in its own thread.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, read()).result()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query on its database gives; `unsealed('table.column', column)` opens."""
        with looking_into(self.folder / "data" / "second-opinion.db") as connection:
            return connection.execute(query).fetchall()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False


@contextmanager
def program(folder: Path) -> Iterator[Program]:
    """The program, running; killed at the end."""
    running = Program(folder)
    try:
        running.start()
        yield running
    finally:
        running.kill()


def operator(running: Program, *words: str) -> str:
    """What the command line says."""
    env = {**os.environ, "DATA_DIR": str(running.folder / "data"), "PORT": str(running.port)}
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", *words],
        env=env, cwd=running.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()
