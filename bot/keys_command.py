"""`second-opinion keys`: the operator's key, by which all that patients said and sent is sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from obstore.exceptions import BaseError

from bot.app import App
from bot.audit_command import on_record

if TYPE_CHECKING:
    from bot.store.case_keys import Rewrapped
    from bot.store.operator_key import KeySource

keys = typer.Typer(
    help="The operator's key, by which patients' words and files are sealed.", no_args_is_help=True
)

T = TypeVar("T")


@keys.command()
def show() -> None:
    """Say which keys there are, where they come from, and what is not sealed yet. It shows no key."""
    from bot.resealing import left
    from bot.sealing_progress import in_words
    from bot.store import case_keys
    from bot.store.sealing_files import count_plain

    async def read(app: App) -> list[str]:
        counts = await app.db.read(case_keys.counts)
        found = await app.db.read(left)
        house = await app.db.read(case_keys.house)
        there = app.db.keys.ring.operator.ids
        used = house.operator if house is not None else there[0]
        lines = [f"operator's key in use: {used} ({_where(app)})"]
        for name, count in counts.items():
            missing = "" if name in there else ", which is missing: bring it back"
            lines.append(f"{count} keys are wrapped by {name}{missing}")
        others = [name for name in there if name not in counts]
        lines += [f"{name} wraps nothing" for name in others]
        for what, tables in (
            ("not sealed yet", found.plain),
            ("sealed with a key that no erasure destroys", found.of_house),
        ):
            if tables:
                rows = ", ".join(f"{name} {number}" for name, number in tables.items())
                lines.append(f"{what}: {rows}. Seal them: second-opinion keys seal")
        if not (found.plain or found.of_house):
            lines.append("everything in the database is sealed")
        return [*lines, in_words(await count_plain(app.files.blobs, app.files.partials, 60.0))]

    print("\n".join(asyncio.run(_with_app(read))))


@keys.command()
def new() -> None:
    """Print a new key, for SEALING_KEY or a keeper of secrets. Nothing is changed."""
    from bot.store.operator_key import new_key, written

    print(written(new_key()))


@keys.command()
def seal() -> None:
    """Seal what an earlier version has stored as it was, rows and files; beside a running program, too.

    What it sealed with a key that no erasure destroys is sealed anew. It may be ended at any moment, and
    goes on where it was. Copies from before must go.
    """
    from bot.resealing import reseal
    from bot.sealing_progress import said_now_and_then

    done = _on_files(partial(reseal, tell=said_now_and_then()))
    print("\n".join(done.lines()))


def _on_files(work: Callable[[App], Awaitable[T]]) -> T:
    try:
        return asyncio.run(_with_app(work))
    except (OSError, BaseError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        print(f"A file could not be written ({reason}); each other is as it was, or done.")
        print("Make room on the disk, or see to the bucket, and start it again.")
        raise typer.Exit(1) from None


@keys.command("open")
def open_() -> None:
    """Store everything unsealed, rows and files, before you go back to a version that seals nothing.

    Stop every `serve` and `work` first, and go back with `migrate --to` right after it.
    """
    from bot.resealing import damaged_rows
    from bot.sealing_progress import said_now_and_then
    from bot.store.sealing import Done, open_all
    from bot.store.sealing_files import Progress, open_files

    async def work(app: App) -> tuple[Done, Progress]:
        await on_record(app, "keys.opened")
        # The files first: while a row is sealed `migrate` doesn't drop the keys.
        files = await open_files(app.blobs, app.partials, said_now_and_then(was="opened"))
        return await open_all(app.db), files

    done, files = _on_files(work)
    print(f"{done.rows} rows were opened.")
    if done.damaged:
        print(damaged_rows(done))
    print(f"{files.sealed} files were opened, of {files.of}.")
    if files.unreadable:
        print(
            f"{files.unreadable} files can't be opened, and will be read by no version without keys."
        )


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
    from bot.store.operator_key import KeyFile, new_key

    source = _source(only_file=forget)

    async def work(app: App) -> Rewrapped:
        if forget:
            await _see_that_nobody_else_wraps(app)
        if isinstance(source, KeyFile):
            source.add(new_key())
        await asyncio.to_thread(app.db.keys.ring.reload)
        return await _rewrapped(app, forget=forget)

    done = asyncio.run(_with_app(work))
    print(f"{done.count} keys are now wrapped by {done.operator}.")
    if not forget:
        return _tell_of_keys(done)
    _drop_older(source, done)


@keys.command()
def forget() -> None:
    """Forget the older keys of the key file, when every machine has the newest and was started again.

    A machine that has it not begins no new case from then on, and says which key it needs.
    """
    source = _source(only_file=True)

    async def work(app: App) -> Rewrapped:
        return await _rewrapped(app, forget=True)

    _drop_older(source, asyncio.run(_with_app(work)))


def _source(*, only_file: bool) -> KeySource:
    from bot.app import StartError
    from bot.key_source import key_source
    from bot.settings import Settings
    from bot.store.operator_key import KeyFile

    source = key_source(Settings())
    if only_file and not isinstance(source, KeyFile):
        raise StartError("only a key file can forget: take the old key out of the setting yourself")
    return source


async def _see_that_nobody_else_wraps(app: App) -> None:
    """Another program may know the old key alone, and would go on wrapping with it. Raises StartError."""
    from bot.app import StartError

    if others := await app.db.engine.others():
        raise StartError(
            f"{others} other programs have the database open, and may know the old key alone: run "
            "`second-opinion keys rotate` without --forget, give each machine the new key, start its "
            "programs again, and then run `second-opinion keys forget`. Or stop them first"
        )


async def _rewrapped(app: App, *, forget: bool) -> Rewrapped:
    from bot.store import case_keys

    ring = app.db.keys.ring
    done = await app.db.write(lambda tx: case_keys.rewrap(tx, ring, forget=forget))
    await on_record(app, "keys.rotated")
    return done


def _drop_older(source: KeySource, done: Rewrapped) -> None:
    """Drop from the file what wraps nothing. Raises StartError where something would be lost."""
    from bot.app import StartError
    from bot.store.operator_key import KeyFile

    assert isinstance(source, KeyFile)
    _tell_of_keys(done)
    if done.left:
        raise StartError(
            "no older key was forgotten: keys of cases are left that the new one has not wrapped, and "
            "an older one may open them yet, with what is brought back from a backup"
        )
    print(f"{source.drop(done.older)} older keys were forgotten.")


def _tell_of_keys(done: Rewrapped) -> None:
    if done.left:
        print(f"{done.left} keys can't be opened, and are as they were. Why: second-opinion doctor")


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
