"""What in a document could run is seen however it is spelled, and is a mark and never a refusal."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.intake.active_content import office_active, pdf_active
from tests import synthetic
from tests.conftest import require_tool
from tests.fuzz.seeds import papers


def document(*objects: bytes) -> bytes:
    """A PDF of these objects, from the third on; the catalog is 1 and the pages are 2."""
    numbered = (
        b"<</Type/Catalog/Pages 2 0 R%s>>" % (objects[0] if objects else b""),
        b"<</Type/Pages/Kids[]/Count 0>>",
        *objects[1:],
    )
    body = b"".join(b"%d 0 obj%sendobj\n" % (n, one) for n, one in enumerate(numbered, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def stream(data: bytes, dictionary: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream " % (dictionary, len(data), data)


SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
INNER = b"5 0 " + SCRIPT


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((), ()),
        ((b"/OpenAction" + SCRIPT,), ("JavaScript", "OpenAction")),
        ((b"/Names<</JavaScript 3 0 R>>",), ("JavaScript",)),
        ((b"/AA<</O 3 0 R>>",), ("OpenAction",)),
        ((b"/#41A <</O 3 0 R>>",), ("OpenAction",)),
        ((b"", b"<</S/L#61unc#68/F(a.exe)>>"), ("Launch",)),
        ((b"", b"<</S/#4a#61#76#61#53#63#72#69#70#74>>"), ("JavaScript",)),
        ((b"/Names<</EmbeddedFiles 3 0 R>>",), ("EmbeddedFiles",)),
        ((b"", b"<</Subtype/FileAttachment>>"), ("EmbeddedFiles",)),
        ((b"", b"<</Subtype/RichMedia>>"), ("RichMedia",)),
        ((b"/AcroForm<</XFA[]>>",), ("XFA",)),
        ((b"", b"<</S/SubmitForm/F(http://a)>>"), ("SubmitForm",)),
        ((b"", stream(zlib.compress(INNER), b"/Type/ObjStm/Filter/FlateDecode")), ("JavaScript",)),
        ((b"", stream(zlib.compress(INNER), b"/Type/Obj#53tm/Filter[/Fl]")), ("JavaScript",)),
        (
            (
                b"",
                stream(
                    zlib.compress(INNER).hex().encode() + b">",
                    b"/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]",
                ),
            ),
            ("JavaScript",),
        ),
        ((b"", stream(INNER, b"/Type/ObjStm")), ("JavaScript",)),
        ((b"", stream(b"x", b"/Type/ObjStm/Filter/LZWDecode")), ("ObjStm",)),
        ((b"", stream(b"x", b"/Type/ObjStm/Filter/FlateDecode")), ("ObjStm",)),
        # A dictionary behind a word that only looks like the beginning of a stream.
        ((b"", b"% >>stream\n<</S/JavaScript>>"), ("JavaScript",)),
    ],
)
def test_what_runs_is_seen(said: tuple[bytes, ...], found: tuple[str, ...]) -> None:
    assert pdf_active(document(*said)) == found


@pytest.mark.parametrize(
    "said",
    [
        (b"/OpenAction[3 0 R/Fit]",),
        (b"/OpenAction<</Type/Action/S/GoTo/D[3 0 R/Fit]>>",),
        (b"/OpenAction 3 0 R", b"<</S/GoTo/D[3 0 R/Fit]>>"),
        (b"/OpenAction 3 0 R", b"[3 0 R/Fit]"),
        (b"", b"<</AAPL:Keywords[]/JSBach 1/Launched true/XFAs 2>>"),
        (b"", stream(b"\x9c/JS(\x01/AA<\x02/XFA[", b"/Filter/FlateDecode")),
    ],
)
def test_where_to_begin_and_names_that_only_resemble_are_nothing(said: tuple[bytes, ...]) -> None:
    assert pdf_active(document(*said)) == ()


def test_a_pdf_that_is_a_zip_too_holds_files() -> None:
    data = synthetic.pdf(["Radiology report"]) + synthetic.zipped({"a.exe": b"MZ"})
    assert pdf_active(data) == ("EmbeddedFiles",)


def test_a_report_of_our_own_has_nothing() -> None:
    assert pdf_active(synthetic.pdf(["Radiology report", "12 April 2026"])) == ()


@pytest.mark.parametrize("how", ["--object-streams=generate", "--qdf", "--encrypt '' x 256 --"])
def test_what_another_program_rewrites_is_still_seen(tmp_path: Path, how: str) -> None:
    qpdf = require_tool("qpdf")
    source, made = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(papers()[1])
    options = [part.strip("'") for part in how.split()]
    subprocess.run((qpdf, source, *options, made), check=False, capture_output=True)
    found = pdf_active(made.read_bytes())
    assert "Encrypt" in found if "encrypt" in how else found == ("JavaScript", "OpenAction")


def test_it_takes_no_longer_than_the_file_is_long() -> None:
    bomb = stream(zlib.compress(bytes(80 << 20)), b"/Type/ObjStm/Filter/FlateDecode")
    assert pdf_active(document(b"", bomb)) == ("ObjStm",)
    assert pdf_active(b"/" * 500_000 + b"stream\n" * 100_000) == ()
    assert pdf_active(b"/OpenAction 3 0 R " * 2000) == ("OpenAction",)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("word/document.xml",), ()),
        (("word/document.xml", "word/vbaProject.bin"), ("macros",)),
        (("Basic/Standard/Module1.xml", "content.xml"), ("macros",)),
        (("word/activeX/activeX1.bin", "word/embeddings/o.bin"), ("ActiveX", "EmbeddedFiles")),
    ],
)
def test_macros_of_office_files_are_seen(names: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert office_active(names) == found


def test_it_is_a_mark_at_the_record_and_no_refusal(index: Callable[[bytes], object]) -> None:
    indexed = index(papers()[1])
    assert indexed.refusal is None  # type: ignore[attr-defined]  # the fixture's own type
    (record,) = indexed.records  # type: ignore[attr-defined]  # the same
    assert record.active == ("JavaScript", "OpenAction")
