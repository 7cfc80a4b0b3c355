"""A patient's photo for somebody else: the picture, and not where it was taken."""

from __future__ import annotations

from typing import Final

from bot.intake.clean_photos import clean_copy
from bot.intake.previews import PHOTOS
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.shell import Shell
from checklist.case import Case

#: Seconds; it takes some milliseconds.
_SECONDS: Final = 12.0


async def clean_photo(shell: Shell, case: Case, file_id: str, blob_id: str) -> bytes:
    """The photo that a stored file is, without its metadata; b"" where it is none, or none can be made."""
    record = next((one for one in case.records if one.file_id == file_id), None)
    if record is None or record.member or record.media_type not in PHOTOS:
        return b""
    try:
        async with shell.blobs.local(blob_id) as path:
            return await shell.decoders.run(_SECONDS, clean_copy, path, "", record.media_type)
    except (ChildDied, TookTooLong, FileNotFoundError):
        return b""
