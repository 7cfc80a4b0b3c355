"""Reading a zip safely: by its directory, member by member, never onto the disk under their names.

No member becomes longer than it promises, and every CRC is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from bot.intake.inflate import RAW, crc32, decompressobj
from bot.intake.limits import MIB, Budget, Refused
from bot.intake.salvage import salvage
from bot.intake.zip_directory import LOCAL, Bytes, Entry, read_directory
from bot.intake.zip_names import NESTED

__all__ = ["AT_ONCE", "NESTED", "Entry", "ZipReader"]

_READ = 256 * 1024
_WRITE = 4 * MIB
#: Members up to this size are inflated in one call, which is a third faster than in pieces.
AT_ONCE = 16 * MIB

_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
#: What a stream of LZMA may want to remember.
_LZMA_DICTIONARY = 64 * MIB


class ZipReader:
    """The members of a zip in a seekable file; raises `Refused` when it is unsafe or broken.

    Nothing in it changes after it was made, so that forked processes may read members at once.
    """

    def __init__(self, file: BinaryIO, budget: Budget, *, damaged: bool = False) -> None:
        """Read and check the directory; nothing is inflated yet.

        With `damaged`, a zip without a directory is read as far as its members are whole, and
        `salvaged` says so.
        """
        self._data = Bytes(file)
        self._budget = budget
        self.salvaged = False
        self.entries = self._find_entries(damaged)
        self.names = frozenset(entry.name for entry in self.entries)
        self.files = tuple(
            sorted(
                (entry for entry in self.entries if not entry.is_folder),
                key=lambda entry: entry.offset,
            )
        )
        self._refuse_overlaps()

    def check(self) -> None:
        """Raise `Refused` when there are too many members, or none can be read."""
        if self.files and all(entry.encrypted for entry in self.files):
            raise Refused("encrypted_archive")
        self._budget.count(len(self.files))

    def admit(self, entry: Entry) -> None:
        """Take a member from the budget before it is read; raises `Refused` where it may not be."""
        if entry.encrypted:
            raise Refused("encrypted_archive")
        self._budget.admit(entry.size, entry.compressed)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The member's bytes; raises `Refused` at the end when they are not what was stored."""
        if entry.encrypted:
            raise Refused("encrypted_archive")
        left, crc = entry.size, 0
        for chunk in self._unpacked(entry):
            left -= len(chunk)
            if left < 0:
                raise Refused("damaged_member")
            crc = crc32(chunk, crc)
            yield chunk
        if left or crc != entry.crc:
            raise Refused("damaged_member")

    def _find_entries(self, damaged: bool) -> tuple[Entry, ...]:
        most = self._budget.limits.entries
        try:
            return read_directory(self._data, most)
        except Refused as refused:
            if not damaged or refused.reason not in ("no_directory", "damaged_archive"):
                raise
            self.salvaged = True
            try:
                return salvage(self._data, most)
            except Refused:
                raise refused from None

    def _refuse_overlaps(self) -> None:
        """Members that share bytes are how a small file unfolds to terabytes (Fifield, 2019)."""
        free_from = 0
        for entry in sorted(self.entries, key=lambda entry: entry.offset):
            if entry.offset < free_from:
                raise Refused("bomb")
            free_from = entry.offset + LOCAL.size + entry.compressed

    # ---- the members ---------------------------------------------------------------------------

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        head = self._data.at(entry.offset, LOCAL.size)
        if len(head) < LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise Refused("damaged_member")
        fields = LOCAL.unpack(head)
        start = entry.offset + LOCAL.size + fields[10] + fields[11]
        if start + entry.compressed > self._data.length:
            raise Refused("damaged_member")
        try:
            if entry.method not in (_STORED, _DEFLATED, _BZIP2, _LZMA):
                raise Refused("other_compression")
            if entry.method == _STORED:
                yield from self._stored(start, entry)
            elif entry.method == _DEFLATED and max(entry.size, entry.compressed) <= AT_ONCE:
                yield self._deflated(start, entry)
            else:
                yield from self._streamed(start, entry)
        except (Refused, MemoryError):
            raise
        except (
            Exception
        ):  # broken bytes, or a scratched disc; each way to unpack has its own errors
            raise Refused("damaged_member") from None

    def _stored(self, start: int, entry: Entry) -> Iterator[bytes]:
        if entry.compressed != entry.size:
            raise Refused("damaged_member")
        step = AT_ONCE if entry.size <= AT_ONCE else _WRITE
        for at in range(0, entry.compressed, step):
            yield self._data.at(start + at, min(step, entry.compressed - at))

    def _deflated(self, start: int, entry: Entry) -> bytes:
        stream = decompressobj(RAW)
        # One byte more than was promised shows that there is more.
        data: bytes = stream.decompress(self._data.at(start, entry.compressed), entry.size + 1)
        if not stream.eof and len(data) <= entry.size:
            raise Refused("damaged_member")
        return data

    def _streamed(self, start: int, entry: Entry) -> Iterator[bytes]:
        end = start + entry.compressed
        at, stream = self._stream(start, end, entry.method)
        piece = b""
        while not stream.eof:
            if not piece and at < end and getattr(stream, "needs_input", True):
                piece = self._data.at(at, min(_READ, end - at))
                at += len(piece)
            fed, chunk = bool(piece), stream.decompress(piece, _WRITE)
            piece = getattr(stream, "unconsumed_tail", b"")
            if chunk:
                yield chunk
            elif not fed and at >= end:
                return  # LZMA need not say where it ends; the size and the CRC tell

    def _stream(self, start: int, end: int, method: int) -> tuple[int, Any]:
        """Where the stream begins, and what unpacks it. LZMA has its settings before it (§5.8.8)."""
        if method == _DEFLATED:
            return start, decompressobj(RAW)
        if method == _BZIP2:
            import bz2

            return start, bz2.BZ2Decompressor()
        import lzma

        head = self._data.at(start, 9)
        if len(head) < 9 or start + 9 > end or head[2:4] != b"\x05\x00":
            raise Refused("damaged_member")
        size = int.from_bytes(head[5:9], "little")
        if size > _LZMA_DICTIONARY:
            raise Refused("too_large")
        literal, position = head[4] % 9, head[4] // 9
        settings = {
            "id": lzma.FILTER_LZMA1,
            "dict_size": max(size, 4096),
            "lc": literal,
            "lp": position % 5,
            "pb": position // 5,
        }
        return start + 9, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[settings])
