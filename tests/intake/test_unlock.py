"""Opening what is locked: the right password opens all of it, a wrong one is told from damage."""

from __future__ import annotations

import io
import os
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

import msoffcrypto
import pytest

from bot.intake.limits import LIMITS, MIB, Limits
from bot.intake.opening import Archive
from bot.intake.survey import survey_file
from bot.intake.unlock import first_that_opens, unlocked
from tests import locked, synthetic
from tests.conftest import require_tool
from tests.intake import containers
from tests.running import PROGRAM

SECRET = "03.02.1971"
RARS = Path(__file__).parents[1] / "data" / "rar"


def locked_pdf(tmp_path: Path, bits: str, password: str = SECRET) -> bytes:
    (tmp_path / "plain.pdf").write_bytes(synthetic.pdf(synthetic.CT_REPORT))
    weak = ["--allow-weak-crypto"] if bits in ("40", "128") else []
    encrypt = ["--encrypt", password, "owner", bits, "--"]
    containers.run("qpdf", *weak, *encrypt, tmp_path / "plain.pdf", tmp_path / "locked.pdf")
    return (tmp_path / "locked.pdf").read_bytes()


def locked_zip(files: Mapping[str, bytes], folder: Path, *options: str) -> bytes:
    containers.laid_out(files, folder / "disc")
    return containers.seven_zip(
        folder / "disc", folder / "locked.zip", "-tzip", f"-p{SECRET}", *options
    )


class Try:
    """A locked file, tried with a password."""

    def __init__(
        self, data: bytes, folder: Path, password: str = SECRET, limits: Limits = LIMITS
    ) -> None:
        self.stored, self.plain = folder / "stored", folder / "plain"
        self.stored.write_bytes(data)
        self.said = unlocked(self.stored, password, self.plain, limits=limits)

    def contents(self) -> dict[str, bytes]:
        survey = survey_file(self.plain)
        names = [found.instance.member for found in survey.found]
        names += [document.member for document in survey.documents]
        with Archive(self.plain) as archive:
            return {name: b"".join(archive.chunks(name)) for name in names}


@pytest.mark.parametrize(
    "options",
    [("-mem=ZipCrypto",), ("-mem=AES128",), ("-mem=AES192",), ("-mem=AES256",), ("-mm=Deflate64",)],
    ids=lambda options: options[0],
)
def test_a_locked_zip_is_opened(options: tuple[str, ...], tmp_path: Path) -> None:
    data = locked_zip(containers.study(), tmp_path, *options)
    tried = Try(data, tmp_path)
    assert tried.said == "unlocked"
    assert tried.contents() == containers.study()
    assert Try(data, tmp_path, "03021971").said == "wrong_password"
    assert not tried.plain.exists()


@pytest.mark.parametrize("options", [(), ("-mhe=on",)], ids=["content", "names too"])
def test_a_locked_7z_is_opened(options: tuple[str, ...], tmp_path: Path) -> None:
    folder = containers.laid_out(containers.study(), tmp_path / "disc")
    data = containers.seven_zip(folder, tmp_path / "locked.7z", f"-p{SECRET}", *options)
    assert survey_file(tmp_path / "locked.7z").refused in ("encrypted_archive", None)
    tried = Try(data, tmp_path)
    assert tried.said == "unlocked"
    assert tried.contents() == containers.study()
    assert Try(data, tmp_path, "wrong").said == "wrong_password"


@pytest.mark.parametrize("name", ["rar5-psw", "rar5-hpsw"])
def test_a_locked_rar_is_opened(name: str, tmp_path: Path) -> None:
    data = (RARS / f"{name}.rar").read_bytes()
    assert survey_file(RARS / f"{name}.rar").refused == "encrypted_archive"
    tried = Try(data, tmp_path, "password")
    assert tried.said == "unlocked"
    contents = tried.contents()
    assert {name: len(data) for name, data in contents.items()} == {
        "stest1.txt": 2048,
        "stest2.txt": 2048,
    }
    assert {zlib.crc32(data) for data in contents.values()} == {3317163682}
    assert Try(data, tmp_path, "Password").said == "wrong_password"


