"""Calling a function in a limited process: for native code that reads what strangers sent.

The process is a fresh interpreter that imports little, starts in 15 ms, and has limits of its own
on memory, processor time, file size and open files. It is a group of its own and is killed with
everything that it started: when it is done, when its time is up, and when its parent dies. Open
files are lent to it by descriptor, so it needs no name of any file, and all that comes back is JSON:
a process that was taken over can't hand its parent a pickle.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from bot.intake.limits import GIB, MIB, Reason, Refused

#: What a limited function takes and gives: values that JSON can hold, and descriptors.
Values = dict[str, Any]
Limited = Callable[[Values, Sequence[int]], Values]

#: More than this is no answer of ours.
LONGEST = 16 * MIB
_START = "import sys; sys.path[:] = {path!r}; from bot.intake.{module} import serve; serve()"
LENGTH = struct.Struct("<L")
_NO_MEMORY: Values = {"died": "memory"}

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What a call may use: bytes of memory and of each file it writes, seconds, open files."""

    memory: int = GIB
    file_bytes: int = 64 * GIB
    cpu_seconds: int = 900
    wall_seconds: float = 1200.0
    open_files: int = 64


class Died(Exception):
    """The process ended without an answer. `why` says whether it crashed or used too much."""

    def __init__(self, why: Literal["crash", "time", "memory"]) -> None:
        """Keep why; nothing of what the process read is told."""
        super().__init__(why)
        self.why = why


def call(
    fn: Limited, values: Mapping[str, Any], *, files: Sequence[BinaryIO] = (), caps: Caps = Caps()
) -> Values:
    """Call a function of a module in a limited process and return what it returns.

    `values` and the answer must fit JSON; they never show in a command line or an environment. The
    function gets the descriptors of `files`, in order, and shares their positions. Raises what
    `Refused` the function raises, and `Died`.
    """
    request = json.dumps(
        {
            "function": f"{fn.__module__}:{fn.__qualname__}",
            "values": dict(values),
            "files": [file.fileno() for file in files],
            "caps": asdict(caps),
            "parent": os.getpid(),
        }
    ).encode()
    process = started(
        "limited", subprocess.PIPE, subprocess.PIPE, lent=[file.fileno() for file in files]
    )
    with process:
        try:
            answer = _converse(process, request, time.monotonic() + caps.wall_seconds)
        finally:
            ended = end(process)
    return understood(answer, ended)


def serve() -> None:
    """The other side: take one request, answer it, and end."""
    request = json.loads(_read_exactly(0, LENGTH.unpack(_read_exactly(0, LENGTH.size))[0]))
    limit_myself(Caps(**request["caps"]), request["parent"])
    said = answer_to(request, request["files"])
    with open(1, "wb", closefd=False) as out:
        out.write(LENGTH.pack(len(said)) + said)


def follow_parent() -> None:
    """Die when the parent does; for a process, or a program, that a limited process starts."""
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)


# ---- the parent's side -------------------------------------------------------------------------


def started(
    module: str, stdin: int, stdout: int, *, lent: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """A fresh interpreter in a group of its own, at `serve` of one of the modules here."""
    # It has another folder to be in, which "" is not to mean.
    path = [entry or str(Path.cwd()) for entry in sys.path]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _START.format(path=path, module=module)],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        pass_fds=lent,
        start_new_session=True,
        cwd="/",
        env={"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
    )


def _converse(process: subprocess.Popen[bytes], request: bytes, until: float) -> bytes:
    """Send the request and read the answer, no longer than `until`."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(LENGTH.pack(len(request)) + request)
        process.stdin.close()
    # Not until its end: what the process started may hold the pipe open.
    answer, whole = b"", LENGTH.size
    while (left := until - time.monotonic()) > 0 and whole <= LONGEST:
        if not select.select([process.stdout], [], [], left)[0]:
            break
        piece = os.read(process.stdout.fileno(), MIB)
        answer += piece
        if len(answer) >= LENGTH.size:
            whole = LENGTH.size + LENGTH.unpack_from(answer)[0]
        if not piece or len(answer) >= whole > LENGTH.size:
            return answer[LENGTH.size : whole]
    raise Died("time")


def end(process: subprocess.Popen[bytes]) -> int:
    """Kill the process and all that it started; how it had ended, or 0 when it had not."""
    # A short moment for one that has answered; it is not reaped, so that its number stays its own.
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    ended: os.waitid_result | None = None
    for _ in range(50):
        ended = os.waitid(os.P_PID, process.pid, options)
        if ended is not None:
            break
        time.sleep(0.002)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return ended.si_status if ended is not None and ended.si_code != os.CLD_EXITED else 0


def understood(answer: bytes, ended: int) -> Values:
    """What was answered; `ended` is the signal that ended the process, or 0. Raises as `call`."""
    try:
        said = json.loads(answer)
    except ValueError:
        raise Died("time" if ended == signal.SIGXCPU else "crash") from None
    if isinstance(said, dict) and isinstance(said.get("answer"), dict):
        found: Values = said["answer"]
        return found
    if isinstance(said, dict) and said.get("refused") in get_args(Reason):
        reason: Reason = said["refused"]
        raise Refused(reason)
    raise Died("memory" if said == _NO_MEMORY else "crash")


# ---- the child's side --------------------------------------------------------------------------


def answer_to(request: Values, files: Sequence[int]) -> bytes:
    """Call the function that is asked for; what comes of it, for `understood`."""
    module, _, name = request["function"].partition(":")
    answer: Values
    try:
        fn: Limited = getattr(importlib.import_module(module), name)
        answer = {"answer": fn(request["values"], files)}
    except Refused as refused:
        answer = {"refused": refused.reason}
    except MemoryError:
        answer = _NO_MEMORY
    return json.dumps(answer).encode()


def limit_myself(caps: Caps, parent: int) -> None:
    """Take the limits, and follow the parent, for which this process was started."""
    for what, most in (
        (resource.RLIMIT_AS, caps.memory),
        (resource.RLIMIT_CPU, caps.cpu_seconds),
        (resource.RLIMIT_FSIZE, caps.file_bytes),
        (resource.RLIMIT_NOFILE, caps.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # At the hard limit on time the kernel kills without a word; a second before, it says why.
        last = least + 1 if what == resource.RLIMIT_CPU and least != hard else least
        resource.setrlimit(what, (least, last))
    follow_parent()
    _prctl(_SET_NO_NEW_PRIVS, 1)
    # Nobody else of this user may look into its memory, which may hold a password.
    _prctl(_SET_DUMPABLE, 0)
    if os.getppid() != parent:
        os._exit(1)  # It died before it could be followed.


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _read_exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = os.read(descriptor, size - len(data))
        if not piece:
            os._exit(1)
        data += piece
    return data
