"""Sending: one signed request, and what came back, as a short code."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from bot.webhooks.endpoints import Endpoint
from bot.webhooks.signing import headers_of

#: The specification wants 15 to 30 seconds. httpx's own limit is for each piece, not for the whole.
SECONDS = 15.0
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a try: a status or the kind of an error, never the other side's words.

    `wait` is how many seconds it asks to be left alone.
    """

    taken: bool
    code: str
    wait: float = 0.0


async def post(
    http: httpx.AsyncClient, endpoint: Endpoint, secrets: Sequence[str], event: Mapping[str, Any]
) -> Answer:
    """Send an event. Only a 2xx is a yes; no redirect is followed, and no body is read."""
    body = json.dumps(event, separators=(",", ":")).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "second-opinion-assistant",
        **headers_of(secrets, uid=event["id"], at=int(time.time()), body=body),
    }
    try:
        async with (
            asyncio.timeout(SECONDS),
            http.stream("POST", endpoint.url, content=body, headers=headers) as response,
        ):
            return Answer(
                taken=response.is_success,
                code=f"HTTP {response.status_code}",
                wait=_asked_to_wait(response),
            )
    except TimeoutError:
        return Answer(taken=False, code="timeout")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(taken=False, code=type(error).__name__)


def client() -> httpx.AsyncClient:
    """What sends: it follows nothing."""
    return httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are trusted: read once, for it takes longer than a request."""
    return httpx.create_ssl_context()


def _asked_to_wait(response: httpx.Response) -> float:
    after = response.headers.get("retry-after", "")
    if response.status_code not in (429, 503) or not (after.isascii() and after.isdigit()):
        return 0.0
    return min(float(after), _LONGEST_WAIT)