@pytest.mark.parametrize("which", ["data", "header", "partially"])
def test_a_locked_rar_of_before_2013_is_opened(which: str, tmp_path: Path) -> None:
    """As WinRAR itself locked them: their data, their names too, and one of two members."""
    path = RARS / f"rar4-{which}-locked.rar"
    assert survey_file(path).refused in ("encrypted_archive", None)
    tried = Try(path.read_bytes(), tmp_path, "12345678")
    assert tried.said == "unlocked"
    assert tried.contents() == {n: f"data of {n}\n".encode() for n in ("foo.txt", "bar.txt")}
    assert Try(path.read_bytes(), tmp_path, "1234567").said == "wrong_password"
    assert Try(path.read_bytes(), tmp_path, "1" * 40).said == "wrong_password"


@pytest.mark.parametrize("only", [1, None], ids=["compressed", "solid"])
def test_a_locked_rar_of_before_2013_is_unpacked(only: int | None, tmp_path: Path) -> None:
    """What WinRAR had compressed, locked here."""
    plain = (RARS / "rar3-solid.rar").read_bytes()
    (tmp_path / "whole").mkdir()
    survey = survey_file(RARS / "rar3-solid.rar", plain=tmp_path / "whole" / "plain")
    with Archive(tmp_path / "whole" / "plain") as archive:
        names = [document.member for document in survey.documents][:only]
        expected = {name: b"".join(archive.chunks(name)) for name in names}
    tried = Try(locked.rar_4_of(plain, SECRET, only=only), tmp_path)
    assert tried.said == "unlocked"
    assert tried.contents() == expected
    assert Try(locked.rar_4_of(plain, SECRET, only=only), tmp_path, "x").said == "wrong_password"


def test_of_a_locked_rar_of_before_2013_a_damaged_member_costs_itself(tmp_path: Path) -> None:
    data = bytearray(locked.rar_4(containers.study(), SECRET))
    data[len(data) // 2] ^= 1
    tried = Try(bytes(data), tmp_path)
    assert tried.said == "unlocked"
    assert len(tried.contents()) == len(containers.study()) - 1
    assert [one.reason for one in survey_file(tried.plain).problems] == ["damaged_member"]


def test_a_locked_rar_that_is_damaged_does_not_pass_for_whole(tmp_path: Path) -> None:
    data = bytearray((RARS / "rar5-psw.rar").read_bytes())
    data[-1000] ^= 1
    tried = Try(bytes(data), tmp_path, "password")
    assert tried.said == "unlocked"
    assert list(tried.contents()) == ["stest1.txt"]
    assert [one.reason for one in survey_file(tried.plain).problems] == ["damaged_member"]


@pytest.mark.parametrize("bits", ["40", "128", "256"])
def test_a_locked_pdf_is_opened(bits: str, tmp_path: Path) -> None:
    data = locked_pdf(tmp_path, bits)
    assert Try(data, tmp_path, "wrong").said == "wrong_password"
    tried = Try(data, tmp_path)
    assert tried.said == "unlocked"
    survey = survey_file(tried.plain)
    assert survey.documents[0].facts.text.startswith("RADIOLOGY REPORT")


def test_a_locked_office_file_is_opened(tmp_path: Path) -> None:
    plain = synthetic.docx([os.urandom(4000).hex()])
    out = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(plain))
    office.encrypt(SECRET, out)
    assert Try(out.getvalue(), tmp_path, "wrong").said == "wrong_password"
    tried = Try(out.getvalue(), tmp_path)
    assert tried.said == "unlocked"
    assert tried.plain.read_bytes() == plain


@pytest.mark.parametrize("page", ["utf-8", "cp866", "cp1251"])
def test_a_password_in_another_alphabet_fits_in_any_code_page(page: str, tmp_path: Path) -> None:
    folder = containers.laid_out(containers.study(), tmp_path / "disc")
    options: list[str | bytes] = ["-qr", "-P", "Пароль".encode(page), str(tmp_path / "a.zip"), "."]
    subprocess.run([require_tool("zip"), *options], cwd=folder, check=True)
    tried = Try((tmp_path / "a.zip").read_bytes(), tmp_path, "Пароль")
    assert tried.said == "unlocked"
    assert tried.contents() == containers.study()


