"""A file that is made at once, and one that the migrations made, are the same file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import db as module
from bot.store import migrations, schema
from bot.store.db import Database


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
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, schema.metadata))

    async with await _migrated(tmp_path / "core.db", monkeypatch) as db:
        assert await db.write(lambda tx: tx.run_sync(differences)) == []


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
