"""The coordinators' desk: who gets in, what they see, what is put on record, what reaches a patient."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.clean_photos import cleaned
from bot.store import audit, cases, codec, files, scans, schema
from bot.store.scans import Scanned
from bot.web.desk_queries import CaseRow, Chat
from bot.web.desk_view import DeskView
from bot.web.sign_in import new_link
from checklist.case import Answer, Case, Consent, Entry
from checklist.dates import PartialDate
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study
from handlers.updates import CoordinatorActed
from tests.intake.test_clean_photos import made
from tests.web.conftest import CATALOG, LANGUAGES, House, begin, browser, said, saved

pytestmark = pytest.mark.usefixtures("both")


async def sign_in(house: House, client: httpx.AsyncClient, name: str = "Li Wei") -> httpx.Response:
    link = await new_link(house.db, "http://test", now=house.clock())
    return await client.post(link, data={"name": name})


@pytest.fixture
async def desk(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A coordinator who is signed in."""
    async with browser(house) as client:
        assert (await sign_in(house, client)).status_code == 303
        yield client


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case with answers, a study, a report, a file that could not be used, and a package."""
    await begin(house, client)
    opened = await house.answer(said("Welcome"))
    return await fill(house, opened)


async def fill(house: House, opened: Case) -> Case:
    at = house.clock()
    day = PartialDate(year=2026, month=4, day=12)
    series = Series(
        series_instance_uid="1.2", modality="CT", kind="image", instances=292, series_number=2,
        series_description="LUNG <1.0>", body_part_examined="CHEST", missing=20, missing_certain=True,
    )  # fmt: skip
    study = Study(
        study_instance_uid="1", series=(series,), patient=PatientIdentity(), study_date=day,
        study_description="CT CHEST",
    )  # fmt: skip
    scan = Record(
        id="r1", file_id="f1", kind="imaging_study", received_at=at, original_name="disc.zip",
        media_type="application/zip", size=73_400_000, item="imaging", date=day, modality="CT",
        study=study,
    )  # fmt: skip
    lab = replace(scan, id="r2", file_id="f2", kind="lab", item="labs", date=None, study=None,
                  modality="", original_name="анализ.pdf", channel="upload",
                  sender="City Hospital")  # fmt: skip
    answers = {
        "name": Answer(step="name", at=at, text="Иванов Пётр"),
        "problem": Answer(step="problem", at=at, text="Кашель <b>давно</b>"),
        "allergies": Answer(step="allergies", at=at, choice="none"),
        "questions": Answer(step="questions", at=at, entries=(Entry(text="Нужна ли операция?"),)),
        "timeline": Answer(step="timeline", at=at, choice="skip"),
    }
    filled = replace(
        opened, answers=answers, records=(scan, lab), status="submitted", submitted_at=at, version=1,
        consents=(Consent(version="1", given=True, locale="ru", at=at),),
    )  # fmt: skip
    blob = await house.blobs.put(_pieces(b"bytes of a file"), case_id="case")

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, filled, opened, now=at.timestamp())
        await cases.open_handoff(tx, opened.id, "asked", at.timestamp())
        for file_id, name, state in (
            ("f1", "disc.zip", "indexed"),
            ("f2", "анализ.pdf", "indexed"),
            ("f3", "broken.zip", "refused"),
        ):
            await files.want(
                tx, file_id=file_id, case_id=opened.id, session_id="s", channel="web", sender="",
                fetch_ref=blob.id, name=name, media_type="", size=15, caption="", item=None,
                received_at=at,
            )  # fmt: skip
            await files.change(
                tx,
                file_id,
                state=state,
                blob_id=blob.id,
                reason="damaged_archive" * (state == "refused"),
            )
        await files.add_package(
            tx, package_id="p", case_id=opened.id, version=1, blob_id=blob.id, sha256=blob.sha256,
            size=blob.size, built_at=at,
        )  # fmt: skip

    await house.db.write(write)
    return filled


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def trail(house: House, case_id: str) -> list[tuple[str, str, str]]:
    rows = await house.db.read(lambda tx: audit.trail(tx, case_id))
    return [(row.actor, row.action, row.object) for row in rows]


# ---- who gets in -------------------------------------------------------------------------------


async def test_a_link_works_once(house: House) -> None:
    """Looking at it uses nothing up, for chats open links to show a preview; the button does."""
    link = await new_link(house.db, "http://test/", now=house.clock())
    assert re.fullmatch(r"http://test/desk/sign-in/[\w-]{43}", link)
    async with browser(house) as first, browser(house) as second:
        for _ in range(2):
            assert "Your name" in (await first.get(link)).text
        assert (await first.post(link, data={"name": "Li Wei"})).headers["location"] == "/desk"
        assert (await first.get("/desk")).status_code == 200
        assert (await second.post(link, data={"name": "Eve"})).status_code == 410
        assert (await second.get(link)).status_code == 410
        assert (await second.get("/desk")).headers["location"] == "/desk/sign-in"


async def test_a_sign_in_from_another_address_is_told_what_is_wrong(house: House) -> None:
    """A proxy that names another host is the usual reason; the link is as good as before."""
    link = await new_link(house.db, "http://test", now=house.clock())
    async with browser(house, origin="https://desk.example.org") as client:
        refused = await client.post(link, data={"name": "Li Wei"})
        assert refused.status_code == 403
        assert "PUBLIC_URL" in refused.text
        assert "does not work any more" not in refused.text
        assert "Your name" in (await client.get(link)).text


async def test_a_link_and_a_session_end(house: House) -> None:
    """A link after a day, a session after a day's work."""
    link = await new_link(house.db, "http://test", now=house.clock())
    async with browser(house) as client:
        house.clock.move(timedelta(hours=25))
        assert (await client.post(link, data={"name": "Li Wei"})).status_code == 410
        await sign_in(house, client)
        for _ in range(11):
            house.clock.move(timedelta(hours=1))
            assert (await client.get("/desk")).status_code == 200
        house.clock.move(timedelta(minutes=61))
        assert (await client.get("/desk")).status_code == 303


