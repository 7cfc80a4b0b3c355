"""The doctor's look at webhooks: whether other systems take the events."""

from __future__ import annotations

from pathlib import Path

from bot.doctor_finding import Finding, Look
from bot.key_source import key_source
from bot.store.db import TROUBLE, Database, SchemaError
from bot.store.operator_key import OperatorKeyError
from bot.webhooks_report import EndpointLine, read_lines


async def look_at_webhooks(look: Look) -> tuple[Finding, ...]:
    """What waits for each endpoint, and what was given up."""
    settings = look.settings
    if not settings.webhook_endpoints:
        what = "Webhooks: off, no other system is told of cases"
        return (Finding(verdict="ok", what=what),)
    store = settings.store
    if isinstance(store, Path) and not store.exists():
        return (Finding(verdict="unasked", what="Webhooks: set, and nothing was sent yet"),)
    try:
        async with await Database.open(store, keys=key_source(settings)) as db:
            endpoints = settings.webhook_endpoints
            lines = await db.read(lambda tx: read_lines(tx, endpoints))
    except (*TROUBLE, SchemaError, OperatorKeyError):
        what = "Webhooks: the database could not be asked how they do"
        return (Finding(verdict="unasked", what=what),)
    return tuple(_finding(line) for line in lines)


def _finding(line: EndpointLine) -> Finding:
    host = line["host"]
    try_it = "Try it: `second-opinion webhooks test`."
    if line["given_up"]:
        do = (try_it, "When it is well, send them again: `second-opinion webhooks again`.")
        what = (
            f"Webhooks: {host}, events that it did not take and were given up: {line['given_up']}"
        )
        return Finding(verdict="wrong", what=what, do=do)
    if line["failing_since"]:
        what = f"Webhooks: {host} takes nothing since {line['failing_since']} ({line['answer']})"
        return Finding(verdict="wrong", what=what, do=(try_it,))
    return Finding(verdict="ok", what=f"Webhooks: {host}, events that it took: {line['sent']}")
