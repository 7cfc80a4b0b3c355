"""The doctor's look at files that an older version has stored as they came."""

from __future__ import annotations

from typing import Final

from obstore.exceptions import BaseError

from bot.app import StartError, open_files
from bot.doctor_finding import Finding, Look
from bot.sealing_progress import in_words
from bot.store.sealing_files import count_plain

#: A doctor that looks at a hundred thousand files in a bucket would be there for minutes.
_SECONDS: Final = 5.0


async def look_at_files(look: Look) -> tuple[Finding, ...]:
    """Whether all lie sealed; of many, as far as can be seen in some seconds."""
    settings = look.settings
    if not settings.files_url and not (settings.data_dir / "files").is_dir():
        return ()
    try:
        files = await open_files(settings)
        plain = await count_plain(files.blobs, files.partials, _SECONDS)
    except (OSError, BaseError, StartError):
        return (Finding(verdict="unasked", what="Sealing: the files could not be looked at"),)
    words = in_words(plain)
    if not (plain.files or plain.coming):
        return (Finding(verdict="ok" if plain.whole else "unasked", what=f"Sealing: {words}"),)
    what, _, how = words.partition(". ")
    return (Finding(verdict="decide", what=f"Sealing: {what}", do=(f"{how}.",)),)
