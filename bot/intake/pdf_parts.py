"""Parts of a PDF: some of its pages as a PDF of their own, and one page as a picture.

These functions run in a child process with limits, since the PDF was sent by strangers. The same
pages of the same bytes are the same part, bit for bit: a package that is made anew changes nothing.
"""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Final

from bot.intake.members import Members
from bot.pdfium import opened

_MOST_BYTES: Final = 256 * 1024 * 1024
#: What PDFium writes of its own: when, and a number by chance.
_WHEN: Final = re.compile(rb"/CreationDate\(D:\d{14}(?=[^)]{0,8}\)/Creator\(PDFium\))")
_CHANCE: Final = re.compile(
    rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\](?=>>\s*startxref\s+\d+\s+%%EOF\s*\Z)"
)


def part_of(path: Path, member: str, first: int, last: int) -> bytes:
    """The pages from `first` to `last`, counted from 1, as a PDF.

    Raises `pypdfium2.PdfiumError` for no PDF, ValueError where it has no such pages, and what reading
    a member of an archive raises.
    """
    import pypdfium2

    with Members() as members:
        data = members.open(path, member).read(_MOST_BYTES)
    with opened(data) as document:
        if not 1 <= first <= last <= len(document):
            raise ValueError("no such pages")
        part = pypdfium2.PdfDocument.new()
        try:
            part.import_pages(document, list(range(first - 1, last)))
            out = io.BytesIO()
            part.save(out)
        finally:
            part.close()
    of = hashlib.sha256(b"%d-%d " % (first, last) + data).hexdigest()[:32].upper().encode()
    body = _WHEN.sub(b"/CreationDate(D:20000101000000", out.getvalue(), count=1)
    return _CHANCE.sub(b"/ID[<%b><%b>]" % (of, of), body, count=1)


def write_part(path: Path, member: str, first: int, last: int, to: Path) -> tuple[str, int]:
    """Write those pages to a new file; its SHA-256 in hexadecimal, and its size in bytes."""
    body = part_of(path, member, first, last)
    with to.open("xb") as out:
        out.write(body)
    return hashlib.sha256(body).hexdigest(), len(body)


def page_picture(path: Path, member: str, page: int, room: tuple[int, int]) -> bytes:
    """A page, counted from 1, as a JPEG within so many pixels; b"" where it can't be shown."""
    from bot.intake.sheets import jpeg

    try:
        with Members() as members:
            data = members.open(path, member).read(_MOST_BYTES)
        with opened(data) as document:
            shown = document[page - 1]
            width, height = shown.get_size()
            scale = min(room[0] / max(width, 1), room[1] / max(height, 1))
            image = shown.render(scale=scale).to_pil().copy()
    except Exception:  # whatever broken bytes lead the parser to
        return b""
    return jpeg(image.convert("RGB"), _MOST_BYTES)
