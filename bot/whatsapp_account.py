"""The account at Twilio, from the settings; what is missing is said in the settings' own names."""

from __future__ import annotations

import re

from bot.channels.whatsapp import Account
from bot.settings import Settings

#: Where Twilio posts what patients write, and what became of what they were written.
HOOK, STATUS_HOOK = "/hooks/whatsapp", "/hooks/whatsapp/status"


def whatsapp_account(settings: Settings) -> Account | None:
    """The account, or None where WhatsApp isn't set up. Raises ValueError where it is half set up."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    if not (sid or token or settings.whatsapp_from):
        return None
    needed = {
        "TWILIO_ACCOUNT_SID": sid,
        "TWILIO_AUTH_TOKEN": token,
        "WHATSAPP_FROM": settings.whatsapp_from,
        # Twilio signs the address that it calls, so that it must be known here.
        "PUBLIC_URL": settings.public_url,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ValueError(f"WhatsApp needs {', '.join(missing)} to be set as well")
    return Account(
        sid=sid,
        token=token,
        sender=_sender(settings.whatsapp_from),
        api_url=settings.twilio_api_url.rstrip("/"),
        status_url=settings.public_url.rstrip("/") + STATUS_HOOK,
        health=settings.whatsapp_health_details == "chat",
    )


def _sender(given: str) -> str:
    plain = given.strip().removeprefix("whatsapp:")
    if re.fullmatch(r"MG[0-9a-fA-F]{32}", plain):
        return plain
    digits = re.sub(r"[\s()-]", "", plain)
    if not re.fullmatch(r"\+\d{6,15}", digits):
        raise ValueError(
            "WHATSAPP_FROM must be a number with its country code, +14155550100, "
            "or the id of a messaging service, MG and 32 signs"
        )
    return f"whatsapp:{digits}"
