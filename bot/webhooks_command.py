"""`second-opinion webhooks`: try the endpoints, see how they answer, send again what was given up."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

webhooks = typer.Typer(
    help="Signed events of cases for other systems: WEBHOOK_URLS and WEBHOOK_SECRET.",
    no_args_is_help=True,
)


@webhooks.command("new-secret")
def new_secret() -> None:
    """Print a new secret for WEBHOOK_SECRET; the receiver needs it too."""
    from bot.webhooks.signing import new_secret as made

    print(made())


@webhooks.command()
def test() -> None:
    """Send each endpoint a `webhook.ping`, and say what came back. Exit code 1 where one took none."""
    from bot.app import StartError
    from bot.settings import Settings

    settings = Settings()
    if not settings.webhook_endpoints:
        raise StartError("there is no endpoint: set WEBHOOK_URLS and WEBHOOK_SECRET")
    failed = 0
    for host, answer, seconds in asyncio.run(_ping(settings)):
        failed += not answer.taken
        verdict = "ok" if answer.taken else "wrong"
        print(f"{verdict:<9}{host}: {answer.code} after {seconds:.1f} s")
        for line in () if answer.taken else _advice(answer.code):
            print(f"{'':<9}{line}")
    raise typer.Exit(1 if failed else 0)


async def _ping(settings: Any) -> list[tuple[str, Any, float]]:
    from bot.webhooks import sending
    from bot.webhooks.events import shaped

    found = []
    async with sending.client() as http:
        for endpoint in settings.webhook_endpoints:
            uid = f"evt_{secrets.token_hex(12)}"
            event = shaped(uid, "webhook.ping", time.time(), "{}", settings.base_url)
            began = time.monotonic()
            answer = await sending.post(http, endpoint, settings.webhook_secrets, event)
            found.append((endpoint.host, answer, time.monotonic() - began))
    return found


def _advice(code: str) -> tuple[str, ...]:
    """What to look at."""
    if code.startswith("HTTP 3"):
        return (
            "It sends elsewhere, where nothing follows: set its final address in WEBHOOK_URLS.",
        )
    if code in ("HTTP 401", "HTTP 403", "HTTP 400"):
        return ("It may check with another secret: WEBHOOK_SECRET is what both sides need.",)
    if code == "HTTP 404":
        return ("There is nothing at this path: see WEBHOOK_URLS.",)
    if code.startswith("HTTP"):
        return ("It is there, and takes no events: its own log says why.",)
    if code == "timeout":
        return ("It must answer within 15 seconds, and do its work afterwards.",)
    return ("It could not be reached, or its certificate is not trusted here.",)


@webhooks.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the endpoints: what waits, what was given up, and how they answered last."""
    from bot.app import App
    from bot.settings import Settings
    from bot.webhooks_report import listed, to_text

    async def look() -> str:
        async with App.open(Settings(), alone=False) as app:
            rows = await listed(app)
        return json.dumps(rows, indent=2) if as_json else to_text(rows)

    print(asyncio.run(look()))


@webhooks.command()
def again() -> None:
    """Send at once whatever waits or was given up."""
    from bot.app import App
    from bot.jobs import webhook
    from bot.settings import Settings
    from bot.store import audit
    from bot.store.codec import seconds

    async def ask() -> int:
        async with App.open(Settings(), alone=False) as app:
            now = seconds(app.clock())

            async def work(tx: AsyncConnection) -> int:
                await audit.add(tx, case_id="", at=now, actor="operator", action="webhooks.again")
                return await webhook.again(tx, app.queue, now)

            return await app.db.write(work)

    print(f"The events of {asyncio.run(ask())} cases are sent again.")
