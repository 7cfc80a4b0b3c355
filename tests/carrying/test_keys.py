"""What was erased since is gone from every backup, and no backup is of use without the operator's key."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App, open_files, utc_now
from bot.carrying.backup import Backup, backup
from bot.carrying.blobs import CarryError
from bot.carrying.keys_kept import KEYS
from bot.carrying.move import move
from bot.carrying.restore import restore
from bot.key_source import key_source
from bot.resealing import reseal
from bot.settings import Settings
from bot.store import (
    audit,
    audit_check,
    case_keys,
    cases,
    chat_codes,
    contacts,
    set_aside,
)
from bot.store.db import Database, Row
from bot.store.engine import T, Work
from bot.store.keyring import MARK
from bot.store.operator_key import KeyFile, OperatorKeyError, new_key
from bot.store.own_keys import of_contact
from bot.store.schema import case_key, contact, file, inbox, session
from bot.store.schema import cases as cases_table
from bot.store.schema import set_aside as set_aside_table
from bot.store.sealed import sealed
from bot.store.sealing import open_all
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


@pytest.mark.parametrize("how", ["changed", "missing", "another in its place"])
async def test_a_key_that_is_damaged_in_a_backup_is_found_and_is_that_cases_alone(
    tmp_path: Path, how: str
) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    for case_id in ("AAAA-1111", "BBBB-2222"):
        await with_file(here, case_id, f"{case_id}.pdf")
    await kept(here, tmp_path / "backups")
    path = tmp_path / "backups" / KEYS
    text = path.read_text().splitlines(keepends=True)
    (other,) = [line for line in text if '"BBBB-2222"' in line]
    lines = [
        {"changed": changed(line), "missing": ""}.get(how, other) if '"AAAA-1111"' in line else line
        for line in text
    ]
    path.write_text("".join(lines))
    carry_key(here, there)
    with pytest.raises(
        CarryError, match=r"1 keys of cases or contacts are damaged.*--without-damaged"
    ):
        await restore(tmp_path / "backups", there, silent)
    report = await restore(tmp_path / "backups", there, silent, without_damaged=True)
    assert (report.lost, report.erased) == (1, 1)
    assert any("1 cases were left out" in line for line in report.lines())
    assert await names(there) == {"BBBB-2222": "BBBB-2222.pdf"}


async def test_a_damaged_key_of_a_contact_is_no_case_that_was_left_out(tmp_path: Path) -> None:
    here, there = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    await with_file(here, "AAAA-1111", "a.pdf")
    known = partial(contacts.recognise, channel="whatsapp", reach=NUMBER, name="", at=utc_now())
    await write(here, known)
    await kept(here, tmp_path / "backups")
    path = tmp_path / "backups" / KEYS
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(changed(one) if '"contact:' in one[:60] else one for one in lines))
    carry_key(here, there)
    report = await restore(tmp_path / "backups", there, silent, without_damaged=True)
    assert (report.lost, report.erased) == (1, 0)
    assert any("1 keys are damaged in the backup. 0 cases" in line for line in report.lines())
    assert await names(there) == {"AAAA-1111": "a.pdf"}


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


# ---- numbers that joined others, and what is of no case ----------------------------------------

OLD, NEW = "AAAA-1111", "BBBB-2222"
NUMBER = "whatsapp:+15550778899"


async def write(settings: Settings, work: Work[T]) -> T:
    async with await Database.open(settings.store, keys=key_source(settings)) as db:
        return await db.write(work)


async def joined(settings: Settings, *, on_record: bool = True) -> None:
    """The chat of the old number joins the case of the new one."""

    async def work(tx: AsyncConnection) -> None:
        assert await chat_codes.move_chat(tx, f"chat of {OLD}", OLD, NEW)
        if on_record:
            await audit.joined(tx, case_id=NEW, number=OLD, at=0.0)

    await write(settings, work)


async def rows_of(settings: Settings, table: sa.Table) -> list[Row]:
    async def work(tx: AsyncConnection) -> list[Row]:
        return list((await tx.execute(sa.select(table))).all())

    return await write(settings, work)


async def owners(settings: Settings) -> set[str]:
    return {row.case_id for row in await rows_of(settings, case_key)}


async def chats(settings: Settings) -> dict[str, str]:
    return {row.case_id: row.address for row in await rows_of(settings, session)}


async def two(tmp_path: Path, *, on_record: bool = True) -> tuple[Settings, Backup]:
    """Two cases, and a moment in which both are there; the one has joined the other since."""
    here = Settings(data_dir=tmp_path / "a")
    for case_id in (OLD, NEW):
        await with_file(here, case_id, f"{case_id}.pdf")
        await with_case(here, case_id)
    looked = {"actor": "coordinator Li Wei", "action": "looked", "object": "a scan"}
    await write(here, lambda tx: audit.add(tx, case_id=OLD, at=0.0, **looked))
    before = await kept(here, tmp_path / "backups")
    await joined(here, on_record=on_record)
    return here, before


async def brought_back(here: Settings, there: Path, folder: Path, moment: Backup) -> Settings:
    target = Settings(data_dir=there)
    carry_key(here, target)
    await restore(folder, target, silent, at=moment.folder.name)
    return target


async def test_a_number_that_joined_and_is_brought_back_is_erased_by_its_own_key(
    tmp_path: Path,
) -> None:
    """Its key was the other case's since: an erasure of the number would have left it there."""
    here, before = await two(tmp_path)
    assert await write(here, lambda tx: audit.forget_ended(tx, at=1.0)) == 0
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert await owners(there) == {OLD, NEW}
    await erased(there, OLD)
    await kept(there, tmp_path / "since")
    (tmp_path / "backups" / KEYS).write_bytes((tmp_path / "since" / KEYS).read_bytes())
    again = await brought_back(here, tmp_path / "c", tmp_path / "backups", before)
    assert await chats(again) == {NEW: f"address of {NEW}"}
    assert await names(again) == {NEW: f"{NEW}.pdf"}


