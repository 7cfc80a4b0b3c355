"""An erasure reaches copies that were made before it: with the keys of today nothing is read in them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.channels import plain, telegram_message, whatsapp_message
from bot.channels.whatsapp_inbox import take
from bot.jobs import retain
from bot.store import audit, audit_check, inbox, links, set_aside, uploads
from bot.store.blobs import new_blob_id
from bot.store.schema import case_key, contact, session
from bot.store.schema import inbox as inbox_table
from handlers import conversation
from handlers.codes import LETTERS
from handlers.service import Service
from handlers.updates import InboundMessage
from tests.engine import Engine, Wire, opened
from tests.marked import Marks
from tests.old_copies import OldCopy, copied, readable
from tests.postgres import database_of

pytestmark = pytest.mark.usefixtures("both")

TELEGRAM, NUMBER, WEB = "7700441122", "15550778899", "e7" * 32
DAY = 86400.0


def marks() -> Marks:
    """Words, numbers, names and bytes that stand nowhere else."""
    return Marks(
        words={
            "telegram id": TELEGRAM,
            "telegram name": "Zwiebelmark",
            "whatsapp number": NUMBER,
            "whatsapp name": "DE.QX77ZZ1234",
            "whatsapp profile": "Quastenflosser",
            "web address": WEB,
            "patient": "Quittenbaum",
            "patient of the page": "Sauerampfer",
            "words before joining": "Rohrdommel",
            "words set aside": "Wolkenkuckuck",
            "words of nobody": "Kaulquappe",
            "file name": "Rindenbild",
            "file": "Knollenfund",
            "name of the page's file": "Moosbefund",
            "the page's file": "Flechtenrest",
            "name on its way": "Scheibenwelt",
            "bytes on their way": "Halbscheibe",
        }
    )


class Telegram(Wire):
    """The far end of Telegram; what comes is in its own form."""

    def address(self, raw: Mapping[str, Any]) -> str:
        return telegram_message.address_of(raw)

    def parse(self, raw: Mapping[str, Any], received_at: datetime) -> InboundMessage | None:
        return telegram_message.parse(raw, received_at)


class WhatsApp(Wire):
    """The far end of WhatsApp."""

    def address(self, raw: Mapping[str, Any]) -> str:
        return whatsapp_message.address_of(raw)

    def parse(self, raw: Mapping[str, Any], received_at: datetime) -> InboundMessage | None:
        return whatsapp_message.parse(raw, received_at)


class Web(Wire):
    """The page."""

    def address(self, raw: Mapping[str, Any]) -> str:
        return plain.address_of(raw)

    def parse(self, raw: Mapping[str, Any], received_at: datetime) -> InboundMessage | None:
        return plain.parse_plain("web", raw, received_at)


def advance(session: Any, case: Any, update: Any, **more: Any) -> Any:
    """The real conversation, but for one word that it can't deal with."""
    if isinstance(update, InboundMessage) and "boom" in update.text:
        raise ZeroDivisionError
    return conversation.advance(session, case, update, **more)


