"""What lies in a store of a test: plain, through the store; and the file itself, as it lies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class Opens(Protocol):
    """Blobs, or files on their way."""

    def open(self, one: str, /) -> AsyncIterator[bytes]: ...


async def bytes_of(store: Opens, one: str) -> bytes:
    """The plain bytes. Raises FileNotFoundError."""
    return b"".join([piece async for piece in store.open(one)])


def blob_file(folder: Path, blob_id: str) -> Path:
    """Where a blob lies in a folder of blobs."""
    return folder / blob_id[:2] / blob_id
