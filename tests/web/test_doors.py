"""Every address of the site and every role: who is let in, and who is refused at the door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.routing import BaseRoute, Mount, Route

from bot.coordinators import add, link
from bot.store import audit, cases
from bot.store.coordinators import ROLES
from bot.web.doors import Door
from bot.web.people import LEAD, READ, WORK
from bot.web.site import site
from checklist.case import Case, Desk
from checklist.marks import mark_of_opinion
from checklist.opinion import Opinion, OpinionFile
from tests.doubles.twilio import SENDER, SID, TOKEN
from tests.web.conftest import House, begin, browser, said, saved
from tests.web.test_desk import fill

STRANGERS = frozenset({"stranger"})
PATIENTS = "everybody"

#: The door of every address: who may enter. One that isn't here fails the test, so that nobody can add
#: a page without deciding on this.
TABLE: dict[str, object] = {
    # The patients' side: each knows whose it is by its own cookie or secret.
    **dict.fromkeys(
        (
            *(
                "/healthz",
                "/readyz",
                "/static/tus.js",
                "/static",
                "/",
                "/chat",
                "/send",
                "/sent",
                "/events",
            ),
            *("/u/{token}", "/c", "/upload", "/upload/elsewhere", "/upload/form"),
            *(
                "/upload/batches",
                "/upload/batches/{id}",
                "/upload/batches/{id}/done",
                "/upload/files",
            ),
            *("/upload/files/{id}", "/pictures/{record_id}"),
            *("/j/{code}", "/o/{token}", "/opinion", "/opinion/{file_id}"),
            *("/l/{token}", "/letter", "/letter/letter.pdf"),
            *("/k/{token}", "/copy", "/copy/copy.zip", "/saved/{token}"),
            *("/e/{token}", "/certificate", "/certificate/certificate.pdf"),
            *("/hooks/whatsapp", "/hooks/whatsapp/status"),
            # By a token of its own, which says what it may (tests/web/test_api.py).
            "/api/v1",
        ),
        PATIENTS,
    ),
    # On the way in nobody is anybody yet.
    **dict.fromkeys(
        ("/desk/sign-in", "/desk/sign-in/code", "/desk/sign-in/{token}", "/desk/sign-out"),
        PATIENTS,
    ),
    "/desk": READ,
    "/desk/events": READ,
    "/desk/account": READ,
    "/desk/account/sessions": READ,
    "/desk/account/second": READ,
    "/desk/people": LEAD,
    **dict.fromkeys(
        (
            "/desk/translation",
            *(
                f"/desk/translation/{{case_id}}/{{record_id}}{rest}"
                for rest in (
                    *("", "/original", "/files/{file_id}", "/acts/{action}", "/draft", "/upload"),
                )
            ),
        ),
        READ,
    ),
    "/desk/people/sessions": LEAD,
    "/desk/cases/{case_id}": READ,
    "/desk/cases/{case_id}/files/{file_id}": READ,
    "/desk/cases/{case_id}/records/{record_id}/preview": READ,
    "/desk/cases/{case_id}/records/{record_id}/sheet": READ,
    "/desk/cases/{case_id}/said/{number:int}": WORK,
    "/desk/cases/{case_id}/transcript": WORK,
    "/desk/cases/{case_id}/transcript/{message:int}": WORK,
    "/desk/cases/{case_id}/cover.pdf": WORK,
    "/desk/cases/{case_id}/cover.png": WORK,
    "/desk/cases/{case_id}/package.zip": WORK,
    "/desk/cases/{case_id}/password": WORK,
    "/desk/cases/{case_id}/message": WORK,
    "/desk/cases/{case_id}/studies/{record_id}": WORK,
    "/desk/cases/{case_id}/records/{record_id}/images": WORK,
    "/desk/cases/{case_id}/records/{record_id}/images/{instance:int}/{frame:int}": WORK,
    "/desk/cases/{case_id}/acts/{action}": WORK,
    "/desk/cases/{case_id}/merge": WORK,
    "/desk/cases/{case_id}/records/{record_id}/pages": WORK,
    "/desk/cases/{case_id}/records/{record_id}/pages/{page:int}": WORK,
    "/desk/cases/{case_id}/records/{record_id}/part.pdf": WORK,
    "/desk/cases/{case_id}/records/{record_id}/split": WORK,
    "/desk/cases/{case_id}/records/{record_id}/whose": WORK,
    "/desk/cases/{case_id}/records/{record_id}/divide": WORK,
    "/desk/cases/{case_id}/links": WORK,
    "/desk/cases/{case_id}/upload": WORK,
    "/desk/cases/{case_id}/opinion": WORK,
    "/desk/cases/{case_id}/opinion/{file_id}": WORK,
    "/desk/cases/{case_id}/letters/{number:int}": WORK,
}


def path_of(route: BaseRoute) -> str:
    assert isinstance(route, Route | Mount)
    return route.path


def test_every_address_is_in_the_table_and_has_its_door(house: House) -> None:
    found: dict[str, object] = {}
    twilio = {
        "twilio_account_sid": SID,
        "twilio_auth_token": SecretStr(TOKEN),
        "whatsapp_from": SENDER,
    }
    house = replace(house, settings=house.settings.model_copy(update=twilio))
    for route in site(house).routes:
        door = getattr(getattr(route, "endpoint", None), "__self__", None)
        roles = door.roles if isinstance(door, Door) else PATIENTS
        assert found.setdefault(path_of(route), roles) == roles
    assert found == TABLE


@pytest.fixture
async def everybody(house: House) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A browser for each role, signed in, and one of a stranger."""
    async with AsyncExitStack() as stack:
        clients = {"stranger": await stack.enter_async_context(browser(house))}
        for role in ROLES:
            client = await stack.enter_async_context(browser(house))
            now = house.clock().timestamp()
            await add(house.db, name=role, roles=[role], email=None, telegram_id=None, now=now)
            path = await link(house.db, role, "", now)
            assert path is not None
            await client.post(path)
            clients[role] = client
        yield clients


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case with records that is in translation."""
    await begin(house, client)
    filled = await fill(house, await house.answer(said("Welcome")))
    return await change(house, filled, status="in_translation")


async def change(house: House, case: Case, **values: object) -> Case:
    changed = replace(case, version=case.version + 1, **values)  # type: ignore[arg-type]

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, changed, case, now=house.clock().timestamp())

    await house.db.write(write)
    return changed


def desk_routes(house: House) -> list[tuple[str, str, frozenset[str]]]:
    """Every method and path behind a door, with who may."""
    return [
        (method, route.path, door.roles)
        for route in site(house).routes
        if isinstance(route, Route)
        and isinstance(door := getattr(route.endpoint, "__self__", None), Door)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def filled_in(path: str, case: Case) -> str:
    """An address of this case."""
    values = {"case_id": case.id, "file_id": "f1", "record_id": "r1", "action": "take"}
    return re.sub(r"{(\w+)(:int)?}", lambda found: values.get(found[1], "1"), path)


async def test_whoever_has_not_the_role_is_refused_at_every_door(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    """A stranger is sent to the sign-in, whatever they ask for; a role that isn't enough gets 403."""
    for method, path, roles in desk_routes(house):
        if path == "/desk/events":
            continue  # It has no end; who may listen is tried below.
        at = filled_in(path, case)
        for who, client in everybody.items():
            response = await client.request(method, at, data={} if method == "POST" else None)
            told = (method, path, who, response.status_code)
            if who == "stranger":
                assert response.headers.get("location") == "/desk/sign-in", told
            elif who not in roles:
                assert response.status_code == 403, told
                assert "not for your role" in response.text
            else:
                assert response.status_code != 403, told
                assert response.headers.get("location") != "/desk/sign-in", told