async def test_a_session_in_which_nothing_is_done_ends(house: House) -> None:
    """What a page does by itself is nobody's doing."""
    async with browser(house) as client:
        await sign_in(house, client)
        for _ in range(4):
            house.clock.move(timedelta(minutes=29))
            await client.get("/desk", headers={"x-by-itself": "1"})
        assert (await client.get("/desk")).status_code == 200
        house.clock.move(timedelta(minutes=121))
        assert (await client.get("/desk")).status_code == 303


async def test_signing_out_ends_the_session_for_good(house: House, desk: httpx.AsyncClient) -> None:
    """The cookie is worth nothing afterwards, even if it was copied."""
    cookie = desk.cookies["desk"]
    await desk.post("/desk/sign-out")
    async with browser(house, cookie=f"desk={cookie}") as thief:
        assert (await thief.get("/desk")).status_code == 303


async def test_only_hashes_of_tokens_are_stored(house: House, desk: httpx.AsyncClient) -> None:
    """Neither a link nor a session can be read from the database."""
    link = await new_link(house.db, "http://test", now=house.clock())
    stored = repr([await house.rows(t) for t in (schema.sign_in, schema.desk_session)])
    assert link.rpartition("/")[2] not in stored
    assert desk.cookies["desk"] not in stored


async def test_the_cookie_stays_on_the_desk(house: House) -> None:
    """Patients' pages never see it; neither do scripts nor other sites."""
    async with browser(house) as client:
        cookies = (await sign_in(house, client)).headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all(re.search("HttpOnly.*Path=/desk; SameSite=lax", cookie) for cookie in cookies)


