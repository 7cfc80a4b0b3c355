"""Told to end under load, the program finishes what is in hand; nothing is lost or said twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.said import MAYBE_SEEN
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.postgres import database_of
from tests.running import Running
from tests.soak.grown import GrownLedger
from tests.soak.ledger import Ledger

pytestmark = [pytest.mark.crash, pytest.mark.usefixtures("both")]

PATIENTS, EACH = 12, 4


async def everybody_writes(telegram: TelegramDouble) -> None:
    number = 0
    for round_ in range(EACH):
        for patient in range(PATIENTS):
            number += 1
            sender = {
                "id": 7000 + patient,
                "is_bot": False,
                "first_name": "A",
                "language_code": "en",
            }
            message: dict[str, Any] = {
                "message_id": number,
                "date": 1,
                "chat": {"id": 7000 + patient, "type": "private", "first_name": "A"},
                "from": sender,
                "text": "/start" if not round_ else f"word {round_}",
            }
            await telegram.push({"message": message})


def texts(telegram: TelegramDouble) -> list[str]:
    return [str(sent.get("text", "")) for sent in telegram.sent]


async def test_a_stop_under_load_finishes_what_is_in_hand(tmp_path: Path) -> None:
    folder = tmp_path / "program" / "data"
    where = database_of(tmp_path)
    settings = {"DATABASE_URL": where} if isinstance(where, str) else {}
    ledger = (
        GrownLedger(where, "telegram") if isinstance(where, str) else Ledger(folder, "telegram")
    )
    async with telegram_double() as telegram:
        program = Running(folder, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=telegram.url, **settings)
        await program.start()
        try:
            writing = asyncio.create_task(everybody_writes(telegram))
            await telegram.until(lambda: len(telegram.sent) >= 8, within=30)
            began = time.monotonic()
            assert await program.stop() == 0
            assert time.monotonic() - began < 15
            await writing
            # Nothing is left in anybody's hands.
            assert ledger.one("SELECT count(*) FROM message WHERE state = 'sending'") == 0
            held = "SELECT count(*) FROM job WHERE state = 'ready' AND lease IS NOT NULL"
            assert ledger.one(held) == 0
            await program.start()
            async with asyncio.timeout(60):
                while ledger.kept < PATIENTS * EACH or ledger.unfinished():
                    await asyncio.sleep(0.2)
        finally:
            await program.kill()
        assert not [text for text in texts(telegram) if text.startswith(MAYBE_SEEN.msgid)]
        answers = Counter(
            row for (row,) in ledger.ask("SELECT cause FROM message WHERE direction = 'out'")
        )
        assert len(answers) >= PATIENTS * EACH
