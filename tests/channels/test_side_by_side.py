"""Chats go side by side, and each in its order."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.doubles.telegram import telegram_double
from tests.running import Running
from tests.soak.telegram_line import TelegramLine

SLOW = 7_000_000
FILE, PACE = 300_000, 50_000.0


@pytest.mark.crash
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_nobody_waits_while_one_patient_downloads_slowly(
    tmp_path: Path, webhook: bool
) -> None:
    """All the others are answered, in order, before the file has come. Measured: `make bench`."""
    async with telegram_double() as telegram:
        line = TelegramLine(telegram, random.Random(1), webhook=webhook)
        line.rough = False
        program = Running(tmp_path / "data")
        program.set(**line.settings(program.url))
        await program.start()
        try:
            for number, words in enumerate(("/start", "English", "yes"), 1):
                await line.say(SLOW, number, words)
                await telegram.until(lambda n=number: line.heard(SLOW) >= n, within=30)  # type: ignore[misc]
            await line.send_file(SLOW, 4, "slow.zip", bytes(FILE), pace=PACE)
            await telegram.until(lambda: telegram.served, within=30)
            others = range(7_000_001, 7_000_021)
            for number in (1, 2, 3):
                await asyncio.gather(*(line.say(chat, number, f"note {number}") for chat in others))
            await telegram.until(lambda: all(line.heard(chat) == 3 for chat in others), within=30)
            assert telegram.served < FILE
            # Somebody who is waiting for their own file is answered too.
            await line.say(SLOW, 5, "status")
            await telegram.until(lambda: line.heard(SLOW) == 4, within=30)
        finally:
            await program.kill()
        for chat in others:
            turns = [
                int(one["inline_keyboard"][0][0]["callback_data"].split(":")[2])
                for one in telegram.sent
                if one["chat_id"] == chat
            ]
            assert turns == sorted(turns)