@dataclass(kw_only=True)
class Chats:
    """Three people's chats, as their vendors tell of them."""

    engine: Engine
    folder: Path
    count: int = 0

    async def settle(self) -> None:
        for _ in range(2):
            await self.engine.settle()
        # A message that fails is tried again, and what was sent has its receipt.
        self.engine.clock.move(60)
        await self.engine.settle()

    async def telegram(self, text: str = "", **more: Any) -> str:
        self.count += 1
        who = {
            "id": int(TELEGRAM),
            "is_bot": False,
            "first_name": "Otto",
            "last_name": "Zwiebelmark",
        }
        body = {
            **{"message_id": self.count, "date": 1764000000, "from": who, "text": text, **more},
            "chat": {"id": int(TELEGRAM), "type": "private", "last_name": "Zwiebelmark"},
        }
        raw = {"update_id": self.count, "message": body}
        return await self._came("telegram", TELEGRAM, raw, str(self.count))

    async def web(self, text: str = "", files: tuple[plain.PlainFile, ...] = ()) -> str:
        self.count += 1
        own = f"{WEB[:16]}:{self.count}"
        raw = plain.raw_message(external_id=own, address=WEB, text=text, files=files)
        return await self._came("web", WEB, raw, own)

    async def _came(self, channel: str, address: str, raw: Mapping[str, Any], own: str) -> str:
        await inbox.add(
            self.engine.db, channel=channel, external_id=own, address=address, raw=raw,
            received_at=self.engine.clock(),
        )  # fmt: skip
        await self.settle()
        return self.said(channel)

    async def whatsapp(self, text: str) -> str:
        self.count += 1
        form = {
            **{"MessageSid": f"SM{self.count:032x}", "From": f"whatsapp:+{NUMBER}", "Body": text},
            **{"ProfileName": "Quastenflosser", "ExternalUserId": "DE.QX77ZZ1234"},
        }
        at = self.engine.clock()
        await self.engine.db.write(lambda tx: take(tx, form, at))
        await self.settle()
        return self.said("whatsapp")

    def said(self, channel: str) -> str:
        texts = self.engine.others[channel].texts()
        return texts[-1] if texts else ""

    async def copy(self, name: str) -> OldCopy:
        return copied(database_of(self.folder), self.folder, self.folder.parent / name)

    async def case_of(self, channel: str) -> str:
        (chat,) = await self.engine.rows(session, session.c.channel == channel)
        return str(chat.case_id)


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chats]:
    folder = tmp_path / "data"
    folder.mkdir()
    wires: dict[str, Wire] = {
        "telegram": Telegram(name="telegram"),
        "whatsapp": WhatsApp(name="whatsapp"),
        "web": Web(name="web"),
    }
    wires["telegram"].files["scan"] = b"%PDF-1.4 Knollenfund"
    service = Service(after_closing=90, of_silence=180)
    async with opened(folder, script=advance, others=wires, service=service) as engine:
        yield Chats(engine=engine, folder=folder)


async def begun(chats: Chats) -> None:
    """Two cases with files, one of them half-way, and a message that nobody could deal with."""
    for text in ("hello", "English", "yes", "I am the patient", "Melusine Quittenbaum"):
        await chats.telegram(text)
    await chats.telegram(
        document={"file_id": "scan", "file_unique_id": "u", "file_name": "Rindenbild.pdf"}
    )
    await chats.telegram("boom Wolkenkuckuck")
    for _ in range(6):
        await chats.settle()
    for text in ("hello", "English", "yes", "I am the patient", "Ida Sauerampfer"):
        await chats.web(text)
    case_id, blobs = await chats.case_of("web"), chats.engine.blobs
    blob = await blobs.put(once(b"%PDF-1.4 Flechtenrest"), case_id=case_id)
    file = plain.PlainFile(ref=blob.id, name="Moosbefund.pdf", size=blob.size)
    await chats.web(files=(file,))
    await half_uploaded(chats, case_id)
    for text in ("English", "yes", "Rohrdommel"):
        await chats.whatsapp(text)


async def once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def half_uploaded(chats: Chats, case_id: str) -> None:
    """A disc of which some has come by a private link."""
    (chat,) = await chats.engine.rows(session, session.c.channel == "web")
    now, own, batch = chats.engine.clock().timestamp(), new_blob_id(), new_blob_id()

    async def write(tx: Any) -> None:
        mine: dict[str, Any] = {"link_id": "l", "case_id": case_id, "now": now}
        await links.add(
            tx, **mine, token_hash="t", session_id=chat.id, name="", item=None, expires_at=now + DAY
        )
        await uploads.add_batch(tx, **mine, batch_id=batch, folder="Scheibenwelt", files=1, size=99)
        await uploads.add(
            tx,
            **mine,
            upload_id=own,
            batch_id=batch,
            name="Scheibenwelt/1",
            media_type="",
            length=99,
        )

    await chats.engine.db.write(write)
    partial = await chats.engine.partials.claim(own, case_id=case_id)
    await partial.add(b"Halbscheibe")
    await partial.keep()
    await partial.close()


