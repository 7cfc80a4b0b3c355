"""Debian's clamd with one signature of our own: no download, and it starts in a moment.

What it finds is harmless: a line of text that nobody else writes. It is put together here, so that no
scanner finds it in the source.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

#: What its only signature looks for.
MARK = b"second-opinion" + b"-test-" + b"signature"
NAME = "Test.Own.Signature"
#: Its limits, in bytes: small enough to be met.
STREAM = 2 << 20


def program() -> str:
    """Where Debian keeps it, which is not on everybody's PATH; skips without it."""
    path = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if path is None:
        pytest.skip("clamd is not installed")
    return path


@contextlib.contextmanager
def running(folder: Path, *, tcp: int = 0) -> Iterator[str]:
    """The address of a clamd that listens on a socket in this folder, or on a port of this machine."""
    (folder / "signatures").mkdir(parents=True, exist_ok=True)
    (folder / "signatures" / "own.ndb").write_text(f"{NAME}:0:*:{MARK.hex()}\n")
    door = folder / "clamd.sock"
    where = f"TCPSocket {tcp}\nTCPAddr 127.0.0.1\n" if tcp else f"LocalSocket {door}\n"
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder / 'signatures'}\n{where}Foreground yes\n"
        f"LogFile {folder / 'clamd.log'}\nTemporaryDirectory {folder}\n"
        f"StreamMaxLength {STREAM}\nMaxFileSize {STREAM}\nAlertExceedsMax yes\n"
    )
    daemon = subprocess.Popen(
        (program(), "--config-file", str(folder / "clamd.conf")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{tcp}" if tcp else str(door)
    try:
        _wait(address, daemon, folder)
        yield address
    finally:
        daemon.terminate()
        daemon.wait(20)


def _wait(address: str, daemon: subprocess.Popen[bytes], folder: Path) -> None:
    for _try in range(200):
        assert daemon.poll() is None, (folder / "clamd.log").read_text()
        family = socket.AF_UNIX if address.startswith("/") else socket.AF_INET
        place = address if family == socket.AF_UNIX else ("127.0.0.1", int(address[10:]))
        with socket.socket(family) as door, contextlib.suppress(OSError):
            door.connect(place)
            return
        time.sleep(0.05)
    raise AssertionError("clamd did not begin to listen")
