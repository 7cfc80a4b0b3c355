"""The process that reads what was sent: what it may use, wherever it runs.

ISA-L, zlib, bz2 and LZMA inflate strangers' bytes in it, and they are native code. So it is never the
process that answers patients, nor the one that talks to the terminal: a server's reader is one of its
`Children`, and a command's a fork.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from bot.intake.limited import Died, follow_parent
from bot.intake.limits import GIB

#: Memory of its own that a reader may have: thirty times what a whole disc takes. What it maps of the
#: files is not counted: a disc may have any size.
MEMORY = 2 * GIB

_CRASHED: tuple[int, ...] = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL)


def limit_reader(memory: int = MEMORY) -> None:
    """Limit this process for good. What asks for more memory gets a MemoryError."""
    for what, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def in_reader(work: Callable[[], int]) -> int:
    """Call it in a fork with these limits, which ends with this process; its exit code.

    Only for a program that has no threads yet. Raises `Died`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if not child:
        _read(work, parent)
    _pid, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    if ended < 0:
        raise Died("crash" if -ended in _CRASHED else "memory")
    return ended


def _read(work: Callable[[], int], parent: int) -> NoReturn:
    code = 1
    try:
        limit_reader()
        follow_parent()
        if os.getppid() == parent:
            code = work()
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
