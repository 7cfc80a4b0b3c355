"""The real program as a process of its own, to be talked to, killed, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from tests.ports import own_port

PROGRAM = Path(sys.executable).with_name("second-opinion")


class Running:
    """`second-opinion serve` on one folder and one port, through any number of deaths."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` are variables of its environment."""
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self._environment = {
            **os.environ,
            **settings,
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder.parent / "program.log"

    def set(self, **settings: str) -> None:
        """Change variables of its environment, for its next start."""
        self._environment |= settings

    @property
    def pid(self) -> int:
        """The id of the process, while it runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_started(self) -> bool:
        """Whether it was started since it was ended last."""
        return self._process is not None

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended by itself."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(PROGRAM), "serve", env=self._environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                assert self._process.returncode is None, self.log.read_text()
                try:
                    await client.get(f"{self.url}/healthz")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.02)

    async def work(self, *arguments: str) -> None:
        """Start `second-opinion work` instead, and wait until it does."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            "work",
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            assert b"is working" in await self._process.stdout.readline()

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(30):
            return await process.wait()

    async def command(self, *arguments: str) -> str:
        """Run another command of the program on the same folder; what it prints."""
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return out.decode()
