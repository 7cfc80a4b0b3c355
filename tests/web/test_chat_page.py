"""The chat page: who it belongs to, what it shows, and that what is sent is kept once."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.jobs.lease_table import LeaseTable
from bot.store import schema
from bot.tokens import token_hash
from tests.web.conftest import House, begin, browser, cookie_in, said


async def inbox(house: House) -> list[dict[str, object]]:
    return [json.loads(row.raw) for row in await house.rows(schema.inbox)]


def cookie_of(response: httpx.Response) -> str:
    return response.headers.get_list("set-cookie")[0]


GREETING = "I am an automated assistant"


async def test_a_visit_alone_leaves_nothing_behind(house: House, client: httpx.AsyncClient) -> None:
    """Crawlers and link previews read the greeting too, and are no patients."""
    for _ in range(2):
        page = await client.get("/chat")
        assert page.status_code == 200
        assert GREETING in page.text
        assert '<button name="choice" value="language:en:1"' in page.text
    assert [await house.rows(table) for table in (schema.inbox, schema.session)] == [[], []]


async def test_the_first_message_opens_the_chat_with_the_greeting(
    house: House, client: httpx.AsyncClient
) -> None:
    """What the page has greeted with stands at the head of the transcript, once."""
    await client.get("/chat")
    for text in ("Hello there", "Are you there?"):
        await client.post("/send", files={"text": (None, text)})
    assert [(row["opened"], row["text"]) for row in await inbox(house)] == [
        (True, ""), (False, "Hello there"), (False, "Are you there?"),
    ]  # fmt: skip
    await house.answer(said("Welcome"))
    page = (await client.get("/chat")).text
    assert "Welcome" in page
    assert GREETING not in page


async def test_a_chat_that_has_not_answered_yet_greets(
    house: House, client: httpx.AsyncClient
) -> None:
    """The page is never empty, however slow the first answer is."""
    await begin(house, client)
    assert GREETING in (await client.get("/chat")).text


async def test_asking_only_for_headers_opens_nothing(
    house: House, client: httpx.AsyncClient
) -> None:
    """A monitor that sends HEAD is no patient."""
    response = await client.head("/chat")
    assert response.status_code == 200
    assert "set-cookie" not in response.headers
    assert await inbox(house) == []


@pytest.mark.parametrize("claimed", [False, True])
async def test_a_page_without_scripts_waits_for_the_receipt_of_its_files(
    house: House, client: httpx.AsyncClient, claimed: bool
) -> None:
    """Between the last file's reading and the receipt nothing but a timer knows that it comes."""
    await begin(house, client)
    case = await house.answer(said("Welcome"))
    assert 'http-equiv="refresh"' not in (await client.get("/chat")).text
    queue = LeaseTable(house.db, house.clock)
    chat = (await house.rows(schema.session))[0].id
    args = {"session": chat, "name": "receipt", "timer": f"{chat}:receipt:0"}
    key, soon = f"timer:{chat}:receipt:0", house.clock() + timedelta(seconds=1)
    await house.db.write(
        lambda tx: queue.add(tx, "timer", args, key=key, run_at=soon, case_id=case.id)
    )
    if claimed:
        house.clock.move(timedelta(seconds=1))
        assert await queue.claim(["timer"], 1)
    assert 'http-equiv="refresh"' in (await client.get("/chat")).text


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: httpx.AsyncClient,
) -> None:
    """HttpOnly, SameSite=Lax, a year; Secure only where the site is on https."""
    cookies = (await client.get("/chat")).headers.get_list("set-cookie")
    for cookie in cookies:
        assert re.search(r"; HttpOnly; Max-Age=31536000; Path=/[a-z]+; SameSite=lax$", cookie)


async def test_a_chat_by_a_cookie_of_before_is_kept_and_confined(
    house: House, client: httpx.AsyncClient
) -> None:
    """It was for every address; whoever has it loses nothing, wherever they come in."""
    await begin(house, client)
    await house.answer(said("A first word"))
    token = cookie_in(client)
    for path in ("/", "/chat", "/send"):
        async with browser(house) as old:
            # As the jar calls a host without a dot.
            old.cookies.set("chat", token, domain="test.local", path="/")
            if path == "/send":
                await old.post(path, files={"text": (None, "Hello"), "key": (None, "k" * 32)})
            else:
                await old.get(path)
            assert "/" not in {cookie.path for cookie in old.cookies.jar}
            assert cookie_in(old) == token
            assert "A first word" in (await old.get("/chat")).text


