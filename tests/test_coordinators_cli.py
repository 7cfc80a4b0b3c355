"""`second-opinion coordinators`: who works at the desk, as an operator says it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import StartError
from bot.cli import cli
from bot.store.db import Database


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which the assistant has been started before."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    async def make() -> None:
        async with await Database.open(tmp_path / "second-opinion.db"):
            pass

    asyncio.run(make())


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, ["coordinators", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("store")
def test_somebody_is_let_in_changed_listed_and_removed() -> None:
    assert "coordinators link" in run("add", "Li Wei")
    assert "lead, translator" in run(
        *("add", "li wei", "--role", "lead", "--role", "translator"),
        *("--email", "li@clinic.example", "--telegram", "4711"),
    )
    (line,) = json.loads(run("list", "--json"))
    assert line == {
        "name": "li wei",
        "roles": ["translator", "lead"],
        "email": "li@clinic.example",
        "telegram_id": "4711",
        "second_factor": False,
        "signed_in": 0,
        "from_setting": False,
    }
    assert "li@clinic.example" in run("list")
    assert "/desk/sign-in/" in run("link", "4711")
    run("reset", "li wei")
    run("remove", "Li Wei")
    assert "Nobody works at the desk yet" in run("list")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "Li", "--role", "chief"), "no such role: chief"),
        (("add", "Li", "--telegram", "@li"), "a Telegram id is a number"),
        (("add", "Li", "--email", "li"), "no e-mail address"),
        (("add", "  "), "needs a name"),
        (("remove", "Eve"), "nobody at the desk is called Eve"),
        (("link", "Eve"), "nobody at the desk is called Eve"),
        (("reset", "Eve"), "nobody at the desk is called Eve"),
    ],
)
def test_what_can_be_mended_is_said_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(StartError, match=said):
        run(*words)
