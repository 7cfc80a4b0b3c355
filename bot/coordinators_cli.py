"""`second-opinion coordinators`: who works at the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

T = TypeVar("T")

people = typer.Typer(help="Who works at the desk, and in which roles.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name, as patients will see it.")]


def _in_store(work: Callable[..., Awaitable[T]]) -> T:
    """Run it with the opened program and the time, and say what the operator can mend in a sentence."""
    from bot.app import App, StartError, utc_now
    from bot.settings import Settings

    async def run() -> T:
        async with App.open(Settings(), alone=False) as app:
            return await work(app, utc_now().timestamp())

    try:
        return asyncio.run(run())
    except ValueError as error:
        raise StartError(str(error)) from None


def _nobody(name: str) -> None:
    from bot.app import StartError

    raise StartError(f"nobody at the desk is called {name}: see `second-opinion coordinators list`")


@people.command()
def add(
    name: Name,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="coordinator, translator or lead; may be given several times."),
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="Where links go.")] = None,
    telegram: Annotated[
        str | None, typer.Option("--telegram", help="Their Telegram id, a number.")
    ] = None,
) -> None:
    """Let somebody in, or change their roles and ways. They ask for a link on the sign-in page."""
    from bot import coordinators

    person = _in_store(
        lambda app, now: coordinators.add(
            app.db, name=name, roles=role or (), email=email, telegram_id=telegram, now=now
        )
    )
    roles = ", ".join(sorted(person.roles))
    way = "" if person.can_be_written_to else "  (no way to send a link: use `coordinators link`)"
    typer.echo(f"{person.name}: {roles}{way}")


@people.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List who works at the desk."""
    from bot import coordinators

    found = _in_store(
        lambda app, now: coordinators.lines(
            app.db, now, timedelta(minutes=app.settings.desk_idle_minutes)
        )
    )
    typer.echo(coordinators.to_json(found) if as_json else coordinators.to_text(found))


@people.command()
def remove(name: Name) -> None:
    """Let somebody in no more; they are signed out at once."""
    from bot import coordinators

    if not _in_store(lambda app, now: coordinators.remove(app.db, name, now)):
        _nobody(name)


@people.command()
def link(name: Name) -> None:
    """Print a sign-in link of theirs, to be handed over; it works once, for a day."""
    from bot import coordinators

    address = _in_store(
        lambda app, now: coordinators.link(app.db, name, app.settings.base_url, now)
    )
    if address is None:
        _nobody(name)
    typer.echo(address)


@people.command()
def reset(name: Name) -> None:
    """Forget the second factor of somebody who has lost it, and sign them out everywhere."""
    from bot import coordinators

    if not _in_store(lambda app, now: coordinators.reset(app.db, name, now)):
        _nobody(name)