@pytest.mark.parametrize(
    "path", ["", "/cases/X", "/cases/X/transcript", "/cases/X/package.zip", "/cases/X/files/f1"]
)
async def test_nothing_of_the_desk_is_open_to_strangers(
    client: httpx.AsyncClient, path: str
) -> None:
    """Not even whether a case exists."""
    response = await client.get(f"/desk{path}")
    assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in")


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": ""}])
async def test_another_site_can_do_nothing_at_the_desk(
    house: House, desk: httpx.AsyncClient, case: Case, headers: dict[str, str]
) -> None:
    """A request that doesn't say that it is ours is not ours."""
    before = len(await house.rows(schema.inbox))
    for path in (f"/desk/cases/{case.id}/message", "/desk/sign-out"):
        response = await desk.post(path, data={"text": "x"}, headers=headers)
        assert response.status_code == 403
    assert len(await house.rows(schema.inbox)) == before
    assert (await desk.get("/desk")).status_code == 200


async def test_a_name_is_the_one_that_was_signed_in_with(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """Nobody acts under another's name by changing a cookie; a name has at most 80 characters."""
    desk.cookies.set("desk_name", "Eve", domain="test", path="/desk")
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "Li Wei" in page
    assert "Eve" not in page
    assert await trail(house, case.id) == [("coordinator Li Wei", "looked", "")]
    async with browser(house) as other:
        await sign_in(house, other, "Ли Вэй " * 20)
    assert max(len(row.name) for row in await house.rows(schema.desk_session)) == 80


# ---- what they see -----------------------------------------------------------------------------


async def test_an_empty_desk_says_what_to_do(desk: httpx.AsyncClient) -> None:
    """The address for patients, ready to be tried."""
    page = (await desk.get("/desk")).text
    assert "No cases yet" in page
    assert 'href="http://127.0.0.1:8080/"' in page


async def test_the_list_tells_what_each_case_needs(desk: httpx.AsyncClient, case: Case) -> None:
    """Status, how complete, what is missing, and who is waiting for a person."""
    page = (await desk.get("/desk")).text
    for shown in (case.id, "Submitted", "A person is wanted", "Pathology", "Web"):
        assert shown in page


async def test_a_case_is_shown_whole_and_as_text(desk: httpx.AsyncClient, case: Case) -> None:
    """The patient's words, the study with its series, the records, what could not be used."""
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    for shown in ("Иванов Пётр", "Кашель &lt;b&gt;давно", "Нужна ли операция?", "None known",
                  "LUNG &lt;1.0&gt;", "292", "анализ.pdf", "City Hospital", "private link",
                  "broken.zip", "The file is damaged",
                  "April 12, 2026", "No date"):  # fmt: skip
        assert shown in page, shown
    assert "<built-in" not in page


@pytest.mark.parametrize(("locale", "draft"), [("ru", True), ("en", False)])
async def test_a_case_says_that_its_language_is_a_draft(
    house: House, desk: httpx.AsyncClient, case: Case, locale: str, draft: bool
) -> None:
    """Until a native speaker has put their name into the head of the catalog."""

    async def speak(tx: AsyncConnection) -> None:
        await tx.execute(sa.update(schema.session).values(locale=locale))

    await house.db.write(speak)
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert ("No native speaker has checked" in page) == draft


async def test_a_case_says_what_its_kind_needs_and_what_of_it_is_old(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """With how much it is wanted, and that no clinician has signed it off."""
    kinds = {"case_type": "brain_spine", "case_kind": "spine"}
    chosen = {s: Answer(step=s, at=house.clock(), choice=kind) for s, kind in kinds.items()}
    sheets = tuple(
        replace(record, item="labs", date=PartialDate(year=2024, month=3))
        for record in case.records
        if record.kind == "lab"
    )
    others = tuple(record for record in case.records if record.kind != "lab")
    spine = replace(case, records=(*others, *sheets), answers={**case.answers, **chosen})

    async def write(tx: AsyncConnection) -> None:
        stored = await cases.load_case(tx, case.id)
        await cases.save_case(tx, spine, stored, now=house.clock().timestamp())

    await house.db.write(write)
    page = re.sub(
        r"\s+", " ", re.sub("<[^>]+>", " ", (await desk.get(f"/desk/cases/{case.id}")).text)
    )
    for shown in ("Brain or spine: Spine", "MRI of the spine, from the side and across needed",
                  "CT of the spine, if there was an operation needed if it was done",
                  "Not yet reviewed by a clinician",
                  "Lab results: the newest is from March 2024. Specialists often want"):  # fmt: skip
        assert shown in page, shown


async def test_a_case_says_how_much_is_answered_and_how_much_is_here(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """Whoever skips everything has answered everything, and nothing is here."""
    at = house.clock()
    skipped = {one.id: Answer(step=one.id, at=at, choice="skip") for one in house.catalog.items}
    bare = replace(case, records=(), answers={**case.answers, **skipped})

    async def write(tx: AsyncConnection) -> None:
        stored = await cases.load_case(tx, case.id)
        await cases.save_case(tx, bare, stored, now=at.timestamp())

    await house.db.write(write)
    for path in ("/desk", f"/desk/cases/{case.id}"):
        page = re.sub("<[^>]+>", " ", (await desk.get(path)).text)
        assert re.search(r"Answered\W+100\s?%", page), path
        assert re.search(r"Here in full\W+0 of [78]", page), path


@pytest.mark.parametrize("locale", ["ru", "ar", "zh-Hans"])
def test_why_a_file_could_not_be_used_is_said_in_the_desks_language(locale: str) -> None:
    """What is written to a file's row is a finding's code, or that it is a copy."""
    desk = DeskView(LANGUAGES, CATALOG, locale)
    assert "duplicate" not in desk.finding("duplicate")


@pytest.mark.parametrize(
    ("locale", "moment", "comma"),
    [
        ("en", "Nov 24, 2026, 09:30 UTC", ", "),
        ("ar", "24 نوفمبر 2026، 09:30 UTC", " و"),
        ("ru", "24 нояб. 2026 г., 09:30 UTC", ", "),
        ("zh-Hans", "2026年11月24日 09:30 UTC", "、"),
    ],
)
def test_dates_and_lists_are_written_as_the_desks_language_writes_them(
    house: House, locale: str, moment: str, comma: str
) -> None:
    chats = (Chat(session_id="1", channel="web", locale="en", human=False),)
    case = Case(id="A", opened_at=house.clock())
    row = CaseRow(case=case, chats=chats, last_at=house.clock(), wanted=())
    shown = DeskView(LANGUAGES, CATALOG, locale).row(row)
    assert shown["last"].replace("\u00a0", " ") == moment
    assert comma in shown["missing"]
    assert (", " in shown["missing"]) == (locale in ("en", "ru"))


async def test_a_question_that_was_skipped_is_not_called_unasked(
    desk: httpx.AsyncClient, case: Case
) -> None:
    """Where nothing is listed, the page says why."""
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    sections = dict(re.findall(r"<h2>([^<]+)</h2>\s*<p>([^<]+)</p>", page))
    assert sections["What happened"] == "Skipped"
    assert sections["Medicines"] == "Not answered yet"
    assert sections["Allergies"] == "None known"


async def test_the_conversation_can_be_read(
    house: House, desk: httpx.AsyncClient, client: httpx.AsyncClient, case: Case
) -> None:
    """As it was said, with who said it."""
    await client.post("/send", files={"text": (None, "Добрый <день>")})
    await house.answer(said("Hello"))
    page = (await desk.get(f"/desk/cases/{case.id}/transcript")).text
    assert page.index("Welcome") < page.index("Добрый &lt;день&gt;") < page.index("Hello")


async def test_the_desk_does_not_show_what_opens_a_private_page(
    house: House, desk: httpx.AsyncClient, client: httpx.AsyncClient, case: Case
) -> None:
    """Whoever has a link can send files as the patient; the patient's own chat keeps it."""
    link = "https://chat.example/u/0123456789abcdef"
    await client.post("/send", files={"text": (None, f"{link} does not open")})
    await house.answer(said(f"Open this page: {link} It works for 7 days."))
    page = (await desk.get(f"/desk/cases/{case.id}/transcript")).text
    assert "0123456789abcdef" not in page
    assert page.count("https://chat.example/u/…") == 2
    assert '/u/…"' not in page
    assert f'href="{link}"' in (await client.get("/chat")).text


async def test_a_case_that_is_not_there_is_a_kind_page(desk: httpx.AsyncClient) -> None:
    """And leads back to the desk."""
    response = await desk.get("/desk/cases/0000-0000")
    assert response.status_code == 404
    assert 'href="/desk"' in response.text


# ---- downloads, and the record of them ---------------------------------------------------------


async def test_a_file_is_saved_and_never_shown(desk: httpx.AsyncClient, case: Case) -> None:
    """Whatever a patient has sent, it runs nothing in a coordinator's browser."""
    response = await saved(desk, f"/desk/cases/{case.id}/files/f2")
    assert response.content == b"bytes of a file"
    assert response.headers["content-disposition"].startswith(
        "attachment; filename=\"file.pdf\"; filename*=utf-8''"
    )
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("sandbox;")


async def test_a_photo_is_saved_without_the_place_where_it_was_taken(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    photo = made("JPEG")
    blob = await house.blobs.put(_pieces(photo), case_id=case.id)
    taken = replace(case.records[1], media_type="image/jpeg")

    async def write(tx: AsyncConnection) -> None:
        after = replace(case, records=(case.records[0], taken), version=2)
        await cases.save_case(tx, after, case, now=house.clock().timestamp())
        await files.change(tx, "f2", blob_id=blob.id)

    await house.db.write(write)
    response = await saved(desk, f"/desk/cases/{case.id}/files/f2")
    assert response.content == cleaned(photo, "image/jpeg")
    assert response.headers["content-disposition"].startswith("attachment; filename=")
    assert "; filename*=utf-8''" in response.headers["content-disposition"]
    assert response.headers["content-security-policy"].startswith("sandbox;")


async def test_an_infected_file_is_saved_by_nobody(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    change = {"state": "refused", "reason": "infected"}
    await house.db.write(lambda tx: files.change(tx, "f3", **change))
    assert (await desk.get(f"/desk/cases/{case.id}/files/f3")).status_code == 404
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "A virus was found in it" in page
    assert "/files/f3" not in page


async def test_a_record_says_whether_somebody_has_looked_for_viruses(
    desk: httpx.AsyncClient, house: House, case: Case
) -> None:
    said = Scanned(state="clean")
    await house.db.write(
        lambda tx: scans.put(tx, file_id="f2", case_id=case.id, said=said, now=0.0)
    )
    page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert page.count("Virus scan: nothing found") == 1
    assert page.count("Not scanned for viruses") >= 1


async def test_the_package_is_named_after_its_case(desk: httpx.AsyncClient, case: Case) -> None:
    """So that two packages in one folder are told apart."""
    response = await saved(desk, f"/desk/cases/{case.id}/package.zip")
    assert response.headers["content-disposition"] == f'attachment; filename="{case.id}.zip"'
    assert "content-encoding" not in response.headers


async def test_a_cover_whose_bytes_are_gone_is_not_found(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """An older package is deleted when a newer one is there, also while somebody looks at it."""

    async def lose(tx: AsyncConnection) -> None:
        await tx.execute(sa.update(schema.package).values(cover_blob_id="0" * 32))

    await house.db.write(lose)
    for name in ("cover.png", "cover.pdf"):
        assert (await desk.get(f"/desk/cases/{case.id}/{name}")).status_code == 404


@pytest.mark.parametrize("path", ["files/nothing", "files/..%2f..%2ftest.sqlite", "cover.pdf"])
async def test_what_is_not_of_the_case_is_not_found(
    desk: httpx.AsyncClient, case: Case, path: str
) -> None:
    """Another case's file, a path, a cover that wasn't made."""
    assert (await desk.get(f"/desk/cases/{case.id}/{path}")).status_code == 404


async def test_every_look_and_every_download_is_on_record(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """Who, what and of which case; what failed was not seen and is not on it."""
    for path in ("", "/transcript", "/package.zip", "/files/f1", "/files/nothing", "/cover.pdf"):
        await desk.get(f"/desk/cases/{case.id}{path}")
    assert await trail(house, case.id) == [
        ("coordinator Li Wei", "looked", ""),
        ("coordinator Li Wei", "read_transcript", ""),
        ("coordinator Li Wei", "took_package", ""),
        ("coordinator Li Wei", "took_file", "f1"),
    ]


# ---- a word to the patient ---------------------------------------------------------------------


async def test_a_word_to_the_patient_goes_through_the_inbox_once(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """Pressed twice it is one message, under the name that the coordinator gave."""
    form = {"text": " Hello\r\nPeter ", "key": "k1"}
    response = await desk.post(f"/desk/cases/{case.id}/message", data=form)
    again = await desk.post(f"/desk/cases/{case.id}/message", data=form)
    assert response.status_code == again.status_code == 303
    rows = [row for row in await house.rows(schema.inbox) if row.channel == "internal"]
    assert [codec.load_update(row.raw) for row in rows] == [
        CoordinatorActed(action="message", coordinator="Li Wei", text="Hello\nPeter")
    ]
    page = (await desk.get(response.headers["location"])).text
    assert "on its way" in page


async def test_nothing_is_sent_without_words(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """An empty message would only frighten."""
    before = len(await house.rows(schema.inbox))
    await desk.post(f"/desk/cases/{case.id}/message", data={"text": "  ", "key": "k2"})
    assert len(await house.rows(schema.inbox)) == before


async def test_a_form_of_any_length_is_not_read_into_memory(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """Nor one that doesn't say how long it is."""

    async def endless() -> AsyncIterator[bytes]:
        yield b"text=x"

    before = len(await house.rows(schema.inbox))
    path = f"/desk/cases/{case.id}/message"
    assert (await desk.post(path, data={"text": "x" * 70_000})).status_code == 413
    assert (await desk.post(path, content=endless())).status_code == 413
    assert len(await house.rows(schema.inbox)) == before


async def test_the_assistant_can_be_let_go_on(
    house: House, desk: httpx.AsyncClient, case: Case
) -> None:
    """The end of a talk is an update like any other."""
    await desk.post(f"/desk/cases/{case.id}/message", data={"action": "resume", "key": "k3"})
    row = (await house.rows(schema.inbox))[-1]
    assert codec.load_update(row.raw) == CoordinatorActed(action="resume", coordinator="Li Wei")


# ---- whose a study is --------------------------------------------------------------------------


@pytest.fixture
async def doubtful(house: House, case: Case) -> Case:
    """The case with a study of somebody else, which is set apart."""
    scan = case.records[0]
    assert scan.study is not None
    who = PatientIdentity(
        name="SOKOLOV <BORIS>", patient_id="PID-2", birth_date="1955-06-30", sex="M"
    )
    other = replace(scan, id="r9", study=replace(scan.study, patient=who), set_apart="apart")
    changed = replace(case, records=(*case.records, other), version=case.version + 1)

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, changed, case, now=house.clock().timestamp())

    await house.db.write(write)
    return changed


async def test_what_is_set_apart_stands_beside_the_case(
    desk: httpx.AsyncClient, doubtful: Case
) -> None:
    page = (await desk.get(f"/desk/cases/{doubtful.id}")).text
    apart = page[page.index('id="apart"') :].partition("</section>")[0]
    for words in ("SOKOLOV &lt;BORIS&gt;", "1955-06-30", "PID-2", "Иванов Пётр", "differs"):
        assert words in apart
    assert "It is this patient" in apart
    assert "It is somebody else" in apart
    assert "SOKOLOV" not in page.replace(apart, "")


async def test_all_names_in_a_study_stand_beside_the_case(
    desk: httpx.AsyncClient, house: House, doubtful: Case
) -> None:
    *others, mixed = doubtful.records
    assert mixed.study is not None
    hers = PatientIdentity(name="KUZNETSOVA VERA", birth_date="1961-02-03", sex="F")
    mixed = replace(mixed, study=replace(mixed.study, others=(hers,)))
    changed = replace(doubtful, records=(*others, mixed), version=doubtful.version + 1)

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, changed, doubtful, now=house.clock().timestamp())

    await house.db.write(write)
    page = (await desk.get(f"/desk/cases/{doubtful.id}")).text
    apart = page[page.index('id="apart"') :].partition("</section>")[0]
    for words in ("SOKOLOV", "KUZNETSOVA VERA", "1961-02-03", "of more than one person"):
        assert words in apart


@pytest.mark.parametrize("action", ["take_study", "keep_apart"])
async def test_a_decision_goes_through_the_inbox_and_on_record(
    house: House, desk: httpx.AsyncClient, doubtful: Case, action: str
) -> None:
    answer = await desk.post(f"/desk/cases/{doubtful.id}/studies/r9", data={"action": action})
    assert answer.status_code == 303
    row = (await house.rows(schema.inbox))[-1]
    assert codec.load_update(row.raw) == CoordinatorActed(
        action=action,  # type: ignore[arg-type]
        coordinator="Li Wei",
        record_id="r9",
        people=1,
    )
    assert ("coordinator Li Wei", action, "r9") in await trail(house, doubtful.id)


async def test_a_decision_on_what_has_changed_since_the_page_was_opened_is_asked_for_again(
    house: House, desk: httpx.AsyncClient, doubtful: Case
) -> None:
    """More of the study may have come, of somebody whom the coordinator has not seen."""
    page = (await desk.get(f"/desk/cases/{doubtful.id}")).text
    seen = dict(re.findall(r'name="(seen)" value="(\d+)"', page))
    assert seen == {"seen": "1"}
    *others, mixed = doubtful.records
    assert mixed.study is not None
    hers = PatientIdentity(name="KUZNETSOVA VERA", birth_date="1961-02-03", sex="F")
    mixed = replace(mixed, study=replace(mixed.study, others=(hers,)))
    changed = replace(doubtful, records=(*others, mixed), version=doubtful.version + 1)
    await house.db.write(
        lambda tx: cases.save_case(tx, changed, doubtful, now=house.clock().timestamp())
    )
    before = len(await house.rows(schema.inbox))
    answer = await desk.post(
        f"/desk/cases/{doubtful.id}/studies/r9", data={"action": "take_study", **seen}
    )
    assert answer.headers["location"].endswith("?changed#apart")
    assert len(await house.rows(schema.inbox)) == before
    again = (await desk.get(answer.headers["location"])).text
    assert "More of this scan has come" in again
    assert "KUZNETSOVA VERA" in again


@pytest.mark.parametrize(
    ("record_id", "action"), [("r9", "delete"), ("r2", "take_study"), ("nobody", "take_study")]
)
async def test_only_a_study_can_be_decided_on(
    house: House, desk: httpx.AsyncClient, doubtful: Case, record_id: str, action: str
) -> None:
    before = len(await house.rows(schema.inbox))
    answer = await desk.post(
        f"/desk/cases/{doubtful.id}/studies/{record_id}", data={"action": action}
    )
    assert answer.status_code == 404
    assert len(await house.rows(schema.inbox)) == before


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("en", "Asia/Shanghai", "Nov 25, 2026, 07:30 GMT+08:00"),
        ("zh-Hans", "Asia/Shanghai", "2026年11月25日 07:30 GMT+08:00"),
        ("ru", "UTC", "24 нояб. 2026 г., 23:30 UTC"),
    ],
)
def test_a_moment_is_as_the_clock_of_the_office_shows_it(
    locale: str, zone: str, shown: str
) -> None:
    at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    said = DeskView(LANGUAGES, CATALOG, locale, ZoneInfo(zone)).time(at)
    assert said.replace("\xa0", " ") == shown
