"""The account at Twilio, from the settings; what is missing is said in the settings' own names."""

from __future__ import annotations

from bot.channels.twilio_account import Account
from bot.settings import Settings

#: Where Twilio posts what patients write, and what became of what they were written.
HOOK, STATUS_HOOK = "/hooks/whatsapp", "/hooks/whatsapp/status"
#: Where it fetches the pictures that are sent.
PICTURES_HOOK = "/hooks/whatsapp/pictures"


def whatsapp_account(settings: Settings) -> Account | None:
    """The account, or None where WhatsApp isn't set up. Raises ValueError where it is half set up."""
    if not settings.any_given:
        return None
    # Twilio signs the address that it calls, so that it must be known here.
    missing = [*settings.missing, *["PUBLIC_URL"] * (not settings.public_url)]
    if missing:
        raise ValueError(f"WhatsApp needs {', '.join(missing)} to be set as well")
    if not settings.sender:
        raise ValueError(
            "WHATSAPP_FROM must be a number with its country code, +14155550100, "
            "or the id of a messaging service, MG and 32 signs"
        )
    public = settings.public_url.rstrip("/")
    return Account(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token.get_secret_value(),
        sender=settings.sender,
        api_url=settings.twilio_api_url.rstrip("/"),
        status_url=public + STATUS_HOOK,
        pictures_url=public + PICTURES_HOOK if shows_pictures(settings) else "",
        health=settings.whatsapp_health_details == "chat",
    )


def shows_pictures(settings: Settings) -> bool:
    """Whether pictures of records are sent there: they are health details, and cross a network."""
    public = settings.public_url.startswith("https://")
    return public and settings.whatsapp_health_details == "chat"
