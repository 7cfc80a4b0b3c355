"""What coordinators do at the desk, with the program's own turns behind it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.plain import raw_message
from bot.store import cases, inbox, links, schema
from bot.tokens import token_hash
from checklist.case import Case, Chat
from checklist.desk import PassedOn
from tests.web.conftest import House, begin, browser, cookie_in, said, saved, turns_taken
from tests.web.test_desk import fill, sign_in, trail

PDF = b"%PDF-1.4\nnot much of a document\n"


@pytest.fixture
async def at_work(house: House) -> AsyncIterator[House]:
    """The house with turns being taken."""
    async with turns_taken(house):
        yield house


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case that was handed over, with a study and a lab sheet."""
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


@pytest.fixture
async def desk(case: Case, at_work: House) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(at_work) as client:
        await sign_in(at_work, client)
        yield client


async def now(house: House, case: Case) -> Case:
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    return known


async def act(desk: httpx.AsyncClient, case: Case, action: str, **fields: str) -> httpx.Response:
    return await desk.post(f"/desk/cases/{case.id}/acts/{action}", data=fields)


async def mark(desk: httpx.AsyncClient, case: Case, form: str, record: str = "") -> str:
    """What a form of the page has seen."""
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    for found in re.findall(rf'acts/{form}">(.*?)</form>', page, re.DOTALL):
        if not record or f'name="record" value="{record}"' in found:
            return str(re.findall(r'name="seen" value="(\w+)"', found)[0])
    raise AssertionError(f"no form {form}")


async def words(house: House) -> str:
    """Everything that was said to the patient."""
    rows = await house.rows(schema.message)
    return "\n".join(row.body or "" for row in rows if row.direction == "out")


