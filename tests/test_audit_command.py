"""`second-opinion audit` and the doctor: what an operator learns of the audit trail."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.app import NoStoreError, StartError
from bot.cli import cli
from bot.doctor_audit import look_at_audit
from bot.doctor_finding import Finding, Look
from bot.settings import Settings, TwilioSettings
from bot.store.db import Database
from tests.store.test_audit import a_history


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store in which something has happened."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    path = tmp_path / "second-opinion.db"

    async def make() -> None:
        async with await Database.open(path) as db:
            await a_history(db)

    asyncio.run(make())
    return path


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["audit", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def change(store: Path, *statements: str) -> None:
    """By hand, by somebody who can lift the triggers."""
    with sqlite3.connect(store) as file:
        names = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            file.execute(statement)
    file.close()


def doctor(store: Path) -> Finding:
    async def look() -> Finding:
        async with httpx.AsyncClient() as http:
            settings = Settings(data_dir=store.parent)
            found = await look_at_audit(Look(settings=settings, twilio=TwilioSettings(), http=http))
        (finding,) = found
        return finding

    return asyncio.run(look())


def test_all_that_is_as_it_was_written_is_said_to_be_so(store: Path) -> None:
    assert "never verified" in doctor(store).what
    assert "All is as it was written: 21 events in 5 chains, 2 checkpoints" in run("verify")
    found = json.loads(run("verify", "--json"))
    assert (found["holds"], found["faults"]) == (True, [])
    # That it was verified is on record, too.
    assert found["events"] == 22
    assert "All is as" in run("verify", "--case", "7KQ4-M2XR")
    assert run("show", "-").split()[-2:] == ["operator", "audit.verified"]
    finding = doctor(store)
    assert finding.verdict == "ok"
    assert "last verified on 20" in finding.what


def test_what_was_changed_is_said_in_plain_words(store: Path) -> None:
    change(store, "UPDATE audit SET actor = 'coordinator Ana' WHERE id = 5")
    said = run("verify", code=1)
    assert "Case 7KQ4-M2XR, event 5: who or what was changed in it." in said
    assert "faults: 1;" in said
    found: dict[str, Any] = json.loads(run("verify", "--json", code=1))
    assert found["holds"] is False
    assert found["faults"] == [
        {
            "case": "7KQ4-M2XR",
            "event": 5,
            "checkpoint": None,
            "what": "who or what was changed in it",
        }
    ]
    run("verify", "--case", "7KQ4-M2XR", code=1)
    run("verify", "--case", "A5Z0-9BN0")
    finding = doctor(store)
    assert finding.verdict == "wrong"
    assert "event 5" in finding.do[0]


def test_a_checkpoint_that_was_kept_elsewhere_is_compared(store: Path, tmp_path: Path) -> None:
    line = run("head")
    # Everything that had happened is vouched for by it.
    assert line.startswith("3  ")
    kept = tmp_path / "kept.txt"
    kept.write_text(line, "utf-8")
    assert "All is as" in run("verify", "--against", str(kept))
    change(
        store,
        "DELETE FROM audit_checkpoint WHERE number >= 3",
        "UPDATE audit_head SET checkpoint = 2, checked = 5 WHERE checkpoint = 3",
    )
    assert "kept elsewhere, and is missing" in run("verify", "--against", str(kept), code=1)
    with pytest.raises(StartError, match="names no checkpoint"):
        run("verify", "--against", str(store.parent / "nothing"))


def test_the_trail_of_a_case_can_be_read(store: Path) -> None:
    first, *_, last = run("show", "7KQ4-M2XR").splitlines()
    assert first == "2026-11-26T10:00:00+00:00  coordinator Li Wei  looked  r0"
    assert last == "2026-11-26T10:00:00+00:00  coordinator Li Wei  wrote"
    erased = json.loads(run("show", "B1C2-D3E4", "--json"))
    assert {line["actor"] for line in erased} == {"coordinator", "system", "patient"}
    assert {line["object"] for line in erased} == {""}
    with pytest.raises(StartError, match="nothing is on record of case XX"):
        run("show", "XX")


def test_events_of_an_older_version_are_taken_in_by_the_operator(store: Path) -> None:
    old = "INSERT INTO audit (case_id, at, actor, action) VALUES ('a', 1.0, 'system', 'old')"
    with sqlite3.connect(store) as file:
        file.execute(old)
    file.close()
    assert "in no chain" in run("verify", code=1)
    assert "1 events were taken in" in run("adopt")
    run("verify")


def test_there_is_nothing_to_verify_where_there_is_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "none"))
    with pytest.raises(NoStoreError):
        run("verify")
    assert doctor(tmp_path / "none" / "second-opinion.db").verdict == "ok"
