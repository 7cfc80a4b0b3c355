"""What was erased since is gone from every backup, and no backup is of use without the operator's key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import open_files, utc_now
from bot.carrying.backup import Backup, backup
from bot.carrying.blobs import CarryError
from bot.carrying.keys_kept import KEYS
from bot.carrying.move import move
from bot.carrying.restore import restore
from bot.key_source import key_source
from bot.settings import Settings
from bot.store import case_keys, cases
from bot.store.db import Database, Row
from bot.store.keyring import MARK
from bot.store.operator_key import KeyFile, OperatorKeyError, new_key
from bot.store.schema import case_key, file
from bot.store.schema import cases as cases_table
from bot.store.sealed import sealed
from checklist.case import Case


@pytest.fixture(autouse=True)
def _own_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each place has a key file of its own, as where nobody has set one."""
    monkeypatch.delenv("SEALING_KEY")
    return iter([None])


def silent(_line: str) -> None:
    """Say nothing."""


async def with_file(settings: Settings, case_id: str, name: str) -> None:
    """A case with a file of this name."""
    values = {
        **{"id": f"file of {case_id}", "case_id": case_id, "session_id": "s", "channel": "web"},
        **{"fetch_ref": "", "sender": "", "media_type": "", "caption": "", "received_at": 0.0},
        "name": sealed(case_id, name),
    }
    chat = {
        **{"id": f"chat of {case_id}", "channel": "web", "case_id": case_id, "created_at": 0.0},
        "address": sealed(case_id, f"address of {case_id}"),
    }

    async def write(tx: AsyncConnection) -> None:
        await tx.execute(sa.insert(file), values)
        await tx.execute(sa.insert(file.metadata.tables["session"]), chat)

    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        await db.write(write)


async def names(settings: Settings) -> dict[str, str]:
    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        rows = await db.read(_names)
    return {row.case_id: row.name for row in rows}


async def _names(tx: AsyncConnection) -> list[Row]:
    return list((await tx.execute(sa.select(file.c.case_id, file.c.name))).all())


async def kept(settings: Settings, folder: Path) -> Backup:
    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        files = await open_files(settings)
        return await backup(db, files.blobs, files.partials, folder, utc_now)


async def erased(settings: Settings, case_id: str) -> None:
    async def work(tx: AsyncConnection) -> None:
        await case_keys.make(tx, case_id)
        await case_keys.destroy_earlier(tx, case_id)
        await tx.execute(sa.delete(file).where(file.c.case_id == case_id))

    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        await db.write(work)


def carry_key(source: Settings, target: Settings) -> None:
    target.data_dir.mkdir(parents=True)
    text = (source.data_dir / "operator.key").read_text()
    (target.data_dir / "operator.key").write_text(text)


