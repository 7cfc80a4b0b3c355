"""A file that is made at once, and one that the migrations made, are the same file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import migrations, schema
from bot.store import sqlite_engine as module
from bot.store.db import Database, SchemaError
from bot.store.migrate import migrate
from tests.postgres import Cluster


async def _migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    async def not_empty(_tx: AsyncConnection) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(module, "_create_if_empty", not_empty)
        return await Database.open(path)


def _shape(path: Path) -> set[str]:
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    file.close()
    return {"".join(sql.split()) for (sql,) in rows}


def _differences(connection: sa.Connection) -> list[object]:
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and str(name).startswith("procrastinate_"))

    options = {"compare_type": True, "include_object": ours}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, schema.metadata))


async def test_the_quick_way_and_the_migrations_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Database.open(tmp_path / "quick.db"):
        pass
    async with await _migrated(tmp_path / "slow.db", monkeypatch):
        pass
    assert _shape(tmp_path / "quick.db") == _shape(tmp_path / "slow.db")


def test_the_schema_names_the_newest_migration() -> None:
    assert migrations.newest() == schema.REVISION


async def test_the_migrations_leave_nothing_of_the_schema_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await _migrated(tmp_path / "core.db", monkeypatch) as db:
        assert await db.write(lambda tx: tx.run_sync(_differences)) == []


async def test_the_migrations_make_the_same_on_postgresql(postgres: Cluster) -> None:
    with postgres.database() as url:
        async with await Database.open(url) as db:
            assert await db.write(lambda tx: tx.run_sync(_differences)) == []


async def test_every_migration_is_taken_back_and_made_again(where: Path | str) -> None:
    """An operator who goes back to the version before finds its tables."""
    known = migrations.all_of_them()
    assert await migrate(where) == known[-1]
    for revision in [*known[-2::-1], known[-1]]:
        assert await migrate(where, revision) == revision
    async with await Database.open(where) as db:
        assert await db.write(lambda tx: tx.run_sync(_differences)) == []


async def test_a_server_does_not_start_on_an_older_schema_and_says_what_to_run(
    postgres: Cluster,
) -> None:
    with postgres.database(empty=True) as url:
        with pytest.raises(SchemaError, match=r"is empty.*second-opinion migrate"):
            await Database.open(url)
        await migrate(url, "0005")
        with pytest.raises(SchemaError, match=r"revision 0005.*second-opinion migrate"):
            await Database.open(url)
        await migrate(url)
        async with await Database.open(url):
            pass


async def test_a_revision_that_nobody_knows_is_refused_in_words(where: Path | str) -> None:
    with pytest.raises(SchemaError, match="no revision 0815"):
        await migrate(where, "0815")


def test_the_copy_of_procrastinates_schema_is_the_installed_releases() -> None:
    """A release that changes it comes with SQL of its own, which belongs into a migration."""
    copy = (migrations.FOLDER / "procrastinate_3_10.sql").read_text("utf-8")
    assert copy == SchemaManager.get_schema()


async def test_a_file_is_opened_again_without_alembic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Database.open(tmp_path / "core.db"):
        pass

    async def never(_tx: AsyncConnection) -> None:
        raise AssertionError("Alembic was started")

    monkeypatch.setattr(migrations, "upgrade", never)
    async with await Database.open(tmp_path / "core.db"):
        pass


async def test_a_file_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "core.db"
    async with await Database.open(path) as db:
        newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
        await db.write(lambda tx: tx.execute(newer))
    with pytest.raises(RuntimeError, match="another version of this program"):
        await Database.open(path)
