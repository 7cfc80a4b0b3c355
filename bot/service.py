"""The service as the operator has set it, for the conversation."""

from __future__ import annotations

from bot.intake.machine_reading import can_read_scans
from bot.settings import Settings
from handlers.service import Service


def service_of(settings: Settings) -> Service:
    """What patients are told and asked of it; whether a machine reads scans is looked up once."""
    return Service(
        country=settings.specialist_country,
        translates=bool(settings.translate_url),
        reads=can_read_scans(),
        after_closing=settings.erase_closed_after_days,
        of_silence=settings.erase_silent_after_days,
    )
