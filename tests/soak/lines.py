"""Lines: how the driver of a soak reaches the program, one adapter for each channel and mode.

A new channel is a class here and an entry in `LINES`. A line speaks as many patients, and spoils on
its own account what its vendor may spoil: it repeats and swaps what is sent, and answers the program
with faults.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from tests.doubles.telegram import TOKEN, Fault, TelegramDouble, telegram_double

#: Of so many calls one goes wrong in a certain way, while there is trouble.
_RARE, _OFTEN = 0.005, 0.05
#: Of so many messages one comes twice, or after the next.
_REPEATED, _SWAPPED = 0.05, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that reached a patient's phone; `external_id` is what the vendor calls it."""

    external_id: str
    patient: int
    text: str


class Line(Protocol):
    """One channel with its vendor's double at the far end."""

    #: The channel's name in the store.
    channel: str
    #: How often each kind of trouble was made.
    troubles: Counter[str]
    #: Whether trouble is made, and whether some of it is to wait for half a minute in vain.
    rough: bool
    slow: bool

    def settings(self, program_url: str) -> dict[str, str]:
        """What the program is started with."""
        ...

    async def say(self, patient: int, number: int, text: str) -> None:
        """A patient writes their message of this number."""
        ...

    async def send_file(
        self, patient: int, number: int, name: str, body: bytes, *, pace: float = 0.0
    ) -> None:
        """A patient sends a file, which is to be had at `pace` bytes a second where one is given."""
        ...

    async def flush(self, patient: int) -> None:
        """What was held back so as to come late is sent."""
        ...

    def heard(self, patient: int) -> int:
        """How many messages have reached a patient."""
        ...

    def delivered(self) -> list[Delivered]:
        """What has reached whom, in its order."""
        ...


class TelegramLine:
    """Telegram, by polling or by webhook."""

    channel = "telegram"

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
        if self.rough and patient not in self._held and self._dice.random() < _SWAPPED:
            self.troubles["swapped"] += 1
            self._held[patient] = update
            return
        await self._telegram.push(update)
        await self.flush(patient)
        if self.rough and self._dice.random() < _REPEATED:
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
            (Fault(method="", code=429, parameters={"retry_after": 1}), 2 * _RARE),
            (Fault(method="", code=500), _RARE),
            (Fault(method="", code=502), _RARE),
            (Fault(method="", cut=True), _RARE),
            (Fault(method="", cut=True, delivered=True), _RARE),
            # Longer than the program waits.
            (Fault(method="", delay=25, delivered=True), _RARE / 5),
            (Fault(method="", delay=25, code=504), _RARE / 5),
        ),
        "getupdates": (
            (Fault(method="", code=429, parameters={"retry_after": 1}), _RARE),
            (Fault(method="", code=502), _RARE),
            (Fault(method="", cut=True), _RARE),
            (Fault(method="", cut=True, delivered=True), _RARE),
        ),
        "hook": ((Fault(method="", cut=True), _OFTEN),),
        "getfile": ((Fault(method="", code=502), _OFTEN), (Fault(method="", cut=True), _OFTEN)),
        "file": ((Fault(method="", code=503), _OFTEN), (Fault(method="", cut=True), _OFTEN)),
    }
)


def _named(fault: Fault) -> str:
    if fault.code:
        return f"{fault.code} late" if fault.delay else str(fault.code)
    kind = "cut" if fault.cut else "timed out"
    return f"{kind} after it was done" if fault.delivered else kind


@asynccontextmanager
async def _telegram(dice: random.Random, *, webhook: bool) -> AsyncIterator[Line]:
    async with telegram_double() as telegram:
        yield TelegramLine(telegram, dice, webhook=webhook)


Opened = Callable[[random.Random], AbstractAsyncContextManager[Line]]

#: Every line there is, by its name.
LINES: Mapping[str, Opened] = MappingProxyType(
    {
        "telegram-polling": lambda dice: _telegram(dice, webhook=False),
        "telegram-webhook": lambda dice: _telegram(dice, webhook=True),
    }
)
