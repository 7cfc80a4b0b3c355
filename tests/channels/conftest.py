"""A Telegram of this machine's own, and the channel that talks to it."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import TelegramChannel
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    async with telegram_double() as double:
        yield double


@pytest.fixture
async def channel(telegram: TelegramDouble) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(TOKEN, telegram.url, read_timeout=0.5)
    yield channel
    await channel.close()
