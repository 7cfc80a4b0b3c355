"""Far ends: for each channel of the registry, its vendor's side, to be used by the contract test.

A new channel is an entry in `FAR_ENDS`: how it is opened on a double, what the vendor delivers when a
patient does something, what has reached the patient, and how sending can be made to fail.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol

from bot.channels import whatsapp_message
from bot.channels.base import Capabilities, Channel
from bot.channels.plain import PlainFile, raw_message
from bot.channels.telegram import TelegramChannel
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.channels.whatsapp import CAPABILITIES as WHATSAPP
from bot.channels.whatsapp import WhatsAppChannel
from bot.whatsapp_command import templates
from tests.channels.conftest import Phonebook, account
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.doubles.twilio import TwilioDouble, twilio_double
from tests.test_whatsapp_templates import settings

JSON = dict[str, Any]
Failure = Literal["retry", "blocked", "rejected", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as the patient has it: its words, and what each button sends when it is pressed."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


class FarEnd(Protocol):
    """The vendor's side of one channel, with one patient on it."""

    #: Where an answer to this patient goes.
    address: str

    def says(self, text: str) -> JSON:
        """What the vendor delivers when the patient writes."""
        ...

    def presses(self, wire: str) -> JSON:
        """What it delivers when the patient presses a button, or None where there are none."""
        ...

    def sends(self, name: str, body: bytes) -> JSON:
        """What it delivers when the patient sends a file that can be fetched."""
        ...

    def loses(self) -> None:
        """All files are gone."""
        ...

    def shown(self) -> list[Shown]:
        """What has reached the patient; for a channel that reads the message table, nothing."""
        ...

    def fails(self, how: Failure) -> bool:
        """The next message fails like this; False where sending can't."""
        ...


class TelegramFarEnd:
    """Telegram's double."""

    address = "7001"

    def __init__(self, telegram: TelegramDouble) -> None:
        self._telegram = telegram
        self._numbers = itertools.count(1)

    def _update(self, **content: Any) -> JSON:
        number = next(self._numbers)
        ana = {"id": 7001, "is_bot": False, "first_name": "Ana"}
        chat = {"id": 7001, "type": "private", "first_name": "Ana"}
        said = {"message_id": number, "date": 1, "chat": chat, "from": ana, **content}
        return {"update_id": number, "message": said}

    def says(self, text: str) -> JSON:
        return self._update(text=text)

    def presses(self, wire: str) -> JSON:
        update = self._update(text="?")
        said = update.pop("message")
        query = {"id": f"q{said['message_id']}", "from": said["from"], "chat_instance": "1"}
        return {**update, "callback_query": {**query, "data": wire, "message": said}}

    def sends(self, name: str, body: bytes) -> JSON:
        self._telegram.file(name, body)
        document = {"file_id": name, "file_unique_id": f"u{name}", "file_name": name}
        return self._update(document={**document, "file_size": len(body)})

    def loses(self) -> None:
        self._telegram.files.clear()

    def shown(self) -> list[Shown]:
        return [
            Shown(
                text=one["text"],
                buttons=tuple(
                    (button["callback_data"], button["text"])
                    for row in one.get("inline_keyboard", [])
                    for button in row
                ),
            )
            for one in self._telegram.sent
        ]

    def fails(self, how: Failure) -> bool:
        match how:
            case "retry":
                self._telegram.fail("sendMessage", 429, parameters={"retry_after": 1})
            case "blocked":
                self._telegram.fail("sendMessage", 403, description="Forbidden: blocked")
            case "rejected":
                self._telegram.fail("sendMessage", 400, description="Bad Request: no such thing")
            case "unknown":
                self._telegram.fail("sendMessage", delivered=True, cut=True)
        return True