@pytest.mark.parametrize("typed", ["a\0b" * 300, "\udcff", "\n", "\x01"])
def test_what_nobody_types_is_a_wrong_password_and_no_damage(typed: str, tmp_path: Path) -> None:
    folder = containers.laid_out(containers.study(), tmp_path / "disc")
    whole = containers.seven_zip(folder, tmp_path / "a.7z", f"-p{SECRET}", "-mhe=on")
    assert Try(whole, tmp_path, typed).said == "wrong_password"
    assert Try(locked_zip(containers.study(), tmp_path), tmp_path, typed).said == "wrong_password"


@pytest.mark.parametrize("kind", ["zip", "7z", "7z with hidden names", "pdf", "office", "rar"])
def test_of_several_passwords_the_one_that_fits_opens_it(kind: str, tmp_path: Path) -> None:
    folder = containers.laid_out(containers.study(), tmp_path / "disc")
    match kind:
        case "zip":
            data, right = locked_zip(containers.study(), tmp_path), SECRET
        case "7z" | "7z with hidden names":
            more = ["-mhe=on"] if "hidden" in kind else []
            data = containers.seven_zip(folder, tmp_path / "a.7z", f"-p{SECRET}", *more)
            right = SECRET
        case "pdf":
            data, right = locked_pdf(tmp_path, "256"), SECRET
        case "office":
            letter, out = synthetic.docx([os.urandom(4000).hex()]), io.BytesIO()
            msoffcrypto.OfficeFile(io.BytesIO(letter)).encrypt(SECRET, out)
            data, right = out.getvalue(), SECRET
        case _:
            data, right = (RARS / "rar5-hpsw.rar").read_bytes(), "password"
    stored, plain = tmp_path / "stored", tmp_path / "plain"
    stored.write_bytes(data)
    assert first_that_opens(stored, ("a", "1980", "b"), plain) == "wrong_password"
    assert not plain.exists()
    assert first_that_opens(stored, ("a", "1980", right, "b"), plain) == "unlocked"
    assert survey_file(plain).refused is None


def test_each_locked_thing_is_opened_by_the_password_that_fits_it(tmp_path: Path) -> None:
    files = {
        "one.pdf": locked_pdf(tmp_path, "256", "31121980"),
        "two.pdf": locked_pdf(tmp_path, "128", "19801231"),
    }
    stored, plain = tmp_path / "stored", tmp_path / "plain"
    stored.write_bytes(synthetic.zipped(files))
    assert first_that_opens(stored, ("1", "19801231", "31121980"), plain) == "unlocked"
    assert [one.member for one in survey_file(plain).documents] == list(files)


def test_what_is_locked_within_is_opened_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    inner = locked_zip(containers.study(), tmp_path)
    other = synthetic.pdf(["Open report"])
    files = {"disc.zip": inner, "a/locked.pdf": locked_pdf(tmp_path, "256"), "open.pdf": other}
    tried = Try(synthetic.zipped(files), tmp_path)
    assert tried.said == "unlocked"
    found = tried.contents()
    assert found["open.pdf"] == other
    assert {name: found[f"disc.zip!/{name}"] for name in containers.study()} == containers.study()
    assert survey_file(tried.plain).problems == []
    assert Try(synthetic.zipped(files), tmp_path, "wrong").said == "wrong_password"


@pytest.mark.parametrize("kind", ["iso_joliet", "tar_gz", "7z", "rar"])
def test_a_locked_report_within_any_container_is_opened(kind: str, tmp_path: Path) -> None:
    files = containers.study() | {"report.pdf": locked_pdf(tmp_path, "256")}
    folder = containers.laid_out(files, tmp_path / "disc")
    data = containers.MAKERS[kind](folder, tmp_path / f"made.{kind}")
    tried = Try(data, tmp_path)
    assert tried.said == "unlocked"
    survey = survey_file(tried.plain)
    assert (len(survey.found), len(survey.documents), survey.problems) == (3, 1, [])
    assert Try(data, tmp_path, "wrong").said == "wrong_password"


