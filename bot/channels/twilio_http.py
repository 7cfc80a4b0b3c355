"""Calls to Twilio: the HTTP client under its library, and what a failure means.

The library's own asynchronous client ignores its time-out and, told to retry, posts a message again
that may have left. This one gives up in time, repeats nothing, and writes nothing to a log: what it
carries are numbers, words and the token. https://www.twilio.com/docs/libraries/python/custom-http-clients-python
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import httpx
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from bot.channels.base import Blocked, ChannelError, Rejected, Retry, Unknown
from bot.outward import answer_of

# Seconds. https://www.twilio.com/docs/usage/rate-limits-and-best-practices
_CONNECT = 5.0
_TOO_FAST = 5.0
_REFUSED = 60.0
# Kept shorter than the server's own: a message posted on a connection that is being closed is in doubt.
_IDLE = 4.0
# Bytes. A page of a list has fifty messages.
_MOST = 8 << 20

#: The errors that can come of a call. Others are faults of ours.
TROUBLE = (TwilioException, httpx.HTTPError, TimeoutError, ValueError, KeyError)

# https://www.twilio.com/docs/api/errors and WhatsApp's own, 63001 and above.
_TOO_MANY = (429, 20429, 63018)
_LEFT = (21610, 63014, 63033)
_NOBODY = (21211, 21614, 63003, 63024)
_CLOSED = (63016,)
_TOKEN = (20003, 20005)
#: What is wrong with a template or its variables: the same can be said without it.
TEMPLATE = (21654, 21655, 21656, 21658, 63027, 63028, 92007)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # The library comes without types.
    """The HTTP client that `twilio.rest.Client` is given."""

    def __init__(self, *, timeout: float) -> None:
        """`timeout` is in seconds, for a whole call."""
        super().__init__(logging.getLogger(__name__), True, timeout)
        # Their lines hold addresses, and an address of the API's holds a patient's number.
        for name in ("httpx", "httpcore", "twilio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        limits = httpx.Limits(keepalive_expiry=_IDLE)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=_CONNECT), limits=limits
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one call, once. Raises httpx.HTTPError, also when it takes too long."""
        json = "json" in (headers or {}).get("Content-Type", "")
        body: dict[str, Any] = {"json": data} if json else {"data": data or None}
        answer = await answer_of(
            self._client,
            method.upper(),
            uri,
            most=_MOST,
            seconds=timeout or self.timeout,
            auth=auth,
            params=params,
            headers=headers,
            **body,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def failure_of(error: Exception) -> ChannelError:
    """What an error means for the message that was being sent, or for the call at all.

    The vendor's own words are left out: they quote the number that was written to.
    """
    if isinstance(error, _NEVER_LEFT):
        return Retry(type(error).__name__, after=_TOO_FAST)
    status, code = _numbers(error)
    if code is None and status is None:
        return Unknown(type(error).__name__)
    code = code or 0
    if code in _TOO_MANY or status == 429:
        return Retry("twilio_too_many", after=_TOO_FAST)
    if code in _TOKEN or status in (401, 403):
        # An operator's to mend, in time; the message waits.
        return Retry("check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", after=_REFUSED)
    if code in _CLOSED:
        return Rejected("outside_window")
    if code in _LEFT or code in _NOBODY:
        return Blocked(f"twilio_{code}")
    if status is not None and status >= 500:
        return Unknown(f"twilio_{status}")
    return Rejected(f"twilio_{code or status}")


def code_of(error: Exception) -> int:
    """Twilio's number for an error, 0 where it gave none."""
    return _numbers(error)[1] or 0


def _numbers(error: Exception) -> tuple[int | None, int | None]:
    """The HTTP status and Twilio's own code."""
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    if status is None and isinstance(error, TwilioException):
        # A page of a list that couldn't be had; the answer is all that is told of it.
        answers = [given for given in error.args if hasattr(given, "status_code")]
        status = answers[0].status_code if answers else None
    numbers = [number if isinstance(number, int) else None for number in (status, code)]
    return numbers[0], numbers[1]
