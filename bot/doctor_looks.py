"""The doctor's checks that look at this machine and at the settings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bot.doctor_finding import Finding, Look
from bot.handoff.notices import destinations
from bot.intake.machine_reading import can_read_scans, missing_reading
from bot.intake.unpacking import missing_packages

_GB = 1_000_000_000
#: A disc is up to 4 GB, and needs room twice while it is read.
_LITTLE, _ENOUGH = 2 * _GB, 20 * _GB
#: Signatures, windows and links that end go wrong with a clock that does.
_SKEW_SECONDS = 60.0


def look_at_disk(look: Look) -> tuple[Finding, ...]:
    """Whether the data folder can be written to, and has room."""
    folder = look.settings.data_dir.resolve()
    there = _nearest(folder)
    if not os.access(there, os.W_OK):
        do = ("Set DATA_DIR to a folder that this user may write to.",)
        return (Finding(verdict="wrong", what=f"Data folder: {folder} can't be written", do=do),)
    free = shutil.disk_usage(there).free
    what = f"Data folder: {folder}, {free / _GB:.0f} GB free"
    if free < _LITTLE:
        do = ("Patients' files will be refused. Make room, or set DATA_DIR to a larger disk.",)
        return (Finding(verdict="wrong", what=what, do=do),)
    if free < _ENOUGH:
        do = ("One CD is up to 4 GB, and needs room twice while it is read.",)
        return (Finding(verdict="decide", what=what, do=do),)
    return (Finding(verdict="ok", what=what),)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def look_at_programs() -> tuple[Finding, ...]:
    """Whether every kind of archive can be opened."""
    missing = missing_packages()
    if not missing:
        return (Finding(verdict="ok", what="Archives: all kinds can be opened"),)
    names = ", ".join(missing)
    do = (f"To open patients' 7z, RAR and tar files, install: {names}",)
    return (Finding(verdict="decide", what="Archives: some kinds can't be opened", do=do),)


def look_at_scans() -> tuple[Finding, ...]:
    """Whether a machine reads scans without text, so that they are found by their words."""
    missing = missing_reading()
    if not missing:
        return (Finding(verdict="ok", what="Scans: tesseract reads them, for the desk's search"),)
    do = (
        "Optional. With tesseract, coordinators find a scanned letter by its words, and see what",
        f"it may be about; nothing else changes. To have it, install: {', '.join(missing)}",
    )
    what = "Scans: not every language offered is read by a machine"
    if not can_read_scans():
        what = "Scans: no machine reads them"
    return (Finding(verdict="ok", what=what, do=do),)


def look_at_clock(look: Look) -> tuple[Finding, ...]:
    """Whether this machine's clock is right, by those that were asked."""
    if not look.skews:
        what = "Clock: nobody could be asked for the time"
        return (Finding(verdict="unasked", what=what),)
    skew = min(look.skews, key=abs)
    if abs(skew) > _SKEW_SECONDS:
        way = "fast" if skew > 0 else "slow"
        do = ("Let the machine set its clock by itself (NTP): links and windows end by it.",)
        what = f"Clock: this machine's is {abs(skew):.0f} seconds {way}"
        return (Finding(verdict="wrong", what=what, do=do),)
    return (Finding(verdict="ok", what="Clock: right"),)


# ---- WhatsApp ----------------------------------------------------------------------------------


def look_at_whatsapp(look: Look) -> tuple[Finding, ...]:
    """Whether the settings are whole, and what is to be done in Twilio's Console."""
    twilio = look.twilio
    if not twilio.any_given:
        do = ("To have it: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, WHATSAPP_FROM, PUBLIC_URL.",)
        return (Finding(verdict="ok", what="WhatsApp: off, no Twilio account is set", do=do),)
    if twilio.missing:
        do = (f"Set {', '.join(twilio.missing)} as well, or none of them.",)
        return (Finding(verdict="wrong", what="WhatsApp: the settings are not whole", do=do),)
    found = []
    if not twilio.sender:
        do = ("Set WHATSAPP_FROM to a number like +14155550123, or to a messaging service, MG….",)
        found.append(Finding(verdict="wrong", what="WhatsApp: the sender is not a sender's", do=do))
    return (*found, *_in_the_console(look))


