"""All that a document says, for counting it and for comparing it with its translation."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from bot.intake.plain_text import plain_text
from bot.paths import load_languages
from bot.translating.document import DRAFT, draft_pdf
from bot.web.translation_upload import look

WORDS = "Гемоглобин 128 г/л"


def word_file(*, first: str) -> bytes:
    """A Word file of one paragraph that begins with this part, and has no type at its head."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(first, "<x/>")
        made.writestr("word/document.xml", f"<w:p><w:t>{WORDS}</w:t></w:p>" * 2000)
    return out.getvalue()


@pytest.mark.parametrize("first", ["[Content_Types].xml", "docProps/app.xml"])
def test_a_word_file_is_read_to_its_end(tmp_path: Path, first: str) -> None:
    """Further than a look at its kind needs."""
    path = tmp_path / "a"
    path.write_bytes(word_file(first=first))
    read = plain_text(path)
    assert (read.state, read.words.count(WORDS)) == ("read", 2000)
    looked = look(path)
    assert looked is not None
    assert looked.media_type.endswith("wordprocessingml.document")


def test_all_pages_of_a_pdf_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    lines = [f"{WORDS} {n}" for n in range(200)]
    path.write_bytes(
        draft_pdf(lines, title="t", locale="ru", mark=DRAFT, languages=load_languages())
    )
    read = plain_text(path)
    assert read.state == "read"
    assert read.pages is not None
    assert read.pages > 3
    assert read.words.count("Машинный черновик, не проверен") == read.pages
    assert f"{WORDS} 199" in read.words
    # Of a part of a document that was cut, its own pages alone: the others may be somebody else's.
    part = plain_text(path, "", (1, 2))
    assert (part.state, part.pages) == ("read", 2)
    assert f"{WORDS} 199" not in part.words


def test_a_picture_is_a_scan_and_what_is_broken_is_not_read(tmp_path: Path) -> None:
    """A PDF of pictures is a scan too."""
    picture, scan, broken = (tmp_path / name for name in ("a.png", "a.pdf", "b.pdf"))
    Image.new("L", (300, 400), 255).save(picture)
    Image.new("L", (300, 400), 255).save(scan)
    broken.write_bytes(b"%PDF-1.4\nnothing")
    assert plain_text(picture).state == "scan"
    assert (plain_text(scan).state, plain_text(scan).pages) == ("scan", 1)
    assert plain_text(broken).state == "unread"
