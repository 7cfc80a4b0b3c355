"""The doctor's look at the operator's key, and whether all that was sealed can be read."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.doctor_finding import Finding, Look
from bot.key_source import key_source
from bot.store import case_keys, unreadable
from bot.store.db import TROUBLE, Database, SchemaError
from bot.store.operator_key import KeyFile, OperatorKeyError

#: A keeper of secrets that takes longer is in somebody's way.
_SLOW_SECONDS: Final = 3.0
_MOST_NAMED: Final = 10
#: More cases than these are not looked at here: it would take longer than some seconds.
_MOST_CASES: Final = 20_000


_BRING = ("Bring it back from where you keep it; nothing that is sealed can be read.",)


async def look_at_stored(look: Look) -> tuple[Finding, ...]:
    """Whether this machine's keys open those of all cases, and whether all cases can be read."""
    store, source = look.settings.store, key_source(look.settings)
    if isinstance(store, Path) and not store.exists():
        return ()
    try:
        async with await Database.open(store, keys=source) as db:
            counts = await db.read(case_keys.counts)
            there = db.keys.ring.operator.ids
            found = await unreadable.find(db, most=_MOST_CASES)
    except OperatorKeyError as error:
        with suppress(OperatorKeyError):
            source.load()
            return _of_another(error)
        # That there is none is said already.
        return ()
    except (*TROUBLE, SchemaError):
        return (Finding(verdict="unasked", what="Cases: the database could not be asked"),)
    locked = _locked(counts, there)
    return (*locked, _read(found, locked=bool(locked)))


def _of_another(error: OperatorKeyError) -> tuple[Finding, ...]:
    what = f"Keys of cases: this machine can't open them: {error}"
    return (Finding(verdict="wrong", what=what, do=_BRING),)


def _locked(counts: dict[str, int], there: tuple[str, ...]) -> tuple[Finding, ...]:
    """A finding for each operator's key that is missing here and that keys of cases need."""
    do = (
        "Another machine has wrapped them with a key of its own. Copy that key into this machine's",
        "keys, behind the first, start the program again, and run `second-opinion keys rotate`.",
    )
    return tuple(
        Finding(
            verdict="wrong",
            what=f"Keys of cases: {count} need the operator's key {operator}, which isn't here",
            do=do,
        )
        for operator, count in sorted(counts.items())
        if operator not in there
    )


def _read(found: unreadable.Found, *, locked: bool) -> Finding:
    do: tuple[str, ...]
    if not found.ids:
        return Finding(
            verdict="ok", what=f"Cases: {found.looked_at:,} were looked at, and can be read"
        )
    shown = ", ".join(found.ids[:_MOST_NAMED])
    more = f" and {len(found.ids) - _MOST_NAMED} more" if len(found.ids) > _MOST_NAMED else ""
    # A backup is of no use for what only needs a key, and would take all others back to its time.
    do = (
        f"They are: {shown}{more}. All others go on.",
        "Keep a copy of the database as it is. To read them, restore a backup from before the damage",
        "into an empty place beside this one: second-opinion restore FOLDER --to PLACE",
    )
    if locked:
        do = (do[0], "First bring back the key that is missing, and look again.")
    what = f"Cases: {len(found.ids):,} of {found.looked_at:,} can't be read"
    return Finding(verdict="wrong", what=what, do=do)


def look_at_key(look: Look) -> tuple[Finding, ...]:
    """Whether the key is there, for its owner alone, and not only beside what it seals."""
    do: tuple[str, ...]
    source = key_source(look.settings)
    folder = look.settings.data_dir
    if isinstance(source, KeyFile) and not source.path.exists() and source.path.parent == folder:
        if any(folder.glob("*.db")):
            what = f"Sealing: the operator's key {source.path} is missing"
            return (Finding(verdict="wrong", what=what, do=_BRING),)
        return (Finding(verdict="ok", what="Sealing: the first start makes the operator's key"),)
    began = time.monotonic()
    try:
        source.load()
    except OperatorKeyError as error:
        return (Finding(verdict="wrong", what=f"Sealing: {error}", do=_BRING),)
    if (took := time.monotonic() - began) > _SLOW_SECONDS:
        do = ("A start waits for it, and so do patients when the key is changed. Look why.",)
        what = f"Sealing: SEALING_KEY_COMMAND takes {took:.0f} seconds"
        return (Finding(verdict="decide", what=what, do=do),)
    if not isinstance(source, KeyFile):
        return (Finding(verdict="ok", what="Sealing: the operator's key is given by a setting"),)
    if source.path.stat().st_mode & 0o077:
        do = (f"chmod 600 {source.path}",)
        what = "Sealing: others of this machine can read the operator's key"
        return (Finding(verdict="wrong", what=what, do=do),)
    if source.path.parent.resolve() == folder.resolve():
        do = (
            "Keep a copy where no backup of the data lies: without it no backup can be read.",
            "Who gets this folder gets the key too: set SEALING_KEY_FILE to a place of its own,",
            "or SEALING_KEY_COMMAND to ask a keeper of secrets.",
        )
        what = f"Sealing: the operator's key {source.path} lies beside what it seals"
        return (Finding(verdict="decide", what=what, do=do),)
    return (Finding(verdict="ok", what="Sealing: the operator's key lies apart from the data"),)