async def unread(chats: Chats) -> None:
    """Twilio has told of something of this number that names no message."""
    raw = json.dumps({"WaId": NUMBER, "ProfileName": "Quastenflosser", "Body": "Kaulquappe"})
    at = chats.engine.clock().timestamp()
    await chats.engine.db.write(
        lambda tx: set_aside.keep_unread(tx, channel="whatsapp", raw=raw, reason="no id", at=at)
    )


async def joined(chats: Chats) -> None:
    """Whoever has the number joins the case of the chat on Telegram."""
    for text in ("/continue", "I will"):
        await chats.telegram(text)
    code = re.search(f"[{LETTERS}]{{4}} [{LETTERS}]{{4}}", chats.said("telegram"))
    assert code is not None
    for text in (code[0], "I am the patient", "yes"):
        await chats.whatsapp(text)
    assert await chats.case_of("whatsapp") == await chats.case_of("telegram")


async def erased(chats: Chats) -> None:
    for say in (chats.telegram, chats.web):
        await say("delete")
        await say("Yes, erase it all")


async def found_in(copy: OldCopy, chats: Chats) -> dict[str, str]:
    """Which marks can be read of a copy today, and where."""
    every = marks()
    read = await readable(copy, chats.engine.db)
    return {kind: place for place, words in read for kind in every.found_in(words)}


async def test_nothing_of_an_erased_case_is_read_in_copies_from_before(chats: Chats) -> None:
    """Neither in one from before a chat joined it, nor in one of just before the erasure."""
    await begun(chats)
    await unread(chats)
    apart = await chats.copy("before joining")
    await joined(chats)
    together = await chats.copy("after joining")
    for copy in (apart, together):
        assert set(await found_in(copy, chats)) == set(marks().words)
    await erased(chats)
    assert await found_in(apart, chats) == {}
    assert await found_in(together, chats) == {}


async def test_whoever_is_erased_is_written_to_until_the_chat_is_forgotten_in_every_copy(
    chats: Chats,
) -> None:
    """Where they are is sealed anew; a day later it goes, from what was copied since, too."""
    for text in ("hello", "English", "yes", "I am the patient", "Melusine Quittenbaum"):
        await chats.whatsapp(text)
        await chats.telegram(text)
    for say in (chats.telegram, chats.whatsapp):
        await say("delete")
        await say("Yes, erase it all")
    (known,) = await chats.engine.rows(contact)
    assert known.reach == f"whatsapp:+{NUMBER}"
    since = await chats.copy("since")
    assert {"whatsapp number", "telegram id"} <= set(await found_in(since, chats))
    chats.engine.clock.move(1.1 * DAY)
    await retain.keep_looking(chats.engine)
    await chats.settle()
    assert await chats.engine.rows(contact) == []
    assert await found_in(since, chats) == {}


async def test_what_named_nobody_is_gone_from_copies_after_thirty_days(chats: Chats) -> None:
    await unread(chats)
    copy = await chats.copy("before")
    assert "words of nobody" in await found_in(copy, chats)
    now = chats.engine.clock().timestamp() + 31 * DAY
    await chats.engine.db.write(lambda tx: set_aside.forget_unread(tx, now))
    assert await chats.engine.rows(inbox_table) == []
    assert await found_in(copy, chats) == {}
    assert await chats.engine.rows(case_key, case_key.c.case_id.startswith("unread:")) == []


async def test_what_is_on_record_of_a_number_that_joined_goes_with_the_case(chats: Chats) -> None:
    """Only that it happened is left of it, and the chains are whole."""
    await begun(chats)
    number, at = await chats.case_of("whatsapp"), chats.engine.clock().timestamp()
    looked = {"actor": "coordinator Li Wei", "action": "looked", "object": "Rindenbild"}
    await audit.note(chats.engine.db, case_id=number, at=at, **looked)
    await joined(chats)
    case_id = await chats.case_of("telegram")
    await erased(chats)
    for one in (number, case_id):
        trail = await chats.engine.db.read(partial(audit.trail, case_id=one))
        forgotten = [row.action for row in trail].index("trail.forgotten")
        assert {row.object for row in trail[:forgotten]} == {""}
        assert "Li Wei" not in str(trail)
    assert (await chats.engine.db.read(audit_check.check)).faults == []
