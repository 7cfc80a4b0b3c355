"""Which machine translates: the one that is set up, or none."""

from __future__ import annotations

from bot.settings import Settings
from bot.translating.base import Translates


def translator_of(settings: Settings) -> Translates | None:
    """The machine of these settings; None where an operator has set up none, which is usual."""
    if not settings.translate_url:
        return None
    # Nobody else pays for its import.
    from bot.translating.libre import LibreTranslate

    return LibreTranslate(settings.translate_url, settings.translate_key.get_secret_value())
