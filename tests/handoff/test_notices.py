"""Notices: they say little, reach everybody, and fail aloud."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.handoff.notices import (
    NoticeFailed,
    UnknownDestination,
    destinations,
    notice_text,
    send,
)
from bot.i18n import Catalogs
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from tests.handoff.cases import arabic, russian

# Apprise's mail encryption asks for imghdr, which Python 3.13 no longer has; it is at ease without it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "123456:AAF-secret-token"


@dataclass
class Wire:
    """A Bot API server and a web hook, as they answer over HTTP."""

    url: str = ""
    port: int = 0
    answer: tuple[int, dict[str, Any]] = (200, {"ok": True, "result": {}})
    telegram: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    hook: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    telegram_api_url: str = ""
    telegram_token: SecretStr = field(default_factory=lambda: SecretStr(""))
    coordinator_chat_id: str = ""
    notify_urls: SecretStr = field(default_factory=lambda: SecretStr(""))
    escalation_urls: SecretStr = field(default_factory=lambda: SecretStr(""))


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    known = Wire()

    async def bot_api(request: web.Request) -> web.Response:
        known.telegram.append((request.path, await request.json()))
        status, body = known.answer
        return web.json_response(body, status=status)

    async def hook(request: web.Request) -> web.Response:
        known.hook.append(await request.json())
        return web.Response(status=500 if request.path == "/broken" else 200)

    async def cut(request: web.Request) -> web.Response:
        await request.read()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def gateway(_request: web.Request) -> web.Response:
        return web.Response(status=504, text="<h1>Gateway Time-out</h1>")

    app = web.Application()
    app.router.add_post("/cut/{rest:.*}", cut)
    app.router.add_post("/gateway/{rest:.*}", gateway)
    app.router.add_post("/bot{token}/{method}", bot_api)
    app.router.add_post("/{name:hook|broken}", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    known.port = runner.addresses[0][1]
    known.url = f"http://127.0.0.1:{known.port}"
    yield known
    await runner.cleanup()


def settings(wire: Wire, *urls: str, chat: str = "-1001") -> Settings:
    return Settings(
        telegram_api_url=wire.url,
        telegram_token=SecretStr(TOKEN),
        coordinator_chat_id=chat,
        notify_urls=SecretStr(" ".join(urls)),
    )


def test_a_notice_says_which_case_and_how_far_and_nothing_of_the_patient(
    languages: Catalogs, catalog: Catalog
) -> None:
    """It crosses networks that nobody here controls."""
    case = arabic()
    text = notice_text(case.id, "submitted", checklist_for(case, catalog), languages, locale="en")
    lines = text.splitlines()
    assert lines[0] == "Case 7KQ4-M2XR"
    checklist = checklist_for(case, catalog)
    assert f"Answered: {checklist.completeness} %" in text
    assert f"Here in full: {checklist.here} of {checklist.wanted}" in text
    assert "Pathology" in text
    assert "Only reports of scans came, no DICOM images" in text
    for private in ("OMAR", "HADDAD", "1974", "ألم", "L4", "البنسلين", "JO"):
        assert private not in text


@pytest.mark.parametrize(
    "reason", ["submitted", "updated", "human", "emergency", "delivery_failed", "erased"]
)
def test_every_reason_has_words(reason: Any, languages: Catalogs, catalog: Catalog) -> None:
    """After an erasure only the number is left to be said."""
    known = checklist_for(russian(), catalog)
    text = notice_text("7KQ4-M2XR", reason, known, languages, locale="en", address="http://x/")
    assert text.startswith("Case 7KQ4-M2XR\n")
    assert ("Answered" in text) == (reason != "erased")
    assert text.endswith("http://x/")


def test_a_destinations_id_is_stable_and_tells_nothing(wire: Wire) -> None:
    """It may stand in a job's arguments; the address may not."""
    known = settings(wire, "json://user:pass@127.0.0.1/x, mailto://a:b@c.de", "json://127.0.0.1/x")
    found = destinations(known)
    assert [place.kind for place in found] == ["telegram", "apprise", "apprise", "apprise"]
    assert found == destinations(known)
    assert all(len(place.id) == 12 and place.id.isalnum() for place in found)
    assert len({place.id for place in found}) == 4
    assert destinations(Settings(coordinator_chat_id="-1")) == ()


