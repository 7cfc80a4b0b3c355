"""Nothing of a patient is seen outside: the whole program is run with marked data, and all is searched."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bot.intake.machine_reading import can_read_scans
from bot.whatsapp_account import HOOK
from tests import locked, synthetic
from tests.doubles.receiver import SECRET, receiving
from tests.doubles.telegram import TOKEN as TELEGRAM_TOKEN
from tests.doubles.telegram import TelegramDouble, telegram_double
from tests.doubles.twilio import PUBLIC, TwilioDouble, twilio_double
from tests.doubles.twilio import TOKEN as TWILIO_TOKEN
from tests.marked import Marks, Outside, notice_board, watched_browser, watched_processes
from tests.ports import own_port
from tests.running import Running
from tests.synthetic import Person
from tests.web.conftest import cookie_in
from tests.web.sender import Sender
from tests.whatsapp import on_whatsapp

COORDINATOR = 9001
ZOYA = Person(name="MARKOVSKAYA^ZOYA", patient_id="PIDMARK-80", birth_date="19800412")

WORDS = {
    "name": "Markovskaya",
    "Telegram's first name": "Firstmarkina",
    "Telegram's last name": "Lastmarkina",
    "Telegram's handle": "handlemark_77",
    "Telegram's number of the patient": "7700123456",
    "name on WhatsApp": "Profilmarkov",
    "number on WhatsApp": "15557778889",
    "illness": "glioblastomark",
    "word on WhatsApp": "knee-mark-word",
    "word on Telegram": "头痛标记词",
    "medicine": "Markformin",
    "question": "questionmarked",
    "file name": "Scan_of_Filemark",
    "file name on Telegram": "снимок_меткин",
    "file name on WhatsApp": "wafilemark",
    "name in an archive": "memberfilemark",
    "hospital's number": "PIDMARK-80",
    "page of a report": "Impressionmark",
    "password": "Passmark-4711",
    "words of a coordinator": "messagemarked",
    "what was searched for": "searchmarked",
    "token of Telegram": TELEGRAM_TOKEN,
    "token of Twilio": TWILIO_TOKEN,
    "secret of webhooks": SECRET.removeprefix("whsec_"),
}

#: What is led to by an address that is the permission itself; it is exchanged for a cookie at once, or
#: lives for an hour.
BY_ADDRESS = ("private link", "sign-in link", "address of a download")


def disc() -> bytes:
    study = replace(synthetic.mr_study(person=ZOYA), date="20260412")
    return synthetic.disc(study)


def report() -> bytes:
    lines = ("MRI of the brain", "Date of examination: 12 April 2026", WORDS["page of a report"])
    return synthetic.pdf(lines)


def broken() -> bytes:
    """An archive that ends in the middle; its members have telling names."""
    name = WORDS["name in an archive"]
    whole = synthetic.zipped({f"{name}/{n}.dcm": bytes([n]) * 4000 for n in range(9)})
    return whole[: len(whole) // 2]


async def until(true: Callable[[], Awaitable[Any]], *, within: float = 30.0) -> Any:
    async with asyncio.timeout(within):
        while not (found := await true()):
            await asyncio.sleep(0.05)
        return found


@dataclass(kw_only=True)
class Visitor:
    """A patient on the web page, without scripts."""

    client: httpx.AsyncClient

    async def page(self) -> str:
        """The page, once nothing is on its way."""

        async def settled() -> str:
            text = (await self.client.get("/chat")).text
            return text if 'data-busy=""' in text else ""

        return str(await until(settled))

    async def press(self, choice: str) -> None:
        """Press a button of the last prompt, when it is there."""

        async def shown() -> str:
            found = re.findall(rf'value="([a-z_]+:{choice}:\d+)"', await self.page())
            return found[-1] if found else ""

        try:
            await self.send({"choice": await until(shown)})
        except TimeoutError:
            there = re.findall(r'value="([a-z_]+:[\w-]+:\d+)"', await self.page())
            raise AssertionError(f"no {choice} among {there}") from None

    async def send(self, form: dict[str, str], *files: tuple[str, bytes]) -> None:
        parts: list[Any] = [(name, (None, value)) for name, value in form.items()]
        parts += [("files", (name, body)) for name, body in files]
        answer = await self.client.post("/send", files=parts)
        assert answer.status_code == 200, answer.text
        await self.page()

    async def say(self, text: str) -> None:
        await self.send({"text": text})

    async def walks(self, link: Callable[[], Awaitable[None]]) -> None:
        """The whole way to a case that is handed over."""
        w = WORDS
        for choice in ("en", "yes", "patient"):
            await self.press(choice)
        for words in (f"Zoya {w['name']}", "12 April 1980", "Kazakhstan", f"I have {w['illness']}"):
            await self.say(words)
        for choice in ("brain_spine", "stroke", "remote", "have"):
            await self.press(choice)
        await self.send({}, (f"{w['file name']}.zip", disc()), (f"{w['file name']}.pdf", report()))
        await self.send({}, (f"{w['file name']}.broken.zip", broken()))
        await link()
        for choice in ("done", "none", "skip", "skip"):
            await self.press(choice)
        await self.say(
            f"{w['medicine']} 500 mg, twice a day, since March 2022\nAspirin 100 mg since 2021"
        )
        await self.press("none")
        await self.say(f"March 2023 - first {w['illness']}\n2024 a tumor was found")
        await self.press("yes")
        await self.say(f"Is it {w['question']}?\nIs there another treatment?")
        await self.press("ru")
        if can_read_scans():
            await self.press("yes-machine_reading")
        await self.press("yes")


async def on_telegram(telegram: TelegramDouble) -> None:
    """A patient there: words, a file that breaks off, a message that Telegram refuses."""
    w, person = WORDS, int(WORDS["Telegram's number of the patient"])
    sender = {
        "id": person,
        "is_bot": False,
        "first_name": w["Telegram's first name"],
        "last_name": w["Telegram's last name"],
        "username": w["Telegram's handle"],
        "language_code": "en",
    }
    names = {key: sender[key] for key in ("id", "first_name", "last_name", "username")}
    known = {"chat": {"type": "private", **names}, "from": sender, "date": 1}

    async def does(**what: Any) -> None:
        before = len([one for one in telegram.sent if one["chat_id"] == person])
        number = len(telegram.calls) + 1
        await telegram.push({"message": {**known, "message_id": number, **what}})
        await telegram.until(
            lambda: len([s for s in telegram.sent if s["chat_id"] == person]) > before, within=40
        )

    telegram.fail("sendMessage", 500, chat=person)
    for words in ("/start", "English", "yes", "me", w["name"], "12.04.1980", "Kazakhstan"):
        await does(text=words)
    quoted = f"Bad Request: {w['word on Telegram']}"
    telegram.fail("sendMessage", 400, description=quoted, chat=person)
    await telegram.push({"message": {**known, "message_id": 9000, "text": w["word on Telegram"]}})
    await telegram.until(lambda: not telegram.faults, within=40)
    name, body = f"{w['file name on Telegram']}.zip", broken()
    telegram.file("doc", body)
    telegram.fail("file", cut=True)
    document = {"file_id": "doc", "file_unique_id": "u", "file_name": name, "file_size": len(body)}
    await does(document=document, caption=w["word on Telegram"])
    contact = {"phone_number": w["number on WhatsApp"], "first_name": w["name"]}
    await does(contact=contact)


async def talked_on_whatsapp(twilio: TwilioDouble) -> None:
    """A patient there: words, a locked file, its password, and a webhook that nobody signed."""
    w = WORDS
    who: dict[str, Any] = {
        "sender": f"whatsapp:+{w['number on WhatsApp']}",
        "ProfileName": w["name on WhatsApp"],
        "WaId": w["number on WhatsApp"],
    }

    async def hears(form: dict[str, str]) -> None:
        before = len(twilio.sent)
        assert await twilio.post(form) == 204
        await twilio.until(lambda: len(twilio.sent) > before, within=30)

    twilio.fail("send", 429, code=20429)
    for words in ("hello", "English", "yes", "me", w["name"], "12 April 1980"):
        await hears(twilio.inbound(words, **who))
    shut = locked.zip_file(disc(), w["password"])
    twilio.fail("file", 503)
    await hears(twilio.inbound_file(shut, name=f"{w['file name on WhatsApp']}.zip", **who))
    await hears(twilio.inbound(w["password"], **who))
    await hears(twilio.inbound(w["word on WhatsApp"], **who))
    unsigned = twilio.inbound(w["word on WhatsApp"], **who)
    assert await twilio.post(unsigned, **{"X-Twilio-Signature": "no"}) == 403


async def at_the_desk(desk: httpx.AsyncClient, link: str, case_id: str) -> None:
    """A coordinator looks at everything that there is of the case, searches, and writes."""
    w = WORDS
    path = httpx.URL(link).path
    assert (await desk.post(path, data={"name": "Li Wei"})).status_code == 200
    assert case_id in (await desk.post("/desk", data={"q": w["name"]})).text
    await desk.post("/desk", data={"q": w["what was searched for"]})
    seen, ahead = set[str](), [f"/desk/cases/{case_id}", "/desk/people", "/desk/account"]
    while ahead:
        if (address := ahead.pop().partition("#")[0]) in seen:
            continue
        seen.add(address)
        page = await desk.get(address)
        if page.headers["content-type"].startswith("text/html"):
            assert page.status_code == 200, address
            led = re.findall(rf'(?:href|src)="(/desk/cases/{case_id}[^"]*)"', page.text)
            ahead += [one.replace("&amp;", "&") for one in led]
    assert any("package.zip" in address for address in seen)
    assert len(seen) > 10
    written = {"text": f"Dear Zoya {w['name']}, {w['words of a coordinator']}", "key": "0" * 16}
    answer = await desk.post(f"/desk/cases/{case_id}/message", data=written)
    assert answer.status_code == 200, answer.text


async def goes_astray(client: httpx.AsyncClient, desk: httpx.AsyncClient, case_id: str) -> None:
    """Addresses and forms that are wrong, each with something of the patient's in it."""
    for word in (WORDS["name"], WORDS["illness"]):
        for path in (
            "/",
            "/u/",
            "/j/",
            "/o/",
            "/l/",
            "/pictures/",
            "/desk/cases/",
            "/api/v1/cases/",
        ):
            for browser in (client, desk):
                await browser.get(f"{path}{word}?{word}={word}")
        for path in ("/send", "/upload/files", "/c", f"/desk/cases/{case_id}/message", HOOK):
            for browser in (client, desk):
                await browser.post(path, content=word)
                await browser.post(path, data={"text": word, "code": word, "key": word})
                kind = {"content-type": "multipart/form-data; boundary=b"}
                await browser.post(path, content=f"--b\r\n{word}\r\n\r\n{word}", headers=kind)
        await client.put("/send", content=word)


