"""What is set apart is in no package, and nothing that is handed over says whose it is."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.notices import notice_text
from bot.i18n import Catalogs
from bot.jobs.children import Children
from bot.store import inbox, schema, set_aside
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database
from checklist.belonging import judged
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from checklist.study import PatientIdentity
from handlers.updates import RecordIndexed
from tests.handoff.cases import case_of, record, russian, study
from tests.handoff.test_cover import cover, text_of
from tests.handoff.test_package import Bench, instance
from tests.postgres import database_of

HERS = PatientIdentity(name="SERIKOVA GULNARA", birth_date="1961-03-03", sex="F")
HIS = PatientIdentity(name="SOKOLOV BORIS", birth_date="1955-06-30", sex="M", patient_id="PID-2")

MARKS = ("sokolov", "boris", "1955", "pid-2", "strangers bytes", "1.2.b")


def case() -> Case:
    """A mixed disc, another disc of only a stranger with a report, and a lab sheet."""
    own, other = study("a", patient=HERS), study("b", patient=HIS)
    alone = replace(study("c", patient=HIS), file_id="file-c")
    report = record("r", "imaging_report", item="imaging", file_id="file-c", member="r.pdf")
    lab = record("l", "lab", item="labs", sha256="", size=len(b"lab sheet"))
    records = (replace(own, file_id="disc"), replace(other, file_id="disc"), alone, report, lab)
    answers = russian().answers
    made = case_of(*answers.values(), records=records, locale="ru")
    return judged(made)


@pytest.fixture
async def bench(
    tmp_path: Path, languages: Catalogs, catalog: Catalog, children: Children
) -> AsyncIterator[Bench]:
    """The case in a store, with its files."""
    async with await Database.open(database_of(tmp_path)) as db:
        bench = Bench(db, FolderBlobs(tmp_path / "blobs"), languages, catalog, children)
        disc = io.BytesIO()
        with zipfile.ZipFile(disc, "w") as archive:
            archive.writestr("A1", b"own bytes")
            archive.writestr("B1", b"strangers bytes")
        await bench.save(case())
        one = instance("1.2.a.1.1", b"own bytes", member="A1", number=1, series="1.2.a.1")
        two = instance("1.2.b.1.1", b"strangers bytes", member="B1", number=1, series="1.2.b.1")
        alone = instance("1.2.c.1.1", b"strangers bytes", member="", number=1, series="1.2.c.1")
        await bench.file("disc", disc.getvalue(), instances=(("a", one), ("b", two)))
        await bench.file(
            "file-c", b"strangers bytes", name="sokolov.dcm", instances=(("c", alone),)
        )
        await bench.file("copy", b"strangers bytes", name="sokolov.dcm", instances=(("c", alone),))
        await bench.file("file-l", b"lab sheet")
        yield bench


async def packed(bench: Bench) -> dict[str, bytes]:
    row = await bench.build()
    with zipfile.ZipFile(bench.blobs.path(row.blob_id)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_package_holds_the_patients_own_and_nothing_that_is_set_apart(
    bench: Bench,
) -> None:
    members = await packed(bench)
    originals = {name for name in members if "/" in name}
    assert {members[name] for name in originals} == {b"own bytes", b"lab sheet"}
    for name, body in members.items():
        if not name.endswith(".pdf"):
            text = f"{name} {body.decode(errors='replace')}".casefold()
            assert not [mark for mark in MARKS if mark in text], name


async def test_case_json_and_the_manifest_say_that_something_was_left_out(bench: Bench) -> None:
    members = await packed(bench)
    document = json.loads(members["case.json"])
    assert [(one["id"], one["state"]) for one in document["set_apart"]] == [
        ("b", "apart"),
        ("c", "apart"),
        ("r", "apart"),
    ]
    assert [one["id"] for one in document["records"]] == ["a", "l"]
    rows = list(csv.DictReader(io.StringIO(members["MANIFEST.csv"].decode("utf-8-sig"))))
    apart = [row for row in rows if row["type"] == "set_apart"]
    assert [row["name"] for row in apart] == ["", ""]
    assert not any(row["sha256"] or row["original_name"] for row in apart)


@pytest.mark.parametrize("left", ["waits", "is dead", "is taken once more", "is dead again"])
async def test_what_was_read_and_not_yet_judged_is_in_no_package(bench: Bench, left: str) -> None:
    """A stranger's slices of a study that is hers so far, and a disc of nobody knows whom."""
    his = instance("1.2.a.1.9", b"strangers bytes", member="", number=9, series="1.2.a.1")
    await bench.file("more", b"strangers bytes", name="sokolov2.dcm", instances=(("a", his),))
    new = instance("1.2.d.1.1", b"strangers disc", member="", number=1, series="1.2.d.1")
    await bench.file("new", b"strangers disc", name="sokolov3.dcm", instances=(("d", new),))

    async def unheard(tx: AsyncConnection) -> None:
        for file_id, key in (("more", "file:more"), ("new", "file:new:0f")):
            row = await inbox.add_update(
                tx,
                case_id=case().id,
                session_id="s",
                key=key,
                update=RecordIndexed(file_id=file_id, original_name="sokolov.dcm"),
            )
            for step in {"waits": "", "is dead": "d", "is taken once more": "dr"}.get(left, "drd"):
                assert row is not None
                if step == "r":
                    row = await set_aside.revive(tx, row)
                else:
                    await set_aside.set_aside(tx, row, attempts=0, reason="KeyError", at=1.0)

    await bench.db.write(unheard)
    await test_a_package_holds_the_patients_own_and_nothing_that_is_set_apart(bench)

    async def heard(tx: AsyncConnection) -> None:
        await tx.execute(sa.update(schema.inbox).values(state="done"))

    await bench.db.write(heard)
    await bench.save(replace(case(), version=1))
    members = await packed(bench)
    assert b"strangers bytes" in {body for name, body in members.items() if "/" in name}


@pytest.mark.parametrize("state", ["wanted", "stored"])
async def test_what_nobody_has_read_yet_waits_for_the_next_package(
    bench: Bench, state: str
) -> None:
    await bench.file("new", b"strangers bytes of a disc", name="sokolov3.zip", state=state)
    if state == "wanted":  # A page stores what is sent before anybody has measured it.
        unmeasured = sa.update(schema.file).where(schema.file.c.id == "new").values(sha256=None)
        await bench.db.write(lambda tx: tx.execute(unmeasured))
    await test_a_package_holds_the_patients_own_and_nothing_that_is_set_apart(bench)


async def test_what_a_coordinator_takes_is_packed(bench: Bench) -> None:
    taken = replace(
        case(),
        version=1,
        records=tuple(
            replace(one, set_apart="taken", decided_by="coordinator") if one.id == "b" else one
            for one in case().records
        ),
    )
    await bench.save(taken)
    members = await packed(bench)
    assert b"strangers bytes" in {body for name, body in members.items() if "/" in name}


def test_a_notice_says_it_without_a_word_of_whose_it_is(
    languages: Catalogs, catalog: Catalog
) -> None:
    text = notice_text(
        "7KQ4-M2XR", "submitted", checklist_for(case(), catalog), languages, locale="en"
    )
    assert "Some records seem to be of another person" in text
    assert not [mark for mark in MARKS if mark in text.casefold()]


def test_the_cover_says_how_many_studies_wait(languages: Catalogs, catalog: Catalog) -> None:
    text = text_of(cover(case(), languages, catalog, review="en"))
    assert "2 studies may be another person's: a coordinator decides" in text
    assert not [mark for mark in MARKS if mark in text.casefold()]
