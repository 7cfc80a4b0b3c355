"""The API for other systems: who gets in, what they see, what they may do, what is put on record."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.announcing import announce
from bot.settings import Settings
from bot.store import api_tokens, cases, events, schema
from bot.store.api_tokens import Scope
from bot.web.api import Api
from bot.web.api_doors import Rate
from checklist.case import Case
from handlers.happenings import Happening
from tests import clamd
from tests.web.conftest import House, begin, browser, said, turns_taken
from tests.web.test_desk import fill, sign_in, trail

#: What the database decides is tried on either.
both = pytest.mark.usefixtures("both")

PDF = b"%PDF-1.4\nan opinion of few words\n"


async def token(house: House, name: str = "City Hospital", *scopes: Scope) -> str:
    now = house.clock().timestamp()
    given = scopes or api_tokens.SCOPES
    made = await house.db.write(lambda tx: api_tokens.add(tx, name, given, now))
    assert made is not None
    return made


@pytest.fixture
async def at_work(house: House) -> AsyncIterator[House]:
    """The house with turns being taken."""
    async with turns_taken(house):
        yield house


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


@pytest.fixture
async def system(house: House, case: Case) -> AsyncIterator[httpx.AsyncClient]:
    """A hospital's system with a token, against a document that every answer is checked with."""
    document = json.loads(Api(house).document)

    async def fits(response: httpx.Response) -> None:
        await response.aread()
        check(document, response)

    transport = httpx.ASGITransport(app=_site(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://test/api/v1",
        headers={"authorization": f"Bearer {await token(house)}"},
        event_hooks={"response": [fits]},
    ) as client:
        yield client


def _site(house: House) -> Any:
    from bot.web.site import site

    return site(house)


def check(document: dict[str, Any], response: httpx.Response) -> None:
    """Whether an answer is what the OpenAPI document says of it."""
    if response.headers.get("content-type", "").partition(";")[0] not in (
        "application/json", "application/problem+json",
    ):  # fmt: skip
        return
    path = response.request.url.path.removeprefix("/api/v1").split("/")
    if path[-1] == "openapi.json":
        return
    for template, item in document["paths"].items():
        parts = template.split("/")
        fits = len(parts) == len(path) and all(
            a == b or a.startswith("{") for a, b in zip(parts, path, strict=True)
        )
        if fits and response.request.method.lower() in item:
            answer = item[response.request.method.lower()]["responses"][str(response.status_code)]
            (content,) = answer["content"].values()
            schema_ = {**content["schema"], "components": document["components"]}
            jsonschema_rs.validate(schema_, response.json())
            return
    assert response.status_code in (404, 405)


async def now(house: House, case: Case) -> Case:
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    return known


# ---- who gets in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer soa_no_such", "Basic dTpw", "Bearer x_y_z"]
)
async def test_without_a_token_nobody_gets_in_and_is_told_how(
    system: httpx.AsyncClient, given: str
) -> None:
    answer = await system.get("/cases", headers={"authorization": given})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "api-tokens add" in answer.json()["detail"]


async def test_a_coordinators_cookie_opens_nothing_and_none_is_set(
    house: House, case: Case
) -> None:
    async with browser(house) as client:
        await sign_in(house, client)
        assert (await client.get("/desk")).status_code == 200
        answer = await client.get("/api/v1/cases")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]


@both
async def test_a_token_is_stored_as_its_hash_and_its_last_use_is_known(
    system: httpx.AsyncClient, house: House
) -> None:
    await system.get("/cases")
    (row,) = await house.rows(schema.api_token)
    secret = system.headers["authorization"].split("_", 2)[2]
    assert secret not in str(row)
    assert row.used_at == house.clock().timestamp()


