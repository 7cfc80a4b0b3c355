"""A patient's photo for somebody else: the picture, and not where it was taken.

As it came it is only for who asks for that, and it is put on record in other words.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from bot.intake.clean_photos import clean_copy
from bot.intake.previews import PHOTOS
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.shell import Shell
from checklist.case import Case
from checklist.records import Record
from checklist.text import _

#: Seconds; it takes some milliseconds.
_SECONDS: Final = 12.0

NOT_CLEANED_TITLE: Final = _("Not cleaned")
#: What the desk says of a file of which no clean copy is there.
NOT_CLEANED: Final = _(
    "Photos in this file may still say where, when and by whom they were taken. "
    "The package has clean copies of all photos that can be cleaned."
)
AS_SENT: Final = _("Download it as it was sent")


class NotCleaned(Exception):
    """Photos in it still say where, when and by whom they were taken."""


def asked_as_sent(request: Request) -> bool:
    """Whether somebody asked for the file as it came, whatever it says."""
    return request.query_params.get("as_sent") == "yes"


def is_photo(record: Record) -> bool:
    """Whether a record is a picture, which may say more than it shows."""
    return record.study is None and record.media_type in PHOTOS


async def clean_photo(
    shell: Shell, case: Case, file_id: str, blob_id: str, record: Record | None = None
) -> bytes:
    """The photo that a stored file is, or `record` in it, without its metadata; b"" where none is in it.

    Raises NotCleaned where photos are in it and none of them can be given instead.
    """
    photos = [one for one in case.records if one.file_id == file_id and is_photo(one)]
    if not photos:
        return b""
    if record is None:
        record = next((one for one in photos if not one.member), None)
    if record is None or not is_photo(record):
        raise NotCleaned
    try:
        async with shell.blobs.local(blob_id) as path:
            clean = await shell.decoders.run(
                _SECONDS, clean_copy, path, record.member, record.media_type
            )
    except FileNotFoundError:
        return b""
    except (ChildDied, TookTooLong) as error:
        raise NotCleaned from error
    if not clean:
        raise NotCleaned
    return clean
