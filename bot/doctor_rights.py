"""The doctor's look at what patients are asked and how long cases are kept."""

from __future__ import annotations

from bot.doctor_finding import Finding, Look


def look_at_rights(look: Look) -> tuple[Finding, ...]:
    """Whether it is said where cases go, and when they are erased."""
    settings = look.settings
    days = (settings.erase_closed_after_days, settings.erase_silent_after_days)
    kept = Finding(
        verdict="ok",
        what=f"Erasure: {days[0]} days after closing, {days[1]} days of silence",
    )
    if not all(days):
        do = (
            "Cases are kept for ever where the number is 0. Set ERASE_CLOSED_AFTER_DAYS and",
            "ERASE_SILENT_AFTER_DAYS as the law of your country and your policy say.",
        )
        kept = Finding(verdict="decide", what=kept.what, do=do)
    country = settings.specialist_country
    if country:
        return (Finding(verdict="ok", what=f"Consent: patients are asked about {country}"), kept)
    do = (
        "Where the specialist is in another country than patients, they must agree to that by",
        "itself: set SPECIALIST_COUNTRY to it, as CN. Until then nobody is asked.",
    )
    what = "Consent: nobody is asked whether a case may leave the country"
    return (Finding(verdict="decide", what=what, do=do), kept)