async def test_a_moment_from_before_an_erasure_comes_back_without_that_case(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    for case_id in ("AAAA-1111", "BBBB-2222"):
        await with_file(here, case_id, f"{case_id}.pdf")
    before = await kept(here, tmp_path / "backups")
    await erased(here, "AAAA-1111")
    await kept(here, tmp_path / "backups")
    assert not [path for path in before.folder.iterdir() if path.name == KEYS]
    carry_key(here, there)
    await restore(tmp_path / "backups", there, silent, at=before.folder.name)
    found = await names(there)
    assert found.pop("BBBB-2222") == "BBBB-2222.pdf"
    # Its new key opens nothing of what was there before.
    assert set(found.values()) <= {""}


async def test_rows_of_a_case_without_any_key_are_not_brought_back(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    for case_id in ("AAAA-1111", "BBBB-2222"):
        await with_file(here, case_id, f"{case_id}.pdf")
    before = await kept(here, tmp_path / "backups")
    gone = sa.delete(case_key).where(case_key.c.case_id == "AAAA-1111")
    async with await Database.open(here.store, keys=key_source(here)) as db:
        await db.write(lambda tx: tx.execute(gone))
    await kept(here, tmp_path / "backups")
    carry_key(here, there)
    report = await restore(tmp_path / "backups", there, silent, at=before.folder.name)
    assert report.erased == 1
    assert any("1 cases had been erased since" in line for line in report.lines())
    assert await names(there) == {"BBBB-2222": "BBBB-2222.pdf"}


async def test_a_backup_is_refused_without_the_operators_key(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    await kept(here, tmp_path / "backups")
    with pytest.raises(CarryError, match=r"can't be read"):
        await restore(tmp_path / "backups", there, silent)
    KeyFile(there.data_dir / "operator.key").first()
    with pytest.raises(CarryError, match=r"sealed with the operator's key \w+, which isn't there"):
        await restore(tmp_path / "backups", there, silent)


async def test_a_place_that_is_moved_to_wraps_all_with_its_own_key(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    await move(here, there, silent)
    (here.data_dir / "operator.key").unlink()
    assert await names(there) == {"AAAA-1111": "a.pdf"}


async def test_a_place_whose_key_is_missing_is_not_moved_and_gets_no_other(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    key = here.data_dir / "operator.key"
    needed = KeyFile(key).load().current
    key.rename(tmp_path / "elsewhere")
    with pytest.raises(CarryError) as refused:
        await move(here, there, silent)
    for said in (f"operator's key {needed}", str(key), "Bring it back", "nothing was carried"):
        assert said in str(refused.value)
    with pytest.raises(OperatorKeyError, match=needed):
        await kept(here, tmp_path / "backups")
    assert not key.exists()
    assert not (there.data_dir / "operator.key").exists()
    # Another key than the one that is needed is no help.
    KeyFile(key).first()
    with pytest.raises(CarryError, match=needed):
        await move(here, there, silent)
    (tmp_path / "elsewhere").replace(key)
    await move(here, there, silent)
    assert await names(there) == {"AAAA-1111": "a.pdf"}
    assert KeyFile(there.data_dir / "operator.key").load().current != needed


async def test_a_backup_holds_no_word_as_it_was(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path / "a")
    await with_file(here, "AAAA-1111", "Каренина.pdf")
    await kept(here, tmp_path / "backups")
    everything = b"".join(p.read_bytes() for p in (tmp_path / "backups").rglob("*") if p.is_file())
    assert b"AAAA-1111" in everything
    for word in ("Каренина", json_escaped("Каренина"), "address of"):
        assert word.encode() not in everything


def json_escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


async def test_after_a_restore_nothing_is_left_that_no_key_opens(tmp_path: Path) -> None:
    """An erased case has a key again, of what came after: that one must not keep the rest."""
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    for case_id in ("AAAA-1111", "BBBB-2222"):
        await with_file(here, case_id, f"{case_id}.pdf")
        await with_case(here, case_id)
    before = await kept(here, tmp_path / "backups")
    await erased(here, "AAAA-1111")
    await kept(here, tmp_path / "backups")
    carry_key(here, there)
    report = await restore(tmp_path / "backups", there, silent, at=before.folder.name)
    async with await Database.open(there.store, keys=key_source(there)) as db:
        assert [row.case.id for row in await cases.list_cases(db)] == ["BBBB-2222"]
    assert report.erased == 1
    assert await names(there) == {"BBBB-2222": "BBBB-2222.pdf"}


async def with_case(settings: Settings, case_id: str) -> None:
    case = Case(id=case_id, opened_at=utc_now())
    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        await db.write(lambda tx: cases.save_case(tx, case, None, now=0.0))


@pytest.mark.parametrize("text", [None, "", '[1,"a"]\n'])
async def test_without_the_keys_of_its_cases_a_backup_is_refused_and_not_emptied(
    tmp_path: Path, text: str | None
) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    await kept(here, tmp_path / "backups")
    carry_key(here, there)
    (tmp_path / "backups" / KEYS).unlink()
    if text is not None:
        (tmp_path / "backups" / KEYS).write_text(text)
    with pytest.raises(CarryError, match=r"keys\.jsonl is missing or damaged"):
        await restore(tmp_path / "backups", there, silent)


def changed(line: str) -> str:
    """The line with a letter of its wrapped key changed."""
    row = json.loads(line)
    (place,) = [n for n, value in enumerate(row) if isinstance(value, str) and len(value) > 60]
    row[place] = ("B" if row[place][0] == "A" else "A") + row[place][1:]
    return json.dumps(row, separators=(",", ":")) + "\n"


@pytest.mark.parametrize("how", ["changed", "missing"])
async def test_a_key_that_is_damaged_in_a_backup_is_found_and_is_that_cases_alone(
    tmp_path: Path, how: str
) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    for case_id in ("AAAA-1111", "BBBB-2222"):
        await with_file(here, case_id, f"{case_id}.pdf")
    await kept(here, tmp_path / "backups")
    path = tmp_path / "backups" / KEYS
    lines = [
        (changed(line) if how == "changed" else "") if '"AAAA-1111"' in line else line
        for line in path.read_text().splitlines(keepends=True)
    ]
    path.write_text("".join(lines))
    carry_key(here, there)
    with pytest.raises(CarryError, match=r"1 keys of cases are damaged.*--without-damaged"):
        await restore(tmp_path / "backups", there, silent)
    report = await restore(tmp_path / "backups", there, silent, without_damaged=True)
    assert (report.lost, report.erased) == (1, 0)
    assert any("1 cases were left out" in line for line in report.lines())
    assert await names(there) == {"BBBB-2222": "BBBB-2222.pdf"}


async def test_keys_that_somebody_has_changed_or_that_are_older_are_refused(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    await kept(here, tmp_path / "backups")
    path = tmp_path / "backups" / KEYS
    first = path.read_text()
    await with_file(here, "BBBB-2222", "b.pdf")
    await kept(here, tmp_path / "backups")
    *lines, end = path.read_text().splitlines(keepends=True)
    carry_key(here, there)

    def forged(**values: object) -> str:
        told = {
            name: value for name, value in (json.loads(end) | values).items() if value is not None
        }
        return "".join([*lines[:-1], json.dumps(told) + "\n"])

    for text, said in (
        (first, "is older than the backup"),
        (forged(lines=json.loads(end)["lines"][:-1]), "was changed since it was written"),
        (forged(lines=None, mac=None, operator=None), "was changed since it was written"),
    ):
        path.write_text(text)
        with pytest.raises(CarryError, match=said):
            await restore(tmp_path / "backups", there, silent)


async def test_a_backup_of_a_version_that_vouched_for_no_keys_is_restored(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    moment = (await kept(here, tmp_path / "backups")).folder
    path, manifest = tmp_path / "backups" / KEYS, moment / "manifest.json"
    *lines, end = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, json.dumps({"last": json.loads(end)["last"]}) + "\n"]))
    told = json.loads(manifest.read_text())
    del told["keys"]
    manifest.write_text(json.dumps(told))
    carry_key(here, there)
    await restore(tmp_path / "backups", there, silent)
    assert await names(there) == {"AAAA-1111": "a.pdf"}


async def test_damage_to_one_text_of_a_case_does_not_pass_for_its_erasure(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    await with_case(here, "AAAA-1111")
    body = sa.type_coerce(cases_table.c.body, sa.Text)
    other = sa.literal(MARK + "0" * 16) + sa.func.substr(body, len(MARK) + 17)
    async with await Database.open(here.store, keys=key_source(here)) as db:
        await db.write(lambda tx: tx.execute(sa.update(cases_table).values(body=other)))
    await kept(here, tmp_path / "backups")
    carry_key(here, there)
    report = await restore(tmp_path / "backups", there, silent)
    assert report.erased == 0
    assert await names(there) == {"AAAA-1111": "a.pdf"}


async def test_a_moment_from_before_a_new_operators_key_needs_both(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    before = await kept(here, tmp_path / "backups")
    carry_key(here, there)
    KeyFile(here.data_dir / "operator.key").add(new_key())
    async with await Database.open(here.store, keys=key_source(here)) as db:
        await db.write(lambda tx: case_keys.rewrap(tx, db.keys.ring))
    await kept(here, tmp_path / "backups")
    with pytest.raises(CarryError, match="which isn't there"):
        await restore(tmp_path / "backups", there, silent, at=before.folder.name)
    (there.data_dir / "operator.key").write_text((here.data_dir / "operator.key").read_text())
    await restore(tmp_path / "backups", there, silent, at=before.folder.name)
    assert await names(there) == {"AAAA-1111": "a.pdf"}
