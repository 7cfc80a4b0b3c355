"""The command line. Each command imports what it needs when it runs, so that none waits for the others."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.api_tokens_command import api_tokens
from bot.audit_command import trails
from bot.catalog_command import catalogs
from bot.coordinators_cli import people
from bot.keys_command import keys
from bot.webhooks_command import webhooks

cli = typer.Typer(
    name="second-opinion",
    help="Second Opinion Assistant: prepares a patient's records for a medical second opinion.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.add_typer(webhooks, name="webhooks")
cli.add_typer(api_tokens, name="api-tokens")
cli.add_typer(catalogs, name="catalog")
cli.add_typer(keys, name="keys")
cli.add_typer(trails, name="audit")

cli.add_typer(people, name="coordinators")

_PLACE = (
    "A data folder, or postgresql://...+s3://bucket/prefix, or the word `settings`: what the "
    "environment says, so that no password stands in a command."
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run the command line; an error the operator can mend is one sentence and exit code 1.

    Where there is no store to look into, the exit code is 2.
    """
    from bot import logs

    # What a command prints is its product; only trouble is logged beside it.
    logs.set_up(level="WARNING")
    try:
        cli()
    except Exception as error:
        sentence, code = _for_operator(error)
        if not sentence:
            raise
        sys.stderr.write(f"second-opinion: {sentence}\n")
        sys.exit(code)


