"""A place: where an assistant keeps its rows and files, had for oneself while all of it is carried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import make_private, open_files, utc_now
from bot.carrying.blobs import CarryError
from bot.carrying.rows import Shape, Sheet, Tally, fill, read
from bot.jobs.engines import queue_for
from bot.key_source import key_source
from bot.settings import Settings
from bot.signals import Signals
from bot.store import append_only, audit, migrations
from bot.store.blobs import RawBlobs
from bot.store.db import Database, engine_for
from bot.store.engine import TROUBLE, Busy, Engine, SchemaError
from bot.store.lock import FolderInUse, hold
from bot.store.migrate import migrate
from bot.store.operator_key import KeySource
from bot.store.partials import RawPartials

#: The word for the place that the settings name, whose passwords nobody then types into a command.
SETTINGS = "settings"
#: What a program that was only started leaves: it is no patient's, and gives way.
_GIVES_WAY = (
    "audit_checkpoint",
    "audit_head",
    "desk_session",
    "effect",
    "house_key",
    "job",
    "sign_in",
)
#: Each start writes anew whom COORDINATORS names, and puts it on record.
_OF_STARTS = {
    "coordinator": sa.column("source") == "setting",
    "audit": sa.column("action").in_(audit.OF_STARTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that is open. `where` is its database: a path, or an address."""

    where: Path | str
    engine: Engine
    blobs: RawBlobs
    partials: RawPartials
    keys: KeySource

    async def revision(self) -> str | None:
        """The migration that its tables are at; None where there are none."""
        return await self.engine.read(_revision)

    async def tally(self, shapes: list[Shape]) -> dict[str, Tally]:
        """What its tables hold, as of one moment."""

        async def work(tx: AsyncConnection) -> dict[str, Tally]:
            return {shape.name: await read(tx, shape) for shape in shapes}

        return await self.engine.read(work)

    async def occupied(self) -> list[str]:
        """The tables that hold what may not be written over."""
        return await self.engine.read(_occupied)

    async def fill(self, sheets: list[Sheet]) -> None:
        """Write all rows at once, or none."""

        async def work(tx: AsyncConnection) -> None:
            await _clear(tx)
            await fill(tx, sheets)

        await self.engine.write(work, synced=True, about=None, wait=True)

    async def at(self, revision: str) -> None:
        """Bring the tables to this revision."""
        try:
            await migrate(self.where, revision)
        except SchemaError as error:
            raise CarryError(str(error)) from None

    async def wake_jobs(self) -> None:
        """Have the jobs that wait run there."""
        if not self.engine.shared:
            return
        queue = queue_for(Database(self.engine, Signals()), utc_now)
        await self.engine.write(queue.stand_for_all, synced=True, about=None, wait=True)


def settings_of(text: str) -> Settings:
    """What a place is called on the command line, as settings. Raises CarryError.

    `settings` is what the environment says; else it is a data folder, or the address of a database,
    with that of a bucket behind a plus: `postgresql://...+s3://bucket/prefix`.
    """
    given = Settings()
    if text == SETTINGS:
        return given
    if "://" not in text:
        nothing = {"database_url": SecretStr(""), "files_url": "", "data_dir": Path(text)}
        return given.model_copy(update=nothing)
    database, _, bucket = text.partition("+s3://")
    try:
        Settings(database_url=SecretStr(database))
    except ValidationError:
        raise CarryError(
            "a place is a data folder, postgresql://user:password@host/name, the same with "
            f"+s3://bucket/prefix behind it, or the word `{SETTINGS}`"
        ) from None
    files = f"s3://{bucket}" if bucket else ""
    return given.model_copy(update={"database_url": SecretStr(database), "files_url": files})


@asynccontextmanager
async def alone_in(settings: Settings) -> AsyncIterator[Place]:
    """Open a place which nobody else has open, and may open, while the block runs. Raises CarryError."""
    async with AsyncExitStack() as stack:
        make_private(settings.data_dir)
        store = settings.store
        if isinstance(store, Path):
            try:
                stack.enter_context(hold(settings.data_dir))
            except FolderInUse as error:
                raise CarryError(str(error)) from None
        engine = engine_for(store, Signals())
        stack.push_async_callback(engine.close)
        if not isinstance(store, Path):
            await _take(stack, engine)
        files = await open_files(settings)
        yield Place(
            where=store,
            engine=engine,
            blobs=files.blobs,
            partials=files.partials,
            keys=key_source(settings),
        )


async def _take(stack: AsyncExitStack, engine: Engine) -> None:
    from bot.store.postgres import PostgresEngine

    try:
        await stack.enter_async_context(cast(PostgresEngine, engine).sole())
    except Busy:
        raise CarryError(
            "the database is in use by a running assistant: stop every `serve` and `work`"
        ) from None
    except (OSError, *TROUBLE) as error:
        raise _away(error) from None
    except Exception as error:
        # psycopg's own, which is only loaded where there is a PostgreSQL.
        if type(error).__module__.partition(".")[0] != "psycopg":
            raise
        raise _away(error) from None


def _away(error: Exception) -> CarryError:
    reason = str(error).partition("\n")[0]
    return CarryError(f"the database can't be reached ({reason}): start it, or correct its address")


async def _revision(tx: AsyncConnection) -> str | None:
    return await tx.run_sync(migrations.current)


async def _tables(tx: AsyncConnection) -> list[str]:
    found = await tx.run_sync(lambda connection: sa.inspect(connection).get_table_names())
    own = [name for name in found if not name.startswith(("procrastinate_", "sqlite_"))]
    return [name for name in own if name != "alembic_version"]


async def _occupied(tx: AsyncConnection) -> list[str]:
    found = []
    for name in await _tables(tx):
        query = sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)
        if name in _OF_STARTS:
            query = query.where(sa.not_(_OF_STARTS[name]))
        if name not in _GIVES_WAY and (await tx.execute(query)).first() is not None:
            found.append(name)
    return found


async def _clear(tx: AsyncConnection) -> None:
    gone = await _tables(tx)
    if tx.dialect.name == "postgresql":
        gone.append("procrastinate_jobs")
    guarded = set(append_only.TABLES) <= set(gone)
    if guarded:
        await tx.run_sync(append_only.lift)
    for name in gone:
        await tx.execute(sa.delete(sa.table(name)))
    if guarded:
        await tx.run_sync(append_only.put)
