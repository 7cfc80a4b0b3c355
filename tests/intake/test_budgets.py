"""What must not do harm, and what it costs: only itself."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from bot.intake import iso9660, udf
from bot.intake.archives import ZipReader
from bot.intake.discimages import DiscReader
from bot.intake.discsectors import SECTOR, Sectors
from bot.intake.limits import MIB, Budget, Limits, Refused
from bot.intake.survey import survey_file
from tests import synthetic
from tests.intake import containers
from tests.intake.conftest import Index

CT = synthetic.study_files(synthetic.ct_study(5))
MR = synthetic.study_files(synthetic.mr_study(4))


def bomb() -> bytes:
    """A zip of 110 MB of nothing."""
    return synthetic.zipped({"zeros": bytes(110 * MIB)})


def overlapping(*, quoted: bool) -> bytes:
    """Fifield's bombs: members that share one stream, plainly or with valid CRCs."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(8 * MIB)
    packed = kernel.compress(zeros) + kernel.flush()
    count = 30
    if not quoted:
        local = _local(b"k", packed, zlib.crc32(zeros), len(zeros))
        entries = [
            (b"k%02d" % n, 0, zlib.crc32(zeros), len(packed), len(zeros)) for n in range(count)
        ]
        return local + packed + _directory(entries, len(local) + len(packed), name_in_local=b"k")
    # Each file's stream begins with a stored block that holds the next file's header.
    body, size, content = packed, len(zeros), zeros
    crcs: list[tuple[bytes, int, int, int]] = []
    parts: list[bytes] = []
    for n in reversed(range(count)):
        name = b"q%02d" % n
        parts.insert(0, _local(name, body, zlib.crc32(content), size))
        crcs.insert(0, (name, zlib.crc32(content), len(body), size))
        if n:
            header = parts[0]
            quote = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF)
            parts[0] = quote + header
            body, size = quote + header + body, size + len(header)
            content = header + content
    entries, at = [], 0
    for n, (name, crc, packed_size, full) in enumerate(crcs):
        entries.append((name, at + (5 if n else 0), crc, packed_size, full))
        at += len(parts[n])
    whole = b"".join(parts) + packed
    return whole + _directory(entries, len(whole))


def _local(name: bytes, packed: bytes, crc: int, size: int) -> bytes:
    fields = (20, 0, 8, 0, 0, crc, len(packed), size, len(name), 0)
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name


def _directory(
    entries: list[tuple[bytes, int, int, int, int]], at: int, name_in_local: bytes = b""
) -> bytes:
    lines = b"".join(
        struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, packed, size, len(name)),
            *(0, 0, 0, 0, 0, offset),
        )
        + name
        for name, offset, crc, packed, size in entries
    )
    count = len(entries)
    return lines + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(lines), at, 0)


def test_the_quoted_bomb_of_the_test_is_one_that_others_unfold() -> None:
    with zipfile.ZipFile(io.BytesIO(overlapping(quoted=True))) as archive:
        assert sum(len(archive.read(name)) for name in archive.namelist()[:3]) > 24 * MIB


@pytest.mark.parametrize("quoted", [True, False])
def test_members_that_share_bytes_are_refused_before_any_is_read(
    index: Index, quoted: bool
) -> None:
    start = time.process_time()
    indexed = index(overlapping(quoted=quoted))
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == ("unsafe_archive", False)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "inner",
    [bomb(), overlapping(quoted=True), synthetic.zipped({"deep.zip": bomb()})],
    ids=["flat", "overlapping", "nested"],
)
def test_a_bomb_on_a_disc_costs_only_itself(index: Index, inner: bytes) -> None:
    indexed = index(synthetic.zipped(CT | {"A/bomb.zip": inner, "Z/mr.zip": synthetic.zipped(MR)}))
    assert indexed.refusal is None
    assert sorted(record.modality for record in indexed.records) == ["CT", "MR"]
    assert [finding.code for finding in indexed.findings] == ["unsafe_archive"]


