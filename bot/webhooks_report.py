"""How the endpoints do, for operators: `webhooks list` and the doctor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.shell import Shell
from bot.store import webhooks
from bot.store.codec import moment
from bot.webhooks.endpoints import Endpoint


class EndpointLine(TypedDict):
    """One endpoint. `failing_since` is ISO, or "" where it is well; `answer` is its last."""

    host: str
    waiting: int
    sent: int
    given_up: int
    failing_since: str
    answer: str


async def listed(shell: Shell) -> list[EndpointLine]:
    """Those that are set."""
    endpoints = shell.settings.webhook_endpoints
    return await shell.db.read(lambda tx: read_lines(tx, endpoints))


async def read_lines(tx: AsyncConnection, endpoints: Sequence[Endpoint]) -> list[EndpointLine]:
    """How these do."""
    counts = await webhooks.counts(tx)
    lines = []
    for endpoint in endpoints:
        health = await webhooks.endpoint(tx, endpoint.id)
        since = health.failing_since if health is not None else None
        lines.append(
            EndpointLine(
                host=endpoint.host,
                waiting=counts.get((endpoint.id, "waiting"), 0),
                sent=counts.get((endpoint.id, "sent"), 0),
                given_up=counts.get((endpoint.id, "given_up"), 0),
                failing_since="" if since is None else moment(since).isoformat(timespec="seconds"),
                answer=health.answer if health is not None else "",
            )
        )
    return lines


def to_text(lines: Sequence[EndpointLine]) -> str:
    """A few words for each."""
    if not lines:
        return "There are no endpoints: set WEBHOOK_URLS and WEBHOOK_SECRET."
    return "\n".join(_line(line) for line in lines)


def _line(line: EndpointLine) -> str:
    counts = f"{line['waiting']} waiting, {line['sent']} sent, {line['given_up']} given up"
    if line["failing_since"]:
        return (
            f"{line['host']}: {counts}; takes nothing since {line['failing_since']} "
            f"({line['answer']})"
        )
    return f"{line['host']}: {counts}; {line['answer'] or 'not asked yet'}"