async def test_an_erasure_of_the_other_case_leaves_a_number_that_was_brought_back(
    tmp_path: Path,
) -> None:
    here, before = await two(tmp_path)
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    await erased(there, NEW)
    assert (await names(there))[OLD] == f"{OLD}.pdf"


async def test_a_number_that_joined_a_case_which_was_erased_does_not_come_back(
    tmp_path: Path,
) -> None:
    """From before it joined neither; and of the trail only that something happened."""
    here, before = await two(tmp_path)
    together = await kept(here, tmp_path / "backups")
    await erased(here, NEW)
    await kept(here, tmp_path / "backups")
    for moment, folder in ((before, "b"), (together, "c")):
        there = await brought_back(here, tmp_path / folder, tmp_path / "backups", moment)
        assert await chats(there) == {}
        trail = await write(there, partial(audit.trail, case_id=OLD))
        assert "Li Wei" not in str(trail)
        assert "trail.forgotten" in str(trail)
        assert (await write(there, audit_check.check)).faults == []


async def test_a_contact_that_was_forgotten_and_what_named_nobody_do_not_come_back(
    tmp_path: Path,
) -> None:
    here = Settings(data_dir=tmp_path / "a")
    recognise = partial(contacts.recognise, channel="whatsapp", name="", at=utc_now())
    gone, stays = [
        await write(here, partial(recognise, reach=reach)) for reach in (NUMBER, f"{NUMBER}1")
    ]
    unread: dict[str, Any] = {"channel": "whatsapp", "raw": "{}1", "reason": "", "at": 0.0}
    await write(here, lambda tx: set_aside.keep_unread(tx, **unread))
    before = await kept(here, tmp_path / "backups")
    await write(here, lambda tx: contacts.forget(tx, gone))
    await write(here, lambda tx: set_aside.forget_unread(tx, 1e12))
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert await owners(there) == {of_contact(stays)}
    assert [row.id for row in await rows_of(there, contact)] == [stays]
    for table in (inbox, set_aside_table):
        assert await rows_of(there, table) == []


