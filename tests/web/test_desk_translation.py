"""The desk of the translators, with the program's own turns and jobs behind it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.contents import entries_of
from bot.handoff.package import _load, _translations
from bot.jobs import draft, plain_text
from bot.jobs.queue import Job, Permanent
from bot.pdfium import opened
from bot.store import cases, files, schema
from checklist.case import Case
from checklist.dates import PartialDate
from checklist.records import Record
from tests.doubles.libretranslate import LibreTranslateDouble, libretranslate
from tests.web.conftest import House, browser, saved
from tests.web.test_desk import sign_in, trail
from tests.web.test_desk_doing import act, at_work, case, mark, now
from tests.web.test_rights import agreed

__all__ = ["at_work", "case"]

LAB = "Анализ крови 12.04.2026\nГемоглобин 128 г/л\nКреатинин 98 мкмоль/л\n"
PATHOLOGY = "Гистология: карцинома, G2. Край резекции 3 мм. Цисплатин 75 мг/м²."
GOOD = "血液检查 2026年4月12日\n血红蛋白128克/升\n肌酐98微摩尔/升\n"
WRONG = "血液检查 2026年4月12日\n血红蛋白182克/升\n肌酐98微摩尔/升\n"


@pytest.fixture
async def desk(case: Case, at_work: House) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in, with a lab sheet and a pathology report in Russian for a Chinese reader."""
    at = at_work.clock()
    blank = Record(
        id="lab", file_id="t1", kind="lab", received_at=at, original_name="анализ.txt",
        media_type="text/plain", size=10, item="labs", language="ru",
        date=PartialDate(year=2026, month=4, day=12),
    )  # fmt: skip
    records = (
        replace(blank, id="letter", file_id="t3", kind="consultation", item="reports"),
        blank,
        replace(blank, id="path", file_id="t2", kind="pathology_report", item="pathology"),
        replace(blank, id="english", file_id="t1", language="zh"),
    )
    blobs = {name: await at_work.blobs.put(pieces(text), case_id="case") for name, text in
             (("t1", LAB), ("t2", PATHOLOGY), ("t3", ""))}  # fmt: skip

    async def write(tx: AsyncConnection) -> None:
        known = await cases.load_case(tx, case.id)
        assert known is not None
        more = replace(known, records=records, version=known.version + 1)
        await cases.save_case(tx, more, known, now=at.timestamp())
        for file_id, blob in blobs.items():
            await files.want(
                tx, file_id=file_id, case_id=case.id, session_id="s", channel="web", sender="",
                fetch_ref=blob.id, name="анализ.txt", media_type="text/plain", size=10, caption="",
                item=None, received_at=at,
            )  # fmt: skip
            await files.change(tx, file_id, state="indexed", blob_id=blob.id, sha256=blob.sha256)

    await at_work.db.write(write)
    async with browser(at_work) as client:
        await sign_in(at_work, client)
        yield client


