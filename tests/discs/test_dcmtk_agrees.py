"""dcmtk as a judge of its own: which files are DICOM, what they are called, and every byte of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.intake.indexing import Indexed, index_file
from bot.intake.opening import Archive
from tests.discs import programs
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.synthetic import received_at

#: Zips whose objects all have the preamble that dcmtk asks for. Nothing in them is packed again.
ZIPS = (
    *("whole_cd", "whole_cd_streamed", "dicomdirs_in_subfolders", "resource_forks", "pet_ct"),
    *("ultrasound_loops", "ten_transfer_syntaxes", "ct_with_what_was_made_of_it", "long_headers"),
    *("structured_reports_only", "digitised_films", "enhanced_objects", "every_file_twice"),
    *("exported_beside_images", "folders_in_two_scripts"),
)
ISOS = ("joliet_iso", "level_one_iso", "rock_ridge_iso", "udf_bridge_dvd")


def sent(name: str, shelf: Shelf) -> Path:
    return shelf.path(next(disc for disc in ALL if disc.name == name))


def indexed(path: Path) -> Indexed:
    return index_file(path, file_id="f", name=path.name, item=None, received_at=received_at())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpacked(path: Path, to: Path) -> Path:
    """What the archive holds, taken out by libarchive or xorriso."""
    to.mkdir()
    if path.suffix == ".iso":
        programs.run("xorriso", "-osirrox", "on", "-indev", path, "-extract", "/", to)
    else:
        programs.run("bsdtar", "-xf", path, "-C", to)
    for one in to.rglob("*"):
        one.chmod(0o755)
    return to


def called_dicom(folder: Path) -> dict[str, Path]:
    """The files below that dcmftest calls DICOM, by SHA-256."""
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    said = programs.run("dcmftest", *files, any_end=True).splitlines()
    yes = [Path(line.removeprefix("yes: ")) for line in said if line.startswith("yes: ")]
    assert yes
    return {sha256(path): path for path in yes}


def instance_uids(files: list[Path]) -> set[str]:
    """The SOP instance UIDs by dcmdump."""
    said = programs.run("dcmdump", "-q", "-M", "+P", "0008,0018", *map(str, files))
    return {line.split("[")[1].split("]")[0] for line in said.splitlines() if "[" in line}


@pytest.mark.parametrize("name", [*ZIPS, *ISOS])
def test_the_same_files_are_dicom_under_the_same_names(
    name: str, shelf: Shelf, tmp_path: Path
) -> None:
    path = sent(name, shelf)
    theirs = called_dicom(unpacked(path, tmp_path / "out"))
    objects = {
        sha: file for sha, file in theirs.items() if not file.name.upper().startswith("DICOMDIR")
    }
    ours = [one for found in indexed(path).instances.values() for one in found]
    assert {one.sha256 for one in ours} == set(objects)
    assert {one.sop_instance_uid for one in ours} == instance_uids(list(objects.values()))


@pytest.mark.parametrize("name", [*ZIPS, *ISOS])
def test_what_is_taken_out_again_is_what_went_in(name: str, shelf: Shelf) -> None:
    path = sent(name, shelf)
    instances = [one for found in indexed(path).instances.values() for one in found]
    assert instances
    with Archive(path) as archive:
        for one in instances:
            data = b"".join(archive.chunks(one.member))
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (one.sha256, one.size)


def test_an_archive_in_an_archive_gives_its_members_too(shelf: Shelf) -> None:
    path = sent("zip_in_zip_in_zip", shelf)
    instances = [one for found in indexed(path).instances.values() for one in found]
    assert len(instances) == 24
    with Archive(path) as archive:
        for one in instances:
            digest = hashlib.sha256(b"".join(archive.chunks(one.member))).hexdigest()
            assert digest == one.sha256
