"""Small whole files to start from: what is mutated must first be something."""

from __future__ import annotations

import io
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image
from pydicom.data.data_manager import DATA_ROOT

from tests import synthetic
from tests.discs import crafted
from tests.synthetic import SeriesPlan, StudyPlan

_DATA = Path(__file__).parents[1] / "data"
#: No seed is larger: a mutation of the end must be near what matters.
_LARGEST = 60_000


@cache
def objects() -> tuple[bytes, ...]:
    """DICOM objects of many kinds and syntaxes: ours, and the small ones of pydicom's own tests."""
    series = SeriesPlan(rows=8, columns=8)
    one = synthetic.dataset(StudyPlan(), series, 0)
    ours = (
        synthetic.encoded(one),
        synthetic.encoded(one, preamble=False),
        synthetic.encoded(one, meta=False),
        synthetic.dicomdir(synthetic.ct_study(3)),
    )
    return (*ours, *_of_pydicom())


def _of_pydicom() -> Iterator[bytes]:
    # The files that lie in the package. Its own functions would fetch those that do not.
    root = Path(DATA_ROOT)
    for path in sorted((*root.glob("test_files/*"), *root.glob("charset_files/*"))):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            data = path.read_bytes()
            if data[128:132] == b"DICM" or path.suffix == ".dcm":
                yield data


@cache
def archives() -> tuple[bytes, ...]:
    """Zips of every make, whole and hostile, and what else packs files."""
    files = synthetic.study_files(StudyPlan(series=(SeriesPlan(slices=3, rows=4, columns=4),)))
    files |= {"note.txt": b"Take one a day.", "empty": b"", "folder/": b""}
    inner = synthetic.zipped(files)
    return (
        inner,
        synthetic.zipped(files, deflate=False),
        synthetic.zipped({"inner.zip": inner, "b": b"2"}, deflate=False),
        _zip64(),
        _streamed(),
        crafted.zip_of(
            [crafted.raw("снимок.txt".encode("cp866"), b"1"), crafted.raw(b"../a", b"2")]
        ),
        crafted.zip_of([crafted.raw(b"link", b"/etc/passwd", mode=0xA1FF)]),
        crafted.overlapping(bytes(70_000), 9),
        crafted.quoted_overlap(bytes(70_000), 5),
        crafted.rar5([("a.txt", b"hello"), ("b", b"2")]),
        _tar(),
        synthetic.docx(["Radiology report", "12 April 2026"]),
        b"PK\x05\x06" + bytes(18),
    )


@cache
def documents() -> tuple[bytes, ...]:
    """Papers and pictures."""
    return (
        synthetic.docx(["Radiology report", "12 April 2026"]),
        synthetic.photo(size=(60, 80)),
        synthetic.film_photo(size=(64, 64)),
        rb"{\rtf1\ansicpg1251{\fonttbl{\f0 Arial;}}\u1055?\'e0\'ef text\par}",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "Выписка из больницы, 12.04.2026".encode("cp1251"),
        "出院小结 2026年4月12日".encode("gb18030"),
        _PDF,
    )


@cache
def papers() -> tuple[bytes, ...]:
    """PDFs as programs write them: with streams, with what runs when it is opened, with a form."""
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]"
    active = _PDF.replace(
        b"/Pages 2 0 R", b"/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert)>>"
    )
    annotated = _PDF.replace(page, page + b"/Annots[<</Type/Annot/Subtype/Link/A<</S/Launch>>>>]")
    return (synthetic.pdf(["Radiology report", "12 April 2026"]), active, annotated)


@cache
def pictures() -> tuple[bytes, ...]:
    """Small pictures of every kind that is drawn, some turned by their EXIF."""
    picture = Image.open(io.BytesIO(synthetic.photo(size=(60, 80))))
    exif = Image.Exif()
    exif[274] = 6
    made = []
    for kind, how in (
        *(("JPEG", {"exif": exif}), ("JPEG", {"progressive": True}), ("PNG", {"exif": exif})),
        *(("WEBP", {"exif": exif}), ("WEBP", {"lossless": True}), ("GIF", {}), ("BMP", {})),
        *(("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {"compression": "jpeg"}), ("TIFF", {})),
        *(("TIFF", {"big_tiff": True, "exif": exif}), ("AVIF", {"exif": exif})),
    ):
        out = io.BytesIO()
        picture.save(out, kind, **how)
        made.append(out.getvalue())
    return (*made, synthetic.pdf(["Radiology report"]))


@cache
def lines() -> tuple[bytes, ...]:
    """Dates, medicines and lines of a story, in every language."""
    found = []
    for name in ("dates.toml", "dated_lines.toml", "medications.toml"):
        found += list(_texts(tomllib.loads((_DATA / name).read_text("utf-8"))))
    return tuple(dict.fromkeys(text.encode() for text in found))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _zip64() -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        archive.open("a", "w", force_zip64=True) as member,
    ):
        member.write(b"slice")
    return buffer.getvalue()


def _streamed() -> bytes:
    """With the lengths after the data, as a zip that is written to a pipe has it."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"slice" * 40)
        archive.writestr("b", b"other")
    return pipe.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"slice"))
    return buffer.getvalue()


#: The least that PDFium opens: one empty page.
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