async def test_a_notice_reaches_telegram_and_every_apprise_address(wire: Wire) -> None:
    """One after the other, each by its own id."""
    known = settings(wire, f"json://127.0.0.1:{wire.port}/hook")
    for place in destinations(known):
        await send(place.id, "Case 7KQ4-M2XR\nAnswered: 40 %", settings=known)
    ((path, body),) = wire.telegram
    assert path == f"/bot{TOKEN}/sendMessage"
    assert (body["chat_id"], body["text"]) == ("-1001", "Case 7KQ4-M2XR\nAnswered: 40 %")
    (hook,) = wire.hook
    assert (hook["title"], hook["message"]) == ("Case 7KQ4-M2XR", "Answered: 40 %")


async def test_a_destination_that_fails_holds_up_no_other(wire: Wire) -> None:
    """Each is sent to on its own, and its failure is its own."""
    known = settings(
        wire,
        f"json://127.0.0.1:{wire.port}/broken",
        "json://127.0.0.1:1/nobody",
        "nonsense",
        f"json://127.0.0.1:{wire.port}/hook",
    )
    wire.answer = (403, {"ok": False, "description": "Forbidden: bot was kicked"})
    failed = []
    for place in destinations(known):
        try:
            await send(place.id, "Case\nx", settings=known)
        except NoticeFailed as error:
            failed.append(str(error))
    assert len(failed) == 4
    assert "COORDINATOR_CHAT_ID" in failed[0]
    assert wire.hook[-1]["message"] == "x"


async def test_a_pause_that_telegram_asks_for_is_passed_on(wire: Wire) -> None:
    """The job waits as long as it is told to."""
    wire.answer = (
        429,
        {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 7}},
    )
    known = settings(wire)
    with pytest.raises(NoticeFailed) as failure:
        await send(destinations(known)[0].id, "x", settings=known)
    assert failure.value.retry_after == 7.0


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense"])
async def test_a_failure_never_tells_the_token(wire: Wire, url: str) -> None:
    """Neither in its words nor in its causes, which end in logs and in the job's row."""
    known = Settings(
        telegram_api_url=url, telegram_token=SecretStr(TOKEN), coordinator_chat_id="-1"
    )
    with pytest.raises(NoticeFailed) as failure:
        await send(destinations(known)[0].id, "x", settings=known)
    assert TOKEN not in repr(failure.value)
    assert failure.value.__cause__ is None


async def test_a_destination_that_was_taken_out_of_the_settings_is_known_as_such(
    wire: Wire,
) -> None:
    """A job that waited for it need not be tried again."""
    with pytest.raises(UnknownDestination):
        await send("000000000000", "x", settings=settings(wire))


@pytest.mark.parametrize(
    ("trouble", "maybe"),
    [
        ("nobody listens", False),
        ("cut off after the request", True),
        ("no JSON from a gateway", True),
        ("refused", False),
    ],
)
async def test_a_notice_that_may_have_arrived_is_told_from_one_that_never_left(
    wire: Wire, trouble: str, maybe: bool
) -> None:
    """The first is marked when it is sent again, so that nobody takes it for a second one."""
    known = settings(wire)
    if trouble == "refused":
        wire.answer = (403, {"ok": False, "description": "Forbidden"})
    else:
        url = "http://127.0.0.1:1"
        if trouble != "nobody listens":
            url = f"{wire.url}/{'cut' if trouble.startswith('cut') else 'gateway'}"
        known = replace(known, telegram_api_url=url)
    with pytest.raises(NoticeFailed) as failure:
        await send(destinations(known)[0].id, "x", settings=known)
    assert failure.value.maybe_arrived is maybe


async def test_an_apprise_address_that_did_not_take_it_may_have_shown_it(wire: Wire) -> None:
    """Apprise says no more than that it failed."""
    known = settings(wire, f"json://127.0.0.1:{wire.port}/broken", "nonsense", chat="")
    found = []
    for place in destinations(known):
        with pytest.raises(NoticeFailed) as failure:
            await send(place.id, "x", settings=known)
        found.append(failure.value.maybe_arrived)
    assert found == [True, False]


async def test_what_telegram_says_is_cut_and_holds_no_token(wire: Wire) -> None:
    """It goes to the operator's log."""
    wire.answer = (400, {"ok": False, "description": f"Bad: {TOKEN}\n" + "x" * 500})
    known = settings(wire)
    with pytest.raises(NoticeFailed) as failure:
        await send(destinations(known)[0].id, "x", settings=known)
    assert TOKEN not in str(failure.value)
    assert len(str(failure.value)) < 200
    assert "\n" not in str(failure.value)
