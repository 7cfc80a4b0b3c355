"""Traces: one short name from a row of the inbox through its turn, its jobs and what it has said.

The name is the row's number, `i42`. A job carries it among its arguments, a message as its `cause`; what a
job tells the conversation is a new row, and the line that says so bears both names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_TRACE: ContextVar[str] = ContextVar("trace", default="")

#: Under which name a job carries it among its arguments.
ARGUMENT = "trace"


def of_row(row_id: int) -> str:
    """The trace that begins with a row of the inbox."""
    return f"i{row_id}"


def current() -> str:
    """The trace of what is being done, "" outside of one."""
    return _TRACE.get()


@contextmanager
def traced(trace: str) -> Iterator[None]:
    """Whatever is logged or asked for in the block belongs to this trace."""
    token = _TRACE.set(trace)
    try:
        yield
    finally:
        _TRACE.reset(token)


def add_trace(_logger: Any, _method: str, event: Any) -> Any:
    """A processor of structlog: put the trace on every line."""
    if trace := _TRACE.get():
        event.setdefault(ARGUMENT, trace)
    return event
