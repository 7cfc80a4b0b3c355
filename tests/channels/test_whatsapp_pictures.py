"""Pictures on WhatsApp: Twilio fetches one from an address that opens nothing else, and not for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.app import App
from bot.channels.base import Releases, ShowsRecords, Unknown
from bot.channels.whatsapp import WhatsAppChannel
from bot.channels.whatsapp_pictures import LASTS, name_of, record_of
from bot.settings import Settings
from bot.store import cases, schema
from bot.web.site import site
from bot.whatsapp_account import PICTURES_HOOK, whatsapp_account
from checklist.case import Case
from checklist.records import Record
from checklist.study import PatientIdentity, Study
from tests import synthetic
from tests.channels.conftest import Phonebook
from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, TwilioDouble
from tests.whatsapp import on_whatsapp, rows, with_templates

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
ON: dict[str, Any] = {
    "twilio_account_sid": SID,
    "twilio_auth_token": TOKEN,
    "whatsapp_from": SENDER,
    "public_url": PUBLIC,
    "whatsapp_health_details": "chat",
}
JPEG = b"\xff\xd8 small"


# ---- the address -------------------------------------------------------------------------------


def test_an_address_opens_its_own_record_and_no_longer_than_half_an_hour() -> None:
    name = name_of(TOKEN, "study-4a", NOW)
    assert record_of(TOKEN, name, NOW) == "study-4a"
    assert record_of(TOKEN, name, NOW + LASTS - timedelta(seconds=1)) == "study-4a"
    assert record_of(TOKEN, name, NOW + LASTS) == ""
    assert timedelta(minutes=30) >= LASTS


def test_an_address_that_was_changed_anywhere_opens_nothing() -> None:
    name = name_of(TOKEN, "study-4a", NOW)
    for at in range(len(name)):
        changed = name[:at] + ("B" if name[at] != "B" else "C") + name[at + 1 :]
        assert record_of(TOKEN, changed, NOW) == "", at
    other, until, _ = name_of(TOKEN, "study-4b", NOW).split(".")
    assert record_of(TOKEN, f"{other}.{until}.{name.rpartition('.')[2]}", NOW) == ""
    for strange in ("", ".", "..", "a.1.b", name + ".", name + "A", "é.1." + "A" * 43):
        assert record_of(TOKEN, strange, NOW) == ""


def test_an_address_of_another_account_opens_nothing() -> None:
    assert record_of(TOKEN, name_of("another", "study-4a", NOW), NOW) == ""


# ---- what it opens -----------------------------------------------------------------------------


class Pages:
    """The site, with a case of two records: a study and a document, each with a picture."""

    def __init__(self, app: App) -> None:
        self.app = app
        app.clock = lambda: NOW
        transport = httpx.ASGITransport(site(app))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inside:8080")
        self.case = Case(id="7KQ4-M2XR", opened_at=NOW)

    async def keep(self) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield JPEG

        study = Study(study_instance_uid="1.2.3", patient=PatientIdentity(), series=())
        records = []
        for own, of in (("s1", study), ("d1", None)):
            blob = await self.app.blobs.put(pieces(), case_id="case")
            kept = Record(
                id=own,
                file_id=f"f-{own}",
                kind="imaging_study" if of else "lab",
                received_at=NOW,
                original_name="a",
                media_type="",
                size=1,
                study=of,
            )
            records.append(replace(kept, preview_blob_id=blob.id, preview_size=(664, 332)))
        new = self.case = replace(self.case, records=tuple(records), version=1)
        await self.app.db.write(lambda tx: cases.save_case(tx, new, None, now=NOW.timestamp()))

    async def get(self, record: str, *, at: datetime = NOW, method: str = "GET") -> httpx.Response:
        name = name_of(TOKEN, record, at)
        return await self.client.request(method, f"{PICTURES_HOOK}/{name}.jpg")


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    async with App.open(Settings(data_dir=tmp_path, **ON)) as app:
        pages = Pages(app)
        await pages.keep()
        yield pages
        await pages.client.aclose()


async def test_it_opens_a_picture_of_a_fixed_kind_that_nobody_on_the_way_keeps(
    pages: Pages,
) -> None:
    for method, body in (("GET", JPEG), ("HEAD", b"")):
        found = await pages.get("s1", method=method)
        assert (found.status_code, found.content) == (200, body)
        assert found.headers["content-type"] == "image/jpeg"
        assert found.headers["content-length"] == str(len(JPEG))
        assert found.headers["cache-control"] == "private, no-store"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in found.headers


async def test_it_opens_no_document_and_nothing_that_is_gone_or_late(pages: Pages) -> None:
    assert (await pages.get("d1")).status_code == 404
    assert (await pages.get("s9")).status_code == 404
    assert (await pages.get("s1", at=NOW - LASTS)).status_code == 404
    await pages.app.blobs.delete(pages.case.records[0].preview_blob_id)
    assert (await pages.get("s1")).status_code == 404


@pytest.mark.parametrize(
    "changed",
    [{"whatsapp_health_details": "link"}, {"public_url": "http://opinion.example"}],
)
async def test_where_no_picture_may_be_shown_there_is_no_such_address(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    settings = Settings(data_dir=tmp_path, **{**ON, **changed})
    known = whatsapp_account(settings)
    assert known is not None
    assert known.pictures_url == ""
    channel = WhatsAppChannel(known, Phonebook())
    assert channel.capabilities.pictures == "none"
    await channel.close()
    async with App.open(settings) as app:
        pages = Pages(app)
        await pages.keep()
        assert (await pages.get("s1")).status_code == 404
        await pages.client.aclose()


# ---- sending it --------------------------------------------------------------------------------


async def test_a_picture_is_sent_with_its_words_and_is_not_looked_for_when_no_answer_comes(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    assert isinstance(whatsapp, ShowsRecords)
    assert isinstance(whatsapp, Releases)
    assert whatsapp.capabilities.pictures == "studies"
    sent = await whatsapp.show_record("ana", "s1", "CT of the chest")
    (picture,) = twilio.sent
    assert (picture["sid"], picture["body"]) == (sent, "CT of the chest")
    twilio.fail("send", 503)
    with pytest.raises(Unknown):
        await whatsapp.show_record("ana", "s1", "CT of the chest")
    assert [call.method for call in twilio.calls] == ["POST", "POST"]


async def test_a_patient_sees_what_came_and_twilio_keeps_no_copy(
    tmp_path: Path, twilio: TwilioDouble
) -> None:
    with_templates(twilio)
    program = on_whatsapp(tmp_path / "data", twilio)
    await program.start()
    try:
        for words in ("hello", "English", "yes"):
            before = len(twilio.sent)
            await twilio.writes(words)
            await twilio.until(lambda n=before: len(twilio.sent) > n)  # type: ignore[misc]
            await asyncio.sleep(0.3)
        disc = synthetic.disc(synthetic.ct_study())
        form = twilio.inbound_file(disc, kind="application/zip", name="disc.zip")
        await twilio.post(form)
        await twilio.until(lambda: any(one["media_urls"] for one in twilio.sent), within=30)
        (picture,) = [one for one in twilio.sent if one["media_urls"]]
        (url,) = picture["media_urls"]
        await twilio.until(lambda: url in twilio.fetched)
        assert twilio.fetched[url].content.startswith(b"\xff\xd8")
        assert picture["status"] == "queued"
        # The words about it come after it, in a message of their own.
        await twilio.until(lambda: twilio.sent[-1] is not picture)
        (case,) = await rows(program.folder, sa.select(schema.cases.c.id))
        assert case.id not in url
        (record,) = await rows(program.folder, sa.select(schema.record.c.id))
        assert record.id not in url
        kept = [sid for sid, file in twilio.files.items() if file.message == picture["sid"]]
        assert len(kept) == 1
        await due(program.folder)
        await twilio.until(lambda: kept[0] in twilio.deleted)
    finally:
        await program.kill()


async def due(folder: Path) -> None:
    """Four hours pass for what is to be deleted at Twilio."""
    from bot.store.db import Database

    job = schema.job.c
    later = sa.update(schema.job).where(job.kind == "release", job.state == "ready")
    async with await Database.open(folder / "second-opinion.db") as db:
        async with asyncio.timeout(10):
            while not (await db.write(lambda tx: tx.execute(later.values(run_at=0.0)))).rowcount:
                await asyncio.sleep(0.1)
