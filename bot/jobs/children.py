"""Children: processes of their own for work that is heavy, or that reads what strangers sent.

A file that takes its reader down takes down a child, and the event loop, which renews the leases,
is never held up. Children are started afresh (not forked), and end when their parent does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

# A process that has read this many files is replaced: whatever leaked goes with it.
_FILES_EACH = 200


class ChildDied(Exception):
    """The child that did the work died of it, or beside it."""


class TookTooLong(Exception):
    """The work was stopped after its time."""


class Children:
    """At most `most` processes, started when there is work for them."""

    def __init__(self, most: int = 1) -> None:
        """Start nothing yet."""
        self._most = most
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, timeout: float, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function of a module in a child; all that goes in and out is pickled.

        Raises what the function raises, `TookTooLong` after `timeout` seconds, `ChildDied`.
        """
        pool = self._started()
        call = pool.submit(partial(fn, *args, **kwargs))
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.wrap_future(call)
        except TimeoutError as error:
            # What can't be cancelled is killed; what else was running is tried again.
            self._kill(pool)
            raise TookTooLong from error
        except BrokenProcessPool as error:
            self._kill(pool)
            raise ChildDied from error
        except asyncio.CancelledError:
            if not call.cancel() and not call.done():
                self._kill(pool)
            raise

    def close(self) -> None:
        """End the children, whatever they do."""
        if self._pool is not None:
            self._kill(self._pool)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._most,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_grow_up,
                max_tasks_per_child=_FILES_EACH,
            )
        return self._pool

    def _kill(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            self._pool = None
        processes: dict[int, Any] = getattr(pool, "_processes", None) or {}
        for process in list(processes.values()):
            with suppress(Exception):
                process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def _grow_up() -> None:
    """Runs first in a child: leave Ctrl-C to the parent, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, name="follow-parent", daemon=True).start()
