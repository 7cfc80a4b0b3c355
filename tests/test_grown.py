"""The grown shape, with the real program: two that serve, two that work, one PostgreSQL between them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.doubles.telegram import TOKEN, telegram_double
from tests.postgres import Cluster
from tests.running import PROGRAM, Running
from tests.test_kill import COORDINATOR, SCRIPT, Patient
from tests.test_kill import PATIENT as CHAT

pytestmark = pytest.mark.crash


@asynccontextmanager
async def grown(
    folder: Path, **settings: str
) -> AsyncIterator[tuple[list[Running], list[Running]]]:
    """Those that serve, the first of them on duty for Telegram, and those that work."""
    serving = [Running(folder, **settings, WORK_KINDS="none") for _ in range(2)]
    working = [Running(folder, **settings) for _ in range(2)]
    try:
        for program in serving:
            await program.start()
        for program in working:
            await program.work("--kinds", "all")
        yield serving, working
    finally:
        for program in (*serving, *working):
            await program.kill()


async def test_a_patient_does_not_notice_which_process_serves_and_that_some_die(
    postgres: Cluster, tmp_path: Path
) -> None:
    with postgres.database() as url:
        async with telegram_double() as telegram:
            settings = {
                "TELEGRAM_TOKEN": TOKEN,
                "TELEGRAM_API_URL": telegram.url,
                "COORDINATOR_CHAT_ID": str(COORDINATOR),
                "DATABASE_URL": url,
            }
            patient = Patient(telegram, tmp_path / "sent")
            async with grown(tmp_path / "data", **settings) as (serving, working):
                for number, line in enumerate(SCRIPT, start=1):
                    await patient.does(line)
                    await patient.is_answered(number)
                    if number in (3, 5):
                        # That the answer has arrived is not yet on record when it arrives.
                        await asyncio.sleep(0.5)
                        await (serving if number == 3 else working)[0].kill()

                def told() -> bool:
                    return any(sent["chat_id"] == COORDINATOR for sent in telegram.sent)

                await telegram.until(told, within=60)
                cases = json.loads(await serving[1].command("cases", "--json"))
                assert [case["status"] for case in cases] == ["submitted"]
                assert await serving[1].stop() == 0
                assert await working[1].stop() == 0
        words = [sent.get("text", "") for sent in telegram.sent if sent["chat_id"] == CHAT]
        assert not [text for text in words if text.startswith("You may have seen this")]


def said_by(folder: Path, *arguments: str, **settings: str) -> str:
    """What a command that refuses says, in one sentence."""
    done = subprocess.run(
        [str(PROGRAM), *arguments],
        env={**os.environ, "DATA_DIR": str(folder), "PORT": "0", **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_an_operator_has_to_do_is_said(postgres: Cluster, tmp_path: Path) -> None:
    with postgres.database(empty=True) as url:
        assert "run `second-opinion migrate`" in said_by(tmp_path, "serve", DATABASE_URL=url)
    gone = f"postgresql://app:hidden@/x?host={tmp_path}"
    away = said_by(tmp_path, "serve", DATABASE_URL=gone)
    assert "correct DATABASE_URL" in away
    assert "hidden" not in away
    assert "DATABASE_URL" in said_by(tmp_path, "serve", DATABASE_URL="mysql://host/name")
    assert "set DATABASE_URL" in said_by(tmp_path, "work")
    assert "leave WORK_KINDS" in said_by(tmp_path, "serve", WORK_KINDS="none")
    assert "WORK_KINDS: no such kind of work: x" in said_by(tmp_path, "serve", WORK_KINDS="x")


def test_migrate_is_all_that_a_new_database_needs(postgres: Cluster, tmp_path: Path) -> None:
    with postgres.database(empty=True) as url:
        for command, typed in (("migrate", ""), ("chat", "#en\n#yes\n"), ("cases", "")):
            done = subprocess.run(
                [str(PROGRAM), command],
                env={**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": url},
                input=typed,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout
