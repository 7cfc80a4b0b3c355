"""One pass over the bytes of a file: hash, size, kind, and as much of it as its kind needs."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from bot.intake.limits import MIB
from bot.intake.sniff import CONTAINERS, SNIFF_BYTES, Kind, sniff

#: How much of a file is kept in memory. Headers of multi-frame images reach a few megabytes.
HEAD = 16 * MIB
#: How much of its end is kept: enough to find where compressed pixels stop.
TAIL = 64 * 1024
_STEP = 4 * MIB

#: Kinds that are read as a whole, from a temporary file where they are long.
_READ_WHOLE: frozenset[Kind] = CONTAINERS | frozenset(
    {"pdf", "jpeg", "png", "webp", "tiff", "docx", "xlsx", "pptx", "odt", "ods"}
)


@dataclass(slots=True, kw_only=True)
class Content:
    """What was read of a file: `head` is all of it where `size` is no more than `HEAD`."""

    kind: Kind
    size: int
    sha256: str
    head: bytes
    tail: bytes
    spool: BinaryIO | None = None

    @property
    def whole(self) -> bool:
        """Whether `head` is all of it."""
        return len(self.head) == self.size

    def open(self) -> BinaryIO:
        """A seekable file over all of it, or over the beginning where no more is kept."""
        if self.spool is None:
            return BytesIO(self.head)
        self.spool.seek(0)
        return self.spool

    def close(self) -> None:
        """Drop the temporary file, if there is one."""
        if self.spool is not None:
            self.spool.close()


def take(chunks: Iterator[bytes]) -> Content:
    """Read everything; raises what the chunks raise.

    The first chunk must be `SNIFF_BYTES` long unless the file is shorter.
    """
    first = next(chunks, b"")
    # What most parts are is told without copying anything of them.
    kind: Kind = "dicom" if first[128:132] == b"DICM" else sniff(first[:SNIFF_BYTES])
    digest = hashlib.sha256(first)
    second = next(chunks, None)
    if second is None:
        return Content(
            kind=kind,
            size=len(first),
            sha256=digest.hexdigest(),
            head=first,
            # Where pixels stop is found in the head where that is all of it.
            tail=b"" if kind == "dicom" else first[-TAIL:],
        )
    return _take_long(kind, first, second, chunks, digest.copy())


def _take_long(
    kind: Kind, first: bytes, second: bytes, chunks: Iterator[bytes], digest: hashlib._Hash
) -> Content:
    spool: BinaryIO | None = tempfile.TemporaryFile() if kind in _READ_WHOLE else None  # noqa: SIM115
    head, tail, size = bytearray(first[:HEAD]), first[-TAIL:], len(first)
    if spool:
        spool.write(first)
    try:
        chunk: bytes | None = second
        while chunk is not None:
            digest.update(chunk)
            size += len(chunk)
            head += chunk[: HEAD - len(head)]
            tail = (tail + chunk)[-TAIL:]
            if spool:
                spool.write(chunk)
            chunk = next(chunks, None)
    except BaseException:
        if spool:
            spool.close()
        raise
    return Content(
        kind=kind,
        size=size,
        sha256=digest.hexdigest(),
        head=bytes(head),
        tail=tail,
        spool=spool,
    )


def file_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file on disk."""
    with path.open("rb") as file:
        while chunk := file.read(_STEP):
            yield chunk
