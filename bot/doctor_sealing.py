"""The doctor's look at what is sealed: whether an erasure reaches all of it, in copies from before, too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from obstore.exceptions import BaseError

from bot.app import StartError, open_files
from bot.carrying.moments import made_at, moments
from bot.doctor_finding import Finding, Look
from bot.key_source import key_source
from bot.resealing import ADVICE, Left, left
from bot.sealing_progress import in_words
from bot.store.db import TROUBLE, Database, SchemaError
from bot.store.operator_key import OperatorKeyError
from bot.store.sealing_files import count_plain

#: A doctor that looks at a hundred thousand files in a bucket would be there for minutes.
_SECONDS: Final = 5.0


async def look_at_sealing(look: Look) -> tuple[Finding, ...]:
    """Whether `keys seal` has something to do, or moments of BACKUP_DIR are from before it was done."""
    store = look.settings.store
    if isinstance(store, Path) and not store.exists():
        return ()
    try:
        async with await Database.open(store, keys=key_source(look.settings)) as db:
            found = await db.read(left)
    except OperatorKeyError:
        # That it is missing is said already.
        return ()
    except (*TROUBLE, SchemaError):
        return (Finding(verdict="unasked", what="Sealing: the database could not be asked"),)
    return (_rows(found), *_moments(look, found))


def _rows(found: Left) -> Finding:
    if not found.any:
        return Finding(verdict="ok", what="Sealing: an erasure reaches all that is in the database")
    count = sum(found.plain.values()) + sum(found.of_house.values())
    of_what = f"of {count:,} rows" if count else "or files that are yet to be read"
    what = f"Sealing: an erasure leaves words in copies from before it, {of_what}"
    return Finding(verdict="wrong", what=what, do=("Run: second-opinion keys seal",))


def _moments(look: Look, found: Left) -> tuple[Finding, ...]:
    folder = look.settings.backup_dir
    if folder is None or found.sealed_at is None:
        return ()
    sealed_at = datetime.fromtimestamp(found.sealed_at, UTC)
    old = [moment for moment in moments(folder) if made_at(moment) <= sealed_at]
    if not old:
        return ()
    what = f"Backups: {len(old)} are from before `keys seal`, and no erasure reaches them"
    return (Finding(verdict="wrong", what=what, do=ADVICE),)


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
