"""One file that is compressed by gzip, read in place: a disc can have a thousand of them.

The library that inflates it is the one that inflates zips. A tar within is another matter, and so
is every other kind of compression: `unpacking.py` reads those. The format is RFC 1952.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from bot.intake.archives import Entry
from bot.intake.limits import MIB, Budget, Refused
from bot.intake.sniff import SNIFF_BYTES, sniff
from bot.intake.zip_directory import Bytes

_MAGIC = b"\x1f\x8b"
_READ = 256 * 1024
_NAME = "data"
_FORMAT = zlib.MAX_WBITS | 16


class GzipReader:
    """The one member of a gzip, as `ZipReader` gives those of a zip."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        """Nothing is inflated yet."""
        self._bytes = Bytes(file)
        self._budget = budget
        length = self._bytes.length
        # What its end says of its size is true below 4 GB, and for no more than to plan with.
        size = int.from_bytes(self._bytes.at(max(0, length - 4), 4), "little")
        self.files = (
            Entry(
                name=_NAME,
                raw=_NAME.encode(),
                flags=0,
                method=8,
                crc=0,
                compressed=length,
                size=size,
                offset=0,
            ),
        )
        self.salvaged = False
        self.names = frozenset({_NAME})

    @property
    def holds_tar(self) -> bool:
        """Whether what is compressed is a tar, or may be, since its beginning is damaged."""
        head = b""
        try:
            for chunk in self._inflated(SNIFF_BYTES):
                head += chunk
                if len(head) >= SNIFF_BYTES:
                    break
        except zlib.error:
            return True
        return sniff(head[:SNIFF_BYTES]) == "tar"

    def check(self) -> None:
        """Raise `Refused` when no more files may be read."""
        self._budget.count(1)

    def admit(self, entry: Entry) -> None:
        """Nothing is taken from the budget yet: what its end says of its size promises nothing."""

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes; raises `Refused` when they are not what was compressed."""
        total, waiting = 0, b""
        try:
            for chunk in self._inflated(MIB):
                total += len(chunk)
                self._budget.spend(len(chunk))
                if total > self._budget.limits.member:
                    raise Refused("too_large")
                waiting += chunk
                # The first piece tells what it is, so that it must not be short.
                if len(waiting) >= SNIFF_BYTES:
                    yield waiting
                    waiting = b""
        except zlib.error:
            raise Refused("damaged_member") from None
        if waiting:
            yield waiting

    def _inflated(self, room: int) -> Iterator[bytes]:
        """What comes out, in pieces of up to `room`; the checksums are zlib's to check."""
        at = 0
        left = b""
        stream = zlib.decompressobj(_FORMAT)
        while True:
            if not left:
                left = self._bytes.at(at, _READ)
                at += len(left)
            if stream.eof:
                if not left.startswith(_MAGIC):
                    return  # The end, or padding.
                stream = zlib.decompressobj(_FORMAT)
            if not left:
                raise zlib.error("cut off")
            if chunk := stream.decompress(left, room):
                yield chunk
            left = stream.unused_data if stream.eof else stream.unconsumed_tail