def _for_operator(error: Exception) -> tuple[str, int]:
    """What to change, where the operator can mend it, else "", and the exit code."""
    from pydantic import ValidationError

    from bot.app import NoStoreError, StartError

    if isinstance(error, NoStoreError):
        return str(error), 2
    if isinstance(error, StartError):
        return str(error), 1
    if not isinstance(error, ValidationError):
        return "", 1
    wrong = "; ".join(f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
    return f"a setting can't be used: {wrong}", 1


@cli.command()
def serve() -> None:
    """Run everything in one process: web chat, channels, desk, jobs."""
    import asyncio

    from bot.serve import serve as run

    asyncio.run(run())


@cli.command()
def work(
    kinds: Annotated[
        str,
        typer.Option(help="turns, messages, or lanes of jobs, with commas; WORK_KINDS without it."),
    ] = "",
) -> None:
    """Do some of the work beside a `serve` on another machine; they share a DATABASE_URL."""
    import asyncio

    from bot.serve import work as run

    asyncio.run(run(kinds))


@cli.command()
def migrate(
    to: Annotated[str, typer.Option(help="The revision to go to; the newest without it.")] = "",
) -> None:
    """Bring the database to the schema of this version: before its processes are started."""
    import asyncio

    from bot.app import StartError
    from bot.settings import Settings
    from bot.store.engine import TROUBLE, SchemaError
    from bot.store.migrate import migrate as run

    try:
        print(f"The database is at revision {asyncio.run(run(Settings().store, to))}.")
    except SchemaError as error:
        raise StartError(str(error)) from None
    except TROUBLE as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise StartError(f"the database can't be changed ({reason})") from None


@cli.command()
def move(
    source: Annotated[str, typer.Option("--from", help=_PLACE)],
    target: Annotated[str, typer.Option("--to", help=_PLACE)],
) -> None:
    """Take all rows and files to another place, and compare each; nothing may be running."""
    import asyncio

    from bot.carrying import move as moving
    from bot.carrying.place import settings_of

    report = asyncio.run(moving.move(settings_of(source), settings_of(target), print))
    print("\n".join(report.lines()))
    raise typer.Exit(1 if report.damaged or report.absent else 0)


@cli.command()
def backup(
    folder: Path,
    keep: Annotated[
        int, typer.Option(help="Forget all moments but the newest so many; 0 keeps them.", min=0)
    ] = 0,
) -> None:
    """Keep all rows and files of this moment in FOLDER, also while the program runs."""
    import asyncio

    from bot.app import App
    from bot.audit_command import on_record
    from bot.carrying import backup as backing
    from bot.settings import Settings

    async def make() -> backing.Backup:
        async with App.open(Settings(), alone=False) as app:
            await on_record(app, "backup.made")
            return await backing.backup(
                app.db, app.files.blobs, app.files.partials, folder, app.clock, keep=keep
            )

    made = asyncio.run(make())
    print("\n".join(made.lines()))
    raise typer.Exit(1 if made.damaged or made.absent else 0)


@cli.command()
def restore(
    folder: Path,
    at: Annotated[str, typer.Option(help="Which moment; the newest without it.")] = "",
    target: Annotated[str, typer.Option("--to", help=_PLACE)] = "settings",
    without_damaged: Annotated[
        bool, typer.Option("--without-damaged", help="Leave out cases whose key is damaged in it.")
    ] = False,
) -> None:
    """Put a backup into an empty place, and compare each row and file."""
    import asyncio

    from bot.carrying import restore as restoring
    from bot.carrying.place import settings_of

    report = asyncio.run(
        restoring.restore(folder, settings_of(target), print, at, without_damaged=without_damaged)
    )
    print("\n".join(report.lines()))


@cli.command()
def chat(
    as_json: AsJson = False,
    name: Annotated[str, typer.Option("--chat", help="Which chat to go on with.")] = "terminal",
) -> None:
    """Have the conversation in the terminal: text, #choice, @path of a file."""
    import asyncio

    from bot.app import App
    from bot.channels.terminal_chat import chat as run
    from bot.settings import Settings

    async def play() -> int:
        async with App.open(Settings()) as app:
            return await run(app, stdin=sys.stdin, stdout=sys.stdout, as_json=as_json, address=name)

    raise typer.Exit(asyncio.run(play()))


@cli.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def inspect(context: typer.Context) -> None:
    """Show what a disc or a file holds, without a case. Exit code 2 when it could not be read."""
    from bot.inspect_command import inspect as run

    raise typer.Exit(run(context.args))


@cli.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def understand(context: typer.Context) -> None:
    """Show what the assistant makes of a message or of a file: dates, medicines, danger, kind."""
    from bot.understand_command import understand as run

    raise typer.Exit(run(context.args))


@cli.command()
def cases(as_json: AsJson = False) -> None:
    """List the cases with their status, how complete they are, and what is missing."""
    import asyncio

    from bot.app import App
    from bot.case_list import list_cases, to_text
    from bot.settings import Settings
    from bot.store import unreadable

    async def read() -> str:
        async with App.open(Settings(), alone=False) as app:
            rows = await list_cases(app.db, app.catalog)
            damaged = (await unreadable.find(app.db)).ids
        if damaged:
            typer.echo(f"{len(damaged)} cases can't be read: {', '.join(damaged)}", err=True)
        return json.dumps(rows, indent=2) if as_json else to_text(rows)

    print(asyncio.run(read()))


@cli.command()
def export(case_id: str, path: Path) -> None:
    """Write the package of a case to PATH, a zip."""
    import asyncio

    from bot.app import App
    from bot.export import export_case
    from bot.settings import Settings

    async def write() -> None:
        async with App.open(Settings(), alone=False) as app:
            await export_case(app, case_id, path)

    asyncio.run(write())
    print(path)


@cli.command("set-aside")
def set_aside(
    show: Annotated[
        str, typer.Option("--show", help="Print all of one: a patient's own words.")
    ] = "",
    again: Annotated[str, typer.Option("--again", help="Have one taken once more.")] = "",
    as_json: AsJson = False,
) -> None:
    """List messages and jobs that could not be dealt with and were given up, and why."""
    import asyncio

    from bot import set_aside as rows
    from bot.app import App
    from bot.settings import Settings

    async def look() -> str:
        async with App.open(Settings(), alone=False) as app:
            if again:
                await rows.again(app, again)
                return f"{again} is taken once more."
            if show:
                return await rows.shown(app, show)
            listed = await rows.listed(app)
        return json.dumps(listed, indent=2) if as_json else rows.to_text(listed)

    print(asyncio.run(look()))


@cli.command()
def doctor() -> None:
    """Say what is set up, what the operator must decide, and what is wrong (exit code 1)."""
    from bot.doctor import doctor as run
    from bot.settings import Settings, TwilioSettings

    raise typer.Exit(run(Settings(), TwilioSettings()))


@cli.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to leave the package.")] = Path("demo"),
) -> None:
    """Play a whole patient through the real program, and leave the package."""
    import asyncio

    from bot.demo.play import play

    asyncio.run(play(folder))


@cli.command("desk-link")
def desk_link() -> None:
    """Print a new sign-in link for a coordinator; it works once, for a day."""
    import asyncio

    from bot.app import App
    from bot.settings import Settings
    from bot.web.sign_in import new_link

    async def make() -> str:
        settings = Settings()
        async with App.open(settings, alone=False) as app:
            return await new_link(app.db, settings.base_url)

    print(asyncio.run(make()))


@cli.command("whatsapp-templates")
def whatsapp_templates(
    create: Annotated[
        bool, typer.Option("--create/--check", help="Create what is missing, or only look.")
    ] = False,
) -> None:
    """Check or create the templates that WhatsApp's buttons, lists and notices need, at Twilio.

    Exit code 2 when some are missing, or are not approved.
    """
    import asyncio

    from bot.settings import Settings
    from bot.whatsapp_command import templates

    raise typer.Exit(asyncio.run(templates(Settings(), create=create)))
