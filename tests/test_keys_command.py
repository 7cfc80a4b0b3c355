"""`second-opinion keys`, and what the doctor says of the operator's key."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.doctor_finding import Look
from bot.doctor_keys import look_at_key
from bot.settings import Settings, TwilioSettings
from bot.store.operator_key import KeyFile, new_key, parsed, written


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
