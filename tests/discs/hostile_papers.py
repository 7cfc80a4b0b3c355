"""Papers and pictures that mean harm: small to send, and endless to read for who reads them naively."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

from tests import synthetic
from tests.discs.crafted import MIB, zeros
from tests.discs.expected import Found, StudyIs, disc, image

#: Whatever is said of it, it is said soon, and no image is promised or missed.
ANSWERED = Found(
    documents=None,
    ignored=None,
    unreadable=None,
    studies=(),
    refused=None,
    seconds=8,
    may=("unreadable_document", "unsafe_archive", "too_large", "unsupported", "empty"),
)


def _written(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def pdf_of_one_page(content: bytes, times: int) -> bytes:
    """A PDF whose page says one thing many times, deflated twice: that is a few hundred bytes."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(content * 1000) for _ in range(times // 1000))
    stream = zlib.compress(inner + packer.flush(), 9)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(stream)
        + stream
        + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = b"".join(b"%d 0 obj%sendobj\n" % (n, one) for n, one in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def jpeg_of_many_scans(scans: int, *, size: int = 7000) -> bytes:
    """A progressive JPEG whose last scan comes again and again; each goes over all of the picture."""
    buffer = io.BytesIO()
    Image.new("L", (size, size), 120).save(buffer, "JPEG", progressive=True, quality=30)
    data = buffer.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + b"\xff\xd9"


def deflated_object(mib: int) -> bytes:
    """A multi-frame CT of black frames of 2 MiB in the deflated syntax: legal, and tiny."""
    one = synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0)
    one.Rows = one.Columns = 1024
    one.NumberOfFrames = mib // 2
    whole = synthetic.encoded(one)
    end = 144 + int.from_bytes(whole[140:144], "little")
    meta = whole[:end].replace(
        b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.1.99"
    )
    meta = meta[:140] + struct.pack("<L", len(meta) - 144) + meta[144:]
    pixels = whole.rindex(b"\xe0\x7f\x10\x00OW")
    head = whole[end:pixels] + b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<L", mib * MIB)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    return meta + packed + zeros(b"", mib).packed


@disc(
    "A PDF of seven hundred bytes that pushes its state eight million times.",
    ANSWERED,
    hostile=True,
)
def pdf_of_endless_states(folder: Path) -> Path:
    return _written(folder, pdf_of_one_page(b"q ", 8_000_000), "report.pdf")


@disc("A PDF with half a million words on its one page.", ANSWERED, hostile=True)
def pdf_of_half_a_million_words(folder: Path) -> Path:
    content = pdf_of_one_page(b"BT/F 9 Tf(aaaaaaaaaa)Tj ET\n", 500_000)
    return _written(folder, content, "report.pdf")


@disc("A JPEG of three hundred kilobytes in a thousand scans.", ANSWERED, hostile=True)
def jpeg_of_a_thousand_scans(folder: Path) -> Path:
    return _written(folder, jpeg_of_many_scans(1000), "photo.jpg")


@disc("A Word file that is nothing but brackets that never close.", ANSWERED, hostile=True)
def docx_of_open_brackets(folder: Path) -> Path:
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<" * 4_000_000}
    return _written(folder, synthetic.zipped(parts), "report.docx")


@disc(
    "An OpenDocument text whose styles begin again and again and never end.", ANSWERED, hostile=True
)
def odt_of_endless_styles(folder: Path) -> Path:
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": b"<office:automatic-styles>" * 100_000,
    }
    return _written(folder, synthetic.zipped(parts, deflate=False), "report.odt")


@disc("Four hundred bytes of empty comments, as a web page may begin with.", ANSWERED, hostile=True)
def page_of_comments(folder: Path) -> Path:
    return _written(folder, b"<!---->" * 60 + b"x", "page.txt")


@disc(
    "A CT of a hundred frames of 2 MiB, deflated to 200 KB: legal, and read without holding it.",
    Found(dicom=1, ignored=0, patients=1, studies=(StudyIs(series=(image("CT", 1),)),), seconds=5),
    hostile=True,
)
def deflated_object_of_200_mib(folder: Path) -> Path:
    return _written(folder, deflated_object(200), "IM1.dcm")
