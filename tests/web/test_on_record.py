"""Every act of the desk, the API and private pages leaves who, what and when in the audit trail.

An address that is in no table here fails a test: so nobody adds an act without deciding on this.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.coordinators import add, follow_setting, link, remove, reset
from bot.store import api_tokens, audit_check, cases, files, opinions, schema
from bot.store.translations import add as add_translation
from bot.web.api import Api
from bot.web.desk_doing import ACTS
from checklist.case import Case
from checklist.consents import Consent
from checklist.letters import Letter
from checklist.locked import LockedFile
from checklist.opinion import Opinion, OpinionFile
from checklist.records import Record
from checklist.study import Instance
from tests import synthetic
from tests.handoff.test_arranged import pages
from tests.web.conftest import House, browser
from tests.web.test_desk import _pieces, sign_in
from tests.web.test_desk_doing import at_work, case
from tests.web.test_doors import desk_routes
from tests.web.test_letter import made
from tests.web.test_sign_in import own_link, with_second

__all__ = ["at_work", "case"]

WHO = "coordinator Li Wei"
PDF = b"%PDF-1.4\nnot much of a document\n"
OF_CASE = "/desk/cases/{case_id}"
OF_RECORD = f"{OF_CASE}/records/{{record_id}}"
TRANSLATED = "/desk/translation/{case_id}/{record_id}"


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is asked for, in which record, and with what; of an address with an action, which."""

    record: str = "s"
    query: str = ""
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


#: What nobody acts by, and why.
EXCUSED: dict[tuple[str, str], str] = {
    ("GET", "/desk/events"): "says that something has changed, and nothing of what",
    ("GET", "/desk/account"): "one's own sessions",
    ("POST", "/desk"): "leads to the list, which is on record",
    ("GET", f"{OF_CASE}/said/{{number:int}}"): "leads to the transcript, which is on record",
}

SENT = {"files": ("letter.pdf", PDF, "application/pdf")}

DESK: dict[tuple[str, str], Act] = {
    ("GET", "/desk"): Act(),
    ("GET", "/desk/people"): Act(),
    ("GET", "/desk/translation"): Act(),
    ("GET", OF_CASE): Act(),
    ("GET", f"{OF_CASE}/transcript"): Act(),
    ("GET", f"{OF_CASE}/cover.pdf"): Act(),
    ("GET", f"{OF_CASE}/cover.png"): Act(),
    ("GET", f"{OF_CASE}/package.zip"): Act(),
    ("GET", f"{OF_CASE}/files/{{file_id}}"): Act(values={"file_id": "f2"}),
    ("GET", f"{OF_CASE}/letters/{{number:int}}"): Act(),
    ("GET", f"{OF_CASE}/merge"): Act(),
    ("GET", f"{OF_RECORD}/preview"): Act(record="p"),
    ("GET", f"{OF_RECORD}/sheet"): Act(record="p"),
    ("GET", f"{OF_RECORD}/images"): Act(record="r1"),
    ("GET", f"{OF_RECORD}/images/{{instance:int}}/{{frame:int}}"): Act(
        record="r1", values={"frame": "0"}
    ),
    ("GET", f"{OF_RECORD}/pages"): Act(),
    ("GET", f"{OF_RECORD}/pages/{{page:int}}"): Act(query="?large"),
    ("GET", f"{OF_RECORD}/part.pdf"): Act(record="part"),
    ("GET", f"{OF_CASE}/opinion/{{file_id}}"): Act(values={"file_id": "o1"}),
    ("GET", TRANSLATED): Act(record="lab"),
    ("GET", f"{TRANSLATED}/original"): Act(record="lab"),
    ("GET", f"{TRANSLATED}/files/{{file_id}}"): Act(record="lab", values={"file_id": "tr"}),
    ("POST", f"{TRANSLATED}/acts/{{action}}"): Act(record="lab", values={"action": "take"}),
    ("POST", f"{TRANSLATED}/draft"): Act(record="lab"),
    ("POST", f"{TRANSLATED}/upload"): Act(
        record="lab", files={"files": ("t.txt", "血液检查".encode(), "text/plain")}
    ),
    ("POST", f"{OF_CASE}/message"): Act(form={"text": "Hello"}),
    ("POST", f"{OF_CASE}/password"): Act(form={"file": "f3", "password": "1234"}),
    ("POST", f"{OF_CASE}/studies/{{record_id}}"): Act(record="r1", form={"action": "keep_apart"}),
    ("POST", f"{OF_CASE}/acts/{{action}}"): Act(values={"action": "take"}),
    ("POST", f"{OF_CASE}/links"): Act(form={"name": "City Hospital"}),
    ("POST", f"{OF_CASE}/upload"): Act(form={"choice": "reports"}, files=SENT),
    ("POST", f"{OF_CASE}/opinion"): Act(form={"choice": "translation"}, files=SENT),
    ("POST", f"{OF_CASE}/merge"): Act(form={"place_p": "1", "place_r2": "2"}),
    ("POST", f"{OF_CASE}/transcript/{{message:int}}"): Act(form={"text": "I cough", "key": "k"}),
    ("POST", f"{OF_RECORD}/split"): Act(form={"begins": "2"}),
    ("POST", f"{OF_RECORD}/whose"): Act(record="p"),
    ("POST", f"{OF_RECORD}/divide"): Act(record="r1", form={"series": "1.2"}),
}