def test_what_another_password_locks_stays_locked_and_is_named(tmp_path: Path) -> None:
    files = {"mine.pdf": locked_pdf(tmp_path, "256"), "other.pdf": locked_pdf(tmp_path, "256", "x")}
    tried = Try(synthetic.zipped(files), tmp_path)
    assert tried.said == "unlocked"
    survey = survey_file(tried.plain)
    assert [document.member for document in survey.documents] == ["mine.pdf"]
    assert [(one.reason, one.path) for one in survey.problems] == [
        ("encrypted_document", "other.pdf")
    ]


def test_damage_is_told_from_a_wrong_password(tmp_path: Path) -> None:
    data = bytearray(locked_zip({"a": b"slice" * 4000, "b": b"other" * 4000}, tmp_path, "-mx=0"))
    for at in (5000, 30_000):
        data[at] ^= 1
    assert Try(bytes(data), tmp_path).said == "unreadable"
    assert Try(b"Rar!\x1a\x07\x01\x00" + bytes(100), tmp_path).said == "unreadable"


def test_one_damaged_member_of_a_locked_zip_costs_itself(tmp_path: Path) -> None:
    data = bytearray(locked_zip(containers.study(), tmp_path, "-mx=0"))
    data[len(data) // 2] ^= 1
    tried = Try(bytes(data), tmp_path)
    assert tried.said == "unlocked"
    assert len(tried.contents()) == 2
    assert [one.reason for one in survey_file(tried.plain).problems] == ["damaged_member"]


def test_a_locked_bomb_is_no_way_around_the_limits(tmp_path: Path) -> None:
    data = locked_zip({"zeros": bytes(20 * MIB)}, tmp_path, "-mx=1")
    tight = Limits(floor=MIB, ratio=2)
    assert Try(data, tmp_path, limits=tight).said == "unreadable"
    assert not (tmp_path / "plain").exists()


def test_a_file_that_is_not_locked_is_left_alone(tmp_path: Path) -> None:
    assert Try(synthetic.zipped(containers.study()), tmp_path).said == "unreadable"
    assert not (tmp_path / "plain").exists()


def test_a_coordinator_looks_into_a_locked_disc(tmp_path: Path) -> None:
    (tmp_path / "locked_disc.zip").write_bytes(locked_zip(containers.study(), tmp_path))

    def inspected(password: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROGRAM), "inspect", "--password", str(tmp_path / "locked_disc.zip")]
        return subprocess.run(
            command, input=f"{password}\n", capture_output=True, text=True, check=False
        )

    right, wrong = inspected(SECRET), inspected("wrong")
    assert right.returncode == 0
    assert "locked_disc.zip" in right.stdout
    assert "3 DICOM" in right.stdout
    assert wrong.returncode == 2
    assert "the password does not open it" in wrong.stderr
    assert SECRET not in right.stdout + right.stderr


def test_what_only_the_original_has_is_opened_from_it(tmp_path: Path) -> None:
    """A copy names what stays locked, without its bytes: a second password needs the first file."""
    folder = containers.laid_out({"open.txt": b"IMPRESSION"}, tmp_path / "disc")
    containers.seven_zip(folder, tmp_path / "both.7z")
    (folder / "open.txt").unlink()
    containers.laid_out(containers.study(), folder)
    containers.seven_zip(folder, tmp_path / "both.7z", f"-p{SECRET}")
    survey = survey_file(tmp_path / "both.7z", plain=tmp_path / "copy")
    assert survey.copied
    assert {one.reason for one in survey.problems} == {"encrypted_archive"}
    said = unlocked(tmp_path / "copy", SECRET, tmp_path / "plain", original=tmp_path / "both.7z")
    assert said == "unlocked"
    assert len(survey_file(tmp_path / "plain").found) == 3
