"""Members of a zip whose directory is lost: each also has a header of its own, right before its bytes.

A zip that was cut off on its way, or whose end was overwritten, still holds all members before that
place. What is found here is read like any other member, its check sum included.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from bot.intake.inflate import RAW, InflateError, crc32, decompressobj
from bot.intake.limits import MIB, Refused
from bot.intake.zip_directory import (
    LOCAL,
    WIDE,
    Bytes,
    Entry,
    labelled,
    unicode_path,
    wide_sizes,
)

_HEADER, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_STEP, _NEAR = 4 * MIB, 64 * 1024
#: Sizes that are told only after the bytes cost a pass of their own, and so may not take for ever.
_SECONDS = 60.0
_LATER = 0x08


def salvage(data: Bytes, most: int) -> tuple[Entry, ...]:
    """The members that are whole, in the order in which they lie; raises `Refused` without any."""
    entries: list[Entry] = []
    for entry in _Search(data).entries():
        entries.append(entry)
        if len(entries) > most:
            raise Refused("too_many_files")
    if not entries:
        raise Refused("no_directory")
    return labelled(entries)


class _Search:
    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._until = monotonic() + _SECONDS

    def entries(self) -> Iterator[Entry]:
        at = self._find(_HEADER, 0)
        while at is not None and monotonic() < self._until:
            try:
                entry, end = self._entry(at)
            except Refused:
                # No header, or one of a member that is not whole: the next one may be.
                at = self._find(_HEADER, at + 4)
                continue
            yield entry
            at = end if self._data.at(end, 4) == _HEADER else self._find(_HEADER, end)

    def _entry(self, at: int) -> tuple[Entry, int]:
        """The member whose header is here, and where it ends."""
        head = self._data.at(at, LOCAL.size)
        if len(head) < LOCAL.size:
            raise Refused("damaged_member")
        fields = LOCAL.unpack(head)
        flags, method, crc, compressed, size, name_length, extra_length = (
            *fields[3:5],
            *fields[7:12],
        )
        raw = self._data.at(at + LOCAL.size, name_length)
        extra = self._data.at(at + LOCAL.size + name_length, extra_length)
        start = at + LOCAL.size + name_length + extra_length
        if WIDE in (size, compressed):
            size, compressed = wide_sizes(extra, size, compressed)
        end = start + compressed
        if flags & _LATER:
            crc, compressed, size, end = self._described(start, method)
        if end > self._data.length or not raw:
            raise Refused("damaged_member")
        entry = Entry(
            raw=raw,
            unicode_path=unicode_path(extra),
            flags=flags,
            method=method,
            crc=crc,
            compressed=compressed,
            size=size,
            offset=at,
        )
        return entry, end

    def _described(self, start: int, method: int) -> tuple[int, int, int, int]:
        """Check sum, both sizes and the end of a member that tells them only after its bytes."""
        if method == 8:
            compressed, size, crc = self._inflated(start)
            return crc, compressed, size, start + compressed
        # Anything else ends where a descriptor says so with the right length.
        at = self._find(_DESCRIPTOR, start)
        while at is not None and monotonic() < self._until:
            record = self._data.at(at, 16)
            crc, compressed, size = (
                int.from_bytes(record[n : n + 4], "little") for n in (4, 8, 12)
            )
            if compressed == at - start:
                return crc, compressed, size, at + 16
            at = self._find(_DESCRIPTOR, at + 4)
        raise Refused("damaged_member")

    def _inflated(self, start: int) -> tuple[int, int, int]:
        """Bytes in and out of a stream, and the check sum of what comes out, by inflating it."""
        stream, at, size, crc = decompressobj(RAW), start, 0, 0
        try:
            while not stream.eof:
                piece = stream.unconsumed_tail
                if not piece:
                    piece = self._data.at(at, _STEP)
                    at += len(piece)
                chunk = stream.decompress(piece, _STEP)
                size, crc = size + len(chunk), crc32(chunk, crc)
                if monotonic() > self._until or not (piece or chunk):
                    raise Refused("damaged_member")
        except InflateError:
            raise Refused("damaged_member") from None
        return at - start - len(stream.unused_data), size, crc

    def _find(self, mark: bytes, at: int) -> int | None:
        """Where the mark stands next."""
        size = _NEAR
        while at < self._data.length:
            window = self._data.at(at, size)
            found = window.find(mark)
            if found >= 0:
                return at + found
            if len(window) < size:
                return None
            at += size - len(mark) + 1
            size = _STEP
        return None
