"""What a document says, all of it: for counting it, and for comparing a translation with its original.

It is called in a child process with limits, since what is read was sent by strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from bot.intake.limits import MIB, Refused

if TYPE_CHECKING:
    from bot.intake.contents import Content
    from bot.intake.sniff import Kind

#: read: its words; scan: pictures of pages; unread: it has no text, or none that can be read.
TextState = Literal["read", "scan", "unread"]

#: A document of this many pages and letters is a book.
_PAGES: Final = 500
_LONGEST: Final = 1_000_000
_MOST: Final = 128 * MIB
#: A page with fewer letters is a picture with a stamp on it.
_SOME: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """The words of a document. `scanned` counts those of its `pages` that have none."""

    state: TextState
    pages: int | None = None
    scanned: int = 0
    words: str = ""


def plain_text(path: Path, member: str = "", span: tuple[int, int] | None = None) -> PlainText:
    """What a stored file says, or a member of it, or the pages of a `span`, from 1.

    It never raises for what is in it.
    """
    from bot.intake.members import Members
    from bot.intake.pdf_parts import part_of

    try:
        if span is not None:
            return _read(BytesIO(part_of(path, member, *span)))
        with Members() as members:
            return _read(members.open(path, member))
    except MemoryError:
        raise
    except Exception:  # whatever broken bytes lead the parsers to
        return PlainText(state="unread")


def document_bytes(path: Path, member: str) -> bytes:
    """A document that lies in an archive. Raises OSError, `Refused` or KeyError."""
    from bot.intake.members import Members

    with Members() as members:
        data = members.open(path, member).read(_MOST + 1)
    if len(data) > _MOST:
        raise Refused("too_large")
    return data


def _read(file: BinaryIO) -> PlainText:
    from bot.intake.contents import take
    from bot.intake.documents import PICTURE_KINDS, words_of

    content = take(chunks_of(file))
    content.kind = kind_of(content)
    try:
        if content.kind == "pdf":
            return _pdf(content.open().read())
        if content.kind in PICTURE_KINDS:
            return PlainText(state="scan", pages=1, scanned=1)
        words = _clean(words_of(content, _LONGEST))
    finally:
        content.close()
    return PlainText(state="read" if words.strip() else "unread", words=words)


def kind_of(content: Content) -> Kind:
    """What it is; an office file that does not begin like one is known by its parts. Raises `Refused`."""
    from bot.intake.archives import ZipReader
    from bot.intake.limits import Budget
    from bot.intake.sniff import office_kind

    if content.kind != "zip":
        return content.kind
    return office_kind(ZipReader(content.open(), Budget(content.size)).names) or "zip"


def _pdf(data: bytes) -> PlainText:
    from bot.pdfium import opened

    with opened(data) as document:
        count = len(document)
        pages = [_page(document, index) for index in range(min(count, _PAGES))]
    scanned = sum(1 for page in pages if len("".join(page.split())) < _SOME)
    words = _clean("\n".join(pages))[:_LONGEST]
    empty = scanned == len(pages)
    return PlainText(
        state="scan" if empty else "read",
        pages=count,
        scanned=scanned,
        words="" if empty else words,
    )


def _page(document: object, index: int) -> str:
    try:
        page = document[index].get_textpage()  # type: ignore[index]  # pypdfium2 has no types
        return str(page.get_text_bounded()).replace("\r\n", "\n")
    except Exception:  # one broken page doesn't make the document unreadable
        return ""


def _clean(text: str) -> str:
    """As text that a database can hold."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """All of a file in pieces; raises `Refused` for one that is too large."""
    taken = 0
    while chunk := file.read(4 * MIB):
        taken += len(chunk)
        if taken > _MOST:
            raise Refused("too_large")
        yield chunk
