"""One list of work for several processes, with the results in the order of the list.

Inflating and hashing leave Python's lock alone, but reading headers doesn't; so the work is done by
forked processes, one for each core. Each takes the next few pieces when it has done its last ones, and
whoever asked gets the results in order, the same ones however many processes there are.

The forks end with the process that made them, also when it is killed: each waits on a pipe that only
that process holds open. A fork that is taken down by what it reads costs the piece that it was at.
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import select
import signal
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, TypeVar

from bot.intake.limits import MIB

T = TypeVar("T")
W = TypeVar("W")

#: Pieces of work that a process takes at once.
_BATCH = 8
#: More processes than this would take more memory than they save time.
_MOST = 4
_NUMBER = struct.Struct("<L")
_FRAME = struct.Struct("<LL")
_READ = 256 * 1024
_LARGE = 16 * MIB
#: Seconds between two looks at the clock while nothing comes.
_PATIENCE = 60.0
#: Seconds in which a fork that is done ends by itself.
_MOMENT = 1.0


class Lost(Exception):
    """The process that did this piece of work died of it."""


class OutOfTime(Exception):
    """The time was up before this piece of work was done."""


def cores() -> int:
    """How many processes work at once here: one where a fork is not to be relied on."""
    return min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def in_order(
    work: Sequence[W],
    do: Callable[[W], T],
    *,
    seconds: float,
    processes: int,
    ending: Callable[[], None] = lambda: None,
) -> Iterator[T | Lost | OutOfTime]:
    """What `do` makes of each piece of work; `do` raises nothing, and what it returns is pickled.

    When the `seconds` are over, all that is left is `OutOfTime`. `ending` is called in each fork that
    has nothing left to do, for what `do` has started there.
    """
    until = monotonic() + seconds
    _keep_memory()
    if processes < 2 or len(work) <= _BATCH:
        for one in work:
            yield do(one) if monotonic() < until else OutOfTime()
        return
    team = _Team(work, do, processes, ending)
    left = len(work)
    try:
        for index in range(len(work)):
            result = team.result(index, until)
            left -= 1
            yield result
    finally:
        if not left:
            team.let_end()
        team.end()


def _keep_memory() -> None:
    """Have memory that is freed and wanted again a moment later stay with the process.

    The C library returns it to the system above a limit that follows the largest block freed so far;
    clearing the pages anew for each picture would take a tenth of all the time. This block is never
    touched, and so costs nothing.
    """
    bytes(_LARGE)


class _Team(Generic[W, T]):
    """The forks, and what has come from them and was not asked for yet."""

    def __init__(
        self,
        work: Sequence[W],
        do: Callable[[W], T],
        processes: int,
        ending: Callable[[], None],
    ) -> None:
        self._work, self._do, self._ending = work, do, ending
        self._come: dict[int, T | Lost] = {}
        self._forks: dict[int, _Fork] = {}
        # What each fork is at; it is read when one has died.
        self._at = mmap.mmap(-1, processes * _FRAME.size)
        # All forks read the numbers of batches from one file, and so each number comes up once.
        batches = range((len(work) + _BATCH - 1) // _BATCH)
        self._numbers = os.memfd_create("work")
        os.write(self._numbers, b"".join(map(_NUMBER.pack, batches)))
        os.lseek(self._numbers, 0, os.SEEK_SET)
        self._life = os.pipe()
        for slot in range(processes):
            fork = self._start(slot)
            self._forks[fork.results] = fork

    def result(self, index: int, until: float) -> T | Lost | OutOfTime:
        """The result of one piece of work, each asked for once."""
        while index not in self._come:
            if monotonic() >= until:
                self.end()
                return OutOfTime()
            if not self._forks:
                return self._do(self._work[index])
            patience = min(until - monotonic(), _PATIENCE)
            ready, _, _ = select.select(list(self._forks), [], [], patience)
            for results in ready:
                self._receive(self._forks[results])
        return self._come.pop(index)

    def let_end(self) -> None:
        """Give the forks, which have nothing left to do, a moment to end what they have started."""
        until = monotonic() + _MOMENT
        while self._forks and (left := until - monotonic()) > 0:
            for results in select.select(list(self._forks), [], [], left)[0]:
                self._receive(self._forks[results])

    def end(self) -> None:
        """End the forks, whatever they do."""
        for fork in list(self._forks.values()):
            with suppress(ProcessLookupError):
                os.kill(fork.pid, signal.SIGKILL)
            self._bury(fork)
        for descriptor in (*self._life, self._numbers):
            with suppress(OSError):
                os.close(descriptor)
        self._life, self._numbers = (-1, -1), -1

    def _receive(self, fork: _Fork) -> None:
        data = os.read(fork.results, _READ)
        if not data:
            self._bury(fork)
            self._mend(*_FRAME.unpack_from(self._at, fork.slot * _FRAME.size))
            return
        for batch, results in fork.add(data):
            self._come.update(enumerate(results, batch * _BATCH))

    def _bury(self, fork: _Fork) -> None:
        del self._forks[fork.results]
        os.close(fork.results)
        with suppress(ChildProcessError):
            os.waitpid(fork.pid, 0)

    def _mend(self, batch: int, place: int) -> None:
        """After the end of a fork: what it was at is lost, and the rest of its batch is done here."""
        if not place:
            return  # It had given all that it took.
        first = batch * _BATCH
        for index in range(first, min(first + _BATCH, len(self._work))):
            guilty = index == first + place - 1
            self._come[index] = Lost() if guilty else self._do(self._work[index])

    # ---- in the fork ---------------------------------------------------------------------------

    def _start(self, slot: int) -> _Fork:
        results, out = os.pipe()
        with warnings.catch_warnings():
            # Python warns of threads that hold locks. Ours wait for the parent's end and hold none.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            try:
                self._labour(slot, out)
            finally:
                # Nothing that the parent has open, or does at its end, is this process's business.
                os._exit(1)
        os.close(out)
        return _Fork(pid, slot, results)

    def _labour(self, slot: int, out: int) -> None:
        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end, held = self._life
        os.close(held)
        threading.Thread(target=_die_with_parent, args=(end,), daemon=True).start()
        while number := os.read(self._numbers, _NUMBER.size):
            (batch,) = _NUMBER.unpack(number)
            first = batch * _BATCH
            results = []
            for place, one in enumerate(self._work[first : first + _BATCH], 1):
                _FRAME.pack_into(self._at, slot * _FRAME.size, batch, place)
                results.append(self._do(one))
            data = pickle.dumps(results, pickle.HIGHEST_PROTOCOL)
            _write(out, _FRAME.pack(batch, len(data)) + data)
            _FRAME.pack_into(self._at, slot * _FRAME.size, batch, 0)
        self._ending()


class _Fork:
    """A fork as its parent sees it."""

    def __init__(self, pid: int, slot: int, results: int) -> None:
        self.pid, self.slot, self.results = pid, slot, results
        self._read = bytearray()

    def add(self, data: bytes) -> Iterator[tuple[int, list[Any]]]:
        """The batches that are there in full with these bytes."""
        self._read += data
        while len(self._read) >= _FRAME.size:
            batch, size = _FRAME.unpack_from(self._read)
            end = _FRAME.size + size
            if len(self._read) < end:
                return
            yield batch, pickle.loads(self._read[_FRAME.size : end])
            del self._read[:end]


def _die_with_parent(end: int) -> None:
    os.read(end, 1)
    os._exit(1)


def _write(out: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(out, left) :]
