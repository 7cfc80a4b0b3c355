"""Telegram's lines: the double of its Bot API, by polling and by webhook."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from tests.doubles.telegram import TOKEN, Fault, TelegramDouble, telegram_double
from tests.soak.line import OFTEN, RARE, REPEATED, SWAPPED, Delivered, Line


class TelegramLine:
    """Telegram, by polling or by webhook."""

    channel = "telegram"
    #: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    a_second = 30.0
    patience = 120.0

    def __init__(self, telegram: TelegramDouble, dice: random.Random, *, webhook: bool) -> None:
        self.troubles = Counter[str]()
        self.rough = self.slow = True
        self._telegram = telegram
        self._dice = dice
        self._webhook = webhook
        self._held: dict[int, dict[str, Any]] = {}
        self._heard = Counter[int]()
        self._counted = 0
        telegram.remembers_calls = False
        telegram.chance = self._chance

    def settings(self, program_url: str) -> dict[str, str]:
        known = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": self._telegram.url}
        hook = {"TELEGRAM_MODE": "webhook", "PUBLIC_URL": program_url}
        return known | (hook if self._webhook else {})

    async def say(self, patient: int, number: int, text: str) -> None:
        await self._push(patient, number, {"text": text})

    async def send_file(
        self, patient: int, number: int, name: str, body: bytes, *, pace: float = 0.0
    ) -> None:
        self._telegram.file(name, body, pace=pace)
        document = {"file_id": name, "file_unique_id": f"u{name}", "file_name": name}
        await self._push(patient, number, {"document": {**document, "file_size": len(body)}})

    async def flush(self, patient: int) -> None:
        if (late := self._held.pop(patient, None)) is not None:
            await self._telegram.push(late)

    async def _push(self, patient: int, number: int, content: dict[str, Any]) -> None:
        who = {"id": patient, "is_bot": False, "first_name": "Ana", "language_code": "en"}
        chat = {"id": patient, "type": "private", "first_name": "Ana"}
        said = {"message_id": number, "date": 1, "chat": chat, "from": who, **content}
        update: dict[str, Any] = {"message": said}
        if self.rough and patient not in self._held and self._dice.random() < SWAPPED:
            self.troubles["swapped"] += 1
            self._held[patient] = update
            return
        await self._telegram.push(update)
        await self.flush(patient)
        if self.rough and self._dice.random() < REPEATED:
            self.troubles["repeated"] += 1
            # The very update, with its number.
            twice = next((u for u in self._telegram.pending if u.get("message") == said), None)
            if twice is not None:
                await self._telegram.push(twice)

    def heard(self, patient: int) -> int:
        sent = self._telegram.sent
        for one in itertools.islice(sent, self._counted, None):
            self._heard[one["chat_id"]] += 1
        self._counted = len(sent)
        return self._heard[patient]

    def delivered(self) -> list[Delivered]:
        return [
            Delivered(
                external_id=str(one["message_id"]), patient=one["chat_id"], text=one.get("text", "")
            )
            for one in self._telegram.sent
            if one["method"] == "sendMessage"
        ]

    def acknowledged(self) -> list[float]:
        return self._telegram.hook_seconds

    def faults(self) -> list[str]:
        """Telegram keeps nothing of ours that would be in the way."""
        return []

    def _chance(self, method: str) -> Fault | None:
        if not self.rough:
            return None
        for fault, probability in _FAULTS.get(method, ()):
            if self._dice.random() < probability and (self.slow or not fault.delay):
                self.troubles[_named(fault)] += 1
                return fault
        return None


_FAULTS: Mapping[str, tuple[tuple[Fault, float], ...]] = MappingProxyType(
    {
        "sendmessage": (
            (Fault(method="", code=429, parameters={"retry_after": 1}), 2 * RARE),
            (Fault(method="", code=500), RARE),
            (Fault(method="", code=502), RARE),
            (Fault(method="", cut=True), RARE),
            (Fault(method="", cut=True, delivered=True), RARE),
            # Longer than the program waits.
            (Fault(method="", delay=25, delivered=True), RARE / 5),
            (Fault(method="", delay=25, code=504), RARE / 5),
        ),
        "getupdates": (
            (Fault(method="", code=429, parameters={"retry_after": 1}), RARE),
            (Fault(method="", code=502), RARE),
            (Fault(method="", cut=True), RARE),
            (Fault(method="", cut=True, delivered=True), RARE),
        ),
        "hook": ((Fault(method="", cut=True), OFTEN),),
        "getfile": ((Fault(method="", code=502), OFTEN), (Fault(method="", cut=True), OFTEN)),
        "file": ((Fault(method="", code=503), OFTEN), (Fault(method="", cut=True), OFTEN)),
    }
)


def _named(fault: Fault) -> str:
    if fault.code:
        return f"{fault.code} late" if fault.delay else str(fault.code)
    kind = "cut" if fault.cut else "timed out"
    return f"{kind} after it was done" if fault.delivered else kind


@asynccontextmanager
async def telegram(dice: random.Random, *, webhook: bool) -> AsyncIterator[Line]:
    """The line, with its vendor."""
    async with telegram_double() as telegram:
        yield TelegramLine(telegram, dice, webhook=webhook)
