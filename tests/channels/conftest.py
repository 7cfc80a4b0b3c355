"""A Telegram and a Twilio of this machine's own, and the channels that talk to them."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.twilio_account import Account
from bot.channels.whatsapp import WhatsAppChannel
from tests.doubles import twilio as vendor
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.doubles.twilio import TwilioDouble, twilio_double


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    async with telegram_double() as double:
        yield double


@pytest.fixture
async def channel(telegram: TelegramDouble) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(TOKEN, telegram.url, read_timeout=0.5)
    yield channel
    await channel.close()


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioDouble]:
    async with twilio_double() as double:
        yield double


class Phonebook:
    """Contacts whose ids are `ana` and `bob`; nobody else is known. `sent` is known as sent."""

    def __init__(self, *sent: str) -> None:
        self._sent = sent

    async def was_sent(self, external_id: str) -> bool:
        return external_id in self._sent

    async def reach(self, contact_id: str) -> str:
        return {"ana": "whatsapp:+15550007001", "bob": "whatsapp:DE.9001"}.get(contact_id, "")


def account(double: TwilioDouble) -> Account:
    return Account(
        sid=vendor.SID,
        token=vendor.TOKEN,
        sender=vendor.SENDER,
        api_url=double.url,
        status_url=f"{vendor.PUBLIC}/hooks/whatsapp/status",
        pictures_url=f"{vendor.PUBLIC}/hooks/whatsapp/pictures",
    )


@pytest.fixture
async def whatsapp(twilio: TwilioDouble) -> AsyncIterator[WhatsAppChannel]:
    channel = WhatsAppChannel(account(twilio), Phonebook(), timeout=0.5, look=0.05)
    yield channel
    await channel.close()
