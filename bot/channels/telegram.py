"""Telegram, through python-telegram-bot's `Bot`.

Its Updater isn't used: it confirms updates before they are dealt with (see `telegram_poll`). Nor
are its downloads (see `telegram_files`). https://core.telegram.org/bots/api
"""

from __future__ import annotations

import hmac
import json
import logging
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.channels.telegram_failures import failure_of, poll_failure  # isort: skip (sets a variable)
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    WebhookInfo,
)
from telegram.constants import InlineKeyboardMarkupLimit, MessageLimit
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels import telegram_message
from bot.channels.base import (
    WIRE_BYTES,
    Capabilities,
    ChannelError,
    Raw,
    Rejected,
    Rendered,
    Retry,
    Sent,
)
from bot.channels.fit import split, units
from bot.channels.pace import Pace
from bot.channels.telegram_files import TelegramFiles
from handlers.updates import InboundMessage

CAPABILITIES = Capabilities(
    # https://core.telegram.org/bots/api#sendmessage
    max_text=int(MessageLimit.MAX_TEXT_LENGTH),
    # Not in Telegram's pages; its server answers "reply markup is too long" above it.
    max_buttons=int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER),
    # No limit is documented. A phone 360 px wide shows about so much of a button, then dots.
    max_label=40,
    # https://core.telegram.org/bots/api#getfile
    max_file=telegram_message.MAX_FILE,
    pictures="studies",
)

# https://core.telegram.org/bots/api#sendphoto
_CAPTION = int(MessageLimit.CAPTION_LENGTH)

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
_PER_CHAT, _OVERALL = 1.0, 30.0

# Half a row of a phone 360 px wide shows so many columns.
_SHORT_LABEL = 15

# Seconds. The long poll is Telegram's own wait, on top of which the network has its time.
LONG_POLL = 25
_NETWORK = 10.0


