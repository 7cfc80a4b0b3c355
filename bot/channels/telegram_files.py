"""The files that patients send on Telegram.

python-telegram-bot's own downloads aren't used: they hold a whole file in memory. A Bot API server
of the operator's own (`--local`) has each file on its disk already and names the path: it is taken
over where it lies. https://core.telegram.org/bots/api#using-a-local-bot-api-server
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.channels.base import ChannelError, Rejected, Retry
from bot.outward import in_time

_log = structlog.get_logger(__name__)

_PIECE = 256 * 1024
# Seconds. A local server answers getFile when it has the whole file, which may be 2 GB.
_FETCHED_WITHIN = 3600.0
# In which a whole file of 20 MB has to be here.
_WHOLE_WITHIN = 1800.0
# Seconds until a folder that isn't there is looked for again.
_NOT_SEEN = 60.0


class TelegramFiles:
    """How the bytes of an attachment are had, from Telegram's servers or from a folder."""

    def __init__(
        self,
        bot: Bot,
        failure: Callable[[TelegramError], ChannelError],
        *,
        max_file: int,
        folder: Path | None,
        timeout: httpx.Timeout,
    ) -> None:
        """`folder` is where a local server lays its files; None: they are downloaded."""
        self._bot = bot
        self._failure = failure
        self._max_file = max_file
        self._folder = folder
        # What is stored must be what was sent, byte for byte.
        self._client = httpx.AsyncClient(timeout=timeout, headers={"Accept-Encoding": "identity"})

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def lies_at(self, file_id: str) -> Path | None:
        """Where the file lies on a disk of ours, or None where it is to be downloaded.

        Raises Retry or Rejected.
        """
        if self._folder is None:
            return None
        named = (await self._asked(file_id)).removeprefix(f"{self._bot.base_file_url}/")
        return await asyncio.to_thread(self._inside, self._folder, Path(named))

    async def fetch(self, file_id: str) -> AsyncIterator[bytes]:
        """The bytes, at the quality they were sent in. Raises Retry or Rejected."""
        path = await self.lies_at(file_id)
        # The link is good for an hour at least, so each attempt asks for a new one.
        pieces = self._read(path) if path else self._download(await self._asked(file_id))
        received = 0
        async for piece in pieces:
            received += len(piece)
            if received > self._max_file:
                raise Rejected("too_large")
            yield piece

    async def _asked(self, file_id: str) -> str:
        """The path that the server names, or the address that python-telegram-bot makes of it."""
        try:
            if self._folder is None:
                file = await self._bot.get_file(file_id)
            else:
                file = await self._bot.get_file(file_id, read_timeout=_FETCHED_WITHIN)
        except BadRequest as error:
            raise Rejected("too_large" if "too big" in error.message else "gone") from None
        except TelegramError as error:
            failure = self._failure(error)
            raise failure if isinstance(failure, Retry) else Retry(failure.reason) from None
        if not file.file_path:
            raise Rejected("gone")
        return file.file_path

    def _inside(self, folder: Path, named: Path) -> Path:
        """The file itself, if it is one and lies in the folder: no name leads out of there."""
        try:
            path = named.resolve(strict=True)
            inside = path.is_relative_to(folder.resolve(strict=True)) and path.is_file()
        except OSError:
            inside, path = False, named
        if not inside:
            _log.warning(
                "telegram_file_not_in_folder",
                remedy="set TELEGRAM_LOCAL_FILES to the folder of the local Bot API server "
                "(--dir), under the same path as there, and readable here",
            )
            raise Retry("not in TELEGRAM_LOCAL_FILES", after=_NOT_SEEN)
        return path

    async def _read(self, path: Path) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(path.open, "rb")
            try:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    yield piece
            finally:
                file.close()
        except OSError as error:
            raise Retry(type(error).__name__) from None

    async def _download(self, url: str) -> AsyncIterator[bytes]:
        try:
            async with self._client.stream("GET", quote(url, safe=":/?&=%")) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    raise Rejected("gone")
                if not response.is_success:
                    raise Retry(f"the file server answered {response.status_code}")
                async for piece in in_time(response.aiter_raw(_PIECE), _WHOLE_WITHIN):
                    yield piece
        except httpx.HTTPError as error:
            raise Retry(type(error).__name__) from None
