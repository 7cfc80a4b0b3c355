"""Scratch: files of this machine that can be made again, such as what a bucket holds, to seek in it.

Nothing here is ever the only copy of anything, and the processes of a machine share it: what one of
them uses is locked. What nobody uses any more stays for a while, for a disc that was read just now is
soon looked at; no longer than that, for an erasure on another machine doesn't reach here.

A process has a folder of its own in it, for what is half-written; it goes with the process.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

#: What stays of the disk for others, in bytes.
_ROOM_LEFT = 1 << 30
#: Seconds for which a file stays after its last use.
KEPT = 3600.0
#: What the folders of processes begin with.
_OWN = "#own-"


class Scratch:
    """A folder. Two users of one file share it, and the second waits until the first has fetched it."""

    def __init__(self, root: Path, most: int, kept: float = KEPT) -> None:
        """Keep at most `most` bytes that nobody uses, none longer than `kept` seconds.

        What an earlier process left too long goes now.
        """
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()
        self._most = most
        self._kept = kept
        self._own: tuple[Path, int] | None = None
        self._users: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._make_room()

    def path(self, name: str) -> Path:
        """Where a file of this name lies, if it is there."""
        return self._root / name

    @property
    def own(self) -> Path:
        """A folder of this process, made now where it isn't there."""
        if self._own is None:
            self._own = _own_folder(self._root)
        return self._own[0]

    def admit(self, file: Path, name: str) -> None:
        """Have a file of one's own folder lie here under this name, as if it had been fetched."""
        os.utime(file)
        file.replace(self.path(name))
        self._look_again()

    def clear(self) -> None:
        """Delete all that no process uses: plain bytes of a process that is gone, or is to be."""
        for path in self._root.iterdir():
            if path.name.startswith(_OWN):
                _delete_dead(path)
            elif "#" not in path.name and path.name not in self._users:
                _deleted(path)

    def close(self) -> None:
        """End the use of it: what is half-written and what nobody uses is gone."""
        if self._own is not None:
            folder, held = self._own
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)
            self._own = None
        self.clear()

    @asynccontextmanager
    async def holding(
        self, name: str, fetch: Callable[[Path], Awaitable[None]]
    ) -> AsyncIterator[Path]:
        """The file, which stays while the block runs; `fetch` writes it to a path where it isn't there.

        What `fetch` raises is raised, and nothing stays of it then.
        """
        self._users[name] = self._users.get(name, 0) + 1
        path = self.path(name)
        held = None
        try:
            async with self._locks.setdefault(name, asyncio.Lock()):
                held = _held(path)
                if held is None:
                    held = await self._fetched(path, fetch)
            yield path
        finally:
            if held is not None:
                _let_go(held)
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name]
                self._locks.pop(name, None)
            await asyncio.to_thread(self._make_room)
            self._look_again()

    def _look_again(self) -> None:
        asyncio.get_running_loop().call_later(self._kept + 1, self._make_room)

    async def _fetched(self, path: Path, fetch: Callable[[Path], Awaitable[None]]) -> int:
        # Under a name of its own: another process of this machine may fetch it too.
        half = self.own / f"{path.name}#{secrets.token_hex(8)}"
        try:
            await fetch(half)
            held = os.open(half, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_SH)
            half.replace(path)
            return held
        finally:
            half.unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        """Delete it: it may be a patient's who has erased all. Who has it open reads on."""
        self.path(name).unlink(missing_ok=True)

    def sweep(self, grace: float) -> int:
        """Delete what is half-written and older than so many seconds; how many files."""
        count = 0
        halves = [*self._root.glob("*#*"), *self.own.glob("*#*")]
        for path in halves:
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < time.time() - grace:
                    path.unlink()
                    count += 1
        return count

    def _make_room(self) -> None:
        """Delete what was kept for long enough, and of the rest the oldest until it is little enough."""
        found = []
        if not self._root.exists():
            return
        for path in self._root.iterdir():
            with suppress(FileNotFoundError):
                if "#" not in path.name and path.name not in self._users:
                    found.append((path.stat().st_mtime, path.stat().st_size, path))
        used = sum(size for _, size, _ in found)
        for at, size, path in sorted(found):
            fresh = at > time.time() - self._kept
            if fresh and used <= self._most and shutil.disk_usage(self._root).free > _ROOM_LEFT:
                return
            if _deleted(path):
                used -= size


def _own_folder(root: Path) -> tuple[Path, int]:
    """A folder, and the descriptor that locks it for as long as this process lives."""
    while True:
        folder = root / f"{_OWN}{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        # Another process may take it for a dead one's in this very moment.
        with suppress(FileNotFoundError):
            held = os.open(folder, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_SH)
            if folder.exists():
                return folder, held
            os.close(held)


def _delete_dead(folder: Path) -> None:
    """Delete the folder of a process that is gone."""
    with suppress(FileNotFoundError):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(held)


def _held(path: Path) -> int | None:
    """A descriptor that keeps the file from being deleted, by other processes too; None for no file."""
    try:
        held = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(held, fcntl.LOCK_SH)
    os.utime(held)
    # It may have been deleted in this very moment.
    if os.fstat(held).st_nlink:
        return held
    os.close(held)
    return None


def _let_go(held: int) -> None:
    fcntl.flock(held, fcntl.LOCK_UN)
    os.close(held)


def _deleted(path: Path) -> bool:
    """Delete the file, unless somebody uses it; whether it is gone."""
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process may have fetched it anew.
        if os.fstat(file.fileno()).st_nlink:
            path.unlink(missing_ok=True)
        return True
    return not path.exists()
