"""The operator's commands for other systems: what they print, and with which exit code they end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.webhooks.signing import key_of
from tests.doubles.receiver import SECRET, receiving
from tests.systems.seeded import seeded

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    asyncio.run(seeded(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> tuple[int, str]:
    done = runner.invoke(cli, arguments)
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_a_token_is_made_listed_and_removed(folder: Path) -> None:
    code, made = run("api-tokens", "add", "Ward 3", "--scope", "read")
    assert code == 0
    assert made.startswith("soa_")
    assert "there is a token of Ward 3 already" in run("api-tokens", "add", "Ward 3")[1]
    listed = run("api-tokens", "list")[1]
    assert "Ward 3: read, made" in listed
    assert made.strip().rpartition("_")[2] not in listed
    assert run("api-tokens", "remove", "Ward 3")[0] == 0
    assert "there is no token of Ward 3" in run("api-tokens", "remove", "Ward 3")[1]
    assert "a scope is one of read, write" in run("api-tokens", "add", "X", "--scope", "all")[1]


def test_an_endpoint_is_tried_and_its_answer_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set WEBHOOK_URLS" in run("webhooks", "test")[1]
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    with receiving() as well, receiving(behave=lambda n: 401) as wary:
        monkeypatch.setenv("WEBHOOK_URLS", f"{well.url} {wary.url}")
        code, printed = run("webhooks", "test")
    assert code == 1
    assert f"ok       127.0.0.1:{well.port}: HTTP 204" in printed
    assert f"wrong    127.0.0.1:{wary.port}: HTTP 401" in printed
    assert "another secret" in printed
    assert well.taken[0]["type"] == "webhook.ping"
    assert "/hooks" not in printed, "an address may hold a secret"
    assert f"127.0.0.1:{well.port}: 0 waiting" in run("webhooks", "list")[1]
    assert "events of 0 cases" in run("webhooks", "again")[1]


def test_a_new_secret_can_be_used() -> None:
    code, printed = run("webhooks", "new-secret")
    assert code == 0
    assert len(key_of(printed.strip())) == 32