async def pieces(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def work(house: House, *kinds: str) -> None:
    """Do the jobs that wait, as a worker does."""
    table = schema.job
    runs = {"plain_text": plain_text.run, "draft": draft.run}
    for row in await house.rows(table):
        if row.kind not in kinds or row.state != "ready":
            continue
        job = Job(
            id=row.id, kind=row.kind, args=json.loads(row.args), attempt=1, lease="x", key=row.key
        )
        outcome = await runs[row.kind](house, job)  # type: ignore[arg-type]  # it has what these use

        async def settle(tx: AsyncConnection, row: sa.Row[tuple[object, ...]] = row) -> None:
            if outcome.effect is not None:  # noqa: B023  # called in this round
                await outcome.effect(tx)  # noqa: B023
            await tx.execute(sa.update(table).where(table.c.id == row.id).values(state="done"))

        await house.db.write(settle)


def address(case: Case, record: str, *more: str) -> str:
    return "/".join((f"/desk/translation/{case.id}/{record}", *more))


async def upload(
    desk: httpx.AsyncClient, case: Case, text: str, record: str = "lab", name: str = "t.txt"
) -> httpx.Response:
    sent = {"files": (name, text.encode(), "text/plain")}
    return await desk.post(address(case, record, "upload"), files=sent)


async def seen(
    desk: httpx.AsyncClient, case: Case, form: str, record: str = "lab"
) -> dict[str, str]:
    """The hidden fields of a form."""
    page = (await desk.get(address(case, record))).text
    (found,) = re.findall(rf'acts/{form}">(.*?)</form>', page, re.DOTALL)
    return dict(re.findall(r'name="(\w+)" value="([\w-]+)"', found))


async def do(desk: httpx.AsyncClient, case: Case, form: str, record: str = "lab") -> httpx.Response:
    return await desk.post(
        address(case, record, "acts", form), data=await seen(desk, case, form, record)
    )


async def packed(house: House, case: Case) -> list[str]:
    """The names of the documents in a package of the case as it is."""
    loaded = await house.db.read(lambda tx: _load(tx, case_id=case.id))
    known = tuple(f for f in loaded.files if f.id.startswith("t"))
    clean = replace(loaded.case, records=tuple(r for r in loaded.case.records if r.id != "english"))
    return [e.path for e in entries_of(clean, known, (), _translations(loaded, "zh-Hans"))]


async def test_the_queue_has_what_decides_first_and_says_how_long_it_is(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """Nothing of whose they are, and none that the specialist can read."""
    page = (await desk.get("/desk/translation")).text
    order = re.findall(r"/desk/translation/\w[\w-]*/(\w+)\"", page)
    assert order == ["path", "lab", "letter"]
    assert "being counted" in page
    assert "Иванов" not in page
    await work(at_work, "plain_text")
    page = (await desk.get("/desk/translation")).text
    letters = sum(1 for sign in LAB if not sign.isspace())
    assert f"{letters} characters" in page
    assert "no text in it, not counted" in page


async def test_a_translator_takes_a_record_and_another_is_told(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """The patient can ask and hears that the records are being translated, for as long as it is so."""
    stale = await seen(desk, case, "take")
    assert (await do(desk, case, "take")).status_code == 303
    known = await now(at_work, case)
    assert (known.status, known.desk.translations[0].taken_by) == ("in_translation", "Li Wei")
    async with browser(at_work) as other:
        await sign_in(at_work, other, "Ana")
        second = await other.post(
            address(case, "lab", "acts", "take"), data=stale | {"key": "other-key"}
        )
        assert second.status_code == 409
        assert "Somebody was faster" in second.text
    await do(desk, case, "return")
    known = await now(at_work, case)
    assert (known.status, known.desk.translations[0].taken_by) == ("submitted", "")


async def test_a_translation_goes_into_the_package_beside_its_original_once_it_is_confirmed(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """A value that differs is shown side by side; the corrected version replaces it, and both are kept."""
    assert (await saved(desk, address(case, "lab", "original"))).text == LAB
    assert (await upload(desk, case, WRONG)).status_code == 303
    await desk.get(address(case, "lab"))
    await work(at_work, "plain_text")
    page = (await desk.get(address(case, "lab"))).text
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["128 г/л", "182克/升"]
    assert "30_labs/2026-04-12_labs_translation_zh-Hans.txt" not in await packed(at_work, case)
    await upload(desk, case, GOOD, name="better.txt")
    await work(at_work, "plain_text")
    page = (await desk.get(address(case, "lab"))).text
    assert "They are the same in both" in page
    assert (await do(desk, case, "approve")).status_code == 303
    names = await packed(at_work, case)
    assert names.index("30_labs/2026-04-12_labs_translation_zh-Hans.txt") == 1 + names.index(
        "30_labs/2026-04-12_labs.txt"
    )
    assert len((await now(at_work, case)).desk.translations[0].files) == 2
    assert any(job.kind == "package" for job in await at_work.rows(schema.job))
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    (where,) = re.findall(r'href="(/desk/translation/[^"]*/lab/files/\w+)"', page)
    assert (await saved(desk, where)).text == GOOD
    assert ("coordinator Li Wei", "translation.approved", "lab") in await trail(at_work, case.id)


async def test_a_record_that_nobody_has_to_translate_waits_for_nobody(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await do(desk, case, "skip", "letter")
    page = (await desk.get("/desk/translation")).text
    assert "No translation needed" in page.split("Translated or not needed")[1]
    await do(desk, case, "skip", "letter")
    assert (await now(at_work, case)).desk.translations[0].state == "waiting"


async def test_nothing_else_of_a_case_opens_here(desk: httpx.AsyncClient, case: Case) -> None:
    """Neither a record that needs no translation, nor what is no document."""
    assert (await desk.get(address(case, "english"))).status_code == 404
    assert (await desk.get(address(case, "english", "original"))).status_code == 404
    refused = await desk.post(
        address(case, "lab", "upload"), files={"files": ("x.exe", b"MZ" + b"\0" * 99, "text/plain")}
    )
    assert refused.status_code == 415


async def test_an_erased_case_keeps_no_translation(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    from bot.store import translations

    await upload(desk, case, GOOD)
    await work(at_work, "plain_text")
    blobs = await at_work.db.write(lambda tx: translations.scrub(tx, case.id))
    assert len(blobs) == 1
    assert await at_work.rows(schema.document_text) == []


# ---- drafts by a machine -----------------------------------------------------------------------


@pytest.fixture
async def machine(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> AsyncIterator[LibreTranslateDouble]:
    """A machine, and a patient who has agreed to it."""
    await agreed(at_work, case, "machine_translation", given=True)
    async with libretranslate() as (url, double):
        at_work.settings = at_work.settings.model_copy(update={"translate_url": url})
        double.words = {"Гистология": "组织学", "карцинома": "癌", "Край резекции": "切缘", "мм": "毫米",
                        "Цисплатин": "顺铂", "мг/м²": "毫克/平方米"}  # fmt: skip
        yield double


async def test_a_draft_is_marked_on_every_page_and_is_no_translation_until_a_person_has_read_it(
    machine: LibreTranslateDouble, desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await desk.get("/desk/translation")
    await work(at_work, "plain_text")
    assert "Have a draft made" in (await desk.get(address(case, "path"))).text
    await desk.post(address(case, "path", "draft"))
    await work(at_work, "draft")
    known = await settled(at_work, case)
    (file,) = known.desk.translations[0].files
    assert (file.draft, known.desk.translations[0].state) == (True, "draft")
    assert [asked["target"] for asked in machine.asked] == ["zh-Hans"]
    pdf = (await saved(desk, address(case, "path", "files", file.id))).content
    with opened(pdf) as document:
        for page in document:
            assert "Machine draft, not checked" in page.get_textpage().get_text_bounded()
    assert not any("translation" in name for name in await packed(at_work, case))
    assert "They are the same in both" in (await desk.get(address(case, "path"))).text
    await do(desk, case, "approve", "path")
    (one,) = (await now(at_work, case)).desk.translations
    assert [(f.draft, f.approved_by) for f in one.files] == [(True, ""), (False, "Li Wei")]
    assert "20_pathology/2026-04-12_pathology_report_translation_zh-Hans.pdf" in await packed(
        at_work, case
    )
    assert one.approved is not None
    pdf = (await saved(desk, address(case, "path", "files", one.approved.id))).content
    with opened(pdf) as document:
        assert "checked by Li Wei" in document[0].get_textpage().get_text_bounded()


async def settled(house: House, case: Case) -> Case:
    """The case when its inbox is empty."""
    import asyncio

    async with asyncio.timeout(5):
        while any(row.state == "new" for row in await house.rows(schema.inbox)):
            await asyncio.sleep(0.02)
    return await now(house, case)


async def test_a_machine_that_the_patient_refused_drafts_nothing(
    machine: LibreTranslateDouble, desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await agreed(at_work, case, "machine_translation", given=False)
    assert "Have a draft made" not in (await desk.get(address(case, "path"))).text
    assert (await desk.post(address(case, "path", "draft"))).status_code == 404
    assert machine.asked == []


async def test_a_machine_that_refuses_is_not_asked_again(
    machine: LibreTranslateDouble, desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    machine.key = "secret"
    await desk.get("/desk/translation")
    await work(at_work, "plain_text")
    await desk.post(address(case, "path", "draft"))
    with pytest.raises(Permanent, match="status_403"):
        await work(at_work, "draft")


# ---- the opinion on its way back ---------------------------------------------------------------


async def test_an_opinion_and_its_translation_are_compared_before_it_is_approved(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    for part, text in (
        ("original", "顺铂75毫克/平方米，6个周期"),
        ("translation", "Карбоплатин 75 мг/м², 6 циклов"),
    ):
        sent = {"files": (f"{part}.txt", text.encode(), "text/plain")}
        await desk.post(f"/desk/cases/{case.id}/opinion", data={"choice": part}, files=sent)
    await work(at_work, "plain_text")
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["顺铂", "Карбоплатин"]
    await act(desk, case, "opinion_approve", seen=await mark(desk, case, "opinion_approve"))
