"""The audit trail is whole wherever it is carried, and a backup vouches for it."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from bot.app import utc_now
from bot.carrying.backup import backup
from bot.carrying.moments import manifest_of, moments
from bot.carrying.move import move
from bot.carrying.restore import restore
from bot.coordinators import follow_setting
from bot.settings import Settings
from bot.store import append_only, audit
from bot.store.audit_check import anchors_in, check
from bot.store.audit_checkpoints import checkpoint
from bot.store.db import Database
from bot.web.sign_in import new_link
from tests.carrying.test_backup import in_use, silent
from tests.postgres import Cluster
from tests.store.test_audit import a_history


async def faults(settings: Settings, anchors: str = "") -> list[str]:
    kept = anchors_in(anchors) if anchors else ()
    async with await Database.open(settings.store) as db:
        report = await db.read(lambda tx: check(tx, anchors=kept))
        assert report.events
        return [one.what for one in report.faults]


async def only_started(settings: Settings) -> None:
    """What a first start puts on record by itself."""
    async with in_use(settings) as (db, _place):
        await follow_setting(db, "Li Wei lead", utc_now().timestamp())
        await new_link(db, "http://test")
        await checkpoint(db, utc_now())


async def test_a_backup_comes_back_with_its_audit_trail_and_an_anchor(tmp_path: Path) -> None:
    """Also into a place that was started once: what a start puts on record gives way."""
    kept, fresh = Settings(data_dir=tmp_path / "kept"), Settings(data_dir=tmp_path / "fresh")
    async with in_use(kept) as (db, place):
        await a_history(db)
        await backup(db, place.blobs, place.partials, tmp_path / "backups", utc_now)
        await audit.note(db, case_id="7KQ4-M2XR", at=1.0, actor="system", action="later")
        await checkpoint(db, utc_now())
    await only_started(fresh)
    await restore(tmp_path / "backups", fresh, silent)
    (moment,) = moments(tmp_path / "backups")
    assert manifest_of(moment)["audit"].startswith("2 ")
    manifest = (moment / "manifest.json").read_text("utf-8")
    assert await faults(fresh, manifest) == []
    assert await faults(kept, manifest) == []
    async with in_use(fresh) as (db, _place):
        await audit.note(db, case_id="7KQ4-M2XR", at=1.0, actor="system", action="later")
        await checkpoint(db, utc_now())
        assert (await db.read(check)).faults == []


async def test_a_moved_audit_trail_is_whole_and_goes_on(postgres: Cluster, tmp_path: Path) -> None:
    small, back = Settings(data_dir=tmp_path / "small"), Settings(data_dir=tmp_path / "back")
    async with in_use(small) as (db, _place):
        await a_history(db)
    with postgres.database(empty=True) as url:
        grown = Settings(data_dir=tmp_path / "grown", database_url=SecretStr(url))
        await move(small, grown, silent)
        assert await faults(grown) == []
        async with in_use(grown) as (db, _place):
            await a_history(db)
        assert await faults(grown) == []
        await move(grown, back, silent)
    assert await faults(back) == []
    async with in_use(back) as (db, _place):
        triggers = await db.read(lambda tx: tx.exec_driver_sql(_TRIGGERS))
        assert len(triggers.all()) == 2 * len(append_only.TABLES)


_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
