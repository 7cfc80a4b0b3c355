"""Assembly: the zip of a package, written in a child process.

Originals lie in archives that strangers made, and are inflated by native code to be read: whatever
that leads to, it happens to the child. One byte that differs from what was received, and there is no
package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.handoff.contents import Entry
from bot.handoff.sources import Sources
from bot.handoff.zipwriter import EntryMismatch, Member, write_zip
from bot.intake.limits import Refused


class PackageError(Exception):
    """The package can't be built; says what is wrong, without a name that a patient gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written: the made files as they are, then the originals by their entries."""

    made: tuple[tuple[str, bytes], ...]
    entries: tuple[Entry, ...]
    built_at: datetime


def assemble(plan: Plan, paths: Mapping[str, Path], to: Path) -> tuple[str, int]:
    """Write the zip to a new file; its SHA-256 in hexadecimal, and its size in bytes.

    `paths` are the local files of the blobs that the entries name. Large entries wait beside `to`:
    a system's own folder may be in memory. Raises `PackageError`, and OSError where the disk is full.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with Sources(paths.__getitem__) as sources, to.open("xb") as out:
            for chunk in write_zip(_members(plan, sources), to.parent):
                digest.update(chunk)
                size += out.write(chunk)
    except EntryMismatch as error:
        raise PackageError(str(error)) from error
    except Refused as error:
        raise PackageError(f"a stored archive can't be read: {error.reason}") from error
    except KeyError as error:
        raise PackageError("a stored archive lacks a member that was indexed") from error
    return digest.hexdigest(), size


def _members(plan: Plan, sources: Sources) -> Iterator[Member]:
    yield from _made(plan.made, plan.built_at)
    for entry in plan.entries:
        yield Member(
            name=entry.path,
            read=partial(sources.read, entry.blob_id, entry.member),
            sha256=entry.sha256,
            size=entry.size,
            modified=entry.received_at,
        )


def _made(files: Iterable[tuple[str, bytes]], built_at: datetime) -> Iterator[Member]:
    for name, body in files:
        digest = hashlib.sha256(body).hexdigest()
        yield Member(
            name=name, read=partial(iter, (body,)), sha256=digest, size=len(body), modified=built_at
        )