class PlainFarEnd:
    """Our own channels: the page and the terminal write the raw form, and read the message table."""

    address = "a1"

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self.files: dict[str, bytes] = {}

    def _raw(self, **content: Any) -> JSON:
        return raw_message(external_id=f"e{next(self._numbers)}", address=self.address, **content)

    def says(self, text: str) -> JSON:
        return self._raw(text=text)

    def presses(self, wire: str) -> JSON:
        return self._raw(choice=wire)

    def sends(self, name: str, body: bytes) -> JSON:
        ref = f"blob:{name}"
        self.files[name] = body
        if self._folder is not None:
            path = self._folder / name
            path.write_bytes(body)
            ref = str(path)
        return self._raw(files=[PlainFile(ref=ref, name=name, size=len(body))])

    def loses(self) -> None:
        for name in self.files:
            if self._folder is not None:
                (self._folder / name).unlink()
        self.files.clear()

    def shown(self) -> list[Shown]:
        return []

    def fails(self, how: Failure) -> bool:
        return False

    async def open(self, blob_id: str) -> AsyncIterator[bytes]:
        """The bytes of an upload of the page."""
        if blob_id not in self.files:
            raise FileNotFoundError
        yield self.files[blob_id]


class WhatsAppFarEnd:
    """Twilio's double."""

    address = "ana"

    def __init__(self, twilio: TwilioDouble) -> None:
        self._twilio = twilio

    def says(self, text: str) -> JSON:
        return whatsapp_message.raw_message(self.address, self._twilio.inbound(text))

    def presses(self, wire: str) -> JSON:
        button = {"MessageType": "button", "ButtonText": "?", "ButtonPayload": wire}
        return whatsapp_message.raw_message(self.address, self._twilio.inbound("?", **button))

    def sends(self, name: str, body: bytes) -> JSON:
        return whatsapp_message.raw_message(
            self.address, self._twilio.inbound_file(body, name=name)
        )

    def loses(self) -> None:
        self._twilio.files.clear()

    def shown(self) -> list[Shown]:
        return [
            Shown(
                text=one["body"],
                buttons=tuple((own, label) for label, own in one.get("choices", ())),
            )
            for one in self._twilio.sent
        ]

    def fails(self, how: Failure) -> bool:
        match how:
            case "retry":
                self._twilio.fail("send", 429, code=20429)
            case "blocked":
                self._twilio.fail("send", 400, code=21610)
            case "rejected":
                self._twilio.fail("send", 400, code=63013)
            case "unknown":
                # Nor can it be found out whether it arrived.
                self._twilio.fail("send", delivered=True, cut=True)
                self._twilio.fail("list", 503)
        return True


Opened = AbstractAsyncContextManager[tuple[Channel, FarEnd]]


@asynccontextmanager
async def _telegram(folder: Path) -> AsyncIterator[tuple[Channel, FarEnd]]:
    async with telegram_double() as double:
        channel = TelegramChannel(TOKEN, double.url, read_timeout=2)
        yield channel, TelegramFarEnd(double)
        await channel.close()


@asynccontextmanager
async def _web(folder: Path) -> AsyncIterator[tuple[Channel, FarEnd]]:
    far = PlainFarEnd(None)
    yield WebChannel(far), far


@asynccontextmanager
async def _terminal(folder: Path) -> AsyncIterator[tuple[Channel, FarEnd]]:
    yield TerminalChannel(), PlainFarEnd(folder)


@asynccontextmanager
async def _whatsapp(folder: Path) -> AsyncIterator[tuple[Channel, FarEnd]]:
    async with twilio_double() as double:
        await templates(settings(double), create=True)
        channel = WhatsAppChannel(account(double), Phonebook(), timeout=2, look=0.05)
        yield channel, WhatsAppFarEnd(double)
        await channel.close()


#: One entry for each name of the registry.
FAR_ENDS: Mapping[str, Callable[[Path], Opened]] = MappingProxyType(
    {"web": _web, "telegram": _telegram, "terminal": _terminal, "whatsapp": _whatsapp}
)

_CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        # Where it may write of health, and Twilio can fetch from us.
        WhatsAppChannel.name: replace(WHATSAPP, pictures="studies"),
        **{kind.name: kind.capabilities for kind in (WebChannel, TelegramChannel, TerminalChannel)},
    }
)


def capabilities_of(name: str) -> Capabilities:
    """What the channel of this name can carry."""
    return _CAPABILITIES[name]


def stored(raw: JSON) -> JSON:
    """What came in, as the inbox gives it back."""
    kept: JSON = json.loads(json.dumps(raw, ensure_ascii=False))
    return kept
