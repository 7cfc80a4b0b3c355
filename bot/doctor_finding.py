"""What the doctor finds, and what its checks are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx

from bot.outward import answer_of
from bot.settings import Settings, TwilioSettings

_SECONDS, _MOST = 5.0, 1 << 20
#: `unasked`: it could not be asked, so nobody knows.
Verdict = Literal["ok", "decide", "wrong", "unasked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing, in a sentence, and what to do about it, a line each. No secret is ever in it."""

    verdict: Verdict
    what: str
    do: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Look:
    """What the checks look at. `skews` are the seconds by which other clocks differ from ours."""

    settings: Settings
    twilio: TwilioSettings
    http: httpx.AsyncClient
    skews: list[float] = field(default_factory=list)

    async def ask(self, url: str, *, auth: tuple[str, str] | None = None) -> httpx.Response | str:
        """An answer, or why there is none; never with the address, which may hold a token."""
        try:
            answer = await answer_of(self.http, "GET", url, most=_MOST, seconds=_SECONDS, auth=auth)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        self._compare_clocks(answer.headers.get("date", ""))
        return answer

    def _compare_clocks(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except ValueError:
            return
        self.skews.append((datetime.now(UTC) - theirs).total_seconds())
