"""The table of contents of a zip: finding it, reading it, and doing without it where it is lost.

The layout is PKWARE's APPNOTE.TXT 6.3 (https://support.pkware.com/pkzip/application-note-archives).
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import SEEK_END
from os import pread
from typing import BinaryIO

from bot.intake.limits import MIB, Refused
from bot.intake.zip_names import label_all

END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
LOCAL = struct.Struct("<4s2B4HL2L2H")
_DIRECTORY_CAP = 128 * MIB

WIDE = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNIX, _MAC = 3, 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a zip's directory.

    `name` is unique within its zip and only ever a label; `raw` is the name as it was written.
    `unsafe` says that the name led out of the folder, or that it is no plain file.
    """

    name: str = ""
    raw: bytes
    unicode_path: bytes = b""
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    unsafe: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder."""
        return self.name.endswith("/")

    @property
    def encrypted(self) -> bool:
        """Whether it can't be read without a password."""
        return bool(self.flags & 1) or self.method == 99


class Bytes:
    """The bytes of a seekable file at any place. Processes that share the file may read at once."""

    def __init__(self, file: BinaryIO) -> None:
        """The file stays open as long as this is used."""
        self.length = file.seek(0, SEEK_END)
        self._file = file
        try:
            self._descriptor: int | None = file.fileno()
        except OSError:  # it lies in memory
            self._descriptor = None

    def at(self, offset: int, size: int) -> bytes:
        """As many bytes as there are from there, at most `size`."""
        if self._descriptor is not None:
            return pread(self._descriptor, size, offset)
        self._file.seek(offset)
        return self._file.read(size)


def read_directory(data: Bytes, most: int) -> tuple[Entry, ...]:
    """The entries in the order of the directory; raises `Refused` where it is lost or damaged."""
    start, size, shift = _find(data)
    entries: list[Entry] = []
    for entry in _entries(data.at(start, size), shift):
        if len(entries) >= most:
            raise Refused("too_many_files")
        entries.append(entry)
    return labelled(entries)


def labelled(entries: list[Entry]) -> tuple[Entry, ...]:
    """The same entries with names that people can read and no two share."""
    labels = label_all([(one.raw, one.flags & 0x800 != 0, one.unicode_path) for one in entries])
    return tuple(
        replace(entry, name=label.text, unsafe=entry.unsafe or label.unsafe)
        for entry, label in zip(entries, labels, strict=True)
    )


def extra_field(extra: bytes, wanted: int) -> bytes:
    """One of the fields that stand behind a name, b"" where it isn't there."""
    at = 0
    while at + 4 <= len(extra):
        field, size = struct.unpack_from("<HH", extra, at)
        if field == wanted:
            return extra[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


def unicode_path(extra: bytes) -> bytes:
    """Info-ZIP's name in UTF-8, with the check sum of the plain name before it."""
    return extra_field(extra, _UNICODE_PATH)


def wide_sizes(extra: bytes, *values: int) -> tuple[int, ...]:
    """These values, each that is full replaced by the next one of the zip64 field.

    Raises `Refused` where the field is too short.
    """
    field = extra_field(extra, _ZIP64)
    found = []
    for value in values:
        if value == WIDE:
            if len(field) < 8:
                raise Refused("damaged_archive")
            value, field = int.from_bytes(field[:8], "little"), field[8:]
        found.append(value)
    return tuple(found)


def _find(data: Bytes) -> tuple[int, int, int]:
    """Where the directory starts, its size, and by how much all offsets are shifted."""
    tail_at = max(0, data.length - END.size - 65_535)
    tail = data.at(tail_at, data.length - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + END.size > len(tail):
        raise Refused("no_directory")
    _, _, _, _, _, size, offset, _ = END.unpack_from(tail, at)
    end = tail_at + at
    if at >= _LOCATOR64.size and tail.startswith(b"PK\x06\x07", at - _LOCATOR64.size):
        end, size, offset = _end64(data, tail_at + at - _LOCATOR64.size)
    shift = end - size - offset
    if shift < 0 or size > _DIRECTORY_CAP:
        raise Refused("damaged_archive")
    return offset + shift, size, shift


def _end64(data: Bytes, locator_at: int) -> tuple[int, int, int]:
    _, _, at, _ = _LOCATOR64.unpack(data.at(locator_at, _LOCATOR64.size))
    # Bytes before the archive shift it; the record then stands right before its locator.
    for where in (at, locator_at - _END64.size):
        record = data.at(where, _END64.size) if 0 <= where < data.length else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            fields = _END64.unpack(record)
            return where, fields[8], fields[9]
    raise Refused("damaged_archive")


def _entries(directory: bytes, shift: int) -> Iterator[Entry]:
    at = 0
    while at + _CENTRAL.size <= len(directory) and directory.startswith(b"PK\x01\x02", at):
        fields = _CENTRAL.unpack_from(directory, at)
        name_length, extra_length, comment_length = fields[12:15]
        at += _CENTRAL.size
        raw = directory[at : at + name_length]
        extra = directory[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment_length
        size, compressed, offset = wide_sizes(extra, fields[11], fields[10], fields[18])
        yield Entry(
            raw=raw,
            unicode_path=unicode_path(extra),
            flags=fields[5],
            method=fields[6],
            crc=fields[9],
            compressed=compressed,
            size=size,
            offset=offset + shift,
            unsafe=_no_plain_file(fields[2], fields[17]),
        )
    if at != len(directory):
        raise Refused("damaged_archive")


def _no_plain_file(made_by: int, attributes: int) -> bool:
    """Whether a Unix made it of a link or a device, which nobody needs to send."""
    mode = attributes >> 16 if made_by in (_UNIX, _MAC) else 0
    return bool(stat.S_IFMT(mode)) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
