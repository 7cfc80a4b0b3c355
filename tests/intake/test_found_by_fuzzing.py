"""What fuzzing, and thinking like one who means harm, has found: each was slow or large once."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.intake.discimages import _entries
from bot.intake.discsectors import DiscFile, Listing
from bot.intake.limits import MIB
from bot.intake.opening import Archive
from bot.intake.sniff import sniff
from tests import synthetic
from tests.discs.crafted import raw, zip_of
from tests.discs.hostile_papers import deflated_object, jpeg_of_many_scans, pdf_of_one_page
from tests.intake import containers
from tests.intake.conftest import Index


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """What takes for ever again fails, and does not hold up the others."""

    def give_up(*_: object) -> None:
        raise TimeoutError("no answer after 60 s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


_ANSWER = """
import re, sys
from pathlib import Path
from bot.intake.inspection import inspect_path
before = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
inspect_path(Path(sys.argv[1]))
after = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print((after - before) * 1024)
"""


def memory(data: bytes, tmp_path: Path) -> int:
    """Bytes by which a process of its own grows while it inspects these."""
    path = tmp_path / "sent"
    path.write_bytes(data)
    done = subprocess.run(
        (sys.executable, "-c", _ANSWER, str(path)), capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"\d+\n", done.stdout)
    return int(done.stdout)


@pytest.mark.parametrize("comments", [60, 4000])
def test_comments_before_a_page_do_not_take_for_ever(comments: int) -> None:
    """Four hundred bytes of `<!---->` that no page follows: each could end at any later one."""
    start = time.process_time()
    assert sniff(b"<!---->" * comments + b"x") == "text"
    assert sniff(b"<!---->" * comments + b"<html>") == "html"
    assert sniff(b"<!-- a -- b > c -->\n<!DOCTYPE html>") == "html"
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "xml", [b"<" * 4_000_000, b"<office:automatic-styles>" * 100_000, b"<w:p " * 500_000]
)
def test_a_paper_of_what_never_closes_does_not_take_for_ever(xml: bytes, index: Index) -> None:
    """Four kilobytes, once they are deflated: each beginning was looked at to the end of the paper."""
    start = time.process_time()
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": xml}
    index(synthetic.zipped(parts))
    assert time.process_time() - start < 3


def test_styles_of_a_paper_are_still_no_text_of_it(index: Index) -> None:
    content = (
        "<office:automatic-styles><style:style>9 mm</style:style></office:automatic-styles>"
        "<text:p>Radiology report</text:p><text:p>12 April 2026</text:p>"
    )
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": content.encode(),
    }
    (record,) = index(synthetic.zipped(parts, deflate=False)).records
    assert record.date is not None
    assert record.date.iso == "2026-04-12"


def test_a_jpeg_of_a_thousand_scans_does_not_take_minutes(index: Index) -> None:
    """Each scan of a progressive JPEG goes over all of the picture, and costs ninety bytes."""
    start = time.process_time()
    index(jpeg_of_many_scans(1000))
    assert time.process_time() - start < 5


def test_a_pdf_of_seven_hundred_bytes_does_not_take_gigabytes(tmp_path: Path) -> None:
    """PDFium keeps each state that a page pushes: 160 bytes of memory for two of the page."""
    data = pdf_of_one_page(b"q ", 8_000_000)
    assert len(data) < 1000
    assert memory(data, tmp_path) < 300 * MIB


def test_a_deflated_object_is_not_held_in_memory(tmp_path: Path) -> None:
    """200 KB that unfold to 200 MiB: its header is wanted, not its pixels, and least of all twice."""
    assert memory(deflated_object(200), tmp_path) < 150 * MIB


# ---- labels of members -------------------------------------------------------------------------


def _taken_out(files: list[tuple[bytes, bytes]], index: Index, tmp_path: Path) -> list[bytes]:
    """The bytes of each DICOM object of a zip of these, taken out by the label that it got."""
    indexed = index(zip_of([raw(name, data) for name, data in files]))
    found = [one for instances in indexed.instances.values() for one in instances]
    with Archive(tmp_path / "stored") as archive:
        taken = {one.sop_instance_uid: b"".join(archive.chunks(one.member)) for one in found}
    assert {
        one.sop_instance_uid: hashlib.sha256(taken[one.sop_instance_uid]).hexdigest()
        for one in found
    } == {one.sop_instance_uid: one.sha256 for one in found}
    return sorted(taken.values())


@pytest.mark.parametrize(
    "names",
    [
        (b"IM", b"IM (2)", b"IM"),
        (b"IM (2)", b"IM", b"IM"),
        (b"IM", b"IM", b"IM (2)", b"IM (2)"),
        (b"A\\IM", b"A/IM", b"A/IM (2)"),
    ],
)
def test_a_label_is_one_members_whatever_the_names_are(
    names: tuple[bytes, ...], index: Index, tmp_path: Path
) -> None:
    """A second `IM` was called `IM (2)`, also where a member of that name was: the wrong one came out."""
    slices = list(synthetic.study_files(synthetic.mr_study(len(names))).values())
    taken = _taken_out(list(zip(names, slices, strict=True)), index, tmp_path)
    assert taken == sorted(slices)


@pytest.mark.parametrize("name", [b"READ ME!/IM1", b"!/IM1", b"A!/B!/IM1", b"disc.zip!/IM1"])
def test_a_folder_whose_name_ends_with_an_exclamation_mark_is_a_folder(
    name: bytes, index: Index, tmp_path: Path
) -> None:
    """`!/` stands between an archive and its members, and may stand in any other name as well."""
    slices = list(synthetic.study_files(synthetic.mr_study(1)).values())
    assert _taken_out([(name, slices[0])], index, tmp_path) == slices


def test_both_an_archive_and_a_folder_of_its_label_are_read(index: Index, tmp_path: Path) -> None:
    first, second = synthetic.study_files(synthetic.mr_study(2)).values()
    inner = synthetic.zipped({"IM1": first})
    data = zip_of([raw(b"disc.zip", inner), raw(b"disc.zip!/IM1", second)])
    indexed = index(data)
    with Archive(tmp_path / "stored") as archive:
        for one in (one for instances in indexed.instances.values() for one in instances):
            taken = b"".join(archive.chunks(one.member))
            assert hashlib.sha256(taken).hexdigest() == one.sha256


@pytest.mark.parametrize("options", [("-J",), ("-r",), ("-udf", "-hide", "*")], ids="-".join)
def test_the_same_holds_on_a_disc(options: tuple[str, ...], index: Index, tmp_path: Path) -> None:
    slices = list(synthetic.study_files(synthetic.mr_study(6)).values())
    names = ("IM", "IM (2)", "READ ME!/IM", "A!/B!/IM", "disc.zip!/IM1")
    files = dict(zip(names, slices[1:], strict=True))
    files["disc.zip"] = synthetic.zipped({"IM1": slices[0]})
    folder = containers.laid_out(files, tmp_path / "disc")
    indexed = index(containers.image(folder, tmp_path / "disc.iso", *options))
    found = [one for instances in indexed.instances.values() for one in instances]
    with Archive(tmp_path / "stored") as archive:
        taken = [b"".join(archive.chunks(one.member)) for one in found]
    assert [hashlib.sha256(data).hexdigest() for data in taken] == [one.sha256 for one in found]
    assert sorted(taken) == sorted(slices)


def test_files_of_one_name_on_a_disc_are_several() -> None:
    """No honest program writes two; what is listed twice must still come out as what it is."""
    files = [
        DiscFile(name=name, size=2048, extents=[(n * 2048, 2048)])
        for n, name in enumerate(("IM", "IM (2)", "IM"))
    ]
    entries, extents = _entries(Listing(files=files))
    assert [extents[entry.name][0][0] for entry in entries] == [0, 2048, 4096]
    assert len(extents) == 3
