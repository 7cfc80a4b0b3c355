"""`second-opinion keys`: the operator's key, by which all that patients said and sent is sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from bot.app import App
from bot.audit_command import on_record

keys = typer.Typer(
    help="The operator's key, by which patients' words and files are sealed.", no_args_is_help=True
)

T = TypeVar("T")


@keys.command()
def show() -> None:
    """Say which keys there are, where they come from, and what is not sealed yet. It shows no key."""
    from bot.store import case_keys
    from bot.store.sealing import unsealed

    async def read(app: App) -> list[str]:
        counts = await app.db.read(case_keys.counts)
        plain = await app.db.read(unsealed)
        ring = app.db.keys.ring
        lines = [f"operator's key in use: {ring.operator.current} ({_where(app)})"]
        lines += [f"{count} keys are wrapped by {name}" for name, count in counts.items()]
        others = [name for name in ring.operator.ids if name not in counts]
        lines += [f"{name} wraps nothing" for name in others]
        if plain:
            rows = ", ".join(f"{name} {count}" for name, count in plain.items())
            lines.append(f"not sealed yet: {rows}. Seal them: second-opinion keys seal")
        else:
            lines.append("everything in the database is sealed")
        return lines

    print("\n".join(asyncio.run(_with_app(read))))


@keys.command()
def new() -> None:
    """Print a new key, for SEALING_KEY or a keeper of secrets. Nothing is changed."""
    from bot.store.operator_key import new_key, written

    print(written(new_key()))


@keys.command()
def seal() -> None:
    """Seal what an earlier version has stored as it was; beside a running program, too."""
    from bot.store.sealing import Done, seal_all

    async def work(app: App) -> Done:
        await on_record(app, "keys.sealed")
        return await seal_all(app.db)

    done = asyncio.run(_with_app(work))
    print(f"{done.rows} rows were sealed.")
    _tell_of(done.damaged)


@keys.command("open")
def open_() -> None:
    """Store everything unsealed, before you go back to a version that seals nothing.

    Stop every `serve` and `work` first, and go back with `migrate --to` right after it.
    """
    from bot.store.sealing import Done, open_all

    async def work(app: App) -> Done:
        await on_record(app, "keys.opened")
        return await open_all(app.db)

    done = asyncio.run(_with_app(work))
    print(f"{done.rows} rows were opened.")
    _tell_of(done.damaged)


@keys.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Also forget the older keys of the file.")
    ] = False,
) -> None:
    """Take a new operator's key into use, and wrap the key of every case with it.

    A key file gets the new one by itself. Where SEALING_KEY or SEALING_KEY_COMMAND gives them, put the
    new key before the old one first. What runs goes on, and asks for the keys again when it meets the
    new one. Backups that were made before need the old key.
    """
    from bot.app import StartError
    from bot.key_source import key_source
    from bot.settings import Settings
    from bot.store import case_keys
    from bot.store.operator_key import KeyFile, new_key

    source = key_source(Settings())
    if isinstance(source, KeyFile):
        source.load()
        source.add(new_key())
    elif forget:
        raise StartError("only a key file can forget: take the old key out of the setting yourself")

    async def work(app: App) -> tuple[str, int]:
        ring = app.db.keys.ring
        count = await app.db.write(lambda tx: case_keys.rewrap(tx, ring))
        await on_record(app, "keys.rotated")
        return ring.operator.current, count

    current, count = asyncio.run(_with_app(work))
    print(f"{count} keys are now wrapped by {current}.")
    if forget and isinstance(source, KeyFile):
        print(f"{source.keep_only(current)} older keys were forgotten.")


def _tell_of(damaged: int) -> None:
    if damaged:
        print(f"{damaged} rows are damaged, and are as they were. Whose: second-opinion doctor")


def _where(app: App) -> str:
    settings = app.settings
    if settings.sealing_key_command:
        return "SEALING_KEY_COMMAND"
    if settings.sealing_key.get_secret_value():
        return "SEALING_KEY"
    return str(settings.sealing_key_file or settings.data_dir / "operator.key")


async def _with_app(work: Callable[[App], Awaitable[T]]) -> T:
    from bot.settings import Settings

    async with App.open(Settings(), alone=False) as app:
        return await work(app)
