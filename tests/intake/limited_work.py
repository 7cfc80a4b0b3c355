"""What the tests of limited processes have done in them; such a function is found by its module."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bot.intake.limited import Values
from bot.intake.limits import MIB, Refused


def echo(values: Values, files: Sequence[int]) -> Values:
    return values | {"read": [os.read(file, 100).decode() for file in files]}


def refuse(values: Values, files: Sequence[int]) -> Values:
    raise Refused("bomb")


def fail(values: Values, files: Sequence[int]) -> Values:
    raise RuntimeError("the words of an exception")


def crash(values: Values, files: Sequence[int]) -> Values:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def hoard(values: Values, files: Sequence[int]) -> Values:
    return {"held": len(bytearray(values["mib"] * MIB))}


def process(values: Values, files: Sequence[int]) -> Values:
    return {"pid": os.getpid(), "read": os.pread(files[0], 100, 0).decode()}


_kept: list[bytes] = []


def keep(values: Values, files: Sequence[int]) -> Values:
    _kept.append(bytes(values["mib"] * MIB))
    return {"kept": len(_kept)}


def compute(values: Values, files: Sequence[int]) -> Values:
    until = time.process_time() + values["seconds"]
    while time.process_time() < until:
        pass
    return {}


def spin(values: Values, files: Sequence[int]) -> Values:
    while True:
        pass


def sleep(values: Values, files: Sequence[int]) -> Values:
    if values.get("pid_file"):
        Path(values["pid_file"]).write_text(f"{os.getpid()}")
    time.sleep(60)
    return {}


def write(values: Values, files: Sequence[int]) -> Values:
    try:
        os.write(files[0], bytes(values["mib"] * MIB))
        os.write(files[0], b"more")
    except OSError as error:
        return {"errno": error.errno}
    return {}


def start_another(values: Values, files: Sequence[int]) -> Values:
    other = subprocess.Popen(["sleep", "60"])
    return {"pid": other.pid}


def look_at_myself(values: Values, files: Sequence[int]) -> Values:
    about = Path("/proc/self")
    seen = (about / "cmdline").read_bytes() + (about / "environ").read_bytes()
    return {
        "seen": seen.decode("utf-8", "replace"),
        "open": [path.name for path in (about / "fd").iterdir()],
    }
