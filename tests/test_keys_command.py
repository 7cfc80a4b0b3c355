"""`second-opinion keys`, and what the doctor says of the operator's key."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.cli import cli
from bot.doctor_finding import Look
from bot.doctor_keys import look_at_key, look_at_stored
from bot.doctor_sealing import look_at_sealing
from bot.settings import Settings, TwilioSettings
from bot.store import case_keys, cases, schema
from bot.store.db import Database
from bot.store.operator_key import KeyFile, new_key, parsed, written
from bot.store.schema_keys import case_key
from checklist.case import Case
from tests.damaging import break_seal

if TYPE_CHECKING:
    from tests.postgres import Cluster


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SEALING_KEY")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["keys", *arguments])
    assert done.exit_code == 0, done.exception
    return done.output


def found(**settings: object) -> tuple[str, str]:
    look = Look(settings=Settings(**settings), twilio=TwilioSettings(), http=None)  # type: ignore[arg-type]  # nobody is asked
    (finding,) = look_at_key(look)
    return finding.verdict, finding.what


def test_a_new_key_takes_over_and_the_old_one_is_forgotten_when_asked(folder: Path) -> None:
    path = folder / "operator.key"
    first = KeyFile(path).first().current
    (folder / "second-opinion.db").touch()
    assert first in run("show")
    assert "now wrapped by" in run("rotate")
    both = KeyFile(path).load()
    assert both.ids == (both.current, first)
    assert "2 older keys were forgotten" in run("rotate", "--forget")
    assert first not in KeyFile(path).load().ids
    assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_is_forgotten_while_another_program_may_wrap_with_it(
    folder: Path, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "operator.key"
    with postgres.database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        async with await Database.open(url, keys=KeyFile(path)) as db:
            first = KeyFile(path).load().current
            command = partial(CliRunner().invoke, cli, ["keys", "rotate", "--forget"])
            refused = await asyncio.to_thread(command)
            assert "1 other programs have the database open" in str(refused.exception)
            assert KeyFile(path).load().ids == (first,)
            assert "now wrapped by" in await asyncio.to_thread(run, "rotate")
            assert "1 older keys were forgotten" in await asyncio.to_thread(run, "forget")
            assert len(KeyFile(path).load().ids) == 1
            # It has the same file, and meets the new key there.
            await db.write(case_keys.new_case)
        assert "1 older keys were forgotten" in await asyncio.to_thread(run, "rotate", "--forget")


def test_an_older_key_is_kept_while_a_damaged_one_names_it(folder: Path) -> None:
    path, store = folder / "operator.key", folder / "second-opinion.db"

    async def damage() -> None:
        async with await Database.open(store, keys=KeyFile(path)) as db:
            await db.write(case_keys.new_case)
            spoiled = sa.update(case_key).values(wrapped="????")
            await db.write(lambda tx: tx.execute(spoiled))

    asyncio.run(damage())
    first = KeyFile(path).load().current
    done = CliRunner().invoke(cli, ["keys", "rotate", "--forget"])
    assert "no older key was forgotten" in str(done.exception)
    assert "1 keys can't be opened" in done.output
    assert first in KeyFile(path).load().ids


async def test_the_doctor_says_which_keys_and_cases_can_not_be_read(folder: Path) -> None:
    path, store = folder / "operator.key", folder / "second-opinion.db"
    assert await stored() == []
    async with await Database.open(store, keys=KeyFile(path)) as db:
        for case_id in ("AAAA-1111", "BBBB-2222"):
            case = Case(id=case_id, opened_at=datetime.now(UTC))
            await db.write(partial(cases.save_case, new=case, old=None, now=0.0))
        assert await stored() == [("ok", "Cases: 2 were looked at, and can be read")]
        await break_seal(db, schema.cases.c.body, "BBBB-2222")
        assert await stored() == [("wrong", "Cases: 1 of 2 can't be read")]
        assert "second-opinion restore" in await advice()
        foreign = sa.update(case_key).where(case_key.c.case_id == "AAAA-1111")
        await db.write(lambda tx: tx.execute(foreign.values(operator="abcd1234")))
    assert await stored() == [
        ("wrong", "Keys of cases: 1 need the operator's key abcd1234, which isn't here"),
        ("wrong", "Cases: 2 of 2 can't be read"),
    ]
    # Nothing may be damaged: a backup would take all others back to its time.
    assert "restore" not in await advice()
    assert "First bring back the key" in await advice()
    shown = await asyncio.to_thread(CliRunner().invoke, cli, ["cases", "--json"])
    # The log goes elsewhere where the program is started as such.
    assert json.loads(shown.stdout.splitlines()[-1]) == []
    assert "2 cases can't be read: AAAA-1111, BBBB-2222" in shown.stderr
    path.write_text(written(new_key()))
    ((verdict, what),) = await stored()
    assert (verdict, "is missing" in what) == ("wrong", True)
    look = Look(settings=Settings(), twilio=TwilioSettings(), http=None)  # type: ignore[arg-type]  # nobody is asked
    assert await look_at_sealing(look) == ()


async def advice() -> str:
    look = Look(settings=Settings(), twilio=TwilioSettings(), http=None)  # type: ignore[arg-type]  # nobody is asked
    return " ".join((await look_at_stored(look))[-1].do)


async def stored() -> list[tuple[str, str]]:
    look = Look(settings=Settings(), twilio=TwilioSettings(), http=None)  # type: ignore[arg-type]  # nobody is asked
    return [(finding.verdict, finding.what) for finding in await look_at_stored(look)]


def test_no_command_shows_the_key_that_is_in_use(folder: Path) -> None:
    KeyFile(folder / "operator.key").first()
    (folder / "second-opinion.db").touch()
    secret = (folder / "operator.key").read_text().strip()
    for command in ("show", "seal", "open", "rotate"):
        assert secret not in run(command)
    assert len(parsed(run("new")).ids) == 1


def test_the_doctor_says_where_the_key_should_be(folder: Path) -> None:
    assert found() == ("ok", "Sealing: the first start makes the operator's key")
    (folder / "second-opinion.db").touch()
    assert found()[0] == "wrong"
    path = folder / "operator.key"
    KeyFile(path).first()
    assert found()[0] == "decide"
    path.chmod(0o644)
    assert found() == ("wrong", "Sealing: others of this machine can read the operator's key")
    elsewhere = folder / "apart" / "operator.key"
    KeyFile(elsewhere).first()
    assert found(sealing_key_file=elsewhere)[0] == "ok"
    assert found(sealing_key_file=folder / "none.key")[0] == "wrong"
    assert found(sealing_key=written(new_key()))[0] == "ok"
    assert found(sealing_key="nonsense")[0] == "wrong"
