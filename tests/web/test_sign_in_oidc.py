"""Signing in by an organisation's provider: what holds lets a coordinator in, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.coordinators import add
from bot.store import schema
from tests.doubles.oidc import CLIENT, SECRET, ProviderDouble, provider_double
from tests.web.conftest import House, browser


@pytest.fixture
async def provider(house: House) -> AsyncIterator[ProviderDouble]:
    """The provider of a house whose desk knows Li Wei by an address."""
    async with provider_double() as double:
        house.settings = house.settings.model_copy(
            update={
                "oidc_issuer": double.url,
                "oidc_client_id": CLIENT,
                "oidc_client_secret": SecretStr(SECRET),
                "oidc_name": "Clinic login",
                "public_url": "http://test",
            }
        )
        # The provider's clock is the machine's.
        house.clock.now = datetime.fromtimestamp(time.time(), UTC)
        double.claims = {"email": "Li@clinic.example", "email_verified": True}
        await add(
            house.db, name="Li Wei", roles=["coordinator"], email="li@clinic.example",
            telegram_id=None, now=house.clock().timestamp(),
        )  # fmt: skip
        yield double


async def walk(client: httpx.AsyncClient) -> httpx.Response:
    """From the desk to the provider and back, as a browser goes."""
    go = await client.get("/desk/sign-in/oidc")
    assert go.status_code == 303, go.text
    async with httpx.AsyncClient() as outside:
        sent_back = await outside.get(go.headers["location"])
    return await client.get(sent_back.headers["location"])


async def test_whom_the_provider_vouches_for_is_let_in(
    house: House, provider: ProviderDouble
) -> None:
    async with browser(house) as client:
        assert "Sign in with Clinic login" in (await client.get("/desk/sign-in")).text
        assert (await walk(client)).headers["location"] == "/desk"
        page = await client.get("/desk")
        assert page.status_code == 200
        assert "Li Wei" in page.text


async def test_an_account_stays_the_same_when_its_address_changes(
    house: House, provider: ProviderDouble
) -> None:
    """And whoever gets the old address is somebody else."""
    async with browser(house) as client:
        await walk(client)
    provider.claims = {"email": "married@clinic.example", "email_verified": True}
    async with browser(house) as client:
        assert (await walk(client)).headers["location"] == "/desk"
    provider.claims = {
        "sub": "another", "email": "li@clinic.example", "email_verified": True,
    }  # fmt: skip
    async with browser(house) as client:
        assert (await walk(client)).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "li@clinic.example"},
        {"email": "li@clinic.example", "email_verified": False},
        {"email": "li@clinic.example", "email_verified": "true"},
        {"email": "eve@clinic.example", "email_verified": True},
        {},
    ],
)
async def test_only_a_verified_address_of_a_coordinator_lets_in(
    house: House, provider: ProviderDouble, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    async with browser(house) as client:
        refused = await walk(client)
        assert refused.status_code == 403
        assert "not on the list" in refused.text
        assert (await client.get("/desk")).status_code == 303


@pytest.mark.parametrize(
    "faults",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["another client"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        # In 2001: over.
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    house: House, provider: ProviderDouble, faults: dict[str, Any]
) -> None:
    provider.faults = faults
    async with browser(house) as client:
        assert (await walk(client)).status_code == 502
        assert (await client.get("/desk")).status_code == 303
    assert provider.tokens == 1


async def test_a_token_of_another_key_or_of_none_lets_nobody_in(
    house: House, provider: ProviderDouble
) -> None:
    async with browser(house) as client:
        provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        assert (await walk(client)).status_code == 502
        provider.signs_with, provider.algorithm = None, "none"
        assert (await walk(client)).status_code == 502
        provider.algorithm = "RS256"
        assert (await walk(client)).status_code == 303


async def test_a_provider_that_calls_itself_otherwise_is_not_used(
    house: House, provider: ProviderDouble
) -> None:
    provider.calls_itself = "https://evil.example"
    async with browser(house) as client:
        assert (await client.get("/desk/sign-in/oidc")).status_code == 502


async def test_who_says_no_at_the_provider_is_told_so(
    house: House, provider: ProviderDouble
) -> None:
    provider.refuses = True
    async with browser(house) as client:
        assert (await walk(client)).status_code == 502


async def test_a_way_back_belongs_to_one_browser_and_works_once(
    house: House, provider: ProviderDouble
) -> None:
    """Or somebody could be signed in as somebody else by a link."""
    async with browser(house) as mine, browser(house) as thief:
        go = await mine.get("/desk/sign-in/oidc")
        async with httpx.AsyncClient() as outside:
            back = (await outside.get(go.headers["location"])).headers["location"]
        assert (await thief.get(back)).status_code == 502
        assert (await mine.get(back)).headers["location"] == "/desk"
        assert (await mine.get(back)).status_code == 502
    stored = repr(await house.rows(schema.oidc_login))
    assert go.cookies["desk_state"] not in stored


async def test_without_a_provider_there_is_no_such_way(house: House) -> None:
    async with browser(house) as client:
        assert "oidc" not in (await client.get("/desk/sign-in")).text
        assert (await client.get("/desk/sign-in/oidc/back")).status_code == 404
