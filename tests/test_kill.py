"""kill -9 at any moment: no message, file or notice is lost, and no reply is doubled."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from bot.intake.machine_reading import can_read_scans
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.running import Running
from tests.sent_files import sent_file

pytestmark = pytest.mark.crash

PATIENT, COORDINATOR = 7001, 9001
MAYBE_SEEN = "You may have seen this already:"

#: Decides the moments of death; another number is another run.
SEED = 1

#: What the patient does: words, [button], or @file. The whole way to a case that is handed over.
SCRIPT = (
    "/start",
    "[en]",
    "[yes]",
    "[patient]",
    "Ana Petrova",
    "12 April 1980",
    "Kazakhstan",
    "My head hurts.",
    "[brain_spine]",
    "[stroke]",
    "[remote]",
    "[have]",
    "@brain_mr_disc.zip",
    "@mr_report.pdf",
    "[done]",
    "[none]",
    "[have]",
    "@lab_sheet.pdf",
    "[done]",
    "[skip]",
    "Metformin 500 mg, twice a day, since March 2022\nAspirin 100 mg since 2021",
    "[none]",
    "March 2023 - first headaches\n2024 a tumor was found",
    "[yes]",
    "Is an operation needed?\nIs there another treatment?",
    "[ru]",
    # Where tesseract is installed: a machine may read the scans.
    *(("[yes]",) if can_read_scans() else ()),
    "[yes]",
)


class Patient:
    """A patient on Telegram, who waits for an answer before the next word."""

    def __init__(self, telegram: TelegramDouble, files: Path) -> None:
        self.telegram = telegram
        self.files = files
        self._ids = itertools.count(1)

    async def does(self, line: str) -> None:
        """Send one line of the script; do not wait."""
        sender = {"id": PATIENT, "is_bot": False, "first_name": "Ana", "language_code": "en"}
        message: dict[str, Any] = {
            "message_id": next(self._ids),
            "date": 1,
            "chat": {"id": PATIENT, "type": "private", "first_name": "Ana"},
            "from": sender,
        }
        if line.startswith("["):
            query = {
                "id": str(next(self._ids)),
                "from": sender,
                "chat_instance": "1",
                "data": self._button(line.strip("[]")),
                "message": {**message, "text": "?"},
            }
            await self.telegram.push({"callback_query": query})
        elif line.startswith("@"):
            name = line[1:]
            body = sent_file(self.files, name).read_bytes()
            self.telegram.file(name, body)
            document = {
                "file_id": name,
                "file_unique_id": f"u{name}",
                "file_name": name,
                "file_size": len(body),
            }
            await self.telegram.push({"message": {**message, "document": document}})
        else:
            await self.telegram.push({"message": {**message, "text": line}})

    def _button(self, choice: str) -> str:
        for sent in reversed(self.heard()):
            for button in itertools.chain.from_iterable(sent.get("inline_keyboard", [])):
                if button["callback_data"].split(":")[1] == choice:
                    return str(button["callback_data"])
        raise AssertionError(f"no button {choice}")

    def heard(self) -> list[dict[str, Any]]:
        """What reached the patient. A repeat that says it may be one is not counted twice."""
        mine: list[dict[str, Any]] = []
        for sent in self.telegram.sent:
            if sent["chat_id"] != PATIENT or sent["method"] != "sendMessage":
                continue
            words = sent["text"].removeprefix(MAYBE_SEEN).strip()
            if words != sent["text"] and mine and mine[-1]["text"] == words:
                continue
            # Whether reading takes long enough for a word of patience is the machine's affair.
            if words.startswith("I am reading your files."):
                continue
            mine.append({**sent, "text": words})
        return mine

    async def is_answered(self, count: int) -> None:
        """Wait until that many answers have come."""
        await self.telegram.until(lambda: len(self.heard()) >= count, within=60)


async def run(folder: Path, files: Path, *, seed: int | None) -> tuple[list[str], list[str], Any]:
    """Play the script, killing the program at random moments; what patient and coordinator saw."""
    dice = random.Random(seed)
    async with telegram_double() as telegram:
        program = Running(
            folder,
            TELEGRAM_TOKEN=TOKEN,
            TELEGRAM_API_URL=telegram.url,
            COORDINATOR_CHAT_ID=str(COORDINATOR),
        )
        patient = Patient(telegram, files)
        await program.start()
        try:
            for number, line in enumerate(SCRIPT, start=1):
                await patient.does(line)
                if seed is not None and dice.random() < 0.7:
                    await asyncio.sleep(dice.choice((0.0, 0.005, 0.02, 0.05, 0.1, 0.3, 1.2)))
                    await program.kill()
                    await program.start()
                await patient.is_answered(number)
            await telegram.until(lambda: _handed_over(_told(telegram)), within=60)
            cases = json.loads(await program.command("cases", "--json"))
        finally:
            await program.kill()
        # A picture may be lost with the process that was sending it, and never comes twice.
        shown = [sent["caption"] for sent in telegram.sent if sent["method"] == "sendPhoto"]
        assert len(shown) == len(set(shown))
        return [_plain(sent["text"]) for sent in patient.heard()], _told(telegram), cases


def _told(telegram: TelegramDouble) -> list[str]:
    return [sent["text"] for sent in telegram.sent if sent["chat_id"] == COORDINATOR]


def _handed_over(notices: list[str]) -> list[str]:
    """Something else may have been told before it on a busy machine."""
    return [text for text in notices if "handed it over" in text]


def _plain(text: str) -> str:
    """A text without the case's number, which is another each time."""
    return re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}", "CASE", text)


async def test_a_patient_on_telegram_does_not_notice_that_the_program_dies(tmp_path: Path) -> None:
    """Killed sixteen times, it says what it says undisturbed, each thing once."""
    files = tmp_path / "sent"
    undisturbed, _notices, _cases = await run(tmp_path / "calm" / "data", files, seed=None)
    heard, notices, cases = await run(tmp_path / "killed" / "data", files, seed=SEED)

    assert heard == undisturbed
    told = _handed_over(notices)
    # Killed before it was out of the house, the only one says that it may be a repeat.
    assert len([text for text in told if not text.startswith(MAYBE_SEEN)]) == 1 or len(told) == 1
    assert [(case["status"], case["warnings"]) for case in cases] == [("submitted", [])]
