"""kill -9 between a password and its try: the file is opened all the same, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import locked, synthetic
from tests.doubles.telegram import TOKEN, telegram_double
from tests.running import Running
from tests.test_kill import PATIENT, Patient
from tests.test_unlock import trace
from tests.unsealing import looking_into

pytestmark = pytest.mark.crash

PASSWORD = "Marmot-9931"
SCRIPT = (
    "/start",
    "[en]",
    "[yes]",
    "[patient]",
    "Ana Petrova",
    "12 April 1980",
    "@ct.zip",
)


async def test_a_password_survives_the_death_of_the_program_and_leaves_no_trace(
    tmp_path: Path,
) -> None:
    files, folder = tmp_path / "sent", tmp_path / "data"
    files.mkdir()
    disc = locked.zip_file(synthetic.disc(synthetic.mr_study()), PASSWORD)
    (files / "ct.zip").write_bytes(disc)
    async with telegram_double() as telegram:
        program = Running(folder, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url)
        patient = Patient(telegram, files)
        await program.start()
        try:
            for number, line in enumerate(SCRIPT, start=1):
                await patient.does(line)
                await patient.is_answered(number)
            await patient.does(PASSWORD)
            # As soon as it is in the inbox, and most likely before its turn.
            await telegram.until(lambda: not telegram.pending)
            await program.kill()
            assert await is_kept(folder)
            assert trace(folder, PASSWORD) == []
            await program.start()
            await telegram.until(lambda: "8 pictures" in patient.heard()[-1]["text"], within=60)
            await telegram.until(lambda: telegram.deleted, within=60)
        finally:
            await program.stop()
        assert trace(folder, PASSWORD) == []
        assert PASSWORD not in program.log.read_text()
        assert [chat for chat, _message in telegram.deleted] == [PATIENT]


async def is_kept(folder: Path) -> bool:
    """Whether the password is in the store, sealed: still to be read, or to be tried."""
    with looking_into(folder / "second-opinion.db") as store:
        waiting = store.execute("SELECT unsealed('inbox.raw', raw) FROM inbox WHERE state = 'new'")
        held = store.execute("SELECT unsealed('secret.words', words) FROM secret")
        return any(PASSWORD in words for (words,) in (*waiting, *held))
