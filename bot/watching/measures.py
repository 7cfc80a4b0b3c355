"""What this process has done, counted for Prometheus.

A label is one of a few known words: a kind of job, a channel, a result. Nothing of a patient is here, no
id either. Each process counts its own: Prometheus adds them up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

#: A turn is some milliseconds; what waits for a dead worker is taken over after a minute.
_TURN = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_WAIT = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0)
_JOB = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)

_TURNS = Counter("so_turns", "Turns, by how they ended", ["result"], registry=REGISTRY)
_TURN_SECONDS = Histogram(
    "so_turn_seconds", "How long a turn took", buckets=_TURN, registry=REGISTRY
)
_ANSWER_SECONDS = Histogram(
    "so_turn_wait_seconds",
    "From the arrival of what a turn is about until its answer was on record",
    buckets=_WAIT,
    registry=REGISTRY,
)
_JOBS = Counter(
    "so_jobs", "Tries of jobs, by how they ended", ["kind", "result"], registry=REGISTRY
)
_JOB_SECONDS = Histogram(
    "so_job_seconds", "How long a try of a job took", ["kind"], buckets=_JOB, registry=REGISTRY
)
_MESSAGES = Counter(
    "so_messages",
    "Messages to patients, by what came of it",
    ["channel", "result"],
    registry=REGISTRY,
)
_FILES = Counter(
    "so_files_in", "Files of patients that were stored", ["channel"], registry=REGISTRY
)
_BYTES = Counter("so_bytes_in", "Bytes of these files", ["channel"], registry=REGISTRY)
_FAILURES = Counter(
    "so_failures",
    "Loops that met what they can't deal with, and went on",
    ["part"],
    registry=REGISTRY,
)


#: The clock by which lengths of time are measured.
now = time.monotonic


def turn_taken(began: float, wait: float) -> None:
    """A turn that began then was taken, so many seconds after what it is about had arrived."""
    _TURNS.labels("taken").inc()
    _TURN_SECONDS.observe(now() - began)
    _ANSWER_SECONDS.observe(max(wait, 0.0))


def turn_failed(*, given_up: bool) -> None:
    """A turn failed, and is tried again, or not."""
    _TURNS.labels("given_up" if given_up else "failed").inc()


def message(channel: str, result: str, count: int = 1) -> None:
    """Of messages on a channel: sent, delayed, failed, or unknown where nobody knows."""
    _MESSAGES.labels(channel, result).inc(count)


def file_in(channel: str, size: int) -> None:
    """A file came in whole, and is stored."""
    _FILES.labels(channel).inc()
    _BYTES.labels(channel).inc(size)


def interrupted(part: str) -> None:
    """A loop met an error that isn't its own affair, such as a database that is away."""
    _FAILURES.labels(part).inc()


@dataclass(slots=True)
class Try:
    """One try of a job; `result` says how it ended."""

    result: str = "done"


@contextmanager
def job(kind: str) -> Iterator[Try]:
    """Count one try of a job, and how long it takes; one that is cut short was `handed_back`."""
    began, this = now(), Try()
    try:
        yield this
    except BaseException:
        this.result = "handed_back"
        raise
    finally:
        _JOBS.labels(kind, this.result).inc()
        _JOB_SECONDS.labels(kind).observe(now() - began)


# ---- hearts ------------------------------------------------------------------------------------


class Hearts:
    """When each loop of this process was last seen going round. One that has ended has no heart."""

    def __init__(self) -> None:
        """Nothing goes round yet."""
        self._beats: dict[str, tuple[asyncio.Task[Any] | None, float]] = {}

    def beat(self, name: str) -> None:
        """The loop of this name, which is the task at hand, goes round."""
        self._beats[name] = (asyncio.current_task(), now())

    def ages(self) -> dict[str, float]:
        """Seconds since each loop was last seen."""
        at = now()
        return {
            name: at - seen
            for name, (task, seen) in self._beats.items()
            if task is not None and not task.done()
        }


HEARTS = Hearts()
