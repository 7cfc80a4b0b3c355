"""Facts of a document: pages, the text of its first pages, a password, what in it could run."""

from __future__ import annotations

import html
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.intake.archives import ZipReader
from bot.intake.contents import Content
from bot.intake.limits import MIB, Budget, Refused
from bot.intake.sniff import Kind

if TYPE_CHECKING:
    from PIL import Image

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

_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a document shows without being opened by anybody. `pages` is None where it has none.

    `film` is True for a picture as dark and grey as a photographed film or a screen with slices,
    `icon` for one too small to show a page; `width` and `height` are in pixels, 0 for no picture.
    """

    pages: int | None = None
    text: str = ""
    active: bool = False
    film: bool = False
    icon: bool = False
    width: int = 0
    height: int = 0


def document_facts(content: Content) -> DocumentFacts:
    """The facts; raises `Refused` for what is encrypted or broken."""
    match content.kind:
        case "pdf":
            return _pdf(content)
        case "docx" | "xlsx" | "pptx" | "odt" | "ods":
            return _office(content)
        case "ole":
            return _ole(content)
        case "rtf":
            return DocumentFacts(text=_rtf(content.head))
        case "text":
            return DocumentFacts(text=_decoded(content.head[: 4 * _TEXT])[:_TEXT])
        case "jpeg" | "png" | "webp" | "tiff" | "gif" | "bmp":
            return _picture(content)
        case _:
            return DocumentFacts()


# ---- PDF ---------------------------------------------------------------------------------------


def _pdf(content: Content) -> DocumentFacts:
    import pypdfium2

    active = bool(_ACTIVE_PDF.search(content.head) or _ACTIVE_PDF.search(content.tail))
    try:
        document = pypdfium2.PdfDocument(content.open())
    except pypdfium2.PdfiumError as error:
        # 4 is FPDF_ERR_PASSWORD, 5 an unknown security handler.
        locked = getattr(error, "err_code", None) in (4, 5)
        raise Refused("encrypted_document" if locked else "damaged_document") from None
    try:
        count = len(document)
        pages = [_page_text(document, index) for index in range(min(count, _PAGES))]
    finally:
        document.close()
    if not count:
        raise Refused("damaged_document")
    return DocumentFacts(pages=count, text="\n".join(pages)[:_TEXT], active=active)


def _page_text(document: object, index: int) -> str:
    import pypdfium2

    try:
        page = document[index]  # type: ignore[index]  # pypdfium2 has no types
        text: str = page.get_textpage().get_text_bounded()
    except pypdfium2.PdfiumError:
        return ""  # one broken page doesn't make the document unreadable
    return text.replace("\r\n", "\n").replace("\0", "")


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


def _office(content: Content) -> DocumentFacts:
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
    macros = any("vbaproject.bin" in name.lower() or "/activex/" in name for name in reader.names)
    return DocumentFacts(
        pages=int(pages[1]) if pages and int(pages[1]) else None,
        text=_xml_text("\n".join(parts))[:_TEXT],
        active=macros,
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


def _ole(content: Content) -> DocumentFacts:
    name = "EncryptedPackage".encode("utf-16-le")
    if name in content.head or name in content.tail:
        raise Refused("encrypted_document")
    macros = "_VBA_PROJECT".encode("utf-16-le") in content.head
    # Word 97 keeps plain runs of UTF-16 or of one byte per letter; the longer ones are the text.
    runs = re.findall(
        rb"(?:[\x20-\x7e\r\n\t]\x00|[\x00-\xff][\x04\x06\x4e-\x9f]){12,}", content.head
    )
    text = "\n".join(run.decode("utf-16-le", "ignore") for run in runs[:200])
    return DocumentFacts(text=text[:_TEXT], active=macros)


def _rtf(data: bytes) -> str:
    text = data[: 16 * _TEXT].decode("latin-1")
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
    return text.encode("utf-16", "replace").decode("utf-16", "replace").strip()[:_TEXT]


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


# ---- pictures ----------------------------------------------------------------------------------


def _picture(content: Content) -> DocumentFacts:
    """Check that a picture opens and is all there, and whether it can be one of a film."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if content.kind == "png":
                Image.open(content.open()).verify()
            picture = Image.open(content.open())
            # Before `draft` below, which makes the picture smaller.
            width, height = picture.size
            icon = max(width, height) < _ICON
            frames: int = getattr(picture, "n_frames", 1) if content.kind == "tiff" else 1
            film = content.kind in ("jpeg", "png") and _dark_and_grey(
                picture, content.head.count(b"\xff\xda")
            )
    except Image.DecompressionBombError:
        raise Refused("bomb") from None
    except Exception:  # Pillow's parsers raise whatever broken bytes lead them to
        raise Refused("damaged_document") from None
    if content.kind == "jpeg" and b"\xff\xd9" not in content.tail:
        raise Refused("damaged_document")
    return DocumentFacts(
        pages=frames if content.kind == "tiff" else None,
        film=film,
        icon=icon,
        width=width,
        height=height,
    )


#: Pictures of a viewer's buttons are smaller than this, in pixels; a page never is.
_ICON = 200
#: Larger pictures are not decoded: no phone takes them.
_PIXELS = 60_000_000
#: A progressive JPEG has ten scans or so; each goes over all of the picture once more.
_SCANS = 100


def _dark_and_grey(picture: Image.Image, scans: int) -> bool:
    """Whether most of a picture is nearly black and none of it coloured; a page is bright."""
    if picture.width * picture.height > _PIXELS or scans > _SCANS:
        return False
    picture.draft("RGB", (64, 64))
    small = picture.convert("RGB").resize((32, 32)).convert("HSV")
    saturation, value = small.getchannel("S").histogram(), small.getchannel("V").histogram()
    # Saturation means nothing in the dark, so colour counts only where there is light to see it.
    dark, bright = sum(value[:64]), sum(value[128:])
    coloured = sum(saturation[96:])
    return dark >= 512 and bright >= 20 and coloured <= dark
