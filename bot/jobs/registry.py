"""The kinds of jobs there are, listed by hand, and how many of each run side by side."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.jobs import erase, fetch, index, notify, package, timer
from bot.jobs.queue import NOTHING, Job, Outcome
from bot.jobs.shell import Shell

Run = Callable[[Shell, Job], Awaitable[Outcome]]
GiveUp = Callable[[Shell, Job, str], Awaitable[Outcome]]


async def _nothing(_shell: Shell, _job: Job, _reason: str) -> Outcome:
    return NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of job: what it does, and what follows when it is given up after `attempts` tries."""

    run: Run
    give_up: GiveUp = _nothing
    attempts: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Kinds that share the same few places, so that slow work never holds up quick work."""

    name: str
    kinds: tuple[str, ...]
    places: int


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "timer": Kind(run=timer.run),
        "erase": Kind(run=erase.run),
        "fetch": Kind(run=fetch.run, give_up=fetch.give_up),
        # A file that kills its reader need not kill many.
        "index": Kind(run=index.run, give_up=index.give_up, attempts=3),
        "package": Kind(run=package.run),
        # A notice is light, and a coordinator must hear of a case after any outage.
        "notify": Kind(run=notify.run, attempts=60),
    }
)

_CORES = max(1, (os.cpu_count() or 2) - 1)

LANES = (
    Lane(name="quick", kinds=("timer", "erase", "notify"), places=8),
    Lane(name="fetch", kinds=("fetch",), places=4),
    Lane(name="index", kinds=("index",), places=_CORES),
    Lane(name="package", kinds=("package",), places=1),
)
