"""Children: processes of their own for work that is heavy, or that reads what strangers sent.

A file that takes its reader down takes down a child, and the event loop, which renews the leases,
is never held up. Children are started afresh (not forked), and end when their parent does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from bot.intake.reader import limit_reader

T = TypeVar("T")
P = ParamSpec("P")

#: As many as there are cores to spare, and so are the places of the lane that uses them.
PLACES = max(1, (os.cpu_count() or 2) - 1)

#: Processes at once: those places, and one each for the lanes of passwords, packages and scans.
MOST = PLACES + 3

# A process that was called this often is replaced: whatever leaked goes with it.
_CALLS_EACH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a child may use: bytes of address space and of a file, seconds of the processor a call.

    What asks for more memory or writes more fails within the child, which may go on; more seconds
    end it.
    """

    memory: int
    file: int
    seconds: int


class ChildDied(Exception):
    """The child that did the work died of it."""


class TookTooLong(Exception):
    """The work was stopped after its time."""


class Children:
    """At most `most` processes, started when there is work for them.

    Each is a pool of its own with one worker: a call that takes its process down takes no other
    call along, as it would in a pool that several share.
    """

    def __init__(self, most: int = MOST, *, allowance: Allowance | None = None) -> None:
        """Start nothing yet. Without an `allowance` the limits are those of a reader."""
        self._allowance = allowance
        self._room = asyncio.Semaphore(most)
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()

    async def run(self, timeout: float, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function of a module in a child; all that goes in and out is pickled.

        The `timeout` in seconds begins when the child does; before, the call waits for its place.
        Raises what the function raises, `TookTooLong`, `ChildDied`.
        """
        async with self._room:
            work = partial(fn, *args, **kwargs)
            if self._allowance is not None:
                work = partial(_within, self._allowance.seconds, work)
            child, call = self._submit(work)
            limit = asyncio.timeout(timeout)
            try:
                async with limit:
                    return await asyncio.wrap_future(call)
            except TimeoutError as error:
                if limit.expired():
                    raise TookTooLong from error
                raise
            except BrokenProcessPool as error:
                raise ChildDied from error
            finally:
                self._take_back(child, call)

    def close(self) -> None:
        """End the children, whatever they do."""
        self._idle.clear()
        for child in list(self._all):
            self._end(child, kill=True)

    def _submit(self, work: Callable[[], T]) -> tuple[_Child, Future[T]]:
        while self._idle:
            child = self._idle.pop()
            try:
                return child, child.pool.submit(work)
            except BrokenProcessPool:
                # It died while it had nothing to do: that is no fault of this call.
                self._end(child, kill=True)
        child = _Child(self._allowance)
        self._all.add(child)
        return child, child.pool.submit(work)

    def _take_back(self, child: _Child, call: Future[Any]) -> None:
        child.calls += 1
        if child not in self._all:
            return  # All were ended meanwhile.
        if not call.done() or call.cancelled() or isinstance(call.exception(), BrokenProcessPool):
            # What can't be cancelled is killed.
            self._end(child, kill=True)
        elif child.calls >= _CALLS_EACH:
            self._end(child, kill=False)
        else:
            self._idle.append(child)

    def _end(self, child: _Child, *, kill: bool) -> None:
        self._all.discard(child)
        processes: dict[int, Any] = getattr(child.pool, "_processes", None) or {}
        for process in list(processes.values()) if kill else ():
            with suppress(Exception):
                process.kill()
        child.pool.shutdown(wait=False, cancel_futures=True)


class _Child:
    """A process, and how often it was called."""

    def __init__(self, allowance: Allowance | None) -> None:
        # Its own `max_tasks_per_child` can hang where calls wait: `Children` replaces it instead.
        # https://github.com/python/cpython/issues/115634
        self.pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_grow_up,
            initargs=(allowance,),
        )
        self.calls = 0


#: By how much a child gives way to the process that answers patients.
_NICE = 10


def _grow_up(allowance: Allowance | None) -> None:
    """Runs first in a child: leave Ctrl-C and the right of way to the parent, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    if allowance is None:
        limit_reader()
    else:
        # A library that starts threads for each core reserves address space for each of them.
        os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
        resource.setrlimit(resource.RLIMIT_AS, (allowance.memory, allowance.memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowance.file, allowance.file))
        # A file that grows too long is an error of the call, not a signal.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, name="follow-parent", daemon=True).start()


def _within(seconds: int, work: Callable[[], T]) -> T:
    """Call it; the system ends this process when it has computed for so many seconds more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))
    return work()
