"""A limited process that stays: for many documents, of which each is read in a moment.

Starting one takes longer than most documents do, so one reads all that a file holds and ends with it:
what it might keep of one patient never meets another's. It is started when it is first needed, and
again after a document that ended it. A fork doesn't share its parent's, it starts its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from bot.intake.limited import (
    LENGTH,
    LONGEST,
    Caps,
    Died,
    Limited,
    Values,
    answer_to,
    end,
    limit_myself,
    started,
    understood,
)
from bot.intake.limits import MIB

#: The time is that of its whole life; it writes no file but the byte code of what it imports.
_CAPS = Caps(file_bytes=4 * MIB, cpu_seconds=1800, open_files=32)
#: Seconds on the clock that one call may take, on a machine that is busy.
_WALL_SECONDS = 60.0


class Standing:
    """One limited process for many calls. It is for one thread, with which the process ends."""

    def __init__(self, *, cpu_seconds: int = 10) -> None:
        """Start nothing yet. One call may take so many seconds of the processor, or one more."""
        self._cpu_seconds = cpu_seconds
        # By the process that started it: after a fork, those of the parent are no use.
        self._lines: dict[int, _Line] = {}

    def call(self, fn: Limited, values: Mapping[str, Any], file: BinaryIO) -> Values:
        """`limited.call` with one file, which it reads and must not keep.

        Whatever ends the process costs only the call that it was at.
        """
        line = self._lines.get(os.getpid())
        if line is not None and line.answers:
            try:
                return self._ask(line, fn, values, file)
            except Died as died:
                # What it had read before may have been what was too much, and nobody is blamed for
                # what another did: a fresh one tells.
                if died.why == "time":
                    raise
        return self._ask(self._fresh(), fn, values, file)

    def close(self) -> None:
        """End the process, if there is one."""
        line = self._lines.pop(os.getpid(), None)
        if line is not None:
            line.close()

    def _fresh(self) -> _Line:
        self.close()
        line = _Line.opened(self._cpu_seconds)
        self._lines[os.getpid()] = line
        return line

    def _ask(self, line: _Line, fn: Limited, values: Mapping[str, Any], file: BinaryIO) -> Values:
        file.flush()
        file.seek(0)
        request = {"function": f"{fn.__module__}:{fn.__qualname__}", "values": dict(values)}
        answer, ended = b"", 0
        try:
            _send(line.ours, json.dumps(request).encode(), file.fileno())
            answer, _files = _received(line.ours, time.monotonic() + _WALL_SECONDS)
        except TimeoutError:
            self.close()
            raise Died("time") from None
        except OSError:
            pass  # It has ended.
        line.answers += 1
        if not answer:
            del self._lines[os.getpid()]
            ended = line.close()
        try:
            return understood(answer, ended)
        except Died:
            self.close()
            raise


def serve() -> None:
    """The other side: answer one request after the other, until nobody can ask any more."""
    with socket.socket(fileno=0) as line:
        first = json.loads(_received(line)[0])
        limit_myself(Caps(**first["caps"]), first["parent"])
        while True:
            request, files = _received(line)
            if not request:
                os._exit(0)
            _allow(first["cpu_seconds"])
            try:
                said = answer_to(json.loads(request), files)
            finally:
                for file in files:
                    os.close(file)
            _send(line, said)


# ---- the line ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Line:
    """A process as its parent sees it, and how often it has answered."""

    process: subprocess.Popen[bytes]
    ours: socket.socket
    answers: int = 0

    @classmethod
    def opened(cls, cpu_seconds: int) -> _Line:
        """Start one."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = started("standing", theirs.fileno(), subprocess.DEVNULL)
        ours.settimeout(_WALL_SECONDS)
        line = cls(process, ours)
        first = {"caps": asdict(_CAPS), "cpu_seconds": cpu_seconds, "parent": os.getpid()}
        with contextlib.suppress(OSError):
            _send(ours, json.dumps(first).encode())
        return line

    def close(self) -> int:
        """End it; the signal that had ended it, or 0."""
        # It waits for requests, and ends by itself when there can be none.
        self.ours.close()
        with self.process:
            return end(self.process)


def _send(line: socket.socket, data: bytes, *files: int) -> None:
    socket.send_fds(line, [LENGTH.pack(len(data))], files)
    line.sendall(data)


def _received(line: socket.socket, until: float = float("inf")) -> tuple[bytes, list[int]]:
    """What was sent and the descriptors that came with it; b"" when the other side has ended."""
    length, files, _flags, _address = socket.recv_fds(line, LENGTH.size, 1)
    if len(length) < LENGTH.size:
        return b"", files
    (size,) = LENGTH.unpack(length)
    data = bytearray()
    while len(data) < size <= LONGEST:
        if time.monotonic() > until:
            raise TimeoutError  # What trickles in is never late by itself.
        piece = line.recv(min(MIB, size - len(data)))
        if not piece:
            break
        data += piece
    return (bytes(data) if len(data) == size else b""), files


def _allow(seconds: int) -> None:
    """Let this process compute for so many seconds more; then the system ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soon = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (min(soon, hard), hard))