def test_a_member_that_is_a_bomb_costs_only_itself(index: Index) -> None:
    indexed = index(synthetic.zipped({"A": bytes(150 * MIB)} | CT))
    assert [record.modality for record in indexed.records] == ["CT"]
    assert [finding.code for finding in indexed.findings] == ["unsafe_archive"]


def test_a_disc_of_empty_pictures_is_no_bomb(index: Index) -> None:
    """Zeros deflate to a thousandth; scanners do make such pictures."""
    files = {f"{n}": bytes(512 * 1024) for n in range(60)}
    assert "unsafe_archive" not in {
        one.code for one in index(synthetic.zipped(CT | files)).findings
    }


def test_what_came_before_the_budget_was_used_up_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "disc.zip"
    path.write_bytes(synthetic.zipped({f"{n:02}.txt": b"words " * 50_000 for n in range(20)}))
    limits = Limits(floor=3 * MIB, ratio=1)
    found = survey_file(path, limits=limits)
    assert len(found.documents) == 10
    assert [one.reason for one in found.problems] == ["bomb"] * 10


def test_entries_of_all_levels_are_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "disc.zip"
    inner = synthetic.zipped({f"{n}.txt": b"words" for n in range(8)})
    path.write_bytes(synthetic.zipped({f"{n}.zip": inner for n in range(5)}))
    found = survey_file(path, limits=Limits(entries=22))
    assert len(found.documents) == 16
    assert [one.reason for one in found.problems] == ["too_many_files"] * 3


# ---- kinds of compression ----------------------------------------------------------------------