async def fails_at(program: Running, log: Path, visitor: Visitor) -> None:
    """The database refuses what a patient said, and says in its error what that was."""
    at = program.folder / "second-opinion.db"
    with closing(sqlite3.connect(at)) as rows:
        rows.execute(
            "CREATE TRIGGER planted BEFORE INSERT ON message "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS['illness']}'); END"
        )
        rows.commit()
    await visitor.client.post("/send", files={"text": (None, f"More {WORDS['illness']}")})
    await until(lambda: _says(log, "IntegrityError"))
    with closing(sqlite3.connect(at)) as rows:
        rows.execute("DROP TRIGGER planted")
        rows.commit()
    await visitor.page()


async def is_unreadable(
    program: Running, log: Path, visitor: Visitor, desk: Any, case: str
) -> None:
    """The row of the case is damaged: the turn fails, and so do the pages."""
    with closing(sqlite3.connect(program.folder / "second-opinion.db")) as rows:
        bad = f'{{"opened_at": "{WORDS["name"]}", "answers": "{WORDS["illness"]}"}}'
        rows.execute("UPDATE cases SET body = ?, version = version + 1 WHERE id = ?", (bad, case))
        rows.commit()
    before = log.read_text().count('"error": "Unreadable"')
    await visitor.client.post("/send", files={"text": (None, f"Still {WORDS['illness']}")})
    for address in ("/desk", f"/desk/cases/{case}", f"/desk/cases/{case}/transcript"):
        await desk.get(address)

    async def failed() -> bool:
        return log.read_text().count("Unreadable") > before

    await until(failed)


