"""Showing: the pictures of a message, ahead of its words. Whatever goes wrong, the words follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channels.base import Channel, ShowsPictures, ShowsRecords
from bot.jobs import release
from bot.jobs.queue import Queue
from bot.render import ShownPicture
from bot.store import cases
from bot.store.blobs import Blobs
from bot.store.db import Database, Row

_log = structlog.get_logger(__name__)

# The words wait no longer than this for the picture above them.
_SECONDS = 10.0
# What a vendor has fetched from us is delivered by then, or never will be.
_KEPT_THERE = timedelta(hours=4)


class Showing:
    """Shows pictures where the channel can."""

    def __init__(
        self, db: Database, blobs: Blobs, queue: Queue, clock: Callable[[], datetime]
    ) -> None:
        """Take where pictures lie, and the queue by which a vendor's copies are deleted."""
        self._db = db
        self._blobs = blobs
        self._queue = queue
        self._clock = clock

    async def show(self, row: Row, pictures: Sequence[ShownPicture], channel: Channel) -> None:
        """Show the pictures of a message, the first that fails and all after it left out."""
        if not isinstance(channel, ShowsPictures | ShowsRecords):
            return
        for picture in pictures:
            try:
                async with asyncio.timeout(_SECONDS):
                    await self._show(row, picture, channel)
            except Exception as error:
                kind = type(error).__name__
                _log.warning("picture_not_shown", message=row.id, channel=row.channel, error=kind)
                return

    async def _show(
        self, row: Row, picture: ShownPicture, channel: ShowsPictures | ShowsRecords
    ) -> None:
        """Show a record's picture as it is now; none where it may not be shown or is gone."""
        find = partial(cases.find_record, case_id=row.case_id, record_id=picture.record_id)
        record = await self._db.read(find)
        if record is None or not record.may_be_shown:
            return
        if isinstance(channel, ShowsPictures):
            pieces = self._blobs.open(record.preview_blob_id)
            await channel.show(
                row.address, b"".join([piece async for piece in pieces]), picture.alt
            )
            return
        ref = await channel.show_record(row.address, record.id, picture.alt)
        gone = partial(release.ask, queue=self._queue, channel=row.channel, refs=[ref])
        await self._db.write(partial(gone, run_at=self._clock() + _KEPT_THERE))
