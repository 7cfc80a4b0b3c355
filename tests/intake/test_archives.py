"""Reading a zip: what is inside, bit for bit, and what a hostile one must not do."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from bot.intake.archives import ZipReader
from bot.intake.limits import MIB, Budget, Limits, Refused
from bot.intake.opening import Archive
from tests import synthetic
from tests.intake.conftest import Index


def reader(data: bytes, limits: Limits | None = None) -> ZipReader:
    return ZipReader(io.BytesIO(data), Budget(len(data), limits or Limits()))


def read(data: bytes, limits: Limits | None = None) -> dict[str, bytes]:
    zip_ = reader(data, limits)
    zip_.check()
    for entry in zip_.files:
        zip_.admit(entry)
    return {entry.name: b"".join(zip_.chunks(entry)) for entry in zip_.files}


def reason(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read(data, limits)
    return refused.value.reason


@pytest.mark.parametrize("deflate", [True, False])
@pytest.mark.parametrize("size", [0, 1, 70_000, 20 * MIB])
def test_members_come_out_as_they_went_in(deflate: bool, size: int) -> None:
    data = (b"slice" * (size // 5 + 1))[:size]
    files = {"a/1": data, "b": b"other"}
    assert read(synthetic.zipped(files, deflate=deflate)) == files


def test_a_zip_written_to_a_pipe_is_read() -> None:
    """Such a zip tells the sizes only after the data, in data descriptors."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            piece = bytes(data)  # type: ignore[call-overload]
            self.data += piece
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"slice" * 100)
    assert read(pipe.data) == {"a": b"slice" * 100}


def test_bytes_before_and_after_the_archive_do_not_matter() -> None:
    """A self-extracting archive starts with a program; some tools add a comment."""
    data = synthetic.zipped({"a": b"slice"})
    assert read(b"MZ" + b"\0" * 500 + data) == {"a": b"slice"}
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"made by PK\x05\x06 a hospital"[:10]
    assert read(buffer.getvalue()) == {"a": b"slice"}


def test_a_zip64_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"slice")
    assert read(path.read_bytes()) == {"a": b"slice"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_are_labels_and_stay_apart() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../evil", b"1")
        archive.writestr("same", b"2")
        archive.writestr("same", b"3")
        archive.writestr("C:\\disc\\IM1", b"4")
    found = read(buffer.getvalue())
    assert found == {"evil": b"1", "same": b"2", "same (2)": b"3", "disc/IM1": b"4"}


def test_a_name_without_a_code_page_is_readable() -> None:
    data = synthetic.zipped({"AAAAAA": b"1"}).replace(b"AAAAAA", "снм".encode())
    assert list(read(data)) == ["снм"]


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(synthetic.zipped({"a": b"slice" * 100}, deflate=False))
    data[60] ^= 1
    assert reason(bytes(data)) == "damaged_member"


def test_a_broken_stream_is_noticed() -> None:
    data = bytearray(synthetic.zipped({"a": bytes(range(256)) * 40}))
    data[40:60] = b"\xff" * 20
    assert reason(bytes(data)) == "damaged_member"


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_cut_off_zip_is_refused_kindly(kept: float) -> None:
    data = synthetic.zipped({f"f{n}": bytes(1000) for n in range(20)})
    assert reason(data[: int(len(data) * kept)]) == "no_directory"


def test_a_zip_with_a_password_is_called_encrypted() -> None:
    data = bytearray(synthetic.zipped({"a": b"slice"}, deflate=False))
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    assert reason(bytes(data)) == "encrypted_archive"


# ---- hostile ones ------------------------------------------------------------------------------


def lying(name: bytes, data: bytes, *, says: int) -> bytes:
    """A zip whose directory promises another size than comes out."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(data) + stream.flush()
    crc = zlib.crc32(data)
    local = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), says, len(name), 0
    )
    central = struct.pack(
        "<4s6H3L5H2L",
        *(b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), says, len(name)),
        *(0, 0, 0, 0, 0, 0),
    )
    body = local + name + packed
    directory = central + name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(body), 0)
    return body + directory + end


def test_a_member_that_inflates_beyond_its_size_is_stopped_early() -> None:
    data = lying(b"a", bytes(100 * MIB), says=1000)
    tracemalloc.start()
    assert reason(data) == "damaged_member"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MIB


def test_a_flat_bomb_is_refused_before_it_is_inflated() -> None:
    data = synthetic.zipped({"zeros": bytes(110 * MIB)})
    start = time.process_time()
    assert reason(data) == "bomb"
    assert time.process_time() - start < 1


def test_overlapping_members_are_refused() -> None:
    """Fifield's bomb: many directory entries that share one stream."""
    one = synthetic.zipped({"a": bytes(MIB)})
    directory_at = one.index(b"PK\x01\x02")
    end_at = one.index(b"PK\x05\x06")
    entry = one[directory_at:end_at]
    many = entry * 50
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50, 50, len(many), directory_at, 0)
    assert reason(one[:directory_at] + many + end) == "bomb"


def test_too_many_members_are_refused() -> None:
    data = synthetic.zipped({f"{n}": b"" for n in range(30)})
    assert reason(data, Limits(entries=20)) == "too_many_files"


def test_a_member_above_the_cap_is_too_large() -> None:
    assert reason(synthetic.zipped({"a": bytes(5000)}), Limits(member=1000)) == "too_large"


def test_a_nested_bomb_is_left_out_and_the_rest_is_read(index: Index) -> None:
    bomb = synthetic.zipped({"deep.zip": synthetic.zipped({"zeros": bytes(110 * MIB)})})
    files = synthetic.study_files(synthetic.ct_study(3)) | {"bomb.zip": bomb}
    indexed = index(synthetic.zipped(files))
    assert indexed.refusal is None
    assert [record.kind for record in indexed.records] == ["imaging_study"]
    assert [finding.code for finding in indexed.findings] == ["unsafe_archive"]


def test_archives_are_opened_three_deep_and_no_deeper(index: Index) -> None:
    level = synthetic.zipped(synthetic.study_files(synthetic.mr_study(3)))
    for depth in (2, 3):
        level = synthetic.zipped({f"level{depth}.zip": level})
    assert index(level).records[0].study is not None
    deeper = index(synthetic.zipped({"level4.zip": level}))
    assert deeper.refusal is not None
    assert deeper.refusal.code == "nested_archive"


# ---- taking members out again ------------------------------------------------------------------


def test_every_member_of_a_record_can_be_taken_out_again(index: Index, tmp_path: Path) -> None:
    inner = synthetic.study_files(synthetic.mr_study(3)) | {"note.pdf": synthetic.pdf(["Note"])}
    files = {"report.pdf": synthetic.pdf(synthetic.CT_REPORT), "inner.zip": synthetic.zipped(inner)}
    indexed = index(synthetic.zipped(files))
    members = {record.member for record in indexed.records if record.member}
    assert members == {"report.pdf", "inner.zip!/note.pdf"}
    with Archive(tmp_path / "stored") as archive:
        assert b"".join(archive.chunks("report.pdf")) == files["report.pdf"]
        assert b"".join(archive.chunks("inner.zip!/note.pdf")) == inner["note.pdf"]
        for instances in indexed.instances.values():
            for instance in instances:
                name = instance.member.split("!/")[-1]
                assert b"".join(archive.chunks(instance.member)) == inner[name]
        with pytest.raises(KeyError):
            archive.chunks("nowhere")