async def test_a_moment_that_holds_words_as_they_were_comes_back_without_what_was_erased_since(
    tmp_path: Path,
) -> None:
    """No key tells of it there; the audit trail of the newest moment does."""
    here = Settings(data_dir=tmp_path / "a")
    for case_id in (OLD, NEW):
        await with_file(here, case_id, f"{case_id}.pdf")
        await with_case(here, case_id)
    async with await Database.open(here.store, keys=key_source(here)) as db:
        await open_all(db)
    before = await kept(here, tmp_path / "backups")
    await write(here, partial(audit.forget, case_id=OLD, at=1.0))
    await erased(here, OLD)
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert await chats(there) == {NEW: f"address of {NEW}"}
    assert await names(there) == {NEW: f"{NEW}.pdf"}
    assert (await write(there, audit_check.check)).faults == []


async def test_a_contact_that_has_another_key_since_is_known_and_its_number_is_not(
    tmp_path: Path,
) -> None:
    """A chat whose contact was left out would begin a new case."""
    here = Settings(data_dir=tmp_path / "a")
    recognise = partial(contacts.recognise, channel="whatsapp", name="", at=utc_now())
    one = await write(here, partial(recognise, reach=NUMBER))
    before = await kept(here, tmp_path / "backups")
    await erased(here, of_contact(one))
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert [row.reach for row in await rows_of(there, contact)] == [""]
    assert await write(there, partial(recognise, reach=NUMBER)) == one
    assert [row.reach for row in await rows_of(there, contact)] == [NUMBER]


async def test_a_contact_that_lies_as_it_was_goes_with_its_erased_case(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path / "a")
    recognise = partial(contacts.recognise, channel="whatsapp", name="", at=utc_now())
    one = await write(here, partial(recognise, reach=NUMBER))
    await with_file(here, OLD, "a.pdf")
    address = sa.update(session).values(address=sealed(OLD, one))
    await write(here, lambda tx: tx.execute(address))
    async with await Database.open(here.store, keys=key_source(here)) as db:
        await open_all(db)
    before = await kept(here, tmp_path / "backups")
    await write(here, partial(audit.forget, case_id=OLD, at=1.0))
    await erased(here, OLD)
    await write(here, lambda tx: contacts.forget(tx, one))
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert await rows_of(there, contact) == []


async def test_a_backup_after_keys_seal_holds_no_file_as_it_was(tmp_path: Path) -> None:
    """It knows a file by its id, and what it had copied before lay plain."""
    here, folder = Settings(data_dir=tmp_path / "a"), tmp_path / "backups"
    data = b"%PDF-1.4 Rindenbild"

    async def once() -> AsyncIterator[bytes]:
        yield data

    await with_file(here, OLD, "a.pdf")
    async with App.open(here, alone=False) as app:
        blob = await app.files.blobs.put(once(), case_id="")
        named = sa.update(file).values(blob_id=blob.id, state="stored", sha256=blob.sha256)
        await app.db.write(lambda tx: tx.execute(named))
        files = (app.files.blobs, app.files.partials)
        await backup(app.db, *files, folder, utc_now)
        assert data in [path.read_bytes() for path in (folder / "files").glob("*/*")]
        await reseal(app)
        made = await backup(app.db, *files, folder, utc_now, keep=1)
        assert (made.damaged, made.absent, made.copied) == ((), (), 1)
        assert (await backup(app.db, *files, folder, utc_now, keep=1)).copied == 0
    (lies,) = (folder / "files").glob("*/*")
    assert data not in lies.read_bytes()


async def test_what_ended_by_joining_another_case_is_no_erasure(tmp_path: Path) -> None:
    """`keys seal` forgets who did what in it; a moment from before it joined has it as it was."""
    here, before = await two(tmp_path, on_record=False)
    assert await write(here, lambda tx: audit.forget_ended(tx, at=1.0)) == 1
    await kept(here, tmp_path / "backups")
    there = await brought_back(here, tmp_path / "b", tmp_path / "backups", before)
    assert set(await chats(there)) == {OLD, NEW}
