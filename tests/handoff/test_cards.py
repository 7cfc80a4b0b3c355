"""Cards: one message for each case, edited in place; who presses "take" takes the case."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.telegram_cards import is_of_a_card, taken_by_button
from bot.coordinators import add
from bot.handoff.notices import destinations
from bot.jobs import notify
from bot.jobs.queue import Job, Later
from bot.paths import load_catalog, load_languages
from bot.settings import Settings
from bot.store import cases, inbox, schema
from bot.store.codec import load_update
from bot.store.db import Database
from checklist.case import Case
from handlers.effects import NoticeReason
from handlers.updates import CoordinatorActed, Update
from tests.doubles.telegram import TOKEN, TelegramDouble, telegram_double
from tests.handoff.cases import russian

# Apprise's mail encryption asks for imghdr, which Python 3.13 no longer has; it is at ease without it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CHAT = "-1001"


class Desk:
    """What a notice's job uses of the program, on a real store and a Telegram of this machine's own."""

    def __init__(self, db: Database, telegram: TelegramDouble) -> None:
        self.telegram = telegram
        self.number = 0
        self.shell = SimpleNamespace(
            db=db,
            catalog=load_catalog(),
            languages=load_languages(),
            clock=lambda: NOW,
            settings=Settings.model_validate(
                {
                    "telegram_token": TOKEN,
                    "telegram_api_url": telegram.url,
                    "coordinator_chat_id": CHAT,
                    "public_url": "https://desk.example.org",
                    "escalation_urls": "json://127.0.0.1:1/x",
                }
            ),
        )  # fmt: skip
        self.case = russian()

    async def put(self, case: Case) -> None:
        def body(tx: AsyncConnection) -> Any:
            return cases.save_case(tx, case, None, now=1.0)

        await self.shell.db.write(lambda tx: tx.execute(sa.delete(schema.cases)))
        await self.shell.db.write(lambda tx: tx.execute(sa.delete(schema.record)))
        await self.shell.db.write(body)
        self.case = case

    async def tell(self, reason: NoticeReason, *, place: int = 0, job: int = 0) -> None:
        self.number += 1
        where = destinations(self.shell.settings)[place]
        args = {"case": self.case.id, "reason": reason, "notice": "n", "destination": where.id}
        known = Job(id=job or self.number, kind="notify", args=args, attempt=1, lease="l")
        await notify.run(self.shell, known)


@asynccontextmanager
async def _desk(folder: Path) -> AsyncIterator[Desk]:
    async with await Database.open(folder / "x.db") as db, telegram_double() as telegram:
        desk = Desk(db, telegram)
        await desk.put(desk.case)
        yield desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with _desk(tmp_path) as desk:
        yield desk


def buttons(message: dict[str, Any]) -> list[str]:
    return [b.get("callback_data") or b["url"] for row in message["inline_keyboard"] for b in row]


async def test_a_case_has_one_card_that_shows_how_it_stands(desk: Desk) -> None:
    """What happens later changes it, and sends nothing."""
    await desk.tell("submitted")
    (card,) = desk.telegram.sent
    assert "Nobody has taken it yet" in card["text"]
    address = f"https://desk.example.org/desk/cases/{desk.case.id}"
    assert buttons(card) == [f"card:take:{desk.case.id}", address]
    taken = replace(desk.case, status="accepted", desk=replace(desk.case.desk, assignee="Li Wei"))
    await desk.put(taken)
    await desk.tell("changed")
    await desk.tell("updated")
    assert len(desk.telegram.sent) == 1
    assert "Taken by Li Wei" in desk.telegram.edited[0]["text"]
    assert buttons(desk.telegram.edited[0]) == [address]


async def test_the_slower_of_two_notices_does_not_show_how_the_case_stood_before(
    desk: Desk,
) -> None:
    """Else a case that somebody has would have its button "take" again."""
    await desk.tell("submitted")
    desk.telegram.fail("editMessageText", delay=0.3)
    slow = asyncio.create_task(desk.tell("updated"))
    await asyncio.sleep(0.1)
    taken = replace(desk.case, version=desk.case.version + 1, status="accepted")
    await desk.put(replace(taken, desk=replace(taken.desk, assignee="Li Wei")))
    await desk.tell("changed")
    await slow
    assert "Taken by Li Wei" in desk.telegram.edited[-1]["text"]
    assert len(buttons(desk.telegram.edited[-1])) == 1


async def test_a_card_that_stays_the_same_is_no_failure(desk: Desk) -> None:
    for _ in range(2):
        await desk.tell("changed")
    assert desk.telegram.edited == []


@pytest.mark.parametrize("reason", ["emergency", "human", "not_taken"])
async def test_what_must_be_heard_at_once_is_said_beneath_the_card_too(
    desk: Desk, reason: NoticeReason
) -> None:
    """An edit makes no sound."""
    await desk.tell("submitted")
    await desk.tell(reason)
    assert len(desk.telegram.sent) == 2
    (_method, data) = [call for call in desk.telegram.calls if call[0] == "sendmessage"][1]
    assert data["reply_parameters"]


async def test_a_card_that_was_deleted_is_sent_anew(desk: Desk) -> None:
    await desk.tell("submitted")
    desk.telegram.sent.clear()
    with pytest.raises(Later):
        await desk.tell("updated")
    await desk.tell("updated")
    assert len(desk.telegram.sent) == 1


async def test_two_notices_at_once_send_one_card(desk: Desk) -> None:
    """The second waits for the first; and the first goes on after it was cut short."""
    desk.telegram.fail("sendMessage", 500, description="Internal Server Error")
    with pytest.raises(Later):
        await desk.tell("submitted", job=7)
    with pytest.raises(Later):
        await desk.tell("updated", job=8)
    await desk.tell("submitted", job=7)
    await desk.tell("updated", job=8)
    assert len(desk.telegram.sent) == 1


async def test_an_address_of_escalations_hears_of_nothing_else(desk: Desk) -> None:
    """Nobody listens there, so anything that is sent to it fails."""
    await desk.tell("submitted", place=1)
    with pytest.raises(Later):
        await desk.tell("not_taken", place=1)


# ---- the button --------------------------------------------------------------------------------


def press(case_id: str, *, chat: int = -1001, data: str = "") -> dict[str, Any]:
    return {
        "update_id": 5,
        "callback_query": {
            "id": "q1",
            "from": {"id": 7, "first_name": "Li", "last_name": "Wei"},
            "message": {"message_id": 3, "chat": {"id": chat, "type": "supergroup"}},
            "data": data or f"card:take:{case_id}",
        },
    }


async def a_chat(desk: Desk) -> None:
    """Give the case a chat."""
    db, case_id = desk.shell.db, desk.case.id
    await inbox.add(db, channel="web", external_id="e", address="a", raw={}, received_at=NOW)
    await db.write(lambda tx: tx.execute(sa.update(schema.session).values(case_id=case_id)))


async def acts(db: Database) -> list[Update]:
    """What happened inside, as it waits in the inbox."""
    internal = sa.select(schema.inbox.c.raw).where(schema.inbox.c.channel == inbox.INTERNAL)

    async def read(tx: AsyncConnection) -> list[Update]:
        return [load_update(raw) for (raw,) in await tx.execute(internal)]

    return await db.read(read)


async def test_who_presses_take_takes_the_case_once(desk: Desk) -> None:
    """Telegram may deliver it again."""
    db, case_id = desk.shell.db, desk.case.id
    await a_chat(desk)
    raw = press(case_id)
    assert is_of_a_card(raw)
    for _ in range(2):
        assert await db.write(lambda tx: taken_by_button(tx, raw, chat=CHAT, at=NOW))
    (act,) = await acts(db)
    assert isinstance(act, CoordinatorActed)
    assert (act.action, act.coordinator) == ("take", "Li Wei")
    assert json.loads(json.dumps(raw)) == raw


@pytest.mark.parametrize(("role", "name"), [("coordinator", "李伟"), ("translator", None)])
async def test_whom_the_desk_knows_takes_it_under_their_name_and_by_their_role(
    desk: Desk, role: str, name: str | None
) -> None:
    db, now = desk.shell.db, NOW.timestamp()
    await a_chat(desk)
    await add(db, name="李伟", roles=[role], email=None, telegram_id="7", now=now)
    raw = press(desk.case.id)
    taken = await db.write(lambda tx: taken_by_button(tx, raw, chat=CHAT, at=NOW))
    assert taken is (name is not None)
    done = await acts(db)
    assert [act.coordinator for act in done if isinstance(act, CoordinatorActed)] == [
        one for one in (name,) if one
    ]


@pytest.mark.parametrize("chat", [-2002, 7])
async def test_a_button_pressed_elsewhere_does_nothing(desk: Desk, chat: int) -> None:
    """A patient can't send what stands on no button of theirs, but who knows."""
    raw = press(desk.case.id, chat=chat)
    taken = await desk.shell.db.write(lambda tx: taken_by_button(tx, raw, chat=CHAT, at=NOW))
    assert not taken
