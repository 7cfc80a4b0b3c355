"""The doctor asks the provider what a sign-in asks, and says what to change where it can't work."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.doctor_finding import Finding, Look
from bot.doctor_oidc import ask_provider
from bot.settings import Settings, TwilioSettings
from tests.doubles.oidc import CLIENT, SECRET, ProviderDouble, provider_double


async def of_provider(
    folder: Path, double: ProviderDouble, public_url: str = "https://clinic.example"
) -> list[Finding]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        public_url=public_url,
        oidc_issuer=double.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
    )
    twilio = TwilioSettings(_env_file=None)  # type: ignore[call-arg]
    async with httpx.AsyncClient() as http:
        return list(await ask_provider(Look(settings=settings, twilio=twilio, http=http)))


async def test_a_provider_in_the_own_network_may_be_asked_at_the_host_that_was_set(
    tmp_path: Path,
) -> None:
    """The double is on this machine, as private as an address can be."""
    async with provider_double() as double:
        (found,) = await of_provider(tmp_path, double)
        assert found.verdict == "ok"
        assert "/desk/sign-in/oidc/back" in found.do[0]
        assert SECRET not in str(found)
        (found,) = await of_provider(tmp_path, double, public_url="")
        assert (found.verdict, "PUBLIC_URL" in found.do[0]) == ("wrong", True)


@pytest.mark.parametrize("behind", ["https://127.0.0.1:9", "https://localhost:9"])
async def test_a_back_channel_at_another_private_host_is_wrong_and_what_to_set_is_said(
    tmp_path: Path, behind: str
) -> None:
    async with provider_double() as double:
        double.behind = behind
        (found,) = await of_provider(tmp_path, double)
    assert found.verdict == "wrong"
    assert "private network" in found.what
    assert "OIDC_ISSUER" in found.do[0]
    assert "hostname-backchannel-dynamic" in " ".join(found.do)


async def test_a_provider_that_calls_itself_otherwise_or_is_not_there_is_wrong(
    tmp_path: Path,
) -> None:
    async with provider_double() as double:
        double.calls_itself = "https://another.example"
        (found,) = await of_provider(tmp_path, double)
        assert found.verdict == "wrong"
        assert "says another name" in found.what
    (found,) = await of_provider(tmp_path, ProviderDouble(url="http://127.0.0.1:9"))
    assert found.verdict == "wrong"
    assert "could not be asked" in found.what


async def test_without_a_provider_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert await of_provider(tmp_path, ProviderDouble(url="")) == []
