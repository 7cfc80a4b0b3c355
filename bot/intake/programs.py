"""Programs of the system that read what libarchive can't: `7z` for locked 7z, `unar` for old RAR.

They run within a limited process and under its limits, list an archive, and then write the bytes of
all its members to a pipe, one after the other, never to the disk under a name from the archive. The
sizes and checksums of the list tell the members apart and show whether they are whole.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from bot.intake.copying import Copying
from bot.intake.libarchive import BadData
from bot.intake.limited import follow_parent
from bot.intake.limits import MIB

_CHUNK = 256 * 1024
_LIST_CAP = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A member as a program lists it. `crc` is None where the archive has none in the clear."""

    name: bytes
    size: int
    folder: bool
    link: bool
    locked: bool
    crc: int | None


def copy_with_seven_zip(copying: Copying, descriptor: int, password: str = "") -> None:
    """Copy all members by `7z`. It asks for the password on its standard input."""
    asked = _typed(password)
    path = f"/proc/self/fd/{descriptor}"
    code, out, said = _run(["7z", "l", "-slt", "-ba", "-bd", path], descriptor, asked)
    if code:
        locked = b"password" in said.lower() or b"encrypted" in said.lower()
        raise BadData(locked=locked)
    command = ["7z", "x", "-so", "-y", "-bd", "-mmt1", path]
    _copy(copying, command, descriptor, asked, list(_slt(out)))


def copy_with_unar(copying: Copying, descriptor: int, locked: Sequence[bool] = ()) -> None:
    """Copy all members by `unar`; `locked` tells of each whether a password has opened it already.

    It takes a password on its command line only, so it gets none.
    """
    path = f"/proc/self/fd/{descriptor}"
    code, out, _ = _run(["lsar", "-j", path], descriptor, b"")
    try:
        listed = [_of_lsar(entry) for entry in json.loads(out)["lsarContents"]]
    except (ValueError, KeyError, TypeError):
        raise BadData(locked=False) from None
    if code and not listed:
        raise BadData(locked=False)
    if len(locked) == len(listed):
        listed = [replace(one, locked=was) for one, was in zip(listed, locked, strict=True)]
    command = ["unar", "-q", "-nr", "-k", "skip", "-o", "-", path]
    _copy(copying, command, descriptor, b"", listed)


# ---- members from one pipe ---------------------------------------------------------------------


def _copy(
    copying: Copying, command: list[str], descriptor: int, asked: bytes, listed: list[Listed]
) -> None:
    program = _start(command, descriptor, stderr=subprocess.DEVNULL)
    assert program.stdin is not None
    assert program.stdout is not None
    with program:
        # A program that needs no password may have ended before it was given one.
        with contextlib.suppress(BrokenPipeError):
            program.stdin.write(asked)
            program.stdin.close()
        lost = False
        for member in listed:
            copying.count()
            if member.folder:
                continue
            if member.link:
                copying.found.links += 1
                _skip(program.stdout, member.size)
            elif lost:
                # After bytes that are not what they should be nobody knows where the next begin.
                copying.lost(member.name, locked=member.locked and not copying.found.opened)
            else:
                chunks = _member(program.stdout, member)
                lost = not copying.member(member.name, chunks, locked=member.locked)
        program.kill()


def _member(pipe: IO[bytes], member: Listed) -> Iterator[bytes]:
    left, crc = member.size, 0
    while left:
        chunk = pipe.read(min(left, _CHUNK))
        if not chunk:
            raise BadData(locked=member.locked)
        left -= len(chunk)
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if member.crc is not None and crc != member.crc:
        raise BadData(locked=member.locked)


def _skip(pipe: IO[bytes], size: int) -> None:
    while size and (chunk := pipe.read(min(size, _CHUNK))):
        size -= len(chunk)


# ---- lists -------------------------------------------------------------------------------------


def _slt(out: bytes) -> Iterator[Listed]:
    """The members of what `7z l -slt` prints: a paragraph each, of lines `Key = value`."""
    for paragraph in out.split(b"\n\n"):
        lines = (line.partition(b" = ") for line in paragraph.splitlines())
        said = {key: value for key, _, value in reversed(list(lines))}
        if b"Path" not in said or not said.get(b"Size", b"").isdigit():
            continue
        kind = said.get(b"Attributes", b"").split(b" ")[-1][:1]
        crc = said.get(b"CRC", b"")
        yield Listed(
            name=said[b"Path"],
            size=int(said[b"Size"]),
            folder=said.get(b"Folder") == b"+"
            or b"D" in said.get(b"Attributes", b"").split(b" ")[0],
            link=kind not in (b"-", b"d", b"") and kind in b"lpsbc",
            locked=said.get(b"Encrypted") == b"+",
            crc=int(crc, 16) if crc else None,
        )


def _of_lsar(entry: dict[str, object]) -> Listed:
    crc = entry.get("RARCRC32", entry.get("RAR5CRC32"))
    size = entry.get("XADFileSize")
    if not isinstance(size, int) or size < 0:
        raise ValueError
    return Listed(
        name=str(entry["XADFileName"]).encode("utf-8", "replace"),
        size=size,
        folder=bool(entry.get("XADIsDirectory")),
        link=bool(entry.get("XADIsLink")),
        locked=bool(entry.get("XADIsEncrypted")),
        crc=crc if isinstance(crc, int) else None,
    )


# ---- running -----------------------------------------------------------------------------------


def _typed(password: str) -> bytes:
    """A password as it would be typed: `7z` takes one with a NUL in it for a mistake of ours."""
    return password.replace("\0", "").encode("utf-8", "replace") + b"\n"


def _start(command: list[str], descriptor: int, stderr: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        pass_fds=[descriptor],
        preexec_fn=follow_parent,  # This process has one thread.
    )


def _run(command: list[str], descriptor: int, asked: bytes) -> tuple[int, bytes, bytes]:
    program = _start(command, descriptor, stderr=subprocess.PIPE)
    with program:
        out, said = program.communicate(asked)
        if len(out) > _LIST_CAP:
            raise BadData(locked=False)
        return program.returncode, out, said
