"""Operations: what each address of the API takes and gives. Routes and the OpenAPI document come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from bot.store.api_tokens import Caller, Scope
from bot.web.api_types import Nothing
from bot.web.desk_queries import CaseRow

Header: TypeAlias = Literal["if-match", "if-none-match", "range", "if-range", "idempotency-key"]

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was let in, with its query read."""

    request: Request
    caller: Caller
    query: Any

    def header(self, name: Header) -> str:
        """A header, "" where it isn't given."""
        return self.request.headers.get(name, "").strip()


Run: TypeAlias = Callable[[Call], Awaitable[Response]]
RunOfCase: TypeAlias = Callable[[Call, CaseRow], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation. One of a case has `of_case`, every other `run`.

    `takes` is the type of a JSON body, or the media types of a file; `gives` the type of the answer,
    or the media type of a file. `noted` is what the audit trail calls it, "" where it notes itself.
    """

    id: str
    method: Literal["GET", "POST"]
    path: str
    summary: str
    scope: Scope
    run: Run | None = None
    of_case: RunOfCase | None = None
    query: type = Nothing
    takes: type | tuple[str, ...] | None = None
    gives: Any = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    headers: tuple[Header, ...] = ()
    noted: str = ""