def packed(method: int, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a", data)
    return buffer.getvalue()


def member(data: bytes) -> bytes:
    reader = ZipReader(io.BytesIO(data), Budget(len(data)))
    return b"".join(reader.chunks(reader.files[0]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("size", [0, 5, 5 * MIB])
def test_other_compressions_come_out_as_they_went_in(method: int, size: int) -> None:
    data = (b"a slice of some size " * (size // 21 + 1))[:size]
    assert member(packed(method, data)) == data


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_broken_streams_cost_only_their_member(method: int) -> None:
    broken = bytearray(packed(method, bytes(range(256)) * 2000))
    for at in range(45, len(broken) - 80, 7):
        broken[at] ^= 0x5A
    with pytest.raises(Refused) as refused:
        member(bytes(broken))
    assert refused.value.reason == "damaged_member"


def test_a_compression_that_nobody_uses_is_refused_in_words(index: Index) -> None:
    """9 is Deflate64, which Windows writes for members above 2 GB."""
    data = bytearray(synthetic.zipped({"a": b"slice" * 1000}))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 9
    indexed = index(bytes(data))
    assert indexed.refusal is not None
    assert indexed.refusal.code == "unsupported"


# ---- locked, and not what they are called ------------------------------------------------------


def locked(data: bytes, *names: str) -> bytes:
    """The same zip, saying of these members that they have a password."""
    made = bytearray(data)
    for name in names:
        at = made.index(name.encode())
        made[at - 30 + 6] |= 1
        at = made.index(name.encode(), made.index(b"PK\x01\x02"))
        made[at - 46 + 8] |= 1
    return bytes(made)


def test_a_part_with_a_password_is_told_apart_from_no_images(index: Index) -> None:
    files = {"report.pdf": synthetic.pdf(synthetic.CT_REPORT), "secret/IM1": bytes(500)}
    files |= {"viewer.exe": b"MZ\x90\0" + bytes(400)}
    data = locked(synthetic.zipped(files), "secret/IM1")
    indexed = index(data)
    assert [finding.code for finding in indexed.findings] == ["encrypted"]
    assert indexed.locked


def test_a_disc_with_a_viewer_and_a_password_is_locked_and_not_without_images(index: Index) -> None:
    data = synthetic.zipped({"viewer.exe": b"MZ\x90\0" + bytes(400), "IM1": bytes(500)})
    indexed = index(locked(data, "IM1"))
    assert indexed.refusal is not None
    assert indexed.refusal.code == "encrypted"


@pytest.mark.parametrize(
    "data", [b"<html><body>Not found</body></html>", b"Not found", b"\1\2" * 99]
)
@pytest.mark.parametrize("name", ["ct.zip", "CD.ISO", "disc.tar.gz", "scan.rar", "scan.7z"])
def test_what_is_called_an_archive_and_is_none_is_said_to_be_none(
    index: Index, name: str, data: bytes
) -> None:
    indexed = index(data, name=name)
    assert indexed.refusal is not None
    assert indexed.refusal.code == "not_an_archive"
    on_disc = index(synthetic.zipped(CT | {name: b"\1\2" * 99}))
    assert "not_an_archive" in {finding.code for finding in on_disc.findings}


def test_the_name_alone_makes_nothing_an_archive_or_none(index: Index) -> None:
    assert index(synthetic.zipped(CT), name="ct.pdf").refusal is None
    assert index(synthetic.pdf(synthetic.CT_REPORT), name="report.zip").refusal is None


# ---- the folders of a disc image ---------------------------------------------------------------


def folders_that_share_a_region(sectors: int) -> bytes:
    """An image whose folders all begin within one region and go to its end: n sectors, n² to read."""
    first = 20
    made = bytearray(first * SECTOR)
    made[16 * SECTOR : 16 * SECTOR + 7] = b"\1CD001\1"
    made[16 * SECTOR + 128 : 16 * SECTOR + 130] = SECTOR.to_bytes(2, "little")
    root = _folder_record(first, sectors * SECTOR, b"\0")
    made[16 * SECTOR + 156 : 16 * SECTOR + 190] = root
    made[17 * SECTOR : 17 * SECTOR + 6] = b"\xffCD001"
    each = SECTOR // len(_folder_record(0, 0, b"A"))
    for sector in range(sectors):
        places = ((sector * each + n) % sectors for n in range(each))
        records = [_folder_record(first + at, (sectors - at) * SECTOR, b"A") for at in places]
        made += b"".join(records).ljust(SECTOR, b"\0")
    return bytes(made)


def _folder_record(start: int, size: int, name: bytes) -> bytes:
    both = b"".join(n.to_bytes(4, "little") + n.to_bytes(4, "big") for n in (start, size))
    return b"\x22\0" + both + bytes(7) + b"\2" + bytes(6) + b"\1" + name


def test_folders_that_share_a_region_are_not_read_over_and_over() -> None:
    made = folders_that_share_a_region(400)
    start = time.process_time()
    disc = DiscReader(io.BytesIO(made), Budget(len(made)))
    assert time.process_time() - start < 1
    assert disc.cut


@pytest.mark.parametrize("kind", ["iso", "udf"])
def test_listing_a_disc_stops_when_the_time_is_up(kind: str, tmp_path: Path) -> None:
    folder = containers.laid_out({f"d{n}/a": b"a" for n in range(9)}, tmp_path / "disc")
    way = () if kind == "iso" else ("-udf",)
    made = containers.image(folder, tmp_path / "disc.iso", *way)
    budget = Budget(len(made), Limits(seconds=0))
    sectors = Sectors(io.BytesIO(made))
    found = (iso9660 if kind == "iso" else udf).listing(sectors, budget)
    assert found.damaged
    assert len(found.files) < 9


def test_folders_of_a_disc_are_counted_as_its_files_are(tmp_path: Path) -> None:
    folder = containers.laid_out({f"d{n}/a": b"a" for n in range(9)}, tmp_path / "disc")
    made = containers.image(folder, tmp_path / "disc.iso", "-udf")
    for module in (iso9660, udf):
        found = module.listing(Sectors(io.BytesIO(made)), Budget(len(made), Limits(entries=8)))
        assert found.damaged
        assert len(found.files) < 9
