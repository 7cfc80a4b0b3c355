"""A patient's photo for somebody else: the picture, and not where it was taken.

As it came it is only for who asks for that, and it is put on record in other words.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from bot.intake.clean_photos import clean_copy
from bot.intake.previews import PHOTOS
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.offers import Offer
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

    Raises NotCleaned where photos are in it and none of them can be given instead, and FileNotFoundError.
    """
    photo = _photo_in(case, file_id, record)
    return b"" if photo is None else await _cleaned(shell, blob_id, *photo)


async def photo_offered(
    shell: Shell, case: Case, file_id: str, blob_id: str, record: Record | None = None
) -> tuple[str, ...]:
    """The same as an offer names it, to be made when it is fetched; () where no photo is in it.

    Raises NotCleaned, and FileNotFoundError.
    """
    photo = _photo_in(case, file_id, record)
    if photo is not None:
        await _cleaned(shell, blob_id, *photo)
    return photo or ()


async def photo_made(shell: Shell, offer: Offer) -> bytes:
    """The photo that was offered. Raises FileNotFoundError: it is never given as it came instead."""
    try:
        return await _cleaned(shell, offer.blob_id, *offer.of)
    except NotCleaned as error:
        raise FileNotFoundError(offer.blob_id) from error


def _photo_in(case: Case, file_id: str, record: Record | None) -> tuple[str, str] | None:
    """The member of its file and the media type of the photo that is given in place of a file."""
    photos = [one for one in case.records if one.file_id == file_id and is_photo(one)]
    if not photos:
        return None
    photo = record or next((one for one in photos if not one.member), None)
    if photo is None or not is_photo(photo):
        raise NotCleaned
    return photo.member, photo.media_type


async def _cleaned(shell: Shell, blob_id: str, member: str, media_type: str) -> bytes:
    try:
        async with shell.blobs.local(blob_id) as path:
            clean = await shell.decoders.run(_SECONDS, clean_copy, path, member, media_type)
    except (ChildDied, TookTooLong) as error:
        raise NotCleaned from error
    if not clean:
        raise NotCleaned
    return clean