def _in_the_console(look: Look) -> tuple[Finding, ...]:
    base = look.settings.public_url.rstrip("/") or "https://YOUR-ADDRESS"
    hooks = (
        "In the Twilio Console, at the WhatsApp sender, enter these as POST:",
        f"  a message comes in:        {base}{MESSAGES_PATH}",
        f"  fallback for it:           {base}{MESSAGES_PATH}",
        f"  status callback:           {base}{STATUS_PATH}",
    )
    media = (
        "In the Twilio Console, Settings, switch on “Enforce HTTP authentication on media URLs”.",
        "Without it whoever has the address of a patient's file can open it. Twilio's API can't",
        "tell whether it is on.",
    )
    templates = (
        "Run `second-opinion whatsapp-templates`, and wait until WhatsApp has approved them.",
        "Without them nobody can be told of news after 24 hours of silence.",
    )
    return (
        Finding(verdict="decide", what="WhatsApp: where Twilio sends messages", do=hooks),
        Finding(verdict="decide", what="WhatsApp: who can open what patients sent", do=media),
        Finding(verdict="decide", what="WhatsApp: the templates", do=templates),
    )


#: Where Twilio sends to; the routes are in bot/web.
MESSAGES_PATH, STATUS_PATH = "/hooks/whatsapp", "/hooks/whatsapp/status"


def look_at_health_details(look: Look) -> tuple[Finding, ...]:
    """What may be written on WhatsApp is a question of law, and so the operator's."""
    if not look.twilio.any_given:
        return ()
    chosen = look.settings.whatsapp_health_details
    where = {
        "link": "WhatsApp only leads to the private web page, where patients answer.",
        "chat": "Questions, answers, records and small pictures of scans go through WhatsApp.",
    }
    do = (
        f"Now: {where[chosen]}",
        "WhatsApp's rules forbid health information where the law asks for systems that meet",
        "heightened requirements; Meta signs no agreement for health data; WhatsApp was not on",
        "the list of what Twilio signs one for (HIPAA) as far as we could read it. Ask a lawyer.",
        "Set WHATSAPP_HEALTH_DETAILS to `link` (the default) or to `chat`.",
    )
    what = f"Health details on WhatsApp: WHATSAPP_HEALTH_DETAILS is `{chosen}`"
    if chosen == "link" and not look.settings.public_url:
        first = "With `link` patients go on at the web page: set PUBLIC_URL."
        return (Finding(verdict="wrong", what=what, do=(first, *do)),)
    return (Finding(verdict="decide", what=what, do=do),)


# ---- coordinators ------------------------------------------------------------------------------


def look_at_notices(look: Look) -> tuple[Finding, ...]:
    """Whether anybody is told of a case."""
    settings = look.settings
    told = destinations(settings)
    found = []
    if settings.coordinator_chat_id and not settings.telegram_token.get_secret_value():
        do = ("Set TELEGRAM_TOKEN too, or take COORDINATOR_CHAT_ID away.",)
        what = "Coordinators: COORDINATOR_CHAT_ID is set, but there is no bot to write there"
        found.append(Finding(verdict="wrong", what=what, do=do))
    if told:
        ways = ", ".join(sorted({one.kind for one in told}))
        what = f"Coordinators: told of cases by {ways} ({len(told)})"
        return (*found, Finding(verdict="ok", what=what))
    why = (
        "Nobody is told when a patient hands over a case, asks for a person or is in danger;",
        "somebody must look at the desk. Set COORDINATOR_CHAT_ID, or NOTIFY_URLS (e-mail and others).",
    )
    return (*found, Finding(verdict="decide", what="Coordinators: told by no way", do=why))
