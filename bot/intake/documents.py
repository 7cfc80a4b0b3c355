"""Facts of a document: pages, the text of its first pages, a password, what in it could run."""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from bot.intake import parsing
from bot.intake.active_content import PDF_NAMES, office_active
from bot.intake.archives import ZipReader
from bot.intake.contents import Content
from bot.intake.limited import Died, Limited, Values
from bot.intake.limits import MIB, Budget, Refused
from bot.intake.sniff import Kind
from bot.intake.standing import Standing

DOCUMENT_KINDS: frozenset[Kind] = frozenset(
    {
        *("pdf", "jpeg", "png", "heic", "webp", "tiff", "gif", "bmp", "text", "rtf", "ole"),
        *("docx", "xlsx", "pptx", "odt", "ods"),
    }
)
PICTURE_KINDS: frozenset[Kind] = frozenset({"jpeg", "png", "heic", "webp", "tiff", "gif", "bmp"})

#: Pages whose text is read, and how much text is kept, in characters.
_PAGES = 3
_TEXT = 20_000
_XML = 4 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a document shows without being opened by anybody. `pages` is None where it has none.

    `active` names what in it could run, open or hide something (`active_content.py`).
    `film` is True for a picture as dark and grey as a photographed film or a screen with slices,
    `icon` for one too small to show a page; `width` and `height` are in pixels, 0 for no picture.
    """

    pages: int | None = None
    text: str = ""
    active: tuple[str, ...] = ()
    film: bool = False
    icon: bool = False
    width: int = 0
    height: int = 0


def document_facts(content: Content, limited: Standing) -> DocumentFacts:
    """The facts; raises `Refused` for what is encrypted or broken.

    What only native code can read is read in the limited process.
    """
    match content.kind:
        case "pdf":
            return _pdf(content, limited)
        case "docx" | "xlsx" | "pptx" | "odt" | "ods":
            return _office(content)
        case "ole":
            return _ole(content)
        case "rtf":
            embedded = rb"\objdata" in content.head or rb"\objdata" in content.tail
            active = ("EmbeddedFiles",) if embedded else ()
            return DocumentFacts(text=words_of(content, _TEXT), active=active)
        case "text":
            return DocumentFacts(text=words_of(content, _TEXT))
        case "jpeg" | "png" | "webp" | "tiff" | "gif" | "bmp":
            return _picture(content, limited)
        case _:
            return DocumentFacts()


def words_of(content: Content, longest: int) -> str:
    """The words of an office file, of RTF or of plain text, "" for other kinds; raises `Refused`."""
    match content.kind:
        case "docx" | "xlsx" | "pptx" | "odt" | "ods":
            return _office(content, longest).text
        case "ole":
            return _ole(content, longest).text
        case "rtf":
            return _rtf(content.head, longest)
        case "text":
            return _decoded(content.head[: 4 * longest])[:longest]
        case _:
            return ""


# ---- PDF and pictures, in the limited process --------------------------------------------------


def _pdf(content: Content, limited: Standing) -> DocumentFacts:
    said = _asked(limited, parsing.pdf, content, {"pages": _PAGES, "text": _TEXT})
    # As text that anybody can write down, whoever has answered.
    text = str(said.get("text"))[:_TEXT].encode("utf-8", "ignore").decode()
    named = said.get("active")
    active = tuple(name for name in PDF_NAMES if name in named) if isinstance(named, list) else ()
    return DocumentFacts(pages=_number(said, "pages"), text=text, active=active)


#: Pictures of a viewer's buttons are smaller than this, in pixels; a page never is.
_ICON = 200


def _picture(content: Content, limited: Standing) -> DocumentFacts:
    """Check that a picture opens and is all there, and whether it can be one of a film."""
    scans = content.head.count(b"\xff\xda")
    said = _asked(limited, parsing.picture, content, {"kind": content.kind, "scans": scans})
    if content.kind == "jpeg" and b"\xff\xd9" not in content.tail:
        raise Refused("damaged_document")
    width, height = _number(said, "width"), _number(said, "height")
    return DocumentFacts(
        pages=_number(said, "frames") if content.kind == "tiff" else None,
        film=said.get("film") is True,
        icon=max(width, height) < _ICON,
        width=width,
        height=height,
    )


def _asked(limited: Standing, fn: Limited, content: Content, values: Values) -> Values:
    try:
        with _file_of(content) as file:
            return limited.call(fn, values, file)
    except Died as died:
        raise Refused("damaged_document" if died.why == "crash" else "too_large") from None


def _number(said: Values, name: str) -> int:
    number = said.get(name)
    if not isinstance(number, int) or number < 1:
        raise Refused("damaged_document")
    return number


@contextmanager
def _file_of(content: Content) -> Iterator[BinaryIO]:
    """All of it as a file that can be lent to another process."""
    if content.spool is not None:
        yield content.spool
        return
    with tempfile.TemporaryFile() as file:
        file.write(content.head)
        yield file


# ---- office files ------------------------------------------------------------------------------

_TEXT_PARTS: dict[Kind, tuple[str, ...]] = {
    "docx": ("word/document.xml",),
    "xlsx": ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"),
    "pptx": tuple(f"ppt/slides/slide{n}.xml" for n in range(1, _PAGES + 1)),
    "odt": ("content.xml",),
    "ods": ("content.xml",),
}
_BREAKS = re.compile(r"</(?:w:p|a:p|text:p|text:h|si|row|table:table-row)>|<w:(?:br|tab)/>")
# Neither of these goes on past the next beginning: else what never ends takes for ever.
_STYLED = re.compile(
    r"<office:(?:automatic-styles|font-face-decls)>(?:(?!<office:).)*?</office:[a-z-]+>", re.S
)
_TAG = re.compile(r"<[^<>]*>")


def _office(content: Content, longest: int = _TEXT) -> DocumentFacts:
    try:
        reader = ZipReader(content.open(), Budget(content.size))
        parts = [_part(reader, name) for name in _TEXT_PARTS[content.kind]]
        application = _part(reader, "docProps/app.xml")
        manifest = _part(reader, "META-INF/manifest.xml")
    except Refused as refused:
        locked = refused.reason == "encrypted_archive"
        raise Refused("encrypted_document" if locked else "damaged_document") from None
    if "encryption-data" in manifest:
        raise Refused("encrypted_document")
    if not any(parts):
        raise Refused("damaged_document")
    pages = re.search(r"<Pages>(\d{1,5})</Pages>", application)
    return DocumentFacts(
        pages=int(pages[1]) if pages and int(pages[1]) else None,
        text=_xml_text("\n".join(parts))[:longest],
        active=office_active(reader.names),
    )


def _part(reader: ZipReader, name: str) -> str:
    """The beginning of a part as text, "" where the file has no such part."""
    entry = next((entry for entry in reader.files if entry.name == name), None)
    if entry is None:
        return ""
    data = b""
    for chunk in reader.chunks(entry):
        data += chunk[: _XML - len(data)]
        if len(data) >= _XML:
            break
    return data.decode("utf-8", "replace")


def _xml_text(xml: str) -> str:
    plain = _TAG.sub("", _BREAKS.sub("\n", _STYLED.sub("", xml)))
    return html.unescape(plain).strip()


def _ole(content: Content, longest: int = _TEXT) -> DocumentFacts:
    name = "EncryptedPackage".encode("utf-16-le")
    if name in content.head or name in content.tail:
        raise Refused("encrypted_document")
    macros = any(
        "_VBA_PROJECT".encode("utf-16-le") in part for part in (content.head, content.tail)
    )
    # Word 97 keeps plain runs of UTF-16 or of one byte per letter; the longer ones are the text.
    runs = re.findall(
        rb"(?:[\x20-\x7e\r\n\t]\x00|[\x00-\xff][\x04\x06\x4e-\x9f]){12,}", content.head
    )
    text = "\n".join(run.decode("utf-16-le", "ignore") for run in runs[: longest // 100])
    return DocumentFacts(text=text[:longest], active=("macros",) if macros else ())


def _rtf(data: bytes, longest: int) -> str:
    text = data[: 16 * longest].decode("latin-1")
    text = re.sub(
        r"\{\\\*?\\?(?:fonttbl|colortbl|stylesheet|info|pict)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}",
        "",
        text,
    )
    page = re.search(r"\\ansicpg(\d+)", text)
    codec = (
        f"cp{page[1]}" if page and page[1] in ("1250", "1251", "1252", "1256", "936") else "cp1252"
    )
    text = re.sub(
        r"(?:\\'[0-9a-fA-F]{2})+",
        lambda m: bytes.fromhex(m[0].replace("\\'", "")).decode(codec, "replace"),
        text,
    )
    text = re.sub(r"\\u(-?\d{1,5})\??", lambda m: chr(int(m[1]) % 0x10000), text)
    text = re.sub(r"\\(?:par|line|row)\b ?", "\n", text)
    text = re.sub(r"\\[a-z]+-?\d* ?|[{}]", "", text)
    return text.encode("utf-16", "replace").decode("utf-16", "replace").strip()[:longest]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3:
            return data.decode("utf-8-sig", "ignore")
    # Single bytes of Cyrillic text lie alone above 0xC0; Chinese text comes in pairs.
    pairs = len(re.findall(rb"[\xb0-\xf7][\xa1-\xfe]", data))
    alone = len(re.findall(rb"[\xc0-\xff]", data))
    return data.decode("gb18030" if pairs * 2 > alone * 1.2 else "cp1251", "replace")