async def _says(log: Path, words: str) -> bool:
    return words in log.read_text()


@dataclass(kw_only=True)
class Stage:
    """The program among its doubles, watched."""

    program: Running
    telegram: TelegramDouble
    twilio: TwilioDouble
    outside: Outside
    marks: Marks
    metrics: str
    hospital: Any


async def stage(folder: Path, stack: AsyncExitStack) -> Stage:
    telegram = await stack.enter_async_context(telegram_double())
    twilio = await stack.enter_async_context(twilio_double())
    outside, marks, port = Outside(), Marks(words=dict(WORDS)), own_port()
    hospital = stack.enter_context(receiving(behave=lambda number: 503 if number % 3 == 1 else 204))
    temporary = folder / "tmp"
    temporary.mkdir()
    program = on_whatsapp(
        folder / "data",
        twilio,
        TELEGRAM_TOKEN=TELEGRAM_TOKEN,
        TELEGRAM_API_URL=telegram.url,
        COORDINATOR_CHAT_ID=str(COORDINATOR),
        NOTIFY_URLS=stack.enter_context(notice_board(outside)),
        WEBHOOK_URLS=hospital.url,
        WEBHOOK_SECRET=SECRET,
        METRICS_PORT=str(port),
        LOG_LEVEL="DEBUG",
        LOG_FORMAT="json",
        TMPDIR=str(temporary),
    )
    await program.start()
    stack.push_async_callback(program.kill)
    watched = watched_processes(program.pid, [folder / "data", temporary], outside)
    stack.enter_context(watched)
    return Stage(
        program=program, telegram=telegram, twilio=twilio, outside=outside, marks=marks,
        metrics=f"http://127.0.0.1:{port}", hospital=hospital,
    )  # fmt: skip