#: What takes more than one request: tried below, one by one.
APART = {
    ("POST", "/desk/account/second"),
    ("POST", "/desk/account/sessions"),
    ("POST", "/desk/people/sessions"),
}


@pytest.fixture
async def full(case: Case, at_work: House) -> Case:
    """A case with something of everything that the desk can show."""
    at = at_work.clock()
    put = partial(at_work.blobs.put, case_id=case.id)
    lab = next(record for record in case.records if record.id == "r2")
    study = next(record for record in case.records if record.id == "r1")
    slice_ = next(iter(synthetic.study_files(synthetic.ct_study(1)).values()))
    scan, image, words, picture = (
        await put(_pieces(pages(3))),
        await put(_pieces(slice_)),
        await put(_pieces("Анализ крови".encode())),
        await put(_pieces(synthetic.photo())),
    )
    paper = replace(lab, id="s", file_id="s", media_type="application/pdf", pages=3, sender="")
    records: tuple[Record, ...] = (
        study,
        lab,
        paper,
        replace(paper, id="part", span=(2, 3), pages=2),
        replace(
            lab, id="p", file_id="p", media_type="image/jpeg", preview_blob_id=picture.id,
            sheet_blob_id=picture.id,
        ),
        replace(lab, id="lab", file_id="t", media_type="text/plain", language="ru"),
    )  # fmt: skip
    letter = Letter(
        number=1, kind="images", item="imaging", locale="ru", own="en", made_at=at, country="RU",
        name="Ana Petrova",
    )  # fmt: skip
    opinion = Opinion(
        files=(OpinionFile(id="o1", name="o.pdf", part="original", by="Li Wei", at=at),)
    )
    locked = LockedFile(file_id="f3", name="broken.zip", state="unknown")
    known = await at_work.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    machine = Consent(version="1", given=True, locale="en", at=at, point="machine_translation")
    filled = replace(
        known.with_letter(letter).with_locked(locked).with_consent(machine), records=records,
        version=known.version + 1,
        desk=replace(known.desk, opinion=opinion), status="in_review",
    )  # fmt: skip

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, filled, known, now=at.timestamp())
        for file_id, blob in (("s", scan), ("t", words), ("p", picture)):
            await files.want(
                tx, file_id=file_id, case_id=case.id, session_id="s", channel="web", sender="",
                fetch_ref=blob.id, name=f"{file_id}.pdf", media_type="", size=15, caption="",
                item=None, received_at=at,
            )  # fmt: skip
            await files.change(tx, file_id, state="indexed", blob_id=blob.id)
        await files.change(tx, "f1", state="indexed", blob_id=image.id)
        await files.add_package(
            tx, package_id="p2", case_id=case.id, version=2, blob_id=words.id, sha256="", size=1,
            built_at=at, cover_blob_id=scan.id,
        )  # fmt: skip
        await opinions.add(
            tx, file_id="o1", case_id=case.id, name="o.pdf", media_type="", size=1,
            blob_id=words.id, now=at.timestamp(),
        )  # fmt: skip
        await add_translation(
            tx, file_id="tr", case_id=case.id, record_id="lab", name="t.txt", media_type="",
            size=1, sha256="", blob_id=words.id, now=at.timestamp(),
        )  # fmt: skip
        one = Instance(
            sop_instance_uid="1.2.3", sop_class_uid="1", series_instance_uid="1.2",
            study_instance_uid="1", member="", size=len(slice_), sha256="", kind="image",
        )  # fmt: skip
        await files.index(tx, case_id=case.id, file_id="f1", instances=[("r1", one)])

    await at_work.db.write(write)
    return filled


def address(path: str, act: Act, case: Case) -> str:
    values = {"case_id": case.id, "record_id": act.record, **act.values}
    return re.sub(r"{(\w+)(:int)?}", lambda found: values.get(found[1], "1"), path) + act.query


async def marked(house: House) -> int:
    return max((row.id for row in await house.rows(schema.audit)), default=0)


async def since(house: House, last: int) -> list[tuple[str, str]]:
    rows = [row for row in await house.rows(schema.audit) if row.id > last]
    return [(row.actor, row.action) for row in rows]


@pytest.fixture
async def cookies(full: Case, at_work: House) -> AsyncIterator[httpx.Cookies]:
    async with browser(at_work) as client:
        await sign_in(at_work, client)
        yield client.cookies


async def done(house: House, cookies: httpx.Cookies, method: str, at: str, act: Act) -> str:
    """Do it in a browser that has shown nothing yet; what is wrong with what is on record, or ""."""
    last = await marked(house)
    async with browser(house) as client:
        client.cookies = cookies
        more = {"data": act.form, "files": act.files or None} if method == "POST" else {}
        response = await client.request(method, at, **more)  # type: ignore[arg-type]  # both kinds
    noted: list[tuple[str, str]] = []
    for _ in range(100):
        noted = await since(house, last)
        if any(actor == WHO for actor, _ in noted) or response.status_code >= 400:
            break
        # What isn't waited for is done by a turn of its own.
        await asyncio.sleep(0.02)
    if response.status_code not in (200, 206, 303, 409, 422):
        return f"{method} {at}: {response.status_code}"
    if not any(actor == WHO for actor, _ in noted):
        return f"{method} {at}: {response.status_code}, on record: {noted}"
    return ""


def test_every_address_of_the_desk_is_in_the_table(house: House) -> None:
    found = {(method, path) for method, path, _ in desk_routes(house)}
    assert found == DESK.keys() | EXCUSED.keys() | APART


async def test_every_act_at_the_desk_is_on_record(
    full: Case, at_work: House, cookies: httpx.Cookies
) -> None:
    settings = at_work.settings.model_copy(update={"translate_url": "http://127.0.0.1:9"})
    at_work.settings = settings
    silent = []
    for (method, path), act in DESK.items():
        silent.append(await done(at_work, cookies, method, address(path, act, full), act))
    assert "\n".join(one for one in silent if one) == ""
    assert (await at_work.db.read(audit_check.check)).faults == []
    assert "Hello" not in json.dumps([tuple(row) for row in await at_work.rows(schema.audit)])


async def test_every_form_of_a_case_is_on_record(
    full: Case, at_work: House, cookies: httpx.Cookies
) -> None:
    silent = []
    for action in ACTS:
        form = {"text": "Hello", "to": "Ana", "item": "labs", "record": "r1"}
        at = f"/desk/cases/{full.id}/acts/{action}"
        silent.append(await done(at_work, cookies, "POST", at, Act(form=form)))
    assert "\n".join(one for one in silent if one) == ""


# ---- other systems, and private pages ----------------------------------------------------------

#: What an operation is sent; those without are only asked.
BODIES: dict[str, dict[str, Any]] = {
    "askForRecord": {"json": {"item": "labs", "reason": "newer", "words": "The newest"}},
    "addDocument": {
        "content": PDF,
        "headers": {"content-type": "application/pdf"},
        "params": {"part": "original", "name": "o.pdf"},
    },
}


async def test_every_operation_of_the_api_is_on_record(full: Case, at_work: House) -> None:
    now = at_work.clock().timestamp()
    token = await at_work.db.write(
        lambda tx: api_tokens.add(tx, "City Hospital", api_tokens.SCOPES, now)
    )
    silent = []
    async with browser(at_work, authorization=f"Bearer {token}") as system:
        for one in sorted(Api(at_work).operations, key=lambda one: one.method, reverse=True):
            last = await marked(at_work)
            at = "/api/v1" + one.path.format(case_id=full.id, record_id="r2")
            answer = await system.request(one.method, at, **BODIES.get(one.id, {}))
            noted = await since(at_work, last)
            if answer.status_code >= 400 or ("api City Hospital") not in {a for a, _ in noted}:
                silent.append((one.id, answer.status_code, answer.text[:200], noted))
    assert "\n".join(map(str, silent)) == ""


async def test_who_comes_by_a_private_link_is_on_record(full: Case, at_work: House) -> None:
    for token, purpose in (("l-secret", "letter"), ("u-secret", "upload")):
        await made(at_work, full, token, purpose)  # type: ignore[arg-type]  # one of its words
    async with browser(at_work) as holder:
        for path, who, action in (
            ("/l/l-secret", "link", "link.opened"),
            # Only the patient is handed that link.
            ("/letter/letter.pdf", "patient", "letter.taken"),
            ("/u/u-secret", "link", "link.opened"),
        ):
            last = await marked(at_work)
            assert (await holder.get(path)).status_code in (200, 303)
            assert await since(at_work, last) == [(who, action)]


async def test_coming_and_going_is_on_record(house: House) -> None:
    async with browser(house) as client, browser(house) as other, browser(house) as third:
        for one in (client, other):
            await sign_in(house, one)
        known = {row.id for row in await house.rows(schema.desk_session)}
        await sign_in(house, third)
        (newest,) = {row.id for row in await house.rows(schema.desk_session)} - known
        last = await marked(house)
        await client.post("/desk/people/sessions", data={"session": newest})
        await client.post("/desk/sign-out")
    assert await since(house, last) == [(WHO, "ended_session"), (WHO, "signed_out")]
    assert (await since(house, 0))[:2] == [("operator", "desk_link.made"), (WHO, "signed_in")]


async def test_ending_ones_other_sessions_is_on_record(house: House) -> None:
    now = house.clock().timestamp()
    await add(house.db, name="Ana", roles=["lead"], email=None, telegram_id=None, now=now)
    async with browser(house) as client, browser(house) as other:
        for one in (client, other):
            await one.post(str(await link(house.db, "Ana", "", now)))
        last = await marked(house)
        await client.post("/desk/account/sessions", data={"session": "others"})
    assert await since(house, last) == [("coordinator Ana", "ended_session")]


async def test_a_second_factor_is_set_and_used_on_record(house: House) -> None:
    await with_second(house)
    async with browser(house) as client:
        await client.post(await own_link(house))
        await client.post("/desk/sign-in/code", data={"code": "000000"})
    actions = [action for _, action in await since(house, 0)]
    assert "second_factor.on" in actions
    assert actions[-1] == "wrong_code"


async def test_what_the_operator_decides_is_on_record(house: House) -> None:
    now = house.clock().timestamp()
    await follow_setting(house.db, "Li Wei lead; Ana translator", now)
    await follow_setting(house.db, "Li Wei lead; Ana translator", now)
    await follow_setting(house.db, "Li Wei coordinator", now)
    who = {"name": "Boris", "email": None, "telegram_id": None}
    await add(house.db, roles=["lead"], now=now, **who)  # type: ignore[arg-type]  # as they are
    await link(house.db, "Boris", "", now)
    await reset(house.db, "Boris", now)
    await remove(house.db, "Boris", now)
    noted = await since(house, 0)
    assert {actor for actor, _ in noted} == {"operator"}
    changes = ["coordinator.set"] * 2 + sorted(["coordinator.set", "coordinator.unset"])
    assert [action for _, action in noted][:2] == changes[:2]
    assert sorted(action for _, action in noted[2:4]) == changes[2:]
    assert [action for _, action in noted[4:]] == [
        "coordinator.added",
        "coordinator.link_made",
        "coordinator.reset",
        "coordinator.removed",
    ]
