"""What is no zip: images of discs, 7z, RAR, tar and what compresses, read as a zip would be."""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bot.intake.discimages import DiscReader
from bot.intake.limits import MIB, Budget, Limits, Refused
from bot.intake.opening import Archive
from bot.intake.survey import survey_file
from tests import synthetic
from tests.intake import containers
from tests.intake.conftest import Index

Make = Callable[[str], bytes]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A container of each kind, with the same small study in it."""
    where = tmp_path_factory.mktemp("containers")
    folder = containers.laid_out(containers.study(), where / "disc")
    made: dict[str, bytes] = {}

    def give(kind: str) -> bytes:
        if kind not in made:
            made[kind] = containers.MAKERS[kind](folder, where / f"{kind}.out")
        return made[kind]

    return give


@pytest.mark.parametrize("kind", containers.MAKERS)
def test_every_container_comes_to_the_same_study(kind: str, make: Make, index: Index) -> None:
    indexed = index(make(kind))
    assert indexed.refusal is None
    assert indexed.findings == ()
    (record,) = indexed.records
    assert (record.kind, record.modality) == ("imaging_study", "MR")
    assert {one.sha256 for one in indexed.instances[record.id]} == {
        hashlib.sha256(data).hexdigest() for data in containers.study().values()
    }


@pytest.mark.parametrize("kind", ["iso_both", "udf_alone", "7z", "tar_gz", "rar"])
def test_members_can_be_taken_out_again_within_a_zip(
    kind: str, make: Make, index: Index, tmp_path: Path
) -> None:
    indexed = index(synthetic.zipped({"inner": make(kind)}))
    (instances,) = indexed.instances.values()
    with Archive(tmp_path / "stored") as archive:
        for one in instances:
            assert one.member.startswith("inner!/")
            data = b"".join(archive.chunks(one.member))
            assert hashlib.sha256(data).hexdigest() == one.sha256


@pytest.mark.parametrize("kind", ["iso_joliet", "7z", "tar_bz2", "rar"])
def test_a_container_that_is_cut_off_loses_its_end_at_most(
    kind: str, make: Make, index: Index
) -> None:
    whole = make(kind)
    for kept in (0.02, 0.4, 0.8, 0.98):
        indexed = index(whole[: int(len(whole) * kept)])
        assert indexed.refusal or indexed.findings or len(indexed.instances) == 1


@pytest.mark.parametrize("kind", ["tar", "tar_gz", "tar_xz", "tar_zst", "tar_lz", "tar_z"])
def test_a_tar_that_is_cut_off_keeps_what_is_whole(kind: str, index: Index, tmp_path: Path) -> None:
    # Larger than what the library inflates in one go, and with pixels that no program can squeeze.
    dice = Random(1)
    files = {name: data + dice.randbytes(100_000) for name, data in containers.study().items()}
    folder = containers.laid_out(files, tmp_path / "disc")
    whole = containers.MAKERS[kind](folder, tmp_path / "made")
    indexed = index(whole[: int(len(whole) * 0.8)])
    assert indexed.refusal is None
    assert 0 < sum(map(len, indexed.instances.values())) < 3
    assert "damaged_archive" in {finding.code for finding in indexed.findings}


def test_an_image_that_is_cut_off_keeps_what_is_whole(make: Make, index: Index) -> None:
    whole = make("iso_joliet")
    last = DiscReader(io.BytesIO(whole), Budget(len(whole))).files[-1]
    indexed = index(whole[: last.offset + 10])
    assert sum(map(len, indexed.instances.values())) == 2
    assert "damaged_archive" in {finding.code for finding in indexed.findings}


@pytest.mark.parametrize(
    "squeezed", [containers.gzipped, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"]
)
def test_one_file_that_is_compressed_is_that_file(
    squeezed: Callable[[bytes], bytes], index: Index
) -> None:
    (data,) = list(containers.study().values())[:1]
    indexed = index(squeezed(data))
    (instances,) = indexed.instances.values()
    assert instances[0].sha256 == hashlib.sha256(data).hexdigest()
    for cut in (10, 40, 4):
        assert index(squeezed(data)[:-cut]).refusal is not None


def test_a_compressed_image_of_a_disc_is_two_levels(make: Make, index: Index) -> None:
    assert index(containers.gzipped(make("iso_both"))).records[0].study is not None


def test_what_libarchive_does_not_read_another_program_does() -> None:
    """A solid RAR of before 2013."""
    survey = survey_file(Path(__file__).parents[1] / "data" / "rar" / "rar3-solid.rar")
    assert [document.member for document in survey.documents] == ["stest1.txt", "stest2.txt"]
    assert survey.problems == []


@pytest.mark.parametrize("kind", ["rar", "7z"])
def test_a_damaged_member_costs_itself_though_libarchive_only_warns(
    kind: str, index: Index, tmp_path: Path
) -> None:
    files = containers.study()
    first = next(iter(files.values()))
    if kind == "rar":
        data = bytearray(containers.rar5(files))
    else:
        folder = containers.laid_out(files, tmp_path / "disc")
        data = bytearray(containers.seven_zip(folder, tmp_path / "a.7z", "-mx=0"))
    data[data.index(first) + len(first) - 10] ^= 1
    indexed = index(bytes(data))
    assert sum(map(len, indexed.instances.values())) == 2
    assert "damaged_archive" in {finding.code for finding in indexed.findings}


def test_a_gzip_with_a_wrong_checksum_is_told_of(make: Make, index: Index) -> None:
    whole = containers.gzipped(make("tar"))
    indexed = index(whole[:-8] + b"\0" * 4 + whole[-4:])
    assert "damaged_archive" in {finding.code for finding in indexed.findings}
    two = containers.gzipped(make("tar")[:5000]) + containers.gzipped(make("tar")[5000:])
    assert index(two + bytes(512)).findings == ()


# ---- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [("-J",), ("-r",), ("-J", "-r"), ("-udf",)])
def test_names_on_a_disc_are_the_long_ones(options: tuple[str, ...], tmp_path: Path) -> None:
    name = "Заключение врача о снимках.txt"
    folder = containers.laid_out({f"docs/{name}": b"text"}, tmp_path / "disc")
    made = containers.image(folder, tmp_path / "disc.iso", "-input-charset", "utf-8", *options)
    disc = DiscReader(io.BytesIO(made), Budget(len(made)))
    expected = f"docs/{name}"
    found = next(iter(disc.names))
    assert found == expected or options == ("-udf",)
    assert b"".join(disc.chunks(disc.files[0])) == b"text"


def test_a_folder_deeper_than_iso_9660_allows_is_found(tmp_path: Path) -> None:
    deep = "/".join("abcdefghij") + "/deep.txt"
    folder = containers.laid_out({deep: b"deep"}, tmp_path / "disc")
    made = containers.image(folder, tmp_path / "disc.iso", "-r")
    disc = DiscReader(io.BytesIO(made), Budget(len(made)))
    assert disc.names == {deep}


def test_names_in_a_7z_and_a_tar_come_out_as_they_went_in(tmp_path: Path) -> None:
    names = {"снимки/Иванов.txt", "影像/报告.txt", "صور/تقرير.txt"}
    folder = containers.laid_out(dict.fromkeys(names, b"IMPRESSION"), tmp_path / "disc")
    for made in (
        containers.seven_zip(folder, tmp_path / "a.7z"),
        containers.tar(folder, tmp_path / "a.tar"),
    ):
        (tmp_path / "stored").write_bytes(made)
        survey = survey_file(tmp_path / "stored")
        assert {document.member for document in survey.documents} == names


# ---- hostile ones ------------------------------------------------------------------------------


def test_what_is_no_file_in_a_tar_is_left_out_and_told(index: Index) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in containers.study().items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("evil")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    indexed = index(buffer.getvalue())
    assert sum(map(len, indexed.instances.values())) == 3
    assert [finding.code for finding in indexed.findings] == ["unsafe_names"]


def test_a_link_on_a_disc_is_left_out(index: Index, tmp_path: Path) -> None:
    folder = containers.laid_out(containers.study(), tmp_path / "disc")
    (folder / "link").symlink_to("/etc/passwd")
    indexed = index(containers.image(folder, tmp_path / "disc.iso", "-J", "-r"))
    assert [finding.code for finding in indexed.findings] == ["unsafe_names"]


BOMB = bytes(20 * MIB)
TIGHT = Limits(floor=4 * MIB)


@pytest.mark.parametrize("kind", ["7z", "tar_gz", "tar_zst", "iso"])
def test_a_bomb_in_any_container_is_refused(kind: str, index: Index, tmp_path: Path) -> None:
    folder = containers.laid_out({"zeros": BOMB}, tmp_path / "disc")
    if kind == "iso":
        made = containers.gzipped(containers.image(folder, tmp_path / "disc.iso"))
    else:
        made = containers.MAKERS[kind](folder, tmp_path / "made.out")
    indexed = index(made, limits=TIGHT)
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == ("unsafe_archive", False)


def test_a_bomb_within_is_left_out_and_the_rest_is_read(index: Index) -> None:
    files = containers.study() | {"zeros.gz": containers.gzipped(BOMB)}
    indexed = index(synthetic.zipped(files), limits=TIGHT)
    assert sum(map(len, indexed.instances.values())) == 3
    assert [finding.code for finding in indexed.findings] == ["unsafe_archive"]


def test_containers_of_all_kinds_share_one_depth(make: Make, index: Index) -> None:
    level = make("iso_both")
    for _ in range(2):
        level = synthetic.zipped({"level": containers.gzipped(level)})
    refusal = index(level).refusal
    assert refusal is not None
    assert refusal.code == "nested_archive"


def test_too_many_members_are_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "stored").write_bytes(make("tar"))
    survey = survey_file(tmp_path / "stored", limits=Limits(entries=2))
    assert survey.refused == "too_many_files"


def test_a_folder_that_holds_itself_is_read_once(tmp_path: Path) -> None:
    folder = containers.laid_out({"sub/a": b"a"}, tmp_path / "disc")
    made = bytearray(containers.image(folder, tmp_path / "disc.iso"))
    root = int.from_bytes(made[16 * 2048 + 158 : 16 * 2048 + 162], "little")
    at = made.index(b"SUB", root * 2048) - 33
    made[at + 2 : at + 6] = root.to_bytes(4, "little")
    disc = DiscReader(io.BytesIO(bytes(made)), Budget(len(made)))
    assert disc.files == ()


@pytest.mark.parametrize("kind", ["iso_both", "udf_alone"])
def test_no_bytes_in_an_image_raise_anything_but_a_refusal(kind: str, make: Make) -> None:
    whole = make(kind)
    used = [at for at in range(len(whole)) if whole[at]]
    for step in range(0, len(used), max(1, len(used) // 150)):
        data = bytearray(whole)
        data[used[step]] ^= 0xFF
        try:
            disc = DiscReader(io.BytesIO(bytes(data)), Budget(len(data)))
            disc.check()
            for entry in disc.files:
                b"".join(disc.chunks(entry))
        except Refused:
            pass


def test_nothing_of_a_container_is_written_under_its_names(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "stored").write_bytes(make("7z"))
    plain = tmp_path / "plain"
    survey = survey_file(tmp_path / "stored", plain=plain)
    assert survey.copied
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["plain", "stored", "temporary"]
    with Archive(plain) as archive:
        for found in survey.found:
            assert b"".join(archive.chunks(found.instance.member))


def test_a_plain_copy_is_a_zip_that_others_read(make: Make, tmp_path: Path) -> None:
    (tmp_path / "stored").write_bytes(make("tar_xz"))
    survey_file(tmp_path / "stored", plain=tmp_path / "plain.zip")
    containers.run("7z", "t", tmp_path / "plain.zip")
    out = subprocess.run(
        ["unzip", "-tqq", tmp_path / "plain.zip"], capture_output=True, check=False
    )
    assert out.returncode == 0


def test_of_two_tables_of_a_disc_the_one_that_has_all_of_a_file_is_used(tmp_path: Path) -> None:
    """Files of 4 GB and more are cut short in the ISO 9660 part of many a DVD."""
    folder = containers.laid_out({"a": b"1" * 5000, "b": b"2" * 5000}, tmp_path / "disc")
    made = bytearray(containers.image(folder, tmp_path / "disc.iso", "-udf"))
    root = int.from_bytes(made[16 * 2048 + 158 : 16 * 2048 + 162], "little") * 2048
    record = made.index(b"B.;1", root) - 33
    made[record + 10 : record + 14] = (100).to_bytes(4, "little")
    disc = DiscReader(io.BytesIO(bytes(made)), Budget(len(made)))
    assert {entry.name: entry.size for entry in disc.files} == {"a": 5000, "b": 5000}
