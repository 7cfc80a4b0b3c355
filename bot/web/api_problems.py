"""Problems of the API: what went wrong and what to do, as RFC 9457 has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.api_types import Flaw, Problem, to_json


@dataclass(eq=False, slots=True)
class Refused(Exception):
    """A request that is not done. `code` is for programs, `detail` for people: what to do instead."""

    status: int
    code: str
    detail: str
    flaws: tuple[Flaw, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def response(refused: Refused) -> Response:
    """The answer to it."""
    problem = Problem(
        status=refused.status,
        title=HTTPStatus(refused.status).phrase,
        code=refused.code,
        detail=refused.detail,
        errors=refused.flaws,
    )
    return Response(
        to_json(problem),
        refused.status,
        headers=dict(refused.headers),
        media_type="application/problem+json",
    )


def unreadable(error: ValidationError, where: str) -> Refused:
    """What is wrong with the values of a request. What was sent is not repeated."""
    flaws = tuple(
        Flaw(where=".".join((where, *map(str, one["loc"]))), what=one["msg"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    )
    detail = "Correct what `errors` names, as /api/v1/openapi.json describes it."
    return Refused(422, "invalid", detail, flaws)


def missing(what: str, instead: str) -> Refused:
    """There is no such thing."""
    return Refused(404, "not_found", f"There is no such {what}. {instead}")


async def on_refused(_request: Request, error: Exception) -> Response:
    """Handle `Refused`."""
    assert isinstance(error, Refused)
    return response(error)


async def on_http(_request: Request, error: Exception) -> Response:
    """An address that leads nowhere, or a method that it doesn't take."""
    assert isinstance(error, HTTPException)
    details = {
        404: ("not_found", "There is nothing at this address. See /api/v1/openapi.json."),
        405: ("method_not_allowed", "Use a method that the header `Allow` names."),
    }
    code, detail = details.get(error.status_code, ("refused", "See /api/v1/openapi.json."))
    headers = error.headers or {}
    return response(Refused(error.status_code, code, detail, headers=headers))


async def on_error(_request: Request, _error: Exception) -> Response:
    """An error of ours. It is logged by the server, and never shown."""
    detail = "Something went wrong on our side. Try again later; nothing was changed by halves."
    return response(Refused(500, "failed", detail))
