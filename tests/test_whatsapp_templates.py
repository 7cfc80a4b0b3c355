"""The command that lays down WhatsApp's templates at Twilio, and what it says."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import StartError
from bot.channels.whatsapp_templates import news_name, wanted
from bot.paths import load_languages
from bot.settings import Settings
from bot.whatsapp_command import templates
from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, TwilioDouble, twilio_double


def settings(twilio: TwilioDouble, **changed: str) -> Settings:
    given: dict[str, Any] = {
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "whatsapp_from": SENDER,
        "public_url": PUBLIC,
        "twilio_api_url": twilio.url,
        **changed,
    }
    return Settings(**given)


async def test_what_is_missing_is_said_then_created_and_then_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    languages = load_languages()
    needed = wanted(languages, languages.offered)
    async with twilio_double() as twilio:
        assert await templates(settings(twilio), create=False) == 2
        assert f"missing   {needed[0].name}" in capsys.readouterr().out
        assert twilio.contents == []

        # Created, and WhatsApp is asked for what it must approve.
        assert await templates(settings(twilio), create=True) == 2
        assert {one["friendly_name"] for one in twilio.contents} == {one.name for one in needed}
        asked = [approval["name"] for approval in twilio.approvals.values()]
        assert sorted(asked) == sorted(news_name(locale) for locale in languages.offered)
        assert "received  " in capsys.readouterr().out

        for approval in twilio.approvals.values():
            approval["status"] = "approved"
        made = len(twilio.contents)
        assert await templates(settings(twilio), create=True) == 0
        assert await templates(settings(twilio), create=False) == 0
        assert len(twilio.contents) == made
        assert f"{made} of {made} templates are ready." in capsys.readouterr().out

        ((_, laid_down),) = twilio.contents[0]["types"].items()
        laid_down["body"] = "Other words"
        assert await templates(settings(twilio), create=True) == 2
        assert "differs" in capsys.readouterr().out


async def test_what_the_operator_can_mend_is_one_sentence(tmp_path: Path) -> None:
    async with twilio_double() as twilio:
        with pytest.raises(StartError, match="TWILIO_AUTH_TOKEN"):
            await templates(settings(twilio, twilio_auth_token="other"), create=False)
        with pytest.raises(StartError, match="WhatsApp needs PUBLIC_URL"):
            await templates(settings(twilio, public_url=""), create=False)
        with pytest.raises(StartError, match="WhatsApp is not set up"):
            await templates(Settings(), create=False)