async def test_the_stream_is_for_who_is_signed_in(
    everybody: dict[str, httpx.AsyncClient],
) -> None:
    response = await everybody["stranger"].get("/desk/events")
    assert response.headers["location"] == "/desk/sign-in"


async def test_a_refusal_is_on_record(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    await everybody["translator"].get(f"/desk/cases/{case.id}/transcript")
    trail = await house.db.read(lambda tx: audit.trail(tx, case.id))
    assert ("coordinator translator", "refused") in [(row.actor, row.action) for row in trail]


async def test_another_site_can_use_nobodys_roles(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    for method, path, roles in desk_routes(house):
        if method == "POST":
            at = filled_in(path, case)
            who = sorted(roles)[0]
            response = await everybody[who].post(at, headers={"origin": "https://evil.example"})
            assert response.status_code == 403, path


async def test_a_translator_sees_what_is_to_be_translated_and_no_more(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    translator = everybody["translator"]
    assert case.id in (await translator.get("/desk")).text
    page = (await translator.get(f"/desk/cases/{case.id}")).text
    for words in ("анализ.pdf", "Кашель", "Нужна ли операция"):
        assert words in page
    for words in ("/message", "/transcript", "/package.zip", "Date of birth", "broken.zip"):
        assert words not in page
    assert (await saved(translator, f"/desk/cases/{case.id}/files/f2")).status_code == 200
    # It could not be read, so it is nothing to translate.
    assert (await translator.get(f"/desk/cases/{case.id}/files/f3")).status_code == 404


async def test_a_translator_gets_no_file_or_picture_that_holds_somebody_elses_records(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    """One file may hold the patient's records beside another person's."""
    blob = await house.blobs.put(_picture(), case_id="case")
    mine = next(one for one in case.records if one.file_id == "f2")
    theirs = replace(mine, id="x", set_apart="kept_apart", preview_blob_id=blob.id)
    await change(house, case, records=(*case.records, theirs))
    of_case = f"/desk/cases/{case.id}"
    for page in ("/files/f2", "/records/x/preview"):
        assert (await everybody["translator"].get(f"{of_case}{page}")).status_code == 404, page
        assert (await saved(everybody["coordinator"], f"{of_case}{page}")).status_code == 200, page


@pytest.mark.parametrize("status", ["collecting", "submitted", "in_review", "closed"])
async def test_a_translator_does_not_learn_whether_another_case_exists(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case, status: str
) -> None:
    translator = everybody["translator"]
    case = await change(house, case, status=status)
    for query in ("", "?assignee=-", "?waits=coordinator"):
        found = (await translator.get(f"/desk{query}")).text
        assert f'data-id="{case.id}"' not in found
    searched = await translator.post("/desk", data={"q": case.id}, follow_redirects=True)
    assert f'data-id="{case.id}"' not in searched.text
    for path in ("", "/files/f2", "/records/r1/preview", "/records/r1/sheet"):
        assert (await translator.get(f"/desk/cases/{case.id}{path}")).status_code == 404


async def test_a_translator_keeps_what_was_given_to_them(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    await change(house, case, status="in_review", desk=Desk(assignee="translator"))
    assert case.id in (await everybody["translator"].get("/desk")).text
    assert (await everybody["translator"].get(f"/desk/cases/{case.id}")).status_code == 200


async def test_only_a_lead_approves_an_opinion_where_the_setting_says_so(
    house: House, everybody: dict[str, httpx.AsyncClient], case: Case
) -> None:
    file = OpinionFile(id="o1", name="o.pdf", part="original", by="Li Wei", at=house.clock())
    opinion = Opinion(files=(file,))
    case = await change(house, case, status="in_review", desk=Desk(opinion=opinion))
    house.settings = house.settings.model_copy(update={"opinion_approval": "lead"})
    async with AsyncExitStack() as stack:
        for role, may in (("coordinator", False), ("lead", True)):
            client = await stack.enter_async_context(browser(house))
            client.cookies = everybody[role].cookies
            page = (await client.get(f"/desk/cases/{case.id}")).text
            assert ("A lead has to approve it." in page) is not may
            assert ("Approve it" in page) is may
            path = f"/desk/cases/{case.id}/acts/opinion_approve"
            answer = await client.post(path, data={"key": role, "seen": mark_of_opinion(case)})
            assert answer.status_code == (303 if may else 403)


async def _picture() -> AsyncIterator[bytes]:
    yield b"\xff\xd8 a picture"