async def whole_run(on: Stage, browsers: tuple[httpx.AsyncClient, ...]) -> None:
    """Three patients, a coordinator, another system; then what goes wrong."""
    client, helper, desk, system = browsers
    visitor, log = Visitor(client=client), on.program.log
    printed = await until(lambda: _sign_in(log))
    on.marks.learn("sign-in link", printed.rpartition("/")[2])

    async def uploads() -> None:
        await visitor.say("/upload")
        token = re.findall(r"/u/([\w-]{16,})", await visitor.page())[-1]
        on.marks.learn("private link", token)
        assert (await helper.get(f"/u/{token}")).status_code == 200
        sender = Sender(helper)
        await sender.pick(files=1, size=400, folder=WORDS["file name"])
        path = await sender.begin(400, f"{WORDS['file name']}.dcm")
        assert (await sender.patch(path, b"x" * 400, 0)).status_code == 204
        await helper.post(f"/upload/batches/{sender.batch}/done")
        await visitor.page()

    await asyncio.gather(
        visitor.walks(uploads), on_telegram(on.telegram), talked_on_whatsapp(on.twilio)
    )
    on.marks.learn("cookie of the chat", cookie_in(client))
    on.marks.learn("cookie of an upload", cookie_in(helper, "upload"))
    rows = await system.get("/api/v1/cases")
    case_id = next(one["id"] for one in rows.json()["cases"] if one["status"] == "submitted")
    await at_the_desk(desk, printed, case_id)
    on.marks.learn("cookie of the desk", desk.cookies["desk"])
    fetched = await desk.get(f"/desk/cases/{case_id}/package.zip")
    assert fetched.content.startswith(b"PK")
    on.marks.learn("address of a download", fetched.url.path.removeprefix("/saved/"))
    for path in ("", "/records", "/package", "/nothing", f"/{WORDS['name']}"):
        await system.get(f"/api/v1/cases/{case_id}{path}")
    await goes_astray(client, desk, case_id)
    await fails_at(on.program, log, visitor)
    await is_unreadable(on.program, log, visitor, desk, case_id)


