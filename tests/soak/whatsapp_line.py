"""WhatsApp's line: Twilio's double, which calls a webhook a few times and then never again."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any

import httpx

from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, Fault, TwilioDouble, twilio_double
from tests.soak.line import OFTEN, RARE, REPEATED, SWAPPED, Delivered, Line
from tests.whatsapp import HOOK, with_templates

#: With `#rc=5&rp=all` behind the address, as the README has it.
#: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_TRIES = 6
_BETWEEN = (0.0, 0.2)
#: Of so many tries to call the webhook one breaks off, and nobody knows what became of it.
_PATIENCE = 0.01


class WhatsAppLine:
    """WhatsApp, with its answers under buttons and lists."""

    channel = "whatsapp"
    #: Half of what `bot/channels/whatsapp.py` lets out: under a question's first words stand buttons.
    a_second = 5.0
    # What no webhook has told is looked for every two minutes, and is twenty seconds old by then.
    patience = 240.0

    def __init__(self, twilio: TwilioDouble, dice: random.Random) -> None:
        self.troubles = Counter[str]()
        self.rough = self.slow = True
        self._twilio = twilio
        self._dice = dice
        self._held: dict[int, dict[str, Any]] = {}
        self._heard = Counter[int]()
        self._counted = 0
        self._reported = 0
        twilio.remembers_calls = False
        twilio.chance = self._chance
        with_templates(twilio)

    def settings(self, program_url: str) -> dict[str, str]:
        self._twilio.program = program_url
        return {
            "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": self._twilio.url,
            "WHATSAPP_FROM": SENDER,
            "WHATSAPP_HEALTH_DETAILS": "chat",
            "PUBLIC_URL": PUBLIC,
        }

    async def say(self, patient: int, number: int, text: str) -> None:
        await self._tell(patient, self._twilio.inbound(text, _number_of(patient)))

    async def send_file(
        self, patient: int, number: int, name: str, body: bytes, *, pace: float = 0.0
    ) -> None:
        sender = _number_of(patient)
        await self._tell(
            patient, self._twilio.inbound_file(body, name=name, pace=pace, From=sender)
        )

    async def flush(self, patient: int) -> None:
        if (late := self._held.pop(patient, None)) is not None:
            await self._post(late)

    async def _tell(self, patient: int, form: dict[str, Any]) -> None:
        if self.rough and patient not in self._held and self._dice.random() < SWAPPED:
            self.troubles["swapped"] += 1
            self._held[patient] = form
            return
        await self._post(form)
        await self.flush(patient)
        if self.rough and self._dice.random() < REPEATED:
            self.troubles["repeated"] += 1
            await self._post(form)

    async def _post(self, form: dict[str, Any]) -> None:
        """Call the webhook until it answers, a few times. What it is not told is in the list."""
        # In a short run nobody waits for the list.
        for _ in range(_TRIES if self.slow else 10 * _TRIES):
            if await self._reaches(form):
                return
            await asyncio.sleep(self._dice.uniform(*_BETWEEN))
        self.troubles["left to the list"] += 1

    async def _reaches(self, form: dict[str, Any], path: str = HOOK) -> bool:
        breaks = self.rough and self._dice.random() < OFTEN
        try:
            async with asyncio.timeout(_PATIENCE if breaks else 15.0):
                return await self._twilio.post(form, path) == 204
        except (httpx.HTTPError, TimeoutError):
            if breaks:
                self.troubles["webhook broken off"] += 1
            return False

    # ---- what became of what was sent ----------------------------------------------------------

    async def report(self) -> None:
        """Tell of every message that it was delivered and read: in any order, and again."""
        async with asyncio.TaskGroup() as group:
            while True:
                new = self._twilio.sent[self._reported :]
                self._reported += len(new)
                for message in new:
                    group.create_task(self._reports(message["sid"]))
                await asyncio.sleep(0.05)

    async def _reports(self, sid: str) -> None:
        told = ["sent", "delivered", "read"]
        if self.rough:
            self._dice.shuffle(told)
            told += [self._dice.choice(told)] * (self._dice.random() < REPEATED)
        for state in told:
            with suppress(httpx.HTTPError):
                await self._twilio.becomes(sid, state)

    # ---- what a run asks -----------------------------------------------------------------------

    def heard(self, patient: int) -> int:
        for one in self._twilio.sent[self._counted :]:
            self._heard[_patient_of(one["to"])] += 1
            self._counted += 1
        return self._heard[patient]

    def delivered(self) -> list[Delivered]:
        return [
            Delivered(external_id=one["sid"], patient=_patient_of(one["to"]), text=one["body"])
            for one in self._twilio.sent
        ]

    def acknowledged(self) -> list[float]:
        return [seconds for status, seconds in self._twilio.answers if status == 204]

    def faults(self) -> list[str]:
        """What is stored here is deleted there."""
        left = len(self._twilio.files)
        return [f"{left} files are left at Twilio"] * bool(left)

    def _chance(self, what: str) -> Fault | None:
        if not self.rough:
            return None
        for fault, probability in _FAULTS.get(what, ()):
            if self._dice.random() < probability and (self.slow or not fault.delay):
                self.troubles[_named(fault)] += 1
                return fault
        return None


_FAULTS: Mapping[str, tuple[tuple[Fault, float], ...]] = MappingProxyType(
    {
        "send": (
            (Fault(what="", status=429, code=20429), 2 * RARE),
            (Fault(what="", status=500), RARE),
            (Fault(what="", status=503), RARE),
            # Refused after all: it was carried out.
            (Fault(what="", status=502, delivered=True), RARE),
            (Fault(what="", cut=True), RARE),
            (Fault(what="", cut=True, delivered=True), RARE),
            # Longer than the program waits.
            (Fault(what="", delay=25, delivered=True), RARE / 5),
            (Fault(what="", delay=25, status=504), RARE / 5),
        ),
        "list": ((Fault(what="", status=503), OFTEN), (Fault(what="", cut=True), OFTEN)),
        "medialist": ((Fault(what="", status=503), OFTEN),),
        "media": ((Fault(what="", status=503), OFTEN), (Fault(what="", cut=True), OFTEN)),
        "file": ((Fault(what="", status=503), OFTEN), (Fault(what="", cut=True), OFTEN)),
        "delete": ((Fault(what="", status=503), OFTEN), (Fault(what="", cut=True), OFTEN)),
        "contents": ((Fault(what="", status=503), OFTEN),),
    }
)


def _named(fault: Fault) -> str:
    if fault.cut or (fault.delivered and fault.delay):
        kind = "cut" if fault.cut else "timed out"
        return f"{kind} after it was done" if fault.delivered else kind
    late = " late" if fault.delay else " after it was done" if fault.delivered else ""
    return f"{fault.status}{late}"


def _number_of(patient: int) -> str:
    return f"whatsapp:+1555{patient}"


def _patient_of(reach: str) -> int:
    return int(reach.removeprefix("whatsapp:+1555"))


@asynccontextmanager
async def whatsapp(dice: random.Random) -> AsyncIterator[Line]:
    """The line, with its vendor."""
    async with twilio_double() as twilio:
        line = WhatsAppLine(twilio, dice)
        reporting = asyncio.create_task(line.report())
        try:
            yield line
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting
