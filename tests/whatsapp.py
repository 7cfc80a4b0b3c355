"""The real program on WhatsApp, as a process of its own, against the double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.whatsapp_templates import wanted
from bot.paths import load_languages
from bot.store.db import Database, Row
from bot.whatsapp_account import HOOK, STATUS_HOOK
from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, TwilioDouble
from tests.running import Running

__all__ = ["HOOK", "STATUS_HOOK", "on_whatsapp", "rows", "with_templates"]


def on_whatsapp(folder: Path, twilio: TwilioDouble, **settings: str) -> Running:
    """The program, yet to be started, and the double told where it listens."""
    program = Running(
        folder,
        TWILIO_ACCOUNT_SID=SID,
        TWILIO_AUTH_TOKEN=TOKEN,
        TWILIO_API_URL=twilio.url,
        WHATSAPP_FROM=SENDER,
        WHATSAPP_HEALTH_DETAILS="chat",
        PUBLIC_URL=PUBLIC,
        **settings,
    )
    twilio.program = program.url
    return program


def with_templates(twilio: TwilioDouble) -> None:
    """Let the templates be set up."""
    languages = load_languages()
    for template in wanted(languages, languages.offered):
        twilio.contents.append({"sid": twilio.sid("HX"), **template.body()})


async def rows(folder: Path, query: sa.Select[Any]) -> list[Row]:
    """What the program's store holds."""

    async def work(tx: AsyncConnection) -> list[Row]:
        return list(await tx.execute(query))

    async with await Database.open(folder / "second-opinion.db") as db:
        return await db.read(work)