async def _sign_in(log: Path) -> str:
    found = re.search(r"\S+/desk/sign-in/[\w-]+", log.read_text())
    return found[0] if found else ""


def gather(on: Stage) -> None:
    """What the program wrote and told, beside what was noted on the way."""
    outside = on.outside
    for line in on.program.log.read_text().splitlines():
        # What it prints at its start leads the operator in, and is no log.
        if not line.startswith("  Coordinators:"):
            outside.note("log", line)
    told = [*on.telegram.sent, *on.telegram.edited]
    for sent in told:
        if sent.get("chat_id", COORDINATOR) == COORDINATOR:
            outside.note("notice", repr(sent))
    for event in on.hospital.heard:
        outside.note("event", repr(event))


async def browsers_of(on: Stage, stack: AsyncExitStack) -> AsyncIterator[httpx.AsyncClient]:
    token = (await on.program.command("api-tokens", "add", "hospital")).split()[-1]
    on.marks.learn("token of the API", token)
    for headers in ({}, {}, {}, {"authorization": f"Bearer {token}"}):
        client = watched_browser(on.program.url, PUBLIC, on.outside, **headers)
        yield await stack.enter_async_context(client)


async def test_a_whole_run_with_marked_data_leaves_no_mark_outside(tmp_path: Path) -> None:
    """In no log (DEBUG), notice, event, metric, error page, address, name of a file or process."""
    async with AsyncExitStack() as stack:
        on = await stage(tmp_path, stack)
        browsers = tuple([client async for client in browsers_of(on, stack)])
        await whole_run(on, browsers)
        async with httpx.AsyncClient() as watcher:
            for page in ("/metrics", "/readyz"):
                measured = await watcher.get(f"{on.metrics}{page}")
                on.outside.note("metric", measured.text)
                assert "default-src 'none'" in measured.headers["content-security-policy"]
    gather(on)
    places = {place for place, _what in on.outside.seen}
    assert places == {
        "address", "error page", "event", "file name", "log", "metric", "notice", "process",
    }  # fmt: skip
    assert on.outside.leaks(on.marks, {"address": BY_ADDRESS}) == []
    # It would have been found: what was planted did go wrong, and was logged.
    log = "\n".join(on.outside.at("log"))
    assert "IntegrityError" in log
    assert "Unreadable" in log
    assert len(on.outside.at("error page")) > 30


def test_a_mark_is_found_however_it_is_written() -> None:
    marks = Marks(words={"name": "Зоя Маркова"})
    for text in (
        "of Зоя Маркова.", "ЗОЯ МАРКОВА", r'"\u0417\u043e\u044f \u041c\u0430\u0440\u043a\u043e\u0432\u0430"',
        "?q=%D0%97%D0%BE%D1%8F+%D0%9C%D0%B0%D1%80%D0%BA%D0%BE%D0%B2%D0%B0", "0JfQvtGPINCc0LDRgNC60L7QstCw",
    ):  # fmt: skip
        assert marks.found_in(text) == {"name"}, text
    assert marks.found_in("Зоя Маркина") == set()