async def test_a_token_that_may_only_read_changes_nothing(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    reader = {"authorization": f"Bearer {await token(house, 'Reader', 'read')}"}
    assert (await system.get("/cases", headers=reader)).status_code == 200
    ask = {"item": "labs", "reason": "newer"}
    answer = await system.post(f"/cases/{case.id}/requests", json=ask, headers=reader)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_scope")


async def test_every_operation_asks_for_a_token_and_for_its_scope(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    reader = {"authorization": f"Bearer {await token(house, 'Reader', 'read')}"}
    writer = {"authorization": f"Bearer {await token(house, 'Writer', 'write')}"}
    for one in Api(house).operations:
        path = one.path.format(case_id=case.id, record_id="r1")
        nobody = await system.request(one.method, path, headers={"authorization": ""})
        assert nobody.status_code == 401, one.id
        wrong = reader if one.scope == "write" else writer
        assert (await system.request(one.method, path, headers=wrong)).status_code == 403, one.id
    # That somebody knew better is on record, and nothing else happened.
    assert {row.action for row in await house.rows(schema.audit)} == {"refused"}


@both
async def test_a_removed_token_is_none(system: httpx.AsyncClient, house: House) -> None:
    assert await house.db.write(lambda tx: api_tokens.remove(tx, "City Hospital"))
    assert (await system.get("/cases")).status_code == 401


async def test_who_asks_too_often_is_told_when_to_ask_again(house: House, case: Case) -> None:
    house.settings = Settings.model_validate(
        {"data_dir": house.settings.data_dir, "api_requests_per_minute": 20}
    )
    bearer = {"authorization": f"Bearer {await token(house)}"}
    async with browser(house, **bearer) as client:
        asked = [(await client.get("/api/v1/cases")) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]
    assert 1 <= int(asked[-1].headers["retry-after"]) <= 4


def test_a_rate_is_kept_over_time() -> None:
    rate = Rate(60)
    taken = sum(rate.wait("t", now=second / 10) == 0.0 for second in range(600))
    assert 60 <= taken <= 66


# ---- what they see -----------------------------------------------------------------------------


async def test_a_case_shows_what_is_missing_and_its_studies_and_no_name(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    (line,) = (await system.get("/cases")).json()["cases"]
    assert (line["id"], line["status"], line["records"]) == (case.id, "submitted", 2)
    answer = await system.get(f"/cases/{case.id}")
    shown = answer.json()
    assert "pathology" in shown["missing"]
    assert {"id": "allergies", "status": "have"} in shown["items"]
    scan, lab = shown["records"]
    assert scan["study"]["series"][0]["missing"] == 20
    assert lab["original_name"] == "анализ.pdf"
    assert "Иванов" not in answer.text
    assert "Кашель" not in answer.text
    assert ("api City Hospital", "looked", "") in await trail(house, case.id)
    same = await system.get(f"/cases/{case.id}", headers={"if-none-match": answer.headers["etag"]})
    assert same.status_code == 304


@both
async def test_the_list_is_paged_without_a_gap_and_filtered(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    await _more(house, case, 7)
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await system.get("/cases", params={"limit": "3", **cursor})).json()
        ids += [line["id"] for line in page["cases"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert ids == [case.id, *(f"M{n}" for n in range(7))]
    since = (house.clock() + timedelta(minutes=5)).isoformat()
    later = (await system.get("/cases", params={"updated_since": since})).json()["cases"]
    assert [line["id"] for line in later] == ["M4", "M5", "M6"]
    closed = (await system.get("/cases", params={"status": "closed"})).json()["cases"]
    assert [line["id"] for line in closed] == ["M0"]


async def _more(house: House, case: Case, count: int) -> None:
    async def write(tx: AsyncConnection) -> None:
        for n in range(count):
            at = house.clock() + timedelta(minutes=n + 1)
            one = replace(case, id=f"M{n}", records=(), status="closed" if n == 0 else "accepted")
            await cases.save_case(tx, one, None, now=at.timestamp())
        stranger = replace(case, id="M9", records=(), consents=())
        await cases.save_case(tx, stranger, None, now=house.clock().timestamp())

    await house.db.write(write)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "many"}, {"status": "lost"}, {"cursor": "e30"}, {"cursor": "!"},
        {"updated_since": "1700000000"}, {"updated_since": "2026-11-24T09:00:00"}, {"page": "2"},
    ],
)  # fmt: skip
async def test_a_query_that_can_t_be_read_is_said_field_by_field(
    system: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await system.get("/cases", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


async def test_a_download_can_be_taken_up_where_it_broke_off(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    for address in (f"/cases/{case.id}/records/r1/file", f"/cases/{case.id}/package"):
        whole = await system.get(address)
        assert whole.content == b"bytes of a file"
        rest = await system.get(address, headers={"range": "bytes=6-"})
        assert (rest.status_code, rest.content) == (206, b"of a file")
        past = await system.get(address, headers={"range": "bytes=99-"})
        assert (past.status_code, past.headers["content-range"]) == (416, "bytes */15")
        told = await system.head(address)
        assert (told.headers["content-length"], told.content) == ("15", b"")
    seen = await trail(house, case.id)
    assert seen.count(("api City Hospital", "took_file", "f1")) == 2
    assert seen.count(("api City Hospital", "took_package", "")) == 2


async def test_what_is_set_apart_is_counted_and_not_given_out(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    apart = replace(case, records=(replace(case.records[0], set_apart="apart"), *case.records[1:]))
    await _save(house, apart, case)
    shown = (await system.get(f"/cases/{case.id}")).json()
    assert (shown["set_apart"], [one["id"] for one in shown["records"]]) == (1, ["r2"])
    assert (await system.get(f"/cases/{case.id}/records/r1/file")).status_code == 404


async def test_a_document_of_which_a_part_is_somebody_elses_is_not_given_out_whole(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    whole = replace(case.records[0], cut=(2,), pages=2)
    mine = replace(whole, id="r1.p1-1", cut=(), cut_from="r1", span=(1, 1))
    other = replace(mine, id="r1.p2-2", span=(2, 2), set_apart="kept_apart")
    await _save(house, replace(case, records=(whole, mine, other)), case)
    assert (await system.get(f"/cases/{case.id}/records/r1.p1-1/file")).status_code == 404
    # The document that was cut is not itself somebody else's.
    assert (await system.get(f"/cases/{case.id}")).json()["set_apart"] == 1


async def _save(house: House, new: Case, old: Case) -> None:
    at = house.clock().timestamp()
    later = replace(new, version=old.version + 1)
    await house.db.write(lambda tx: cases.save_case(tx, later, old, now=at))


async def test_an_erased_case_is_gone_and_says_what_to_do(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    await _save(house, replace(case, erased=True), case)
    answer = await system.get(f"/cases/{case.id}")
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    assert (await system.get("/cases")).json()["cases"] == []


async def test_a_case_whose_consent_was_taken_back_says_so_wherever_it_is_asked_for(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    """Not that there is none, and not that it may not go abroad."""
    no = replace(case.consents[0], given=False)
    await _save(house, case.with_consent(no), case)
    answers = [
        await system.get(f"/cases/{case.id}"),
        await system.get(f"/cases/{case.id}/package"),
        await system.get(f"/cases/{case.id}/records/r1/file"),
        await system.get(f"/cases/{case.id}/requests"),
        await system.get(f"/cases/{case.id}/opinion"),
        await system.post(f"/cases/{case.id}/requests", json={"item": "labs", "reason": "more"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "consent_withdrawn")
        assert "consent.given" in answer.json()["detail"]
    assert (await system.get("/cases")).json()["cases"] == []


async def test_the_document_names_that_answer_for_each_operation_of_a_case(
    system: httpx.AsyncClient,
) -> None:
    paths = (await system.get("/openapi.json")).json()["paths"]
    for path, operations in paths.items():
        if "{case_id}" in path:
            assert all("409" in one["responses"] for one in operations.values()), path


@both
@pytest.mark.parametrize("case_id", ["NO-SUCH", "%00", "a" * 300, "%F0%9F%98%80", "..%2F.."])
async def test_what_is_not_there_is_a_problem_and_no_page(
    system: httpx.AsyncClient, case_id: str
) -> None:
    answer = await system.get(f"/cases/{case_id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_method_that_is_not_taken_is_a_problem_too(system: httpx.AsyncClient) -> None:
    answer = await system.delete("/cases")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["code"] == "method_not_allowed"


# ---- what they do ------------------------------------------------------------------------------


@both
async def test_one_more_record_is_asked_for_in_the_patients_chat(
    system: httpx.AsyncClient, at_work: House, case: Case
) -> None:
    ask = {"item": "pathology", "reason": "report", "words": "The one of May, please."}
    answer = await system.post(f"/cases/{case.id}/requests", json=ask)
    assert answer.status_code == 201
    (asked,) = answer.json()["requests"]
    assert (asked["item"], asked["state"], asked["by"]) == ("pathology", "asked", "City Hospital")
    said_ = [row.body for row in await at_work.rows(schema.message) if row.direction == "out"]
    assert any("The one of May, please." in (body or "") for body in said_)
    assert ("api City Hospital", "asked_for_record", "pathology") in await trail(at_work, case.id)
    happened = [row.type for row in await at_work.rows(schema.event)]
    assert "record.requested" in happened


@both
async def test_asked_twice_under_one_key_is_asked_once(
    system: httpx.AsyncClient, at_work: House, case: Case
) -> None:
    ask = {"item": "labs", "reason": "newer"}
    key = {"idempotency-key": "order-4711-labs"}
    for _ in range(2):
        answer = await system.post(f"/cases/{case.id}/requests", json=ask, headers=key)
        assert answer.status_code == 201
    assert len((await now(at_work, case)).desk.requests) == 1


@both
async def test_of_two_systems_that_saw_the_same_only_the_first_changes_it(
    system: httpx.AsyncClient, at_work: House, case: Case
) -> None:
    address = f"/cases/{case.id}/requests"
    seen = {"if-match": (await system.get(address)).headers["etag"]}
    answers = await asyncio.gather(
        *(
            system.post(address, json={"item": item, "reason": "newer"}, headers=seen)
            for item in ("labs", "reports")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    assert len((await now(at_work, case)).desk.requests) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"item": "labs", "reason": "newer", "more": 1}', 422),
        (b'{"item": "x-ray", "reason": "newer"}', 422),
        (b'{"item": "labs", "reason": "because"}', 422),
        (b'{"item": "labs", "reason": "newer", "record": "r99"}', 404),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b"[" * 70_000, 413),
    ],
)
async def test_an_ask_that_can_t_be_read_changes_nothing(
    system: httpx.AsyncClient, house: House, case: Case, body: bytes, status: int
) -> None:
    json_ = {"content-type": "application/json"}
    answer = await system.post(f"/cases/{case.id}/requests", content=body, headers=json_)
    assert answer.status_code == status
    plain = {"content-type": "text/plain"}
    answer = await system.post(f"/cases/{case.id}/requests", content=body, headers=plain)
    assert answer.status_code == 415
    assert (await now(house, case)).desk.requests == ()


@both
async def test_an_opinion_is_uploaded_and_waits_for_a_coordinator(
    system: httpx.AsyncClient, at_work: House, case: Case
) -> None:
    address = f"/cases/{case.id}/opinion"
    assert (await system.get(address)).json()["documents"] == []
    pdf = {"content-type": "application/pdf", "idempotency-key": "opinion-1"}
    where = {"part": "original", "name": "заключение.pdf"}
    await system.post(address, params=where, content=PDF, headers=pdf)
    answer = await system.post(address, params=where, content=PDF, headers=pdf)
    assert answer.status_code == 201
    (document,) = answer.json()["documents"]
    assert (document["name"], document["by"]) == ("заключение.pdf", "City Hospital")
    opinion = (await now(at_work, case)).desk.opinion
    assert opinion is not None
    assert opinion.approved_at is None
    (row,) = await at_work.rows(schema.opinion_file)
    stored = b"".join([piece async for piece in at_work.blobs.open(row.blob_id)])
    assert stored == PDF
    assert len(at_work.stored()) == 2, "what was sent again is not kept twice"
    assert "opinion.added" in [event.type for event in await at_work.rows(schema.event)]


async def test_an_infected_opinion_is_refused_and_nothing_of_it_is_kept(
    system: httpx.AsyncClient, at_work: House, case: Case, tmp_path: Path
) -> None:
    with clamd.running(tmp_path) as address:
        given = {"clamd_address": address, "clamd_max_bytes": clamd.STREAM}
        at_work.settings = at_work.settings.model_copy(update=given)
        sent = await system.post(
            f"/cases/{case.id}/opinion",
            params={"part": "original"},
            content=PDF + clamd.MARK,
            headers={"content-type": "application/pdf"},
        )
    assert (sent.status_code, sent.json()["code"]) == (422, "infected")
    assert await at_work.rows(schema.opinion_file) == []
    assert len(at_work.stored()) == 1


@both
async def test_an_opinion_upon_what_has_changed_meanwhile_is_not_kept(
    system: httpx.AsyncClient, at_work: House, case: Case
) -> None:
    address = f"/cases/{case.id}/opinion"
    seen = (await system.get(address)).headers["etag"]
    pdf = {"content-type": "application/pdf", "if-match": seen}
    answers = await asyncio.gather(
        *(system.post(address, params={"part": "original"}, content=PDF, headers=pdf) for _ in "ab")
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    assert len(await at_work.rows(schema.opinion_file)) == 1


@pytest.mark.parametrize(
    ("query", "headers", "body", "status"),
    [
        ({"part": "original"}, {"content-type": "text/html"}, PDF, 415),
        ({"part": "cover"}, {"content-type": "application/pdf"}, PDF, 422),
        ({}, {"content-type": "application/pdf"}, PDF, 422),
        ({"part": "original", "name": "a/b"}, {"content-type": "application/pdf"}, PDF, 422),
        ({"part": "original"}, {"content-type": "application/pdf"}, b"", 422),
        ({"part": "original"}, {"content-type": "application/pdf"}, b"x" * 300_001, 413),
        (
            {"part": "original"},
            {"content-type": "application/pdf", "idempotency-key": "short"},
            PDF,
            422,
        ),
    ],
)
async def test_a_document_that_is_not_taken_leaves_nothing(
    system: httpx.AsyncClient,
    house: House,
    case: Case,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    answer = await system.post(
        f"/cases/{case.id}/opinion", params=query, content=body, headers=headers
    )
    assert answer.status_code == status
    assert await house.rows(schema.opinion_file) == []
    assert len(house.stored()) == 1


# ---- events ------------------------------------------------------------------------------------


@both
async def test_who_polls_sees_every_event_once_and_in_order(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    for _ in range(7):
        await _happen(house, case)
    seen: list[str] = []
    after = 0
    while True:
        page = (await system.get("/events", params={"after": after, "limit": 3})).json()
        seen += [event["id"] for event in page["events"]]
        after = page["next"]
        if not page["more"]:
            break
    assert seen == [row.uid for row in await house.rows(schema.event)]
    assert (await system.get("/events", params={"after": after})).json()["events"] == []
    await _happen(house, case)
    (late,) = (await system.get("/events", params={"after": after})).json()["events"]
    assert late["data"]["href"].endswith(f"/api/v1/cases/{case.id}")


@both
async def test_no_event_is_missed_while_many_are_written_side_by_side(
    house: House, case: Case
) -> None:
    """A server draws numbers before it commits: a later one may be seen first."""
    seen: list[str] = []
    writing = asyncio.gather(
        *(_happen(house, replace(case, id=f"S{n}"), about=[f"S{n}"]) for n in range(40))
    )
    after, done = 0, False
    while not done:
        done = writing.done()
        for row in await house.db.read(lambda tx: events.since(tx, after, 100)):  # noqa: B023
            seen.append(row.uid)
            after = row.id
    await writing
    assert seen == [row.uid for row in await house.rows(schema.event)]


_PAUSES = itertools.cycle((0.03, 0.0, 0.01))


async def _happen(house: House, case: Case, about: list[str] | None = None) -> None:
    at = house.clock().timestamp()
    told = (Happening(kind="case.updated"),)

    async def write(tx: AsyncConnection) -> None:
        await announce(tx, house.queue, (), case, told, at)
        # Whoever drew its number first is not the first to commit.
        if about and tx.dialect.name == "postgresql":
            await tx.execute(sa.select(sa.func.pg_sleep(next(_PAUSES))))

    await house.db.write(write, about=about)


# ---- the document ------------------------------------------------------------------------------


async def test_the_document_is_for_everybody_and_names_every_operation(
    system: httpx.AsyncClient, house: House
) -> None:
    answer = await system.get("/openapi.json", headers={"authorization": ""})
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert named == {(one.method, one.path) for one in Api(house).operations}
    jsonschema_rs.meta.validate(document["components"]["schemas"]["CaseOut"])


async def test_a_disc_that_also_holds_somebody_elses_records_is_not_given_out_whole(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    mine = case.records[0]
    other = replace(mine, id="other", set_apart="apart")
    assert (await system.get(f"/cases/{case.id}/records/{mine.id}/file")).status_code == 200
    await _save(house, replace(case, records=(*case.records, other)), case)
    refused = await system.get(f"/cases/{case.id}/records/{mine.id}/file")
    assert refused.status_code == 404
    assert "package" in refused.json()["detail"]


async def test_what_is_set_apart_is_not_known_to_a_request(
    system: httpx.AsyncClient, house: House, case: Case
) -> None:
    other = replace(case.records[0], id="other", set_apart="apart")
    await _save(house, replace(case, records=(*case.records, other)), case)
    wanted = {"item": "labs", "reason": "newer", "record": "other"}
    assert (await system.post(f"/cases/{case.id}/requests", json=wanted)).status_code == 404
