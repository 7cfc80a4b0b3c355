"""The file of a backup folder that holds the keys of all cases, and whether it is as it was written.

It is written anew with each backup, so that what was erased since is gone from it; so no moment can vouch
for it by a hash. It vouches for itself: its last line names the digest of each other one, and a MAC over
these by the operator's key. A moment only says how far the keys must go at least.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.blobs import CarryError
from bot.carrying.rows import Sheet, read, shapes, tally_of
from bot.store import case_keys
from bot.store.operator_key import OperatorKeys
from bot.store.schema import case_key

#: What the file is called.
KEYS: Final = "keys.jsonl"

_TABLE: Final = case_key.name
_LETTERS: Final = 32


async def write_keys(tx: AsyncConnection, path: Path, operator: OperatorKeys) -> int:
    """Write the keys of all cases, as they are at this moment; the last id that was given to one."""
    shape = next(shape for shape in shapes() if shape.name == _TABLE)
    house = await case_keys.house(tx)
    by = operator.current if house is None else house.operator
    with path.open("w+b") as file:
        tally = await read(tx, shape, file)
        file.seek(0)
        digests = [_digest(line) for line in file]
        mac = operator.mac(_vouched(tally.last, digests), by=by)
        end = {"last": tally.last, "operator": by, "mac": mac, "lines": digests}
        file.write(json.dumps(end, separators=(",", ":")).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return tally.last


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKeys:
    """What the file says. `listed` are the digests of its lines, None where an older version wrote it."""

    path: Path
    last: int
    operator: str
    mac: str
    listed: tuple[str, ...] | None

    def check(self, operator: OperatorKeys, *, least: int | None) -> int:
        """How many keys are damaged or missing; `least` is how far a moment needs them to go.

        Raises CarryError where the file isn't the one that was written with a moment, or after it.
        """
        if least is not None and least > self.last:
            raise CarryError(
                f"{self.path} is older than the backup, and cases that began since have no key in it: "
                "bring the newest copy of that file"
            )
        if self.listed is None:
            if least is not None:
                raise self._changed()
            return 0
        if not operator.vouches(_vouched(self.last, self.listed), self.mac, by=self.operator):
            raise self._changed()
        return len(self.listed) - sum(1 for _ in self.rows())

    def _changed(self) -> CarryError:
        return CarryError(
            f"{self.path} was changed since it was written: bring it from another copy of the backup"
        )

    def rows(self) -> Iterator[bytes]:
        """The lines that are as they were written."""
        listed = None if self.listed is None else set(self.listed)
        with self.path.open("rb") as lines:
            for line in lines:
                if not line.startswith(b"["):
                    continue
                if listed is None:
                    yield line
                elif (digest := _digest(line)) in listed:
                    # One that stands there twice must not make up for another that is missing.
                    listed.discard(digest)
                    yield line

    def sheet(self) -> Sheet:
        """These as a table's rows."""
        shape = next(shape for shape in shapes() if shape.name == _TABLE)
        lines = partial(_iterate, self)
        return Sheet(shape=shape, tally=tally_of(self.rows(), self.last), lines=lines)


def _iterate(kept: KeptKeys) -> Iterable[bytes]:
    return kept.rows()


def kept_keys(folder: Path) -> KeptKeys:
    """What the file of a backup folder says. Raises CarryError where it is missing or cut off."""
    path = folder / KEYS
    try:
        with path.open("rb") as lines:
            end: dict[str, Any] = json.loads(_last(lines))
        listed = end.get("lines")
        return KeptKeys(
            path=path,
            last=int(end["last"]),
            operator=str(end.get("operator", "")),
            mac=str(end.get("mac", "")),
            listed=None if listed is None else tuple(map(str, listed)),
        )
    except (OSError, LookupError, AttributeError, TypeError, ValueError):
        # Without it each case would pass for one that was erased.
        raise CarryError(
            f"{path} is missing or damaged: the keys of all cases are in it, and without them nothing "
            "of the backup can be read. Bring it from where the backup was made or copied to"
        ) from None


def _last(lines: Iterable[bytes]) -> bytes:
    found = b""
    for found in lines:  # noqa: B007  # the last one is wanted
        pass
    return found


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:_LETTERS]


def _vouched(last: int, digests: Iterable[str]) -> bytes:
    return json.dumps([last, *digests], separators=(",", ":")).encode()
