"""The package: everything that was sent, bit for bit, under names that tell what it is."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff import package as packages
from bot.handoff.assembly import PackageError, Plan, assemble
from bot.handoff.cover import page_count
from bot.handoff.package import PackageRow
from bot.i18n import Catalogs
from bot.intake.clean_photos import cleaned
from bot.jobs.children import ChildDied, Children
from bot.store import files, schema
from bot.store.blobs_folder import FolderBlobs
from bot.store.cases import load_case, save_case
from bot.store.db import Database, Row
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.dates import PartialDate
from checklist.letters import Letter
from checklist.records import Record
from checklist.reminding import Reminding
from checklist.study import Instance
from tests.conftest import require_tool
from tests.handoff.cases import AT, case_of, day, record, russian, study
from tests.intake.test_clean_photos import made
from tests.postgres import database_of
from tests.web.held import held, until_it_writes


def instance(name: str, body: bytes, *, member: str, number: int, series: str) -> Instance:
    return Instance(
        sop_instance_uid=name,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        series_instance_uid=series,
        study_instance_uid=series.rsplit(".", 1)[0],
        member=member,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        instance_number=number,
    )


@dataclass
class Bench:
    """A case in a real store, and its package."""

    db: Database
    blobs: FolderBlobs
    languages: Catalogs
    catalog: Catalog
    children: Children

    async def save(self, case: Case) -> None:
        async def work(tx):  # type: ignore[no-untyped-def]
            await save_case(tx, case, await load_case(tx, case.id), now=AT.timestamp())

        await self.db.write(work)

    async def file(
        self,
        file_id: str,
        body: bytes | None,
        *,
        name: str = "Anna Müller.bin",
        media_type: str = "application/pdf",
        state: str = "indexed",
        reason: str = "",
        instances: tuple[tuple[str, Instance], ...] = (),
    ) -> None:
        blob = None if body is None else await self.blobs.put(_stream(body), case_id="case")

        async def work(tx):  # type: ignore[no-untyped-def]
            await files.want(
                tx,
                file_id=file_id,
                case_id="7KQ4-M2XR",
                session_id="s",
                channel="telegram",
                sender="99",
                fetch_ref="",
                name=name,
                media_type=media_type,
                size=len(body or b""),
                caption="",
                item=None,
                received_at=AT,
            )
            values = {"blob_id": blob.id, "sha256": blob.sha256} if blob else {}
            await files.change(tx, file_id, state=state, reason=reason, **values)
            await files.index(tx, case_id="7KQ4-M2XR", file_id=file_id, instances=instances)

        await self.db.write(work)

    async def build(self, at: datetime = AT) -> PackageRow:
        return await packages.build(
            self.db,
            self.blobs,
            self.languages,
            self.catalog,
            self.children.run,
            "7KQ4-M2XR",
            review_locale="en",
            built_at=at,
        )

    async def rows(self) -> list[Row]:
        async def read(tx: AsyncConnection) -> list[Row]:
            return list(await tx.execute(sa.select(schema.package)))

        return await self.db.read(read)

    def stored(self, folder: Path) -> set[str]:
        return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}

    def open(self, row: PackageRow) -> zipfile.ZipFile:
        return zipfile.ZipFile(self.blobs.path(row.blob_id))


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    yield body


@pytest.fixture
async def bench(
    tmp_path: Path, languages: Catalogs, catalog: Catalog, children: Children, both: str
) -> AsyncIterator[Bench]:
    async with await Database.open(database_of(tmp_path)) as db:
        yield Bench(db, FolderBlobs(tmp_path / "blobs"), languages, catalog, children)


def disc(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            # Not the moment of the test: an equal disc has equal bytes.
            made = zipfile.ZipInfo(name, (2026, 4, 12, 10, 15, 0))
            archive.writestr(made, body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def document(id: str, body: bytes, **values: object) -> Record:
    return replace(
        record(id, "lab", item="labs", date=day(2026, 10, 1)),
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        **values,  # type: ignore[arg-type]
    )


SLICES = tuple((f"DICOM/IM{n}", bytes([n]) * 5000) for n in (1, 2, 3))


async def a_full_case(bench: Bench) -> None:
    pdf, letter = b"%PDF labs", b"%PDF letter on the disc"
    found = tuple(
        ("s1", instance(f"1.9.{n}", body, member=name, number=4 - n, series="1.2.s1.1"))
        for n, (name, body) in enumerate(SLICES, start=1)
    )
    records = (
        study("s1", date=day(2026, 4, 12)),
        document("l1", pdf, file_id="f-l1"),
        replace(
            document("d1", letter, file_id="f-s1", member="letter.pdf"),
            kind="imaging_report",
            item="imaging",
            modality="CT",
            body_part="CHEST",
            date=day(2026, 4, 13),
        ),
    )
    await bench.save(
        replace(russian(), records=(replace(records[0], file_id="f-s1"), *records[1:]))
    )
    body = disc(*SLICES, ("letter.pdf", letter), ("AUTORUN.EXE", b"MZ"))
    await bench.file("f-s1", body, media_type="application/zip", instances=found)
    await bench.file("f-l1", pdf)
    await bench.file("f-x", b"MZ not understood", state="refused", reason="unsupported")
    await bench.file("f-dup", pdf, state="refused", reason="duplicate")
    await bench.file("f-gone", None, state="refused", reason="too_large")


async def test_a_package_holds_everything_under_telling_names(bench: Bench) -> None:
    """Originals bit for bit, in reading order, what was refused but kept among them."""
    await a_full_case(bench)
    with bench.open(await bench.build()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "00_cover.pdf",
            "MANIFEST.csv",
            "case.json",
            "SOURCES.txt",
            "10_imaging/2026-04-12_CT_chest/003_CT/00001.dcm",
            "10_imaging/2026-04-12_CT_chest/003_CT/00002.dcm",
            "10_imaging/2026-04-12_CT_chest/003_CT/00003.dcm",
            "10_imaging/2026-04-13_CT_chest_report.pdf",
            "30_labs/2026-10-01_labs.pdf",
            "90_other/undated_not_read.pdf",
        ]
        # By instance number, which on this disc runs against the names.
        images = [archive.read(name) for name in archive.namelist()[4:7]]
        assert images == [body for _name, body in reversed(SLICES)]
        assert archive.read("90_other/undated_not_read.pdf") == b"MZ not understood"
        assert page_count(archive.read("00_cover.pdf")) == 1


async def test_the_manifest_has_every_entry_with_its_hash(bench: Bench) -> None:
    """And when and how it came."""
    await a_full_case(bench)
    with bench.open(await bench.build()) as archive:
        table = archive.read("MANIFEST.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(table)))
        assert {row["name"] for row in rows} == {*archive.namelist()} - {"MANIFEST.csv"}
        for row in rows:
            body = archive.read(row["name"])
            assert hashlib.sha256(body).hexdigest() == row["sha256"]
            assert len(body) == int(row["bytes"])
    labs = next(row for row in rows if row["type"] == "lab")
    assert (labs["date"], labs["received_by"]) == ("2026-10-01", "telegram")
    assert labs["received_at"] == "2026-11-24T09:30:00+00:00"
    assert labs["original_name"] == "Anna Müller.bin"


async def test_a_photo_is_packed_without_the_place_where_it_was_taken(bench: Bench) -> None:
    """Alone and in a zip; the picture is the same, and the stored original is not touched."""
    photo, pdf = made("JPEG"), b"%PDF labs"
    inside = document("p2", photo, file_id="f-z", member="scans/b.jpg", media_type="image/jpeg")
    alone = document("p1", photo, file_id="f-p", media_type="image/jpeg")
    other = document("l1", pdf, file_id="f-l", active=("JavaScript",))
    broken = document("b1", photo[:900], file_id="f-b", media_type="image/jpeg")
    await bench.save(replace(russian(), records=(alone, inside, other, broken)))
    await bench.file("f-b", photo[:900], media_type="image/jpeg", name="broken.jpg")
    await bench.file("f-p", photo, media_type="image/jpeg", name="a.jpg")
    await bench.file("f-z", disc(("scans/b.jpg", photo)), media_type="application/zip")
    await bench.file("f-l", pdf)
    with bench.open(await bench.build()) as archive:
        table = archive.read("MANIFEST.csv").decode("utf-8-sig")
        rows = [row for row in csv.DictReader(io.StringIO(table)) if row["type"] == "lab"]
        said = {row["original_name"]: (row["as_sent"], row["active_content"]) for row in rows}
        assert said == {
            "a.jpg": ("no_exif", ""),
            "scans/b.jpg": ("no_exif", ""),
            "Anna Müller.bin": ("yes", "JavaScript"),
            "broken.jpg": ("not_cleaned", ""),
        }
        assert {row["virus_scan"] for row in rows} == {"not_scanned"}
        copies = [archive.read(row["name"]) for row in rows if row["as_sent"] == "no_exif"]
    assert copies == [cleaned(photo, "image/jpeg")] * 2


async def test_an_infected_file_is_named_by_nobody_and_packed_by_nobody(bench: Bench) -> None:
    await bench.save(replace(russian(), records=()))
    await bench.file("f-i", b"harm", state="refused", reason="infected", name="harm.pdf")
    with bench.open(await bench.build()) as archive:
        assert not [name for name in archive.namelist() if name.startswith("90_")]
        table = archive.read("MANIFEST.csv").decode("utf-8-sig")
        (row,) = [row for row in csv.DictReader(io.StringIO(table)) if row["type"] == "infected"]
        assert (row["name"], row["original_name"]) == ("", "")
        (told,) = json.loads(archive.read("case.json"))["files"]
        assert (told["virus_scan"], told["kept"]) == ("infected", True)


async def test_case_json_says_everything_in_a_named_format(bench: Bench) -> None:
    """Also what was refused and not kept."""
    await a_full_case(bench)
    with bench.open(await bench.build()) as archive:
        found = json.loads(archive.read("case.json"))
    assert (found["format"], found["version"]) == ("second-opinion-case", 1)
    problem = next(given for given in found["answers"] if given["step"] == "problem")
    assert problem["text"] == russian().text("problem")
    assert found["records"][0]["folders"] == ["10_imaging/2026-04-12_CT_chest/003_CT"]
    gone = next(file for file in found["files"] if file["id"] == "f-gone")
    assert (gone["kept"], gone["reason"]) == (False, "too_large")
    assert found["checklist"]["items"][0]["id"] == "imaging"
    told = [(pair["sure"], pair["reasons"][0]) for pair in found["pairs"]]
    assert told == [("likely", "near_day")]


async def test_case_json_says_which_letters_went_to_hospitals(bench: Bench) -> None:
    """And whether reminders were agreed to, with the version of the words."""
    await a_full_case(bench)
    case = await bench.db.read(lambda tx: load_case(tx, "7KQ4-M2XR"))
    assert case is not None
    letter = Letter(
        number=1, kind="pathology", item="pathology", locale="ru", own="en", made_at=AT,
        state="sent", sent_on=PartialDate.of(AT.date()),
    )  # fmt: skip
    said = Reminding(given=True, version="1", locale="en", at=AT)
    new = replace(case.with_letter(letter), reminding=said, version=case.version + 1)
    await bench.save(new)
    with bench.open(await bench.build()) as archive:
        found = json.loads(archive.read("case.json"))
    (told,) = found["letters"]
    assert (told["kind"], told["language"], told["state"]) == ("pathology", "ru", "sent")
    assert told["sent_on"]["date"] == AT.date().isoformat()
    assert (found["reminders"]["given"], found["reminders"]["version"]) == (True, "1")


async def test_equal_input_gives_equal_bytes(bench: Bench, tmp_path: Path) -> None:
    """Two machines that build the same case at the same moment make the same package."""
    await a_full_case(bench)
    row = await bench.build()
    async with await Database.open(tmp_path / "second.sqlite") as db:
        second = Bench(
            db, FolderBlobs(tmp_path / "second"), bench.languages, bench.catalog, bench.children
        )
        await a_full_case(second)
        again = await second.build()
    assert (row.sha256, row.size) == (again.sha256, again.size)


async def test_one_version_of_a_case_has_one_package(bench: Bench) -> None:
    """A repeated job finds it; a changed case gets a new one."""
    await a_full_case(bench)
    first = await bench.build()
    assert await bench.build(AT + timedelta(hours=1)) == first
    one, two = await asyncio.gather(bench.build(), bench.build())
    assert one == two == first
    case = await bench.db.read(lambda tx: load_case(tx, "7KQ4-M2XR"))
    assert case is not None
    await bench.save(replace(case, version=case.version + 1))
    newer = await bench.build()
    assert newer.version == first.version + 1
    assert await packages.newest(bench.db, "7KQ4-M2XR") == newer


async def test_only_the_newest_package_is_kept(bench: Bench, tmp_path: Path) -> None:
    """Each holds all that was sent: of ten changes, ten copies of a disc would stay."""
    for version in (1, 2):
        await bench.save(replace(case_of(), version=version))
        await bench.build()
    await bench.save(replace(case_of(), version=3))
    newest = await bench.build()
    assert newest.version == 3
    assert bench.stored(tmp_path) == {newest.blob_id, newest.cover_blob_id}
    assert [row.version for row in await bench.rows()] == [3]


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_package_that_was_overtaken_is_not_kept(bench: Bench, tmp_path: Path) -> None:
    """Whichever builder ends last, the newest version stays, and nothing of the older one."""
    newer = await bench.blobs.put(_stream(b"PK"), case_id="case")

    async def overtake(tx: AsyncConnection) -> None:
        await files.add_package(
            tx,
            package_id="newer",
            case_id="7KQ4-M2XR",
            version=2,
            blob_id=newer.id,
            sha256=newer.sha256,
            size=newer.size,
            built_at=AT,
        )

    await bench.save(replace(case_of(), version=1))
    async with held(bench.db, overtake):
        older = asyncio.create_task(bench.build())
        await until_it_writes(older)
    assert (await older).version == 2
    assert [row.version for row in await bench.rows()] == [2]
    assert bench.stored(tmp_path) == {newer.id}


@pytest.mark.parametrize("both", ["sqlite"], indirect=True)
async def test_a_package_that_is_kept_keeps_its_bytes_when_the_builder_is_cancelled(
    bench: Bench,
) -> None:
    """A transaction outlives its caller: the next builder finds a package that can be read."""
    await bench.save(case_of())
    async with held(bench.db):
        building = asyncio.create_task(bench.build())
        await until_it_writes(building)
        building.cancel()
        await asyncio.wait([building])
    kept = (await bench.rows())[0]
    assert await bench.blobs.exists(kept.blob_id)
    assert await bench.blobs.exists(kept.cover_blob_id)
    assert (await bench.build()).blob_id == kept.blob_id


@pytest.mark.parametrize("lost", ["blob_id", "cover_blob_id"])
async def test_a_package_whose_bytes_are_gone_is_built_anew(
    bench: Bench, tmp_path: Path, lost: str
) -> None:
    """A row alone is nothing to hand over."""
    await bench.save(case_of())
    first = await bench.build()
    await bench.blobs.delete(getattr(first, lost))
    again = await bench.build(AT + timedelta(hours=1))
    assert again.blob_id != first.blob_id
    assert await packages.newest(bench.db, "7KQ4-M2XR") == again
    assert bench.stored(tmp_path) == {again.blob_id, again.cover_blob_id}


def test_large_entries_wait_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's temporary folder is often in memory, and a disc would fill it."""
    monkeypatch.setattr("bot.handoff.zipwriter._IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    to = tmp_path / "package.zip"
    sha256, size = assemble(Plan(made=(("a", bytes(99)),), entries=(), built_at=AT), {}, to)
    assert (sha256, size) == (hashlib.sha256(to.read_bytes()).hexdigest(), to.stat().st_size)
    assert list(tmp_path.iterdir()) == [to]


async def test_an_original_that_takes_its_reader_down_takes_no_server_down(
    bench: Bench, tmp_path: Path
) -> None:
    """Originals are inflated by native code: never in the process that answers patients."""
    await a_full_case(bench)
    found = await bench.db.read(lambda tx: files.find(tx, "f-l1"))
    assert found is not None
    endless = bench.blobs.path(found.blob_id)
    endless.unlink()
    os.mkfifo(endless)
    before = bench.stored(tmp_path)
    reader = await bench.children.run(30.0, os.getpid)
    building = asyncio.create_task(bench.build())
    writer = await _end_of(endless, building)
    os.kill(reader, signal.SIGKILL)
    with pytest.raises(ChildDied):
        await building
    os.close(writer)
    assert reader != os.getpid()
    assert bench.stored(tmp_path) == before


async def _end_of(pipe: Path, building: asyncio.Task[PackageRow]) -> int:
    """The other end of a pipe, once somebody reads at this one."""
    while True:
        if building.done():
            building.result()
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            await asyncio.sleep(0.01)


async def test_two_builders_at_once_keep_one_package_and_no_stray_blob(
    bench: Bench, tmp_path: Path
) -> None:
    """The second finds the first's row and throws its own work away."""
    await bench.save(case_of())
    one, two = await asyncio.gather(bench.build(), bench.build())
    assert one == two
    blobs = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert {path.name for path in blobs} == {one.blob_id, one.cover_blob_id}
    assert await packages.newest(bench.db, "7KQ4-M2XR") == one


async def test_a_changed_original_stops_the_package(bench: Bench, tmp_path: Path) -> None:
    """Loudly, naming the entry; nothing half-made stays behind."""
    await a_full_case(bench)
    found = await bench.db.read(lambda tx: files.find(tx, "f-l1"))
    assert found is not None
    bench.blobs.path(found.blob_id).write_bytes(b"%PDF LABS")
    before = {path for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    with pytest.raises(PackageError, match=r"30_labs/2026-10-01_labs\.pdf"):
        await bench.build()
    assert {path for path in (tmp_path / "blobs").rglob("*") if path.is_file()} == before
    assert await packages.newest(bench.db, "7KQ4-M2XR") is None


async def test_a_missing_original_stops_the_package(bench: Bench) -> None:
    """A record without its file is no record."""
    await bench.save(case_of(records=(document("l1", b"x", file_id="nowhere"),)))
    with pytest.raises(PackageError):
        await bench.build()
    with pytest.raises(PackageError):
        await packages.build(
            bench.db,
            bench.blobs,
            bench.languages,
            bench.catalog,
            bench.children.run,
            "NONE-0000",
            review_locale="en",
            built_at=AT,
        )


async def test_an_instance_that_came_twice_is_packed_once(bench: Bench) -> None:
    """The same UID with other bytes is another object, and both are packed."""
    body, other = b"a" * 300, b"b" * 300
    both = tuple(
        (
            f"s{n}",
            instance("1.9.1", one, member="", number=1, series="1.2.7.1"),
        )
        for n, one in enumerate((body, body, other))
    )
    records = tuple(
        replace(study(f"s{n}", date=day(2026)), file_id=f"f{n}") for n in range(len(both))
    )
    await bench.save(case_of(records=records))
    for n, (pair, content) in enumerate(zip(both, (body, body, other), strict=True)):
        await bench.file(f"f{n}", content, media_type="application/dicom", instances=(pair,))
    with bench.open(await bench.build()) as archive:
        images = [name for name in archive.namelist() if name.endswith(".dcm")]
        assert [archive.read(name) for name in images] == [body, other]
        assert {name.rsplit("/", 2)[0] for name in images} == {"10_imaging/2026_CT_chest"}


async def test_other_programs_can_open_it(bench: Bench) -> None:
    """Info-ZIP finds nothing to complain about."""
    unzip = require_tool("unzip")
    await a_full_case(bench)
    row = await bench.build()
    path = str(bench.blobs.path(row.blob_id))
    done = subprocess.run([unzip, "-tqq", path], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


async def test_an_export_is_whole_or_not_there(bench: Bench, tmp_path: Path) -> None:
    """It takes the place of what was there in one step."""
    target = tmp_path / "out.zip"
    await bench.save(case_of())
    with pytest.raises(PackageError, match="no package yet"):
        await packages.export(bench.db, bench.blobs, "7KQ4-M2XR", target)
    assert not target.exists()
    target.write_bytes(b"older")
    row = await bench.build()
    await packages.export(bench.db, bench.blobs, "7KQ4-M2XR", target)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == row.sha256
    assert [path.name for path in tmp_path.glob(".out*")] == []


async def test_an_erased_case_gets_no_package(bench: Bench) -> None:
    """Not even where the job was already queued."""
    await bench.save(replace(case_of().forgotten(), opened_at=datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(PackageError):
        await bench.build()
