"""The list of cases: whom to help first, what is found, and that it never lags."""

from __future__ import annotations

import asyncio
import functools
import operator
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, unquote_plus

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, cases, desk_list, desk_rows, files, schema
from bot.store.desk_list import Sort, Wish
from bot.store.sealed import sealed
from bot.web.sign_in import new_link
from checklist.case import Answer, Case, CaseStatus, Consent, Desk
from handlers.session import Session
from tests.web.conftest import House, browser, served


@pytest.fixture
async def desk(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A coordinator who is signed in."""
    async with browser(house) as client:
        link = await new_link(house.db, "http://test", now=house.clock())
        await client.post(link, data={"name": "Li Wei"})
        yield client


async def make(
    house: House,
    case_id: str,
    *,
    name: str = "",
    status: CaseStatus = "collecting",
    days: int = 1,
    locale: str = "en",
    channel: str = "web",
    assignee: str = "",
    wanted: str = "",
    file_name: str = "",
    agreed: bool = True,
) -> Case:
    """A case as turns would have left it, opened so many days ago."""
    at = house.clock() - timedelta(days=days)
    answers = {"name": Answer(step="name", at=at, text=name)} if name else {}
    case = Case(
        id=case_id, opened_at=at, answers=answers, status=status, version=1,
        submitted_at=None if status == "collecting" else at, desk=Desk(assignee=assignee),
        consents=(Consent(version="1", given=agreed, locale=locale, at=at),),
    )  # fmt: skip
    chat = Session(
        id=f"chat {case_id}", case_id=case_id, channel=channel, address=f"address {case_id}",
        locale=locale, last_inbound_at=at,
    )  # fmt: skip

    async def write(tx: AsyncConnection) -> None:
        row = {
            "id": chat.id, "channel": channel, "address": sealed(case_id, chat.address), "case_id": case_id,
            "locale": locale, "version": 0, "created_at": at.timestamp(),
        }  # fmt: skip
        await tx.execute(schema.session.insert(), row)
        await cases.save_session(tx, replace(chat, version=1), before=0)
        await cases.save_case(tx, case, None, now=at.timestamp())
        if wanted:
            await cases.open_handoff(tx, case_id, wanted, at.timestamp())
        if file_name:
            await files.want(
                tx, file_id=f"file {case_id}", case_id=case_id, session_id=chat.id, channel=channel,
                sender="", fetch_ref="", name=file_name, media_type="", size=1, caption="",
                item=None, received_at=at,
            )  # fmt: skip

    await house.db.write(write)
    return case


async def listed(client: httpx.AsyncClient, query: str = "") -> list[str]:
    """The cases on the page, in their order; words that are searched for are posted."""
    wishes = dict(parse_qsl(query.removeprefix("?")))
    if "q" in wishes:
        page = await client.post("/desk", data=wishes, follow_redirects=True)
        assert wishes["q"] not in unquote_plus(str(page.url))
    else:
        page = await client.get(f"/desk{query}")
    assert page.status_code == 200
    return re.findall(r'data-id="([^"]+)"', page.text)


async def test_who_needs_help_first_stands_first(house: House, desk: httpx.AsyncClient) -> None:
    """Emergencies, then who wants a person, then who has waited for us the longest; then the others."""
    await make(house, "patient")
    await make(house, "review", status="in_review")
    await make(house, "done", status="closed", days=90)
    await make(house, "new", status="submitted", days=1)
    await make(house, "old", status="submitted", days=9)
    await make(house, "wants", wanted="asked")
    await make(house, "translate", status="in_translation", days=30)
    await make(house, "urgent", wanted="emergency", days=0)
    await make(house, "waits", wanted="not_understood", days=5)
    assert await listed(desk) == [
        *("urgent", "waits", "wants", "old", "new", "translate", "review", "patient", "done"),
    ]
    assert await listed(desk, "?waits=coordinator") == ["urgent", "waits", "wants", "old", "new"]


async def test_a_case_that_cannot_be_read_hides_no_other_and_isnt_hidden(
    house: House, desk: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await make(house, "sound", status="submitted")
    await make(house, "broken", name="Petrova")
    broken = sa.update(schema.cases).where(schema.cases.c.id == "broken")
    nonsense = sealed("broken", '{"opened_at": "Petrova"}')
    await house.db.write(lambda tx: tx.execute(broken.values(body=nonsense)))
    assert await listed(desk) == ["broken", "sound"]
    page = (await desk.get("/desk")).text
    assert "This case can&#39;t be read" in page
    assert "1 case can&#39;t be read: broken. Tell whoever" in page
    assert "Petrova" not in caplog.text
    case = await desk.get("/desk/cases/broken")
    assert (case.status_code, "This case can&#39;t be read" in case.text) == (500, True)


async def test_a_search_finds_more_cases_than_a_query_takes_parameters(house: House) -> None:
    """SQLite takes 32,766 (https://www.sqlite.org/limits.html)."""
    empty = dict.fromkeys(("missing", "warnings", "reasons", "stamp"), "")
    same = empty | dict.fromkeys(("case_version", "handoffs", "rank", "complete", "here"), 0)
    same |= {"shown": 1, "status": "collecting", "waits": "patient", "wanted": 0, "locales": " en "}
    same |= {"channels": " web ", "assignee": "", "since": 1, "opened_at": 1, "last_at": 1}

    async def write(tx: AsyncConnection) -> None:
        words = {"name": sealed("many", "Anna"), "search": sealed("many", "anna")}
        rows = [{"case_id": f"{n:06}", **same, **words} for n in range(40_000)]
        await tx.execute(schema.desk_row.insert(), rows)

    await house.db.write(write)
    sorts: tuple[Sort, ...] = ("first", "name")
    for sort in sorts:
        wish = Wish(terms=((("anna",),),), sort=sort, waits="patient", page=800)
        found = await house.db.read(functools.partial(desk_list.find, wish=wish))
        assert (found.total, found.page, found.by_waits) == (40_000, 800, {"patient": 40_000})
        assert [row.case_id for row in found.rows] == [f"{n:06}" for n in range(39_950, 40_000)]


async def test_a_row_says_all_that_one_must_know(house: House, desk: httpx.AsyncClient) -> None:
    await make(
        house, "7K3M", name="Иванов <b>", status="submitted", days=3, locale="ru",
        channel="telegram", assignee="Омар", wanted="asked",
    )  # fmt: skip
    page = (await desk.get("/desk")).text
    row = page[page.index('data-id="7K3M"') :].partition("</tr>")[0]
    for words in (
        *("Иванов &lt;b&gt;", "Submitted", "%", "Scans", "+", "Us", "3 days"),
        *("A person is wanted", "Русский", "Telegram", "Омар", "/desk/cases/7K3M"),
    ):
        assert words in row, words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ivanov", ["a"]),
        ("q=王", ["b"]),
        ("q=wang", ["b"]),
        ("q=disc.zip", ["b"]),
        ("q=%25", []),
        ("q='", []),
        ("status=submitted", ["a"]),
        ("status=nonsense", ["a", "b"]),
        ("locale=ru", ["a"]),
        ("channel=telegram", ["b"]),
        ("assignee=Омар", ["b"]),
        ("assignee=-", ["a"]),
        ("q=ivanov&status=closed", []),
        ("page=99999", ["a", "b"]),
        ("page=-1&sort=drop%20table", ["a", "b"]),
        ("sort=name", ["b", "a"]),
        ("sort=-name", ["a", "b"]),
        ("sort=-case", ["b", "a"]),
    ],
)
async def test_the_list_is_filtered_searched_and_sorted(
    house: House, desk: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    await make(house, "a", name="Иванов Пётр", status="submitted", locale="ru")
    await make(
        house, "b", name="Wang Xiaoming", channel="telegram", assignee="Омар",
        file_name="my disc.zip",
    )  # fmt: skip
    assert await listed(desk, f"?{query}") == found


async def test_every_order_is_known(house: House, desk: httpx.AsyncClient) -> None:
    await make(house, "a")
    await make(house, "b", status="closed")
    for sort in ("case", "name", "status", "complete", "waits", "since", "last", "assignee"):
        for sign in ("", "-"):
            assert sorted(await listed(desk, f"?sort={sign}{sort}")) == ["a", "b"]


async def test_a_case_without_consent_is_not_listed(house: House, desk: httpx.AsyncClient) -> None:
    await make(house, "a", agreed=False)
    assert "No cases yet" in (await desk.get("/desk")).text


async def test_a_long_list_has_pages(house: House, desk: httpx.AsyncClient) -> None:
    for number in range(103):
        await make(house, f"c{number:03}", days=1)
    pages = [await listed(desk, f"?sort=case&page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 3]
    assert functools.reduce(operator.iadd, pages, []) == [f"c{number:03}" for number in range(103)]
    found = await desk.post("/desk", data={"sort": "case", "q": "c"}, follow_redirects=True)
    assert re.fullmatch(r"http://test/desk\?sort=case&found=[0-9a-f]{12}", str(found.url))
    text = (await desk.get(f"{found.url}&page=2")).text
    assert "103 cases" in text
    assert "Page 2 of 3" in text
    key = found.url.params["found"]
    assert f'href="/desk?sort=case&amp;found={key}&amp;page=3"' in text


async def test_what_was_searched_for_stands_in_no_address_and_each_tab_keeps_its_own(
    house: House, desk: httpx.AsyncClient
) -> None:
    await make(house, "a", name="Ivanov")
    await make(house, "b", name="Petrova")
    assert await listed(desk, "?q=ivanov") == ["a"]
    first = await desk.post("/desk", data={"q": "ivanov"})
    second = await desk.post("/desk", data={"q": "petrova", "status": "collecting"})
    for answer, found in ((first, ["a"]), (second, ["b"]), (first, ["a"])):
        address = answer.headers["location"]
        assert "ivanov" not in address
        assert "petrova" not in address
        assert await listed(desk, address.removeprefix("/desk")) == found
    # An address alone, in another browser or long after, says nothing.
    address = first.headers["location"]
    async with browser(house) as other:
        link = await new_link(house.db, "http://test", now=house.clock())
        await other.post(link, data={"name": "Omar"})
        assert await listed(other, address.removeprefix("/desk")) == ["a", "b"]
    assert await listed(desk, "?q=") == ["a", "b"]
    await desk.post("/desk/sign-out")
    assert "desk_found" not in desk.cookies
    # What somebody else put into the cookie breaks nothing.
    async with browser(house) as other:
        link = await new_link(house.db, "http://test", now=house.clock())
        await other.post(link, data={"name": "Omar"})
        for value in ("%%%", "W10", "eyJhIjoxfQ", "WzEsWzIsM11d", "A"):
            cookies = f"desk={other.cookies['desk']}; desk_found={value}"
            page = await other.get("/desk?found=x", headers={"cookie": cookies})
            assert page.text.count("data-id=") == 2


async def test_the_list_never_lags(house: House, desk: httpx.AsyncClient) -> None:
    """Whatever changed the case, and whoever did."""
    case = await make(house, "a", name="Ana")
    assert await listed(desk, "?q=boris") == []
    boris = replace(
        case,
        version=2,
        answers={"name": Answer(step="name", at=house.clock(), text="Boris")},
    )
    now = house.clock().timestamp()
    await house.db.write(lambda tx: cases.save_case(tx, boris, case, now=now))
    assert await listed(desk, "?q=boris") == ["a"]
    assert await listed(desk, "?waits=coordinator") == []
    await house.db.write(lambda tx: cases.open_handoff(tx, "a", "failed", now))
    assert await listed(desk, "?waits=coordinator") == ["a"]
    await house.db.write(lambda tx: cases.close_handoffs(tx, "a", now))
    assert await listed(desk, "?waits=coordinator") == []


async def test_looking_at_a_list_that_has_not_changed_makes_no_row_anew(
    house: House, desk: httpx.AsyncClient
) -> None:
    await make(house, "a")
    stamp = desk_rows.stamp_of(house.catalog)
    assert await desk_rows.catch_up(house.db, house.catalog, stamp) == 1
    assert await desk_rows.catch_up(house.db, house.catalog, stamp) == 0
    assert await desk_rows.catch_up(house.db, house.catalog, "another version") == 1


async def test_how_long_a_case_waits_is_not_begun_anew_by_each_change(
    house: House, desk: httpx.AsyncClient
) -> None:
    case = await make(house, "a", status="in_review", days=9)
    await desk.get("/desk")
    changed = replace(case, version=2)
    now = house.clock().timestamp()
    await house.db.write(lambda tx: cases.save_case(tx, changed, case, now=now))
    assert "9 days" in (await desk.get("/desk")).text or "1 week" in (await desk.get("/desk")).text


async def test_every_look_at_the_list_is_on_record_and_no_words_of_a_search(
    house: House, desk: httpx.AsyncClient
) -> None:
    """One that renews itself is put on record every ten minutes."""
    await desk.get("/desk")
    await listed(desk, "?q=Ivanov")
    for _ in range(3):
        await desk.get("/desk", headers={"x-by-itself": "1"})
    house.clock.move(timedelta(minutes=11))
    await desk.get("/desk", headers={"x-by-itself": "1"})
    rows = await house.db.read(lambda tx: audit.trail(tx, ""))
    looks = ["listed", "searched", "listed"]
    assert [row.action for row in rows] == ["desk_link.made", "signed_in", *looks]
    assert "Ivanov" not in repr(await house.rows(schema.audit))


async def test_the_stream_says_that_something_changed_and_nothing_of_what(house: House) -> None:
    case = await make(house, "a", name="Ana")
    async with served(house) as address, httpx.AsyncClient(timeout=20) as client:
        link = await new_link(house.db, address, now=house.clock())
        await client.post(link, data={"name": "Li Wei"}, headers={"origin": address})
        async with client.stream("GET", f"{address}/desk/events") as response:
            lines = response.aiter_lines()

            async def next_event() -> str:
                return await asyncio.wait_for(
                    anext(x async for x in lines if x and x[0] in "ed"), 10
                )

            assert await next_event() == "event: state"
            first = await next_event()
            changed = replace(case, version=2)
            now = house.clock().timestamp()
            await house.db.write(lambda tx: cases.save_case(tx, changed, case, now=now))
            assert await next_event() == "event: state"
            second = await next_event()
            assert first != second
            assert re.fullmatch(r"data: [\d.]+", second)
            # A session that is ended takes its stream along.
            (row,) = await house.rows(schema.desk_session)
            people = {"session": row.id}
            await client.post(
                f"{address}/desk/people/sessions", data=people, headers={"origin": address}
            )
            assert await next_event() == "event: gone"
