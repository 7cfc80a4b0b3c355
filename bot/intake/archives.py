"""Reading a zip safely: by its directory, member by member, never onto the disk under their names.

Sizes are what comes out, not what the directory promises, and every CRC is checked. The layout is
PKWARE's APPNOTE.TXT 6.3 (https://support.pkware.com/pkzip/application-note-archives).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from threading import Lock
from typing import BinaryIO

from bot.intake.inflate import RAW, InflateError, crc32, decompressobj
from bot.intake.limits import MIB, Budget, Refused

#: Between the name of an archive within an archive and a name inside it.
NESTED = "!/"

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_DIRECTORY_CAP = 128 * MIB

_READ = 256 * 1024
_WRITE = 4 * MIB
#: Members up to this size are inflated in one call, which is a third faster than in pieces.
_AT_ONCE = 16 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a zip's directory. `name` is unique within its zip and only ever a label."""

    name: str
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder."""
        return self.name.endswith("/")

    @property
    def encrypted(self) -> bool:
        """Whether it can't be read without a password."""
        return bool(self.flags & 1) or self.method == 99


class ZipReader:
    """The members of a zip in a seekable file; raises `Refused` when it is unsafe or broken."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        """Read and check the directory; nothing is inflated yet."""
        self._file = file
        # Members may be read by several threads at once.
        self._lock = Lock()
        self._budget = budget
        self._length = file.seek(0, SEEK_END)
        start, size, shift = self._find_directory()
        self._shift = shift
        self.entries = self._read_directory(start, size)
        self.names = frozenset(entry.name for entry in self.entries)
        self._refuse_overlaps()

    @property
    def files(self) -> tuple[Entry, ...]:
        """The entries that are not folders, in the order in which they lie in the file."""
        kept = [entry for entry in self.entries if not entry.is_folder]
        return tuple(sorted(kept, key=lambda entry: entry.offset))

    def check_budget(self) -> None:
        """Raise `Refused` when the archive promises more than may come out of it."""
        files = self.files
        if files and all(entry.encrypted for entry in files):
            raise Refused("encrypted_archive")
        self._budget.declare([entry.size for entry in files])

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The member's bytes; raises `Refused` at the end when they are not what was stored."""
        if entry.encrypted:
            raise Refused("encrypted_archive")
        left, crc = entry.size, 0
        for chunk in self._inflate(entry):
            left -= len(chunk)
            self._budget.spend(len(chunk))
            if left < 0:
                raise Refused("damaged_member")
            crc = crc32(chunk, crc)
            yield chunk
        if left or crc != entry.crc:
            raise Refused("damaged_member")

    # ---- the directory -------------------------------------------------------------------------

    def _find_directory(self) -> tuple[int, int, int]:
        """Where the directory starts, its size, and by how much all offsets are shifted."""
        tail_at = max(0, self._length - _END.size - 65_535)
        tail = self._at(tail_at, self._length - tail_at)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + _END.size > len(tail):
            raise Refused("no_directory")
        _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, at)
        end = tail_at + at
        if at >= _LOCATOR64.size and tail.startswith(b"PK\x06\x07", at - _LOCATOR64.size):
            end, size, offset = self._end64(tail_at + at - _LOCATOR64.size)
        shift = end - size - offset
        if shift < 0 or size > _DIRECTORY_CAP:
            raise Refused("damaged_archive")
        return offset + shift, size, shift

    def _end64(self, locator_at: int) -> tuple[int, int, int]:
        _, _, at, _ = _LOCATOR64.unpack(self._at(locator_at, _LOCATOR64.size))
        # Bytes before the archive shift it; the record then stands right before its locator.
        for where in (at, locator_at - _END64.size):
            record = self._at(where, _END64.size) if 0 <= where < self._length else b""
            if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                fields = _END64.unpack(record)
                return where, fields[8], fields[9]
        raise Refused("damaged_archive")

    def _read_directory(self, start: int, size: int) -> tuple[Entry, ...]:
        data = self._at(start, size)
        entries: list[Entry] = []
        labels: dict[str, int] = {}
        at = 0
        while at + _CENTRAL.size <= len(data) and data.startswith(b"PK\x01\x02", at):
            fields = _CENTRAL.unpack_from(data, at)
            name_length, extra_length, comment_length = fields[12:15]
            at += _CENTRAL.size
            raw = data[at : at + name_length]
            extra = data[at + name_length : at + name_length + extra_length]
            at += name_length + extra_length + comment_length
            if len(entries) >= self._budget.limits.entries:
                raise Refused("too_many_files")
            entries.append(_entry(fields, _label(raw, fields[5], labels), extra, self._shift))
        if at != len(data):
            raise Refused("damaged_archive")
        return tuple(entries)

    def _refuse_overlaps(self) -> None:
        """Members that share bytes are how a small file unfolds to terabytes (Fifield, 2019)."""
        free_from = 0
        for entry in sorted(self.entries, key=lambda entry: entry.offset):
            if entry.offset < free_from:
                raise Refused("bomb")
            free_from = entry.offset + _LOCAL.size + entry.compressed

    # ---- the members ---------------------------------------------------------------------------

    def _inflate(self, entry: Entry) -> Iterator[bytes]:
        head = self._at(entry.offset, _LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise Refused("damaged_member")
        fields = _LOCAL.unpack(head)
        start = entry.offset + _LOCAL.size + fields[10] + fields[11]
        if start + entry.compressed > self._length:
            raise Refused("damaged_member")
        if entry.method == 0:
            yield from self._stored(start, entry)
        elif entry.method == 8:
            yield from self._deflated(start, entry)
        else:
            raise Refused("other_compression")

    def _stored(self, start: int, entry: Entry) -> Iterator[bytes]:
        if entry.compressed != entry.size:
            raise Refused("damaged_member")
        step = _AT_ONCE if entry.size <= _AT_ONCE else _WRITE
        for at in range(0, entry.compressed, step):
            yield self._at(start + at, min(step, entry.compressed - at))

    def _deflated(self, start: int, entry: Entry) -> Iterator[bytes]:
        whole = entry.size <= _AT_ONCE and entry.compressed <= _AT_ONCE
        step = entry.compressed if whole else _READ
        room = entry.size + 1 if whole else _WRITE
        stream = decompressobj(RAW)
        at = 0
        try:
            while not stream.eof:
                piece = stream.unconsumed_tail
                if not piece and at < entry.compressed:
                    piece = self._at(start + at, min(step, entry.compressed - at))
                    at += len(piece)
                chunk = stream.decompress(piece, room)
                if chunk:
                    yield chunk
                elif not stream.eof and not stream.unconsumed_tail and at >= entry.compressed:
                    raise Refused("damaged_member")
        except InflateError:
            raise Refused("damaged_member") from None

    def _at(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(size)


def _entry(fields: tuple[int, ...], name: str, extra: bytes, shift: int) -> Entry:
    compressed, size, offset = fields[10], fields[11], fields[18]
    wide = _extra_field(extra, 0x0001)
    for value in (size, compressed, offset):
        if value == 0xFFFFFFFF and len(wide) < 8:
            raise Refused("damaged_archive")
    if size == 0xFFFFFFFF:
        size, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if compressed == 0xFFFFFFFF:
        compressed, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if offset == 0xFFFFFFFF:
        offset = int.from_bytes(wide[:8], "little")
    return Entry(
        name=name,
        flags=fields[5],
        method=fields[6],
        crc=fields[9],
        compressed=compressed,
        size=size,
        offset=offset + shift,
    )


def _extra_field(extra: bytes, wanted: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        field, size = struct.unpack_from("<HH", extra, at)
        if field == wanted:
            return extra[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


def _label(raw: bytes, flags: int, labels: dict[str, int]) -> str:
    """The name as text, with a number where the same name stood in this zip before."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    name = name.replace("\\", "/")
    seen = labels.get(name, 0)
    labels[name] = seen + 1
    return f"{name} ({seen + 1})" if seen and not name.endswith("/") else name
