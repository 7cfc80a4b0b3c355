"""Who comes too often is asked to wait, and no body is longer than it may be: all in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from bot.web.limits import LONG, RATES, SHORT, Counter, longest_body
from bot.web.site import site
from tests.web.asked import addresses_of
from tests.web.conftest import House

BIG = 300_000


@asynccontextmanager
async def somebody(app: Starlette, at: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(at, 1))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"origin": "http://test"}
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/u/secret", "links"),
        ("GET", "/o/secret", "links"),
        ("GET", "/l/secret", "links"),
        ("GET", "/j/secret", "links"),
        ("GET", "/c", "links"),
        ("GET", "/desk/sign-in/secret", "links"),
        ("POST", "/desk/sign-in", "sign-in"),
        ("POST", "/desk/sign-in/code", "sign-in"),
        ("POST", "/upload/batches", "uploads"),
    ],
)
async def test_who_tries_too_often_waits_and_nobody_else(
    house: House, method: str, path: str, name: str
) -> None:
    app, rate = site(house), next(one for one in RATES if one.name == name)
    async with somebody(app) as one, somebody(app, "192.0.2.2") as other:
        for _ in range(rate.per_minute):
            assert (await one.request(method, path)).status_code != 429
        late = await one.request(method, path, headers={"accept-language": "ru"})
        assert late.status_code == 429
        assert 0 < int(late.headers["retry-after"]) <= 60
        assert "default-src" in late.headers["content-security-policy"]
        # A patient's page is in the browser's language, the desk's in its own.
        assert ("минут" if not path.startswith("/desk") else "a minute") in late.text
        assert (await other.request(method, path)).status_code != 429
        # The chat is not slowed here: what is said waits in the inbox.
        for _ in range(rate.per_minute + 5):
            assert (await one.get("/sent")).status_code == 404


def test_a_minute_later_one_may_try_again_and_no_sender_is_remembered_for_ever() -> None:
    now = [0.0]
    counter = Counter(clock=lambda: now[0])
    rate = RATES[0]
    assert [counter.wait(rate, "a") for _ in range(rate.per_minute)] == [0.0] * rate.per_minute
    assert counter.wait(rate, "a") == 60.0
    now[0] = 60.0
    assert counter.wait(rate, "a") == 0.0
    for n in range(10_050):
        counter.wait(rate, str(n))
        now[0] += 1.0
    assert len(counter._seen) < 10_050


async def test_every_address_that_takes_a_body_has_a_limit_for_it(house: House) -> None:
    """Declared or not: a body without a length is counted while it comes."""
    app = site(house)
    # Files are limited where they are taken in: each by MAX_FILE_BYTES, all by the room there is.
    files = ("/send", "/upload/form", "/upload/files", "/upload/files/{id}")
    async with somebody(app) as client:
        for address in addresses_of(list(app.routes)):
            if address.method not in ("POST", "PATCH") or address.path in files:
                continue
            path = address.path.replace("{case_id}", "7KQ4-M2XR").replace(":int", "")
            for name in ("{record_id}", "{file_id}", "{action}", "{token}", "{code}", "{id}"):
                path = path.replace(name, "1")
            path = path.replace("{message}", "1").replace("{number}", "1")
            most = longest_body(path, house.settings.max_file_bytes)
            assert most <= max(LONG, house.settings.max_file_bytes + (1 << 20)), path
            taken = 0

            async def endless(most: int = most) -> AsyncIterator[bytes]:
                nonlocal taken
                while taken < 3 * most + (1 << 20):
                    taken += 1 << 16
                    yield bytes(1 << 16)

            answer = await client.request(address.method, path, content=endless())
            assert answer.status_code >= 300, path
            assert taken <= most + (1 << 17), (path, taken)


@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk", "/c", "/api/v1/cases"])
def test_a_short_form_stays_short(path: str) -> None:
    assert longest_body(path, 1 << 32) == SHORT


async def test_what_is_too_long_is_said_kindly_and_in_the_patients_language(house: House) -> None:
    async with somebody(site(house)) as client:
        form = {"who": "x" * BIG}
        answer = await client.post("/desk/sign-in", data=form)
        assert answer.status_code == 403
        kind = {"content-type": "application/x-www-form-urlencoded", "accept-language": "ar"}

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"x" * 10_000

        answer = await client.post("/j/code", content=chunks(), headers=kind)
        assert answer.status_code in (403, 413)
        assert 'dir="rtl"' in answer.text
