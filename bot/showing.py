"""Showing: the pictures of a message, ahead of its words. Whatever goes wrong, the words follow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from bot.channels.base import Channel, ShowsPictures
from bot.render import ShownPicture
from bot.store import cases
from bot.store.blobs import Blobs
from bot.store.db import Database, Row

_log = structlog.get_logger(__name__)

# The words wait no longer than this for the picture above them.
_SECONDS = 10.0


class Showing:
    """Shows pictures where the channel can."""

    def __init__(self, db: Database, blobs: Blobs | None) -> None:
        """Without `blobs` nothing is shown."""
        self._db = db
        self._blobs = blobs

    async def show(self, row: Row, pictures: Sequence[ShownPicture], channel: Channel) -> None:
        """Show the pictures of a message, the first that fails and all after it left out."""
        if not isinstance(channel, ShowsPictures):
            return
        for picture in pictures:
            try:
                async with asyncio.timeout(_SECONDS):
                    jpeg = await self._picture(row.case_id, picture.record_id)
                    if jpeg:
                        await channel.show(row.address, jpeg, picture.alt)
            except Exception as error:
                kind = type(error).__name__
                _log.warning("picture_not_shown", message=row.id, channel=row.channel, error=kind)
                return

    async def _picture(self, case_id: str, record_id: str) -> bytes:
        """A record's picture as it is now, b"" where it may not be shown or is gone."""
        find = partial(cases.find_record, case_id=case_id, record_id=record_id)
        record = await self._db.read(find)
        if self._blobs is None or record is None or not record.may_be_shown:
            return b""
        return b"".join([piece async for piece in self._blobs.open(record.preview_blob_id)])
