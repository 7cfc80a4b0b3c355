"""`second-opinion audit`: whether the audit trail is as it was written, and what it says of a case."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.audit_check import Anchor, Fault, Report

trails = typer.Typer(
    help="The audit trail: who did what, when, to which record.", no_args_is_help=True
)

#: What is said of faults in a terminal; all of them are in the JSON.
_MOST_SHOWN = 50

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@trails.command()
def verify(
    case: Annotated[str, typer.Option("--case", help="Only the events of this case.")] = "",
    against: Annotated[
        Path | None,
        typer.Option(help="A file with lines of `audit head`, or the manifest of a backup."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find whatever was changed, taken out or put in. Exit code 0 where all is as it was written, else 1."""
    from bot.store.audit_check import check

    anchors = _anchors(against)

    async def look(app: App) -> Report:
        report = await app.db.read(lambda tx: check(tx, case_id=case or None, anchors=anchors))
        if not report.faults and not case:
            # What is wrong is left as it is: it may be evidence.
            await on_record(app, "audit.verified")
        return report

    report = asyncio.run(_with_app(look))
    typer.echo(json.dumps(_as_json(report), indent=2) if as_json else _as_text(report))
    raise typer.Exit(1 if report.faults else 0)


@trails.command()
def head() -> None:
    """Print the newest checkpoint, a line to keep elsewhere for `verify --against`."""
    from bot.store.audit_checkpoints import checkpoint

    newest = asyncio.run(_with_app(lambda app: checkpoint(app.db, app.clock())))
    typer.echo(newest.line() if newest else "Nothing has happened yet.")


@trails.command()
def show(
    case: Annotated[str, typer.Argument(help='The number of the case, "-" for what is of none.')],
    as_json: AsJson = False,
) -> None:
    """Print what happened in a case: when, who, what, and the id of which object; never the content."""
    from bot.app import StartError
    from bot.store import audit
    from bot.store.codec import moment

    wanted = "" if case == "-" else case
    rows = asyncio.run(_with_app(lambda app: app.db.read(lambda tx: audit.trail(tx, wanted))))
    if not rows:
        raise StartError(f"nothing is on record of case {case}: `second-opinion cases` lists them")
    lines = [
        {
            "at": moment(row.at).isoformat(timespec="seconds"),
            "actor": row.actor,
            "action": row.action,
            "object": row.object,
        }
        for row in rows
    ]
    if as_json:
        typer.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    width = max(len(line["actor"]) for line in lines)
    for line in lines:
        words = (line["at"], line["actor"].ljust(width), line["action"], line["object"])
        typer.echo("  ".join(words).rstrip())


@trails.command()
def adopt() -> None:
    """Take in events that an older version wrote while its processes were being replaced."""
    from bot.store import audit
    from bot.store.codec import seconds

    async def work(app: App) -> int:
        now = seconds(app.clock())
        return await app.db.write(lambda tx: audit.adopt(tx, at=now))

    count = asyncio.run(_with_app(work))
    typer.echo(f"{count} events were taken in, and that they were is on record.")


async def on_record(app: App, action: str) -> None:
    """Put on record what the operator did, and have a checkpoint vouch for it."""
    from bot.store import audit
    from bot.store.audit_checkpoints import checkpoint
    from bot.store.codec import seconds

    now = app.clock()
    await audit.note(app.db, case_id="", at=seconds(now), actor="operator", action=action)
    await checkpoint(app.db, now)


async def _with_app(work: Callable[[App], Awaitable[Any]]) -> Any:
    from bot.app import App
    from bot.settings import Settings

    async with App.open(Settings(), alone=False) as app:
        return await work(app)


def _anchors(against: Path | None) -> Sequence[Anchor]:
    from bot.app import StartError
    from bot.store.audit_check import anchors_in

    if against is None:
        return ()
    try:
        return anchors_in(against.read_text("utf-8"))
    except (OSError, ValueError):
        raise StartError(
            f"{against} names no checkpoint: give a file with lines of `second-opinion audit head`, "
            "or the manifest.json of a backup"
        ) from None


# ---- what was found ----------------------------------------------------------------------------


def sentence(fault: Fault) -> str:
    """A fault in plain words."""
    if fault.checkpoint is not None:
        where = f"Checkpoint {fault.checkpoint}"
    elif fault.case:
        where = f"Case {fault.case}"
    else:
        where = "Events of no case"
    if fault.event is not None:
        where += f", event {fault.event}"
    return f"{where}: {fault.what}."


def _as_text(report: Report) -> str:
    known = (
        f"{report.events:,} events in {report.chains:,} chains, {report.checkpoints:,} checkpoints"
    )
    if not report.faults:
        newest = f"\nNewest checkpoint: {report.newest.line()}" if report.newest else ""
        return f"All is as it was written: {known}.{newest}"
    said = [sentence(fault) for fault in report.faults[:_MOST_SHOWN]]
    if len(report.faults) > _MOST_SHOWN:
        said.append(f"... and {len(report.faults) - _MOST_SHOWN:,} more: see --json.")
    said.append(f"Not as it was written, faults: {len(report.faults):,}; {known}.")
    return "\n".join(said)


def _as_json(report: Report) -> dict[str, Any]:
    newest = report.newest
    return {
        "holds": not report.faults,
        "events": report.events,
        "chains": report.chains,
        "checkpoints": report.checkpoints,
        "newest": newest
        and {"number": newest.number, "at": newest.at.isoformat(), "hash": newest.hash},
        "faults": [
            {
                "case": fault.case,
                "event": fault.event,
                "checkpoint": fault.checkpoint,
                "what": fault.what,
            }
            for fault in report.faults
        ],
    }
