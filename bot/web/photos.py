"""A patient's photo for somebody else: the picture, and not where it was taken."""

from __future__ import annotations

from typing import Final

from bot.intake.clean_photos import clean_copy
from bot.intake.previews import PHOTOS
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.offers import Offer
from bot.web.shell import Shell
from checklist.case import Case

#: Seconds; it takes some milliseconds.
_SECONDS: Final = 12.0


def photo_kind(case: Case, file_id: str) -> str:
    """The media type of a stored file that is a photo; "" for every other."""
    record = next((one for one in case.records if one.file_id == file_id), None)
    is_photo = record is not None and not record.member and record.media_type in PHOTOS
    return record.media_type if record is not None and is_photo else ""


async def photo_made(shell: Shell, offer: Offer) -> bytes:
    """The photo without its metadata; b"" where none can be made. Raises FileNotFoundError."""
    try:
        async with shell.blobs.local(offer.blob_id) as path:
            return await shell.decoders.run(_SECONDS, clean_copy, path, "", offer.of[0])
    except (ChildDied, TookTooLong):
        return b""
