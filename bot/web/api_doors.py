"""The door of the API: a token, what it may do, and how often. No cookie opens it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.requests import Request

from bot.shell import Shell
from bot.store import api_tokens, audit
from bot.store.api_tokens import Caller, Scope
from bot.store.codec import seconds
from bot.web.api_problems import Refused

#: How many may come at once of those of a minute.
_BURST = 0.1


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class Rate:
    """So many requests in a minute for each token, evenly but for a tenth of them at once.

    It is counted in this process: behind several, each gives that much.
    """

    per_minute: int
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def wait(self, token_id: str, now: float) -> float:
        """Seconds to wait before the next request; 0 for none, and it is counted."""
        most = max(1.0, self.per_minute * _BURST)
        bucket = self._buckets.setdefault(token_id, _Bucket(left=most, at=now))
        each = self.per_minute / 60.0
        bucket.left = min(most, bucket.left + (now - bucket.at) * each)
        bucket.at = now
        if bucket.left < 1.0:
            return (1.0 - bucket.left) / each
        bucket.left -= 1.0
        return 0.0


class Door:
    """Lets systems in."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell
        self._rate = Rate(shell.settings.api_requests_per_minute)

    async def caller(self, request: Request, scope: Scope) -> Caller:
        """Who asks. Raises Refused."""
        token = _bearer(request)
        found = await self._shell.db.read(lambda tx: api_tokens.find(tx, token)) if token else None
        if found is None:
            raise Refused(
                401,
                "no_token",
                "Send `Authorization: Bearer TOKEN`. The operator makes one with "
                "`second-opinion api-tokens add NAME`.",
                headers={"www-authenticate": "Bearer"},
            )
        caller, used_at = found
        if wait := self._rate.wait(caller.id, time.monotonic()):
            raise Refused(
                429,
                "too_many",
                "Wait as long as `Retry-After` says.",
                headers={"retry-after": str(int(wait) + 1)},
            )
        now = seconds(self._shell.clock())
        if scope not in caller.scopes:
            await audit.note(
                self._shell.db, case_id="", at=now, actor=f"api {caller.name}", action="refused"
            )
            detail = f"This token lacks the scope `{scope}`. Ask the operator for one that has it."
            raise Refused(403, "no_scope", detail)
        if api_tokens.is_worth_noting(used_at, now):
            await self._shell.db.write(lambda tx: api_tokens.used(tx, caller.id, now))
        return caller


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
