"""Names in a zip: readable in any code page, and never more than labels."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.archives import ZipReader
from bot.intake.limits import Budget
from bot.intake.opening import Archive
from bot.intake.zip_names import code_page, label_all
from tests import synthetic
from tests.intake.conftest import Index

NAMES = {
    "cp866": ["Снимки/КТ грудной клетки.dcm", "Заключение врача.pdf", "МРТ"],
    "cp1251": ["Снимки/КТ грудной клетки.dcm", "снимок", "ИВАНОВ ИВАН", "Ещё один диск"],
    "gb18030": ["胸部CT/图像.dcm", "检查报告", "王小东", "右肺上叶"],
    "euc_kr": ["흉부 영상", "김철수", "판독 보고서"],
    "shift_jis": ["胸部画像", "山田太郎", "レポート", "検査結果"],
    "cp1256": ["صور الأشعة", "تقرير الطبيب", "محمد"],
    "cp437": ["Müller", "Röntgen", "résumé", "Größe"],
}


def labels(*raw: bytes) -> list[str]:
    return [label.text for label in label_all([(name, False, b"") for name in raw])]


@pytest.mark.parametrize(("page", "name"), [(page, n) for page in NAMES for n in NAMES[page]])
def test_a_single_name_is_readable(page: str, name: str) -> None:
    assert labels(name.encode(page)) == [name]


@pytest.mark.parametrize("page", NAMES)
def test_all_names_of_a_zip_share_a_code_page(page: str) -> None:
    assert code_page([name.encode(page) for name in NAMES[page]]) == page


def test_a_zip_that_mixes_code_pages_is_mostly_readable() -> None:
    wanted = [name for names in NAMES.values() for name in names]
    raw = [name.encode(page) for page, names in NAMES.items() for name in names]
    read = {name.split(" (")[0] for name in labels(*raw)}
    assert len(read & set(wanted)) >= len(set(wanted)) - 2


def test_utf8_is_read_whether_it_is_declared_or_not() -> None:
    name = "снимок 王.dcm".encode()
    assert [label.text for label in label_all([(name, True, b""), (name, False, b"")])] == [
        "снимок 王.dcm",
        "снимок 王.dcm (2)",
    ]


def test_the_unicode_path_counts_where_it_belongs_to_the_name() -> None:
    raw = "снимок".encode("cp866")
    path = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + "снимок №1".encode()
    assert label_all([(raw, False, path)])[0].text == "снимок №1"
    stale = b"\x01" + struct.pack("<L", 1) + b"other"
    assert label_all([(raw, False, stale)])[0].text == "снимок"


@pytest.mark.parametrize(
    ("raw", "label", "unsafe"),
    [
        (b"DICOM/IM1", "DICOM/IM1", False),
        (b"DICOM\\IM1", "DICOM/IM1", False),
        (b"./DICOM//IM1", "DICOM/IM1", False),
        (b"really?!/IM1", "really?_/IM1", False),
        (b"../../etc/passwd", "etc/passwd", True),
        (b"a\\..\\..\\b", "a/b", True),
        (b"/etc/passwd", "etc/passwd", True),
        (b"\\\\host\\share\\x", "host/share/x", True),
        (b"C:\\Windows\\x.exe", "Windows/x.exe", True),
        (b"a\0b\x1b[2J\n", "a_b_[2J_", True),
        ("evil\u202egnp.exe".encode(), "evil_gnp.exe", True),
        (b"NUL", "NUL", True),
        (b"dir/aux.txt", "dir/aux.txt", True),
        (b"console/nullable", "console/nullable", False),
        (b"..", "_", True),
        (b"", "", False),
        (b"folder/", "folder/", False),
    ],
)
def test_a_name_is_a_label_that_leads_nowhere(raw: bytes, label: str, unsafe: bool) -> None:
    (made,) = label_all([(raw, False, b"")])
    assert (made.text, made.unsafe) == (label, unsafe)


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_is_written_labels_are_safe_and_no_two_files_share_one(raw: list[bytes]) -> None:
    made = [label.text for label in label_all([(name, False, b"") for name in raw])]
    files = [name for name in made if not name.endswith("/")]
    assert len(files) == len(set(files))
    for name in files:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert "!/" not in name
        assert not any(ord(letter) < 32 for letter in name)


def zip_with_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in synthetic.study_files(synthetic.ct_study(3)).items():
            archive.writestr(name, data)
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../outside.txt", "a note")
    return buffer.getvalue()


def test_links_and_names_that_lead_out_are_read_and_mentioned(index: Index) -> None:
    indexed = index(zip_with_link())
    assert [record.kind for record in indexed.records] == ["imaging_study"]
    (finding,) = indexed.findings
    assert (finding.code, finding.severity) == ("unsafe_names", "info")
    assert finding.message.n == 2


def test_the_name_as_it_was_written_is_kept() -> None:
    data = synthetic.zipped({"AAAAAA": b"1"}).replace(b"AAAAAA", "снимок".encode("cp866"))
    (entry,) = ZipReader(io.BytesIO(data), Budget(len(data))).files
    assert (entry.raw, entry.name) == ("снимок".encode("cp866"), "снимок")


def test_a_member_below_a_folder_with_a_mark_is_found_again(index: Index, tmp_path: object) -> None:
    files = {
        f"urgent!/{n}": data for n, data in synthetic.study_files(synthetic.mr_study(2)).items()
    }
    indexed = index(synthetic.zipped(files))
    (instances,) = indexed.instances.values()
    with Archive(tmp_path / "stored") as archive:  # type: ignore[operator]
        for instance in instances:
            assert b"".join(archive.chunks(instance.member)) in files.values()
