"""A coordinator's own way in: a link to their Telegram or e-mail, a second factor, and out again."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot import logs, totp
from bot.coordinators import add, follow_setting, link, remove, reset
from bot.jobs import sign_in as job
from bot.jobs.queue import Job, Later, Permanent
from bot.settings import Settings
from bot.store import audit, coordinators, schema
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.web.conftest import House, browser

# Apprise's mail encryption asks for imghdr, which Python 3.13 no longer has; it is at ease without it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

WEI = "Li Wei"


@pytest.fixture
async def telegram(house: House) -> AsyncIterator[TelegramDouble]:
    """Telegram, and a coordinator who is known there and by an address."""
    async with telegram_double() as double:
        house.settings = Settings.model_validate(
            {
                "data_dir": house.settings.data_dir,
                "telegram_token": TOKEN,
                "telegram_api_url": double.url,
                "public_url": "http://test",
            }
        )
        await known(house, WEI, "coordinator", telegram_id="4711", email="Li@clinic.example")
        yield double


async def known(house: House, name: str, *roles: str, **ways: str) -> str:
    """Let somebody in; their id."""
    person = await add(
        house.db, name=name, roles=roles, email=ways.get("email"),
        telegram_id=ways.get("telegram_id"), now=house.clock().timestamp(),
    )  # fmt: skip
    return person.id


async def asks(house: House, words: str) -> httpx.Response:
    async with browser(house) as client:
        return await client.post("/desk/sign-in", data={"who": words})


async def work(house: House) -> int:
    """Do the jobs that wait; how many there were."""
    jobs = await house.queue.claim(("sign_in",), 10)
    for one in jobs:
        await job.run(house, one)  # type: ignore[arg-type]  # What of the program it needs is there.
        await house.queue.settle(one)
    return len(jobs)


def link_in(text: str) -> str:
    found = re.search(r"http://test(/desk/sign-in/[\w-]{43})", text)
    assert found is not None
    return found[1]


async def own_link(house: House, name: str = WEI) -> str:
    made = await link(house.db, name, "", house.clock().timestamp())
    assert made is not None
    return made


async def on_record(house: House) -> list[tuple[str, str]]:
    rows = await house.db.read(lambda tx: audit.trail(tx, ""))
    return [(row.actor, row.action) for row in rows]


# ---- asking for a link -------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["4711", " li WEI", "li@CLINIC.example"])
async def test_a_coordinator_is_sent_a_link_to_their_own_telegram(
    house: House, telegram: TelegramDouble, words: str
) -> None:
    assert (await asks(house, words)).status_code == 200
    assert await work(house) == 1
    (sent,) = telegram.sent
    assert str(sent["chat_id"]) == "4711"
    async with browser(house) as client:
        path = link_in(sent["text"])
        assert WEI in (await client.get(path)).text
        assert (await client.post(path, data={"name": "Eve"})).headers["location"] == "/desk"
        assert WEI in (await client.get("/desk")).text
        assert (await client.post(path)).status_code == 410


async def test_the_page_says_the_same_to_everybody(house: House, telegram: TelegramDouble) -> None:
    """Who is known here is nobody's business; and who isn't is written nowhere."""
    known_answer, other = await asks(house, WEI), await asks(house, "eve@evil.example")
    assert known_answer.status_code == other.status_code == 200
    assert known_answer.text == other.text
    assert dict(known_answer.headers) == dict(other.headers)
    assert await work(house) == 1
    assert "evil" not in repr([await house.rows(t) for t in (schema.audit, schema.job)])


async def test_whoever_asks_on_and_on_is_sent_three_links(
    house: House, telegram: TelegramDouble
) -> None:
    for _ in range(6):
        await asks(house, WEI)
        await work(house)
    assert len(telegram.sent) == 3
    house.clock.move(timedelta(minutes=16))
    await asks(house, WEI)
    assert await work(house) == 1


async def test_a_link_that_was_asked_for_works_for_a_quarter_of_an_hour(
    house: House, telegram: TelegramDouble
) -> None:
    await asks(house, WEI)
    await work(house)
    house.clock.move(timedelta(minutes=16))
    async with browser(house) as client:
        assert (await client.post(link_in(telegram.sent[0]["text"]))).status_code == 410


async def test_no_row_holds_a_link(house: House, telegram: TelegramDouble) -> None:
    await asks(house, WEI)
    jobs = repr(await house.rows(schema.job))
    await work(house)
    token = link_in(telegram.sent[0]["text"]).rpartition("/")[2]
    assert token not in jobs + repr(await house.rows(schema.sign_in))
    assert "4711" not in jobs


async def test_a_link_goes_by_mail_to_one_person_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever else the server of NOTIFY_URLS writes to gets no link."""
    # smtplib greets by the machine's name, which it looks up in the network.
    monkeypatch.setattr("socket.getfqdn", lambda *_: "desk.localhost")
    sent = asyncio.get_running_loop().create_future()

    async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told: list[str] = []
        writer.write(b"220 double\r\n")
        data = False
        while line := (await reader.readline()).decode():
            told.append(line)
            word = line[:4].upper().strip()
            if data:
                data = line != ".\r\n"
                writer.write(b"" if data else b"250 taken\r\n")
            elif word == "DATA":
                data = True
                writer.write(b"354 go on\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        sent.set_result("".join(told))
        writer.close()

    server = await asyncio.start_server(smtp, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"mailto://127.0.0.1:{port}/all@clinic.example?from=desk@clinic.example&cc=boss@clinic.example"
    house.settings = Settings.model_validate(
        {"data_dir": house.settings.data_dir, "notify_urls": url, "public_url": "http://test"}
    )
    await known(house, WEI, "coordinator", email="li@clinic.example")
    await asks(house, "li@clinic.example")
    assert await work(house) == 1
    words = await asyncio.wait_for(sent, 10)
    assert re.findall(r"RCPT TO:<([^>]+)>", words, re.IGNORECASE) == ["li@clinic.example"]
    assert "desk@clinic.example" in words
    assert "boss@" not in words
    server.close()


async def test_a_failure_is_tried_again_and_says_what_to_set(
    house: House, telegram: TelegramDouble
) -> None:
    from tests.doubles.telegram import Fault

    log = io.StringIO()
    logs.set_up(stream=log)
    telegram.faults.append(Fault(method="sendMessage", code=403, description="Forbidden"))
    person = await house.db.read(lambda tx: coordinators.known_as(tx, WEI))
    assert person is not None
    args: dict[str, Any] = {"coordinator": person.id}
    with pytest.raises((Later, Permanent)):
        await job.run(
            house,  # type: ignore[arg-type]  # What of the program it needs is there.
            Job(id=1, kind="sign_in", args=args, attempt=1, lease="x"),
        )
    said = log.getvalue()
    assert "they must have written to the bot once" in said
    assert "NOTIFY_URLS" in said
    assert "4711" not in said


# ---- who is on the list ------------------------------------------------------------------------


async def test_whoever_is_removed_is_out_at_once(house: House) -> None:
    """Also where they are signed in, and by a link that lies about."""
    await known(house, WEI, "coordinator")
    lying = await own_link(house)
    async with browser(house) as client:
        await client.post(await own_link(house))
        assert (await client.get("/desk")).status_code == 200
        assert await remove(house.db, WEI, house.clock().timestamp())
        assert (await client.get("/desk")).status_code == 303
        assert (await client.post(lying)).status_code == 410


async def test_a_change_of_roles_counts_at_once(house: House) -> None:
    await known(house, WEI, "coordinator")
    async with browser(house) as client:
        await client.post(await own_link(house))
        assert (await client.get("/desk/people")).status_code == 403
        await known(house, WEI, "lead")
        assert (await client.get("/desk/people")).status_code == 200


async def test_the_setting_says_who_works_here(house: House) -> None:
    """Who is taken out of it is out; who was added on the command line stays."""
    await known(house, "Ana", "translator")
    now = house.clock().timestamp()
    setting = "Li Wei <li@clinic.example> lead, translator; Омар tg:4711"
    await follow_setting(house.db, setting, now)
    await follow_setting(house.db, setting, now)
    found = await house.db.read(coordinators.everybody)
    assert {one.name: set(one.roles) for one in found} == {
        "Ana": {"translator"}, "Li Wei": {"lead", "translator"}, "Омар": {"coordinator"},
    }  # fmt: skip
    await follow_setting(house.db, "", now)
    assert [one.name for one in await house.db.read(coordinators.everybody)] == ["Ana"]


async def test_the_setting_may_give_somebody_another_name_or_an_address_to_somebody_else(
    house: House,
) -> None:
    now = house.clock().timestamp()
    for setting in (
        "Ana <ana@clinic.example>; Li <li@clinic.example> tg:4711",
        "Ana Maria <ana@clinic.example>; Li <li@clinic.example> tg:4711",
        "Ana Maria <li@clinic.example> tg:4711; Li <ana@clinic.example>",
    ):
        await follow_setting(house.db, setting, now)
    found = {one.name: one for one in await house.db.read(coordinators.everybody)}
    assert set(found) == {"Ana Maria", "Li"}
    assert (found["Ana Maria"].email, found["Ana Maria"].telegram_id) == (
        "li@clinic.example", "4711",
    )  # fmt: skip


@pytest.mark.parametrize("setting", ["<li@clinic.example>", "Li; li", "tg:1 lead", "Li@x lead"])
def test_a_setting_that_can_not_be_read_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="coordinators"):
        Settings.model_validate({"coordinators": setting})


async def test_nobody_shares_an_address_or_a_number(house: House) -> None:
    await known(house, WEI, "coordinator", email="li@clinic.example", telegram_id="4711")
    for ways in ({"email": "LI@clinic.example"}, {"telegram_id": "4711"}):
        with pytest.raises(ValueError, match="Li Wei has this"):
            await known(house, "Eve", "lead", **ways)


# ---- the second factor -------------------------------------------------------------------------


def code_of(house: House, secret: str) -> str:
    return totp.code_at(secret, int(house.clock().timestamp()) // totp.STEP_SECONDS)


async def with_second(house: House) -> tuple[str, list[str]]:
    """Turn it on for Li Wei, as they do it; the key and the recovery codes."""
    await known(house, WEI, "coordinator")
    async with browser(house) as client:
        await client.post(await own_link(house))
        page = (await client.get("/desk/account")).text
        found = re.search(r'<code dir="ltr">([A-Z2-7 ]+)</code>', page)
        assert found is not None
        secret = found[1].replace(" ", "")
        wrong = await client.post("/desk/account/second", data={"code": "000000"})
        assert wrong.status_code == 422
        page = (
            await client.post("/desk/account/second", data={"code": code_of(house, secret)})
        ).text
        codes = re.findall(r'<code dir="ltr">([\w-]{14})</code>', page)
        assert len(codes) == 8
        await client.post("/desk/sign-out")
    house.clock.move(timedelta(minutes=1))
    return secret, codes


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(time: int, code: str) -> None:
    """RFC 6238, appendix B; of its eight digits an app shows the last six."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, time // 30) == code[-6:]


async def test_with_a_second_factor_a_link_alone_opens_nothing(house: House) -> None:
    secret, _codes = await with_second(house)
    async with browser(house) as client:
        response = await client.post(await own_link(house))
        assert response.headers["location"] == "/desk/sign-in/code"
        assert (await client.get("/desk")).status_code == 303
        assert (await client.get("/desk/account")).status_code == 303
        before = client.cookies["desk"]
        code = code_of(house, secret)
        response = await client.post("/desk/sign-in/code", data={"code": f" {code[:3]} {code[3:]}"})
        assert response.headers["location"] == "/desk"
        assert (await client.get("/desk")).status_code == 200
        assert client.cookies["desk"] != before
    async with browser(house) as thief:
        await thief.post(await own_link(house))
        again = await thief.post("/desk/sign-in/code", data={"code": code})
        assert again.status_code == 422, "a code was taken twice"


async def test_five_wrong_codes_take_the_session_away(house: House) -> None:
    secret, _codes = await with_second(house)
    async with browser(house) as client:
        await client.post(await own_link(house))
        for _ in range(4):
            wrong = await client.post("/desk/sign-in/code", data={"code": "000000"})
            assert wrong.status_code == 422
        assert (await client.post("/desk/sign-in/code", data={"code": "0"})).status_code == 410
        right = await client.post("/desk/sign-in/code", data={"code": code_of(house, secret)})
        assert right.headers["location"] == "/desk/sign-in"
    assert ("coordinator Li Wei", "wrong_code") in await on_record(house)


async def test_a_recovery_code_works_once(house: House) -> None:
    _secret, codes = await with_second(house)
    for expected in (303, 422):
        async with browser(house) as client:
            await client.post(await own_link(house))
            answer = await client.post("/desk/sign-in/code", data={"code": codes[0].upper()})
            assert answer.status_code == expected
    stored = repr(await house.rows(schema.recovery_code))
    assert not any(code.replace("-", "") in stored for code in codes)


async def test_a_lost_second_factor_is_forgotten_by_the_operator(house: House) -> None:
    await with_second(house)
    assert await reset(house.db, WEI, house.clock().timestamp())
    async with browser(house) as client:
        assert (await client.post(await own_link(house))).headers["location"] == "/desk"


async def test_a_desk_can_ask_everybody_for_a_second_factor(house: House) -> None:
    """It is set before anything else is seen."""
    house.settings = house.settings.model_copy(update={"desk_second_factor": "required"})
    await known(house, WEI, "coordinator")
    async with browser(house) as client:
        await client.post(await own_link(house))
        assert (await client.get("/desk")).headers["location"] == "/desk/account"
        page = (await client.get("/desk/account")).text
        secret = re.findall(r'<code dir="ltr">([A-Z2-7 ]+)</code>', page)[0].replace(" ", "")
        await client.post("/desk/account/second", data={"code": code_of(house, secret)})
        assert (await client.get("/desk")).status_code == 200


# ---- sessions ----------------------------------------------------------------------------------


async def test_sessions_are_listed_and_can_be_ended(house: House) -> None:
    """One's own, and by a lead anybody's; not a stranger's by who does not lead."""
    await known(house, WEI, "coordinator")
    await known(house, "Ana", "lead")
    async with (
        browser(house, **{"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}) as phone,
        browser(house) as desk,
        browser(house) as lead,
    ):
        await phone.post(await own_link(house))
        await desk.post(await own_link(house))
        await lead.post(await own_link(house, "Ana"))
        assert "Firefox, Linux" in (await desk.get("/desk/account")).text
        assert "Ana" not in (await desk.get("/desk/account")).text
        sessions = {row.token_hash: row.id for row in await house.rows(schema.desk_session)}
        anas = next(r.id for r in await house.rows(schema.desk_session) if r.name == "Ana")
        await desk.post("/desk/account/sessions", data={"session": anas})
        assert (await lead.get("/desk")).status_code == 200
        await desk.post("/desk/account/sessions", data={"session": "others"})
        assert (await phone.get("/desk")).status_code == 303
        assert (await desk.get("/desk")).status_code == 200
        for session_id in sessions.values():
            if session_id != anas:
                await lead.post("/desk/people/sessions", data={"session": session_id})
        assert (await desk.get("/desk")).status_code == 303
    assert ("coordinator Ana", "ended_session") in await on_record(house)


async def test_coming_and_going_is_on_record(house: House) -> None:
    await known(house, WEI, "coordinator")
    async with browser(house) as client:
        await client.post(await own_link(house))
        await client.post("/desk/sign-out")
    assert await on_record(house) == [
        ("operator", "coordinator.added"),
        ("operator", "coordinator.link_made"),
        ("coordinator Li Wei", "signed_in"),
        ("coordinator Li Wei", "signed_out"),
    ]