async def test_the_first_address_leads_to_the_chat_and_opens_none(
    house: House, client: httpx.AsyncClient
) -> None:
    led = await client.get("/")
    assert (led.status_code, led.headers["location"]) == (303, "/chat")
    assert "set-cookie" not in led.headers


async def test_the_cookie_is_secure_where_the_site_is_on_https(house: House) -> None:
    """A cookie that came over https never leaves over http."""
    house.settings = house.settings.model_copy(update={"public_url": "https://chat.example.org"})
    async with browser(house) as client:
        assert "; Secure" in cookie_of(await client.get("/chat"))


async def test_the_token_itself_is_not_stored(
    house: House, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Whoever reads the database can't become a patient."""
    await begin(house, client)
    token = cookie_in(client)
    await house.db.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert token.encode() not in stored
    # Nor is its hash, by which the page finds the chat: that is sealed, and hashed once more.
    assert token_hash(token).encode() not in stored


async def test_a_cookie_that_could_be_guessed_is_not_taken(client: httpx.AsyncClient) -> None:
    """Only tokens of our own length name a chat."""
    client.cookies.set("chat", "1", domain="test")
    assert "chat=" in cookie_of(await client.get("/chat"))


async def test_a_message_sent_twice_with_one_key_is_one(
    house: House, client: httpx.AsyncClient
) -> None:
    """After a lost answer the page sends again, and the patient has still said it once."""
    await begin(house, client)
    form = {"key": "a1b2c3d4e5", "text": "It hurts"}
    for _ in range(3):
        response = await client.post(
            "/send",
            files={k: (None, v) for k, v in form.items()},
            headers={"accept": "application/json"},
        )
        assert response.json() == {"received": True}
    assert [row["text"] for row in await inbox(house)] == ["", "It hurts"]
    assert (await client.get("/sent", params={"key": "a1b2c3d4e5"})).status_code == 200
    assert (await client.get("/sent", params={"key": "another-key"})).status_code == 404


async def test_a_key_belongs_to_its_own_chat(house: House, client: httpx.AsyncClient) -> None:
    """Nobody can shut out another patient's message by using its key first."""
    form = {"key": (None, "a1b2c3d4e5"), "text": (None, "Mine")}
    async with browser(house) as other:
        for visitor in (client, other):
            await visitor.post("/send", files=form, headers={"accept": "application/json"})
    assert [row["text"] for row in await inbox(house)] == ["", "Mine", "", "Mine"]


async def test_without_scripts_a_post_leads_back_to_the_page(
    house: House, client: httpx.AsyncClient
) -> None:
    """The plain form: post, redirect, whole transcript."""
    await begin(house, client)
    response = await client.post("/send", files={"text": (None, "Hello there")})
    assert (response.status_code, response.headers["location"]) == (303, "/chat#newest")
    await house.answer(said("Welcome"))
    await house.answer(said("What hurts?", expects="text"))
    page = (await client.get("/chat")).text
    assert page.index("Welcome") < page.index("Hello there") < page.index("What hurts?")


async def test_an_empty_form_is_nothing(house: House, client: httpx.AsyncClient) -> None:
    """Send pressed on an empty field is no message."""
    await begin(house, client)
    await client.post("/send", files={"text": (None, "  "), "key": (None, "a1b2c3d4e5")})
    assert len(await inbox(house)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_site_cannot_send(
    house: House, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """A form elsewhere that posts here, with the patient's cookie or without, is refused."""
    await begin(house, client)
    response = await client.post("/send", files={"text": (None, "x")}, headers=headers)
    assert response.status_code == 403
    assert "<html" in response.text
    assert len(await inbox(house)) == 1


async def test_behind_a_proxy_the_public_address_is_ours(house: House) -> None:
    """The proxy may ask us by another name than the patient asked it."""
    house.settings = house.settings.model_copy(update={"public_url": "https://chat.example.org"})
    async with browser(house, origin="https://chat.example.org") as client:
        assert (await client.post("/send", files={"text": (None, "x")})).status_code == 303


async def test_a_pressed_button_is_shown_by_its_label(
    house: House, client: httpx.AsyncClient
) -> None:
    """The transcript says what the patient saw, never an id."""
    await begin(house, client)
    await house.answer(said("May we?", ("yes", "Yes, I agree"), ("no", "No")))
    page = (await client.get("/chat")).text
    assert '<button name="choice" value="consent:yes:3" lang="en">Yes, I agree</button>' in page
    await client.post("/send", files={"choice": (None, "consent:yes:3")})
    await house.answer(said("Thank you", expects="text"))
    page = (await client.get("/chat")).text
    assert re.search(r'<li class="you"[^>]*>.*?<div[^>]*>Yes, I agree</div>', page)
    assert "consent:yes:3" not in page


async def test_the_menu_is_shown_in_words(house: House, client: httpx.AsyncClient) -> None:
    """A command is a word of the menu to the patient."""
    await begin(house, client)
    await house.answer()
    await client.post("/send", files={"text": (None, "/human")})
    await house.answer(said("A person will answer."))
    page = (await client.get("/chat")).text
    assert re.search(
        r'<li class="you".*?<div class="words" dir="auto">Talk to a person</div>', page
    )


async def test_the_emergency_button_is_there_once_and_always(
    house: House, client: httpx.AsyncClient
) -> None:
    """It is in the head of the page, not repeated at each question."""
    first = (await client.get("/chat")).text
    await begin(house, client)
    await house.answer(said("May we?", ("yes", "Yes"), ("emergency", "🆘 Emergency")))
    second = (await client.get("/chat")).text
    for page in (first, second):
        assert page.count('value="emergency:help:0"') == 1
        assert 'type="file" name="files" multiple' in page
        assert '<textarea id="text" name="text"' in page
    assert "consent:emergency:3" not in second


async def test_words_are_never_markup(house: House, client: httpx.AsyncClient) -> None:
    """Neither the patient's, nor a coordinator's, nor a file's name."""
    await begin(house, client)
    await house.answer()
    bad = "<script>alert(1)</script>"
    await client.post("/send", files={"text": (None, bad)})
    await house.answer(said(bad, human=bad))
    page = (await client.get("/chat")).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3


async def test_a_person_is_marked_as_one(house: House, client: httpx.AsyncClient) -> None:
    """A patient always sees whether a person or the assistant writes."""
    await begin(house, client)
    await house.answer(said("I have called the hospital.", human="Li Wei"))
    page = (await client.get("/chat")).text
    assert re.search(r'<li class="person"[^>]*><p class="who">From a person: \W*Li Wei', page)


async def test_addresses_of_ours_can_be_followed_and_those_of_others_cannot(
    house: House, client: httpx.AsyncClient
) -> None:
    """Only what we say ourselves becomes a link, without the full stop behind it."""
    await begin(house, client)
    await house.answer()
    await client.post("/send", files={"text": (None, "see https://other.example/")})
    await house.answer(said("Go to https://ours.example/a?b=1. Then come back."))
    page = (await client.get("/chat")).text
    assert '<a href="https://ours.example/a?b=1" rel="noopener noreferrer">' in page
    assert 'href="https://other.example' not in page


async def test_an_emergency_number_is_one_tap_away(house: House, client: httpx.AsyncClient) -> None:
    """In the emergency's own words and in the head: elsewhere a number is a number."""
    await begin(house, client)
    urgent = replace(said("Please call 112 now."), step="emergency")
    await house.answer(said("Born in 1961."), urgent)
    page = (await client.get("/chat")).text
    assert '<a href="tel:112" rel="noopener noreferrer">112</a> now.' in page
    assert page.count("tel:") == 2


@pytest.mark.parametrize(
    ("accepted", "lang", "direction"),
    [
        ("ar-EG,ar;q=0.9,en;q=0.5", "ar", "rtl"),
        ("zh-CN", "zh-Hans", "ltr"),
        ("de;q=1, ru;q=0.8", "ru", "ltr"),
        ("tlh", "en", "ltr"),
        ("", "en", "ltr"),
        ("en;q=nonsense, ru;q=0.1", "ru", "ltr"),
    ],
)
async def test_the_page_speaks_the_browsers_language_at_first(
    house: House, client: httpx.AsyncClient, accepted: str, lang: str, direction: str
) -> None:
    """Until a language is chosen, and in the direction in which it is read."""
    page = await client.get("/chat", headers={"accept-language": accepted})
    assert f'<html lang="{lang}" dir="{direction}">' in page.text
    await client.post("/send", files={"text": (None, "x")}, headers={"accept-language": accepted})
    hints = {row["locale_hint"] for row in await inbox(house)}
    assert hints == {lang if lang != "en" else ""}


async def test_the_page_follows_the_chosen_language(
    house: House, client: httpx.AsyncClient
) -> None:
    """What was chosen in the chat wins over what the browser says."""
    await begin(house, client)
    await house.answer(said("مرحبا", locale="ar"), locale="ar")
    page = await client.get("/chat", headers={"accept-language": "en"})
    assert '<html lang="ar" dir="rtl">' in page.text
    missing = await client.get("/chat/nowhere", headers={"accept-language": "en"})
    assert (missing.status_code, '<html lang="ar" dir="rtl">' in missing.text) == (404, True)


async def test_an_answer_that_was_not_sent_yet_holds_back_what_follows(
    house: House, client: httpx.AsyncClient
) -> None:
    """Who has seen a later message would never ask for the earlier one."""
    await begin(house, client)
    await house.answer(said("first"), send=False)
    await client.post("/send", files={"text": (None, "second")})
    case = await house.answer(said("third"), send=False)
    assert "second" not in (await client.get("/chat")).text
    chat = next(row for row in await house.rows(schema.session) if row.case_id == case.id)
    await house.send_all(chat.id, [said("first"), said("third")])
    page = (await client.get("/chat")).text
    assert page.index("first") < page.index("second") < page.index("third")


async def test_every_answer_carries_the_headers(house: House, client: httpx.AsyncClient) -> None:
    """Pages, files, redirects and errors alike."""
    for path in ("/", "/static/chat.js", "/desk", "/nowhere", "/healthz", "/sent"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert headers["x-robots-tag"].startswith("noindex")


async def test_a_page_holds_no_script_and_no_style_of_its_own(
    house: House, client: httpx.AsyncClient
) -> None:
    """The content policy would refuse them, and the page would be broken without a word."""
    await begin(house, client)
    await house.answer(said("May we?", ("yes", "Yes")))
    page = (await client.get("/chat")).text
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []


async def test_the_whole_page_weighs_little(house: House, client: httpx.AsyncClient) -> None:
    """A cheap phone on a slow network: under 60 kB in all, without compression."""
    page = (await client.get("/chat", headers={"accept-encoding": "identity"})).text
    weight = len(page.encode())
    for address in sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))):
        file = await client.get(address, headers={"accept-encoding": "identity"})
        assert "immutable" in file.headers["cache-control"]
        weight += len(file.content)
    assert weight < 60_000


async def test_an_error_of_ours_is_a_kind_page(house: House, client: httpx.AsyncClient) -> None:
    """No trace, no English where the browser asks for Russian, and the conversation one tap away."""
    await house.db.close()
    house.db = None  # type: ignore[assignment]
    response = await client.get("/chat", headers={"accept-language": "ru"})
    assert response.status_code == 500
    assert '<html lang="ru"' in response.text
    assert 'href="/chat"' in response.text
    assert "Traceback" not in response.text


async def test_the_page_stays_a_year_from_the_last_visit(
    house: House, client: httpx.AsyncClient
) -> None:
    """Who comes back every month is not forgotten after a year."""
    first = cookie_of(await client.get("/chat"))
    house.clock.move(timedelta(days=200))
    again = cookie_of(await client.get("/chat"))
    assert first == again