async def test_a_case_is_taken_noted_on_and_given_on(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """The answer comes when it is done, and the trail has who did it."""
    response = await act(desk, case, "take", seen=await mark(desk, case, "take"))
    assert response.headers["location"] == f"/desk/cases/{case.id}?done=doing#doing"
    known = await now(at_work, case)
    assert (known.status, known.desk.assignee) == ("accepted", "Li Wei")
    await act(desk, case, "note", text="Her son calls on Monday")
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "Her son calls on Monday" in page
    assert "Her son calls" not in await words(at_work)
    await act(desk, case, "assign", to="Ana")
    assert (await now(at_work, case)).desk.assignee == "Ana"
    assert ("coordinator Li Wei", "case.taken", "Li Wei") in await trail(at_work, case.id)


async def test_the_second_of_two_coordinators_sees_what_changed_and_keeps_their_words(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """Both had the same page open."""
    seen = await mark(desk, case, "cover")
    async with browser(at_work) as other:
        await sign_in(at_work, other, "Ana")
        first = await act(other, case, "cover", problem="Cough since May", seen=seen)
        assert first.status_code == 303
    second = await act(desk, case, "cover", problem="Cough & <fever>", seen=seen, lock_problem="on")
    assert second.status_code == 409
    assert "Cough since May" in second.text
    assert "Cough &amp; &lt;fever&gt;" in second.text
    assert (await now(at_work, case)).desk.cover.problem.lines[0].words == "Cough since May"  # type: ignore[union-attr]
    (again,) = re.findall(r'name="seen" value="(\w+)"', second.text)
    await act(desk, case, "cover", problem="Cough and fever", seen=again, lock_problem="on")
    cover = (await now(at_work, case)).desk.cover.problem
    assert cover is not None
    assert (cover.lines[0].words, cover.locked) == ("Cough and fever", True)


async def test_two_who_change_two_things_both_have_their_way(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """Only what a form is about is compared."""
    label, cover = await mark(desk, case, "label", "r2"), await mark(desk, case, "cover")
    await act(desk, case, "cover", problem="Cough", seen=cover)
    response = await act(desk, case, "label", record="r2", date="2024-02", seen=label)
    assert response.headers["location"].endswith("#record-r2")
    record = (await now(at_work, case)).record("r2")
    assert record is not None
    assert record.date is not None
    assert record.date.iso == "2024-02"
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    (number, *_rest) = re.findall(r'name="change" value="(\d+)"', page)
    await act(desk, case, "undo", change=number)
    assert (await now(at_work, case)).record("r2") == replace(record, date=None)
    assert (await act(desk, case, "undo", change=number)).status_code == 409


async def test_a_form_that_is_sent_twice_does_it_once(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    for _ in range(2):
        response = await act(desk, case, "note", text="Call her", key="k1")
        assert response.status_code == 303
    assert len((await now(at_work, case)).desk.notes) == 1


async def test_what_a_coordinator_uploads_is_the_cases_and_says_who_sent_it(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """A large file too, for the form goes past the limit of the small ones."""
    files = {"files": ("letter.pdf", PDF + b"x" * 100_000, "application/pdf")}
    response = await desk.post(
        f"/desk/cases/{case.id}/upload",
        data={"key": "upload-key-1", "choice": "reports"},
        files=files,
    )
    assert response.status_code == 303
    async with asyncio.timeout(5):
        while not (found := [r for r in await at_work.rows(schema.file) if r.name == "letter.pdf"]):
            await asyncio.sleep(0.02)
    assert (found[0].channel, found[0].sender, found[0].item) == ("desk", "Li Wei", "reports")


async def test_a_coordinator_uploads_nothing_to_a_case_whose_consent_was_taken_back(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    known = await cases.find(at_work.db, case.id)
    assert known is not None
    no = replace(known.consents[0], given=False)
    new = replace(known.with_consent(no), version=known.version + 1)
    now = at_work.clock().timestamp()
    await at_work.db.write(lambda tx: cases.save_case(tx, new, known, now=now))
    before = at_work.stored()
    answer = await desk.post(
        f"/desk/cases/{case.id}/upload",
        data={"key": "upload-key-9", "choice": "reports"},
        files={"files": ("report.pdf", b"%PDF-1.4", "application/pdf")},
    )
    assert answer.status_code == 409
    assert "taken back a consent" in answer.text
    assert at_work.stored() == before


async def test_a_link_is_shown_once_and_opens_the_upload_page(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    page = await desk.post(f"/desk/cases/{case.id}/links", data={"name": "City Hospital"})
    (token,) = re.findall(r"/u/([\w-]+)", page.text)
    assert token not in (await desk.get(f"/desk/cases/{case.id}")).text
    async with browser(at_work) as hospital:
        assert (await hospital.get(f"/u/{token}")).headers["location"] == "/upload"
        share = (await now(at_work, case)).shares[0]
        await act(desk, case, "revoke_link", link=share.id)
        assert (await hospital.get("/upload")).status_code == 404


async def test_a_link_that_was_asked_for_by_two_presses_of_one_button_works(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """A browser shows the second answer, and the address in it is the one that is passed on."""
    form = {"name": "City Hospital", "key": "link-key-1"}
    pages = [await desk.post(f"/desk/cases/{case.id}/links", data=form) for _ in range(2)]
    (token,) = re.findall(r"/u/([\w-]+)", pages[1].text)
    assert [share.name for share in (await now(at_work, case)).shares] == ["City Hospital"]
    async with browser(at_work) as hospital:
        assert (await hospital.get(f"/u/{token}")).headers["location"] == "/upload"


async def test_the_opinion_reaches_the_patient_by_a_link_that_opens_nothing_else(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """Nothing before it was sent; then the page, the document, and a trace of its taking."""
    files = {"files": ("opinion.pdf", PDF, "application/pdf")}
    await desk.post(f"/desk/cases/{case.id}/opinion", data={"choice": "original"}, files=files)
    assert (await act(desk, case, "opinion_send")).status_code == 409
    await act(desk, case, "opinion_approve", seen=await mark(desk, case, "opinion_approve"))
    await act(desk, case, "opinion_send", seen=await mark(desk, case, "opinion_send"))
    assert (await now(at_work, case)).status == "opinion_ready"
    (token,) = re.findall(r"/o/([\w-]+)", await words(at_work))
    assert token not in (await desk.get(f"/desk/cases/{case.id}/transcript")).text
    async with browser(at_work) as patient:
        assert (await patient.get("/opinion")).status_code == 404
        assert (await patient.get(f"/u/{token}")).status_code == 404
        assert (await patient.get(f"/o/{token}")).headers["location"] == "/opinion"
        page = (await patient.get("/opinion")).text
        assert "opinion.pdf" in page
        (address,) = re.findall(r'href="(/opinion/\w+)"', page)
        document = await saved(patient, address)
        assert document.content == PDF
        assert document.headers["content-disposition"].startswith("attachment")
        assert (await patient.get("/upload")).status_code == 404
        fetched = (await patient.get(address)).headers["location"]
        assert (await patient.get(fetched)).content == PDF
        # While it is worked on again nothing of it is given, not even what was asked for already.
        before = await now(at_work, case)
        assert before.desk.opinion is not None
        opinion = replace(before.desk.opinion, sent_at=None)
        changed = replace(before, desk=replace(before.desk, opinion=opinion))
        changed = replace(changed, version=before.version + 1)
        at = at_work.clock().timestamp()
        await at_work.db.write(lambda tx: cases.save_case(tx, changed, before, now=at))
        assert (await patient.get(fetched)).status_code == 410
        at_work.clock.move(timedelta(days=31))
        assert (await patient.get(address)).status_code == 404
    assert "opinion.taken" in [action for _who, action, _what in await trail(at_work, case.id)]


async def test_a_document_that_is_taken_out_is_deleted(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    files = {"files": ("wrong.pdf", PDF, "application/pdf")}
    await desk.post(f"/desk/cases/{case.id}/opinion", data={"choice": "original"}, files=files)
    (row,) = await at_work.rows(schema.opinion_file)
    assert (await saved(desk, f"/desk/cases/{case.id}/opinion/{row.id}")).content == PDF
    await act(desk, case, "opinion_remove", file=row.id)
    assert await at_work.rows(schema.opinion_file) == []
    assert (await desk.get(f"/desk/cases/{case.id}/opinion/{row.id}")).status_code == 404


async def test_an_upload_link_does_not_open_the_opinion(case: Case, at_work: House) -> None:
    await at_work.db.write(
        lambda tx: links.add(
            tx, link_id="l", token_hash=token_hash("tok"), case_id=case.id, session_id="s", name="",
            item=None, now=at_work.clock().timestamp(),
            expires_at=at_work.clock().timestamp() + 1000,
        )
    )  # fmt: skip
    async with browser(at_work) as visitor:
        assert (await visitor.get("/o/tok")).status_code == 404


async def test_an_erased_case_keeps_no_opinion(
    desk: httpx.AsyncClient, case: Case, client: httpx.AsyncClient, at_work: House
) -> None:
    files = {"files": ("opinion.pdf", PDF, "application/pdf")}
    await desk.post(f"/desk/cases/{case.id}/opinion", data={"choice": "original"}, files=files)
    (row,) = await at_work.rows(schema.opinion_file)
    await erase(at_work, client)
    assert (await now(at_work, case)).erased
    assert await at_work.rows(schema.opinion_file) == []
    jobs = await at_work.db.read(
        lambda tx: tx.execute(sa.select(schema.job.c.args).where(schema.job.c.kind == "erase"))
    )
    assert any(row.blob_id in args for (args,) in jobs)


async def test_a_document_that_comes_while_the_patient_erases_everything_is_not_kept(
    desk: httpx.AsyncClient, case: Case, client: httpx.AsyncClient, at_work: House
) -> None:
    """A coordinator's line may be slow: the document was begun before, and has come after."""

    async def slowly() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="choice"\r\n\r\noriginal\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="o.pdf"\r\n\r\n'
        await erase(at_work, client)
        yield PDF + b"\r\n--b--\r\n"

    kind, before = {"content-type": "multipart/form-data; boundary=b"}, at_work.stored()
    address = f"/desk/cases/{case.id}/opinion"
    assert (await desk.post(address, content=slowly(), headers=kind)).status_code == 409
    assert (await now(at_work, case)).erased
    assert await at_work.rows(schema.opinion_file) == []
    assert at_work.stored() == before


async def erase(house: House, client: httpx.AsyncClient) -> None:
    """The patient asks for it, and says yes."""
    for text in ("/delete", "yes"):
        address = token_hash(cookie_in(client))
        raw = raw_message(external_id=text, address=address, text=text)
        await inbox.add(
            house.db, channel="web", external_id=text, address=address, raw=raw,
            received_at=house.clock(),
        )  # fmt: skip
        async with asyncio.timeout(5):
            while any(one.state == "new" for one in await house.rows(schema.inbox)):
                await asyncio.sleep(0.02)


async def test_what_is_no_act_is_nowhere(desk: httpx.AsyncClient, case: Case) -> None:
    """And nothing is done for who is not signed in, or came from elsewhere."""
    assert (await act(desk, case, "unlock")).status_code == 404
    refused = await desk.post(
        f"/desk/cases/{case.id}/acts/take", headers={"origin": "https://evil.example"}
    )
    assert refused.status_code == 403


# ---- the chats of a case -----------------------------------------------------------------------


async def second_chat(house: House, case: Case) -> str:
    """A helper's chat that has joined the case; its id."""
    address = "w" * 64
    await inbox.add(
        house.db, channel="web", external_id="helper-1", address=address,
        raw=raw_message(external_id="helper-1", address=address, opened=True),
        received_at=house.clock(),
    )  # fmt: skip
    chat = next(row for row in await house.rows(schema.session) if row.address == address)
    while not any(row.id == chat.case_id for row in await house.rows(schema.cases)):
        await asyncio.sleep(0.02)
    known = await now(house, case)
    helper = Chat(
        id=chat.id, channel="web", since=house.clock(), writer="helper", name="Ivan <b>Petrov</b>"
    )

    async def join(tx: AsyncConnection) -> None:
        mine = sa.update(schema.session).where(schema.session.c.id == chat.id)
        await tx.execute(mine.values(case_id=case.id))
        new = replace(known.with_chat(helper), version=known.version + 1)
        await cases.save_case(tx, new, known, now=house.clock().timestamp())

    await house.db.write(join)
    return str(chat.id)


async def test_the_page_shows_who_is_part_of_the_case_and_a_chat_is_taken_out(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await act(desk, case, "note", text="The first chat is known by its first turn")
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "It is the only one, so it stays." in page
    assert "acts/remove_chat" not in page
    helper = await second_chat(at_work, case)
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "a helper: Ivan &lt;b&gt;Petrov&lt;/b&gt;" in page
    assert "wwww" not in page
    done = await act(desk, case, "remove_chat", chat=helper)
    assert done.headers["location"] == f"/desk/cases/{case.id}?done=chats#chats"
    known = await now(at_work, case)
    assert [chat.id for chat in known.chats] != []
    assert helper not in [chat.id for chat in known.chats]
    rows = {row.id: row.case_id for row in await at_work.rows(schema.session)}
    assert rows[helper] != case.id
    assert ("coordinator Li Wei", "chat.removed", helper) in await trail(at_work, case.id)
    assert "took a chat out of your case" in await words(at_work)


async def test_what_a_chat_that_was_taken_out_had_said_stays_in_the_transcript(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await act(desk, case, "note", text="The first chat is known by its first turn")
    helper = await second_chat(at_work, case)
    raw = raw_message(external_id="helper-2", address="w" * 64, text="My mother is better")
    await inbox.add(
        at_work.db, channel="web", external_id="helper-2", address="w" * 64, raw=raw,
        received_at=at_work.clock(),
    )  # fmt: skip
    await act(desk, case, "remove_chat", chat=helper)
    page = (await desk.get(f"/desk/cases/{case.id}/transcript")).text
    assert "My mother is better" in page


async def test_the_page_says_who_sent_a_record_where_several_write(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    await act(desk, case, "note", text="The first chat is known by its first turn")
    helper = await second_chat(at_work, case)
    known = await now(at_work, case)
    records = tuple(replace(record, chat=helper) for record in known.records)
    new = replace(known, records=records, version=known.version + 1)
    await at_work.db.write(lambda tx: cases.save_case(tx, new, known, now=0.0))
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert re.search(r'id="record-r1".*?<bdi>a helper: Ivan', page, re.DOTALL)
    # What came by a link is known by the name on that.
    assert re.search(r'id="record-r2".*?<bdi>City Hospital', page, re.DOTALL)


async def test_a_question_that_was_passed_on_is_answered_on_the_page_of_the_case(
    desk: httpx.AsyncClient, case: Case, at_work: House
) -> None:
    """The list says that it waits; the answer goes to the chat, once, and the form is gone."""
    one = PassedOn(number=1, words="Can I bring my dog?", at=at_work.clock(), locale="en")
    known = await now(at_work, case)
    asked = replace(known, version=known.version + 1, desk=replace(known.desk, passed_on=(one,)))

    async def work(tx: AsyncConnection) -> None:
        await cases.save_case(tx, asked, known, now=at_work.clock().timestamp())

    await at_work.db.write(work)
    assert "Can I bring my dog?" in (await desk.get(f"/desk/cases/{case.id}")).text
    await act(desk, case, "answer", question="1", text="Yes, it may come along.", key="k1")
    await act(desk, case, "answer", question="1", text="No.", key="k2")
    said_to = await words(at_work)
    assert "Yes, it may come along." in said_to
    assert "answers your question" in said_to
    answered = (await now(at_work, case)).desk.passed_on[0]
    assert (answered.answer, answered.by) == ("Yes, it may come along.", "Li Wei")
    assert 'acts/answer"' not in (await desk.get(f"/desk/cases/{case.id}")).text
    assert ("coordinator Li Wei", "question.answered", "1") in await trail(at_work, case.id)
