"""What was split and merged at the desk, in the package: names, order, contents, and the originals."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace

import pypdfium2
import pytest

from bot.handoff import package as packages
from bot.handoff.assembly import PackageError
from bot.pdfium import opened
from checklist.belonging import with_decision
from checklist.case import Case
from checklist.corrections import merging, with_cut, with_labels
from checklist.dividing import divided
from checklist.labelling import label_of
from checklist.study import PatientIdentity, Series, Study
from tests.handoff.cases import AT, case_of, day, record, study
from tests.handoff.test_package import Bench, bench, instance

__all__ = ["bench"]

_MARGIN = 200


def pages(count: int) -> bytes:
    """A PDF whose pages can be told by their width."""
    document = pypdfium2.PdfDocument.new()
    for number in range(1, count + 1):
        document.new_page(_MARGIN + number, 300)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def widths(pdf: bytes) -> list[int]:
    with opened(pdf) as document:
        return [round(page.get_width()) - _MARGIN for page in document]


SCAN = pages(5)


def split_case() -> Case:
    scan = record(
        "s", "lab", item="labs", date=day(2026, 4, 12), pages=5, size=len(SCAN),
        sha256=hashlib.sha256(SCAN).hexdigest(),
    )  # fmt: skip
    case = with_cut(case_of(records=(scan,)), "s", [3], by="Li Wei", at=AT)
    assert len(case.own_records) == 2
    part = case.records[2]
    letter = replace(label_of(part), kind="discharge", item="reports", date=day(2026, 5))
    return with_labels(case, (letter,), by="Li Wei", at=AT)


async def test_each_part_of_a_scan_lies_where_it_belongs_and_the_scan_beside_them(
    bench: Bench,
) -> None:
    """The original is bit for bit what came."""
    await bench.save(split_case())
    await bench.file("file-s", SCAN)
    with bench.open(await bench.build()) as archive:
        assert widths(archive.read("30_labs/2026-04-12_labs.pdf")) == [1, 2]
        assert widths(archive.read("40_reports/2026-05_discharge_summary.pdf")) == [3, 4, 5]
        whole = "90_other/2026-04-12_before_it_was_split.pdf"
        assert archive.read(whole) == SCAN
        table = archive.read("MANIFEST.csv").decode("utf-8-sig")
        rows = {row["name"]: row for row in csv.DictReader(io.StringIO(table))}
        for name in (*(n for n in archive.namelist() if "/" in n),):
            assert rows[name]["sha256"] == hashlib.sha256(archive.read(name)).hexdigest()
        records = json.loads(archive.read("case.json"))["records"]
    assert [(one["cut_from"], one["pages_of_original"]) for one in records] == [
        ("s", [1, 2]),
        ("s", [3, 5]),
    ]


async def test_a_package_made_anew_holds_the_same_parts_bit_for_bit(bench: Bench) -> None:
    await bench.save(split_case())
    await bench.file("file-s", SCAN)
    bodies = []
    for version in (7, 8):
        await bench.save(replace(split_case(), version=version))
        with bench.open(await bench.build()) as archive:
            bodies.append([archive.read(name) for name in archive.namelist() if "/" in name])
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 3


async def test_nothing_of_a_part_stays_behind(bench: Bench) -> None:
    """Neither of a package that was built nor of one whose scan can't be cut."""
    await bench.save(split_case())
    await bench.file("file-s", b"%PDF-1.4 and nothing more")
    before = {path for path in bench.blobs.path("0" * 32).parent.parent.rglob("*")}
    with pytest.raises(PackageError, match="cut"):
        await bench.build()
    after = {path for path in bench.blobs.path("0" * 32).parent.parent.rglob("*")}
    assert {path for path in after - before if path.is_file()} == set()
    assert await packages.newest(bench.db, "7KQ4-M2XR") is None


async def test_the_pages_of_a_merged_record_are_numbered_under_one_name(bench: Bench) -> None:
    """Two reports of one name and day are told apart, and each page is what came."""
    photos = [
        record(
            name, "imaging_report", item="imaging", date=day(2026, 4, 12), modality=modality,
            body_part="CHEST", media_type="image/jpeg", size=len(name), sha256="",
        )
        for name, modality in (("p1", ""), ("p2", "CT"), ("p3", ""), ("q", "CT"))
    ]  # fmt: skip
    case = case_of(records=tuple(photos))
    case = with_labels(case, merging(case, ["p2", "p3", "p1"]), by="Li Wei", at=AT)
    await bench.save(case)
    for photo in photos:
        await bench.file(photo.file_id, photo.id.encode(), media_type="image/jpeg")
    with bench.open(await bench.build()) as archive:
        folder = "10_imaging/2026-04-12_CT_chest_report"
        names = [name for name in archive.namelist() if name.startswith("10_")]
        assert {name: archive.read(name).decode() for name in names} == {
            f"{folder}_page_1.jpg": "p2",
            f"{folder}_page_2.jpg": "p3",
            f"{folder}_page_3.jpg": "p1",
            f"{folder}_2.jpg": "q",
        }


async def test_of_a_divided_study_only_the_patients_series_and_files_are_named(
    bench: Bench,
) -> None:
    """The stranger's image came as a file of its own, under his name."""
    hers, his = PatientIdentity(name="Anna Müller"), PatientIdentity(name="Boris Sokolov")
    one, two = (
        Series(
            series_instance_uid=f"1.2.m.{n}", modality="CT", kind="image", instances=1,
            patients=(who,),
        )
        for n, who in ((1, hers), (2, his))
    )  # fmt: skip
    mixed = study("m", date=day(2026, 4, 12))
    both = Study(study_instance_uid="1.2.m", series=(one, two), patient=hers, others=(his,))
    case = case_of(records=(replace(mixed, file_id="f1", study=both),))
    await bench.save(divided(case, "m", ["1.2.m.2"]))
    for number, body, name in ((1, b"her image", "mine.dcm"), (2, b"his image", "sokolov.dcm")):
        found = instance(
            f"1.2.m.{number}.1", body, member="", number=1, series=f"1.2.m.{number}"
        )  # fmt: skip
        await bench.file(
            f"f{number}", body, name=name, media_type="application/dicom",
            instances=(("m", found),),
        )  # fmt: skip
    with bench.open(await bench.build()) as archive:
        originals = [archive.read(name) for name in archive.namelist() if "/" in name]
        said = archive.read("case.json").decode() + archive.read("MANIFEST.csv").decode("utf-8-sig")
    assert originals == [b"her image"]
    assert "mine.dcm" in said
    assert "sokolov" not in said.casefold()


async def test_of_a_scan_with_somebody_elses_page_only_the_patients_pages_are_packed(
    bench: Bench,
) -> None:
    """The scan itself is not, for it holds both."""
    case = split_case()
    await bench.save(with_decision(case, case.records[2].id, is_the_patients=False))
    await bench.file("file-s", SCAN)
    with bench.open(await bench.build()) as archive:
        originals = {name: archive.read(name) for name in archive.namelist() if "/" in name}
    assert list(originals) == ["30_labs/2026-04-12_labs.pdf"]
    assert widths(originals["30_labs/2026-04-12_labs.pdf"]) == [1, 2]
