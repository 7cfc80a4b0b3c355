"""One part of what was sent, a file or a member of an archive: from its bytes to what it is.

What comes out crosses process boundaries, so all of it can be pickled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.intake.contents import Content, take
from bot.intake.documents import DOCUMENT_KINDS, DocumentFacts, document_facts
from bot.intake.headers import Found, HeaderReader
from bot.intake.limits import Refused
from bot.intake.sniff import MEDIA_TYPES, Kind
from bot.intake.standing import Standing
from checklist.study import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document: where it lies, and what it shows. `member` is "" for the file itself."""

    member: str
    kind: Kind
    media_type: str
    size: int
    sha256: str
    facts: DocumentFacts


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be read: its label, and its bytes from a new beginning each time."""

    label: str
    chunks: Callable[[], Iterator[bytes]]


#: A DICOM object, what a DICOMDIR lists, a document, the kind of anything else, or why not.
Understood = Found | tuple[Listed, ...] | Document | Kind | Refused


class PartReader:
    """Reads one part after the other; what objects of a study share is one value for all."""

    def __init__(self) -> None:
        """Nothing has been read yet."""
        self._headers = HeaderReader()
        self._limited = Standing()

    def close(self) -> None:
        """End the limited process of this one, which reads documents, if there is any."""
        self._limited.close()

    def read(self, part: Part) -> Understood:
        """What a part inside of something is. Nothing in it raises."""
        try:
            return self._read(part)
        except Refused as refused:
            return refused
        except MemoryError:
            return Refused("too_large")

    def _read(self, part: Part) -> Understood:
        try:
            content = take(part.chunks())
        except OSError:
            return Refused("not_a_file")
        try:
            return self.understand(content, part.label, top=False)
        finally:
            content.close()

    def understand(self, content: Content, label: str, *, top: bool) -> Understood:
        """What these bytes are; raises `Refused`. `top` when they are what was sent."""
        if content.kind == "dicom":
            return self._headers.read(content, label)
        # Small animated pictures and bitmaps on a disc belong to its viewer.
        if content.kind in DOCUMENT_KINDS and (top or content.kind not in ("gif", "bmp")):
            return Document(
                member=label,
                kind=content.kind,
                media_type=MEDIA_TYPES[content.kind],
                size=content.size,
                sha256=content.sha256,
                facts=document_facts(content, self._limited),
            )
        return content.kind
