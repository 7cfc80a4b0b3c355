"""What another system was not told of a case, though it was tried for days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.shell import Shell
from bot.store import webhooks
from bot.store.codec import moment
from checklist.text import Text, _

UNTOLD: Mapping[str, Text] = {
    "untold": _("Another computer system was not told"),
    "untold_do": _(
        "It did not take this for days, so it is not sent again by itself. "
        "The person who runs the assistant can send it again."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """An event that was given up: when it was, which, and by whose host."""

    at: str
    event: str
    host: str
    answer: str


async def untold_of(
    shell: Shell, case_id: str, said: Callable[[datetime | None], str]
) -> list[Untold]:
    """What was given up of a case, the oldest first; `said` puts a time into words."""
    hosts = {one.id: one.host for one in shell.settings.webhook_endpoints}
    rows = await shell.db.read(partial(webhooks.given_up, case_id=case_id))
    return [
        Untold(at=said(moment(row.at)), event=row.type, host=hosts[row.endpoint], answer=row.answer)
        for row in rows
        if row.endpoint in hosts
    ]
