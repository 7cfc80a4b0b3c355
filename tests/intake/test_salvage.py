"""A zip without its end: what is whole in it is read, and the patient hears how much that is."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.archives import ZipReader
from bot.intake.limits import MIB, Budget, Refused
from tests import synthetic
from tests.intake.conftest import Index, say


def salvaged(data: bytes) -> dict[str, bytes]:
    """The whole members, by name."""
    reader = ZipReader(io.BytesIO(data), Budget(len(data)), damaged=True)
    found = {}
    for entry in reader.files:
        try:
            found[entry.name] = b"".join(reader.chunks(entry))
        except Refused:
            continue
    return found


def piped(files: Mapping[str, bytes], *, deflate: bool = True) -> bytes:
    """A zip whose sizes stand behind the members, as a browser or a pipe writes it."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            piece = bytes(data)  # type: ignore[call-overload]
            self.data += piece
            return len(piece)

    pipe = Pipe()
    method = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return pipe.data


FILES = {f"DICOM/IM{n}": bytes([n, 7, n]) * 4000 for n in range(12)}
DIRECTORY = b"PK\x01\x02"


@pytest.mark.parametrize("made", [synthetic.zipped, piped], ids=["sizes first", "sizes last"])
@pytest.mark.parametrize("deflate", [True, False])
def test_every_member_before_the_missing_directory_is_read(made: object, deflate: bool) -> None:
    data = made(FILES, deflate=deflate)  # type: ignore[operator]
    assert salvaged(data[: data.index(DIRECTORY)]) == FILES


def test_a_directory_that_was_overwritten_is_not_needed() -> None:
    data = synthetic.zipped(FILES)
    at = data.index(DIRECTORY)
    assert salvaged(data[:at] + bytes(len(data) - at)) == FILES
    broken = bytearray(data)
    broken[at] = 0
    assert salvaged(bytes(broken)) == FILES


def test_a_member_that_is_cut_or_overwritten_costs_only_itself() -> None:
    data = bytearray(synthetic.zipped(FILES, deflate=False))
    third = data.index(b"DICOM/IM3")
    data[third - 30 : third - 20] = bytes(10)
    found = salvaged(bytes(data[: data.index(b"DICOM/IM11") + 500]))
    assert found == {name: FILES[name] for name in FILES if name[-2:] not in ("M3", "11")}


def test_a_large_zip_in_parts_of_64_bits_is_salvaged() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w", force_zip64=True) as member,
    ):
        member.write(b"slice" * 1000)
    data = buffer.getvalue()
    assert salvaged(data[: data.index(DIRECTORY)]) == {"a": b"slice" * 1000}


@given(kept=st.integers(0, 100))
def test_wherever_it_is_cut_only_whole_members_come_out(kept: int) -> None:
    data = synthetic.zipped(FILES)
    try:
        found = salvaged(data[: len(data) * kept // 100])
    except Refused:
        found = {}
    assert found.items() <= FILES.items()
    assert len(found) >= len(FILES) * kept // 100 - 2


@given(data=st.binary(max_size=3000))
def test_bytes_that_only_look_like_members_are_refused_or_read(data: bytes) -> None:
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 8, 8, 0, 0, 0, 0, 0, 1, 0)
    with contextlib.suppress(Refused):
        salvaged(local + b"a" + data + local + b"b" + data)


def test_a_cut_disc_is_read_and_the_patient_hears_how_much_of_it(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(10))
    data = synthetic.zipped(files, deflate=False)
    indexed = index(data[: int(len(data) * 0.6)])
    assert indexed.refusal is None
    (record,) = indexed.records
    assert record.study is not None
    (finding,) = (one for one in indexed.findings if one.code == "damaged_archive")
    assert f"{record.study.instance_count} files" in say(finding.message)
    assert 4 <= record.study.instance_count <= 8


def test_a_zip_of_which_nothing_is_whole_is_refused(index: Index) -> None:
    indexed = index(synthetic.zipped({"a": bytes(range(256)) * 300})[:400])
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == ("damaged_archive", True)


def test_a_cut_zip_in_a_whole_one_costs_only_what_is_missing(index: Index) -> None:
    inner = synthetic.zipped(synthetic.study_files(synthetic.mr_study(6)), deflate=False)
    files = synthetic.study_files(synthetic.ct_study(3))
    indexed = index(synthetic.zipped(files | {"inner.zip": inner[: len(inner) // 2]}))
    assert sorted(record.modality for record in indexed.records) == ["CT", "MR"]
    assert "damaged_archive" in [finding.code for finding in indexed.findings]


def test_an_office_file_that_was_cut_is_a_damaged_document(index: Index) -> None:
    indexed = index(synthetic.docx(["A report"] * 500)[:-60])
    assert indexed.refusal is not None
    assert indexed.refusal.code == "unreadable_document"


def test_searching_a_member_of_nothing_but_headers_ends_soon() -> None:
    start = time.process_time()
    with pytest.raises(Refused):
        salvaged(b"PK\x03\x04" * (MIB // 8))
    assert time.process_time() - start < 20
