"""`second-opinion doctor`: what is set up, what the operator must decide, and what is wrong."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TextIO

import httpx

from bot.doctor_answers import look_at_answers
from bot.doctor_asks import ask_public_address, ask_telegram, ask_twilio
from bot.doctor_audit import look_at_audit
from bot.doctor_catalog import look_at_catalog
from bot.doctor_finding import Finding, Look
from bot.doctor_house import look_at_backups, look_at_permissions, look_at_secrets
from bot.doctor_keys import look_at_key, look_at_stored
from bot.doctor_looks import (
    look_at_clock,
    look_at_disk,
    look_at_health_details,
    look_at_notices,
    look_at_programs,
    look_at_scans,
    look_at_whatsapp,
)
from bot.doctor_oidc import ask_provider
from bot.doctor_rights import look_at_rights
from bot.doctor_scanner import look_at_scanner
from bot.doctor_sealing import look_at_files, look_at_sealing
from bot.doctor_webhooks import look_at_webhooks
from bot.settings import Settings, TwilioSettings

_SHORT = httpx.Timeout(5.0, connect=3.0)
_WIDTH = 9


def doctor(settings: Settings, twilio: TwilioSettings, *, out: TextIO = sys.stdout) -> int:
    """Print what was found; the exit code is 1 where something is wrong."""
    found = asyncio.run(examine(settings, twilio))
    for finding in found:
        print(f"{finding.verdict:<{_WIDTH}}{finding.what}", file=out)
        for line in finding.do:
            print(f"{'':<{_WIDTH}}{line}", file=out)
    wrong = sum(finding.verdict == "wrong" for finding in found)
    decide = sum(finding.verdict == "decide" for finding in found)
    print(f"\n{wrong} wrong, {decide} to decide", file=out)
    return 1 if wrong else 0


async def examine(settings: Settings, twilio: TwilioSettings) -> Sequence[Finding]:
    """Everything that was found, in the order in which an operator sets things up."""
    async with httpx.AsyncClient(timeout=_SHORT) as http:
        look = Look(settings=settings, twilio=twilio, http=http)
        public, telegram, whatsapp = await asyncio.gather(
            ask_public_address(look), ask_telegram(look), ask_twilio(look)
        )
        provider = await ask_provider(look)
        webhooks = await look_at_webhooks(look)
        trail = await look_at_audit(look)
        stored = await look_at_stored(look)
        sealing = await look_at_sealing(look)
        files = await look_at_files(look)
    return (
        *look_at_disk(look),
        *look_at_key(look),
        *stored,
        *sealing,
        *files,
        *look_at_permissions(look),
        *look_at_secrets(look),
        *look_at_backups(look),
        *look_at_programs(),
        *look_at_scans(),
        *look_at_scanner(look),
        *look_at_clock(look),
        *public,
        *telegram,
        *whatsapp,
        *look_at_whatsapp(look),
        *look_at_health_details(look),
        *provider,
        *look_at_notices(look),
        *look_at_answers(look),
        *look_at_rights(look),
        *look_at_catalog(look),
        *webhooks,
        *trail,
    )