class TelegramChannel:
    """The assistant's chats on Telegram. Addresses are ids of private chats."""

    name = telegram_message.CHANNEL
    capabilities = CAPABILITIES

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        local_files: Path | None = None,
        read_timeout: float = 20.0,
    ) -> None:
        """Take the bot's token and the API's address; nothing is asked of Telegram yet.

        `local_files` is the folder of a Bot API server of one's own that runs with `--local`: then
        files are as large as Telegram takes them, and are not downloaded.
        """
        _keep_the_token_out_of_logs()
        api_url = api_url.rstrip("/")
        self._requests = (
            HTTPXRequest(connection_pool_size=1, connect_timeout=_NETWORK),
            HTTPXRequest(
                read_timeout=read_timeout,
                write_timeout=read_timeout,
                connect_timeout=_NETWORK,
                pool_timeout=_NETWORK,
            ),
        )
        self._bot = Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self._token = token
        self._max_file = telegram_message.MAX_FILE
        if local_files is not None:
            self._max_file = telegram_message.MAX_FILE_LOCAL
        self.capabilities = replace(CAPABILITIES, max_file=self._max_file)
        self._files = TelegramFiles(
            self._bot,
            self._failure,
            max_file=self._max_file,
            folder=local_files,
            timeout=httpx.Timeout(read_timeout, connect=_NETWORK),
        )
        self._pace = Pace(per_chat=_PER_CHAT, overall=_OVERALL)

    def address(self, raw: Raw) -> str:
        """The id of the private chat; "" for groups and channels, where nobody is a patient."""
        return telegram_message.address_of(raw)

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage | None:
        """What was said, or None where nothing was said to the assistant."""
        return telegram_message.parse(raw, received_at, max_file=self._max_file)

    async def ready(self, address: str) -> None:
        """Wait until a message to this chat may leave. Raises Retry where that takes long."""
        await self._pace.wait(address)

    def share_pace(self, among: int) -> None:
        """Keep to the part of one of so many processes."""
        self._pace.share(among)

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        """Send one message of plain text: without markup there is none that could be broken.

        Raises Retry, Blocked, Rejected or Unknown.
        """
        if not rendered.text.strip() or units(rendered.text) > MessageLimit.MAX_TEXT_LENGTH:
            raise Rejected("the text is empty or too long")
        keyboard = _keyboard(rendered.choices)
        await self._pace.turn(address)
        try:
            message = await self._bot.send_message(
                chat_id=int(address),
                text=rendered.text,
                reply_markup=keyboard,
                # A preview would make Telegram's servers open the patient's own upload link.
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            failure = self._failure(error)
            if isinstance(failure, Retry):
                self._pace.pause(address, failure.after)
            raise failure from None
        return Sent(external_id=str(message.message_id))

    async def show(self, address: str, jpeg: bytes, alt: str) -> None:
        """Show one picture, without a sound: the words that follow it ring. Raises ChannelError."""
        await self._pace.turn(address)
        try:
            await self._bot.send_photo(
                chat_id=int(address),
                photo=jpeg,
                caption=split(alt, _CAPTION)[0],
                disable_notification=True,
            )
        except TelegramError as error:
            failure = self._failure(error)
            if isinstance(failure, Retry):
                self._pace.pause(address, failure.after)
            raise failure from None

    async def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file, at the quality it was sent in. Raises Retry or Rejected."""
        async for piece in self._files.fetch(fetch_ref):
            yield piece

    async def lies_at(self, fetch_ref: str) -> Path | None:
        """Where the file lies on a disk of ours, or None. Raises Retry or Rejected."""
        return await self._files.lies_at(fetch_ref)

    async def unsay(self, address: str, external_id: str) -> None:
        """Delete a message of the patient's, which a bot may do in a private chat within 48 hours.

        Raises Retry. https://core.telegram.org/bots/api#deletemessage
        """
        message_id = telegram_message.message_id(external_id)
        if message_id is None:
            return
        try:
            await self._bot.delete_message(chat_id=int(address), message_id=message_id)
        except TelegramError as error:
            if isinstance(failure := self._failure(error), Retry):
                raise failure from None

    async def updates(self, offset: int | None, *, wait: float = LONG_POLL) -> list[dict[str, Any]]:
        """The updates from `offset` on, as they came; everything before it is confirmed by this.

        Waits up to `wait` seconds for the first. Raises Retry; its reason `conflict` means that
        somebody else takes this bot's updates, `token` that Telegram doesn't know the token.
        """
        # Not `Bot.get_updates`: it parses, and one update that it can't parse fails the batch.
        asked = {
            "timeout": f"{wait:g}",
            "allowed_updates": json.dumps(telegram_message.ALLOWED_UPDATES),
            **({} if offset is None else {"offset": str(offset)}),
        }
        url = f"{self._bot.base_url}/getUpdates?{urlencode(asked)}"
        try:
            answer = await self._requests[0].post(url, read_timeout=wait + _NETWORK)
        except TelegramError as error:
            raise poll_failure(error, self._failure(error)) from None
        found: object = telegram_message.storable(answer)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    @property
    def secret(self) -> str:
        """What Telegram sends with each update, so that nobody else can pretend to be Telegram.

        It follows from the token: several processes agree on it, and nobody has to make one up.
        """
        return hmac.digest(self._token.encode(), b"second-opinion telegram webhook", "sha256").hex()

    async def set_webhook(self, url: str) -> None:
        """Have updates sent to this address. What waits at Telegram is sent there too.

        Raises Retry, or Rejected where Telegram will not have such an address.
        """
        try:
            await self._bot.set_webhook(
                url,
                allowed_updates=telegram_message.ALLOWED_UPDATES,
                secret_token=self.secret,
            )
        except TelegramError as error:
            failure = self._failure(error)
            raise failure if isinstance(failure, Rejected) else _retry(failure) from None

    async def delete_webhook(self) -> None:
        """Go back to being asked for updates. What waits at Telegram stays there. Raises Retry."""
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            raise _retry(self._failure(error)) from None

    async def webhook(self) -> WebhookInfo:
        """Where Telegram sends updates, and how that goes. Raises Retry."""
        try:
            return await self._bot.get_webhook_info()
        except TelegramError as error:
            raise _retry(self._failure(error)) from None

    async def answer_callback(self, callback_id: str) -> None:
        """Stop the spinner on a pressed button. Best effort: it expires within seconds."""
        try:
            await self._bot.answer_callback_query(callback_id)
        except TelegramError:
            return

    async def show_menu(self, code: str, commands: Sequence[tuple[str, str]]) -> None:
        """Show these commands beside the writing line, in apps of a language. Best effort."""
        try:
            await self._bot.set_my_commands(
                [BotCommand(command, words) for command, words in commands],
                language_code=code or None,
            )
        except TelegramError:
            # Each question has the emergency among its buttons all the same.
            return

    async def link(self) -> str:
        """The address at which patients find the assistant, or "" when Telegram can't be asked."""
        try:
            me = await self._bot.get_me()
        except TelegramError:
            return ""
        return me.link or ""

    async def close(self) -> None:
        """Close every connection."""
        for request in self._requests:
            await request.shutdown()
        await self._files.close()

    def _failure(self, error: TelegramError) -> ChannelError:
        return failure_of(error, error.message.replace(self._token, "TOKEN"))


def _retry(failure: ChannelError) -> Retry:
    """A call that is harmless to repeat is repeated, whatever came of it."""
    return failure if isinstance(failure, Retry) else Retry(failure.reason)


def _keyboard(choices: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup | None:
    """One button in a row, so that labels can be read; two neighbours where both are short."""
    if not choices:
        return None
    # Telegram refuses a longer one, and python-telegram-bot doesn't look.
    if any(len(wire.encode()) > WIRE_BYTES for wire, _ in choices):
        raise Rejected("a button's id is too long")
    rows: list[list[InlineKeyboardButton]] = []
    room = False
    for wire, label in choices:
        button = InlineKeyboardButton(label, callback_data=wire)
        short = _width(label) <= _SHORT_LABEL
        if room and short:
            rows[-1].append(button)
            room = False
        else:
            rows.append([button])
            room = short
    return InlineKeyboardMarkup(rows)


def _width(label: str) -> int:
    """The width of a label in columns: a Chinese sign is as wide as two letters."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _keep_the_token_out_of_logs() -> None:
    """Quiet the libraries that would write the address of a call, which holds the token.

    python-telegram-bot writes what it can't read, which holds a patient's words.
    """
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
