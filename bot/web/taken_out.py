"""A document taken out of the file that it came in: of an archive, or some pages of a long scan.

The rest of that file may be somebody else's. It is made when it is fetched, in a child with limits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from bot.intake.limits import Refused
from bot.intake.pdf_parts import part_of
from bot.intake.plain_text import document_bytes
from bot.jobs.children import ChildDied, TookTooLong
from bot.web.offers import Offer
from bot.web.shell import Shell
from checklist.records import Record

_log = structlog.get_logger(__name__)

#: Seconds; a part may have two hundred pages.
_SECONDS: Final = 60.0


def place_of(record: Record) -> tuple[str, ...]:
    """Where a record lies in its file: the member of an archive, and its first and last page."""
    return (record.member, *(str(page) for page in record.span or ()))


async def taken_out(shell: Shell, offer: Offer) -> bytes:
    """The document. Raises FileNotFoundError where it can't be had."""
    member, *pages = offer.of
    make: Callable[..., bytes] = part_of if pages else document_bytes
    try:
        async with shell.blobs.local(offer.blob_id) as path:
            body = await shell.decoders.run(_SECONDS, make, path, member, *map(int, pages))
    except (Refused, TookTooLong, ChildDied, KeyError, ValueError, RuntimeError) as error:
        _log.info("document_not_taken_out", case=offer.case_id, reason=type(error).__name__)
        raise FileNotFoundError(offer.blob_id) from None
    if not body:
        raise FileNotFoundError(offer.blob_id)
    return body
