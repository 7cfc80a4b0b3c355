"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re
import struct
from typing import Literal

Kind = Literal[
    "dicom",
    "zip",
    "iso",  # an image of a disc: ISO 9660, UDF or both
    "7z",
    "rar",
    "tar",
    "compressed",  # gzip and the like, of a tar or of one file
    "cab",
    "pdf",
    "jpeg",
    "png",
    "heic",
    "webp",
    "tiff",
    "gif",
    "bmp",
    "docx",
    "xlsx",
    "pptx",
    "odt",
    "ods",
    "ole",  # Word, Excel or Outlook of before 2007, and encrypted Office files
    "rtf",
    "text",
    "html",
    "xml",
    "executable",
    "media",  # sound and video
    "empty",
    "unknown",
]

#: Kinds that hold other files, beside zips and images of discs: they are read from front to back.
PACKED_KINDS: frozenset[Kind] = frozenset({"7z", "rar", "tar", "compressed", "cab"})
#: Kinds that hold other files.
CONTAINERS: frozenset[Kind] = PACKED_KINDS | {"zip", "iso"}

#: How much of the beginning `sniff` wants to see: an ISO image names itself at 32 769.
SNIFF_BYTES = 33_000

MEDIA_TYPES: dict[Kind, str] = {
    "dicom": "application/dicom",
    "zip": "application/zip",
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "ole": "application/x-ole-storage",
    "rtf": "application/rtf",
    "text": "text/plain",
    "html": "text/html",
    "xml": "application/xml",
}

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"PK\x07\x08", "zip"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00\x08\x00\x00\x00", "tiff"),  # BigTIFF
    (0, b"MM\x00+\x00\x08\x00\x00", "tiff"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"{\\rtf", "rtf"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b\x08", "compressed"),
    (0, b"\x1f\x9d", "compressed"),
    (0, b"BZh", "compressed"),
    (0, b"\xfd7zXZ\x00", "compressed"),
    (0, b"\x28\xb5\x2f\xfd", "compressed"),
    (0, b"LZIP\x01", "compressed"),
    (0, b"MSCF\x00\x00\x00\x00", "cab"),
    (257, b"ustar", "tar"),
    (32_769, b"CD001", "iso"),
    (32_769, b"BEA01", "iso"),
    # The first 12 bytes of a raw sector of a CD, as `.bin` and `.img` files have them.
    (0, b"\0" + b"\xff" * 10 + b"\0", "iso"),
    (0, b"MZ", "executable"),
    (0, b"\x7fELF", "executable"),
    (0, b"\xca\xfe\xba\xbe", "executable"),
    (0, b"\xcf\xfa\xed\xfe", "executable"),
    (0, b"ID3", "media"),
    (0, b"OggS", "media"),
    (0, b"\x1a\x45\xdf\xa3", "media"),
    (0, b"\x00\x00\x01\xba", "media"),
)

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")

#: VRs of PS3.5 §6.2 that can stand first in a file.
_VR = re.compile(rb"AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT")

# A comment ends at its first `-->`, and in no other way: else a few of them take for ever.
_MARKUP = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)", re.I | re.S
)

#: Control characters that no text holds; tab, line feed, form feed, return and escape are fine.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def sniff(head: bytes) -> Kind:
    """What the bytes are; `head` is the beginning of a file, best `SNIFF_BYTES` of it.

    Office files are told from other zips where their first entry gives them away;
    `office_kind` tells the rest from the names inside.
    """
    if not head:
        return "empty"
    if head[128:132] == b"DICM":
        return "dicom"
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return _office_in(head) or kind if kind == "zip" else kind
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in _HEIF_BRANDS else "media"
    if head[:4] == b"RIFF":
        return "webp" if head[8:12] == b"WEBP" else "media"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if _bare_dicom(head):
        return "dicom"
    return "tar" if _old_tar(head) else _text_kind(head)


def office_kind(names: frozenset[str]) -> Kind | None:
    """The kind of office file whose zip holds these names, or None."""
    for name, kind in (
        ("word/document.xml", "docx"),
        ("xl/workbook.xml", "xlsx"),
        ("ppt/presentation.xml", "pptx"),
    ):
        if name in names:
            return kind  # type: ignore[return-value]
    return None


def _office_in(head: bytes) -> Kind | None:
    # OpenDocument stores its media type first and uncompressed, so that it stands at 38.
    if head.startswith(b"mimetypeapplication/vnd.oasis.opendocument.", 30):
        family = head[73:84]
        if family.startswith(b"text"):
            return "odt"
        if family.startswith(b"spreadsheet"):
            return "ods"
    return None


def _bare_dicom(head: bytes) -> bool:
    """Whether the bytes start like a DICOM data set: no preamble, perhaps no meta header either."""
    if len(head) < 16:
        return False
    for order in "<>":
        group, element = struct.unpack_from(order + "HH", head)
        if (group, element) not in _FIRST_ELEMENTS:
            continue
        if _VR.match(head, 4):
            return True
        length: int = struct.unpack_from("<I", head, 4)[0]
        shortest = 4 if group == 0 else 0
        if order == "<" and shortest <= length <= 0x400 and length % 2 == 0:
            return True
    return False


#: Where a data set can begin: meta header, command set, or the first elements of group 8.
_FIRST_ELEMENTS = frozenset(
    (group, element)
    for group, elements in {
        0x0000: (0x0000,),
        0x0002: (0x0000, 0x0001, 0x0002, 0x0003, 0x0010),
        0x0004: (0x1130,),
        0x0008: (0, 1, 5, 6, 8, 0x12, 0x13, 0x14, 0x16, 0x18, 0x20, 0x21, 0x22, 0x23, 0x30, 0x60),
    }.items()
    for element in elements
)


def _old_tar(head: bytes) -> bool:
    """Whether it starts like a tar of before 1988, which has a checksum and no magic."""
    told = head[148:156].rstrip(b" \0")
    if len(head) < 512 or not re.fullmatch(rb" *[0-7]{4,7}", told):
        return False
    return int(told, 8) == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])


def _text_kind(head: bytes) -> Kind:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if _CONTROL.search(head):
        return "unknown"
    if _MARKUP.match(head):
        return "html"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "html" if b"<html" in head[:2000].lower() else "xml"
    return "text"
